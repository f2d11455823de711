"""Clients of one project's socket, in a process of their own: what they do must not count as the server's.

`benchmarks/sockets.py` starts it. It writes a line when all are open, waits for a line with the number of the last
event, and writes what was told when.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.proxy import proxy_to

AT_ONCE = 50
"""Sockets that are opened at the same time."""
GIVE_UP = 60.0
"""Seconds to wait for those that are still behind."""


class Watcher:
    """One client, which comes back for as long as it is wanted."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url
        self.number = -1
        self.opened = 0
        self.told: list[tuple[int, str, float]] = []
        """Number, the event, and seconds of the machine's monotonic clock."""
        self.snapshots = 0
        self.ready = asyncio.Event()

    async def follow(self, opening: asyncio.Semaphore) -> None:
        while True:
            with suppress(aiohttp.ClientError, OSError):
                async with AsyncExitStack() as stack:
                    async with opening:
                        since = f"?since={self.number}" if self.number >= 0 else ""
                        socket = await stack.enter_async_context(self.session.ws_connect(self.url + since))
                        self.opened += 1
                        self.hear(await socket.receive())
                    async for message in socket:
                        self.hear(message)
            await asyncio.sleep(random.uniform(0.05, 0.2))

    def hear(self, message: aiohttp.WSMessage) -> None:
        now = time.monotonic()
        if message.type is not aiohttp.WSMsgType.TEXT:
            return
        said = json.loads(message.data)
        if said["type"] == "event":
            self.told.append((said["number"], said["kind"], now))
        elif said["type"] == "snapshot":
            self.snapshots += 1
        self.number = said.get("number", self.number)
        self.ready.set()


async def watch(server: str, project: int, sockets: int, drop_every: float) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {os.environ['WATCHER_TOKEN']}"}
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, headers=headers))
        proxy = await stack.enter_async_context(proxy_to(server)) if drop_every else None
        url = f"{proxy.url if proxy else server}/api/v1/projects/{project}/socket"
        watchers = [Watcher(session, url) for _ in range(sockets)]
        began, opening = time.monotonic(), asyncio.Semaphore(AT_ONCE)
        following = [asyncio.create_task(watcher.follow(opening)) for watcher in watchers]
        for watcher in watchers:
            await watcher.ready.wait()
        print(json.dumps({"seconds": time.monotonic() - began}), flush=True)
        dropping = asyncio.create_task(proxy.drop_every(drop_every)) if proxy else None
        last = int(await asyncio.to_thread(sys.stdin.readline))
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVE_UP):
                while any(watcher.number < last for watcher in watchers):
                    await asyncio.sleep(0.1)
        for task in [*following, *([dropping] if dropping else [])]:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    return summary(watchers, last, proxy.drops if proxy else 0)


def summary(watchers: list[Watcher], last: int, drops: int) -> dict[str, object]:
    lost = doubled = 0
    moments: dict[int, list[float]] = {}
    for watcher in watchers:
        numbers = [number for number, _kind, _at in watcher.told]
        lost += last - len(set(numbers))
        doubled += len(numbers) - len(set(numbers)) + (numbers != sorted(numbers))
        for number, kind, at in watcher.told:
            if kind == "frame.completed":
                moments.setdefault(number, []).append(at)
    return {
        "lost": lost,
        "doubled": doubled,
        "drops": drops,
        "opened": sum(watcher.opened for watcher in watchers),
        "snapshots": sum(watcher.snapshots for watcher in watchers),
        "moments": moments,
    }


async def call(server: str, path: str, calls: int) -> dict[str, object]:
    """Calls that wait, all at once, until a line comes; how many of them had been answered by then, and with what."""
    headers = {"Authorization": f"Bearer {os.environ['WATCHER_TOKEN']}"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=headers) as session:
        waiting = [asyncio.create_task(status_of(session, server + path)) for _ in range(calls)]
        await asyncio.sleep(5)
        print(json.dumps({"seconds": 5}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        answered = [task.result() for task in waiting if task.done()]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    return {"answered": answered}


async def status_of(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url) as answer:
        await answer.read()
        return answer.status


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("--project", type=int)
    parser.add_argument("--sockets", type=int, default=1)
    parser.add_argument("--drop-every", type=float, default=0.0)
    parser.add_argument("--call", help="a path that waits, instead of sockets")
    given = parser.parse_args()
    work = (
        call(given.server, given.call, given.sockets)
        if given.call
        else watch(given.server, given.project, given.sockets, given.drop_every)
    )
    print(json.dumps(asyncio.run(work)), flush=True)


if __name__ == "__main__":
    main()
