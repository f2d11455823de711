"""RunPod's serverless API with ComfyUI workers behind it.

A job waits in the queue for the setting `queue_seconds`, then runs for as long as the latency says. Setting `shape`:
how old the worker is, see `SHAPES`. Setting `endpoints`: the ids that exist. Faults of its own: see `FAULTS`; those of
a job are for POST /run. States of keys: "invalid" (401), "no_money" (402). The log's `facts` have `job` for each job
that was started, which is what costs money. Pictures in the store are below `/store`, for everybody.
"""

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.simulator import comfyui_graphs as graphs
from tests.simulator.exchange import Exchange, Route, json_answer
from tests.simulator.pictures import Served
from tests.simulator.state import Latency, State

LARGEST_RUN = 10_000_000
ENDPOINTS = ("flux-main", "flux-alternative", "flux-fast")
FOLDER = "/home/worker/ComfyUI"
BROKEN = {
    "error_type": "<class 'RuntimeError'>",
    "error_message": "the worker lost its temper",
    "error_traceback": f'File "{FOLDER}/handler.py", line 12',
    "hostname": "worker-7f3",
    "worker_id": "abc",
    "runpod_version": "1.12.0",
}
VALIDATION = (
    "Workflow validation failed:\n• Node 4 (errors): [{'type': 'value_not_in_list', 'message': 'Value not in list', "
    "'details': \"lora_name: 'nope.safetensors' not in ['FILM-V3-FLUX.safetensors']\"}]"
)
ENDS: dict[str, dict[str, Any]] = {
    "job_failed": {
        "status": "FAILED",
        "error": "Job processing failed",
        "output": {"details": ["Workflow execution error: Node Type: LoraLoader, Node ID: 4, Message: bad file"]},
    },
    "job_broken": {"status": "FAILED", "error": json.dumps(BROKEN)},
    "validation": {"status": "FAILED", "error": VALIDATION},
    "timed_out": {"status": "TIMED_OUT"},
    "job_cancelled": {"status": "CANCELLED"},
    "no_image": {"status": "COMPLETED", "output": {"status": "success_no_images", "images": []}},
    "empty": {"status": "COMPLETED"},
    "errors_only": {"status": "COMPLETED", "output": {"images": [], "errors": ["upload to the store failed"]}},
    "text_only": {"status": "COMPLETED", "output": {"message": "I would rather not, sorry.", "status": "success"}},
    "odd": {"status": "COMPLETED", "output": {"pictures": 1}},
}
FAULTS = {
    **ENDS,
    "expired": "404 for its status",
    "stuck": "never leaves the queue",
    "slow": "never ends",
    "rate_minute": "429",
    "overloaded": "503",
    "server_error": "500",
}
SHAPES: dict[str, Callable[[str, str], object]] = {
    "images": lambda text, url: {"images": [{"filename": "t_00001_.png", "type": "base64", "data": text}]},
    "with errors": lambda text, url: {
        "images": [{"filename": "a.png", "type": "base64", "data": text}],
        "errors": ["node 9 was slow"],
    },
    "s3": lambda text, url: {"images": [{"filename": "t_00001_.png", "type": "s3_url", "data": url}]},
    "message": lambda text, url: {"status": "success", "message": text},
    "message address": lambda text, url: {"status": "success", "message": url},
    "list": lambda text, url: [{"filename": "a.png", "type": "base64", "data": text}],
    "list of texts": lambda text, url: [text],
    "data addresses": lambda text, url: {"images": [f"data:image/png;base64,{text}"]},
    "filename and url": lambda text, url: {"images": [{"filename": "a.png", "url": url}]},
    "image_url": lambda text, url: {"image_url": url},
    "image": lambda text, url: {"image": text},
    "job_results": lambda text, url: {"job_results": {"images": [{"filename": "a.png", "data": text}]}},
    "list of job_results": lambda text, url: {"job_results": [{"images": [{"type": "s3_url", "data": url}]}]},
    "text": lambda text, url: text,
    "JSON in a text": lambda text, url: json.dumps({"images": [{"type": "base64", "data": text}]}),
}


@dataclass
class Job:
    """One job: when it started and how it will end."""

    id: str
    created: float
    queued: float
    working: float
    fault: str
    end: dict[str, Any]
    cancelled: bool = False

    def told(self, now: float) -> dict[str, Any]:
        began, over = self.created + self.queued, self.created + self.queued + self.working
        if self.cancelled:
            return {"id": self.id, "status": "CANCELLED"}
        if now < began or self.fault == "stuck":
            return {"id": self.id, "status": "IN_QUEUE"}
        delay = {"id": self.id, "delayTime": int(self.queued * 1000), "workerId": "abc"}
        if now < over or self.fault == "slow":
            return delay | {"status": "IN_PROGRESS"}
        return delay | {"executionTime": int(self.working * 1000)} | self.end


@dataclass
class Refused(Exception):
    """Answered so."""

    status: int
    body: str = ""


def jobs(state: State) -> dict[str, Job]:
    found: dict[str, Job] = state.memory.setdefault("runpod", {})
    return found


def store(state: State) -> dict[str, Served]:
    found: dict[str, Served] = state.memory.setdefault("runpod store", {})
    return found


def enter(exchange: Exchange) -> None:
    """Key, endpoint, and the trouble that any request may have. Raises Refused."""
    secret = exchange.request.headers.get("Authorization", "").removeprefix("Bearer ")
    key = exchange.key(secret) if secret else None
    if key is None or key.trouble == "invalid":
        raise Refused(401)
    if exchange.request.match_info["endpoint"] not in exchange.settings().get("endpoints", ENDPOINTS):
        raise Refused(404, json.dumps({"error": "endpoint not found"}))
    if key.trouble == "no_money":
        raise Refused(402, json.dumps({"error": "insufficient balance"}))


