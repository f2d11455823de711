"""From OpenAI's answers to results and errors. Pure; any body at all ends in one of them."""

import re
from collections.abc import Mapping

from generation.errors import (
    EmptyAnswer,
    MalformedAnswer,
    NoMoney,
    NoPicture,
    NotAllowed,
    ProviderError,
    RateLimited,
    Refused,
)
from generation.providers import answers
from generation.providers.base import ImageRequest, ImageResult
from generation.providers.redaction import redact
from generation.providers.refusals import refusal

NO_MONEY = {"insufficient_quota", "billing_hard_limit_reached", "project_spend_limit_exceeded"}
POLICY = {"moderation_blocked", "content_policy_violation"}
TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif", "svg": "image/svg+xml"}
_VIOLATIONS = re.compile(r"safety_violations=\[([^\]]*)\]")
_RIGHTS = re.compile(r"verif|access to (the )?model", re.IGNORECASE)
_LIMIT = re.compile(r"on ([\w-]+) per (\w+)[^:]*: Limit:? ?([\d,]+)")
_AGAIN = re.compile(r"try again in ((?:[\d.]+(?:ms|[dhms]) ?)+)")
_DURATION = re.compile(r"([\d.]+)(ms|[dhms])")
_IN_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def result(body: str | bytes, request: ImageRequest, secret: str) -> ImageResult:
    """The picture in the body of a 200. Raises a ProviderError where there is none."""
    if not body.strip():
        raise EmptyAnswer("OpenAI answered with nothing at all.")
    answer = answers.parse(body)
    if not isinstance(answers.dig(answer, "data"), list):
        raise MalformedAnswer("OpenAI's answer has an unknown shape.")
    usage = _usage(answer)
    if not answers.items(answer, "data"):
        raise EmptyAnswer("OpenAI answered without a picture.", usage=usage)
    encoded = answers.text(answer, "data", 0, "b64_json")
    if not encoded:
        said = redact(answers.text(answer, "data", 0, "revised_prompt"), secret)
        raise NoPicture(
            f"OpenAI answered in words: “{said}”" if said else "OpenAI's answer holds no picture.", usage=usage
        )
    content_type = TYPES.get(answers.text(answer, "output_format"), "image/png")
    return ImageResult(answers.picture(encoded, usage), content_type, "", request.model, None, usage=usage)


def _usage(answer: object) -> dict[str, int]:
    usage = answers.dig(answer, "usage")
    asked, made = answers.count(usage, "input_tokens"), answers.count(usage, "output_tokens")
    seen = answers.count(usage, "input_tokens_details", "image_tokens")
    said = answers.count(usage, "output_tokens_details", "text_tokens")
    return answers.counted(
        text_in=max(0, asked - seen), image_in=seen, text_out=said, image_out=max(0, made - said)
    )  # fmt: skip


def error(status: int, body: bytes, headers: Mapping[str, str], secret: str) -> ProviderError:
    """What an answer other than 200 means. `headers` by lower-case name."""
    answer = answers.parse_or_none(body)
    told = answers.text(answer, "error", "message")
    said = redact(told, secret)
    names = {answers.text(answer, "error", "code"), answers.text(answer, "error", "type")}
    if names & NO_MONEY:
        return NoMoney(f"The account has no money left at OpenAI: {said}")
    if names & POLICY:
        return _refused(told, said, answers.word(answer, "error", "code"))
    if status == 429:
        return _too_many(told, headers)
    if status == 403 and _RIGHTS.search(told):
        return NotAllowed(f"This account may not use this model at OpenAI: {said}")
    return refusal("OpenAI", status, said, retry_after=answers.retry_after(headers))


def _refused(told: str, said: str, code: str) -> Refused:
    """The finish reason is what the picture would have violated, as far as OpenAI tells."""
    match = _VIOLATIONS.search(told)
    violations = redact(match[1])[:60] if match else ""
    return Refused(f"OpenAI refuses this picture: {said}", finish_reason=violations or code)


def _too_many(told: str, headers: Mapping[str, str]) -> ProviderError:
    match = _LIMIT.search(told)
    name, period, number = match.groups() if match else ("", "", "")
    amount = int(number.replace(",", "")[:9] or 0) if match else None
    if amount == 0:
        return NotAllowed("This account may not use this model at OpenAI: its limit is 0.")
    daily = period == "day"
    return RateLimited(
        "OpenAI's limit for today is reached." if daily else "Too many requests for OpenAI for now.",
        retry_after=_wait(told, headers),
        daily=daily,
        amount=None if name == "tokens" else amount,
        unit="input_images" if name == "input-images" else "requests",
    )


def _wait(told: str, headers: Mapping[str, str]) -> float | None:
    """Seconds; milliseconds are the most exact that OpenAI says."""
    exact = answers.seconds(headers.get("retry-after-ms", ""))
    if exact is not None:
        return exact / 1000
    whole = answers.retry_after(headers)
    match = _AGAIN.search(told)
    return whole if whole is not None or not match else _duration(match[1])


def _duration(said: str) -> float | None:
    """Seconds of "240ms", "12s" or "1m30s"."""
    parts = [(answers.seconds(number), _IN_SECONDS[unit]) for number, unit in _DURATION.findall(said)]
    known = [number * unit for number, unit in parts if number is not None]
    return min(sum(known), answers.LONGEST_WAIT) if known else None
