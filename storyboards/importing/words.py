"""The words people use for our fields, and what they write into them."""

import re
from decimal import Decimal, InvalidOperation

FIELD_WORDS = {
    "title": "title, name, heading, titel, panel, scene",
    "description": "description, text, details, instruction, instructions, action, beschreibung, prompt, ai prompt",
    "shot": "shot, shot number, shot no, einstellung",
    "beat": "beat, beat number, beat no",
    "transition": "transition, transition type, cut, übergang",
    "script_phrase": "script phrase, script, phrase, narration, voice over, voiceover",
    "dialogue": "dialogue, dialog, speech, says, sprechtext",
    "duration": "duration, seconds, length, dauer, time",
    "variables": "variables, variablen",
}
NUMBER_WORDS = {"number", "no", "nr", "nummer", "position", "order", "index", "step number", "step no"}
STEP_WORDS = {"step", "steps", "schritt", "schritte"}

_FIELDS = {word: name for name, words in FIELD_WORDS.items() for word in words.split(", ")}
TRANSITION_WORDS = {
    "C": "c, continues, continue, continued, continuous",
    "M": "m, match cut, match, match on action, graphic match",
    "J": "j, jump cut, jump, time jump",
    "H": "h, hard cut, hard, cut, cut to, smash cut",
    "D": "d, dissolve, dissolves, dissolve to, cross dissolve, crossfade, cross fade",
    "F": "f, fade, fade in, fade out, fade to, fade to black, fade to white, fade through black, fade from black",
    "W": "w, wipe, wipe to, wipe left, wipe right",
}
_TRANSITIONS = {"": "C"} | {word: sign for sign, words in TRANSITION_WORDS.items() for word in words.split(", ")}
_SIGNS = ", ".join(f"{sign} {words.split(', ')[1]}" for sign, words in TRANSITION_WORDS.items())
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2}(?:[.,]\d+)?)")
_SECONDS = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:s|sec|secs|second|seconds|sekunden)?\.?", re.IGNORECASE)
_LONGEST = Decimal(99_999)


def plain_word(text: str) -> str:
    """How a heading or column is looked up: `Shot_Number:` and `shot number` are the same word."""
    return " ".join(re.sub(r"[\W_]+", " ", text.replace("#", " number ")).lower().split())


def field_of(word: str) -> str | None:
    """Our field that a column or label means."""
    return _FIELDS.get(plain_word(word))


def read_transition(text: str) -> str:
    """One of the seven letters. Raises ValueError with words for people."""
    try:
        return _TRANSITIONS[plain_word(text)]
    except KeyError:
        raise ValueError(f"“{shorten(text)}” is no transition. There is: {_SIGNS}.") from None


def read_duration(text: str) -> Decimal | None:
    """Seconds from “3”, “3,5 s” or “1:20”; None from nothing. Raises ValueError with words for people."""
    if not text.strip():
        return None
    seconds = _seconds(text.strip())
    if seconds is None or seconds > _LONGEST:
        raise ValueError(f"“{shorten(text)}” is no duration: write seconds, like 3.5, or 1:20.")
    return seconds.quantize(Decimal("0.01"))


def _seconds(text: str) -> Decimal | None:
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, rest = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + Decimal(rest.replace(",", "."))
    number = _SECONDS.fullmatch(text)
    try:
        return Decimal(number[1].replace(",", ".")) if number else None
    except InvalidOperation:
        return None


def unknown_style(slug: str, styles: list[str]) -> str:
    return f"There is no style “{shorten(slug)}”. There is: {', '.join(styles) or 'none yet'}."


def shorten(text: str, most: int = 40) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"
