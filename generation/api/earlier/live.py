"""A style run as it happens, told to one program in the few words it knows.

Events only say when to look; what is told is what the rows say then, compared with what was told before. So nothing is
lost and nothing told twice, whenever a program comes or goes.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import replace

from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.db import Error
from django.db.models import OuterRef, Subquery

from generation import feed, following, holds
from generation.api.auth import Caller
from generation.api.earlier.beats import Begun
from generation.api.earlier.telling import Beat, Look, Teller, Told
from generation.api.streams import ALIVE
from generation.api.throttles import stays
from generation.models import ApiToken, Frame, Status, StyleRun, Take
from generation.waiting import give_back_thread
from storyboards.models import Project

logger = logging.getLogger(__name__)

ALIVE_EVERY = 15.0
"""Seconds of silence after which the stream says that it is there, and looks whether it still should."""
LOOK_AGAIN = 1.0
"""Seconds before the next look when the database did not answer."""
WORDS = {Status.COMPLETED.value: "complete", Status.FAILED.value: "error", Status.CANCELLED.value: "error"}
EVERYTHING_CHANGES = ("run.started",)
"""Kinds of events after which other frames may belong to a run than before."""
GONE = "This project is in the trash, or you may not see it any more. Pictures made so far are kept."
CANCELLED = "It was cancelled."


async def lines(caller: Caller, begun: Begun) -> AsyncGenerator[str, None]:
    """As server-sent events."""
    with stays.counted(caller.user.pk):
        async with contextlib.aclosing(follow(caller, begun)) as messages:
            async for message in messages:
                # in ASCII: some readers decode each piece by itself, others take more than \n for the end of a line
                yield ALIVE if message is None else f"data: {json.dumps(message)}\n\n"


async def follow(caller: Caller, begun: Begun) -> AsyncGenerator[Told | None]:
    """What is told, to the end; None where there was nothing to tell for a while."""
    yield {"type": "start", "message": "Refused." if begun.refusal else "Making the pictures that are missing."}
    if begun.refusal:
        yield _error(begun.refusal)
        return
    teller = Teller(begun.had)
    async with feed.subscribe(begun.project_id) as inbox:
        news: Sequence[feed.Message] | None = None
        while True:
            look = await _look(caller, begun, _touched(news))
            for message in teller.tell(look) if look else ():
                yield message
            if look is None or not look.active:
                yield {"type": "complete", "result": {"success": True}} if look else _error(GONE)
                return
            news = await _news(inbox)
            if not news:
                yield None


def _error(words: str) -> Told:
    return {"type": "error", "error": words}


def _touched(news: Sequence[feed.Message] | None) -> set[int] | None:
    """The frames to look at; None for all."""
    if not news or any(message["kind"] in EVERYTHING_CHANGES for message in news):
        return None
    return {frame for message in news for frame in message.get("frames", ())}


async def _news(inbox: feed.Inbox) -> list[feed.Message]:
    """The events since the last look, at least one; none where nothing happens for a while."""
    news: list[feed.Message] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ALIVE_EVERY):
            while not news or not inbox.empty():
                message = await inbox.get()
                if message["type"] == "event":
                    news.append(message)
    return news


# --- looking ---------------------------------------------------------------------------------------------------------


async def _look(caller: Caller, begun: Begun, touched: set[int] | None) -> Look | None:
    """None where this caller may not see it any more. Holds neither thread nor connection afterwards."""
    while True:
        try:
            return await database_sync_to_async(look)(caller, begun, touched)
        except Error as error:
            logger.warning("A style run of project %s cannot be read: %s", begun.project_id, error)
            await asyncio.sleep(LOOK_AGAIN)
        finally:
            give_back_thread()


def look(caller: Caller, begun: Begun, touched: set[int] | None) -> Look | None:
    if not _may_see(caller, begun.project_id):
        return None
    active = list(StyleRun.objects.filter(pk__in=begun.runs).active().select_related("style", "engine"))
    touched = touched if active else None  # read after the runs: of those that have ended nothing is missing
    return Look(touched is None, bool(active), _beats(begun, touched), _held(active))


def _may_see(caller: Caller, project_id: int) -> bool:
    """Asked anew: projects go into the trash, tokens are revoked, accounts closed."""
    if caller.token is not None and not ApiToken.objects.usable().filter(pk=caller.token.pk).exists():
        return False
    user = User.objects.filter(pk=caller.user.pk, is_active=True).first()
    return user is not None and Project.objects.editable_by(user).filter(pk=project_id).exists()


def _beats(begun: Begun, touched: set[int] | None) -> dict[int, Beat]:
    frames = Frame.objects.filter(run__in=begun.runs, removed=False)
    if touched is not None:
        frames = frames.filter(pk__in=touched)
    failed = Take.objects.filter(frame=OuterRef("pk"), status=Status.FAILED).order_by("-pk")
    columns = (
        "pk",
        "run__style__slug",
        "step__beat",
        "position",
        "status",
        Subquery(failed.values("error_message")[:1]),
    )
    rows = frames.order_by("run__style__position", "position").values_list(*columns)
    return {pk: _beat(style, beat or str(position), status, why) for pk, style, beat, position, status, why in rows}


def _beat(style: str, number: str, status: str, why: str | None) -> Beat:
    found = Beat(style, number, WORDS.get(status, status))
    if found.status != "error":
        return found
    return replace(found, error=CANCELLED if status == Status.CANCELLED else why or "It failed.")


def _held(active: Iterable[StyleRun]) -> dict[str, str]:
    switches = holds.stopped_providers()
    return {run.style.slug: why for run in active if (why := following.held(run, switches))}
