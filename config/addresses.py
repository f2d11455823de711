"""Where the web process listens, and by which names people reach it."""

import ipaddress
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
FOR_OTHERS = ("DATABASE_URL", "PUBLIC_URL")
"""Settings of who runs the program for more than this machine."""


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    def names(self) -> list[str]:
        """The host names of pages served here, the one to show people first."""
        names = _machine() if self._anywhere() else [_in_url(self.host)]
        return list(dict.fromkeys([*names, *LOOPBACK]))

    def origin(self, name: str) -> str:
        return f"http://{name}" if self.port == 80 else f"http://{name}:{self.port}"

    def url(self, given: Mapping[str, str]) -> str:
        return given.get("PUBLIC_URL", self.origin(self.names()[0])).rstrip("/")

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """The given environment, completed by what the settings must know of this address."""
        url, names = self.url(given), self.names()
        hosts = dict.fromkeys([*names, urlsplit(url).hostname or ""])
        origins = dict.fromkeys([url, *map(self.origin, names)])
        missing = {"PUBLIC_URL": url, "ALLOWED_HOSTS": ",".join(hosts), "TRUSTED_ORIGINS": ",".join(origins)}
        return missing | dict(given)

    def local_user(self, given: Mapping[str, str]) -> str:
        """For LOCAL_USER: whether programs on this machine may do without a token. Only where nobody else can call, and
        nobody has set the program up for others; who does not want it there says LOCAL_USER=0."""
        alone = ipaddress.ip_address(self.host).is_loopback and not any(given.get(name) for name in FOR_OTHERS)
        return given.get("LOCAL_USER", "1") if alone else "0"

    def nearest(self) -> tuple[str, int]:
        """Where this machine itself reaches the server."""
        if self._anywhere():
            return ("::1" if ":" in self.host else "127.0.0.1"), self.port
        return self.host, self.port

    def _anywhere(self) -> bool:
        return self.host in ("0.0.0.0", "::")  # noqa: S104 (compared, not bound)


def listen(host: str, port: int) -> socket.socket:
    """The listening socket. It is opened here and handed to the web process: while that starts again, visitors wait.

    Raises OSError where the address is taken or not ours.
    """
    both = host == "::" and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=256, dualstack_ipv6=both)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _machine() -> list[str]:
    outward = [address for address in _addresses() if not ipaddress.ip_address(address).is_loopback]
    return [*outward, socket.gethostname()]


@cache
def _addresses() -> list[str]:
    """This machine's own addresses, the one it uses towards others first."""
    found: list[str] = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing: it only asks for the route
        found.append(probe.getsockname()[0])
    with suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return found
