"""Who this process is, once it works: its row, and whether it is about to stop."""

import ctypes
import logging
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection

from generation.models import Worker

logger = logging.getLogger(__name__)

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""As `malloc.h` numbers them."""
LARGE_BUFFER = 256 * 1024
"""Bytes; set once, or glibc raises it to the largest buffer that was ever freed."""


@contextmanager
def surviving_database() -> Iterator[None]:
    """A database that is away for a moment ends neither a thread nor a call; what was missed is done at the next
    turn. No connection is held afterwards."""
    try:
        yield
    except Error as error:
        logger.warning("The database did not answer: %s", error)
    finally:
        connection.close()


def keep_memory_small() -> None:
    """Have glibc give large buffers back to the system when they are freed, and keep two heaps instead of sixteen.

    Pictures pass through a hundred threads; each heap would keep the most that it ever held. Elsewhere nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_MMAP_THRESHOLD, LARGE_BUFFER)
        mallopt(M_TRIM_THRESHOLD, 4 * LARGE_BUFFER)


class Alarm:
    """What the beat sleeps by: others may have it wake earlier."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._at = math.inf

    def ring_in(self, seconds: float) -> None:
        """Wake whoever sleeps, or who will, after so many seconds at the latest."""
        with self._changed:
            self._at = min(self._at, time.monotonic() + seconds)
            self._changed.notify_all()

    def sleep(self, seconds: float) -> None:
        """So long, or until the alarm rings."""
        self.ring_in(seconds)
        with self._changed:
            while (left := self._at - time.monotonic()) > 0:
                self._changed.wait(left)
            self._at = math.inf


class Process:
    """`worker` is None where pictures are made outside a worker, as tests and management commands may."""

    def __init__(self) -> None:
        self.worker: Worker | None = None
        self.draining = threading.Event()
        self.claiming = threading.Lock()
        """Held from the look at `draining` to the end of a claim, so that who drains sees every take."""
        self.asking = 0
        """Threads that look for a claim or wait to; changed with `counting`."""
        self.counting = threading.Lock()
        self.nothing_at = -math.inf
        """When somebody last began to look for a claim and found nothing to do (monotonic); held with `claiming`."""
        self.full_until = -math.inf
        """Until then (monotonic) limits let nothing start that waits now: the last look found that, and nothing else in
        the way."""
        self.limits_bind = False
        """Whether the last ring found more work than limits had room for."""
        self.resumable = 0
        """Jobs at vendors that nobody here goes on with, as the last beat found."""
        self.alarm = Alarm()
        """Wakes the beat for a time that it does not know of yet: a limit has room again."""
        self.look_again = threading.Event()
        """With the alarm: something else may be due earlier than the beat knows."""

    @contextmanager
    def to_claim(self) -> Iterator[None]:
        """One thread at a time looks for a claim; those that wait are known."""
        with self.counting:
            self.asking += 1
        try:
            with self.claiming:
                yield
        finally:
            with self.counting:
                self.asking -= 1


this_process = Process()
