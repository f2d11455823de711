"""Calls as the machine makes them, whose workers may die and whose people may cancel."""

import time
from dataclasses import dataclass, field


class WorkerDied(Exception):
    """The process is gone at this moment."""


@dataclass
class Call:
    """A call that remembers what it was told."""

    id: str = "call-1"
    resume: str | None = None
    told: list[tuple[int, int]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    cancel_at: float = float("inf")
    dies: bool = False

    def started(self, remote_id: str) -> None:
        self.ids.append(remote_id)
        if self.dies:
            raise WorkerDied

    def progress(self, done: int, total: int) -> None:
        self.told.append((done, total))

    def cancelled(self) -> bool:
        return time.monotonic() >= self.cancel_at
