"""From a run's snapshot and a step's text to the prompt that is sent. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

_DOUBLE_STOP = re.compile(r"([.!?…])\.(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True)
class StepText:
    """What a prompt needs to know of a step: its number, title and its words in the run's style."""

    number: int
    title: str
    text: str


def chain_prompt(snapshot: Mapping[str, Any], step: StepText, total: int, *, continues: bool) -> str:
    """The prompt of a picture that starts from text (`continues` false) or from the picture before it."""
    return _render(snapshot, "next" if continues else "first", step, total)


def cumulative_prompt(snapshot: Mapping[str, Any], steps: Sequence[StepText], upto: int) -> str:
    """The prompt of the picture after the first `upto` steps, from text alone."""
    done, later = steps[:upto], steps[upto:]
    excluded = later if snapshot["project"]["name_future_steps"] else ()
    return _render(
        snapshot,
        "cumulative",
        done[-1],
        len(steps),
        steps="\n".join(f"{step.number}. {step.text}" for step in done),
        future=", ".join(step.title for step in excluded if step.title),
    )


def _render(snapshot: Mapping[str, Any], kind: str, step: StepText, total: int, **more: str) -> str:
    project = snapshot["project"]
    values = {
        "step": step.text,
        "number": str(step.number),
        "total": str(total),
        "title": project["title"],
        "description": project["description"],
        "materials": ", ".join(project["materials"][:5]),
        "concept": project["concept_prompt"],
        "look": snapshot["look"],
        "avoid": snapshot["avoid"],
        "steps": "",
        "future": "",
    } | more
    return fill(snapshot["templates"][kind], values)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fill the placeholders; a line all of whose placeholders are empty says nothing and is left out."""
    lines = (Template(line) for line in template.splitlines())
    kept = (line for line in lines if _says_something(line, values))
    text = "\n".join(line.safe_substitute(values) for line in kept)
    return _DOUBLE_STOP.sub(r"\1", text).strip()


def _says_something(line: Template, values: Mapping[str, str]) -> bool:
    names = line.get_identifiers()
    return not names or any(values.get(name, "").strip() for name in names)
