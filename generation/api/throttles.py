"""How many calls a token may make in a minute, one count for what reads, one for what changes; and how much a person
may have open at a time.

Calls with a wrong token are not counted. 192 bits cannot be guessed, so only load could be saved; one such call costs a
lookup in an index, and behind a proxy everybody calls from one address, so one guesser would lock out all.
"""

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from generation.api.problems import Problem, throttled

WINDOW = 60.0
"""Seconds."""
READING = ("GET", "HEAD", "OPTIONS")


class Throttle:
    """Counts in this process alone: it keeps one program from starving the others of a web process, and is no limit of
    money. Those are rows (`generation.limits`)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: dict[tuple[str, bool], deque[float]] = defaultdict(deque)
        self._swept_at = clock()

    def count(self, who: str, method: str) -> None:
        """One more call. Raises Problem where it is one too many; that one is not counted."""
        reads = method in READING
        most = settings.API_READS_A_MINUTE if reads else settings.API_WRITES_A_MINUTE
        with self._lock:
            now = self._clock()
            self._sweep(now)
            calls = self._calls[who, reads]
            while calls and calls[0] <= now - WINDOW:
                calls.popleft()
            if len(calls) >= most:
                raise throttled((calls[0] + WINDOW - now) if calls else WINDOW)
            calls.append(now)

    def _sweep(self, now: float) -> None:
        """Once in a window, forget whoever has not called for as long: tokens come and go, the process stays."""
        if now - self._swept_at < WINDOW:
            return
        self._swept_at = now
        for who in [who for who, calls in self._calls.items() if not calls or calls[-1] <= now - WINDOW]:
            del self._calls[who]

    def __len__(self) -> int:
        """How many counts are kept."""
        return len(self._calls)

    def forget(self) -> None:
        """For tests: nobody has called yet."""
        with self._lock:
            self._calls.clear()


calls = Throttle()


class Stays:
    """Sockets, streams, downloads and waiting calls of each person. A process has only so many connections: whoever
    opened all of them would lock out everybody."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: Counter[int] = Counter()

    def check(self, person: int) -> None:
        """Raises Problem where there is no room for one more."""
        if self._open[person] >= settings.API_OPEN_AT_ONCE:
            words = f"Your programs have {settings.API_OPEN_AT_ONCE} calls and sockets open here: close some first."
            raise Problem(429, words, headers={"Retry-After": "10"})

    @contextmanager
    def counted(self, person: int) -> Iterator[None]:
        with self._lock:
            self._open[person] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[person] -= 1
                if not self._open[person]:
                    del self._open[person]

    def __len__(self) -> int:
        """How much is open, of all together."""
        return self._open.total()


stays = Stays()
