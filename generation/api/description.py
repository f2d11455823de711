"""The API's description of itself: what OpenAPI tells of every call."""

from collections.abc import Iterable, Iterator
from typing import Any

from ninja import NinjaAPI, Schema
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.operation import Operation
from pydantic.json_schema import models_json_schema

from generation.api.auth import Bearer
from generation.errors import Charged

PROBLEMS = {
    "401": "No valid token.",
    "403": "The token lacks the scope for this.",
    "404": "There is nothing here, or it is not yours.",
    "409": "It makes no sense now; “detail” says why. Nothing was changed.",
    "422": "Something in the request is not as it must be; “errors” says where. Nothing was changed.",
    "429": "Too many calls; “Retry-After” says when to come again.",
}
"""What any call may be answered with."""
UNREADABLE = {"400": "The body is not JSON."}
"""What a call with a body may be answered with besides."""
SCHEMAS = "#/components/schemas/"
MOST_ERRORS = 1000
"""That one answer names. A body of a few megabytes may hold a million, and an answer to it cost gigabytes."""
DESCRIPTION = """\
Make a token on your tokens page and send it with every call: Authorization: Bearer <token>. Cookies count for nothing
here. Lists come in pages: send “next” as “cursor”. A POST that makes or spends something takes an Idempotency-Key: sent
twice, it is done once. Every error is a problem as in RFC 9457, with a “code” for programs, a “detail” for people, and
“charged”: whether the call itself cost money. Times are ISO 8601 in UTC, sizes pixels, amounts US dollars, as text so
that nothing is rounded."""


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
    problems = PROBLEMS | (UNREADABLE if "requestBody" in described else {})
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
