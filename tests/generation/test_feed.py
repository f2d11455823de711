"""The reader behind the sockets: it survives a database that is away, and ends when nobody looks on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis
from django.db import InterfaceError

from generation import feed

EVENT = feed.Message(type="event", number=1)


class DeafLayer:
    """A channel layer that never has a hint, and breaks when one leaves a group."""

    async def new_channel(self) -> str:
        return "channel"

    async def group_add(self, group: str, channel: str) -> None:
        pass

    async def receive(self, channel: str) -> dict[str, Any]:
        return await asyncio.Future()

    async def group_discard(self, group: str, channel: str) -> None:
        raise redis.ConnectionError("away")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "TICK", 0.01)
    monkeypatch.setattr(feed, "LISTEN_AGAIN", 0.01)
    monkeypatch.setattr(feed, "get_channel_layer", DeafLayer)


def answering(*answers: list[feed.Message] | Exception) -> Callable[[int, int], Awaitable[list[feed.Message]]]:
    """What the table says, look by look; nothing after that."""
    left = list(answers)

    async def events_after(project_id: int, number: int) -> list[feed.Message]:
        answer = left.pop(0) if left else []
        if isinstance(answer, Exception):
            raise answer
        return answer

    return events_after


async def test_a_database_that_is_away_for_a_moment_does_not_end_a_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "events_after", answering(InterfaceError("connection lost"), [EVENT]))
    watcher = feed.Watcher(1, 0)
    inbox: feed.Inbox = asyncio.Queue()
    watcher.inboxes.add(inbox)
    assert await asyncio.wait_for(inbox.get(), 2) == EVENT
    watcher.stop()


@pytest.mark.parametrize("moment", range(6))
async def test_a_feed_ends_whenever_the_last_one_leaves(monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    monkeypatch.setattr(feed, "events_after", answering())
    watcher = feed.Watcher(1, 0)
    await asyncio.sleep(0.005)
    watcher._heed({"type": "feed.hint"})
    for _ in range(moment):
        await asyncio.sleep(0)
    watcher.stop()
    _, still_there = await asyncio.wait(watcher._tasks, timeout=0.2)
    assert not still_there
