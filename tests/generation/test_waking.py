"""Who wakes whom, so that a start that a limit allows is not late: the beat, claims and their alarms."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
import redis
from django.conf import settings
from django.test import TestCase
from django.utils import timezone

from generation import dispatch, jobs
from generation.models import ApiKey, Call, KeyPool, Worker
from generation.process import this_process
from generation.providers import configure, get_provider
from generation.providers.gemini import GeminiProvider
from generation.providers.openai import OpenAIProvider
from generation.rq import PICTURES, queued
from generation.worker import warm_up_providers
from tests.making import a_key, a_paid_engine, a_project, a_run, a_style
from tests.processes import wait_for

pytestmark = pytest.mark.django_db

BIRDS = [f"bird {number}" for number in range(1, 13)]


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it had just begun."""
    monkeypatch.setattr("generation.dispatch.this_process.limits_bind", False)
    this_process.alarm.sleep(0)


def a_worker(threads: int = 100) -> Worker:
    return Worker.objects.create(name="here", threads=threads, heartbeat_at=timezone.now())


def a_pool(slug: str, *keys: ApiKey) -> None:
    pool = KeyPool.objects.create(provider="gemini", title=slug)
    pool.styles.add(a_style(slug))
    pool.keys.set(keys)


def seconds_to_alarm() -> float:
    return this_process.alarm._at - time.monotonic()


def test_a_ring_counts_the_room_of_every_styles_own_pool(flushed_broker: redis.Redis) -> None:
    a_pool("clear", a_key("key-of-clear-is-0001", amount=2))
    a_pool("illustration", a_key("key-of-the-other-0002", amount=3))
    engine = a_paid_engine(max_parallel=100)
    a_run(a_project(*BIRDS), "independent", engine, "clear")
    a_run(a_project(*BIRDS, title="Fence"), "independent", engine, "illustration")
    a_worker()
    assert dispatch.ring() == 5


def test_a_key_in_two_pools_counts_once(flushed_broker: redis.Redis) -> None:
    shared = a_key(amount=3)
    a_pool("clear", shared)
    a_pool("illustration", shared)
    engine = a_paid_engine(max_parallel=100)
    a_run(a_project(*BIRDS), "independent", engine, "clear")
    a_run(a_project(*BIRDS, title="Fence"), "independent", engine, "illustration")
    a_worker()
    assert dispatch.ring() == 3


def test_a_ring_leaves_out_those_who_are_looking_already(flushed_broker: redis.Redis) -> None:
    a_key(amount=5)
    a_run(a_project(*BIRDS), "independent", a_paid_engine(max_parallel=100))
    a_worker()
    with this_process.to_claim():
        assert dispatch.ring() == 4


def test_the_claim_that_takes_the_last_room_has_the_beat_wake_when_there_is_more() -> None:
    a_key(amount=2)
    a_run(a_project(*BIRDS), "independent", a_paid_engine(max_parallel=100))
    dispatch.claim()
    assert seconds_to_alarm() == pytest.approx(float("inf")), "the account has room yet"
    dispatch.claim()
    assert 50 < seconds_to_alarm() <= 60.6, "on a busy machine some of it is over already"


def test_an_end_rings_nobody_while_limits_alone_are_in_the_way(
    flushed_broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.dispatch.this_process.worker", a_worker())
    a_key(amount=1)
    run = a_run(a_project(*BIRDS), "independent", a_paid_engine(max_parallel=100))
    dispatch.claim()
    assert dispatch.claim() is None
    flushed_broker.flushall()
    with TestCase.captureOnCommitCallbacks(execute=True):
        dispatch.hand_on_on_commit(run)
    assert queued(PICTURES) == 0
    with TestCase.captureOnCommitCallbacks(execute=True):
        dispatch.hand_on_on_commit(run, released=True)
    assert queued(PICTURES) == 1, "a successor may be for another engine"


def test_an_end_rings_where_calls_in_flight_were_in_the_way(
    flushed_broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.dispatch.this_process.worker", a_worker())
    a_key(amount=None, max_parallel=1)
    run = a_run(a_project(*BIRDS), "independent", a_paid_engine(max_parallel=100))
    dispatch.claim()
    assert dispatch.claim() is None
    flushed_broker.flushall()
    with TestCase.captureOnCommitCallbacks(execute=True):
        dispatch.hand_on_on_commit(run)
    assert queued(PICTURES) == 1


def test_the_last_who_asks_wakes_the_beat_where_limits_had_no_room_for_all() -> None:
    a_key(amount=5)
    a_run(a_project(*BIRDS), "independent", a_paid_engine(max_parallel=100))
    a_worker()
    dispatch.ring()
    jobs._claim()
    assert seconds_to_alarm() < 0.1


def test_nobody_is_woken_where_limits_have_room_for_all() -> None:
    a_key(amount=50)
    a_run(a_project(*BIRDS), "independent", a_paid_engine(max_parallel=100))
    a_worker()
    dispatch.ring()
    jobs._claim()
    assert seconds_to_alarm() > 1000


def test_who_asked_before_another_looked_in_vain_need_not_look() -> None:
    a_key()
    a_run(a_project(*BIRDS), "independent", a_paid_engine())
    with ThreadPoolExecutor() as pool:
        with this_process.claiming:
            asking = pool.submit(jobs.make_next)
            wait_for(lambda: this_process.asking, "the thread to ask")
            this_process.nothing_at = time.monotonic()
        assert asking.result(10) is None
    assert not Call.objects.exists()
    assert jobs._claim() is not None, "whoever asks later looks"


def test_a_worker_loads_what_its_keys_are_for_before_the_first_call() -> None:
    configure(settings.PROVIDERS)  # as in a process that has just begun
    a_key()
    warm_up_providers()
    assert cast(GeminiProvider, get_provider("gemini"))._made is not None
    assert cast(OpenAIProvider, get_provider("openai"))._made is None
