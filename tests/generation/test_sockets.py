"""Live progress through a real web server: complete, in order, and only for those who may see it."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

import pytest
import redis
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test import Client
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus, NegotiationError

from generation import actions, events, feed, jobs, live
from generation.api.throttles import calls, stays
from generation.consumers import PageConsumer, ProgramConsumer
from generation.models import ApiToken, Event, Scope
from storyboards.editing import revoke_share_link
from storyboards.models import Project, ShareLink, Step, Visibility
from tests.calling import a_token
from tests.making import a_project, a_run, a_user, frame, make_all
from tests.proxy import Proxy, proxy_to
from tests.running import Environment, cookie_of, web
from tests.sockets import Inside, browser_socket, code_of, page_socket, program_socket, read, read_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sockets")]


@pytest.fixture(scope="module")
def server(process_environment: Environment) -> Iterator[str]:
    with web(process_environment) as url:
        yield url


def prepared(owner: str = "ada") -> tuple[Project, str]:
    project = a_project("a table", "an apple", owner=a_user(owner))
    return project, cookie_of(project.owner)


@sync_to_async
def make_run(project: Project) -> int:
    a_run(project)
    make_all()
    number = Event.objects.filter(project=project).latest("number").number
    connection.close()
    return number


async def test_a_socket_gets_a_snapshot_and_then_every_event_in_order(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with page_socket(server, project, cookie) as client:
        assert (await read(client))["type"] == "snapshot"
        last = await make_run(project)
        numbers = [message["number"] for message in await read_until(client, last)]
    assert numbers == list(range(1, last + 1))


async def test_who_returns_gets_what_was_missed_and_no_more(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    last = await make_run(project)
    async with page_socket(server, project, cookie, "?since=2") as client:
        numbers = [message["number"] for message in await read_until(client, last)]
    assert numbers == list(range(3, last + 1))


@pytest.mark.parametrize("since", ["999999", "-1", "x", "²", "9" * 30])
async def test_a_number_that_never_was_gets_a_snapshot(server: str, since: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with page_socket(server, project, cookie, f"?since={since}") as client:
        assert (await read(client))["type"] == "snapshot"


async def test_who_was_away_longer_than_history_is_kept_gets_a_snapshot(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    await make_run(project)
    await sync_to_async(Event.objects.filter(project=project, number__lt=4).delete)()
    async with page_socket(server, project, cookie, "?since=1") as client:
        assert (await read(client))["type"] == "snapshot"


async def test_two_viewers_see_the_same(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with page_socket(server, project, cookie) as one, page_socket(server, project, cookie) as two:
        await read(one)
        await read(two)
        last = await make_run(project)
        assert await read_until(one, last) == await read_until(two, last)


async def test_a_socket_that_hears_nothing_for_fifteen_seconds_lives_on(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with page_socket(server, project, cookie) as client:
        await read(client)
        assert (await read(client, 17))["type"] == "alive"
        last = await make_run(project)
        assert (await read_until(client, last))[-1]["number"] == last


async def test_events_arrive_although_the_broker_is_away(server: str, flushed_broker: redis.Redis) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with page_socket(server, project, cookie) as client:
        await read(client)
        flushed_broker.client_kill_filter(_type="pubsub")
        last = await make_run(project)
        assert [message["number"] for message in await read_until(client, last)] == list(range(1, last + 1))


async def test_other_peoples_projects_look_as_if_there_were_none(server: str) -> None:
    project, _cookie = await sync_to_async(prepared)()
    stranger = await sync_to_async(lambda: cookie_of(a_user("eve")))()
    assert await code_of(page_socket(server, project, stranger)) == 4404
    assert await code_of(page_socket(server, project)) == 4404
    project.pk = 999_999
    assert await code_of(page_socket(server, project, stranger)) == 4404


async def test_a_page_of_another_origin_is_turned_away(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    for origin in ("http://evil.example", server.replace("http", "https"), server.rpartition(":")[0]):
        with pytest.raises(InvalidStatus) as refused:
            async with page_socket(server, project, cookie, origin=origin):
                pass
        assert refused.value.response.status_code == 403


async def test_a_public_project_is_open_to_everybody(server: str) -> None:
    project, _cookie = await sync_to_async(prepared)()
    await sync_to_async(Project.objects.filter(pk=project.pk).update)(visibility=Visibility.PUBLIC)
    async with page_socket(server, project) as client:
        assert (await read(client))["type"] == "snapshot"


async def test_rubbish_sent_to_a_socket_ends_it_or_is_dropped_and_hurts_nobody(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with page_socket(server, project, cookie) as healthy:
        await read(healthy)
        for rubbish in ("{", "[]", "null", "\x00", b"\xff\xfe"):
            async with page_socket(server, project, cookie) as client:
                await client.send(rubbish)
        last = await make_run(project)
        assert (await read_until(healthy, last))[-1]["number"] == last


def close_account(project: Project) -> None:
    User.objects.filter(pk=project.owner_id).update(is_active=False)


def give_away(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(owner=a_user("eve"))


def throw_away(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(deleted_at=timezone.now())


def log_out(project: Project) -> None:
    Session.objects.all().delete()


def change_password(project: Project) -> None:
    project.owner.set_password("another")
    project.owner.save()


@pytest.mark.parametrize("change", [close_account, give_away, throw_away, log_out, change_password])
async def test_rights_are_asked_for_again_while_a_socket_is_open(
    change: Callable[[Project], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHECK_EVERY", 0.1)
    project, cookie = await sync_to_async(prepared)()
    client = inside(project, cookie)
    assert (await client.connect())[0]
    assert (await client.receive_json_from())["type"] == "snapshot"
    await sync_to_async(change)(project)
    assert await client.receive_output(3) == {"type": "websocket.close", "code": 4404}
    await client.disconnect()


async def test_a_revoked_link_reaches_the_page_that_is_open(server: str) -> None:
    project, _cookie = await sync_to_async(prepared)()
    await sync_to_async(Project.objects.filter(pk=project.pk).update)(visibility=Visibility.UNLISTED)
    link = await sync_to_async(ShareLink.objects.create)(project=project)
    guest = await sync_to_async(opened_by_a_guest)(link)
    async with page_socket(server, project, guest) as client:
        assert (await read(client))["type"] == "snapshot"
        await sync_to_async(revoke_share_link)(link)
        assert (await read(client))["kind"] == "project.changed"
        with pytest.raises(ConnectionClosed) as closed:
            await read(client)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4404


def opened_by_a_guest(link: ShareLink) -> str:
    guest = Client()
    assert guest.get(link.get_absolute_url()).status_code == 302
    return f"sessionid={guest.cookies['sessionid'].value}"


def inside(project: Project, cookie: str) -> Inside:
    """The owner's socket in this very process."""
    client = Inside(PageConsumer.as_asgi(), f"/ws/projects/{project.pk}/")
    scope = cast(dict[str, Any], client.scope)
    scope |= {"session": SessionStore(cookie.partition("=")[2]), "url_route": {"kwargs": {"pk": project.pk}}}
    return client


