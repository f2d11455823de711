"""A ComfyUI server: queue, history, uploads, files and the websocket; it makes one picture at a time.

Latency is how long a picture takes. Settings: `without`, a node that this server does not have; `old`, whether an
interrupt ends whatever runs. Faults of its own, all for POST /prompt: see `FAULTS`. The log's `facts` have `prompt_id`
for each picture taken on.
"""

import asyncio
import json
import re
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.simulator import comfyui_graphs as graphs
from tests.simulator.comfyui_nodes import FILES, object_info
from tests.simulator.exchange import Exchange, Route, json_answer
from tests.simulator.pictures import Served
from tests.simulator.state import Latency, State

FAULTS = {
    "execution_error": "a node breaks off",
    "out_of_memory": "a node finds no memory",
    "interrupted": "somebody interrupts it",
    "vanish": "somebody deletes it from the queue, or the server restarts",
    "no_history": "the end is told, and the history never has it",
    "late_history": "the end is told a second before the history has it",
    "no_image": "nothing is saved but a preview",
    "socket_lost": "the websocket breaks in the middle",
    "branch": "one branch is refused, another runs: 200 with node_errors",
    "overloaded": "503",
    "server_error": "500",
    "rate_minute": "429, by what stands before the server",
}
STATUSES = {"overloaded": 503, "server_error": 500, "rate_minute": 429}
PROGRESS_STEPS = 4
LATE = 1.0
ENDS_BEFORE_HISTORY = 0.15
"""Seconds: events come first."""
PREVIEW = 1
JPEG = 1


@dataclass
class Prompt:
    """One picture that was taken on."""

    number: int
    id: str
    client: str
    graph: dict[str, Any]
    outputs: list[str]
    picture: Served
    fault: str
    seconds: float
    interrupted: bool = False
    messages: list[list[Any]] = field(default_factory=list)

    @property
    def row(self) -> list[Any]:
        return [self.number, self.id, self.graph, {"client_id": self.client}, self.outputs]


@dataclass
class Box:
    """All that the server remembers."""

    pending: list[Prompt] = field(default_factory=list)
    running: Prompt | None = None
    history: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, bytes] = field(default_factory=lambda: {"example.png": b""})
    files: dict[tuple[str, str], Served] = field(default_factory=dict)
    sockets: dict[str, web.WebSocketResponse] = field(default_factory=dict)
    worker: asyncio.Task[None] | None = None
    count: int = 0


def box(state: State) -> Box:
    found: Box = state.memory.setdefault("comfyui", Box())
    return found


async def prompt(exchange: Exchange) -> web.StreamResponse:
    try:
        said = json.loads(exchange.body)
    except ValueError:
        return web.Response(status=500, text="500 Internal Server Error")
    server, entry = box(exchange.state), exchange.entry
    graph = said.get("prompt") or {}
    _tell_log(exchange, graph)
    fault = exchange.take_fault()
    kind = fault.kind if fault else ""
    if fault is not None and kind in STATUSES:
        return web.Response(status=STATUSES[kind], headers={"Retry-After": str(fault.seconds)})
    checked = graphs.check(said.get("prompt"), server.inputs)
    if checked.error is not None:
        return json_answer({"error": checked.error, "node_errors": checked.node_errors}, 400)
    prompt_id = said.get("prompt_id") or f"made-here-{server.count}"
    entry.facts["prompt_id"] = prompt_id
    taken = Prompt(
        server.count, prompt_id, said.get("client_id", ""), graph, checked.outputs,
        exchange.picture(*graphs.size(graph)), kind, exchange.state.latencies.get("comfyui", Latency()).seconds,
    )  # fmt: skip
    server.count += 1
    server.pending.append(taken)
    if server.worker is None or server.worker.done():
        server.worker = asyncio.create_task(_work(server))
    node_errors = {"77": _branch_error()} if kind == "branch" else checked.node_errors
    return json_answer({"prompt_id": prompt_id, "number": taken.number, "node_errors": node_errors})


def _branch_error() -> dict[str, Any]:
    error = {"type": "value_not_in_list", "message": "Value not in list", "details": "lora_name: 'x' not in []"}
    return {"errors": [error | {"extra_info": {}}], "dependent_outputs": ["78"], "class_type": "LoraLoader"}


def _tell_log(exchange: Exchange, graph: Any) -> None:
    entry, server = exchange.entry, box(exchange.state)
    if not isinstance(graph, dict):
        return
    nodes = {
        key: node for key, node in graph.items() if isinstance(node, dict) and isinstance(node.get("inputs"), dict)
    }
    entry.prompt = str(graphs.first(nodes, "CLIPTextEncode", "text", ""))
    entry.seed = graphs.first(nodes, "RandomNoise", "noise_seed", None)
    entry.model = graphs.first(nodes, "UNETLoader", "unet_name", "")
    entry.size = "x".join(str(side) for side in graphs.size(nodes))
    entry.facts["loras"] = graphs.loras(nodes)
    for inputs in graphs.values(nodes, "LoadImage"):
        exchange.saw_reference(server.inputs.get(str(inputs.get("image")), b""))


