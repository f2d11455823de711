"""Workers that are killed, brokers that forget: nothing is lost, nothing is made twice by our fault."""

import os
import signal
import sys
import time
from datetime import timedelta

import pytest
import redis
from django.db import connection
from django.utils import timezone

from config.processes import spawn
from generation import actions
from generation.models import Call, Event, RunStatus, Status, Take, TakeKind, Worker
from tests.making import a_project, a_run, an_engine, frame, statuses
from tests.processes import wait_for
from tests.running import Environment, wait_for_end, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crashes")]

TEXTS = ("a table", "an apple", "a cat")


def busy() -> bool:
    connection.close()
    return Take.objects.filter(status=Status.GENERATING).exists()


@pytest.mark.parametrize(
    ("point", "calls"), [("claimed", 4), ("sent", 4), ("answered", 4), ("stored", 4), ("settled", 3)]
)
def test_a_worker_killed_at_any_point_loses_nothing(
    process_environment: Environment, flushed_broker: redis.Redis, point: str, calls: int
) -> None:
    run = a_run(a_project(*TEXTS))
    with worker(process_environment, DJANGO_SETTINGS_MODULE="tests.killing", KILL_AT=point) as victim:
        assert victim.wait(30) == -signal.SIGKILL
    connection.close()
    Take.objects.filter(status=Status.GENERATING).update(lease_until=timezone.now())  # as if the 20 s had passed
    with worker(process_environment):
        assert wait_for_end(run).status == RunStatus.COMPLETED
    assert statuses(run) == ["completed"] * 3
    assert Call.objects.count() == calls, "one more than pictures only where the answer was lost"
    assert Take.objects.count() == 3


def test_a_killed_workers_frame_is_finished_by_another_within_thirty_seconds(
    process_environment: Environment, flushed_broker: redis.Redis
) -> None:
    run = a_run(a_project(*TEXTS), engine=an_engine(options={"seconds": 2}))
    with worker(process_environment), worker(process_environment):
        wait_for(busy, "a picture being made")
        connection.close()
        lost = Take.objects.select_related("worker").get(status=Status.GENERATING)
        assert lost.worker is not None
        os.kill(int(lost.worker.name.rpartition("-")[2]), signal.SIGKILL)
        killed = time.monotonic()

        def made() -> bool:
            connection.close()
            return frame(run, lost.position).chosen is not None

        wait_for(made, "the lost picture", 40)
        assert time.monotonic() - killed < 30
        assert wait_for_end(run, 60).status == RunStatus.COMPLETED


def test_a_stopped_worker_that_wakes_up_overwrites_nothing(
    process_environment: Environment, flushed_broker: redis.Redis
) -> None:
    run = a_run(a_project("a table"), engine=an_engine(options={"seconds": 2}))
    with worker(process_environment) as sleeper:
        wait_for(busy, "a picture being made")
        sleeper.send_signal(signal.SIGSTOP)
        connection.close()
        Take.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        with worker(process_environment):
            wait_for_end(run)
            before = list(Take.objects.values("pk", "status", "fence", "original"))
            sleeper.send_signal(signal.SIGCONT)
            sleeper.send_signal(signal.SIGTERM)
            assert sleeper.wait(20) == 0
    connection.close()
    assert list(Take.objects.exclude(kind=TakeKind.LATE).values("pk", "status", "fence", "original")) == before


def test_a_broker_that_forgets_everything_loses_no_work(
    process_environment: Environment, flushed_broker: redis.Redis
) -> None:
    run = a_run(a_project(*[f"bird {n}" for n in range(8)]), "independent", an_engine(options={"seconds": 0.5}))
    with worker(process_environment):
        wait_for(busy, "a picture being made")
        for _ in range(3):
            flushed_broker.flushall()
            time.sleep(0.4)
        assert wait_for_end(run, 60).status == RunStatus.COMPLETED
    assert Call.objects.count() == 8
    numbers = list(Event.objects.filter(project=run.project).values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_worker_told_to_stop_finishes_what_it_makes(
    process_environment: Environment, flushed_broker: redis.Redis
) -> None:
    run = a_run(a_project(*TEXTS), engine=an_engine(options={"seconds": 1}))
    with worker(process_environment) as process:
        wait_for(busy, "a picture being made")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    connection.close()
    assert statuses(run) == ["completed", "pending", "pending"]
    row = Worker.objects.get()
    assert row.draining
    assert row.stopped_at is not None


def test_a_cancelled_picture_is_given_up_by_its_worker(
    process_environment: Environment, flushed_broker: redis.Redis
) -> None:
    run = a_run(a_project("a table"), engine=an_engine(options={"seconds": 30}))
    with worker(process_environment):
        wait_for(busy, "a picture being made")
        connection.close()
        actions.cancel(run, None)

        def ended() -> bool:
            connection.close()
            return Call.objects.get().error_code == "cancelled"

        wait_for(ended, "the call's end", 10)


def test_django_rqs_own_worker_makes_pictures_too(
    process_environment: Environment, flushed_broker: redis.Redis
) -> None:
    run = a_run(a_project(*TEXTS))
    command = [sys.executable, "manage.py", "rqworker", "pictures"]
    process = spawn(command, process_environment)
    try:
        assert wait_for_end(run).status == RunStatus.COMPLETED
    finally:
        process.terminate()
        assert process.wait(20) == 0
    connection.close()
    assert Worker.objects.get().stopped_at is not None
