"""Events over plain HTTP: page by page, and as a stream that a client comes back to."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, transaction

from generation import events, live
from generation.api.v1.events import _stream
from generation.models import ApiToken, Event, Scope
from storyboards.models import Project
from tests.calling import Program, a_token
from tests.making import a_project, a_run, a_user, make_all
from tests.proxy import proxy_to
from tests.running import Environment, process_at, web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sockets")]


@pytest.fixture(scope="module")
def server(process_environment: Environment) -> Iterator[str]:
    with web(process_environment) as url:
        yield url


def told(project: Project, times: int = 1) -> None:
    """So many events."""
    for _ in range(times):
        with transaction.atomic():
            events.publish(project.pk, "steps.changed")


@sync_to_async
def prepared(times: int = 0) -> tuple[Project, str]:
    project = a_project("a table", "an apple", owner=a_user())
    told(project, times)
    return project, a_token(project.owner, [Scope.READ])


# --- page by page ----------------------------------------------------------------------------------------------------


def test_events_are_read_page_by_page_in_their_order() -> None:
    project = a_project("a table", owner=a_user())
    a_run(project)
    make_all()
    program = Program(project.owner)
    last = Event.objects.filter(project=project).count()
    numbers: list[int] = []
    page: dict[str, Any] = {"next": 0}
    while page["next"] is not None:
        page = program.get(f"/api/v1/projects/{project.pk}/events?limit=3&after={page['next']}")
        assert len(page["items"]) <= 3
        assert page["last"] == last
        numbers += [event["number"] for event in page["items"]]
    assert numbers == list(range(1, last + 1))


def test_an_event_reads_as_it_does_over_a_socket() -> None:
    project = a_project("a table", owner=a_user())
    a_run(project)
    first = Program(project.owner).get(f"/api/v1/projects/{project.pk}/events?limit=1")["items"][0]
    assert first == live.past(project.pk, 0)[0]
    assert first["kind"] == "run.started"
    assert (first["actor"], first["run"]) == ("ada", project.runs.get().pk)


def test_who_is_up_to_date_gets_nothing() -> None:
    project = a_project(owner=a_user())
    told(project, 2)
    program = Program(project.owner)
    for after in (2, 3, 2**63 - 1):
        page = program.get(f"/api/v1/projects/{project.pk}/events?after={after}")
        assert page == {"items": [], "next": None, "last": 2}
    assert program.get(f"/api/v1/projects/{a_project(owner=a_user()).pk}/events")["last"] == 0


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=501", "limit=x", f"after={2**63}"])
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_what_is_no_number_is_refused(query: str, accept: str) -> None:
    project = a_project(owner=a_user())
    answer = Program(project.owner).call("GET", f"/api/v1/projects/{project.pk}/events?{query}", Accept=accept)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (422, "invalid")


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_only_those_who_may_see_the_project_get_its_events(accept: str) -> None:
    project = a_project(owner=a_user())

    def status(program: Program, pk: int = project.pk) -> int:
        return program.call("GET", f"/api/v1/projects/{pk}/events", Accept=accept).status_code

    assert status(Program(scopes=None)) == 401
    assert status(Program(project.owner, [Scope.RUN])) == 403
    assert status(Program(a_user("eve"))) == 404
    assert status(Program(project.owner), 999_999) == 404
    assert status(Program(project.owner), 10**40) in (404, 422)
    assert status(Program(a_user("chief", is_superuser=True))) == 200


# --- as it happens ---------------------------------------------------------------------------------------------------

Told = dict[str, str]


@asynccontextmanager
async def stream(server: str, project: Project, token: str, query: str = "", **headers: str) -> AsyncIterator[Any]:
    sent = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{server}/api/v1/projects/{project.pk}/events{query}", headers=sent) as answer,
    ):
        assert answer.status == 200
        yield answer


async def read(answer: aiohttp.ClientResponse, seconds: float = 5) -> Told:
    """What is told next, by field; comments under ""."""
    fields: Told = {}
    async with asyncio.timeout(seconds):
        while (line := (await answer.content.readuntil()).decode().rstrip("\n")) or not fields:
            name, _, value = line.partition(": ")
            fields[name] = value
    return fields


async def read_until(answer: aiohttp.ClientResponse, number: int) -> list[int]:
    numbers: list[int] = []
    while not numbers or numbers[-1] < number:
        fields = await read(answer)
        if fields.get("event") == "event":
            assert json.loads(fields["data"])["number"] == int(fields["id"])
            numbers.append(int(fields["id"]))
    return numbers


async def test_a_stream_tells_when_to_come_back_then_all_there_is_then_every_event(server: str) -> None:
    project, token = await prepared(3)
    async with stream(server, project, token) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert await read(answer) == {"retry": "2000"}
        snapshot = await read(answer)
        assert (snapshot["id"], snapshot["event"]) == ("3", "snapshot")
        assert json.loads(snapshot["data"]) == {"type": "snapshot", "number": 3, "runs": []}
        await sync_to_async(told)(project, 4)
        assert await read_until(answer, 7) == [4, 5, 6, 7]


async def test_who_comes_back_says_what_came_last(server: str) -> None:
    project, token = await prepared(5)
    async with stream(server, project, token, "?after=2") as answer:
        assert await read_until(answer, 5) == [3, 4, 5]
    async with stream(server, project, token, "?after=0", Last_Event_ID="3") as answer:
        assert await read_until(answer, 5) == [4, 5]
    async with stream(server, project, token, "?after=5") as answer:
        await read(answer)
        await sync_to_async(told)(project)
        assert await read_until(answer, 6) == [6]


@pytest.mark.parametrize("number", ["99", "-1", "x", "", "9" * 40])
async def test_a_number_that_never_was_gets_a_snapshot(server: str, number: str) -> None:
    project, token = await prepared(2)
    async with stream(server, project, token, Last_Event_ID=number) as answer:
        await read(answer)
        assert (await read(answer))["event"] == "snapshot"


@pytest.mark.parametrize("kept_from", [4, 100])
async def test_who_was_away_longer_than_history_is_kept_gets_a_snapshot(server: str, kept_from: int) -> None:
    project, token = await prepared(5)
    await Event.objects.filter(project=project, number__lt=kept_from).adelete()
    async with stream(server, project, token, Last_Event_ID="1") as answer:
        await read(answer)
        assert (await read(answer))["event"] == "snapshot"


async def test_a_stream_over_a_line_that_breaks_tells_every_number_once(server: str) -> None:
    project, token = await prepared()
    last, numbers = 80, [0]
    async with proxy_to(server) as proxy:
        dropping = asyncio.create_task(proxy.drop_every(1))
        telling = asyncio.create_task(tell_slowly(project, last))
        while numbers[-1] < last:
            with suppress(aiohttp.ClientError, asyncio.IncompleteReadError, OSError):
                async with stream(proxy.url, project, token, Last_Event_ID=str(numbers[-1])) as answer:
                    while True:
                        fields = await read(answer)
                        if fields.get("event") == "event":
                            numbers.append(int(fields["id"]))
                        if numbers[-1] == last:
                            break
        dropping.cancel()
        await telling
    assert proxy.drops >= 3
    assert numbers == list(range(last + 1))


async def tell_slowly(project: Project, times: int) -> None:
    for _ in range(times):
        await sync_to_async(told)(project)
        await asyncio.sleep(0.05)


async def test_a_stream_ends_with_the_token_that_opened_it(server: str) -> None:
    project, token = await prepared()
    async with stream(server, project, token) as answer:
        await read(answer)
        await read(answer)
        await ApiToken.objects.aupdate(scopes=[])
        await sync_to_async(shown)(project)
        assert await read_until(answer, 1) == [1]
        assert await asyncio.wait_for(answer.content.read(), 5) == b""


def shown(project: Project) -> None:
    """Something after which rights are asked for again at once."""
    with transaction.atomic():
        events.publish(project.pk, "project.changed")


# --- inside ----------------------------------------------------------------------------------------------------------


async def inside(project: Project) -> AsyncIterator[str]:
    token = await ApiToken.objects.aget()
    return _stream(live.TokenViewer(token.pk), token.user_id, project.pk, None)


async def test_silence_is_broken_by_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ALIVE_EVERY", 0.05)
    project, _token = await prepared()
    telling = await inside(project)
    assert [(await anext(telling)).partition("\n")[0] for _ in range(4)] == [
        "retry: 2000", "id: 0", ": alive", ": alive",
    ]  # fmt: skip
    await cast(Any, telling).aclose()


def revoke() -> None:
    ApiToken.objects.get().revoke()


def away(*_args: object) -> None:
    raise OperationalError("the database is away")


async def test_a_token_is_asked_for_again_while_its_stream_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CHECK_EVERY", 0.1)
    project, _token = await prepared()
    telling = await inside(project)
    await anext(telling)
    await anext(telling)
    await sync_to_async(revoke)()
    async with asyncio.timeout(3):
        assert {text async for text in telling} <= {": alive\n\n"}


async def test_a_stream_whose_rights_cannot_be_asked_for_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CHECK_EVERY", 0.1)
    project, _token = await prepared()
    telling = await inside(project)
    await anext(telling)
    await anext(telling)
    monkeypatch.setattr(live.TokenViewer, "sees", away)
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(telling), 3)


async def test_streams_hold_neither_threads_nor_the_database(server: str) -> None:
    project, token = await prepared()
    process = process_at(server)
    before = threads(process)
    async with several(60, lambda: stream(server, project, token)) as answers:
        for answer in answers:
            await read(answer)
            assert (await read(answer))["event"] == "snapshot"
        await until(lambda: threads(process) <= before + 8)  # those that all share, for questions
        await until(lambda: open_databases(process) <= 8)
        await sync_to_async(told)(project)
        for answer in answers:
            assert await read_until(answer, 1) == [1]


@asynccontextmanager
async def several(number: int, opening: Callable[[], Any]) -> AsyncIterator[list[Any]]:
    opened = [opening() for _ in range(number)]
    try:
        yield await asyncio.gather(*(one.__aenter__() for one in opened))
    finally:
        for one in opened:
            await one.__aexit__(None, None, None)


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


def threads(process: int) -> int:
    return len(os.listdir(f"/proc/{process}/task"))


def open_databases(process: int) -> int:
    """SQLite's files, or nothing where the database is another."""
    found = 0
    for entry in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            found += os.readlink(entry).endswith("sqlite3")
    return found
