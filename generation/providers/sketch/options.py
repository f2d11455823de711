"""The options of an engine that rehearses: how long pictures take, and what goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from generation.errors import InvalidRequest

LONGEST_WAIT = 600.0


@dataclass(frozen=True)
class RateLimit:
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: float


@dataclass(frozen=True)
class Options:
    """All options of `sketch`; each may be left out.

    `seconds` (0 … 600): how long a picture takes. `photographic`: noise, so that a picture weighs what a photo does.
    Lists of words looked for in the newest text: `fail_words` (the provider is unavailable), `refuse_words` (policy),
    `no_picture_words` (an answer without picture), `timeout_words` (no answer). `fail_first`: the first attempts of
    each picture fail. `rate_limit`: {"calls": n, "window": seconds}, a sliding window of this process.
    """

    seconds: float = 0.0
    photographic: bool = False
    fail_words: tuple[str, ...] = ()
    refuse_words: tuple[str, ...] = ()
    no_picture_words: tuple[str, ...] = ()
    timeout_words: tuple[str, ...] = ()
    fail_first: int = 0
    rate_limit: RateLimit | None = None


NAMES = tuple(field.name for field in fields(Options))


def parse(options: Mapping[str, object]) -> Options:
    """The options of an engine. Raises InvalidRequest, in words for staff, for one that makes no sense."""
    for name in options:
        if name not in NAMES:
            raise InvalidRequest(f"Unknown option “{name}”. Sketch knows: {', '.join(NAMES)}.")
    return Options(
        seconds=_number("seconds", options.get("seconds", 0.0)),
        photographic=_yes_or_no("photographic", options.get("photographic", False)),
        fail_words=_words("fail_words", options),
        refuse_words=_words("refuse_words", options),
        no_picture_words=_words("no_picture_words", options),
        timeout_words=_words("timeout_words", options),
        fail_first=_whole("fail_first", options.get("fail_first", 0), 0, 1000),
        rate_limit=_rate_limit(options.get("rate_limit")),
    )


def _number(name: str, value: object, least: float = 0.0, most: float = LONGEST_WAIT) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InvalidRequest(f"“{name}” must be a number from {least:g} to {most:g}, not {value!r:.60}.")
    return float(value)


def _whole(name: str, value: object, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidRequest(f"“{name}” must be a whole number from {least} to {most}, not {value!r:.60}.")
    return value


def _yes_or_no(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidRequest(f"“{name}” must be true or false, not {value!r:.60}.")
    return value


def _words(name: str, options: Mapping[str, object]) -> tuple[str, ...]:
    value = options.get(name, ())
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) and word.strip() for word in value):
        raise InvalidRequest(f"“{name}” must be a list of words, not {value!r:.60}.")
    return tuple(str(word).strip().casefold() for word in value)


def _rate_limit(value: object) -> RateLimit | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"calls", "window"}:
        raise InvalidRequest(f"“rate_limit” must have “calls” and “window” and nothing else, not {value!r:.60}.")
    calls = _whole("rate_limit.calls", value["calls"], 1, 100_000)
    return RateLimit(calls, _number("rate_limit.window", value["window"], 0.01, 86_400))
