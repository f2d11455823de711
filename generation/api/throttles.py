"""How many calls a token may make in a minute: one count for what reads, one for what changes."""

import threading
import time
from collections import defaultdict, deque

from django.conf import settings

from generation.api.problems import throttled

WINDOW = 60.0
"""Seconds."""
READING = ("GET", "HEAD", "OPTIONS")


class Throttle:
    """Counts in this process alone: it keeps one program from starving the others of a web process, and is no limit of
    money. Those are rows (`generation.limits`)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[tuple[str, bool], deque[float]] = defaultdict(deque)

    def count(self, who: str, method: str) -> None:
        """One more call. Raises Problem where it is one too many; that one is not counted."""
        reads = method in READING
        most = settings.API_READS_A_MINUTE if reads else settings.API_WRITES_A_MINUTE
        now = time.monotonic()
        with self._lock:
            calls = self._calls[who, reads]
            while calls and calls[0] <= now - WINDOW:
                calls.popleft()
            if len(calls) >= most:
                raise throttled((calls[0] + WINDOW - now) if calls else WINDOW)
            calls.append(now)

    def forget(self) -> None:
        """For tests: nobody has called yet."""
        with self._lock:
            self._calls.clear()


calls = Throttle()
