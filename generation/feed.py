"""One reader of a project's events per process, however many look on.

A hint through the channel layer says "look now"; a tick every second looks anyway, so a broker that is away costs a
second and never an event. Events come from the table, in order, without gaps.
"""

import asyncio
import contextlib
import contextvars
import json
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any, TypeVar

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import Error
from redis.exceptions import RedisError

from generation.events import group_name
from generation.models import Event, EventStream

logger = logging.getLogger(__name__)

Found = TypeVar("Found")

TICK = 1.0
"""Seconds between two looks when no hint comes."""
LISTEN_AGAIN = 5.0
"""Seconds before listening for hints again when the broker went away: the layer keeps something of each attempt."""
CATCH_UP = 500
"""Events that a returning reader is sent one by one; further behind, it gets a snapshot."""


class Message(dict[str, Any]):
    """What viewers are told. Nobody changes one: all of a project's inboxes hold the same."""

    @cached_property
    def text(self) -> str:
        """As JSON, written once for all who get it."""
        return json.dumps(self, separators=(",", ":"))


Inbox = asyncio.Queue[Message]


class Watcher:
    """Reads one project's events for all its inboxes, from the moment it is made until it is stopped."""

    def __init__(self, project_id: int, position: int) -> None:
        self.project_id = project_id
        self.inboxes: set[Inbox] = set()
        self._position = position
        self._stopped = False
        self._hinted = asyncio.Event()
        self._tasks = [_elsewhere(self._read()), _elsewhere(self._listen())]

    def stop(self) -> None:
        self._stopped = True  # an error in a task's own clean-up can swallow its cancellation
        for task in self._tasks:
            task.cancel()

    async def _read(self) -> None:
        while not self._stopped:
            with contextlib.suppress(TimeoutError):  # wait_for would now and then swallow a cancellation on Python 3.11
                async with asyncio.timeout(TICK):
                    await self._hinted.wait()
            self._hinted.clear()
            try:
                news = await events_after(self.project_id, self._position)
            except Error as error:
                logger.warning("Events of project %s cannot be read: %s", self.project_id, error)
                continue
            for message in news:
                self._position = message["number"]
                self._hand_out(message)

    async def _listen(self) -> None:
        while not self._stopped:
            try:
                await self._listen_once()
            except (RedisError, OSError) as error:
                logger.debug("no hints: %s", error)
            if not self._stopped:
                await asyncio.sleep(LISTEN_AGAIN)

    async def _listen_once(self) -> None:
        layer = get_channel_layer()
        assert layer is not None
        channel = await layer.new_channel()
        try:
            await layer.group_add(group_name(self.project_id), channel)
            while True:
                self._heed(await layer.receive(channel))
        finally:
            await layer.group_discard(group_name(self.project_id), channel)

    def _heed(self, message: dict[str, Any]) -> None:
        if message["type"] == "feed.progress":
            self._hand_out(Message(message | {"type": "progress"}))
        else:
            self._hinted.set()

    def _hand_out(self, message: Message) -> None:
        for inbox in self.inboxes:
            inbox.put_nowait(message)


def _elsewhere(work: Coroutine[Any, Any, Found]) -> asyncio.Task[Found]:
    """In a context of its own: whoever came first may leave before the others, and its thread with it."""
    return asyncio.create_task(work, context=contextvars.Context())


_watchers: dict[tuple[asyncio.AbstractEventLoop, int], Watcher] = {}


@asynccontextmanager
async def subscribe(project_id: int) -> AsyncIterator[Inbox]:
    """An inbox that gets every event published from now on, in order; read what came before *after* joining."""
    key = (asyncio.get_running_loop(), project_id)
    if key not in _watchers:
        position = await _elsewhere(last_number(project_id))
        if key not in _watchers:  # somebody may have joined while the number was read
            _watchers[key] = Watcher(project_id, position)
    watcher = _watchers[key]
    inbox: Inbox = asyncio.Queue()
    watcher.inboxes.add(inbox)
    try:
        yield inbox
    finally:
        watcher.inboxes.discard(inbox)
        if not watcher.inboxes and _watchers.get(key) is watcher:
            _watchers.pop(key).stop()


def newest_number(project_id: int) -> int:
    """The number of the newest event, 0 before the first."""
    return EventStream.objects.filter(project=project_id).values_list("last_number", flat=True).first() or 0


def read_after(project_id: int, number: int, limit: int = CATCH_UP) -> list[Message]:
    """The events behind a number, in order, as viewers get them."""
    events = Event.objects.filter(project=project_id, number__gt=number).order_by("number")[:limit]
    return [as_message(event) for event in events]


last_number = database_sync_to_async(newest_number)
events_after = database_sync_to_async(read_after)


def as_message(event: Event) -> Message:
    """An event as programs and pages get it."""
    told = {"type": "event", "number": event.number, "kind": event.kind, "at": event.at.isoformat()}
    return Message(told | {"actor": event.actor} | event.payload)
