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
    OutcomeUnknown,
    ProviderError,
    RateLimited,
)
from generation.providers import answers
from generation.providers.connections import FAILURES, ask, failure, starting_nothing
from generation.providers.redaction import redact
from generation.providers.refusals import Meanings, refusal

NAME = "RunPod"
REFUSALS: Meanings = {
    403: (KeyRefused, "The key may not use this RunPod endpoint"),
    404: (InvalidRequest, "RunPod knows no such endpoint"),
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
        except FAILURES as error:
            raise failure(error, NAME) from None
        self._check(answer)
        said = answers.parse(answer.content)
        if not answers.text(said, "id"):
            raise MalformedAnswer("RunPod did not say which job it started.")
        return answers.mapping(said)

    def status(self, job_id: str, deadline: float) -> Mapping[str, Any] | None:
        """How the job is. None where RunPod cannot tell at this moment: the job goes on all the same.

        Raises RateLimited where RunPod wants to be asked less often, OutcomeUnknown where it does not know the job
        any more, KeyRefused where the key has become no good.
        """
        try:
            answer = self._ask("GET", f"status/{quote(job_id, safe='')}", deadline)
        except FAILURES:
            return None
        status = answer.status_code
        if status == httpx2.codes.NOT_FOUND:
            raise OutcomeUnknown("RunPod does not know the job any more: its result has expired.")
        if status == httpx2.codes.REQUEST_TIMEOUT or status >= httpx2.codes.INTERNAL_SERVER_ERROR:
            return None
        try:
            self._check(answer)
        except RateLimited:
            raise
        except ProviderError as error:
            error.charged = Charged.MAYBE  # the job has been started
            raise
        return answers.mapping(answers.parse_or_none(answer.content)) or None

    def cancel(self, job_id: str) -> None:
        """Ask for the job's end. Best effort: RunPod stops it by itself when its time is over."""
        with suppress(*FAILURES, ProviderError):
            self._ask("POST", f"cancel/{quote(job_id, safe='')}", time.monotonic() + 5)

    def health(self, deadline: float) -> None:
        """Nothing, where RunPod accepts the key for this endpoint."""
        with starting_nothing(NAME):
            self._check(self._ask("GET", "health", deadline))

    def _ask(self, method: str, path: str, deadline: float, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.secret}"} | more.pop("headers", {})
        return ask(self.client, method, f"{self.base}/{self.name}/{path}", deadline, headers=headers, **more)

    def _check(self, answer: httpx2.Response) -> None:
        """Raise a ProviderError for a status that is no success."""
        if answer.is_success:
            return
        body = answers.parse_or_none(answer.content)
        told = next(filter(None, (answers.dig(body, name) for name in ("error", "message", "detail"))), "")
        again = answers.retry_after(answer.headers)
        raise refusal(NAME, answer.status_code, redact(str(told), self.secret), retry_after=again, own=REFUSALS)
