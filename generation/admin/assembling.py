"""The prompts that a style's templates come to, from values that nobody has saved yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from generation import attaching, planning, prompts
from generation.attaching import Attached
from generation.inputs import own_words
from generation.models import Engine
from generation.prompts import Beside, StepText
from generation.providers.base import ReferenceRole
from storyboards import variables
from storyboards.models import Project, StepPrompt, Style

LOOKED_AT = 3
"""Steps: enough to see the first, the next and all so far."""
SAMPLE_STEPS = (
    ("Saw the boards", "Mia saws two wooden boards on a workbench."),
    ("Nail the walls", "Mia nails the boards together; they are the walls of a bird house now."),
    ("Paint it", "The bird house is painted red."),
)
SAMPLE_PROJECT = {
    "title": "Bird house",
    "description": "A bird house from two boards.",
    "materials": ["two boards", "nails", "red paint"],
    "concept_prompt": "A small red bird house on a pole",
    "name_future_steps": True,
}
MIA = {"name": "Mia", "look": "a girl of ten in a blue apron", "sheet": None}
BEFORE = Attached(ReferenceRole.PREVIOUS, "")
REFERENCE = Attached(ReferenceRole.STYLE, "")


@dataclass(frozen=True)
class Assembled:
    """`kind`: which template it is of; `about`: of what kind of picture."""

    kind: str
    about: str
    prompt: str


def assemble(style: Style, project: Project | None) -> list[Assembled]:
    """One prompt of each template: of this project's first steps, else of a sample. Nothing is stored."""
    snapshot = _of_sample(style) if project is None else planning.snapshot(project, style, Engine())
    steps = _sample_steps(style) if project is None else _steps_of(project, style)
    if not steps:
        return []
    second = steps[1] if len(steps) > 1 else steps[0]
    look = [REFERENCE] if style.reference_picture_id else []
    first_of_chain = prompts.chain_prompt(
        snapshot, steps[0], len(steps), continues=False, beside=_beside(snapshot, steps[:1], look)
    )
    following = prompts.chain_prompt(
        snapshot, second, len(steps), continues=True, beside=_beside(snapshot, [second], [BEFORE, *look])
    )
    upto = min(2, len(steps))
    so_far = prompts.cumulative_prompt(snapshot, steps, upto, _beside(snapshot, steps[:upto], []))
    return [
        Assembled("First", "of a chain, and single ones; from text and the style’s reference", first_of_chain),
        Assembled("Next", "from the picture before, with the style shown again where there is a reference", following),
        Assembled("Cumulative", "from the texts of the first two steps", so_far),
    ]


def _beside(snapshot: dict[str, Any], steps: Sequence[StepText], along: Sequence[Attached]) -> Beside:
    named = attaching.named_characters(snapshot, [step.text for step in steps])
    return Beside(attaching.explain(along), prompts.looks(named))


def _of_sample(style: Style) -> dict[str, Any]:
    return {
        "templates": style.templates(),
        "look": style.look,
        "avoid": style.avoid,
        "project": SAMPLE_PROJECT,
        "characters": [MIA],
    }


def _sample_steps(style: Style) -> list[StepText]:
    values = variables.of_step(style.variables, "", "", "")
    return [
        StepText(number, title, variables.fill(text, values), variables=values)
        for number, (title, text) in enumerate(SAMPLE_STEPS, start=1)
    ]


def _steps_of(project: Project, style: Style) -> list[StepText]:
    """With their own prompts, where the style is one that has been saved."""
    steps = project.ordered_steps()[:LOOKED_AT]
    own: dict[int, StepPrompt] = planning.own_prompts(steps, style.pk) if style.pk else {}
    told = []
    for step in steps:
        values = variables.of_step(style.variables, project.variables, step.shot, step.variables)
        text = variables.fill(own_words(step, own.get(step.pk)), values)
        whole = step.pk in own and own[step.pk].whole
        told.append(StepText(step.position, step.title, text, whole, step.transition, values))
    return told
