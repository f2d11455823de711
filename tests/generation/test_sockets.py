"""Live progress through a real web server: complete, in order, and only for those who may see it."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
import redis
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from generation import consumers, events, feed
from generation.consumers import ProjectConsumer
from generation.models import Event
from storyboards.editing import revoke_share_link
from storyboards.models import Project, ShareLink, Visibility
from tests.making import a_project, a_run, a_user, make_all
from tests.running import Environment, cookie_of, web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sockets")]


@pytest.fixture(scope="module")
def server(process_environment: Environment) -> Iterator[str]:
    with web(process_environment) as url:
        yield url


def socket(server: str, project: Project, cookie: str = "", query: str = "", origin: str | None = None) -> connect:
    headers = {"Cookie": cookie} if cookie else {}
    address = f"{server.replace('http', 'ws')}/ws/projects/{project.pk}/{query}"
    return connect(address, additional_headers=headers, origin=origin or server)  # type: ignore[arg-type]


async def read(client: ClientConnection, seconds: float = 5) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await asyncio.wait_for(client.recv(), seconds))
    return message


async def read_until(client: ClientConnection, number: int) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    while not messages or messages[-1]["number"] < number:
        message = await read(client, 20)
        if message["type"] == "event":
            messages.append(message)
    return messages


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
    async with socket(server, project, cookie) as client:
        assert (await read(client))["type"] == "snapshot"
        last = await make_run(project)
        numbers = [message["number"] for message in await read_until(client, last)]
    assert numbers == list(range(1, last + 1))


async def test_who_returns_gets_what_was_missed_and_no_more(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    last = await make_run(project)
    async with socket(server, project, cookie, "?since=2") as client:
        numbers = [message["number"] for message in await read_until(client, last)]
    assert numbers == list(range(3, last + 1))


@pytest.mark.parametrize("since", ["999999", "-1", "x", "²", "9" * 30])
async def test_a_number_that_never_was_gets_a_snapshot(server: str, since: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with socket(server, project, cookie, f"?since={since}") as client:
        assert (await read(client))["type"] == "snapshot"


async def test_who_was_away_longer_than_history_is_kept_gets_a_snapshot(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    await make_run(project)
    await sync_to_async(Event.objects.filter(project=project, number__lt=4).delete)()
    async with socket(server, project, cookie, "?since=1") as client:
        assert (await read(client))["type"] == "snapshot"


async def test_two_viewers_see_the_same(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with socket(server, project, cookie) as one, socket(server, project, cookie) as two:
        await read(one)
        await read(two)
        last = await make_run(project)
        assert await read_until(one, last) == await read_until(two, last)


async def test_a_socket_that_hears_nothing_for_fifteen_seconds_lives_on(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with socket(server, project, cookie) as client:
        await read(client)
        assert (await read(client, 17))["type"] == "alive"
        last = await make_run(project)
        assert (await read_until(client, last))[-1]["number"] == last


async def test_events_arrive_although_the_broker_is_away(server: str, flushed_broker: redis.Redis) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with socket(server, project, cookie) as client:
        await read(client)
        flushed_broker.client_kill_filter(_type="pubsub")
        last = await make_run(project)
        assert [message["number"] for message in await read_until(client, last)] == list(range(1, last + 1))


async def close_code(server: str, project: Project, cookie: str = "") -> int:
    async with socket(server, project, cookie) as client:
        with pytest.raises(ConnectionClosed) as closed:
            await read(client)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def test_other_peoples_projects_look_as_if_there_were_none(server: str) -> None:
    project, _cookie = await sync_to_async(prepared)()
    stranger = await sync_to_async(lambda: cookie_of(a_user("eve")))()
    assert await close_code(server, project, stranger) == 4404
    assert await close_code(server, project) == 4404
    project.pk = 999_999
    assert await close_code(server, project, stranger) == 4404


async def test_a_page_of_another_origin_is_turned_away(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    for origin in ("http://evil.example", server.replace("http", "https"), server.rpartition(":")[0]):
        with pytest.raises(InvalidStatus) as refused:
            async with socket(server, project, cookie, origin=origin):
                pass
        assert refused.value.response.status_code == 403


async def test_a_public_project_is_open_to_everybody(server: str) -> None:
    project, _cookie = await sync_to_async(prepared)()
    await sync_to_async(Project.objects.filter(pk=project.pk).update)(visibility=Visibility.PUBLIC)
    async with socket(server, project) as client:
        assert (await read(client))["type"] == "snapshot"


async def test_rubbish_sent_to_a_socket_ends_it_or_is_dropped_and_hurts_nobody(server: str) -> None:
    project, cookie = await sync_to_async(prepared)()
    async with socket(server, project, cookie) as healthy:
        await read(healthy)
        for rubbish in ("{", "[]", "null", "\x00", b"\xff\xfe"):
            async with socket(server, project, cookie) as client:
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
    monkeypatch.setattr(consumers, "CHECK_EVERY", 0.1)
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
    async with socket(server, project, guest) as client:
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


def inside(project: Project, cookie: str) -> WebsocketCommunicator:
    """The owner's socket in this very process."""
    client = WebsocketCommunicator(ProjectConsumer.as_asgi(), f"/ws/projects/{project.pk}/")
    scope = cast(dict[str, Any], client.scope)
    scope |= {"session": SessionStore(cookie.partition("=")[2]), "url_route": {"kwargs": {"pk": project.pk}}}
    return client


async def away(*_args: object) -> None:
    raise OperationalError("the database is away")


async def test_a_socket_that_can_tell_nothing_says_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "snapshot", away)
    client = inside(*await sync_to_async(prepared)())
    assert (await client.connect())[0]
    assert await client.receive_output(3) == {"type": "websocket.close", "code": 4500}
    await client.disconnect()


async def test_a_socket_whose_rights_cannot_be_asked_for_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "CHECK_EVERY", 0.1)
    client = inside(*await sync_to_async(prepared)())
    assert (await client.connect())[0]
    assert (await client.receive_json_from())["type"] == "snapshot"
    monkeypatch.setattr(ProjectConsumer, "_may_see", away)
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
    async with socket(server, project, cookie) as client:
        await read(client)
        await asyncio.sleep(0.3)
        events.publish_progress(project.pk, 7, 3, 20)
        assert await read(client) == {"type": "progress", "frame": 7, "done": 3, "total": 20}
