"""What one picture is made from: its texts, the frame it continues from, and all that goes along.

Two pictures of the same digest are made from the same. What a run uses of the things that came later (variables,
characters, drafts …) is in it only where there is something, so that what was made before them stays as fresh as it is.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from generation import attaching, prompts
from generation.attaching import Attached, Place
from generation.models import Frame, Strategy, StyleRun
from generation.prompts import StepText
from generation.providers.base import Capabilities
from storyboards import variables
from storyboards.models import Step, StepPrompt

NOT_OF_A_PICTURE = frozenset(
    {
        "width", "height", "model", "options", "overrides", "own_seeds",
        "variables", "characters", "reanchor", "keep_composition",  # what of them goes into a picture, it says itself
    }
)  # fmt: skip
"""What a snapshot holds that makes no picture stale."""


def own_words(step: Step, own: StepPrompt | None) -> str:
    """Its `own` prompt in a style, else its text; variables are named in it, not filled."""
    return (own.text if own else "") or step.text()


def step_text(run: StyleRun, step: Step, number: int, own: StepPrompt | None) -> StepText:
    """A step's words in the run's style: its `own` prompt there first. Variables are filled in, as they are now."""
    values = _variables(run.snapshot.get("variables", ""), run.project.variables, step.shot, step.variables)
    return StepText(
        number,
        variables.fill(step.title, values),
        variables.fill(own_words(step, own), values),
        whole=bool(own and own.text and own.whole),
        transition=step.transition,
        variables=values,
    )


_variables = lru_cache(maxsize=1024)(variables.of_step)
"""Most steps of a project have the same."""


@dataclass(frozen=True)
class Inputs:
    """What a frame's picture is made from right now: texts, the frame it continues from, characters that the texts
    name, pictures that should go along. `beyond`: what of it neither the texts nor the run say."""

    texts: tuple[str, ...]
    source: Frame | None
    characters: Sequence[Mapping[str, Any]] = ()
    wanted: Sequence[Attached] = ()
    beyond: Mapping[str, Any] = field(default_factory=dict)

    def digest(self, run: StyleRun) -> str:
        return digest(run, self.texts, picture_of(self.source) or "", self.beyond)


def picture_of(frame: Frame | None) -> str | None:
    """The sha256 of the picture it shows, "" where there is none yet; None without a frame."""
    if frame is None:
        return None
    chosen = frame.chosen
    return chosen.original.sha256 if chosen and chosen.original else ""


def digest(run: StyleRun, texts: Sequence[str], source_sha256: str, beyond: Mapping[str, Any] | None = None) -> str:
    """A hash of what a picture is made from: its texts, the run's templates and references, the picture it continues
    from, and what is `beyond` them.

    Not in it: numbers and counts, provider, model, seed and size, so that a step inserted before changes nothing after.
    """
    made_from: dict[str, Any] = {
        "texts": list(texts),
        "source": source_sha256,
        "run": {key: value for key, value in run.snapshot.items() if key not in NOT_OF_A_PICTURE},
    }
    if beyond:
        made_from["beyond"] = beyond
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Around:
    """What must be known of a run where more pictures go along than usual: frames before each frame in its chain, and
    by step the sha256 of its draft. `able`: what the run's own engine takes."""

    numbers: Mapping[int, int] = field(default_factory=dict)
    drafts: Mapping[int, str] = field(default_factory=dict)
    able: Capabilities | None = None


def look_around(
    run: StyleRun, frames: Sequence[Frame], chains: Iterable[tuple[int, int | None]], able: Capabilities
) -> Around:
    """For these frames, with a query for the drafts where there are any. `chains`: all current frames of the run in
    order, with the source of each."""
    return Around(
        _chain_numbers(chains) if run.snapshot.get("reanchor") else {},
        drafts_of(run, frames) if run.snapshot.get("keep_composition") and run.draft_id else {},
        able,
    )


def _chain_numbers(frames: Iterable[tuple[int, int | None]]) -> dict[int, int]:
    numbers: dict[int, int] = {}
    for frame, source in frames:
        numbers[frame] = numbers[source] + 1 if source in numbers else 0
    return numbers


def drafts_of(run: StyleRun, frames: Sequence[Frame]) -> dict[int, str]:
    """By step: the picture that the draft shows of it."""
    steps = [frame.step_id for frame in frames]
    drafts = Frame.objects.filter(run=run.draft_id, step__in=steps, chosen__isnull=False).order_by()
    return dict(drafts.values_list("step_id", "chosen__original__sha256"))


def inputs_of(run: StyleRun, frame: Frame, told: Sequence[StepText], source: Frame | None, around: Around) -> Inputs:
    """`told`: all that this picture may tell, its own text last."""
    own = told[-1]
    texts = (own.text,) if own.whole else tuple(step.text for step in told)
    characters = attaching.named_characters(run.snapshot, texts)
    place = Place(picture_of(source), around.drafts.get(frame.step_id, ""), around.numbers.get(frame.pk, 0))
    wanted = attaching.wanted(run.snapshot, run.strategy, characters, place)
    extra = attaching.beyond_usual(attaching.taken(wanted, around.able), place) if around.able else []
    beyond = _named_beyond(run, own, characters, source) | {"references": extra}
    return Inputs(texts, source, characters, wanted, {name: value for name, value in beyond.items() if value})


def _named_beyond(
    run: StyleRun, own: StepText, characters: Sequence[Mapping[str, Any]], source: Frame | None
) -> dict[str, Any]:
    """What the template names and nothing else of a digest tells; empty values where it names none of it."""
    if own.whole:
        return {"whole": True}
    names = prompts.names_in(run.snapshot["templates"][template_kind(run, source)])
    moves = source is not None and own.transition in prompts.TRANSITIONS
    return {
        "characters": [[who["name"], who["look"]] for who in characters] if "characters" in names else [],
        "transition": own.transition if moves and "transition" in names else "",
        "variables": {name: value for name, value in own.variables.items() if name in names},
    }


def template_kind(run: StyleRun, source: Frame | None) -> str:
    """Which of the style's templates makes the prompt of a picture that continues from `source`."""
    if run.strategy == Strategy.CUMULATIVE:
        return prompts.CUMULATIVE
    return prompts.NEXT if source is not None else prompts.FIRST
