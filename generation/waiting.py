"""Waiting for pictures without holding anything meanwhile: no thread, no database connection."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from typing import TypeVar

from asgiref.sync import SyncToAsync
from channels.db import database_sync_to_async
from django.db import Error, connections

from generation import feed
from generation.models import OPEN, Take

logger = logging.getLogger(__name__)

LOOK_AGAIN = 5.0
"""Seconds after which we look although no event called for it: rows are the truth, events only tell when to look."""

Found = TypeVar("Found")
Concerns = Callable[[feed.Message], bool]


async def until_settled(project_id: int, frame_ids: Collection[int], seconds: float) -> bool:
    """Whether within so many seconds nothing is wanted of these frames any more, well or not."""
    frames = set(frame_ids)

    def settled() -> bool | None:
        return None if Take.objects.filter(frame__in=frames, status__in=OPEN).exists() else True

    return bool(await until(project_id, settled, seconds, lambda message: is_about(message, frames)))


def is_about(message: feed.Message, frames: set[int]) -> bool:
    """Whether an event tells of one of these frames."""
    return not frames.isdisjoint(message.get("frames", ()))


async def until(project_id: int, look: Callable[[], Found | None], seconds: float, concerns: Concerns) -> Found | None:
    """The first thing that `look` finds; None where it finds nothing within so many seconds.

    `look` asks the database, in a thread that is given back: at once, and again at each event of the project that
    `concerns` says matters.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    async with feed.subscribe(project_id) as inbox:
        while True:
            found = await _looked(look)
            give_back_thread()
            left = deadline - loop.time()
            if found is not None or left <= 0:
                return found
            await _news(inbox, min(left, LOOK_AGAIN), concerns)


async def _looked(look: Callable[[], Found | None]) -> Found | None:
    """A database that is away for a moment has nothing to tell: whoever waits goes on waiting."""
    try:
        return await database_sync_to_async(look)()
    except Error as error:
        logger.warning("Nobody can see how a picture stands: %s", error)
        return None


async def _news(inbox: feed.Inbox, seconds: float, concerns: Concerns) -> None:
    """Until something happens that calls for a look; all that has happened by then is one look's worth."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not concerns(await inbox.get()):
                pass
    while not inbox.empty():
        inbox.get_nowait()


def give_back_thread() -> None:
    """Let go of the thread that Django keeps for this request from its first synchronous call until it is answered, and
    of the connections it has open. The next such call begins a new one."""
    request = SyncToAsync.thread_sensitive_context.get(None)
    thread = SyncToAsync.context_to_thread_executor.pop(request, None) if request is not None else None
    if thread is not None:
        thread.submit(connections.close_all)
        thread.shutdown(wait=False)
