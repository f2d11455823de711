"""A line that breaks: a TCP proxy between clients and a server, which drops all connections when it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Proxy:
    """`url` leads to the server through here."""

    def __init__(self, server: str) -> None:
        self._target = urlsplit(server)
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self.drops = 0
        self.url = ""

    async def listen(self) -> asyncio.Server:
        listening = await asyncio.start_server(self._carry, "127.0.0.1", 0, backlog=1024)
        self.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        return listening

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward = await asyncio.open_connection(self._target.hostname, self._target.port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, onward[1]}
        for pump in (self._pump(reader, onward[1]), self._pump(onward[0], writer)):
            task = asyncio.create_task(pump)
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        self._writers.discard(writer)
        writer.close()

    def drop(self) -> None:
        """As a cable that is pulled: what is under way is lost, and nobody says goodbye."""
        self.drops += 1
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def drop_every(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            self.drop()


@asynccontextmanager
async def proxy_to(server: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(server)
    listening = await proxy.listen()
    try:
        yield proxy
    finally:
        proxy.drop()
        listening.close()
