"""Google's Gemini API, as far as pictures go: `generateContent` and the list of models.

States of keys and accounts: "invalid", "expired" (400), "suspended", "leaked" (403), "quota_zero" (429 with a limit
of 0). Faults of its own: see `FAULTS`; "thoughts" are interim pictures before the real one.
"""

import base64
import binascii
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

SIDES = {"512": 512, "1K": 1024, "2K": 2048, "4K": 4096}
SIZES: Mapping[str, tuple[str, ...]] = {
    "gemini-2.5-flash-image": (),
    "gemini-3.1-flash-lite-image": ("1K",),
    "gemini-3.1-flash-image": ("512", "1K", "2K", "4K"),
    "gemini-3-pro-image": ("1K", "2K", "4K"),
    "gemini-nano-banana-2.1": ("1K",),
}
"""What `imageSize` may be; a model without any refuses the field."""
RATIOS = {"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"}
LONG_RATIOS = {"1:4", "4:1", "1:8", "8:1"}
MOST_REFERENCES = {"gemini-2.5-flash-image": 3}
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
FIELDS: Mapping[str, set[str]] = {
    "": {"contents", "generationConfig", "safetySettings", "systemInstruction", "continuationToken"},
    "contents": {"parts", "role"},
    "parts": {"text", "inlineData", "thought", "thoughtSignature"},
    "inlineData": {"mimeType", "data"},
    "safetySettings": {"category", "threshold"},
    "generationConfig": {
        "temperature", "topP", "topK", "seed", "candidateCount", "maxOutputTokens", "responseModalities",
        "imageConfig", "thinkingConfig",
    },
    "imageConfig": {"aspectRatio", "imageSize"},
    "thinkingConfig": {"includeThoughts", "thinkingLevel"},
}  # fmt: skip
METRIC = "generativelanguage.googleapis.com/generate_content_paid_tier_requests"


class Wrong(Exception):
    """The request is answered with this error."""

    def __init__(self, code: int, status: str, message: str, *details: object) -> None:
        super().__init__(message)
        self.code = code
        self.body = {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


def error_info(reason: str) -> dict[str, object]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}


def bad(message: str, *details: object) -> Wrong:
    return Wrong(400, "INVALID_ARGUMENT", message, *details)


def key_trouble(state: str, secret: str) -> Wrong | None:
    """Google quotes the key in some of these."""
    invalid = error_info("API_KEY_INVALID")
    return {
        "invalid": bad("API key not valid. Please pass a valid API key.", invalid),
        "expired": bad("API key expired. Please renew the API key.", invalid),
        "suspended": Wrong(
            403,
            "PERMISSION_DENIED",
            f"Permission denied: Consumer 'api_key:{secret}' has been suspended.",
            error_info("CONSUMER_SUSPENDED"),
        ),
        "leaked": Wrong(
            403, "PERMISSION_DENIED", "Your API key was reported as leaked. Please use another API key."
        ),
    }.get(state)  # fmt: skip


def too_many(model: str, limit: int, wait: float, *, daily: bool = False) -> Wrong:
    """Google floors the delay it tells, and tells one even where only tomorrow helps."""
    period = "Day" if daily else "Minute"
    violation = {
        "quotaMetric": METRIC,
        "quotaId": f"GenerateRequestsPer{period}PerProjectPerModel",
        "quotaDimensions": {"location": "global", "model": model},
        "quotaValue": str(limit),
    }
    return Wrong(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details. \n"
        f"* Quota exceeded for metric: {METRIC}, limit: {limit}, model: {model}\nPlease retry in {wait:.9f}s.",
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]},
        {"@type": "type.googleapis.com/google.rpc.Help", "links": []},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{math.floor(wait)}s"},
    )


def full_window(model: str, full: Full) -> Wrong:
    return too_many(model, full.rule.amount, 36.4 if full.daily else full.wait, daily=full.daily)


USAGE = {
    "promptTokenCount": 17,
    "candidatesTokenCount": 1120,
    "totalTokenCount": 1137,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 17}],
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}],
}
WORDS_ONLY = {"promptTokenCount": 17, "totalTokenCount": 17}