def away(*_args: object) -> None:
    raise OperationalError("the database is away")


async def test_a_socket_that_can_tell_nothing_says_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "snapshot", away)
    client = inside(*await sync_to_async(prepared)())
    assert (await client.connect())[0]
    assert await client.receive_output(3) == {"type": "websocket.close", "code": 4500}
    await client.disconnect()


async def test_a_socket_whose_rights_cannot_be_asked_for_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CHECK_EVERY", 0.1)
    client = inside(*await sync_to_async(prepared)())
    assert (await client.connect())[0]
    assert (await client.receive_json_from())["type"] == "snapshot"
    monkeypatch.setattr(live.PageViewer, "sees", away)
    assert await client.receive_output(3) == {"type": "websocket.close", "code": 4500}
    await client.disconnect()


async def test_a_socket_that_cannot_be_let_in_now_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live.PageViewer, "sees", away)
    client = inside(*await sync_to_async(prepared)())
    assert (await client.connect())[0]
    assert await client.receive_output(3) == {"type": "websocket.close", "code": 4500}
    await client.disconnect()


async def test_a_socket_opens_although_the_broker_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_args: object) -> None:
        raise redis.ConnectionError("away")

    monkeypatch.setattr("channels_redis.pubsub.RedisSingleShardConnection.subscribe", refuse)
    client = inside(*await sync_to_async(prepared)())
    assert (await client.connect())[0]
    assert (await client.receive_json_from())["type"] == "snapshot"
    await client.disconnect()


