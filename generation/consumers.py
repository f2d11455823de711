"""The socket of a project: a snapshot or the events since, then every event in order, as long as one may see it."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from generation import feed
from generation.models import StyleRun
from storyboards.access import opened_shares
from storyboards.models import Project

logger = logging.getLogger(__name__)

ALIVE_EVERY = 15.0
"""Seconds of silence after which the server says it is there."""
CHECK_EVERY = 60.0
"""Seconds between two looks at the viewer's rights."""
MAY_CLOSE_DOORS = ("project.changed", "project.deleted")
"""Kinds of events after which somebody may have lost the right to look."""
NOT_FOUND = 4404
"""Close code: there is no such project for this viewer (any more)."""
COME_AGAIN = 4500
"""Close code: something went wrong here; a new socket may do better than a silent one."""


class ProjectConsumer(AsyncJsonWebsocketConsumer):
    """`/ws/projects/<id>/?since=<number>`. Events are numbered without gaps; a gap means a message was lost: come
    again."""

    channel_layer_alias = (
        ""  # hints come through the feed; a channel of its own would let no socket in without a broker
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, *args: Any) -> None:
        try:
            await super().__call__(*args)
        finally:  # however it ends: not every end is told as a disconnect
            for task in self._tasks:
                task.cancel()

    async def connect(self) -> None:
        self.project_id: int = self.scope["url_route"]["kwargs"]["pk"]
        await self.accept()
        if await self._may_see():
            self._tasks = [self._start(self._stream()), self._start(self._watch_rights())]
        else:
            await self.close(NOT_FOUND)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A socket that hears nothing any more, or whose rights nobody watches, must not stay open."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.warning("A socket of project %s is closed: %r", self.project_id, error)
            self._tasks.append(asyncio.create_task(self.close(COME_AGAIN)))

    async def receive(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is asked over this socket yet; what comes is dropped unread."""

    async def _stream(self) -> None:
        async with feed.subscribe(self.project_id) as inbox:
            sent = await self._send_past()
            while True:
                message = await self._next(inbox)
                if message["type"] != "event":
                    await self.send_json(message)
                elif message["number"] > sent:
                    sent = message["number"]
                    await self.send_json(message)
                    if message["kind"] in MAY_CLOSE_DOORS:
                        await self._check_rights()

    async def _send_past(self) -> int:
        """What the viewer has missed, or all of it at once; return the number it stands at now."""
        since = self._since()
        now = await feed.last_number(self.project_id)
        if since is not None and since <= now <= since + feed.CATCH_UP:
            missed = await feed.events_after(self.project_id, since)
            if [message["number"] for message in missed[:1]] in ([], [since + 1]):
                for message in missed:
                    await self.send_json(message)
                return missed[-1]["number"] if missed else since
        await self.send_json(await snapshot(self.project_id, now))
        return now

    def _since(self) -> int | None:
        given = parse_qs(self.scope["query_string"].decode("latin-1")).get("since", [""])[0]
        return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None

    async def _next(self, inbox: feed.Inbox) -> feed.Message:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ALIVE_EVERY):
                return await inbox.get()
        return {"type": "alive"}

    async def _watch_rights(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY)
            await self._check_rights()

    async def _check_rights(self) -> None:
        if not await self._may_see():
            await self.close(NOT_FOUND)

    @database_sync_to_async
    def _may_see(self) -> bool:
        """Asked as a page would ask now: people log out, accounts are closed, links revoked, projects made private."""
        request = HttpRequest()
        request.session = SessionStore(self.scope["session"].session_key)
        shares = opened_shares(request.session)
        return Project.objects.visible_to(get_user(request), shares).filter(pk=self.project_id).exists()


@database_sync_to_async
def snapshot(project_id: int, number: int) -> feed.Message:
    """All runs and frames in short, as they stand at this number or a moment after."""
    runs = StyleRun.objects.filter(project=project_id).prefetch_related("frames")
    return {
        "type": "snapshot",
        "number": number,
        "runs": [
            {
                "run": run.pk,
                "style": run.style_id,
                "status": run.status,
                "frames": [
                    {"frame": frame.pk, "position": frame.position, "status": frame.status, "take": frame.chosen_id}
                    for frame in run.frames.all()
                    if not frame.removed
                ],
            }
            for run in runs
        ],
    }
