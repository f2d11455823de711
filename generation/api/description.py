"""The API's description of itself: what OpenAPI tells of every call."""

from collections.abc import Iterable, Iterator
from typing import Any

from ninja import NinjaAPI, Schema
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.operation import Operation
from pydantic import ConfigDict
from pydantic.json_schema import models_json_schema

from generation.api.auth import Bearer
from generation.errors import Charged

PROBLEMS = {
    "401": "No valid token: `unauthenticated`.",
    "403": "The token lacks the scope for this: `scope_missing`.",
    "404": "There is nothing here, or it is not yours: `not_found`.",
    "409": "It makes no sense now: `refused`, and `detail` says why; or `all_made`, `edit_conflict`, "
    "`external_id_taken`, `session_over`, and `in_progress` while the same request is worked on. Nothing was changed.",
    "422": "Something in the request is not as it must be: `invalid`, and `errors` says where; or `not_a_picture`, "
    "`invalid_idempotency_key`, `idempotency_key_reused`. Nothing was changed.",
    "429": "Too many calls: `throttled`. The header `Retry-After` says in how many seconds to come again.",
}
"""What any call may be answered with."""
BODY_PROBLEMS = {
    "400": "The body is not JSON: `unreadable`.",
    "413": "The body is too large: `too_large`.",
    "415": "The body is of another type than this call takes: `unsupported_media_type`.",
}
"""What a call with a body may be answered with besides."""
SCHEMAS = "#/components/schemas/"
MOST_ERRORS = 1000
"""That one answer names. A body of a few megabytes may hold a million, and an answer to it cost gigabytes."""
DESCRIPTION = """\
Make a token on the page `/tokens/` and send it with every call: `Authorization: Bearer <token>`. A call needs the scope
that is named beside it. Cookies count for nothing here.

Bodies and answers are JSON. Times are ISO 8601 in UTC, sizes pixels, amounts US dollars, as text so that nothing is
rounded. A long list comes in pages: send its `next` as `cursor` to get more.

A POST that makes or spends something takes an `Idempotency-Key`: sent twice, it is done once. Other people’s things are
not found.

Whatever happens in a project is told while it happens by `/api/v1/projects/{id}/events`, and over the websocket
`/api/v1/projects/{id}/socket`, which also takes every verb as a command: `docs/protocol.md` describes both."""


def files(kinds: Iterable[str]) -> dict[str, Any]:
    """A body that is a file of one of these types, for the description."""
    return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}


def file_answer(words: str, kinds: Iterable[str]) -> dict[str, Any]:
    """For `openapi_extra`: answered with a file."""
    return {"responses": {200: {"description": words, "content": files(kinds)}}}


class PlaceOut(Schema):
    """A part of the request that is wrong."""

    at: str
    message: str


class ProblemOut(Schema):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    charged: Charged
    errors: list[PlaceOut] = []
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:throughline:problem:invalid", "title": "Unprocessable Entity", "status": 422,
                    "detail": "Something in it is not as it must be.", "code": "invalid", "charged": "no",
                    "errors": [{"at": "body.title", "message": "This is missing."}],
                }
            ]
        }
    )  # fmt: skip


class DescribedAPI(NinjaAPI):
    """Tells of every call which scope it needs, and which problems it may be answered with."""

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        count = sum(context.pydantic_validation_error.error_count() for context in error_contexts)
        if count <= MOST_ERRORS:
            return super().validation_error_from_error_contexts(error_contexts)
        where = error_contexts[0].model.__ninja_param_source__
        return ValidationError([{"type": "too_many", "loc": (where,), "msg": f"{count} mistakes: too many to name."}])

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Like `steps_move`: short enough for an address."""
        view = operation.view_func
        return f"{view.__module__.rpartition('.')[2]}_{view.__name__}"

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(*args, **kwargs)
        schema["components"].setdefault("schemas", {}).update(_problem_schemas())
        schema["components"]["securitySchemes"] = {"Bearer": {"type": "http", "scheme": "bearer"}}
        scopes = dict(self._scopes())
        for operations in schema["paths"].values():
            for described in operations.values():
                _complete(described, scopes[described["operationId"]])
        return schema

    def _scopes(self) -> Iterator[tuple[str, str]]:
        """By operation: the scope its token needs."""
        for bound in self._get_bound_routers():
            for view in bound.path_operations.values():
                for operation in view.operations:
                    yield operation.operation_id or self.get_openapi_operation_id(operation), _scope_of(operation)


def _scope_of(operation: Operation) -> str:
    return next(auth.scope.value for auth in operation.auth_callbacks if isinstance(auth, Bearer))


def _complete(described: dict[str, Any], scope: str) -> None:
    answers = {str(status): answer for status, answer in described["responses"].items()}
    problems = PROBLEMS | (BODY_PROBLEMS if "requestBody" in described else {})
    described["responses"] = answers | {
        status: _problem(words) for status, words in problems.items() if status not in answers
    }
    described["security"] = [{"Bearer": []}]
    described["x-scope"] = scope


def _problem(words: str) -> dict[str, Any]:
    shape = {"$ref": f"{SCHEMAS}ProblemOut"}
    return {"description": words, "content": {"application/problem+json": {"schema": shape}}}


def _problem_schemas() -> dict[str, Any]:
    _, described = models_json_schema([(ProblemOut, "serialization")], ref_template=SCHEMAS + "{model}")
    schemas: dict[str, Any] = described["$defs"]
    return schemas
