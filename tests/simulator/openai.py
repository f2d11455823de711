"""OpenAI's images API: generations, edits, and the list of models.

States of keys and accounts: "invalid" (401), "unverified" (403), "no_money" (429, insufficient_quota). Faults of its
own: see `FAULTS`.
"""

import io
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from PIL import Image

from tests.simulator.exchange import PICTURE, Exchange, Route, json_answer, picture_answer
from tests.simulator.state import Key
from tests.simulator.windows import Full

NEWEST = ("gpt-image-2", "gpt-image-2.5-sunburst", "gpt-image-2.5-flare", "gpt-image-2.6-aurora")
OLDER = ("gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest")
QUALITIES = ("auto", "low", "medium", "high")
FINE_QUALITIES = ("xhigh", "max")
COMMON = {"model", "prompt", "size", "quality", "n", "background", "output_format", "output_compression", "user"}
PARAMETERS = {
    "generations": COMMON | {"moderation"},
    "edits": COMMON | {"input_fidelity", "images", "mask"},
}
FEWEST_PIXELS, MOST_PIXELS, LONGEST_EDGE = 655_360, 8_294_400, 3840
OLD_SIZES = ("auto", "1024x1024", "1536x1024", "1024x1536")
MOST_IMAGES = 16
MOST_CHARACTERS = 32_000


class Wrong(Exception):
    """The request is answered with this error."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


def key_trouble(state: str, secret: str) -> Wrong | None:
    """OpenAI quotes a masked key."""
    return {
        "invalid": Wrong(
            401, f"Incorrect API key provided: {secret[:8]}****{secret[-4:]}.", code="invalid_api_key"
        ),
        "unverified": Wrong(403, "Your organization must be verified to use the model `gpt-image-2`."),
        "no_money": Wrong(
            429, "You exceeded your current quota, please check your plan.", "insufficient_quota", "insufficient_quota"
        ),
    }.get(state)  # fmt: skip


def too_many(model: str, limit: int, asked: int, wait: float, unit: str, period: str = "min") -> Wrong:
    """Limits are told by name, size and when to come back; whole seconds in the text from one second on."""
    text = f"{math.ceil(wait * 1000)}ms" if wait < 1 else f"{math.ceil(wait)}s"
    name = "input-images" if unit == "input_images" else unit
    return Wrong(
        429,
        f"Rate limit reached for {model} in organization org-simulated on {name} per {period}: Limit {limit}, "
        f"Used {limit}, Requested {asked}. Please try again in {text}.",
        name,
        "rate_limit_exceeded",
        headers={"retry-after": str(math.ceil(wait)), "retry-after-ms": str(math.ceil(wait * 1000))},
    )


def full_window(model: str, full: Full) -> Wrong:
    return too_many(
        model, full.rule.amount, full.asked, full.wait, full.rule.unit, "day" if full.daily else "min"
    )  # fmt: skip


def no_money(code: str) -> Wrong:
    return Wrong(429, "Billing hard limit has been reached.", code, code)


FAULTS: Mapping[str, Any] = {
    "refusal": Wrong(
        400,
        "Your request was rejected by the safety system. safety_violations=[violence].",
        "image_generation_user_error",
        "moderation_blocked",
    ),
    "blocked": Wrong(
        400,
        "Your request was rejected by the safety system. safety_violations=[sexual].",
        "image_generation_user_error",
        "moderation_blocked",
    ),
    "no_image": {"created": 1, "data": [{}]},
    "text_only": {"created": 1, "data": [{"revised_prompt": "I would rather describe this picture."}]},
    "empty": {"created": 1, "data": []},
    "rate_minute": lambda model, seconds: too_many(model, 5, 1, seconds, "requests"),
    "rate_images": lambda model, seconds: too_many(model, 5, 3, seconds, "input_images"),
    "rate_day": lambda model, seconds: too_many(model, 250, 1, 3600, "requests", "day"),
    "quota_zero": lambda model, seconds: too_many(model, 0, 1, 60, "requests"),
    "no_money": no_money("billing_hard_limit_reached"),
    "spent": no_money("project_spend_limit_exceeded"),
    "server_error": Wrong(500, "The server had an error.", "server_error", "server_error"),
    "overloaded": Wrong(503, "The engine is currently overloaded.", "server_error", "server_error"),
}  # fmt: skip
"""By kind: the body of a 200, an error, or a function of the model and the fault's seconds that makes one."""


