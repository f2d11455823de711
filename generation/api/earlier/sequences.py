"""Sequence sessions as an earlier system served them: by an id, pictures in the answer.

A call waits for its picture without a thread and without a connection. Who leaves meanwhile loses nothing: the picture
is made, and the project shows it.
"""

import base64
from collections.abc import Callable
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.exceptions import ValidationError as ModelError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import ValidationError

from generation import commands, feed, sequences, waiting
from generation.api.auth import ApiRequest, AsyncLocalOrBearer
from generation.api.problems import Problem, answer, problem_of, speak
from generation.api.throttles import stays
from generation.errors import Unready
from generation.models import Frame, Scope, SequenceSession
from storyboards.models import Style

api = NinjaAPI(urls_namespace="sequences", auth=AsyncLocalOrBearer(Scope.RUN), docs_url=None, openapi_url=None)
speak(api)

NO_SESSION = "Invalid or missing session ID"
"""In the words that its clients know."""
STATUSES = {
    "refused": 422,
    "prompt_blocked": 422,
    "cancelled": 409,
    "internal": 500,
    **dict.fromkeys(("unavailable", "key_refused", "no_money", "not_allowed", sequences.HELD), 503),
}
"""By the code of a picture that was not made; all else is a provider's bad answer."""

Answer = dict[str, Any]


class Ask(Schema):
    """Whatever is sent: what is wrong with it is told in this system's words."""

    session_id: Any = None
    prompt: Any = None


# --- calls -----------------------------------------------------------------------------------------------------------


@api.post("/start-image-sequence")
async def start_image_sequence(request: ApiRequest, body: Ask) -> Answer:
    """A session, and its first picture."""
    secret, frame = await database_sync_to_async(_begin)(request, body)
    return {"success": True, "session_id": secret, "image": await _image(request, frame), "image_count": 1}


@api.post("/generate-sequential-image")
async def generate_sequential_image(request: ApiRequest, body: Ask) -> Answer:
    """The next picture, made from the one before."""
    frame = await database_sync_to_async(_ask_next)(request, body)
    image = await _image(request, frame)
    return {"success": True, "image": image, "image_count": await _count(frame)}


@api.post("/get-session-info")
async def get_session_info(request: ApiRequest, body: Ask) -> Answer:
    return await database_sync_to_async(_info)(request, body)


@api.post("/end-image-sequence")
async def end_image_sequence(request: ApiRequest, body: Ask) -> Answer:
    """Ended twice or unknown is ended all the same. The project stays."""
    await database_sync_to_async(_end)(request, body)
    return {"success": True, "message": "Image sequence ended"}


@api.post("/generate-image")
async def generate_image(request: ApiRequest, body: Ask) -> Answer:
    """A picture by itself."""
    frame = await database_sync_to_async(_ask_single)(request, body)
    return {"success": True, "image": await _image(request, frame)}


# --- what they do in a thread ----------------------------------------------------------------------------------------


def _begin(request: ApiRequest, body: Ask) -> tuple[str, Frame]:
    session, secret = sequences.begin(request.auth.user, _prompt(body), _look())
    return secret, session.run.frames.get()


def _ask_next(request: ApiRequest, body: Ask) -> Frame:
    return sequences.ask_next(_session(request, body), _prompt(body), request.auth.user)


def _ask_single(request: ApiRequest, body: Ask) -> Frame:
    return sequences.ask_single(request.auth.user, _prompt(body), _look())


def _info(request: ApiRequest, body: Ask) -> Answer:
    sessions = SequenceSession.objects.filter(pk=_session(request, body).pk)
    session = sequences.described(sessions).get()
    return {"success": True, "image_count": session.image_count, "initial_prompt": session.initial_prompt}


def _end(request: ApiRequest, body: Ask) -> None:
    session = _found(request, body)
    if session is not None:
        session.end()


def _session(request: ApiRequest, body: Ask) -> SequenceSession:
    session = _found(request, body)
    if session is None:
        raise Problem(400, NO_SESSION)
    return session


def _found(request: ApiRequest, body: Ask) -> SequenceSession | None:
    """Raises Problem where there is no id at all."""
    if not isinstance(body.session_id, str):
        raise Problem(400, NO_SESSION)
    return sequences.find(request.auth.user, body.session_id) if body.session_id.isascii() else None


def _prompt(body: Ask) -> str:
    if not isinstance(body.prompt, str):
        raise Problem(400, "The prompt is missing: send it as text.")
    return body.prompt


def _look() -> Style:
    return commands.styles_of([sequences.LOOK])[0]


# --- waiting ---------------------------------------------------------------------------------------------------------


async def _image(request: ApiRequest, frame: Frame) -> str:
    """The picture's own bytes as base64. Raises Problem where it was not made, or not in time."""
    run, seconds = frame.run, settings.API_WAIT_SECONDS

    def matters(message: feed.Message) -> bool:
        return waiting.is_about(message, {frame.pk}) or str(message.get("kind")).startswith("run.")

    with stays.counted(request.auth.user.pk):
        ended = await waiting.until(run.project_id, lambda: sequences.outcome(frame.pk), seconds, matters)
    if ended is None:
        raise Problem(504, await database_sync_to_async(sequences.still_being_made)(frame.pk, seconds))
    if ended.code:
        raise Problem(STATUSES.get(ended.code, 502), ended.words, ended.code)
    return base64.b64encode(ended.picture).decode()


@database_sync_to_async
def _count(frame: Frame) -> int:
    return sequences.described(SequenceSession.objects.filter(run=frame.run)).get().image_count


# --- errors ----------------------------------------------------------------------------------------------------------


def _with_status(status: int) -> Callable[[HttpRequest, Any], HttpResponse]:
    """Tell an error as everywhere, but with the status that this system's clients expect."""

    def tell(request: HttpRequest, error: Any) -> HttpResponse:
        problem = problem_of(error)
        problem.status = status
        return answer(request, problem)

    return tell


for kind, status in {ValidationError: 400, ModelError: 400, Unready: 503}.items():
    api.add_exception_handler(kind, _with_status(status))