async def _work(server: Box) -> None:
    while server.pending:
        server.running = server.pending.pop(0)
        await _run(server, server.running)
        server.running = None


async def _run(server: Box, taken: Prompt) -> None:
    sampler = next(iter(taken.graph))
    await _event(server, taken, "execution_start")
    await _event(server, taken, "execution_cached", nodes=[])
    await _event(server, taken, "executing", node=sampler)
    for step in range(1, PROGRESS_STEPS + 1):
        await asyncio.sleep(taken.seconds / PROGRESS_STEPS)
        if taken.interrupted or (taken.fault == "interrupted" and step == 2):
            await _end(server, taken, "execution_interrupted", node_id=sampler, node_type="SamplerCustomAdvanced")
            return
        if taken.fault == "vanish" and step == 2:
            return
        if taken.fault == "socket_lost" and step == 2:
            await _lose_socket(server, taken)
        await _preview(server, taken)
        await _event(server, taken, "progress", value=step, max=PROGRESS_STEPS, node=sampler)
    if taken.fault in ERRORS:
        await _end(server, taken, "execution_error", **ERRORS[taken.fault])
        return
    await _save(server, taken)


ERRORS: dict[str, dict[str, Any]] = {
    "execution_error": {
        "node_id": "13",
        "node_type": "SamplerCustomAdvanced",
        "exception_type": "RuntimeError",
        "exception_message": "shapes do not match, see http://10.0.0.1/secret",
        "traceback": ["File /home/me/ComfyUI/execution.py"],
        "executed": [],
    },
    "out_of_memory": {
        "node_id": "13",
        "node_type": "SamplerCustomAdvanced",
        "exception_type": "torch.OutOfMemoryError",
        "exception_message": "Allocation on device 0 would exceed allowed memory. " * 20,
        "traceback": [],
        "executed": [],
    },
}


async def _save(server: Box, taken: Prompt) -> None:
    kind = "temp" if taken.fault == "no_image" else "output"
    outputs = {}
    for node in taken.outputs:
        saved = "temp" if taken.graph[node]["class_type"] == "PreviewImage" else kind
        name = f"throughline_{taken.number:05}_{node}.png"
        server.files[saved, name] = taken.picture
        outputs[node] = {"images": [{"filename": name, "subfolder": "", "type": saved}]}
        await _event(server, taken, "executed", node=node, output=outputs[node])
    await _end(server, taken, "execution_success", outputs=outputs)


async def _end(server: Box, taken: Prompt, kind: str, outputs: Mapping[str, Any] | None = None, **told: Any) -> None:
    """The event, then, a little later, the history; what is told last is that nothing is executed any more."""
    await _event(server, taken, kind, **told)
    if taken.fault == "late_history":
        server.running = None  # and it is in neither place meanwhile
    await asyncio.sleep(LATE if taken.fault == "late_history" else ENDS_BEFORE_HISTORY)
    if taken.fault != "no_history":
        success = kind == "execution_success"
        server.history[taken.id] = {
            "prompt": taken.row,
            "outputs": outputs or {},
            "status": {
                "status_str": "success" if success else "error", "completed": success, "messages": taken.messages,
            },
            "meta": {},
        }  # fmt: skip
    await _event(server, taken, "executing", node=None)


async def _event(server: Box, taken: Prompt, kind: str, **told: Any) -> None:
    data = told | {"prompt_id": taken.id}
    if kind.startswith("execution_"):
        data["timestamp"] = int(time.time() * 1000)
        taken.messages.append([kind, data])
    await _send(server, taken, json.dumps({"type": kind, "data": data}))


async def _preview(server: Box, taken: Prompt) -> None:
    await _send(server, taken, struct.pack(">II", PREVIEW, JPEG) + b"\xff\xd8\xff preview")


async def _send(server: Box, taken: Prompt, message: str | bytes) -> None:
    """To the client that asked, and to nobody else."""
    socket = server.sockets.get(taken.client)
    if socket is None or socket.closed:
        return
    if isinstance(message, str):
        await socket.send_str(message)
    else:
        await socket.send_bytes(message)


async def _lose_socket(server: Box, taken: Prompt) -> None:
    socket = server.sockets.pop(taken.client, None)
    if socket is not None:
        await socket.close()


async def socket(exchange: Exchange) -> web.StreamResponse:
    request, server = exchange.request, box(exchange.state)
    if exchange.take_fault_of_path() or "Origin" in request.headers:
        return web.Response(status=403)
    client = request.query.get("clientId", "")
    found = web.WebSocketResponse()
    await found.prepare(request)
    server.sockets[client] = found
    status = {"status": {"exec_info": {"queue_remaining": len(server.pending)}}, "sid": client}
    await found.send_json({"type": "status", "data": status})
    async for _ in found:
        pass
    if server.sockets.get(client) is found:
        del server.sockets[client]
    return found


