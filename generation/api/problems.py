"""What goes wrong, in the shape of the system that was asked: ours speaks RFC 9457, the earlier ones as they did.

Everything becomes a `Problem` first; a system is a table of shapes away. What never reaches an API (an unknown address,
a method nobody serves, a body too large for Django) is turned by `ErrorShapes`.
"""

import logging
import math
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as ModelError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from generation.errors import AllMade, Charged, Refusal
from storyboards.editing import Conflict
from storyboards.signals import StartRefused

logger = logging.getLogger(__name__)

CODES = {
    400: "unreadable",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "throttled",
    500: "internal",
    503: "unavailable",
    504: "still_being_made",
}
"""What programs tell problems apart by where nothing closer is known."""
NOT_FOUND = "There is nothing here, or it is not yours."


@dataclass
class Problem(Exception):
    """What a program is told: `code` for itself, `detail` for its person; `charged`: whether the call cost money.

    `errors`: for each part of a body that is wrong, where it is and what about it.
    """

    status: int
    detail: str
    code: str = ""
    charged: Charged = Charged.NO
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.code = self.code or CODES.get(self.status, "problem")


def throttled(seconds: float) -> Problem:
    """Too many calls; they may go on in so many seconds."""
    wait = str(max(1, math.ceil(seconds)))
    return Problem(429, f"Too many calls for now. Come again in {wait} s.", headers={"Retry-After": wait})


def invalid(wrong: Iterable[tuple[str, str]]) -> Problem:
    """A request that cannot be used: where in it something is wrong, and what."""
    errors = [{"at": at, "message": message} for at, message in wrong]
    return Problem(422, "Something in the request is not as it must be.", errors=errors)


# --- shapes ----------------------------------------------------------------------------------------------------------

Shape = Callable[[Problem], dict[str, Any]]


def problem_details(problem: Problem) -> dict[str, Any]:
    """Ours: RFC 9457, with a code and whether it cost money."""
    details: dict[str, Any] = {
        "type": f"urn:throughline:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "charged": problem.charged.value,
    }
    return details | ({"errors": list(problem.errors)} if problem.errors else {})


def detail_only(problem: Problem) -> dict[str, Any]:
    """Of the step images' API."""
    return {"detail": _with_errors(problem)}


def success_false(problem: Problem) -> dict[str, Any]:
    """Of style runs and sequence sessions."""
    return {"success": False, "error": _with_errors(problem)}


def _with_errors(problem: Problem) -> str:
    """One text that says all."""
    return " ".join([problem.detail, *(f"{error['at']}: {error['message'].rstrip('.')}." for error in problem.errors)])


PREFIXES: tuple[tuple[str, Shape, str], ...] = (
    ("/api/v1/", problem_details, "application/problem+json"),
    ("/api/", success_false, "application/json"),
    ("/step-images/", detail_only, "application/json"),
    ("/images/", detail_only, "application/json"),
    ("/start-image-sequence", success_false, "application/json"),
    ("/generate-sequential-image", success_false, "application/json"),
    ("/get-session-info", success_false, "application/json"),
    ("/end-image-sequence", success_false, "application/json"),
    ("/generate-image", success_false, "application/json"),
)
"""By the beginning of a path: how its errors look, and what they are called. The first that fits."""


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as the system at this address tells it."""
    shape, content_type = _shape_of(request.path) or (problem_details, "application/problem+json")
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else {}
    return JsonResponse(
        shape(problem), status=problem.status, content_type=content_type, headers=headers | dict(problem.headers)
    )


def _shape_of(path: str) -> tuple[Shape, str] | None:
    return next(((shape, kind) for prefix, shape, kind in PREFIXES if path.startswith(prefix)), None)


# --- from errors -----------------------------------------------------------------------------------------------------


def problem_of(error: Exception) -> Problem:
    """What a program is told of an error."""
    if isinstance(error, Problem):
        return error
    tell = next((tell for kind, tell in TOLD.items() if isinstance(error, kind)), _unforeseen)
    return tell(error)


FIELD_WORDS = {
    "missing": "This is missing.",
    "extra_forbidden": "There is no such field.",
    "model_attributes_type": "This must be an object: {…}.",
}
"""By the kind of an error, where pydantic speaks to programmers of ours."""


def _from_fields(error: ValidationError) -> Problem:
    """What was sent is not repeated."""
    return invalid((_place(each["loc"]), FIELD_WORDS.get(each["type"], str(each["msg"]))) for each in error.errors)


def _place(location: Sequence[str | int]) -> str:
    """As "body.steps.2.title": what our own argument is called behind "body" concerns nobody."""
    parts = [location[0], *location[2:]] if location[:1] == ("body",) else location
    return ".".join(map(str, parts)) or "request"


def _from_http(error: HttpError) -> Problem:
    """What ninja found, or what reading the body did."""
    if isinstance(error.__cause__, Problem):
        return error.__cause__
    words = {401: "Send a token that is valid: Authorization: Bearer <token>.", 400: "The body is not JSON."}
    return Problem(error.status_code, words.get(error.status_code, str(error)))


def _unforeseen(error: Exception) -> Problem:
    """The one border of the API: nobody is shown what went wrong inside, and the log can be searched for it."""
    reference = secrets.token_hex(4)
    logger.error("Reference %s", reference, exc_info=error)
    return Problem(500, f"Something went wrong on our side; nothing was charged by this call. Reference {reference}.")


TOLD: dict[type[Exception], Callable[[Any], Problem]] = {
    AllMade: lambda error: Problem(409, str(error), "all_made"),
    Refusal: lambda error: Problem(409, str(error), "refused"),
    StartRefused: lambda error: Problem(409, " ".join(error.messages), "refused"),
    Conflict: lambda error: Problem(409, "Somebody else has saved this since you read it.", "edit_conflict"),
    Http404: lambda error: Problem(404, NOT_FOUND),
    ValidationError: _from_fields,
    ModelError: lambda error: Problem(422, " ".join(error.messages)),
    RequestDataTooBig: lambda error: Problem(413, WORDS[413]),
    HttpError: _from_http,
}
"""What is foreseen: the first kind that fits."""


def speak(api: NinjaAPI) -> None:
    """Have an API tell every error in the shape of its addresses."""
    for kind in (Exception, Problem, *TOLD):
        api.add_exception_handler(kind, _handle)


def _handle(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    assert isinstance(error, Exception)
    return answer(request, problem_of(error))


class ErrorShapes:
    """Gives errors that Django itself answers the shape of the system that was asked, and lets no cache show one person
    what another was answered: the same address is answered to each token by its own rights."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        assert iscoroutinefunction(get_response)
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = await self.get_response(request)
        if not _shape_of(request.path):
            return response
        if response.status_code >= 400 and not _is_json(response):
            response = _shaped(request, response)
        patch_vary_headers(response, ["Authorization"])
        if _is_json(response):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _is_json(response: HttpResponseBase) -> bool:
    return "json" in response.get("Content-Type", "")


def _shaped(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    found = answer(request, Problem(response.status_code, WORDS.get(response.status_code, response.reason_phrase)))
    if "Allow" in response:
        found["Allow"] = response["Allow"]
    return found


WORDS: dict[int, str] = {
    400: "The request cannot be read.",
    404: NOT_FOUND,
    405: "This address does not take that method.",
    413: "The request is too large.",
    500: "Something went wrong on our side; nothing was charged by this call.",
}
