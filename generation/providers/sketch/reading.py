"""Reads a text as a draughtsman does: which things, how many, of which colour, where, and what cannot be drawn."""

import re
from dataclasses import dataclass, replace

from generation.providers.sketch.catalogue import LONGEST, find
from generation.providers.sketch.kinds import Place, Thing
from generation.providers.sketch.words import (
    COLOURS,
    DETERMINERS,
    DOUBTFUL,
    MORE,
    NIGHT,
    NOT,
    NUMBERED,
    NUMBERS,
    PLAIN,
    RELATIONS,
    SETTING_OF,
    UNITS,
)

MOST = 12
"""More of one kind are not drawn at once, whatever the text says."""

_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’-][^\W\d_]+)*|[.,;:!?()\n]")
_REACH = 4  # how many words a number or colour may stand before its thing


@dataclass(frozen=True)
class Mention:
    """A thing in a text. `more` means beside those already there; `relation` is to the thing named `other`."""

    thing: Thing
    count: int
    more: bool = False
    colour: str = ""
    relation: str = ""
    other: str = ""


@dataclass(frozen=True)
class Reading:
    """A text, understood. `settings` counts hints at a backdrop; `unknown` are key words that nothing was drawn for."""

    mentions: tuple[Mention, ...]
    unknown: tuple[str, ...]
    settings: tuple[str, ...]
    night: bool


def read(text: str) -> Reading:
    """Any text, however long; scripts other than Latin come out as unknown words."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.raw = _TOKEN.findall(text)
        self.tokens = [token.lower().replace("’", "'").removesuffix("'s") for token in self.raw]
        self.mentions: list[Mention] = []
        self.ends: list[int] = []  # the token after each mention
        self.loose: list[str] = []  # words that are no part of a thing's name
        self.strangers: list[tuple[int, int]] = []  # (how much it sounds like a thing, token)
        self.worn: set[int] = set()  # the tokens of "in blue", which belong to the thing before them
        self.forget()

    def forget(self) -> None:
        self.count, self.colour, self.more, self.age = 0, "", False, 0

    def read(self) -> Reading:
        at = 0
        while at < len(self.tokens):
            at += self.step(at)
        self.link()
        settings = tuple(SETTING_OF[word] for word in self.loose if word in SETTING_OF)
        return Reading(tuple(self.mentions), self.key_words(), settings, not NIGHT.isdisjoint(self.tokens))

    def step(self, at: int) -> int:
        """Take in the word at a place; returns how many were used."""
        token = self.tokens[at]
        if not token[0].isalnum():
            self.forget()
            return 1
        hit = find(self.tokens[at : at + LONGEST])
        if hit and self.believable(at, hit[2]):
            self.note(hit[0], hit[1], at, hit[2])
            return hit[2]
        self.take_in(at)
        return 1

    def believable(self, at: int, length: int) -> bool:
        if NOT.intersection(self.tokens[max(0, at - 2) : at]):
            return False
        word = self.tokens[at]
        if length > 1 or DOUBTFUL.isdisjoint((word, word.removesuffix("s"), word.removesuffix("es"))):
            return True
        before = self.tokens[at - 1] if at else ""
        return before in DETERMINERS or before in COLOURS or before in NUMBERS or before.isdigit() or bool(self.count)

    def note(self, thing: Thing, plural: bool, at: int, length: int) -> None:
        count = self.count or (thing.many if plural else 1)
        if not plural and self.tokens[at] not in ("sheep", "fish"):
            count = 1
        colour = self.colour or self.colour_behind(at + length)
        self.mentions.append(Mention(thing, min(count, MOST), self.more, colour))
        self.ends.append(at + length)
        self.forget()

    def colour_behind(self, at: int) -> str:
        """The colour in "the door is red"."""
        if self.tokens[at : at + 1] and self.tokens[at] in ("is", "are", "was", "were", "in"):
            following = self.tokens[at + 1 : at + 2]
            behind = self.tokens[at + 2 : at + 3]
            if following and following[0] in COLOURS and not (behind and find(behind)):
                self.worn.update((at, at + 1))
                return COLOURS[following[0]]
        return ""

    def take_in(self, at: int) -> None:
        if at in self.worn:
            return
        token = self.tokens[at]
        self.loose.append(token)
        self.age += 1
        if self.age > _REACH:
            self.forget()
        if token in COLOURS:
            self.colour = COLOURS[token]
        elif token in MORE:
            self.more = True
        elif token.isdigit() or token in NUMBERS:
            self.number(at)
        elif token in UNITS:
            self.count = 0
        elif token not in PLAIN and token not in SETTING_OF:
            self.strangers.append((self.sounds_like_a_thing(at), at))
            return
        self.age = 0 if self.count or self.colour or self.more else self.age

    def number(self, at: int) -> None:
        token = self.tokens[at]
        if at and self.tokens[at - 1] in NUMBERED:
            return
        value = NUMBERS[token] if token in NUMBERS else int(token[:4])
        if value > 1 or not self.count:
            self.count = value

    def sounds_like_a_thing(self, at: int) -> int:
        token, raw = self.tokens[at], self.raw[at]
        if not token.isascii():
            return 3
        if len(token) < 3 or token.endswith(("ly", "ing", "ed", "n't")):
            return 0
        before = self.tokens[at - 1] if at else "."
        score = 3 if before in DETERMINERS or before in COLOURS or before in NUMBERS or before.isdigit() else 0
        if raw[0].isupper() and before[0].isalnum():
            score += 3
        if before in PLAIN and before in ("of", "with", "into", "to", "for", "from"):
            score += 2
        if self.strangers and self.strangers[-1] == (max(3, self.strangers[-1][0]), at - 1) and not token.endswith("s"):
            score += 3  # the second half of "flange gasket"
        return score + (1 if len(token) > 5 else 0)

    def key_words(self) -> tuple[str, ...]:
        """Up to three words for a label, in the order of the text: sure things only, if anything else was drawn."""
        enough = 3 if self.mentions else 0
        best = sorted((score, -at) for score, at in self.strangers if score >= enough)[::-1]
        kept: list[str] = []
        for place in sorted(-place for _, place in best[:9]):
            word = self.raw[place]
            if word.lower() not in (other.lower() for other in kept):
                kept.append(word)
        return tuple(kept[:3])

    def link(self) -> None:
        """Find "the cup on the table": a relation word between two things, with no third between them."""
        for index in range(len(self.mentions) - 1):
            start, stop = self.ends[index], self.ends[index + 1]
            relation = self.relation(start, stop)
            other = self.mentions[index + 1].thing
            possible = _possible(relation, other)
            if possible and other is not self.mentions[index].thing:
                self.mentions[index] = replace(self.mentions[index], relation=possible, other=other.name)

    def relation(self, start: int, stop: int) -> str:
        """The relation word between two things; the second begins among the tokens after `stop` - 1."""
        between = [token for at, token in enumerate(self.tokens[: stop - 1]) if at >= start and at not in self.worn]
        if {".", ";", "and", "through", "from"}.intersection(between):
            return ""
        for back, word in enumerate(reversed(between)):
            if word in RELATIONS:
                return RELATIONS[word]
            if back > 3 or word == "," or word in SETTING_OF:
                return ""
        return ""


def _possible(relation: str, other: Thing) -> str:
    """What can be drawn of a relation: nobody stands on the sun, and who is in a house is drawn before it."""
    if other.place in (Place.SKY, Place.FAR):
        return ""
    if relation == "in":
        return "on" if other.place is Place.SMALL or other.top is not None or other.name == "boat" else "front"
    return relation
