"""One serverless endpoint: its five requests, and what their refusals mean."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx2

from generation.errors import (
    Charged,
    InvalidRequest,
    KeyRefused,
    MalformedAnswer,
    NoMoney,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Unavailable,
)
from generation.providers.redaction import redact
from generation.providers.wire import NOT_SENT, Answer, ask, mapping_in

SHORT_SECONDS = 30.0
"""For each request: jobs are waited for by polling."""
UNREACHABLE = "RunPod cannot be reached."
MAYBE_TAKEN = (504, 520, 524)
"""Something on the way broke off while it waited for RunPod itself."""

REFUSALS: dict[int, tuple[type[ProviderError], str]] = {
    httpx2.codes.UNAUTHORIZED: (KeyRefused, "RunPod does not accept the key."),
    httpx2.codes.FORBIDDEN: (KeyRefused, "The key may not use this RunPod endpoint."),
    httpx2.codes.PAYMENT_REQUIRED: (NoMoney, "The RunPod account has no credit left."),
    httpx2.codes.NOT_FOUND: (InvalidRequest, "RunPod knows no such endpoint."),
    httpx2.codes.CONTENT_TOO_LARGE: (InvalidRequest, "The request is too large for RunPod."),
}


@dataclass(frozen=True)
class Endpoint:
    """`base` is RunPod's address without a slash at its end; `name` the endpoint's id."""

    client: httpx2.Client
    base: str
    name: str
    secret: str = field(repr=False)

    def run(self, body: bytes, deadline: float) -> Mapping[str, Any]:
        """Start a job. Raises OutcomeUnknown where it may have been started without our hearing of it."""
        try:
            answer = self._ask("POST", "run", deadline, content=body, headers={"Content-Type": "application/json"})
        except NOT_SENT as error:
            raise Unavailable(UNREACHABLE) from error
        except httpx2.HTTPError as error:
            raise OutcomeUnknown("RunPod did not say whether it took the job on.") from error
        if answer.status in MAYBE_TAKEN:
            raise OutcomeUnknown(f"RunPod did not say whether it took the job on ({answer.status}).")
        said = self._good(answer).json()
        if not isinstance(said, dict) or not isinstance(said.get("id"), str) or not said["id"]:
            raise MalformedAnswer("RunPod did not say which job it started.")
        return said

    def status(self, job_id: str, deadline: float) -> Mapping[str, Any] | None:
        """How the job is. None where RunPod cannot tell at this moment: the job goes on all the same.

        Raises RateLimited where RunPod wants to be asked less often, OutcomeUnknown where it does not know the job
        any more, KeyRefused where the key has become no good.
        """
        try:
            answer = self._ask("GET", f"status/{quote(job_id, safe='')}", deadline)
        except httpx2.HTTPError:
            return None
        if answer.status == httpx2.codes.NOT_FOUND:
            raise OutcomeUnknown("RunPod does not know the job any more: its result has expired.")
        if answer.status == httpx2.codes.REQUEST_TIMEOUT or answer.status >= httpx2.codes.INTERNAL_SERVER_ERROR:
            return None
        try:
            said = self._good(answer).json_or_none()
        except RateLimited:
            raise
        except ProviderError as error:
            error.charged = Charged.MAYBE  # the job has been started
            raise
        return said if isinstance(said, dict) else None

    def cancel(self, job_id: str) -> None:
        """Ask for the job's end. Best effort: RunPod stops it by itself when its time is over."""
        with suppress(httpx2.HTTPError, ProviderError):
            self._ask("POST", f"cancel/{quote(job_id, safe='')}", time.monotonic() + 5)

    def health(self, deadline: float) -> None:
        """Nothing, where RunPod accepts the key for this endpoint."""
        try:
            self._good(self._ask("GET", "health", deadline))
        except httpx2.HTTPError as error:
            raise Unavailable(UNREACHABLE) from error

    def _ask(self, method: str, path: str, deadline: float, **more: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.secret}"} | more.pop("headers", {})
        soon = min(deadline, time.monotonic() + SHORT_SECONDS)
        return ask(self.client, method, f"{self.base}/{self.name}/{path}", deadline=soon, headers=headers, **more)

    def _good(self, answer: Answer) -> Answer:
        if answer.good:
            return answer
        if answer.status in REFUSALS:
            kind, words = REFUSALS[answer.status]
            raise kind(words)
        if answer.status == httpx2.codes.TOO_MANY_REQUESTS:
            raise RateLimited("RunPod asks for fewer requests.", retry_after=answer.retry_after)
        if answer.status >= httpx2.codes.INTERNAL_SERVER_ERROR:
            raise Unavailable(f"RunPod is in trouble ({answer.status}).", retry_after=answer.retry_after)
        raise InvalidRequest(f"RunPod refuses the request ({answer.status}): {self._words(answer)}")

    def _words(self, answer: Answer) -> str:
        said = mapping_in(answer.json_or_none())
        told = said.get("error") or said.get("message") or said.get("detail") or "it does not say why"
        return redact(str(told), self.secret)