@pytest.mark.parametrize("rubbish", ["{", "[]", "\x00"])
async def test_rubbish_leaves_nothing_behind(rubbish: str) -> None:
    client = inside(*await sync_to_async(prepared)())
    assert (await client.connect())[0]
    assert (await client.receive_json_from())["type"] == "snapshot"
    await client.send_to(text_data=rubbish)
    await client.send_to(bytes_data=b"\xff")
    for _ in range(2):
        assert (await client.receive_json_from())["code"] == "unreadable"
    assert await client.receive_nothing()
    await client.disconnect()
    await asyncio.sleep(0)
    assert not feed._watchers


async def test_a_socket_that_breaks_off_leaves_nothing_behind() -> None:
    client = inside(*await sync_to_async(prepared)())
    assert (await client.connect())[0]
    assert (await client.receive_json_from())["type"] == "snapshot"
    await client.send_input({"type": "websocket.nonsense"})
    with pytest.raises(ValueError, match="No handler"):
        await client.receive_output(1)
    await asyncio.sleep(0.1)
    assert not feed._watchers


async def test_progress_of_a_picture_is_told_and_not_numbered(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with page_socket(server, project, cookie) as client:
        await read(client)
        await asyncio.sleep(0.3)
        events.publish_progress(project.pk, 7, 3, 20)
        assert await read(client) == {"type": "progress", "frame": 7, "done": 3, "total": 20}


# --- programs --------------------------------------------------------------------------------------------------------


@sync_to_async
def with_token(scopes: Iterable[str] = (Scope.READ,), owner: str = "ada") -> tuple[Project, str]:
    project = a_project("a table", "an apple", owner=a_user(owner))
    return project, a_token(project.owner, scopes)


async def test_a_program_gets_a_snapshot_and_then_every_event_and_comes_back_to_what_it_missed(server: str) -> None:
    project, token = await with_token()
    async with program_socket(server, project.pk, token) as client:
        assert (await read(client)) == {"type": "snapshot", "number": 0, "runs": []}
        last = await make_run(project)
        assert [message["number"] for message in await read_until(client, last)] == list(range(1, last + 1))
    async with program_socket(server, project.pk, token, "?since=3") as client:
        assert [message["number"] for message in await read_until(client, last)] == list(range(4, last + 1))


def made_and_judged(project: Project) -> list[dict[str, object]]:
    """What a snapshot tells of its frames then."""
    run = a_run(project)
    make_all()
    actions.approve_frame(frame(run, 1), None)
    actions.lock(frame(run, 2), None)
    told = [
        {"frame": one.pk, "position": one.position, "status": one.status, "take": one.chosen_id}
        | {"approved": one.position == 1, "locked": one.position == 2}
        for one in run.frames.current()
    ]
    connection.close()
    return told


async def test_a_snapshot_tells_what_was_approved_and_locked(server: str) -> None:
    project, token = await with_token()
    frames = await sync_to_async(made_and_judged)(project)
    async with program_socket(server, project.pk, token) as client:
        (run,) = (await read(client))["runs"]
    assert run["frames"] == frames


async def test_a_page_of_another_origin_comes_in_by_a_token_in_its_subprotocols(server: str) -> None:
    project, token = await with_token()
    async with browser_socket(server, project.pk, "throughline.v1", f"bearer.{token}") as client:
        assert client.subprotocol == "throughline.v1"
        assert client.response is not None
        assert token not in str(client.response.headers)
        assert (await read(client))["type"] == "snapshot"


async def test_a_program_without_rights_is_told_why(server: str) -> None:
    project, token = await with_token()
    others, _ = await with_token(owner="eve")
    _, writing = await with_token([Scope.WRITE, Scope.RUN])
    cookie = await sync_to_async(cookie_of)(project.owner)
    for given, code in [(None, 4401), ("", 4401), ("tl_none", 4401), ("é" * 30, 4401), (writing, 4403)]:
        assert await code_of(program_socket(server, project.pk, given)) == code, given
    for pk in (others.pk, 999_999, 10**40):
        assert await code_of(program_socket(server, pk, token)) == 4404, pk
    assert await code_of(program_socket(server, project.pk, None, Cookie=cookie)) == 4401
    assert await code_of(program_socket(server, project.pk, None, Authorization=f"Basic {token}")) == 4401
    assert await code_of(browser_socket(server, project.pk, "throughline.v1", "bearer.tl_none")) == 4401
    assert await code_of(browser_socket(server, project.pk, "throughline.v1")) == 4401


async def test_a_token_is_in_no_log(process_environment: Environment, capfd: pytest.CaptureFixture[str]) -> None:
    project, token = await with_token()
    with web(process_environment) as server:
        assert await code_of(program_socket(server, project.pk + 1, token)) == 4404
        assert await code_of(browser_socket(server, project.pk + 1, "throughline.v1", f"bearer.{token}")) == 4404
        with suppress(InvalidMessage, InvalidStatus, NegotiationError):
            await code_of(browser_socket(server, project.pk, f"bearer.{token}", f"bearer.{token}"))
        with suppress(InvalidStatus):
            await code_of(program_socket(server, project.pk, token, "/nowhere"))
    told = "".join(capfd.readouterr())
    assert "WSCONNECT" in told
    assert token not in told


def revoke(token: ApiToken) -> None:
    token.revoke()


def expire(token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())


def narrow(token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk).update(scopes=[Scope.RUN])


def disable(token: ApiToken) -> None:
    User.objects.filter(pk=token.user_id).update(is_active=False)


def take_away(token: ApiToken) -> None:
    Project.objects.update(owner=a_user("eve"))


@pytest.mark.parametrize(
    ("change", "code"), [(revoke, 4401), (expire, 4401), (disable, 4401), (narrow, 4403), (take_away, 4404)]
)
async def test_a_token_is_asked_for_again_while_its_socket_is_open(
    change: Callable[[ApiToken], None], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHECK_EVERY", 0.1)
    project, secret = await with_token()
    client = program_inside(project, secret)
    assert (await client.connect())[0]
    assert (await client.receive_json_from())["type"] == "snapshot"
    await sync_to_async(change)(await ApiToken.objects.select_related("user").aget())
    while (told := await client.receive_output(3))["type"] == "websocket.send":
        assert told["text"] == live.ALIVE.text
    assert told == {"type": "websocket.close", "code": code}
    await client.disconnect()


def program_inside(project: Project, secret: str) -> Inside:
    """A program's socket in this very process."""
    headers = [(b"authorization", f"Bearer {secret}".encode())]
    client = Inside(ProgramConsumer.as_asgi(), f"/api/v1/projects/{project.pk}/socket", headers)
    cast(dict[str, Any], client.scope)["url_route"] = {"kwargs": {"pk": project.pk}}
    return client


async def test_who_is_not_let_in_commands_nothing(caplog: pytest.LogCaptureFixture) -> None:
    project, _secret = await with_token()
    client = program_inside(project, "tl_none")
    assert (await client.connect())[0]
    await client.send_to(text_data='{"id": "1", "command": "run.pause", "target": 1}')
    assert await client.receive_output(3) == {"type": "websocket.close", "code": 4401}
    assert await client.receive_nothing()
    await client.disconnect()
    assert not caplog.records


async def test_a_token_opens_only_so_many_sockets_a_minute(settings: Any) -> None:
    project, secret = await with_token()
    settings.API_READS_A_MINUTE = 2
    calls.forget()
    for expected in ("websocket.send", "websocket.send", "websocket.close"):
        client = program_inside(project, secret)
        assert (await client.connect())[0]
        told = await client.receive_output(3)
        assert told["type"] == expected
        await client.disconnect()
    assert told["code"] == 4429
    calls.forget()


async def test_a_persons_programs_have_only_so_many_open(settings: Any) -> None:
    project, secret = await with_token()
    settings.API_OPEN_AT_ONCE = 2
    first, second = [program_inside(project, secret) for _ in range(2)]
    for client in (first, second):
        assert (await client.connect())[0]
        assert (await client.receive_json_from(3))["type"] == "snapshot"
    third = program_inside(project, secret)
    assert (await third.connect())[0]
    assert await third.receive_output(3) == {"type": "websocket.close", "code": 4429}
    await third.disconnect()
    await first.disconnect()
    fourth = program_inside(project, secret)
    assert (await fourth.connect())[0]
    assert (await fourth.receive_json_from(3))["type"] == "snapshot", "one has left, so there is room"
    for client in (second, fourth):
        await client.disconnect()
    assert len(stays) == 0


# --- many ------------------------------------------------------------------------------------------------------------


async def test_fifty_sockets_share_one_read_of_the_table() -> None:
    project, secret = await with_token()
    clients = [program_inside(project, secret) for _ in range(50)]
    for client in clients:
        assert (await client.connect())[0]
        assert (await client.receive_json_from(5))["type"] == "snapshot"
    began = time.monotonic()
    with counted('FROM "generation_event"') as reads:
        for number in range(1, 11):
            await sync_to_async(tell)(project)
            # Not `receive_output`: it keeps connections from being closed.
            told = [await asyncio.wait_for(client.output_queue.get(), 5) for client in clients]
            assert {json.loads(message["text"])["number"] for message in told} == {number}
            assert len({id(message["text"]) for message in told}) == 1  # and one JSON text
    ticks = (time.monotonic() - began) / feed.TICK
    assert 10 <= len(reads) <= 20 + ticks
    for client in clients:
        await client.disconnect()


def tell(project: Project) -> None:
    with transaction.atomic():
        events.publish(project.pk, "steps.changed")


@contextmanager
def counted(part: str) -> Iterator[list[str]]:
    """Queries with this in them, of whichever thread."""
    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if part in sql:
            seen.append(sql)
        return execute(sql, *rest)

    def listen(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
        if note not in connection.execute_wrappers:
            connection.execute_wrappers.append(note)

    connection_created.connect(listen)
    try:
        yield seen
    finally:
        connection_created.disconnect(listen)
        for one in connections.all(initialized_only=True):
            one.execute_wrappers[:] = []


class Returning:
    """A client that comes back whenever the line breaks, and notes what it was told."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.opened = 0

    async def follow(self, proxy: Proxy, project: Project, token: str) -> None:
        while True:
            query = f"?since={self.numbers[-1] if self.numbers else 0}"
            with suppress(ConnectionClosed, InvalidMessage, OSError, EOFError):
                async with program_socket(proxy.url, project.pk, token, query) as client:
                    self.opened += 1
                    async for text in client:
                        message = json.loads(text)
                        assert message["type"] != "snapshot"
                        if message["type"] == "event":
                            self.numbers.append(message["number"])


@sync_to_async
def begin_run(project: Project) -> None:
    Step.objects.bulk_create(Step(project=project, position=number, title="a cup") for number in range(3, 41))
    a_run(project)


async def test_twenty_clients_of_a_line_that_breaks_get_every_number_of_a_run_once(server: str) -> None:
    project, token = await with_token()
    async with proxy_to(server) as proxy:
        clients = [Returning() for _ in range(20)]
        following = [asyncio.create_task(client.follow(proxy, project, token)) for client in clients]
        dropping = asyncio.create_task(proxy.drop_every(2))
        await begin_run(project)
        while await sync_to_async(jobs.make_next)() is not None:
            await asyncio.sleep(0.1)
        last = await sync_to_async(feed.newest_number)(project.pk)
        await until(lambda: all(client.numbers[-1:] == [last] for client in clients))
        for task in (dropping, *following):
            assert not task.done()
            task.cancel()
    assert proxy.drops >= 2
    for client in clients:
        assert client.numbers == list(range(1, last + 1))
        assert client.opened > proxy.drops / 2


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