def troubled(exchange: Exchange) -> web.Response | None:
    paid = exchange.entry.path.endswith("/run")
    fault = exchange.take_fault() if paid else exchange.take_fault_of_path()
    kind = fault.kind if fault else ""
    if kind == "rate_minute":
        return web.Response(
            status=429, text="too many requests", headers={"Retry-After": str(fault.seconds)} if fault else {}
        )
    statuses = {"overloaded": 503, "server_error": 500}
    return web.Response(status=statuses[kind], text="trouble") if kind in statuses else None


async def run(exchange: Exchange) -> web.StreamResponse:
    enter(exchange)
    graph = read_input(exchange)
    answer = troubled(exchange)
    if answer is not None:
        return answer
    settings, kind = exchange.settings(), exchange.fault.kind if exchange.fault else ""
    known = jobs(exchange.state)
    job_id = f"{len(known):08x}-aaaa-bbbb-cccc-u1"
    end = ENDS.get(kind) or _end(exchange, graph, job_id)
    seconds = exchange.state.latencies.get("runpod", Latency()).seconds
    known[job_id] = Job(job_id, time.monotonic(), settings.get("queue_seconds", 0.0), seconds, kind, end)
    exchange.entry.facts["job"] = job_id
    return json_answer({"id": job_id, "status": "IN_QUEUE"})


def read_input(exchange: Exchange) -> Mapping[str, Any]:
    """The graph. Fills in the log's entry. Raises Refused."""
    if len(exchange.body) > LARGEST_RUN:
        raise Refused(413, "request too large")
    try:
        said = json.loads(exchange.body)
        given = said["input"]
        graph = given["workflow"]
        images = {image["name"]: base64.b64decode(image["image"], validate=True) for image in given.get("images", [])}
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise Refused(400, json.dumps({"error": "input is not what the worker takes"})) from error
    entry = exchange.entry
    entry.prompt = str(graphs.first(graph, "CLIPTextEncode", "text", ""))
    entry.seed = graphs.first(graph, "RandomNoise", "noise_seed", None)
    entry.model = graphs.first(graph, "UNETLoader", "unet_name", "")
    entry.size = "x".join(str(side) for side in graphs.size(graph))
    entry.facts = {"bytes": len(exchange.body), "policy": said.get("policy"), "images": list(images)}
    entry.facts |= {"loras": graphs.loras(graph), "fetched": given.get("loras", [])}
    for data in images.values():
        exchange.saw_reference(data)
    return _checked(graph, images)


def _checked(graph: Mapping[str, Any], images: Mapping[str, bytes]) -> Mapping[str, Any]:
    checked = graphs.check(graph, images)
    problem = checked.error or checked.node_errors
    return {"problem": problem} if problem else graph


def _end(exchange: Exchange, graph: Mapping[str, Any], job_id: str) -> dict[str, Any]:
    """How the job will end: with a picture, or with what the worker says of a bad graph."""
    if "problem" in graph:
        return {"status": "FAILED", "error": f"Workflow validation failed:\n{graph['problem']}"}
    picture = exchange.picture(*graphs.size(graph))
    name = hashlib.sha256(job_id.encode()).hexdigest()[:8]
    store(exchange.state)[name] = picture
    host = f"{exchange.request.scheme}://{exchange.request.host}"
    url = f"{host}/runpod/store/11-26/{name}.png?X-Amz-Signature=a%2Fb"
    shape = SHAPES[exchange.settings().get("shape", "images")]
    return {"status": "COMPLETED", "output": shape(picture.base64.decode(), url)}


async def status(exchange: Exchange) -> web.StreamResponse:
    enter(exchange)
    job = jobs(exchange.state).get(exchange.request.match_info["id"])
    answer = troubled(exchange)
    if answer is not None:
        return answer
    if job is None or "expired" in (job.fault, exchange.entry.fault):
        return json_answer({"error": "job not found"}, 404)
    return json_answer(job.told(time.monotonic()))


async def cancel(exchange: Exchange) -> web.StreamResponse:
    enter(exchange)
    exchange.take_fault_of_path()
    job = jobs(exchange.state).get(exchange.request.match_info["id"])
    if job is None:
        return json_answer({"error": "job not found"}, 404)
    job.cancelled = True
    return json_answer({"id": job.id, "status": "CANCELLED"})


async def health(exchange: Exchange) -> web.StreamResponse:
    enter(exchange)
    answer = troubled(exchange)
    return answer or json_answer({"jobs": {"inQueue": 0}, "workers": {"idle": 1, "running": 0}})


async def fetch(exchange: Exchange) -> web.StreamResponse:
    """As S3 does it: whoever has the address may, and a second way of proving oneself is an error."""
    exchange.take_fault_of_path()
    found = store(exchange.state).get(exchange.request.match_info["name"].removesuffix(".png"))
    if found is None:
        return web.Response(status=404)
    if "Authorization" in exchange.request.headers or "X-Amz-Signature" not in exchange.request.query:
        return web.Response(status=400)
    return web.Response(body=found.data, content_type=found.content_type)


def polite(handler: Callable[[Exchange], Any]) -> Callable[[Exchange], Any]:
    async def answer(exchange: Exchange) -> web.StreamResponse:
        try:
            found: web.StreamResponse = await handler(exchange)
            return found
        except Refused as error:
            return web.Response(status=error.status, text=error.body)

    return answer


ROUTES: list[Route] = [
    ("POST", "/{endpoint}/run", polite(run)),
    ("GET", "/{endpoint}/status/{id}", polite(status)),
    ("POST", "/{endpoint}/cancel/{id}", polite(cancel)),
    ("GET", "/{endpoint}/health", polite(health)),
    ("GET", "/store/{month}/{name}", fetch),
]
