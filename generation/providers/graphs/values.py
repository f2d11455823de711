"""What graphs are made of, and how values from an engine's options are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from generation.errors import InvalidRequest

Node = dict[str, Any]
Graph = dict[str, Node]
Link = list[Any]
"""`[node id, output number]`"""


@dataclass(frozen=True)
class Wanted:
    """One picture, as far as a graph must know: sizes in pixels, `pictures` and `mask` as the server's file names."""

    prompt: str
    width: int
    height: int
    seed: int
    pictures: tuple[str, ...] = ()
    mask: str = ""
    model: str = ""
    """The engine's model: a file name, or a word that tells nothing about files."""


def is_link(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and _is_whole(value[1])


def number(name: str, value: object, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InvalidRequest(f"“{name}” must be a number from {least:g} to {most:g}, not {value!r:.60}.")
    return float(value)


def whole(name: str, value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or not _is_whole(value) or not least <= value <= most:
        raise InvalidRequest(f"“{name}” must be a whole number from {least} to {most}, not {value!r:.60}.")
    return value


def one_of(name: str, value: object, allowed: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise InvalidRequest(f"“{name}” must be one of {', '.join(allowed)}, not {value!r:.60}.")
    return value


def word(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidRequest(f"“{name}” must be a name, not {value!r:.60}.")
    return value.strip()


def file(name: str, value: object) -> str:
    """A file's name below the server's model folder; folders between are divided by “/”."""
    path = word(name, value)
    if path.startswith("/") or "\\" in path or ".." in path.split("/"):
        raise InvalidRequest(f"“{name}” must be a file below the server's model folder, not {value!r:.60}.")
    return path


def https_address(name: str, value: object) -> str:
    """An address that starts with https://, or nothing."""
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or urlsplit(value).scheme != "https" or not urlsplit(value).hostname:
        raise InvalidRequest(f"“{name}” must be an address that starts with https://.")
    return value


def mapping(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InvalidRequest(f"“{name}” must be a JSON object, not {value!r:.60}.")
    return value


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
