"""Which pictures go with a prompt, what is said of them, and which characters it speaks of. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from generation.models import Strategy
from generation.providers.base import Capabilities, ReferenceRole

MEANINGS = {
    ReferenceRole.PREVIOUS: "the picture before: keep its composition, camera and light where nothing else is said",
    ReferenceRole.DRAFT: "a draft of this very picture: keep its composition and its camera, not how it is drawn",
    ReferenceRole.STYLE: "take its style only, not what it shows",
    ReferenceRole.CONCEPT: "the finished thing, for its look only",
    ReferenceRole.MASK: "transparent where the picture before it may change",
}


@dataclass(frozen=True)
class Attached:
    """A picture that goes with a prompt. `who`: the character whose sheet it is; `sha256` is empty where the picture is
    still to be made."""

    role: ReferenceRole
    sha256: str
    who: str = ""

    @property
    def meaning(self) -> str:
        """What the model is told of it."""
        if self.role is ReferenceRole.CHARACTER:
            return f"what {self.who} looks like; take nothing else from it"
        return MEANINGS[self.role]


@dataclass(frozen=True)
class Place:
    """Where a picture stands. `previous`: sha256 of the picture it continues from, None where it starts anew; `draft`:
    of the draft's picture of the same step; `number`: how many stand before it in its chain."""

    previous: str | None = None
    draft: str = ""
    number: int = 0


def explain(attached: Sequence[Attached]) -> str:
    """Which picture is which, in their order. Nothing for the picture before where it comes alone: templates speak of
    it."""
    if [picture.role for picture in attached] == [ReferenceRole.PREVIOUS]:
        return ""
    return " ".join(f"Image {number}: {picture.meaning}." for number, picture in enumerate(attached, 1))


def asks_for_more(snapshot: Mapping[str, Any]) -> bool:
    """Whether pictures go along that runs had not before there were sheets, drafts and anchors."""
    return has_sheets(snapshot) or bool(snapshot.get("reanchor") or snapshot.get("keep_composition"))


def has_sheets(snapshot: Mapping[str, Any]) -> bool:
    return any(character["sheet"] for character in snapshot.get("characters", ()))


def named_characters(snapshot: Mapping[str, Any], texts: Iterable[str]) -> list[Mapping[str, Any]]:
    """Those that the texts name, as whole words and however they are capitalised."""
    characters = snapshot.get("characters", ())
    if not characters:
        return []
    told = "\n".join(texts)
    return [character for character in characters if _called(character["name"]).search(told)]


@lru_cache(maxsize=512)
def _called(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


def wanted(
    snapshot: Mapping[str, Any], strategy: str, characters: Iterable[Mapping[str, Any]], place: Place
) -> list[Attached]:
    """All pictures that should go with a prompt, those first that matter most: an engine takes as many as it can.

    A picture that continues goes by the one before it, and by style and concept again where it is an anchor; a
    chain's first and a single one go by style and concept; a cumulative one by neither.
    """
    sheets = [Attached(ReferenceRole.CHARACTER, who["sheet"], who["name"]) for who in characters if who["sheet"]]
    draft = [Attached(ReferenceRole.DRAFT, place.draft)] if place.draft else []
    if place.previous is not None:
        before = Attached(ReferenceRole.PREVIOUS, place.previous)
        return [before, *sheets, *draft, *(_look(snapshot) if is_anchor(snapshot, place) else ())]
    return [*draft, *(() if strategy == Strategy.CUMULATIVE else _look(snapshot)), *sheets]


def is_anchor(snapshot: Mapping[str, Any], place: Place) -> bool:
    """Whether a picture within a chain is shown the style once more, so that the series does not drift away."""
    every = snapshot.get("reanchor") or 0
    return every > 0 and place.number > 0 and place.number % every == 0


def _look(snapshot: Mapping[str, Any]) -> list[Attached]:
    roles = {
        ReferenceRole.STYLE: snapshot["style_reference"],
        ReferenceRole.CONCEPT: snapshot["concept_picture"],
    }
    return [Attached(role, sha256) for role, sha256 in roles.items() if sha256]


def taken(attached: Sequence[Attached], able: Capabilities) -> list[Attached]:
    """What an engine takes of them. One that paints over the picture it gets would paint over a sheet."""
    fitting = [picture for picture in attached if not (able.paints_over and picture.role is ReferenceRole.CHARACTER)]
    return fitting[: able.max_references]


def beyond_usual(attached: Iterable[Attached], place: Place) -> list[list[str]]:
    """Role and sha256 of those that a digest must name: the picture before and a first one's look are in it anyway."""
    usual = {ReferenceRole.PREVIOUS} if place.previous is not None else {ReferenceRole.STYLE, ReferenceRole.CONCEPT}
    return [[picture.role.value, picture.sha256] for picture in attached if picture.role not in usual]
