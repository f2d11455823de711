"""What providers share that speak plain HTTP: bounded requests, and answers made fit to show."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from generation.errors import BadPicture, MalformedAnswer

CONNECT_SECONDS = 10.0
KEPT_SECONDS = 30.0
"""How long an idle connection is kept: longer than a chain pauses between pictures."""
MOST_BYTES = 64 * 1024 * 1024
"""Of an answer: a picture of 4096 × 4096 pixels in base64 stays below."""
NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
"""Failures that come before the first byte of a request has left."""
SHOWN_CHARACTERS = 300
ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)
SIGNATURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "image/gif": re.compile(rb"GIF8[79]a"),
}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Raises MalformedAnswer where the body is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise MalformedAnswer("The answer is not JSON.") from error

    def json_or_none(self) -> Any:
        try:
            return self.json()
        except MalformedAnswer:
            return None

    @property
    def retry_after(self) -> float | None:
        """Seconds, where the header says so in seconds or as a date."""
        value = self.headers.get("retry-after", "").strip()
        try:
            return max(0.0, float(value))
        except ValueError:
            return _seconds_until(value)


def new_client(*, trust_env: bool) -> httpx2.Client:
    """A client to keep, for any number of threads. `trust_env`: whether the environment's proxy is used."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEPT_SECONDS)
    return httpx2.Client(limits=limits, trust_env=trust_env, follow_redirects=False, timeout=CONNECT_SECONDS)


def ask(client: httpx2.Client, method: str, url: str, *, deadline: float, **more: Any) -> Answer:
    """One request, over by `deadline` (of the monotonic clock) however slowly the answer comes.

    Raises httpx2.HTTPError, and BadPicture for an answer above `MOST_BYTES`.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpx2.PoolTimeout("no time left to ask")
    timeout = httpx2.Timeout(left, connect=min(left, CONNECT_SECONDS))
    with client.stream(method, url, timeout=timeout, **more) as response:
        return Answer(response.status_code, response.headers, b"".join(_bounded(response, deadline)))


def content_type_of(data: bytes) -> str:
    """What the picture's first bytes say it is: servers' headers and file names are often wrong. Raises BadPicture."""
    for content_type, signature in SIGNATURES.items():
        if signature.match(data):
            return content_type
    raise BadPicture("What came back is no picture.")


def shown(text: object, *secrets: str) -> str:
    """A vendor's words, fit to show: one line, not long, without addresses and secrets."""
    line = " ".join(str(text).split())
    for secret in filter(None, secrets):
        line = line.replace(secret, "…")
    line = ADDRESS.sub("(an address)", line)
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"


def _bounded(response: httpx2.Response, deadline: float) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MOST_BYTES:
            raise BadPicture(f"The answer is larger than {MOST_BYTES // 1024 // 1024} MB.")
        if time.monotonic() > deadline:
            raise httpx2.ReadTimeout("the answer came too slowly")
        yield chunk


def _seconds_until(date: str) -> float | None:
    try:
        return max(0.0, (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
