"""What a picture keeps of the one that it goes on from: its camera, its light, its place."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from generation.linting.told import Advice, Series, Told
from generation.linting.vocabulary import CAMERA, LIGHT, PLACES, TIME_CUES, stem, words_of


def camera(series: Series) -> Iterator[Advice]:
    """A picture that goes on from another keeps its camera."""
    yield from _differing(series, CAMERA, "camera", "")


def light(series: Series) -> Iterator[Advice]:
    """And its light; in a match cut the new scene brings its own, and in a jump cut time has passed."""
    yield from _differing(series, LIGHT, "light", "MJ")


def _differing(series: Series, kinds: Mapping[str, Mapping[str, str]], kind: str, anew: str) -> Iterator[Advice]:
    for chain in series.chains():
        said: dict[str, tuple[str, str, Told]] = {}
        for step in chain:
            now = spoken_of(kinds, step.text)
            before = {} if step.transition in anew else said
            for about, (value, words) in now.items():
                if about in before and before[about][0] != value:
                    yield _clash(kind, step, words, before[about])
            said |= {about: (value, words, step) for about, (value, words) in now.items()}


def _clash(kind: str, step: Told, words: str, before: tuple[str, str, Told]) -> Advice:
    _value, earlier, other = before
    return Advice(
        kind,
        (other.id, step.id),
        f"Step {step.label} says “{words}”, and step {other.label}, which its picture goes on from, “{earlier}”: a "
        f"picture keeps the {kind} of the one before. Let the words agree, or begin step {step.label} with a hard cut "
        "under “shots”.",
    )


def spoken_of(kinds: Mapping[str, Mapping[str, str]], text: str) -> dict[str, tuple[str, str]]:
    """Of each kind that a text speaks of: the value, and its words. One that says two things says neither."""
    found = {}
    for kind, values in kinds.items():
        said = [(value, match[0]) for value, pattern in values.items() if (match := _pattern(pattern).search(text))]
        if len(said) == 1:
            found[kind] = said[0]
    return found


@lru_cache(maxsize=64)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


def places(series: Series) -> Iterator[Advice]:
    """A change of place or time in a picture that is made from the one before."""
    for chain in series.chains():
        seen = places_in(chain[0].text)
        for step in chain[1:]:
            if step.breaks:
                seen = places_in(step.text)
                continue
            here, cue = place_of(step.text), time_cue(step.text)
            moved = here if seen and here.casefold() not in seen else ""
            if step.transition == "C" and (moved or cue):
                yield _moves(step, moved or cue)
            seen = {here.casefold()} if moved else seen


def _moves(step: Told, words: str) -> Advice:
    return Advice(
        "transition",
        (step.id,),
        f"Step {step.label} seems to change the place or the time (“{words}”), and its picture goes on from the one "
        "before. If it is another place, give it the transition H, D, F or W under “shots”; if only time has "
        "passed, J.",
    )


_HEADING = re.compile(r"^[^\S\n]*(?:INT|EXT|INT\s*/\s*EXT|I\s*/\s*E)\b[. ]+([^\n.–-]+)", re.MULTILINE)
_WHERE = re.compile(
    r"(?:^|(?<=[.!?]\s))(?:back )?(?:in|at|on|inside|outside|into) (?:the|a|an|his|her|their) "
    r"((?:[\w'-]+ ){0,2}?[\w'-]+)|^[^\S\n]*(?:the |an? |same )?((?:[\w'-]+ ){0,2}?[\w'-]+)\s*[:–—]",
    re.IGNORECASE | re.MULTILINE,
)


def place_of(text: str) -> str:
    """Where a text says that it is: a scene's heading, or a place at the beginning of a sentence; else ""."""
    heading = _HEADING.search(text)
    if heading:
        return heading[1].strip()
    words = (word for match in _WHERE.finditer(text) for word in words_of(match[1] or match[2]))
    return next((word for word in words if stem(word) in PLACES), "")


def places_in(text: str) -> set[str]:
    """All places that a text names; a scene's heading alone, where it has one."""
    heading = _HEADING.search(text)
    return {heading[1].strip().casefold()} if heading else {word for word in words_of(text) if stem(word) in PLACES}


def time_cue(text: str) -> str:
    """The words at a sentence's beginning that lead elsewhere or past a time."""
    cue = re.search(rf"(?:^|[.!?]\s+)({TIME_CUES}|back (?:at|in|on))\b", text, re.IGNORECASE)
    return cue[1] if cue else ""
