"""Which picture is made next, and which may not start."""

import re
import socket
import threading
from datetime import timedelta

import pytest
import redis
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import actions, dispatch, rq
from generation.models import Call, Engine, Hold, Outcome, RunStatus, Status, StyleRun, Take, Worker
from tests.making import a_project, a_run, a_style, a_user, an_engine, newest_take, statuses

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("a table", "an apple", "a cat")


def claimed() -> Take:
    claim = dispatch.claim()
    assert claim is not None
    return Take.objects.select_related("run__project").get(pk=claim.take_id)


def a_worker(threads: int = 4) -> Worker:
    return Worker.objects.create(name="w", threads=threads, heartbeat_at=timezone.now())


def test_a_claim_writes_the_call_down_before_it_is_sent() -> None:
    run = a_run(a_project(*TEXTS))
    take = claimed()
    assert (take.status, take.attempts, take.fence) == (Status.GENERATING, 1, 1)
    assert take.lease_until is not None
    call = Call.objects.get(take=take)
    assert (call.outcome, call.project_title, call.step_number) == (Outcome.SENT, "Bird house", 1)
    assert statuses(run) == ["generating", "pending", "pending"]


def test_a_chain_offers_one_picture_at_a_time_and_independent_ones_side_by_side() -> None:
    a_run(a_project(*TEXTS))
    claimed()
    assert dispatch.claim() is None
    a_run(a_project(*TEXTS), strategy="independent")
    assert [claimed().position for _ in range(3)] == [1, 2, 3]


def test_an_engine_makes_no_more_at_once_than_it_may() -> None:
    a_run(a_project(*TEXTS), strategy="independent", engine=an_engine(max_parallel=2))
    assert dispatch.claim()
    assert dispatch.claim()
    assert dispatch.claim() is None


def test_a_cumulative_run_makes_two_at_a_time() -> None:
    a_run(a_project(*TEXTS), strategy="cumulative")
    assert dispatch.claim()
    assert dispatch.claim()
    assert dispatch.claim() is None


def test_the_owner_with_the_fewest_in_flight_goes_next() -> None:
    a_run(a_project(*TEXTS, owner=a_user("ada")), strategy="independent")
    a_run(a_project(*TEXTS, owner=a_user("bo")), strategy="independent")
    assert [claimed().run.project.owner.username for _ in range(4)] == ["ada", "bo", "ada", "bo"]


def test_a_run_with_work_is_found_behind_many_that_wait() -> None:
    runs = [a_run(a_project("a table")) for _ in range(12)]
    Take.objects.exclude(run=runs[-1]).update(ready_at=None)
    assert claimed().run == runs[-1]
    assert dispatch.claim() is None


def test_one_run_with_work_is_enough_for_a_claim() -> None:
    """Those behind it are not asked: with a thousand runs that would take longer than all else."""
    runs = [a_run(a_project("a table")) for _ in range(12)]
    with CaptureQueriesContext(connection) as queries:
        assert claimed().run == runs[0]
    (question,) = [query["sql"] for query in queries if "EXISTS" in query["sql"]]
    (asked,) = re.findall(r"IN \(([\d, ]+)\)", question)
    assert len(asked.split(", ")) == 10


def test_styles_that_were_started_together_grow_side_by_side() -> None:
    project = a_project(*TEXTS)
    styles = [a_style("clear"), a_style("comic")]
    actions.start(project, user=None, styles=styles, strategy="independent", engine=an_engine())
    made = [claimed() for _ in range(4)]
    assert [(take.run.style.slug, take.position) for take in made] == [
        ("clear", 1),
        ("comic", 1),
        ("clear", 2),
        ("comic", 2),
    ]


def test_a_higher_priority_goes_first() -> None:
    a_run(a_project(*TEXTS), strategy="independent")
    urgent = a_run(a_project(*TEXTS), strategy="independent")
    StyleRun.objects.filter(pk=urgent.pk).update(priority=5)
    assert {claimed().run_id for _ in range(3)} == {urgent.pk}


