"""The stream of a style run from inside: what it holds while it waits, and what it survives."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.db import OperationalError, connection

from generation.api.auth import LOCAL_SCOPES, Caller
from generation.api.earlier import live
from generation.api.earlier.beats import Begun, Wanted, begin
from generation.api.earlier.telling import Told
from storyboards.models import Project, Visibility
from tests.making import a_user, an_engine, make_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("waiting")]

BEATS = [
    {"shot_number": 1, "beat_number": f"1.{number}", "transition_type": "C", "ai_prompt": "a lamp"} for number in (1, 2)
]


@sync_to_async
def begun() -> tuple[Caller, Begun]:
    user = a_user()
    engine = an_engine(side=192)
    type(engine).objects.exclude(pk=engine.pk).update(enabled=False)
    return Caller(user, None, LOCAL_SCOPES), begin(user, Wanted("board", {"clear": BEATS}))


def in_a_thread(work: Callable[[], object]) -> asyncio.Future[None]:
    """As another process would do it: with a connection of its own."""

    def thread() -> None:
        work()
        connection.close()

    return asyncio.get_running_loop().run_in_executor(None, thread)


def threads() -> int:
    """Without the loop's own few, which all share and none holds."""
    return len([thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")])


async def listen(caller: Caller, start: Begun, told: list[Told | None]) -> None:
    """As a request would."""
    async with ThreadSensitiveContext():
        async for message in live.follow(caller, start):
            told.append(message)


async def test_twenty_that_listen_hold_no_thread_and_miss_nothing() -> None:
    caller, start = await begun()
    before = threads()
    told: list[list[Told | None]] = [[] for _ in range(20)]
    listeners = [asyncio.create_task(listen(caller, start, one)) for one in told]
    async with asyncio.timeout(15):  # to begin, each asks once, in a thread of its own
        while not all(len(one) == 3 for one in told) or threads() > before + 1:
            await asyncio.sleep(0.05)
    assert not SyncToAsync.context_to_thread_executor
    await in_a_thread(make_all)
    await asyncio.wait_for(asyncio.gather(*listeners), 10)
    for one in told:
        statuses = [message["status"] for message in one if message and message["type"] == "progress"]
        assert sorted(statuses) == sorted(["pending", "generating", "complete"] * 2)


async def test_silence_is_broken_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ALIVE_EVERY", 0.1)
    caller, start = await begun()
    told: list[Told | None] = []
    listener = asyncio.create_task(listen(caller, start, told))
    await asyncio.sleep(1)
    assert told.count(None) >= 3
    listener.cancel()
    await asyncio.gather(listener, return_exceptions=True)
    lines = live.lines(caller, start)
    begin_with = [await anext(lines) for _ in range(4)]
    assert begin_with[0].startswith('data: {"type": "start", "message": "')
    assert await anext(lines) == ": alive\n\n"


async def test_rights_that_end_without_a_word_are_noticed_in_the_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ALIVE_EVERY", 0.1)
    caller, start = await begun()
    told: list[Told | None] = []
    listener = asyncio.create_task(listen(caller, start, told))
    await asyncio.sleep(0.3)
    await in_a_thread(lambda: Project.objects.update(owner=a_user("ben"), visibility=Visibility.PRIVATE))
    await asyncio.wait_for(listener, 3)
    assert told[-1] == {"type": "error", "error": live.GONE}


async def test_a_database_that_is_away_for_a_moment_ends_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_AGAIN", 0.05)
    caller, start = await begun()
    failures = [OperationalError("away")] * 2
    look = live.look

    def failing(*args: Any) -> Any:
        if failures:
            raise failures.pop()
        return look(*args)

    monkeypatch.setattr(live, "look", failing)
    told: list[Told | None] = []
    listener = asyncio.create_task(listen(caller, start, told))
    await asyncio.sleep(0.5)
    await in_a_thread(make_all)
    await asyncio.wait_for(listener, 5)
    assert told[-1] == {"type": "complete", "result": {"success": True}}


async def test_what_ended_before_anybody_listened_is_told_whole() -> None:
    caller, start = await begun()
    await in_a_thread(make_all)
    told: list[Told | None] = []
    await asyncio.wait_for(listen(caller, start, told), 5)
    assert [message and message.get("status", message["type"]) for message in told] == [
        "start",
        "complete",
        "complete",
        "complete",
    ]


async def test_when_all_has_ended_everything_is_looked_at_whatever_was_heard() -> None:
    caller, start = await begun()
    await in_a_thread(make_all)
    found = await sync_to_async(live.look)(caller, start, set())
    assert found is not None
    statuses = [beat.status for beat in found.beats.values()]
    assert (found.active, found.whole, statuses) == (False, True, ["complete"] * 2)
