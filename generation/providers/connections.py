"""HTTP as providers need it: as many connections as there are calls, and a deadline for the whole exchange.

httpx2 limits the silence between two bytes, not the whole: a vendor that drips would hold a thread for hours.
"""

import ssl
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx2

from generation.errors import Cancelled, Charged, KeyRefused, OutcomeUnknown, ProviderError, Unavailable
from generation.providers.base import CallHandle

LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=30.0)
"""The default of 100 connections would let the calls beyond die unsent. Kept for 30 s: longer than a chain pauses."""
CONNECT_SECONDS = 15.0
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


def open_client() -> httpx2.Client:
    """A client for all threads and keys. It follows no redirects: another host would be handed the key."""
    hooks: dict[str, list[Any]] = {"request": [_set_deadline], "response": [_hold_to_deadline]}
    return httpx2.Client(verify=ssl_context(), limits=LIMITS, event_hooks=hooks)


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
    """A body that ends in ReadTimeout at its deadline, in ReadError where it grows too large."""

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
                raise httpx2.ReadError("the answer is too large")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def failure(error: BaseException | None, vendor: str, timeout: float) -> ProviderError:
    """What a call that brought no answer comes to. httpx2's own words are dropped: they name addresses."""
    if isinstance(error, NEVER_SENT):
        return Unavailable(f"{vendor} could not be reached.")
    if isinstance(error, httpx2.TimeoutException):
        return OutcomeUnknown(f"No answer from {vendor} within {timeout:.3g} seconds.")
    return OutcomeUnknown(f"The connection to {vendor} broke before the whole answer had come.")


def check_before_sending(secret: str, call: CallHandle | None = None) -> None:
    """Raise KeyRefused for what can be no key (headers hold visible ASCII), Cancelled where nobody waits any more."""
    if not secret:
        raise KeyRefused("There is no key.")
    if not all("!" <= letter <= "~" for letter in secret):
        raise KeyRefused("The key holds a space, a line break or a letter that no key has.")
    if call is not None and call.cancelled():
        cancelled = Cancelled("Cancelled before anything was sent.")
        cancelled.charged = Charged.NO
        raise cancelled
