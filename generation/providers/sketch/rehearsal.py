"""Makes a rehearsal feel like the real thing: waiting, limits and trouble on demand."""

import threading
import time
from collections import deque

from generation.errors import Cancelled, NoPicture, OutcomeUnknown, ProviderError, RateLimited, Refused, Unavailable
from generation.providers.base import CallHandle, ImageRequest
from generation.providers.sketch.options import Options, RateLimit

_SLICE = 0.05
"""Seconds between two looks at whether someone cancelled."""


class Turnstile:
    """Counts the calls of this process in sliding windows, one for each limit that engines name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed: dict[RateLimit, deque[float]] = {}

    def enter(self, limit: RateLimit) -> None:
        """Let a call in. Raises RateLimited with the seconds until one may come; a call turned away does not count."""
        with self._lock:
            now = time.monotonic()
            passed = self._passed.setdefault(limit, deque())
            while passed and passed[0] <= now - limit.seconds:
                passed.popleft()
            if len(passed) >= limit.calls:
                wait = passed[0] + limit.seconds - now
                raise RateLimited(
                    f"{limit.calls} pictures in {limit.seconds:g} seconds are allowed here.", retry_after=wait
                )
            passed.append(now)


def trouble(options: Options, request: ImageRequest) -> ProviderError | None:
    """What is to go wrong with this picture, if anything."""
    if request.attempt <= options.fail_first:
        return Unavailable(f"Rehearsed failure: attempt {request.attempt} of {options.fail_first} that fail first.")
    text = (request.scene[-1] if request.scene else request.prompt).casefold()
    for words, error in (
        (options.refuse_words, Refused("Rehearsed refusal: the text holds “{}”.", finish_reason="SAFETY")),
        (options.fail_words, Unavailable("Rehearsed failure: the text holds “{}”.")),
        (
            options.no_picture_words,
            NoPicture("Rehearsed answer without a picture: the text holds “{}”.", finish_reason="STOP"),
        ),
        (options.timeout_words, OutcomeUnknown("Rehearsed time-out, no answer came: the text holds “{}”.")),
    ):
        word = next((word for word in words if word in text), None)
        if word is not None:
            error.args = (str(error).format(word),)
            return error
    return None


def wait_until(end: float, seconds: float, call: CallHandle, timeout: float) -> None:
    """Sleep until `end` (monotonic), telling of progress. Raises Cancelled, or OutcomeUnknown past the time-out."""
    start = end - seconds
    while (left := end - time.monotonic()) > 0:
        if call.cancelled():
            raise Cancelled("Cancelled while the picture was being drawn.")
        if seconds - left >= timeout:
            raise OutcomeUnknown(f"No answer within {timeout:g} seconds.")
        call.progress(round((time.monotonic() - start) * 100 / seconds), 100)
        time.sleep(min(_SLICE, left))
