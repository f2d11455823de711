"""All things that can be drawn, and how to find one by the words in a text."""

from collections.abc import Iterator, Sequence
from functools import cache

from generation.providers.sketch.kinds import Thing
from generation.providers.sketch.things import (
    animals,
    buildings,
    furniture,
    kitchen,
    nature,
    people,
    stuff,
    vehicles,
    workshop,
)

THINGS: tuple[Thing, ...] = (
    *people.THINGS, *animals.THINGS, *nature.THINGS, *buildings.THINGS, *vehicles.THINGS,
    *furniture.THINGS, *kitchen.THINGS, *workshop.THINGS, *stuff.THINGS,
)  # fmt: skip

BY_NAME = {thing.name: thing for thing in THINGS}

IRREGULAR = {
    "man": "men", "woman": "women", "child": "children", "mouse": "mice", "goose": "geese", "sheep": "sheep",
        "fish": "fish",
    "ox": "oxen", "calf": "calves", "wolf": "wolves", "leaf": "leaves", "loaf": "loaves", "knife": "knives",
        "shelf": "shelves",
    "bookshelf": "bookshelves", "gentleman": "gentlemen", "fisherman": "fishermen", "wife": "wives",
        "snowman": "snowmen",
    "person": "persons", "trout": "trout", "salmon": "salmon", "scissors": "scissors", "pliers": "pliers",
}  # fmt: skip

LONGEST = 3
"""No name has more words than this."""


def plural(word: str) -> str:
    """The English plural of a word, near enough."""
    head, _, last = word.rpartition(" ")
    if last in IRREGULAR:
        many = IRREGULAR[last]
    elif last.endswith(("s", "x", "z", "ch", "sh")):
        many = last + "es"
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        many = last[:-1] + "ies"
    elif last in ("tomato", "potato", "hero", "volcano"):
        many = last + "es"
    else:
        many = last + "s"
    return f"{head} {many}".strip()


@cache
def _index() -> dict[str, tuple[Thing, bool]]:
    index: dict[str, tuple[Thing, bool]] = {}
    for thing in THINGS:
        for word in thing.words:
            index.setdefault(word, (thing, False))
    for thing in THINGS:
        for word in thing.words:
            index.setdefault(plural(word), (thing, True))
    return index


def find(words: Sequence[str]) -> tuple[Thing, bool, int] | None:
    """The thing named by the first of these words, whether in the plural, and how many words its name took."""
    for length in _lengths(len(words)):
        hit = _index().get(" ".join(words[:length]))
        if hit:
            return *hit, length
    return None


def _lengths(available: int) -> Iterator[int]:
    return iter(range(min(LONGEST, available), 0, -1))
