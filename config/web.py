"""The web process: daphne, with bounds to what a stranger can make it hold.

By itself it reads a body of any size into memory before anybody asks whose it is, and keeps of an answer all that its
reader has not fetched: one slow download of an archive would cost the archive's size. Run it like daphne:
`python -m config.web config.asgi:application`.
"""

# ruff: noqa: N802  (the names are Twisted's)

import asyncio
import logging
from typing import Any

from daphne import server  # type: ignore[import-untyped]
from daphne.cli import CommandLineInterface  # type: ignore[import-untyped]
from daphne.http_protocol import HTTPFactory, WebRequest  # type: ignore[import-untyped]
from django.conf import settings
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer  # type: ignore[import-untyped]

logger = logging.getLogger(__name__)

TAKEN_AT_ONCE = 16 * 1024 * 1024
"""Bytes of an answer that are taken whether they are fetched or not: pages and pictures hold no thread meanwhile."""
PATIENCE = 120.0
"""Seconds after which a reader that fetches nothing more is given up."""
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def largest_body() -> int:
    """Bytes of a request: well above what any page or call takes, so that a little too much is refused in words."""
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 2 * settings.UPLOAD_MAX_BYTES)


@implementer(IPushProducer)
class Flow:
    """Whether a reader keeps up with what is written to it."""

    def __init__(self) -> None:
        self._free = asyncio.Event()
        self._free.set()

    def pauseProducing(self) -> None:
        self._free.clear()

    def resumeProducing(self) -> None:
        self._free.set()

    def stopProducing(self) -> None:
        self._free.set()

    async def free(self) -> None:
        """Raises TimeoutError where the reader has gone to sleep."""
        async with asyncio.timeout(PATIENCE):
            await self._free.wait()


class Request(WebRequest):  # type: ignore[misc]  # untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._flow = Flow()
        self._read = 0
        self._refused = False

    # --- what comes in ---

    def gotLength(self, length: int | None) -> None:
        super().gotLength(length)
        if length is not None and length > largest_body():
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        self._read += len(data)
        if self._read > largest_body():
            self._refuse()
        else:
            super().handleContentChunk(data)

    def _refuse(self) -> None:
        """Nothing more of it is read, so there is no other answer than the end of the connection."""
        if not self._refused:
            self._refused = True
            self.channel.transport.write(TOO_LARGE)
            self.channel.loseConnection()

    # --- what goes out ---

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and self.channel is not None:
            self.registerProducer(self._flow, True)
        super().handle_reply(message)

    async def keeps_up(self) -> None:
        """Wait until the reader has fetched most of what was written; give it up where it does not."""
        if self.sentLength <= TAKEN_AT_ONCE:
            return
        try:
            await self._flow.free()
        except TimeoutError:
            logger.warning("A reader has fetched nothing for %s s: it is given up.", PATIENCE)
            self.transport.abortConnection()

    def finish(self) -> None:
        if self.producer:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self._flow.stopProducing()
        super().connectionLost(reason)


class Requests(HTTPFactory):  # type: ignore[misc]  # untyped
    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol


class WebServer(server.Server):  # type: ignore[misc]  # untyped
    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if message.get("more_body") and isinstance(protocol, Request):
            await protocol.keeps_up()


class Web(CommandLineInterface):  # type: ignore[misc]  # untyped
    server_class = WebServer


if __name__ == "__main__":
    server.HTTPFactory = Requests  # daphne takes a server of one's own, but no requests of its
    Web.entrypoint()
