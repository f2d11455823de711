"""Serve until killed: `python -m tests.simulator [--port N] [--announce FD]` prints its port."""

import argparse
import asyncio
import os
from contextlib import suppress

from aiohttp import web

from tests.simulator.server import build

BACKLOG = 2048
"""Connections that may wait for us: benchmarks open hundreds at once."""


async def serve(port: int, announce: int) -> None:
    runner = web.AppRunner(build(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=BACKLOG)
    await site.start()
    os.write(announce, f"{runner.addresses[0][1]}\n".encode())
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--announce", type=int, default=1, help="file descriptor to print the port on")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(arguments.port, arguments.announce))
