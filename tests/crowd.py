"""Threads that press and work all at once, on the real database."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from django.db import connection

from generation.errors import Refusal


class Crowd:
    """Threads that repeat their part until one of them breaks, enough has happened or the time is over."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.errors: list[BaseException] = []
        self.threads: list[threading.Thread] = []

    def add(self, part: Callable[[], object], times: int = 1, pause: float = 0) -> None:
        """In so many threads; `pause` seconds after each time, so that others have the processor."""
        self.threads += [threading.Thread(target=self._repeat, args=[part, pause]) for _ in range(times)]

    def _repeat(self, part: Callable[[], object], pause: float) -> None:
        try:
            while not self.over.wait(pause):
                with suppress(Refusal):
                    part()
                connection.close()
        except Exception as error:  # noqa: BLE001 — raised again where all have ended
            self.errors.append(error)
            self.over.set()
        finally:
            connection.close()

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        for thread in self.threads:
            thread.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            if self.over.wait(min(0.25, seconds)):
                break
        self.over.set()
        for thread in self.threads:
            thread.join()
        if self.errors:
            raise self.errors[0]
