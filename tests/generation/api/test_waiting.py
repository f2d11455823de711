"""Waiting for pictures: it hears at once, misses nothing, and holds neither a thread nor a connection meanwhile."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError, connection, transaction

from generation import actions, events, feed, waiting
from generation.models import StyleRun
from tests.making import a_project, a_run, frame, make_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("waiting")]


def in_a_thread(work: Callable[[], object]) -> asyncio.Future[None]:
    """As another process would do it: with a connection of its own."""

    def thread() -> None:
        work()
        connection.close()

    return asyncio.get_running_loop().run_in_executor(None, thread)


@sync_to_async
def two_wanted() -> tuple[StyleRun, list[int]]:
    run = a_run(a_project("a table", "an apple"))
    return run, list(run.frames.values_list("pk", flat=True))


async def wait(run: StyleRun, frames: list[int], seconds: float = 10) -> bool:
    """As a request would."""
    async with ThreadSensitiveContext():
        return await waiting.until_settled(run.project_id, frames, seconds)


async def test_it_ends_when_the_pictures_are_there() -> None:
    run, frames = await two_wanted()
    waits = asyncio.create_task(wait(run, frames))
    await asyncio.sleep(0.2)
    assert not waits.done()
    await in_a_thread(make_all)
    made = time.monotonic()
    assert await waits
    assert time.monotonic() - made < feed.TICK + 1


async def test_it_ends_as_well_when_they_are_cancelled() -> None:
    run, frames = await two_wanted()
    waits = asyncio.create_task(wait(run, frames[:1]))
    await asyncio.sleep(0.2)
    await in_a_thread(lambda: actions.cancel_frame(frame(run, 1), None))
    assert await waits


async def test_what_is_settled_already_is_not_waited_for() -> None:
    run, frames = await two_wanted()
    await in_a_thread(make_all)
    began = time.monotonic()
    assert await wait(run, frames)
    assert await wait(run, [])
    assert time.monotonic() - began < 1


async def test_it_gives_up_in_time() -> None:
    run, frames = await two_wanted()
    began = time.monotonic()
    assert not await wait(run, frames, 0.3)
    assert not await wait(run, frames, 0)
    assert 0.3 <= time.monotonic() - began < 1.5


async def test_an_event_that_never_comes_costs_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_AGAIN", 0.2)
    run, frames = await two_wanted()
    waits = asyncio.create_task(wait(run, frames))
    await asyncio.sleep(0.1)
    await in_a_thread(lambda: run.takes.update(status="cancelled"))
    assert await asyncio.wait_for(waits, 2)


async def test_only_what_concerns_it_makes_it_look(monkeypatch: pytest.MonkeyPatch) -> None:
    run, frames = await two_wanted()
    looks = []

    def look() -> bool | None:
        looks.append(1)
        return None

    def concerns(message: feed.Message) -> bool:
        return waiting.is_about(message, {frames[0]})

    waits = asyncio.create_task(waiting.until(run.project_id, look, 3, concerns))
    await asyncio.sleep(0.2)
    await tell(run, [frames[1]])
    await asyncio.sleep(1.2)
    assert len(looks) == 1
    await tell(run, frames)
    assert await waits is None
    assert len(looks) == 3, "at once, at the event, and at the end"


@database_sync_to_async
def tell(run: StyleRun, frames: list[int]) -> None:
    with transaction.atomic():
        events.publish(run.project_id, "frame.completed", run=run.pk, frames=frames)


async def test_a_database_that_is_away_for_a_moment_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_AGAIN", 0.1)
    run, _ = await two_wanted()
    answers: list[Exception | None] = [InterfaceError("connection lost"), OperationalError("away"), None]

    def look() -> bool:
        if answer := answers.pop(0):
            raise answer
        return True

    assert await waiting.until(run.project_id, look, 3, lambda message: False)
    assert not answers


async def test_twenty_that_wait_hold_no_thread() -> None:
    run, frames = await two_wanted()
    before = threading.active_count()
    waits = [asyncio.create_task(wait(run, frames)) for _ in range(20)]
    await asyncio.sleep(feed.TICK + 0.5)
    assert threading.active_count() <= before + 1, "one reader for all of them"
    assert not SyncToAsync.context_to_thread_executor
    await in_a_thread(make_all)
    assert await asyncio.gather(*waits) == [True] * 20


async def test_a_feed_outlives_the_one_who_began_it() -> None:
    run, frames = await two_wanted()
    first = asyncio.create_task(wait(run, frames))
    await asyncio.sleep(0.2)
    second = asyncio.create_task(wait(run, frames))
    await asyncio.sleep(0.2)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await in_a_thread(make_all)
    assert await asyncio.wait_for(second, feed.TICK + 2)


async def test_a_thread_given_back_takes_its_connection_along() -> None:
    async with ThreadSensitiveContext():
        thread = await sync_to_async(opened)()
        assert thread.is_alive()
        waiting.give_back_thread()
        waiting.give_back_thread()  # twice does no harm
        await asyncio.to_thread(thread.join, 2)
        assert not thread.is_alive()
        assert await sync_to_async(threading.current_thread)() is not thread


def opened() -> threading.Thread:
    connection.ensure_connection()
    return threading.current_thread()
