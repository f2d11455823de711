"""HTTP as providers need it: as many connections as there are calls, and a deadline for the whole exchange.

httpx2 limits the silence between two bytes, not the whole: a vendor that drips would hold a thread for hours.
"""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpx2

from generation.errors import BadPicture, OutcomeUnknown, ProviderError, Unavailable

LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=30.0)
"""The default of 100 connections would let the calls beyond die unsent. Kept for 30 s: longer than a chain pauses."""
CONNECT_SECONDS = 15.0
SHORT_SECONDS = 30.0
"""For requests that nothing is made in: where a job is started, and asked after."""
LARGEST_ANSWER = 128 * 1024 * 1024
"""Bytes: twice a 4K picture that nothing shrinks, in base64."""
NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.InvalidURL,
)
FAILURES = (httpx2.HTTPError, httpx2.InvalidURL)
"""All that httpx2 raises when no answer came."""


@cache
def ssl_context() -> ssl.SSLContext:
    """One for all clients: each costs 16 ms and nearly a megabyte."""
    return httpx2.create_ssl_context()


def open_client(*, trust_env: bool = True) -> httpx2.Client:
    """A client for all threads and keys. It follows no redirects: another host would be handed the key.

    `trust_env`: whether the environment's proxy is used.
    """
    hooks: dict[str, list[Any]] = {"request": [_set_deadline], "response": [_hold_to_deadline]}
    return httpx2.Client(
        verify=ssl_context(), limits=LIMITS, event_hooks=hooks, trust_env=trust_env, follow_redirects=False
    )


def ask(client: httpx2.Client, method: str, url: str, deadline: float, **more: Any) -> httpx2.Response:
    """One short request, over by `deadline` (of the monotonic clock) however slowly the answer comes.

    Raises one of `FAILURES`, and BadPicture for an answer that is too large.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpx2.PoolTimeout("no time left to ask")
    return client.request(method, url, timeout=min(left, SHORT_SECONDS), **more)


class TimeLeft(dict[str, float | None]):
    """httpx2's four time-outs, each of them what is left until one deadline (monotonic) when it is looked at."""

    def __init__(self, deadline: float) -> None:
        super().__init__(connect=None, read=None, write=None, pool=None)
        self.deadline = deadline

    def get(self, name: str, default: Any = None) -> float:
        left = max(0.001, self.deadline - time.monotonic())
        return min(left, CONNECT_SECONDS) if name == "connect" else left


def _set_deadline(request: httpx2.Request) -> None:
    allowed = request.extensions.get("timeout", {}).get("read")
    if allowed is not None:
        request.extensions = {**request.extensions, "timeout": TimeLeft(time.monotonic() + allowed)}


def _hold_to_deadline(response: httpx2.Response) -> None:
    left = response.request.extensions.get("timeout")
    if isinstance(left, TimeLeft) and isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = BoundedStream(response.stream, left.deadline)


class BoundedStream(httpx2.SyncByteStream):
    """A body that ends in ReadTimeout at its deadline, in BadPicture where it grows too large."""

    def __init__(self, stream: httpx2.SyncByteStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if time.monotonic() > self._deadline:
                raise httpx2.ReadTimeout("the deadline passed while the answer came in")
            if size > LARGEST_ANSWER:
                raise BadPicture(f"The answer is larger than {LARGEST_ANSWER // 1024 // 1024} MB.")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def failure(error: BaseException | None, vendor: str, timeout: float | None = None) -> ProviderError:
    """What a call that brought no answer comes to; an error of ours, met while the answer came in, is itself.

    `timeout`: the seconds it had, to be told. httpx2's own words are dropped: they name addresses.
    """
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, NEVER_SENT):
        return Unavailable(f"{vendor} cannot be reached.")
    if isinstance(error, httpx2.TimeoutException):
        return OutcomeUnknown(f"{vendor} did not answer {f'within {timeout:.3g} seconds' if timeout else 'in time'}.")
    return OutcomeUnknown(f"{vendor} was cut off before the whole answer had come.")


@contextmanager
def starting_nothing(vendor: str) -> Iterator[None]:
    """For requests that start nothing: whatever goes wrong with the connection, nothing was done."""
    try:
        yield
    except FAILURES:
        raise Unavailable(f"{vendor} cannot be reached.") from None
