"""Clients of a project's socket in tests."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from storyboards.models import Project

Message = dict[str, Any]


class Inside(WebsocketCommunicator):
    """A socket in this very process. Channels' own lets no thread give its connection back, for the sake of tests that
    are one transaction; a pool of twelve would soon be empty."""

    send_input: Callable[..., Any] = ApplicationCommunicator.send_input
    receive_output: Callable[..., Any] = ApplicationCommunicator.receive_output


def page_socket(server: str, project: Project, cookie: str = "", query: str = "", origin: str | None = None) -> connect:
    """As one of our own pages opens it."""
    headers = {"Cookie": cookie} if cookie else {}
    address = f"{server.replace('http', 'ws')}/ws/projects/{project.pk}/{query}"
    return connect(address, additional_headers=headers, origin=Origin(origin or server))


def program_socket(server: str, project_id: int, token: str | None, query: str = "", **headers: str) -> connect:
    """As a program opens it."""
    sent = headers | ({"Authorization": f"Bearer {token}"} if token is not None else {})
    address = f"{server.replace('http', 'ws')}/api/v1/projects/{project_id}/socket{query}"
    return connect(address, additional_headers=sent)


def browser_socket(server: str, project_id: int, *subprotocols: str) -> connect:
    """As a page of another origin opens it."""
    address = f"{server.replace('http', 'ws')}/api/v1/projects/{project_id}/socket"
    return connect(
        address, subprotocols=[Subprotocol(name) for name in subprotocols], origin=Origin("https://other.example")
    )


async def read(client: ClientConnection, seconds: float = 5) -> Message:
    message: Message = json.loads(await asyncio.wait_for(client.recv(), seconds))
    return message


async def read_until(client: ClientConnection, number: int) -> list[Message]:
    """The events up to this one."""
    messages: list[Message] = []
    while not messages or messages[-1]["number"] < number:
        message = await read(client, 20)
        if message["type"] == "event":
            messages.append(message)
    return messages


async def code_of(opening: connect) -> int:
    """What the server closes this socket with, once it has said all it has to say."""
    async with opening as client:
        with suppress(ConnectionClosed):
            while True:
                await read(client)
    assert client.close_code is not None
    return client.close_code


async def ask(client: ClientConnection, **command: Any) -> Message:
    """Send a command and return its answer; events in between are passed over."""
    await client.send(json.dumps({"id": "mine"} | command))
    return await answer(client)


async def answer(client: ClientConnection) -> Message:
    while True:
        message = await read(client)
        if message["type"] in ("done", "refused"):
            return message
