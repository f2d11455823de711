"""The threads of a worker process: what ends them, and what they leave behind."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import InterfaceError, connection
from django.utils import timezone
from rq import SimpleWorker

from generation import dispatch, jobs, settle, worker
from generation.models import Status, Take, Worker
from generation.process import this_process
from generation.worker import WorkerProcess
from tests.making import a_project, a_run
from tests.processes import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerProcess]:
    """This process as a worker without RQ's threads."""
    monkeypatch.setattr(worker, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(worker, "BACK_OFF", 0.0)
    process = WorkerProcess(threads=1)
    yield process
    process.deregister()
    for thread in process._threads:
        thread.join(5)
    this_process.worker = None
    this_process.draining.clear()


def test_a_lost_connection_ends_neither_keeper_nor_beat(
    process: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[str] = []

    def away(*_args: object) -> int:
        answers.append("away")
        raise InterfaceError("the connection is closed")

    monkeypatch.setattr(dispatch, "renew_leases", away)
    monkeypatch.setattr(settle, "return_expired", away)
    process.register()
    wait_for(lambda: len(answers) > 10, "both to try again", 5)
    assert process.is_whole()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_process_knows_that_one_of_its_threads_has_died(
    process: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(settle, "return_expired", broken)
    process.register()
    wait_for(lambda: not process.is_whole(), "the beat to die", 5)


def test_workers_that_ended_are_forgotten(process: WorkerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[SimpleWorker] = []

    def end_at_once(self: SimpleWorker, **_options: object) -> bool:
        ended.append(self)
        return False

    monkeypatch.setattr(SimpleWorker, "work", end_at_once)
    process.register()
    process.start_threads()
    wait_for(lambda: len(ended) > 10, "RQ's workers to end", 10)
    assert len(process._rq_workers) <= 2
    this_process.draining.set()


def test_who_drains_waits_for_a_picture_that_is_being_claimed(
    process: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.register()
    a_run(a_project("a table"))
    asked, claim = threading.Event(), dispatch.claim

    def slowly(*_args: object, **_only: object) -> dispatch.Claim | None:
        asked.set()
        time.sleep(0.3)
        return claim(this_process.worker)

    monkeypatch.setattr(dispatch, "claim", slowly)
    making = threading.Thread(target=jobs.make_next)
    making.start()
    asked.wait(5)
    assert process.drain(patience=5)
    assert Take.objects.get().status == Status.COMPLETED
    making.join()
    connection.close()


def test_rows_of_processes_that_ended_long_ago_are_cleared_away(process: WorkerProcess) -> None:
    now = timezone.now()
    old = Worker.objects.create(name="old", threads=1, heartbeat_at=now - timedelta(days=8))
    ended = Worker.objects.create(name="ended", threads=1, heartbeat_at=now - timedelta(days=1), stopped_at=now)
    process.register()
    wait_for(lambda: not Worker.objects.filter(pk=old.pk).exists(), "the clearing")
    assert Worker.objects.filter(pk=ended.pk).exists()
