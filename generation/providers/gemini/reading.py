"""From Gemini's answers to results and errors. Pure; any body at all ends in one of them."""

import re
from collections.abc import Mapping

from generation.errors import (
    EmptyAnswer,
    KeyRefused,
    MalformedAnswer,
    NoMoney,
    NoPicture,
    NotAllowed,
    PromptBlocked,
    ProviderError,
    RateLimited,
    Refused,
)
from generation.providers import answers
from generation.providers.base import ImageRequest, ImageResult
from generation.providers.redaction import redact
from generation.providers.refusals import refusal

POLICY = {
    "SAFETY",
    "PROHIBITED_CONTENT",
    "RECITATION",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "BLOCKLIST",
    "SPII",
}
"""Finish reasons that mean no, and will mean no again."""
_NOTHING_LEFT = re.compile(r"credits are depleted|spending cap|spend(ing)? limit", re.IGNORECASE)
_NOTHING_ALLOWED = re.compile(r"limit: 0(?![\d.])")
_WAIT = re.compile(r"retry in ([\d.]+)s")


def result(body: str | bytes, request: ImageRequest, secret: str) -> ImageResult:
    """The picture in the body of a 200. Raises a ProviderError where there is none."""
    if not body.strip():
        raise EmptyAnswer("Gemini answered with nothing at all.")
    answer = answers.parse(body)
    if not isinstance(answer, Mapping):
        raise MalformedAnswer("Gemini's answer has an unknown shape.")
    inline = _final_picture(answer)
    usage = _usage(answer, pictured=inline is not None)
    if inline is None:
        raise _no_picture(answer, usage, secret)
    return ImageResult(
        answers.picture(answers.text(inline, "data"), usage),
        answers.word(inline, "mimeType") or "image/png",
        answers.word(answer, "candidates", 0, "finishReason"),
        answers.word(answer, "modelVersion") or request.model,
        request.seed,
        usage=usage,
    )


def _parts(answer: object) -> list[object]:
    """What was answered, without what was thought before."""
    parts = answers.items(answer, "candidates", 0, "content", "parts")
    return [part for part in parts if not answers.dig(part, "thought")]


def _final_picture(answer: object) -> object:
    found = [answers.dig(part, "inlineData") for part in _parts(answer)]
    pictures = [inline for inline in found if answers.text(inline, "mimeType").startswith("image/")]
    return pictures[-1] if pictures else None


def _usage(answer: object, *, pictured: bool) -> dict[str, int]:
    """Details are by modality; what they leave out of the totals is text."""
    meta = answers.dig(answer, "usageMetadata")
    asked, made = answers.count(meta, "promptTokenCount"), answers.count(meta, "candidatesTokenCount")
    seen, drawn = _images(meta, "promptTokensDetails"), _images(meta, "candidatesTokensDetails")
    if pictured and not drawn:
        drawn = made
    return answers.counted(
        text_in=max(0, asked - seen),
        image_in=seen,
        text_out=max(0, made - drawn) + answers.count(meta, "thoughtsTokenCount"),
        image_out=drawn,
    )


def _images(meta: object, name: str) -> int:
    details = answers.items(meta, name)
    return sum(answers.count(row, "tokenCount") for row in details if answers.text(row, "modality") == "IMAGE")


def _no_picture(answer: object, usage: Mapping[str, int], secret: str) -> ProviderError:
    blocked = answers.word(answer, "promptFeedback", "blockReason")
    finish = answers.word(answer, "candidates", 0, "finishReason")
    said = redact(
        answers.text(answer, "candidates", 0, "finishMessage")
        or " ".join(answers.text(part, "text") for part in _parts(answer)),
        secret,
    )
    if blocked and not answers.items(answer, "candidates"):
        return PromptBlocked(f"Gemini blocks this prompt: {blocked}.", finish_reason=blocked, usage=usage)
    if finish in POLICY:
        return Refused(said or f"Gemini refuses this picture: {finish}.", finish_reason=finish, usage=usage)
    if said:
        return NoPicture(f"Gemini answered in words: “{said}”", finish_reason=finish, usage=usage)
    if finish in ("", "STOP"):
        return EmptyAnswer("Gemini answered with nothing at all.", finish_reason=finish, usage=usage)
    return NoPicture(f"Gemini made no picture: {finish}.", finish_reason=finish, usage=usage)


def error(status: int, body: str | bytes, secret: str) -> ProviderError:
    """What an answer other than 200 means."""
    root = answers.parse_or_none(body)
    answer = answers.dig(root, 0) if isinstance(root, list) else root
    said = redact(answers.text(answer, "error", "message"), secret)
    if status == 429:
        return _too_many(answer, said)
    if status == 400 and ("API_KEY_INVALID" in _reasons(answer) or said.startswith("API key")):
        return KeyRefused(f"Gemini refuses the key: {said}")
    if answers.text(answer, "error", "status") == "FAILED_PRECONDITION":
        return NotAllowed(f"Gemini: {said}")
    return refusal("Gemini", status, said)


def _reasons(answer: object) -> list[str]:
    return [answers.text(detail, "reason") for detail in answers.items(answer, "error", "details")]


def _too_many(answer: object, said: str) -> ProviderError:
    violations = [
        violation
        for detail in answers.items(answer, "error", "details")
        for violation in answers.items(detail, "violations")
    ]
    limits = [(answers.text(row, "quotaId"), answers.text(row, "quotaValue"), row) for row in violations]
    if _NOTHING_LEFT.search(said):
        return NoMoney(f"Gemini: {said}")
    if _NOTHING_ALLOWED.search(answers.text(answer, "error", "message")) or "0" in [value for _, value, _ in limits]:
        return NotAllowed("This account may not use this model at Gemini: its quota is 0.")
    daily = [row for quota, _, row in limits if "PerDay" in quota]
    named = daily or [row for _, _, row in limits]
    return RateLimited(
        "Gemini's quota for today is used up." if daily else "Too many requests for Gemini for now.",
        retry_after=_wait(answer),
        daily=bool(daily),
        amount=_amount(named),
    )


def _amount(violations: list[object]) -> int | None:
    """The smallest number of requests named; quotas of tokens say nothing of requests."""
    values = [answers.text(row, "quotaValue") for row in violations if "token" not in answers.text(row, "quotaMetric")]
    return min((int(value) for value in values if re.fullmatch(r"[0-9]{1,9}", value)), default=None)


def _wait(answer: object) -> float | None:
    """Seconds. Google floors the delay unless it has a fraction, and coming back on the floor means coming early."""
    delays = [answers.text(detail, "retryDelay") for detail in answers.items(answer, "error", "details")]
    delay = next((delay.removesuffix("s") for delay in delays if delay), "")
    told = answers.seconds(delay)
    if told is not None:
        return told if "." in delay else told + 1
    match = _WAIT.search(answers.text(answer, "error", "message"))
    return answers.seconds(match[1]) if match else None
