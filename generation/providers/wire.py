"""What providers share that speak plain HTTP: bounded requests, and what their answers are."""

import json
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
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

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

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
            seconds = float(value)
        except ValueError:
            return _seconds_until(value)
        return max(0.0, seconds) if math.isfinite(seconds) else None


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


def mapping_in(value: object) -> Mapping[str, Any]:
    """A JSON object where an answer should have one; nothing in it where the answer has something else."""
    return value if isinstance(value, Mapping) else {}


def list_in(value: object) -> Sequence[Any]:
    """The same for a list."""
    return value if isinstance(value, list) else ()


def content_type_of(data: bytes) -> str:
    """What the picture's first bytes say it is: servers' headers and file names are often wrong. Raises BadPicture."""
    for content_type, signature in SIGNATURES.items():
        if signature.match(data):
            return content_type
    raise BadPicture("What came back is no picture.")


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