def candidate(finish: str, *parts: object) -> dict[str, object]:
    content: dict[str, object] = {"parts": list(parts), "role": "model"} if parts else {}
    return {"candidates": [{"content": content, "finishReason": finish, "index": 0}], "usageMetadata": WORDS_ONLY}


FAULTS: Mapping[str, object] = {
    "refusal": candidate("IMAGE_SAFETY"),
    "no_image": candidate("NO_IMAGE"),
    "text_only": candidate("STOP", {"text": "I would rather describe this picture."}),
    "blocked": {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": WORDS_ONLY},
    "continuation": candidate("CONTINUATION", {"text": "…"}) | {"continuationToken": "bW9yZQ=="},
    "empty": {},
    "rate_minute": lambda model, seconds: too_many(model, 15, seconds),
    "rate_bare": Wrong(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    "rate_day": lambda model, seconds: too_many(model, 250, 36.4, daily=True),
    "quota_zero": lambda model, seconds: too_many(model, 0, 36.4),
    "server_error": Wrong(500, "INTERNAL", "An internal error has occurred. Please retry or report in …"),
    "overloaded": Wrong(503, "UNAVAILABLE", "This model is currently experiencing high demand. Try again later."),
    "thoughts": None,
}
"""By kind: the body of a 200, an error, a function of the model and the fault's seconds that makes one, or None."""


def camel(value: Any) -> Any:
    """Google takes both spellings of a name."""
    if isinstance(value, dict):
        return {re.sub(r"_(\w)", lambda m: m[1].upper(), name): camel(item) for name, item in value.items()}
    return [camel(item) for item in value] if isinstance(value, list) else value


def check_names(name: str, value: Any) -> None:
    """Raise Wrong for a field that Google does not know."""
    for item in value if isinstance(value, list) else [value]:
        if name not in FIELDS or not isinstance(item, dict):
            continue
        for field, inner in item.items():
            if field not in FIELDS[name]:
                raise bad(f'Invalid JSON payload received. Unknown name "{field}": Cannot find field.')
            check_names(field, inner)


def read_body(exchange: Exchange) -> dict[str, Any]:
    try:
        body = camel(json.loads(exchange.body))
    except ValueError as error:
        raise bad("Invalid JSON payload received.") from error
    if not isinstance(body, dict) or not body.get("contents"):
        raise bad("* GenerateContentRequest.contents: contents is not specified")
    check_names("", body)
    return body


def check_size(model: str, image: Mapping[str, str]) -> None:
    ratios = RATIOS | LONG_RATIOS if model == "gemini-3.1-flash-image" else RATIOS
    if "aspectRatio" in image and image["aspectRatio"] not in ratios:
        raise bad(f"Invalid value at 'generation_config.image_config.aspect_ratio', \"{image['aspectRatio']}\"")
    if "imageSize" in image and image["imageSize"] not in SIZES[model]:
        raise bad(f"Invalid value at 'generation_config.image_config.image_size', \"{image['imageSize']}\"")


def read_reference(exchange: Exchange, inline: Mapping[str, str]) -> None:
    unable = bad("Unable to process input image. Please retry or report in …")
    try:
        data = base64.b64decode(inline["data"].replace("-", "+").replace("_", "/"), validate=True)
        with Image.open(io.BytesIO(data), formats=(FORMATS[inline["mimeType"]],)) as image:
            image.verify()
    except (binascii.Error, KeyError, OSError, SyntaxError) as error:
        raise unable from error
    exchange.saw_reference(data)


def read_request(exchange: Exchange, model: str) -> tuple[int, int]:
    """Fill in the log's entry; the size in pixels that is asked for. Raises Wrong."""
    body, entry = read_body(exchange), exchange.entry
    for part in (part for content in body["contents"] for part in content.get("parts", ())):
        if "inlineData" in part:
            read_reference(exchange, part["inlineData"])
        elif part.get("text"):
            entry.prompt = part["text"]
    if len(entry.references) > MOST_REFERENCES.get(model, 14):
        raise bad("Too many images in the request.")
    config = body.get("generationConfig", {})
    image = config.get("imageConfig", {})
    check_size(model, image)
    if not -(2**31) <= config.get("seed", 0) < 2**31:
        raise bad("Invalid value at 'generation_config.seed' (TYPE_INT32)")
    if "IMAGE" not in config.get("responseModalities", ()):
        raise bad("The simulator makes pictures only: responseModalities must hold IMAGE.")
    entry.seed, entry.size = config.get("seed"), image.get("imageSize", "")
    entry.facts = {"aspectRatio": image.get("aspectRatio", ""), "prompt_parts": len(body["contents"][0]["parts"])}
    return pixels(image.get("aspectRatio", "1:1"), SIDES[image.get("imageSize", "1K")])


def pixels(ratio: str, side: int) -> tuple[int, int]:
    """As many pixels as a square of this side has, in multiples of 16."""
    wide, high = (int(number) for number in ratio.split(":"))
    return tuple(max(16, round(side * math.sqrt(share) / 16) * 16) for share in (wide / high, high / wide))  # type: ignore[return-value]


def find_key(exchange: Exchange) -> Key:
    secret = exchange.request.headers.get("x-goog-api-key") or exchange.request.query.get("key", "")
    if not secret:
        raise Wrong(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers. Please use API Key.")
    key = exchange.key(secret)
    trouble = key_trouble(key.trouble if key else "invalid", secret)
    if key is None or trouble:
        raise trouble or AssertionError
    return key


def find_model(exchange: Exchange) -> str:
    info = exchange.request.match_info
    model, _, verb = info["call"].partition(":")
    exchange.entry.model = model
    if info["version"] not in ("v1", "v1beta") or model not in SIZES or verb not in ("", "generateContent"):
        raise Wrong(
            404,
            "NOT_FOUND",
            f"models/{model} is not found for API version {info['version']}, or is not supported for generateContent.",
        )
    return model


async def make(exchange: Exchange) -> web.Response:
    key = find_key(exchange)
    model = find_model(exchange)
    width, height = read_request(exchange, model)
    fault = exchange.take_fault()
    if key.trouble == "quota_zero":
        raise too_many(model, 0, 36.4)
    full = exchange.admit(key, input_images=len(exchange.entry.references))
    if full:
        raise full_window(model, full)
    answer = FAULTS.get(fault.kind) if fault else None
    if callable(answer):
        answer = answer(model, fault.seconds if fault else 0.0)
    if isinstance(answer, Wrong):
        return await turn_away(exchange, answer)
    await exchange.wait()
    return json_answer(answer) if answer is not None else picture_body(exchange, model, width, height)


def picture_body(exchange: Exchange, model: str, width: int, height: int) -> web.Response:
    picture = exchange.picture(width, height)
    inline = {"inlineData": {"mimeType": picture.content_type, "data": PICTURE}}
    parts: list[dict[str, object]] = [{"text": "Here is your picture."}, inline | {"thoughtSignature": "c2lnbmVk"}]
    if exchange.fault and exchange.fault.kind == "thoughts":
        interim = {"inlineData": {"mimeType": "image/png", "data": "aW50ZXJpbQ=="}}
        parts = [{"text": "Let me think.", "thought": True}, interim | {"thought": True}, *parts]
    body = candidate("STOP", *parts) | {"usageMetadata": USAGE, "modelVersion": model, "responseId": "simulated"}
    return picture_answer(body, picture)


async def generate(exchange: Exchange) -> web.StreamResponse:
    try:
        return await make(exchange)
    except Wrong as error:
        return await turn_away(exchange, error)


async def turn_away(exchange: Exchange, error: Wrong) -> web.Response:
    if error.code == 429:
        await exchange.wait(refused=True)
    return json_answer(error.body, error.code)


async def list_models(exchange: Exchange) -> web.StreamResponse:
    try:
        find_key(exchange)
        exchange.take_fault()
    except Wrong as error:
        return json_answer(error.body, error.code)
    return json_answer({"models": [{"name": f"models/{model}"} for model in SIZES]})


ROUTES: list[Route] = [
    ("POST", "/{version}/models/{call}", generate),
    ("GET", "/{version}/models", list_models),
]
