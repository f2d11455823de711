"""One request and its answer: what a vendor's module works with, and the trouble every vendor can have.

A module `tests.simulator.<vendor>` has `FAULTS`, the kinds of trouble of its own (a mapping by kind, or a set), and
`ROUTES`, rows of (method, path below `/<vendor>`, handler). A handler takes
an `Exchange` and returns a response, in this order as far as it applies: find the key, fill in `entry`, check the
request, `take_fault`, answer the fault if it is one of its own, `admit`, `wait`, answer with `picture`.

Faults that need nothing from a handler but `take_fault`: "hang" (no answer for `seconds`), "reset" (worked, then the
connection is reset), "cut" (half the body, then the end), "drip" (the body a byte at a time), "garbage" (200, and
no JSON), "status" (`status`, `body`, `headers` as told). And by `picture`: "corrupt", "bomb", "gif", "svg".
"""

import asyncio
import hashlib
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.simulator import pictures
from tests.simulator.pictures import Look, Served
from tests.simulator.state import Entry, Fault, Key, Latency, State
from tests.simulator.windows import Full

PICTURE = "@picture@"
"""Stands in a JSON answer where the picture's base64 goes."""
SECRETS = {"authorization", "x-goog-api-key", "cookie", "proxy-authorization"}

Handler = Callable[["Exchange"], Awaitable[web.StreamResponse]]
Route = tuple[str, str, Handler]


@dataclass
class Exchange:
    """One request: its body is read already, its entry in the log begun."""

    state: State
    request: web.Request
    body: bytes
    entry: Entry
    fault: Fault | None = None

    def settings(self) -> Mapping[str, Any]:
        """What tests have set for this vendor."""
        return self.state.settings.get(self.entry.vendor, {})

    def key(self, secret: str) -> Key | None:
        """The key with this secret, and its account in the log; None for one nobody has."""
        key = self.state.keys.get((self.entry.vendor, secret))
        if key is not None:
            self.entry.key, self.entry.account = key.alias, key.account.name
        return key

    def saw_reference(self, data: bytes) -> None:
        self.entry.references.append(hashlib.sha256(data).hexdigest())

    def take_fault(self) -> Fault | None:
        """The trouble meant for this request; call it once, when `entry` holds all that faults go by."""
        self.fault = self.state.take_fault(self.entry)
        self.entry.fault = self.fault.kind if self.fault else ""
        return self.fault

    def take_fault_of_path(self) -> Fault | None:
        """The same for requests that cost nothing: trouble that names no path is for those that do."""
        named = any(fault.path and fault.concerns(self.entry) for fault in self.state.faults)
        return self.take_fault() if named else None

    def admit(self, key: Key, **units: int) -> Full | None:
        """Count the request in the account's windows, from its arrival on; what is full if it must be turned away."""
        return key.account.windows.admit(self.entry.arrived, {"requests": 1} | units, self.entry.model)

    async def wait(self, *, refused: bool = False) -> None:
        """As long as this vendor works."""
        latency = self.state.latencies.get(self.entry.vendor, Latency())
        await asyncio.sleep(latency.refused if refused else latency.seconds)

    def picture(self, width: int, height: int) -> Served:
        """A picture of this size in pixels, or what the fault makes of it."""
        kind = self.fault.kind if self.fault else ""
        if kind == "corrupt":
            return pictures.corrupt(width, height)
        if kind in BROKEN:
            return BROKEN[kind]()
        return pictures.good(width, height, self.state.looks.get(self.entry.vendor, Look()))


BROKEN: dict[str, Callable[[], Served]] = {"bomb": pictures.bomb, "gif": pictures.gif, "svg": pictures.svg}


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers, content_type="application/json")


def picture_answer(body: object, picture: Served) -> web.Response:
    """A JSON answer with the picture's base64 in the place of `PICTURE`."""
    text = json.dumps(body).encode().replace(PICTURE.encode(), picture.base64)
    return web.Response(body=text, content_type="application/json")


async def respond(exchange: Exchange, handler: Handler) -> web.StreamResponse:
    """The handler's answer, with what the fault does to it on the way."""
    response = await handler(exchange)
    fault = exchange.fault
    if fault is not None and fault.kind in ON_THE_WAY and isinstance(response, web.Response):
        return await ON_THE_WAY[fault.kind](exchange, fault, response)
    return response


async def _hang(exchange: Exchange, fault: Fault, response: web.Response) -> web.StreamResponse:
    loop = asyncio.get_running_loop()
    end = loop.time() + fault.seconds
    while loop.time() < end and not _gone(exchange.request):
        await asyncio.sleep(0.05)
    return response


async def _reset(exchange: Exchange, fault: Fault, response: web.Response) -> web.StreamResponse:
    transport = exchange.request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return response


async def _cut(exchange: Exchange, fault: Fault, response: web.Response) -> web.StreamResponse:
    stream, body = await _begin(exchange, response)
    await stream.write(body[: len(body) // 2])
    if exchange.request.transport is not None:
        exchange.request.transport.close()
    return stream


async def _drip(exchange: Exchange, fault: Fault, response: web.Response) -> web.StreamResponse:
    stream, body = await _begin(exchange, response)
    for index in range(len(body)):
        if _gone(exchange.request):
            break
        await stream.write(body[index : index + 1])
        await asyncio.sleep(0.05)
    return stream


async def _garbage(exchange: Exchange, fault: Fault, response: web.Response) -> web.StreamResponse:
    return web.Response(body=b'{"candidates": [{"content": ', content_type="application/json")


async def _status(exchange: Exchange, fault: Fault, response: web.Response) -> web.StreamResponse:
    headers = {"Content-Type": "application/json"} | fault.headers
    return web.Response(body=fault.body.encode(errors="surrogateescape"), status=fault.status, headers=headers)


ON_THE_WAY: dict[str, Callable[[Exchange, Fault, web.Response], Awaitable[web.StreamResponse]]] = {
    "hang": _hang,
    "reset": _reset,
    "cut": _cut,
    "drip": _drip,
    "garbage": _garbage,
    "status": _status,
}


COMMON_FAULTS = set(ON_THE_WAY) | set(BROKEN) | {"corrupt"}


async def _begin(exchange: Exchange, response: web.Response) -> tuple[web.StreamResponse, bytes]:
    """The head of the answer, promising the whole body."""
    body = response.body
    assert isinstance(body, bytes)
    stream = web.StreamResponse(status=response.status, headers={"Content-Type": response.content_type})
    stream.content_length = len(body)
    await stream.prepare(exchange.request)
    return stream, body


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()
