"""From a run's snapshot and a step's text to the prompt that is sent. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from string import Template
from typing import Any

_DOUBLE_STOP = re.compile(r"([.!?…])\.(?=\s|$)", re.MULTILINE)

FIRST, NEXT, CUMULATIVE = "first", "next", "cumulative"
"""The kinds of templates: for a picture from text, from the picture before, from the texts of all steps so far."""
TRANSITIONS = {
    "M": "This is a match cut, and goes before what is said above: another scene takes over the composition of the "
    "picture before. Camera, framing and the places of the main shapes stay; place, things and light are the new "
    "scene's own.",
    "J": "This is a jump cut: some time has passed. Place, camera and framing stay; only what has gone on meanwhile is "
    "different.",
}
"""By a step's transition: what stays and what changes from the picture before."""


@dataclass(frozen=True)
class StepText:
    """What a prompt needs to know of a step: its number, title and its words in the run's style, variables filled in.

    `whole`: the words are the whole prompt. `variables`: the values that hold for it, for templates that name them.
    """

    number: int
    title: str
    text: str
    whole: bool = False
    transition: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Beside:
    """What a prompt tells beside the step: which picture is which, and how those look whom it names."""

    references: str = ""
    characters: str = ""


NOTHING = Beside()


def chain_prompt(
    snapshot: Mapping[str, Any], step: StepText, total: int, *, continues: bool, beside: Beside = NOTHING
) -> str:
    """The prompt of a picture that starts from text (`continues` false) or from the picture before it."""
    transition = TRANSITIONS.get(step.transition, "") if continues else ""
    return _render(snapshot, NEXT if continues else FIRST, step, total, beside, transition=transition)


def cumulative_prompt(
    snapshot: Mapping[str, Any], steps: Sequence[StepText], upto: int, beside: Beside = NOTHING
) -> str:
    """The prompt of the picture after the first `upto` steps, from text alone."""
    done, later = steps[:upto], steps[upto:]
    excluded = later if snapshot["project"]["name_future_steps"] else ()
    return _render(
        snapshot,
        CUMULATIVE,
        done[-1],
        len(steps),
        beside,
        steps="\n".join(f"{step.number}. {step.text}" for step in done),
        future=", ".join(step.title for step in excluded if step.title),
    )


def looks(characters: Sequence[Mapping[str, Any]]) -> str:
    """Their names, with how they look."""
    told = (f"{who['name']}: {_unstopped(who['look'])}" for who in characters if who["look"].strip())
    return "; ".join(told)


def _unstopped(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def _render(snapshot: Mapping[str, Any], kind: str, step: StepText, total: int, beside: Beside, **more: str) -> str:
    """A template that does not say which picture is which is told it before everything else."""
    if step.whole:
        return step.text.strip()
    project, template = snapshot["project"], snapshot["templates"][kind]
    values = {
        **step.variables,
        "step": step.text,
        "number": str(step.number),
        "total": str(total),
        "title": project["title"],
        "description": project["description"],
        "materials": ", ".join(project["materials"][:5]),
        "concept": project["concept_prompt"],
        "look": snapshot["look"],
        "avoid": snapshot["avoid"],
        "references": beside.references,
        "characters": beside.characters,
        "transition": "",
        "steps": "",
        "future": "",
        **more,
    }
    filled = fill(template, values)
    before = "" if "references" in names_in(template) else beside.references
    return "\n".join(filter(None, (before, filled)))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fill the placeholders; a line all of whose placeholders are empty says nothing and is left out."""
    lines = (Template(line) for line in template.splitlines())
    kept = (line for line in lines if _says_something(line, values))
    text = "\n".join(line.safe_substitute(values) for line in kept)
    return _DOUBLE_STOP.sub(r"\1", text).strip()


def _says_something(line: Template, values: Mapping[str, str]) -> bool:
    names = line.get_identifiers()
    return not names or any(values.get(name, "").strip() for name in names)


@lru_cache(maxsize=256)
def names_in(template: str) -> frozenset[str]:
    """The placeholders and variables that a template names."""
    return frozenset(Template(template).get_identifiers())
