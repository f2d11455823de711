"""Later steps' words in a prompt. Models draw what is named, also where a text says that it comes later."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import takewhile

from generation.linting.told import Advice, Series, Told
from generation.linting.vocabulary import ADDING, EMPTY, GIVEN, INTRODUCING, MARKERS, stem, words_of
from generation.providers.sketch.words import PLAIN

SHOWS_NOTHING = EMPTY | PLAIN
ONE = ("a", "an", "another", "one")
_MARKED = re.compile(rf"\b{MARKERS}\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[.,!?;:\n()“”\"–—]+")


def later_words(series: Series) -> Iterator[Advice]:
    """Within a scene: behind a hard cut another world begins, where much is called the same."""
    if series.names_later and len(series.steps) > 1:
        yield _all_named(series)
    for scene in series.scenes():
        for number, step in enumerate(scene):
            named = _phrases_of_later(scene, number, series.about) or _things_of_later(scene, number)
            if named:
                yield _named(step, named)


def _all_named(series: Series) -> Advice:
    return Advice(
        "later_words",
        tuple(step.id for step in series.steps[:-1]),
        "The prompts name later steps as what must not be seen, because the project says so: models tend to draw what "
        "is named. Switch it off in the project unless you have seen that it helps.",
    )


def _named(step: Told, named: Sequence[tuple[str, str]]) -> Advice:
    listed = " and ".join(f"“{words}” (step {label})" for words, label in named[:3])
    return Advice(
        "later_words",
        (step.id,),
        f"The prompt of step {step.label} names what comes later: {listed}. Models tend to draw what is named: "
        "leave it out here.",
    )


def _phrases_of_later(scene: Sequence[Told], number: int, about: str) -> list[tuple[str, str]]:
    """Titles and texts of later steps that stand in this text word for word, and not in those before it; what the
    project says of itself is in every prompt, and meant to be."""
    text = scene[number].text.casefold()
    known = "\n".join([about, *(step.text for step in scene[:number])]).casefold()
    later = [(words, step.label) for step in scene[number + 1 :] for words in dict.fromkeys((step.title, step.text))]
    return [
        (words, label)
        for words, label in later
        if (sought := words.casefold().rstrip(".")) in text and _says_something(words) and sought not in known
    ]


def _says_something(words: str) -> bool:
    return len([word for word in words_of(words) if word not in EMPTY]) > 1


def _things_of_later(scene: Sequence[Told], number: int) -> list[tuple[str, str]]:
    """Things that this text speaks of although a later step brings them in: “a box for the lamp”, then “a lamp”."""
    own = scene[number]
    granted, foretold = granted_in(own.text), foretold_in(own.text)
    found: dict[str, str] = {}
    for later in scene[number + 1 :]:
        things = (granted & brought_in(later.text)) | (foretold & stems_of(later.text))
        found |= dict.fromkeys(things - found.keys(), later.label)
    known = GIVEN.union(brought_in(own.text), *(stems_of(step.text) for step in scene[:number])) if found else GIVEN
    return sorted((thing, label) for thing, label in found.items() if thing not in known)


@lru_cache(maxsize=2048)
def stems_of(text: str) -> frozenset[str]:
    return frozenset(map(stem, words_of(text)))


@lru_cache(maxsize=2048)
def brought_in(text: str) -> frozenset[str]:
    """Things that a text introduces: “a big lamp”, “three boats”, “add basil”."""
    return _heads_behind(text, lambda words, at: words[at] in INTRODUCING or (at == 0 and words[at] in ADDING))


@lru_cache(maxsize=2048)
def granted_in(text: str) -> frozenset[str]:
    """Things that a text speaks of as if they were known: “the lamp”, “room for lamps”."""
    return _heads_behind(text, lambda words, at: words[at] in ("the", "for"))


def _heads_behind(text: str, opens: Callable[[Sequence[str], int], bool]) -> frozenset[str]:
    found = set()
    for clause in _CLAUSE.split(text):
        words = words_of(clause)
        for at in range(len(words)):
            if opens(words, at):
                found.add(_head(words[at + 1 :], words[at]))
    return frozenset(found - {""})


def _head(words: Sequence[str], opener: str) -> str:
    """What a thing is called at the beginning of these words: the last before one that shows nothing, “the red lamp
    on …”; behind “a” there is no plural, so that “a red lamp hangs” ends with a verb."""
    start = 1 if words and words[0] in ("the", "a", "an", "some") else 0
    named = list(takewhile(lambda word: word not in EMPTY, words[start : start + 4]))
    while named and (named[-1] in PLAIN or (opener in ONE and named[-1].endswith("s") and len(named) > 1)):
        named.pop()
    return stem(named[-1]) if named else ""


@lru_cache(maxsize=2048)
def foretold_in(text: str) -> frozenset[str]:
    """What a clause names beside “later”, “will” and the like; one that begins with it tells what is now."""
    clauses = [clause for clause in map(str.strip, _CLAUSE.split(text)) if _MARKED.search(clause, 1)]
    words = {word for clause in clauses for word in words_of(clause) if word not in SHOWS_NOTHING}
    return frozenset(map(stem, words))
