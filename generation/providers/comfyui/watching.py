"""Waiting for one prompt: history is the truth, the websocket tells progress and that it is time to look."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generation.errors import Cancelled, JobFailed, OutcomeUnknown, ProviderError
from generation.providers.base import CallHandle
from generation.providers.comfyui import words
from generation.providers.comfyui.listening import Listener, Told
from generation.providers.comfyui.server import Server
from generation.providers.connections import FAILURES

LOOK_EVERY = 5.0
LOOK_ALONE_EVERY = 1.0
LOOK_AFTER_END_EVERY = 0.1
"""Seconds between looks at queue and history: while the websocket tells, without it, and once it told the end."""
STEP = 0.25
"""Seconds within which a cancellation is noticed."""
WRITES_HISTORY = 5.0
"""Seconds after its last event in which the server surely has written the history."""
MOST_STEPS = 1_000_000
GONE_AFTER = 2
"""Looks in a row that find a prompt neither queued nor finished."""


@dataclass
class Watch:
    """One prompt until it is over, `deadline` passes (of the monotonic clock) or a person cancels."""

    server: Server
    prompt_id: str
    call: CallHandle
    deadline: float
    resumed: bool = False
    _next_look: float = 0.0
    _missing: int = 0
    _end: Told | None = None
    _ended_at: float = 0.0

    def until_done(self, listener: Listener) -> Mapping[str, Any]:
        """The history's entry. Raises Cancelled, OutcomeUnknown at the deadline, JobFailed for what is gone."""
        while True:
            self._check_call()
            if time.monotonic() >= self._next_look:
                entry = self._look()
                if entry is not None:
                    return entry
                self._next_look = time.monotonic() + self._pause(listener)
            self._hear(listener)

    def _check_call(self) -> None:
        if self.call.cancelled():
            self.server.withdraw(self.prompt_id)
            raise Cancelled("Cancelled; the picture was taken off the server.")
        if time.monotonic() >= self.deadline:
            self.server.withdraw(self.prompt_id)
            raise OutcomeUnknown("The ComfyUI server did not finish in time.")

    def _hear(self, listener: Listener) -> None:
        wait = max(0.0, min(STEP, self._next_look - time.monotonic(), self.deadline - time.monotonic()))
        if listener.lost:
            self._next_look = min(self._next_look, time.monotonic() + LOOK_ALONE_EVERY)
            time.sleep(wait)
            return
        told = listener.next(wait)
        if told is not None:
            HEARD.get(told.kind, _nothing)(self, told)

    def progressed(self, told: Told) -> None:
        done, total = told.data.get("value"), told.data.get("max")
        if isinstance(done, int | float) and isinstance(total, int | float) and 0 <= done <= total < MOST_STEPS:
            self.call.progress(int(done), int(total))

    def executing(self, told: Told) -> None:
        if told.data.get("node") is None:
            self.ended(told)

    def ended(self, told: Told) -> None:
        self._next_look = 0.0
        if self._end is None:
            self._end, self._ended_at = told, time.monotonic()

    def _pause(self, listener: Listener) -> float:
        if self._end is not None:
            return LOOK_AFTER_END_EVERY
        return LOOK_ALONE_EVERY if listener.lost or self._missing else LOOK_EVERY

    def _look(self) -> Mapping[str, Any] | None:
        """The queue first: what leaves it between the two looks is in the history by then."""
        try:
            running, waiting = self.server.queue(self.deadline)
            entry = self.server.history(self.prompt_id, self.deadline)
        except (*FAILURES, ProviderError):
            return None  # the work goes on without us; the deadline bounds this
        self._missing = 0 if self.prompt_id in running | waiting else self._missing + 1
        if entry is None:
            self._check_gone()
        return entry

    def _check_gone(self) -> None:
        if self._end is not None and time.monotonic() < self._ended_at + WRITES_HISTORY:
            return  # events come before the history is written
        if self._end is not None and self._missing:
            raise _without_history(self._end)
        if self._missing >= GONE_AFTER:
            raise self._gone()

    def _gone(self) -> ProviderError:
        if self.resumed:
            return OutcomeUnknown("The ComfyUI server does not know this picture any more.")
        return JobFailed("The picture vanished from the server's queue: somebody removed it, or the server restarted.")


def _without_history(end: Told) -> ProviderError:
    if end.kind == words.FAILED:
        return words.failure(end.data)
    if end.kind == words.INTERRUPTED:
        return words.interrupted()
    return OutcomeUnknown("The ComfyUI server finished, but its history does not have the picture.")


def _nothing(watch: Watch, told: Told) -> None:
    """Most events tell nothing that anybody needs."""


HEARD: dict[str, Callable[[Watch, Told], None]] = {
    "progress": Watch.progressed,
    "executing": Watch.executing,
    "execution_success": Watch.ended,
    words.FAILED: Watch.ended,
    words.INTERRUPTED: Watch.ended,
}
