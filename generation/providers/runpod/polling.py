"""Waiting for one job: within the call's deadline, and within limits of its own once it runs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation.errors import Cancelled, JobFailed, OutcomeUnknown, ProviderError, RateLimited
from generation.providers.base import CallHandle
from generation.providers.runpod import outputs
from generation.providers.runpod.endpoint import Endpoint

STEP = 0.25
"""Seconds within which a cancellation is noticed."""
RUNNING = ("IN_PROGRESS", "RUNNING")
LONGEST_PAUSE = 15.0
"""Seconds between polls at most, whatever RunPod asks for."""
A_YEAR = 365 * 86_400_000
"""Milliseconds: whatever says more is not a time."""
BROKEN_OFF = {
    "CANCELLED": "Somebody cancelled the job on RunPod.",
    "TIMED_OUT": "The job took longer than RunPod allows it to.",
}


@dataclass(frozen=True)
class Limits:
    """`interval` seconds between polls; `seconds` and `attempts` of polling once the job runs."""

    interval: float
    seconds: float
    attempts: int


@dataclass
class Polling:
    """One job until it is over. `deadline` of the monotonic clock."""

    endpoint: Endpoint
    job_id: str
    call: CallHandle
    limits: Limits
    deadline: float
    _running_since: float | None = None
    _polls_running: int = 0

    def until_done(self, job: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """The completed job; `job` is what is known of it already. Raises Cancelled, OutcomeUnknown when the time is
        over, JobFailed and InvalidRequest for a job that ended badly."""
        pause = self.limits.interval
        while True:
            status = str((job or {}).get("status", ""))
            if job is not None and status == "COMPLETED":
                return job
            if job is not None and status in ENDED_BADLY:
                raise self._ended_badly(job, status)
            self._count(status)
            self._wait(pause)
            job, pause = self._poll()

    def _poll(self) -> tuple[Mapping[str, Any] | None, float]:
        """What is known now, and how long to wait before asking again."""
        try:
            return self.endpoint.status(self.job_id, self.deadline), self.limits.interval
        except RateLimited as error:
            asked = error.retry_after or 2 * self.limits.interval
            return None, min(max(asked, self.limits.interval), LONGEST_PAUSE)

    def _count(self, status: str) -> None:
        if status in RUNNING:
            self._running_since = self._running_since or time.monotonic()
        if self._running_since is None:
            return
        self._polls_running += 1
        if self._polls_running > self.limits.attempts:
            self._give_up()
        self.deadline = min(self.deadline, self._running_since + self.limits.seconds)

    def _wait(self, seconds: float) -> None:
        until = min(time.monotonic() + seconds, self.deadline)
        while True:
            if self.call.cancelled():
                self.endpoint.cancel(self.job_id)
                raise Cancelled("Cancelled; the job was cancelled on RunPod.")
            now = time.monotonic()
            if now >= self.deadline:
                self._give_up()
            if now >= until:
                return
            time.sleep(min(STEP, until - now))

    def _give_up(self) -> None:
        self.endpoint.cancel(self.job_id)
        raise OutcomeUnknown("The job on RunPod did not finish in time.")

    def _ended_badly(self, job: Mapping[str, Any], status: str) -> ProviderError:
        usage = milliseconds(job)
        if status in BROKEN_OFF:
            return JobFailed(BROKEN_OFF[status], finish_reason=status, usage=usage)
        return outputs.failure(job, usage, self.endpoint.secret)


ENDED_BADLY = ("FAILED", *BROKEN_OFF)


def milliseconds(job: Mapping[str, Any]) -> dict[str, int]:
    """How long the worker worked, which is what RunPod charges for."""
    worked = job.get("executionTime")
    if isinstance(worked, bool) or not isinstance(worked, int | float) or not 0 <= worked < A_YEAR:
        return {}
    return {"milliseconds": int(worked)}
