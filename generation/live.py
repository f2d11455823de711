"""What a viewer of a project gets, over a socket or as server-sent events: a snapshot or the events since, then every
event in order, as long as one may see it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from channels.db import database_sync_to_async
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from generation import feed
from generation.feed import Message
from generation.models import ApiToken, Scope, StyleRun
from storyboards.access import opened_shares
from storyboards.models import Project

Asked = ParamSpec("Asked")
Found = TypeVar("Found")

ALIVE_EVERY = 15.0
"""Seconds of silence after which the server says it is there."""
CHECK_EVERY = 50.0
"""Seconds between two looks at the viewer's rights: within a minute they count."""
MAY_CLOSE_DOORS = ("project.changed", "project.deleted")
"""Kinds of events after which somebody may have lost the right to look."""

# --- who looks -------------------------------------------------------------------------------------------------------

UNAUTHENTICATED = 4401
"""Close code: no token, or one that opens nothing (any more)."""
SCOPE_MISSING = 4403
"""Close code: the token may not read."""
NOT_FOUND = 4404
"""Close code: there is no such project for this viewer (any more)."""
THROTTLED = 4429
"""Close code: this token opens too many, or its person has too many open; come again in a minute."""
COME_AGAIN = 4500
"""Close code: something went wrong here; a new socket may do better than a silent one."""


class Closed(Exception):
    """This viewer is told no more; `code` is what a socket is closed with."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Viewer(Protocol):
    """Asked again and again, each time as things are now. In a thread: it reads the database."""

    def sees(self, project_id: int) -> bool:
        """Raises Closed where the viewer may not come in at all."""


@dataclass(frozen=True)
class PageViewer:
    """Asked as a page would ask now: people log out, accounts are closed, links revoked, projects made private."""

    session_key: str | None

    def sees(self, project_id: int) -> bool:
        request = self._request()
        seen = Project.objects.visible_to(get_user(request), opened_shares(request.session))
        return seen.filter(pk=project_id).exists()

    def user(self) -> User | AnonymousUser:
        return get_user(self._request())

    def _request(self) -> HttpRequest:
        request = HttpRequest()
        request.session = SessionStore(self.session_key)
        return request


@dataclass(frozen=True)
class TokenViewer:
    token_id: int

    def sees(self, project_id: int) -> bool:
        token = self.token()
        if Scope.READ not in token.scopes:
            raise Closed(SCOPE_MISSING)
        return Project.objects.visible_to(token.user).filter(pk=project_id).exists()

    def token(self) -> ApiToken:
        """Raises Closed where it was revoked, or its day is over."""
        token = ApiToken.objects.usable().select_related("user").filter(pk=self.token_id).first()
        if token is None:
            raise Closed(UNAUTHENTICATED)
        return token


def look(viewer: Viewer, project_id: int) -> None:
    """Raises Closed where the viewer may not see the project."""
    if not viewer.sees(project_id):
        raise Closed(NOT_FOUND)


async def asked(question: Callable[Asked, Found], *args: Asked.args, **kwargs: Asked.kwargs) -> Found:
    """What the database says, in any thread that is free: one for all would let a feed wait behind those who come."""
    return await database_sync_to_async(question, thread_sensitive=False)(*args, **kwargs)


# --- what one gets ---------------------------------------------------------------------------------------------------


async def messages(viewer: Viewer, project_id: int, since: int | None) -> AsyncGenerator[Message, None]:
    """What was missed since a number, or a snapshot without one or from too long ago; then all that happens, without
    loss or doubles, and a sign of life in silence. Ends with Closed when rights do; ask `look` before."""
    async with feed.subscribe(project_id) as inbox:
        number = since or 0
        for message in await asked(past, project_id, since):
            number = message["number"]
            yield message
        now = asyncio.get_running_loop().time
        check_at = now() + CHECK_EVERY
        while True:
            message = await _next(inbox, min(ALIVE_EVERY, check_at - now()))
            if now() >= check_at:
                await asked(look, viewer, project_id)
                check_at = now() + CHECK_EVERY
            if message["type"] != "event" or message["number"] > number:
                number = message.get("number", number)
                yield message
            if message.get("kind") in MAY_CLOSE_DOORS:
                await asked(look, viewer, project_id)


async def _next(inbox: feed.Inbox, seconds: float) -> Message:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await inbox.get()
    return ALIVE


ALIVE = Message(type="alive")


def past(project_id: int, since: int | None) -> list[Message]:
    """The events behind a number, where all of them are kept and they are not too many; else a snapshot."""
    now = feed.newest_number(project_id)
    if since is None or not since <= now <= since + feed.CATCH_UP:
        return [snapshot(project_id, now)]
    missed = feed.read_after(project_id, since)
    complete = not missed or missed[0]["number"] == since + 1
    return missed if complete and (missed or since == now) else [snapshot(project_id, now)]


def snapshot(project_id: int, number: int) -> Message:
    """All runs and frames in short, as they stand at this number or a moment after."""
    runs = StyleRun.objects.filter(project=project_id).select_related("style", "engine").prefetch_related("frames")
    return Message(type="snapshot", number=number, runs=[_in_short(run) for run in runs])


def _in_short(run: StyleRun) -> dict[str, object]:
    frames = [
        {
            "frame": frame.pk,
            "position": frame.position,
            "status": frame.status,
            "take": frame.chosen_id,
            "locked": frame.locked,
            "approved": frame.approved,
        }
        for frame in run.frames.all()
        if not frame.removed
    ]
    return {
        "run": run.pk,
        "style": run.style.slug,
        "engine": run.engine.slug,
        "strategy": run.strategy,
        "status": run.status,
        "hold": run.hold,
        "open_upto": run.open_upto,
        "frames": frames,
    }


def as_number(given: str) -> int | None:
    """The number somebody says to have come to; None for what is none."""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None
