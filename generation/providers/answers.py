"""Reading answers of unknown shape. No vendor is trusted: what is not there, or of another type, is empty."""

import binascii
import json
import math
import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from generation.errors import BadPicture, EmptyAnswer, MalformedAnswer
from generation.providers.redaction import redact

MOST_COUNTED = 2**31 - 1
"""What a database column of whole numbers holds."""
LONGEST_WAIT = 7 * 86_400.0
SIGNATURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "image/gif": re.compile(rb"GIF8[79]a"),
}
_URL_SAFE = str.maketrans("-_", "+/")


def parse(body: str | bytes) -> object:
    """The JSON value. Raises MalformedAnswer."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedAnswer("The answer is cut off or garbled: it is no JSON.") from None


def parse_or_none(body: str | bytes) -> object:
    """The JSON value of an error's body, None where a gateway answered with something else."""
    try:
        return parse(body)
    except MalformedAnswer:
        return None


def dig(value: object, *path: str | int) -> object:
    """What lies at the end of the path, None where there is no such way."""
    for step in path:
        if isinstance(value, Mapping) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def items(value: object, *path: str | int) -> list[Any]:
    """The list at the end of the path, empty where there is none."""
    found = dig(value, *path)
    return found if isinstance(found, list) else []


def mapping(value: object, *path: str | int) -> Mapping[str, Any]:
    """The JSON object at the end of the path, empty where there is none."""
    found = dig(value, *path)
    return found if isinstance(found, Mapping) else {}


def text(value: object, *path: str | int) -> str:
    """The text at the end of the path, as it came; empty where there is none."""
    found = dig(value, *path)
    return found if isinstance(found, str) else ""


def word(value: object, *path: str | int) -> str:
    """A vendor's short word for something, fit for a column of 60 characters."""
    return redact(text(value, *path))[:60]


def count(value: object, *path: str | int) -> int:
    """The number at the end of the path, 0 where there is none: whole, not negative, no larger than a column takes."""
    found = dig(value, *path)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return 0
    return max(0, min(int(found), MOST_COUNTED))


def counted(**usage: int) -> dict[str, int]:
    """Usage without what was not counted."""
    return {name: number for name, number in usage.items() if number}


def seconds(said: str) -> float | None:
    """A wait in seconds, None where the text is no number that makes sense."""
    try:
        wait = float(said)
    except ValueError:
        return None
    return wait if 0 <= wait <= LONGEST_WAIT else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the header of this name asks for, by a number or a date to come. `headers` by lower-case name."""
    said = headers.get("retry-after", "").strip()
    try:
        wait = float(said)
    except ValueError:
        return _seconds_until(said)
    return max(0.0, wait) if abs(wait) <= LONGEST_WAIT else None


def _seconds_until(date: str) -> float | None:
    try:
        wait = (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return wait if 0 <= wait <= LONGEST_WAIT else None


def picture(encoded: str, usage: Mapping[str, int]) -> bytes:
    """The bytes of base64 in either alphabet. Raises MalformedAnswer or EmptyAnswer."""
    try:
        data = b64decode(encoded.translate(_URL_SAFE) if "-" in encoded or "_" in encoded else encoded, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedAnswer("The picture in the answer is garbled: it is no base64.", usage=usage) from None
    if not data:
        raise EmptyAnswer("The picture in the answer is empty.", usage=usage)
    return data


def content_type_of(data: bytes) -> str:
    """What the picture's first bytes say it is: servers' headers and file names are often wrong. Raises BadPicture."""
    for content_type, signature in SIGNATURES.items():
        if signature.match(data):
            return content_type
    raise BadPicture("What came back is no picture.")