def find_key(exchange: Exchange) -> Key:
    secret = exchange.request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not secret:
        raise Wrong(401, "You didn't provide an API key.")
    key = exchange.key(secret)
    trouble = key_trouble(key.trouble if key else "invalid", secret)
    if key is None or trouble:
        raise trouble or AssertionError
    return key


def read_fields(exchange: Exchange, operation: str) -> dict[str, Any]:
    if operation == "edits":
        return read_form(exchange)
    try:
        fields = json.loads(exchange.body)
    except ValueError as error:
        raise Wrong(400, "We could not parse the JSON body of your request.") from error
    if not isinstance(fields, dict):
        raise Wrong(400, "We could not parse the JSON body of your request.")
    return fields


def read_form(exchange: Exchange) -> dict[str, Any]:
    """The fields of a multipart form; `images` and `mask` hold bytes."""
    boundary = re.search(r"multipart/form-data;.*boundary=\"?([^\";]+)", exchange.request.headers["Content-Type"])
    if not boundary:
        raise Wrong(400, "Content-Type must be multipart/form-data.")
    fields: dict[str, Any] = {"images": []}
    for part in (b"\r\n" + exchange.body).split(b"\r\n--" + boundary[1].encode())[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        name = (re.findall(r'\bname="([^"]*)"', head.decode()) or [""])[0]
        if name in ("image", "image[]"):
            fields["images"].append(data)
        else:
            fields[name] = data if name == "mask" else data.decode()
    return fields


def check_image(data: bytes, number: int) -> None:
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            image.verify()
    except (OSError, SyntaxError) as error:
        message = f"Invalid image file or mode for image {number}, please check your image file."
        raise Wrong(400, message, code="invalid_image_file") from error


def check_fields(fields: Mapping[str, Any], operation: str) -> None:
    model = fields.get("model", "")
    if model not in NEWEST + OLDER:
        raise Wrong(404, f"The model '{model}' does not exist or has been retired.", code="model_not_found")
    for name in fields.keys() - PARAMETERS[operation]:
        raise Wrong(400, f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name)
    if not 0 < len(fields.get("prompt", "")) <= MOST_CHARACTERS:
        raise Wrong(400, "Invalid 'prompt': length.", code="invalid_value", param="prompt")
    qualities = QUALITIES + FINE_QUALITIES if "2.5" in model else QUALITIES
    allowed = {"quality": qualities, "output_format": ("png", "jpeg", "webp"), "moderation": ("auto", "low")}
    for name, values in allowed.items():
        if name in fields and fields[name] not in values:
            raise Wrong(400, f"Invalid value: '{fields[name]}'.", code="invalid_value", param=name)
    if "input_fidelity" in fields and model in NEWEST:
        raise Wrong(400, "Unknown parameter: 'input_fidelity'.", code="unknown_parameter", param="input_fidelity")


def check_size(model: str, size: str) -> tuple[int, int]:
    """The size in pixels. Raises Wrong for one the model does not make."""
    if model in OLDER and size not in OLD_SIZES:
        raise Wrong(400, f"Invalid value: '{size}'.", code="invalid_value", param="size")
    if size == "auto":
        return 1024, 1024
    match = re.fullmatch(r"(\d+)x(\d+)", size)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (
        width % 16 == height % 16 == 0
        and FEWEST_PIXELS <= width * height <= MOST_PIXELS
        and max(width, height) <= LONGEST_EDGE
        and max(width, height) <= 3 * min(width, height)
    ):
        raise Wrong(400, f"Invalid size '{size}'.", code="invalid_value", param="size")
    return width, height


def read_request(exchange: Exchange, operation: str) -> tuple[int, int]:
    """Fill in the log's entry; the size in pixels that is asked for. Raises Wrong."""
    fields, entry = read_fields(exchange, operation), exchange.entry
    check_fields(fields, operation)
    entry.model, entry.prompt = fields["model"], fields["prompt"]
    entry.size, entry.quality = fields.get("size", "auto"), fields.get("quality", "auto")
    images = fields.get("images", [])
    if operation == "edits" and not 1 <= len(images) <= MOST_IMAGES:
        raise Wrong(400, f"Invalid 'image': expected 1 to {MOST_IMAGES} images.", code="invalid_value", param="image")
    for number, data in enumerate(images, 1):
        check_image(data, number)
        exchange.saw_reference(data)
    if "mask" in fields:
        check_image(fields["mask"], 0)
    entry.facts = {"masked": "mask" in fields, "operation": operation}
    entry.facts |= {name: fields[name] for name in ("output_format", "moderation", "background") if name in fields}
    return check_size(entry.model, entry.size)


def tokens(width: int, height: int, quality: str) -> int:
    q = {"low": 16, "medium": 48}.get(quality, 96)
    short, long = min(width, height), max(width, height)
    return math.ceil(q * round(q * short / long) * (2_000_000 + width * height) / 4_000_000)


async def make(exchange: Exchange, operation: str) -> web.Response:
    key = find_key(exchange)
    width, height = read_request(exchange, operation)
    entry, fault = exchange.entry, exchange.take_fault()
    full = exchange.admit(key, input_images=len(entry.references))
    if full:
        raise full_window(entry.model, full)
    answer = FAULTS.get(fault.kind) if fault else None
    if callable(answer):
        answer = answer(entry.model, fault.seconds if fault else 0.0)
    if isinstance(answer, Wrong):
        return await turn_away(exchange, answer)
    await exchange.wait()
    return json_answer(answer) if answer is not None else picture_body(exchange, width, height)


def picture_body(exchange: Exchange, width: int, height: int) -> web.Response:
    entry = exchange.entry
    made, seen = tokens(width, height, entry.quality), 300 * len(entry.references)
    usage = {
        "input_tokens": 17 + seen,
        "input_tokens_details": {"image_tokens": seen, "text_tokens": 17},
        "output_tokens": made,
        "output_tokens_details": {"image_tokens": made, "text_tokens": 0},
        "total_tokens": 17 + seen + made,
    }
    body = {
        "created": 1,
        "data": [{"b64_json": PICTURE}],
        "background": "opaque",
        "output_format": entry.facts.get("output_format", "png"),
        "quality": entry.quality,
        "size": entry.size,
        "usage": usage,
    }
    return picture_answer(body, exchange.picture(width, height))


async def answer_errors(exchange: Exchange, operation: str) -> web.StreamResponse:
    try:
        return await make(exchange, operation)
    except Wrong as error:
        return await turn_away(exchange, error)


async def turn_away(exchange: Exchange, error: Wrong) -> web.Response:
    if error.status == 429:
        await exchange.wait(refused=True)
    return json_answer(error.body, error.status, error.headers)


async def generations(exchange: Exchange) -> web.StreamResponse:
    return await answer_errors(exchange, "generations")


async def edits(exchange: Exchange) -> web.StreamResponse:
    return await answer_errors(exchange, "edits")


async def list_models(exchange: Exchange) -> web.StreamResponse:
    try:
        find_key(exchange)
        exchange.take_fault()
    except Wrong as error:
        return json_answer(error.body, error.status, error.headers)
    return json_answer({"object": "list", "data": [{"id": name, "object": "model"} for name in NEWEST + OLDER]})


ROUTES: list[Route] = [
    ("POST", "/images/generations", generations),
    ("POST", "/images/edits", edits),
    ("GET", "/models", list_models),
]
