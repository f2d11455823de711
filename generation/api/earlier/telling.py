"""What one program of a style run has been told, and what there is to tell it now. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SKIPPED = "skipped"
DONE = ("complete", SKIPPED)
Told = dict[str, Any]


@dataclass(frozen=True)
class Beat:
    style: str
    number: str
    status: str = ""
    error: str = ""


@dataclass(frozen=True)
class Look:
    """How things stand. `whole`: `beats` are all there are, by frame; `held`: by style, why nothing of it starts."""

    whole: bool
    active: bool
    beats: Mapping[int, Beat]
    held: Mapping[str, str]


@dataclass
class Teller:
    """`had`: frames whose picture was there before the program came; `beats` and `held`: what it has been told."""

    had: frozenset[int]
    beats: dict[int, Beat] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)

    def tell(self, look: Look) -> Iterator[Told]:
        """What is new since the last look."""
        self._count(look)
        for pk, beat in look.beats.items():
            told = self._as_told(pk, beat)
            before = self.beats[pk].status
            if (before, told.status) == ("pending", "complete"):
                yield self._say(pk, replace(told, status="generating"))  # it was, while nobody looked
            if told.status != before:
                yield self._say(pk, told)
        for style in self.total:
            yield from self._hold(style, look.held.get(style, ""))

    def _count(self, look: Look) -> None:
        kept = {pk: beat for pk, beat in self.beats.items() if not look.whole or pk in look.beats}
        new = {pk: replace(beat, status="", error="") for pk, beat in look.beats.items() if pk not in kept}
        self.beats = kept | new
        self.total = Counter(beat.style for beat in self.beats.values())
        self.done = Counter(beat.style for beat in self.beats.values() if beat.status in DONE)

    def _as_told(self, pk: int, beat: Beat) -> Beat:
        skipped = beat.status == "complete" and pk in self.had and self.beats[pk].status in ("", SKIPPED)
        return replace(beat, status=SKIPPED) if skipped else beat

    def _say(self, pk: int, beat: Beat) -> Told:
        self.done[beat.style] += (beat.status in DONE) - (self.beats[pk].status in DONE)
        self.beats[pk] = beat
        return self._progress(beat, beat.error)

    def _hold(self, style: str, why: str) -> Iterator[Told]:
        """There is no word for a run that waits: its next beat says why it is still pending."""
        if why == self.held.get(style, ""):
            return
        self.held[style] = why
        waiting = (beat for beat in self.beats.values() if beat.style == style and beat.status == "pending")
        for beat in list(waiting)[:1]:
            yield self._progress(beat, why)

    def _progress(self, beat: Beat, error: str) -> Told:
        told = {
            "type": "progress",
            "style": beat.style,
            "beat_number": beat.number,
            "completed": self.done[beat.style],
            "total": self.total[beat.style],
            "status": beat.status,
        }
        return told | ({"error": error} if error else {})
