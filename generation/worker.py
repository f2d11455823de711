"""A worker process: RQ workers as threads, and beside them a keeper (leases) and a beat (what time brings).

The work is waiting for HTTP, so a hundred calls in flight cost some 20 MiB here, where processes would cost 4 GiB.
"""

import gc
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from redis.exceptions import RedisError
from rq import SimpleWorker

from generation import dispatch, events, holds, keys, packing, settle
from generation.models import ApiKey, Status, Take, Worker
from generation.models.clock import database_now
from generation.models.ops import HEARTBEAT_SECONDS
from generation.process import keep_memory_small, surviving_database, this_process
from generation.providers import PROVIDERS, get_provider
from generation.rq import FILES, PICTURES, thread_worker

logger = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
"""The longest sleep between two looks at what is due."""
TIDY_EVERY = 3600.0
"""Seconds between two clearings of old history."""
SWITCH_SECONDS = 0.0005
"""How long a thread may compute while another wants to: they mostly wait, and chains wait for whoever does not."""
BACK_OFF = 1.0
"""Seconds before a thread whose RQ worker ended tries again."""


class WorkerProcess:
    """This process, working. `threads` pictures at once; 0 makes files only."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._rq_workers: set[SimpleWorker] = set()
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()
        self._due = 0.0
        self._next_tidying = 0.0

    def register(self) -> None:
        """Write the process's row and those of the environment's keys; start the keeper and the beat."""
        keys.sync_environment()
        keep_memory_small()
        name = f"{socket.gethostname()}-{os.getpid()}"
        this_process.worker = Worker.objects.create(name=name, threads=self.threads, heartbeat_at=database_now())
        self._start("keeper", self._keep_leases)
        self._start("beat", self._keep_time)

    def start_threads(self) -> None:
        """One RQ worker a thread, and one more for files."""
        sys.setswitchinterval(SWITCH_SECONDS)
        warm_up_providers()
        gc.freeze()  # what is loaded by now stays: looking it through again and again stops all threads for 80 ms
        for number in range(self.threads):
            self._start(f"{PICTURES}-{number}", partial(self._work, PICTURES, number))
        self._start(f"{FILES}-0", partial(self._work, FILES, 0))

    def is_whole(self) -> bool:
        """Whether all threads live. One that met a fault of our own is gone: only a new process has it again."""
        return all(thread.is_alive() for thread in self._threads)

    def drain(self, patience: float) -> bool:
        """Claim nothing more and wait for the takes in flight, `patience` seconds at most. True where all have
        ended."""
        worker = this_process.worker
        assert worker is not None
        with this_process.claiming:
            this_process.draining.set()
        Worker.objects.filter(pk=worker.pk).update(draining=True)
        deadline = time.monotonic() + patience
        while in_flight := Take.objects.filter(worker=worker, status=Status.GENERATING).count():
            if time.monotonic() > deadline:
                logger.warning("%s pictures were still being made; another worker takes them over.", in_flight)
                return False
            time.sleep(0.1)
        return True

    def deregister(self) -> None:
        """Say goodbye: the row stays as history, RQ's registrations go."""
        self._stopped.set()
        this_process.alarm.ring_in(0)
        if this_process.worker is not None:
            Worker.objects.filter(pk=this_process.worker.pk).update(stopped_at=database_now())
        for rq_worker in list(self._rq_workers):
            try:
                rq_worker.register_death()  # type: ignore[no-untyped-call]
            except RedisError:
                return  # the broker is gone already; its registrations expire

    def leave(self) -> None:
        """Say goodbye, with no thread left behind."""
        self.deregister()
        for thread in self._threads:
            thread.join(BEAT_SECONDS)

    # --- threads ---

    def _start(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, queue: str, number: int) -> None:
        """RQ's loop ends when the broker goes away; this one does not."""
        while not this_process.draining.is_set():
            try:
                self._work_once(queue, f"{this_process.worker}-{queue}-{number}-{time.monotonic_ns()}")
            except (RedisError, OSError) as error:
                logger.warning("%s thread %s: broker away (%s), trying again", queue, number, type(error).__name__)
            self._stopped.wait(BACK_OFF)

    def _work_once(self, queue: str, name: str) -> None:
        rq_worker = thread_worker(queue, name)
        self._rq_workers.add(rq_worker)
        try:
            rq_worker.work(logging_level="WARNING")
        finally:
            self._rq_workers.discard(rq_worker)  # with the broker away there is a new one every second

    def _keep_leases(self) -> None:
        while not self._stopped.wait(HEARTBEAT_SECONDS):
            with surviving_database():
                self._keep()

    def _keep_time(self) -> None:
        while not self._stopped.is_set():
            self._due = time.monotonic() + BACK_OFF
            this_process.look_again.clear()
            with surviving_database():
                self._beat()
                self._due = time.monotonic() + self._until_due()
            self._ring_until_due()

    def _ring_until_due(self) -> None:
        """Alarms between two looks at everything are for limits that have room again."""
        while True:
            this_process.alarm.sleep(self._due - time.monotonic())
            if self._stopped.is_set() or this_process.look_again.is_set() or time.monotonic() >= self._due:
                return
            with surviving_database():
                dispatch.ring()

    def _keep(self) -> None:
        worker = self._row()
        Worker.objects.filter(pk=worker.pk).update(heartbeat_at=database_now())
        dispatch.renew_leases(worker)

    def _row(self) -> Worker:
        assert this_process.worker is not None
        return this_process.worker

    def _beat(self) -> None:
        dispatch.renew_leases(self._row())  # whoever was stopped for a while must not take back from himself
        settle.return_expired()
        settle.write_off()
        holds.release()
        dispatch.look_for_orphans()
        dispatch.ring()
        packing.ring_missed()
        dispatch.ring_missed_files()
        if time.monotonic() >= self._next_tidying:
            self._next_tidying = time.monotonic() + TIDY_EVERY
            events.forget_old()
            packing.remove_expired()
            Worker.objects.long_gone().delete()

    def _until_due(self) -> float:
        now = database_now()
        due = dispatch.next_due(now) or now + timedelta(seconds=BEAT_SECONDS)
        return min(BEAT_SECONDS, max(0.005, (due - now).total_seconds()))


@contextmanager
def lent_hand() -> Iterator[None]:
    """This process keeps leases and time as a worker does, and takes no jobs: for whoever makes pictures itself."""
    process = WorkerProcess(threads=0)
    process.register()
    try:
        yield
    finally:
        process.leave()
        this_process.worker = None


def warm_up_providers() -> None:
    """Of those there is a key for: many first calls at once would wait for the same import, and leave too late."""
    with_keys = ApiKey.objects.usable().values_list("account__provider", flat=True)
    for name in set(with_keys) & set(PROVIDERS):
        get_provider(name).warm_up()
