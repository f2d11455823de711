"""Words that say too little, too much, or nothing that anybody knows."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from generation import attaching
from generation.linting.told import Advice, Series, Told
from generation.linting.vocabulary import EMPTY, OBJECTS, PRONOUNS, SUBJECTS, words_of
from generation.models import Strategy
from storyboards import variables

FEW = 4
"""Letters of the shortest name that is looked for in other spellings."""
ALIKE = 0.8
_SENTENCE = re.compile(r"[.!?;:\n]+")


def pronouns(series: Series) -> Iterator[Advice]:
    """A cumulative prompt tells the steps before, so there “it” is clear."""
    for number, step in enumerate(series.steps):
        if (number == 0 or series.strategy != Strategy.CUMULATIVE) and says_only_pronouns(step.text):
            yield Advice(
                "pronouns",
                (step.id,),
                f"Step {step.label} names nothing but “{_first_pronoun(step.text)}” and the like, and whoever draws it "
                "reads no other step: say who or what it is.",
            )


def says_only_pronouns(text: str) -> bool:
    """Whether there is a pronoun and no thing: “Then she puts it there.”"""
    found = False
    for sentence in _SENTENCE.split(text):
        words = words_of(sentence)
        found = found or any(word in PRONOUNS for word in words)
        if any(_is_thing(words, at) for at in range(len(words))):
            return False
    return found


def _is_thing(words: Sequence[str], at: int) -> bool:
    """Neither an empty word nor, by its place, a verb: behind “she”, before “it”, behind another verb's “and”."""
    word = words[at]
    if word in EMPTY or word.endswith("ly"):
        return False
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    if before in SUBJECTS or after in OBJECTS:
        return False
    joined = before in ("and", "then") and at > 1 and not _is_thing(words, at - 2)
    command = at == 0 and after in EMPTY and after not in ("is", "are", "and")
    return not (joined or command)


def _first_pronoun(text: str) -> str:
    return next(word for word in words_of(text) if word in PRONOUNS)


def length(series: Series) -> Iterator[Advice]:
    long = [step for step in series.steps if len(step.prompt) > series.max_prompt]
    if long:
        worst = max(long, key=lambda step: len(step.prompt))
        yield Advice(
            "length",
            tuple(step.id for step in long),
            f"“{series.engine}” reads {series.max_prompt:,} characters, and the prompt of step {worst.label} has "
            f"{len(worst.prompt):,}: the rest may be lost or refused. {_shorter(series.strategy)}",
        )


def _shorter(strategy: str) -> str:
    if strategy == Strategy.CUMULATIVE:
        return "Write shorter steps, or choose “chained”: its prompts hold one step each."
    return "Write it shorter, or choose another engine."


def unknown_names(series: Series) -> Iterator[Advice]:
    """What looks like a variable and has no value goes to the model as it is written."""
    by_name: dict[str, list[Told]] = {}
    for step in series.steps:
        for name in variables.unknown(step.written, step.values or {}):
            by_name.setdefault(name, []).append(step)
    for name, steps in by_name.items():
        yield Advice(
            "unknown_name",
            tuple(step.id for step in steps),
            f"${name} has no value in {_listed(steps)}: it is sent as it is written. Give it one in the project’s "
            f"variables (“{name} = …”), or write $${name} if it is meant so.",
        )


def _listed(steps: Sequence[Told]) -> str:
    shown = ", ".join(step.label for step in steps[:5])
    more = f" and {len(steps) - 5} more" if len(steps) > 5 else ""
    return f"step {shown}{more}" if len(steps) == 1 else f"steps {shown}{more}"


# --- characters ------------------------------------------------------------------------------------------------------


def characters(series: Series) -> Iterator[Advice]:
    names = {who["name"].casefold() for who in series.characters}
    for who in series.characters:
        named = [step for step in series.steps if attaching.named_characters({"characters": [who]}, [step.text])]
        if named and not (who["look"].strip() or who["sheet"]):
            yield Advice(
                "character",
                tuple(step.id for step in named),
                f"{who['name']} is named in {_listed(named)} and has neither a look nor a sheet: each picture may show "
                "somebody else. Describe the character in the project.",
            )
        yield from _misspelt(series.steps, who["name"], names)


def _misspelt(steps: Sequence[Told], name: str, names: set[str]) -> Iterator[Advice]:
    """Names of one word, written with a capital, that are almost this one."""
    if len(name) < FEW or not name[:1].isupper() or " " in name:
        return
    for step in steps:
        spelt = next((word for word in _capitalised(step.text) if _almost(word, name, names)), "")
        if spelt:
            yield Advice(
                "character",
                (step.id,),
                f"Step {step.label} names “{spelt}”, and there is a character “{name}”: spelt otherwise, neither the "
                "look nor the sheet goes along. Write the same name everywhere.",
            )


def _capitalised(text: str) -> Iterable[str]:
    return (word for word in re.findall(r"[^\W\d_]+", text) if word[:1].isupper())


def _almost(word: str, name: str, names: set[str]) -> bool:
    if word.casefold() in names or len(word) < FEW or word.casefold() in (f"{name.casefold()}s",):
        return False
    return SequenceMatcher(None, word.casefold(), name.casefold()).ratio() >= ALIKE and word[0] == name[0]
