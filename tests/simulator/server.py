"""The server: control under `/_control`, the vendors beside it."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

from aiohttp import web

from tests.simulator.exchange import COMMON_FAULTS, SECRETS, Exchange, Handler, respond
from tests.simulator.pictures import Look
from tests.simulator.state import Fault, Latency, State, as_json

VENDORS = ("gemini", "openai", "runpod", "comfyui")
"""Modules of this package."""
LARGEST_REQUEST = 120 * 1024 * 1024
"""Bytes."""


def build() -> web.Application:
    app = web.Application(client_max_size=LARGEST_REQUEST)
    state = State()
    app.add_routes([web.post(f"/_control/{name}", _control(state, verb)) for name, verb in VERBS.items()])
    app.add_routes([web.get(f"/_control/{name}", _control(state, look)) for name, look in VIEWS.items()])
    for vendor in VENDORS:
        for method, path, handler in import_module(f"tests.simulator.{vendor}").ROUTES:
            app.router.add_route(method, f"/{vendor}{path}", _vendor(state, vendor, handler))
    return app


def _vendor(state: State, vendor: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items() if name.lower() not in SECRETS}
        path = request.path.removeprefix(f"/{vendor}")
        entry = state.enter(vendor, request.method, path, headers)
        try:
            response = await respond(Exchange(state, request, await request.read(), entry), handler)
            entry.status = response.status
            return response
        finally:
            state.leave(entry)

    return answer


def _control(
    state: State, verb: Callable[[State, Any], object]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        said = await request.json() if request.method == "POST" else dict(request.query)
        return web.json_response(verb(state, said))

    return answer


def _fault(state: State, said: dict[str, Any]) -> None:
    fault = Fault(**said)
    vendors = [fault.vendor] if fault.vendor else VENDORS
    if not any(fault.kind in known_faults(vendor) for vendor in vendors):
        raise web.HTTPBadRequest(text=f"no vendor has such trouble: {fault.kind}")
    state.faults.append(fault)


def known_faults(vendor: str) -> set[str]:
    """Those every vendor has, and those in its module's `FAULTS`."""
    return COMMON_FAULTS | set(import_module(f"tests.simulator.{vendor}").FAULTS)


def _latency(state: State, said: dict[str, Any]) -> None:
    vendor = said.pop("vendor")
    state.latencies[vendor] = Latency(**said)


def _picture(state: State, said: dict[str, Any]) -> None:
    vendor = said.pop("vendor")
    state.looks[vendor] = Look(**said)


def _settings(state: State, said: dict[str, Any]) -> None:
    state.settings.setdefault(said["vendor"], {}).update(said["settings"])


VERBS: dict[str, Callable[[State, Any], object]] = {
    "reset": lambda state, said: state.reset(),
    "account": lambda state, said: state.add_account(said),
    "fault": _fault,
    "latency": _latency,
    "picture": _picture,
    "settings": _settings,
}
VIEWS: dict[str, Callable[[State, Any], object]] = {
    "log": lambda state, said: [as_json(entry) for entry in state.log[int(said.get("since", 0)) :]],
    "counters": lambda state, said: state.counters(),
}
