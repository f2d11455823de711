"""How pictures were asked for before: two ways to live with a vendor's limits, each as small as it may be.

Both get as many threads as they like, a list of pictures and pools of keys, and go on until the list is empty.
"""

import http.client
import json
import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

BODY = {"generationConfig": {"responseModalities": ["IMAGE"]}}


@dataclass
class Vendor:
    """Where to ask. Each thread keeps a connection of its own."""

    address: str
    model: str
    local: threading.local = field(default_factory=threading.local)

    def ask(self, secret: str, prompt: str) -> int:
        """The status of one request for a picture."""
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=120)
        path = f"{urlsplit(self.address).path}/v1beta/models/{self.model}:generateContent"
        body = json.dumps(BODY | {"contents": [{"parts": [{"text": prompt}]}]})
        self.local.connection.request("POST", path, body, {"x-goog-api-key": secret})
        answer = self.local.connection.getresponse()
        answer.read()
        return int(answer.status)


class Rotation:
    """Each style rotates through its own pool; a key is used 9 times where 10 are allowed, counted from its first use
    on; after a 429 it rests for a whole window; with all spent, whoever asks waits for the first to come back."""

    def __init__(self, vendor: Vendor, secrets: Sequence[str], amount: int, seconds: float) -> None:
        self._vendor = vendor
        self._allowed = max(1, amount * 9 // 10)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._began = dict.fromkeys(secrets, 0.0)
        self._used = dict.fromkeys(secrets, 0)
        self._spent_until = dict.fromkeys(secrets, 0.0)
        self._order = deque(secrets)

    def make(self, prompt: str, stop: threading.Event) -> None:
        while not stop.is_set():
            secret, wait = self._take()
            if secret is None:
                stop.wait(wait)
            elif self._vendor.ask(secret, prompt) != 429:
                return
            else:
                self._spent_until[secret] = time.monotonic() + self._seconds

    def _take(self) -> tuple[str | None, float]:
        with self._lock:
            now = time.monotonic()
            for _ in range(len(self._order)):
                self._order.rotate(-1)
                if self._may(self._order[0], now):
                    return self._order[0], 0.0
            return None, max(0.01, min(self._back_at(secret) for secret in self._order) - now)

    def _may(self, secret: str, now: float) -> bool:
        if now < self._spent_until[secret]:
            return False
        if now >= self._began[secret] + self._seconds:
            self._began[secret], self._used[secret] = now, 0
        self._used[secret] += 1
        return self._used[secret] <= self._allowed

    def _back_at(self, secret: str) -> float:
        full = self._began[secret] + self._seconds if self._used[secret] >= self._allowed else 0.0
        return max(self._spent_until[secret], full)


class BackOff:
    """The next key for every request; after a 429 wait, each time twice as long, and take the next key."""

    LONGEST = 60.0

    def __init__(self, vendor: Vendor, secrets: Sequence[str], amount: int, seconds: float) -> None:
        self._vendor = vendor
        self._lock = threading.Lock()
        self._order = deque(secrets)

    def make(self, prompt: str, stop: threading.Event) -> None:
        wait = 1.0
        while not stop.is_set() and self._vendor.ask(self._next(), prompt) == 429:
            stop.wait(wait * random.uniform(0.5, 1.0))
            wait = min(self.LONGEST, wait * 2)

    def _next(self) -> str:
        with self._lock:
            self._order.rotate(-1)
            return self._order[0]


class Crew:
    """Threads that make a style's pictures one way."""

    def __init__(self, way: Rotation | BackOff, prompts: Sequence[str], threads: int) -> None:
        self._way = way
        self._left = deque(prompts)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                prompt = self._left.popleft()
            except IndexError:
                return
            self._way.make(prompt, self._stop)

    def has_ended(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def end(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
