"""Everybody who waits, listens and looks on at one web process: none of them keeps a connection to the database."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from http.client import HTTPResponse
from typing import cast
from urllib.request import Request, urlopen

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from storyboards.models import Project
from tests.calling import a_token
from tests.making import a_project, a_run, a_user, make_all
from tests.running import Environment, web
from tests.sockets import program_socket, read

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("pool"),
]

WAITING, STREAMS, SOCKETS = 60, 30, 100
POOL = 12
NAME = "the web process"


@pytest.fixture(scope="module")
def server(process_environment: Environment) -> Iterator[str]:
    named = f"{process_environment['DATABASE_URL']}?application_name={NAME.replace(' ', '%20')}"
    with web(process_environment | {"DATABASE_URL": named, "API_READS_A_MINUTE": "10000"}) as url:
        yield url


def connections() -> list[str]:
    """What those of the web process are doing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM pg_stat_activity WHERE application_name = %s", [NAME])
        return [state for (state,) in cursor.fetchall()]


def ask(url: str, token: str, accept: str = "application/json") -> HTTPResponse:
    request = Request(url, headers={"Authorization": f"Bearer {token}", "Accept": accept})
    return cast(HTTPResponse, urlopen(request, timeout=60))


def prepared() -> tuple[Project, int, str]:
    """A project, a picture that nobody makes, and a token."""
    run = a_run(a_project("a table", owner=a_user()))
    return run.project, run.frames.get().pk, a_token(run.project.owner)


async def test_waits_streams_and_sockets_share_twelve_connections_and_keep_none(server: str) -> None:
    project, frame, token = await sync_to_async(prepared)()
    frame_url, events = f"{server}/api/v1/frames/{frame}", f"{server}/api/v1/projects/{project.pk}/events"
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(WAITING + STREAMS))
        waits = [loop.run_in_executor(threads, ask, f"{frame_url}?wait=60", token) for _ in range(WAITING)]
        opening = [loop.run_in_executor(threads, ask, events, token, "text/event-stream") for _ in range(STREAMS)]
        streams = [stack.enter_context(stream) for stream in await asyncio.gather(*opening)]
        for _ in range(SOCKETS):
            client = await stack.enter_async_context(program_socket(server, project.pk, token))
            assert (await read(client, 20))["type"] == "snapshot"
        for _ in range(20):
            states = await sync_to_async(connections)()
            assert 0 < len(states) <= POOL
            assert "idle in transaction" not in states
            await asyncio.sleep(0.1)
        assert not any(wait.done() for wait in waits)
        began = time.monotonic()
        many = [loop.run_in_executor(None, ask, frame_url, token) for _ in range(2 * POOL)]
        assert [answer.status for answer in await asyncio.gather(*many)] == [200] * 2 * POOL
        assert time.monotonic() - began < 15, "as many as the pool has would wait for half a minute if it were empty"
        await sync_to_async(make_all)()
        assert [answer.status for answer in await asyncio.gather(*waits)] == [200] * WAITING
        assert all(stream.readline() for stream in streams)
    assert len(await sync_to_async(connections)()) <= POOL