@pytest.mark.parametrize(
    "change",
    [
        {"status": RunStatus.PAUSED},
        {"hold": Hold.BUDGET},
        {"status": RunStatus.CANCELLED},
    ],
)
def test_nothing_starts_of_a_run_that_is_held(change: dict[str, str]) -> None:
    run = a_run(a_project(*TEXTS))
    StyleRun.objects.filter(pk=run.pk).update(**change)
    assert dispatch.claim() is None


def test_nothing_starts_on_an_engine_that_cools_or_is_off() -> None:
    engine = an_engine()
    a_run(a_project(*TEXTS), engine=engine)
    for change in (
        {"cooling_until": timezone.now() + timedelta(seconds=60)},
        {"cooling_until": None, "enabled": False},
    ):
        Engine.objects.filter(pk=engine.pk).update(**change)
        assert dispatch.claim() is None
    Engine.objects.filter(pk=engine.pk).update(enabled=True)
    assert dispatch.claim()


def test_a_take_that_waits_for_a_time_is_passed_over_until_then() -> None:
    run = a_run(a_project(*TEXTS), strategy="independent")
    first = newest_take(run, 1)
    due = timezone.now() + timedelta(seconds=9)
    Take.objects.filter(pk=first.pk).update(not_before=due)
    assert claimed().position == 2
    assert dispatch.next_due(timezone.now()) == due


def test_a_ring_sends_as_many_jobs_as_there_are_takes_and_free_threads(flushed_broker: redis.Redis) -> None:
    a_run(a_project(*TEXTS), strategy="independent")
    assert dispatch.ring() == 0, "nobody works"
    a_worker(threads=2)
    assert dispatch.ring() == 2
    assert dispatch.ring() == 0, "they are in the queue already"
    assert flushed_broker.llen("rq:queue:pictures") == 2


def test_a_ring_without_a_broker_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    a_run(a_project(*TEXTS))
    a_worker()

    def away(*_args: object, **_options: object) -> int:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(redis.Redis, "execute_command", away)
    assert dispatch.ring() == 0


def test_a_broker_that_hangs_does_not_hang_who_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    a_run(a_project(*TEXTS))
    a_worker()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        monkeypatch.setattr(rq, "RING_TIMEOUT", 0.1)
        monkeypatch.setattr(rq, "get_connection", lambda _name: redis.Redis.from_url(url))
        monkeypatch.setattr(rq, "_queue", rq._queue.__wrapped__)
        ringing = threading.Thread(target=dispatch.ring, daemon=True)
        ringing.start()
        ringing.join(5)
        assert not ringing.is_alive()


def test_cancelling_a_run_makes_room_for_another(flushed_broker: redis.Redis) -> None:
    engine = an_engine(max_parallel=1)
    busy = a_run(a_project(*TEXTS), engine=engine)
    a_run(a_project(*TEXTS), engine=engine)
    worker = a_worker()
    assert dispatch.claim(worker)
    assert dispatch.ring() == 0
    actions.cancel(busy, None)
    assert flushed_broker.llen("rq:queue:pictures") == 1


def test_the_keeper_renews_what_is_in_flight_and_lets_a_call_past_its_deadline_go() -> None:
    worker = a_worker()
    a_run(a_project(*TEXTS), strategy="independent")
    claims = [dispatch.claim(worker), dispatch.claim(worker)]
    assert all(claims)
    Take.objects.filter(pk=claims[0].take_id).update(deadline=timezone.now() - timedelta(seconds=11))  # type: ignore[union-attr]
    assert dispatch.renew_leases(worker) == 1


def test_a_project_in_the_trash_starts_nothing() -> None:
    project = a_project(*TEXTS)
    a_run(project)
    project.deleted_at = timezone.now()
    project.save()
    assert dispatch.claim() is None


def test_a_cancelled_take_is_not_claimed() -> None:
    run = a_run(a_project(*TEXTS))
    actions.cancel(run, None)
    assert dispatch.claim() is None
    assert statuses(run) == ["cancelled"] * 3
