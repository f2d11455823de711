"""Fetch a file whose address somebody else chose: a vendor's answer, or a person's link.

Such an address may point into our own network. So: https alone, the name is resolved here, every address it has must
be a public one, and the connection goes to the very address that was checked (a name may resolve otherwise a moment
later). Redirects are not followed. Size and time are bounded.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

CONNECT_SECONDS = 10.0
PORTS = {"https": 443, "http": 80}
OK, SERVER_ERROR = 200, 500
Resolve = Callable[..., list[tuple[Any, ...]]]


class FetchError(Exception):
    """The file cannot be had. `str(error)` names no address. `passing`: asking again may help."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


@dataclass(frozen=True)
class Fetched:
    """The file, and what its server called it."""

    data: bytes
    content_type: str


def safe_fetch(
    url: str,
    *,
    max_bytes: int,
    timeout: float,
    allowed_hosts: Collection[str] = (),
    resolve: Resolve = socket.getaddrinfo,
) -> Fetched:
    """The file behind an address that is not to be trusted. `timeout` is seconds for everything.

    `allowed_hosts`: "host:port" of servers of one's own, which may be private and speak http. Raises FetchError.
    """
    deadline = time.monotonic() + timeout
    target = _target(url, allowed_hosts)
    checked = _Checked(_address(target, resolve), deadline)
    with httpcore2.ConnectionPool(network_backend=checked, ssl_context=httpcore2.default_ssl_context()) as pool:
        try:
            with pool.stream("GET", target.request, headers=target.headers, extensions=_timeouts(timeout)) as answer:
                return _read(answer, max_bytes)
        except httpcore2.TimeoutException as error:
            raise FetchError("The file came too slowly.", passing=True) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise FetchError("The file's server did not answer as it should.", passing=True) from error


@dataclass(frozen=True)
class _Target:
    """What to ask for. The address is read once, by one parser: two might see different hosts in it."""

    url: httpx2.URL
    port: int
    trusted: bool

    @property
    def host(self) -> str:
        return self.url.host

    @property
    def request(self) -> httpcore2.URL:
        url = self.url
        return httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"Host", self.url.netloc), (b"Accept", b"*/*"), (b"Accept-Encoding", b"identity")]


def _target(address: str, allowed_hosts: Collection[str]) -> _Target:
    try:
        url = httpx2.URL(address)
    except httpx2.InvalidURL as error:
        raise FetchError("This is no address.") from error
    port = url.port or PORTS.get(url.scheme, 0)
    trusted = f"{url.host}:{port}" in allowed_hosts
    if url.scheme != "https" and not (trusted and url.scheme == "http"):
        raise FetchError("Only addresses with TLS are fetched.")
    if not url.host or url.userinfo:
        raise FetchError("This is no address of a public file.")
    return _Target(url, port, trusted)


def _address(target: _Target, resolve: Resolve) -> str:
    """The IP address to connect to. All that the name has must be public: who mixes in a private one means harm."""
    try:
        found = [row[4][0] for row in resolve(target.host, target.port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise FetchError("The file's server is not known.", passing=True) from error
    if not found:
        raise FetchError("The file's server is not known.", passing=True)
    if not target.trusted and not all(is_public(address) for address in found):
        raise FetchError("The address leads into a private network; it is not fetched.")
    return str(found[0])


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also when it is wrapped in another kind of address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None and not is_public(str(ip.sixtofour)):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


class _Checked(httpcore2.SyncBackend):
    """Connects to the address that was checked, whatever the name may resolve to by now, and works until the deadline:
    a time-out for each read alone would let a server drip for ever."""

    def __init__(self, address: str, deadline: float) -> None:
        self._address = address
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        stream = super().connect_tcp(self._address, port, timeout, local_address, socket_options)
        return _Hurried(stream, self._deadline)


class _Hurried(httpcore2.NetworkStream):
    """A connection whose reads all end by one deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return self._stream.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Hurried(self._stream.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _timeouts(timeout: float) -> dict[str, Any]:
    return {"timeout": {"connect": min(timeout, CONNECT_SECONDS), "read": timeout, "write": timeout, "pool": timeout}}


def _read(answer: httpcore2.Response, max_bytes: int) -> Fetched:
    if answer.status != OK:
        raise FetchError(f"The file's server answered {answer.status}.", passing=answer.status >= SERVER_ERROR)
    headers = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
    if headers.get(b"content-encoding", "identity") != "identity":
        raise FetchError("The file's server packed it, although it was asked not to.")
    data = b"".join(_bounded(answer, max_bytes))
    return Fetched(data, headers.get(b"content-type", "").partition(";")[0].strip())


def _bounded(answer: httpcore2.Response, max_bytes: int) -> Iterator[bytes]:
    size = 0
    for chunk in answer.iter_stream():
        size += len(chunk)
        if size > max_bytes:
            raise FetchError(f"The file is larger than {max_bytes} bytes.")
        yield chunk
