"""How many calls a token may make in a minute: one count for what reads, one for what changes.

Calls with a wrong token are not counted. 192 bits cannot be guessed, so only load could be saved; one such call costs a
lookup in an index, and behind a proxy everybody calls from one address, so one guesser would lock out all.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

from django.conf import settings

from generation.api.problems import throttled

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