async def history(exchange: Exchange) -> web.StreamResponse:
    exchange.take_fault_of_path()
    prompt_id = exchange.request.match_info["id"]
    found = box(exchange.state).history.get(prompt_id)
    return json_answer({prompt_id: found} if found else {})


async def queue(exchange: Exchange) -> web.StreamResponse:
    exchange.take_fault_of_path()
    server = box(exchange.state)
    running = [server.running.row] if server.running else []
    return json_answer({"queue_running": running, "queue_pending": [prompt.row for prompt in server.pending]})


async def change_queue(exchange: Exchange) -> web.StreamResponse:
    exchange.take_fault_of_path()
    said, server = json.loads(exchange.body), box(exchange.state)
    exchange.entry.facts["deleted"] = said.get("delete", [])
    server.pending = [
        prompt for prompt in server.pending if prompt.id not in said.get("delete", []) and not said.get("clear")
    ]
    return web.Response()


async def interrupt(exchange: Exchange) -> web.StreamResponse:
    """Without an id, and on older servers always, whatever runs is interrupted."""
    exchange.take_fault_of_path()
    said = json.loads(exchange.body or b"{}")
    running = box(exchange.state).running
    exchange.entry.facts["named"] = said.get("prompt_id")
    named = "" if exchange.settings().get("old") else said.get("prompt_id", "")
    if running is not None and named in ("", running.id):
        running.interrupted = True
        exchange.entry.facts["interrupted"] = running.id
    return web.Response()


async def objects(exchange: Exchange) -> web.StreamResponse:
    exchange.take_fault_of_path()
    wanted = exchange.request.match_info.get("name")
    known = {name: told for name, told in object_info().items() if wanted in (None, name)}
    if exchange.settings().get("without") in known:
        del known[exchange.settings()["without"]]
    return json_answer(known)


async def stats(exchange: Exchange) -> web.StreamResponse:
    exchange.take_fault_of_path()
    return json_answer({"system": {"os": "posix", "comfyui_version": "0.3.64"}, "devices": []})


async def models(exchange: Exchange) -> web.StreamResponse:
    found = FILES.get(exchange.request.match_info["folder"])
    return web.Response(status=404) if found is None else json_answer(found)


async def upload(exchange: Exchange) -> web.StreamResponse:
    """Other bytes under a name that is taken get a name of their own."""
    exchange.take_fault_of_path()
    fields = _form(exchange)
    if "image" not in fields or ".." in fields.get("subfolder", (b"", ""))[0].decode():
        return web.Response(status=400)
    data, name = fields["image"]
    subfolder = fields.get("subfolder", (b"", ""))[0].decode()
    exchange.saw_reference(data)
    name = _free_name(box(exchange.state).inputs, subfolder, name, data)
    box(exchange.state).inputs["/".join(filter(None, (subfolder, name)))] = data
    return json_answer({"name": name, "subfolder": subfolder, "type": "input"})


def _free_name(inputs: Mapping[str, bytes], subfolder: str, name: str, data: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    count = 0
    while inputs.get("/".join(filter(None, (subfolder, name))), data) != data:
        count += 1
        name = f"{stem} ({count}).{ending}"
    return name


def _form(exchange: Exchange) -> dict[str, tuple[bytes, str]]:
    """Fields of a multipart form: bytes and file name."""
    boundary = re.search(r"boundary=\"?([^\";]+)", exchange.request.headers.get("Content-Type", ""))
    fields = {}
    if boundary:
        for part in (b"\r\n" + exchange.body).split(b"\r\n--" + boundary[1].encode())[1:-1]:
            head, _, data = part.partition(b"\r\n\r\n")
            names = dict(re.findall(r'\b(name|filename)="([^"]*)"', head.decode()))
            fields[names.get("name", "")] = (data, names.get("filename", ""))
    return fields


async def view(exchange: Exchange) -> web.StreamResponse:
    exchange.take_fault_of_path()
    asked = exchange.request.query
    if ".." in asked.get("filename", "") + asked.get("subfolder", ""):
        return web.Response(status=400)
    found = box(exchange.state).files.get((asked.get("type", "output"), asked.get("filename", "")))
    if found is None:
        return web.Response(status=404)
    return web.Response(body=found.data, content_type=found.content_type)


ROUTES: list[Route] = [
    ("POST", "/prompt", prompt),
    ("GET", "/history/{id}", history),
    ("GET", "/queue", queue),
    ("POST", "/queue", change_queue),
    ("POST", "/interrupt", interrupt),
    ("GET", "/object_info", objects),
    ("GET", "/object_info/{name}", objects),
    ("GET", "/system_stats", stats),
    ("GET", "/models/{folder}", models),
    ("POST", "/upload/image", upload),
    ("GET", "/view", view),
    ("GET", "/ws", socket),
]
