"""What will be made from what, decided before anything is spent; and later, what has become stale.

`plan` is pure: it knows steps, a strategy and what the engine can do. `stale_frames` reads a run in one pass.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from generation import readiness
from generation.errors import InvalidRequest, Refusal, Unready
from generation.models import Engine, Frame, Strategy, StyleRun
from generation.prompts import StepText
from generation.providers import PROVIDERS, get_provider
from generation.providers.base import Capabilities, ReferenceRole
from storyboards.models import Project, Step, StepPrompt, Style, Transition

NOT_OF_A_PICTURE = frozenset({"width", "height", "model", "options", "overrides", "own_seeds"})
"""What a snapshot holds that makes no picture stale."""
CHAINS = (Strategy.CHAINED, Strategy.SHOTS)
"""Strategies in which a picture is made from the one before."""


@dataclass(frozen=True)
class Variation:
    """What one run has otherwise than its engine and its project: `size` in pixels, `overrides` over the engine's
    options, `seed` 0 … 2³¹−1 (None: drawn). `own_seeds`: each picture draws one of its own."""

    size: tuple[int, int] | None = None
    overrides: Mapping[str, object] = field(default_factory=dict)
    seed: int | None = None
    own_seeds: bool = False
    candidates: int = 1
    gate: str = ""
    gate_after: int = 1
    reuse: bool = False
    reanchor: int = 0
    max_parallel: int | None = None
    draft: StyleRun | None = None
    keep_composition: bool = False

    def options(self, engine: Engine) -> dict[str, object]:
        return engine.request_options() | dict(self.overrides)


AS_USUAL = Variation()


@dataclass(frozen=True)
class PlannedFrame:
    """The place of a step's picture, and the step whose picture it continues from (None: it starts from text)."""

    step_id: int
    position: int
    source_step_id: int | None


def plan(steps: Sequence[Step], strategy: str) -> list[PlannedFrame]:
    """Chains split at hard cuts under `shots`, and nowhere else."""
    planned = []
    before: int | None = None
    for position, step in enumerate(steps, start=1):
        continues = strategy in CHAINS and not (strategy == Strategy.SHOTS and Transition(step.transition).breaks)
        planned.append(PlannedFrame(step.pk, position, before if continues else None))
        before = step.pk
    return planned


def check(
    steps: Sequence[Step],
    prompts: Mapping[int, str],
    engine: Engine,
    strategy: str,
    aspect_ratio: str,
    variation: Variation = AS_USUAL,
) -> None:
    """Raise Refusal, naming what is wrong, where a run would fail for a reason that is known before any money is
    spent."""
    check_texts(steps, prompts)
    _check_engine(engine, strategy, aspect_ratio, variation)


def check_texts(steps: Sequence[Step], prompts: Mapping[int, str]) -> None:
    """Raise Refusal where there are none, too many, or empty ones."""
    if not steps:
        raise Refusal("There are no steps yet: write or import some first.")
    if len(steps) > settings.MAX_STEPS:
        raise Refusal(f"{len(steps)} steps are too many for one run: {settings.MAX_STEPS} are the most.")
    empty = [str(step.position) for step in steps if not (prompts.get(step.pk) or step.text()).strip()]
    if empty:
        raise Refusal(f"Nothing is written in step {', '.join(empty[:10])}: a picture needs a text.")


def _check_engine(engine: Engine, strategy: str, aspect_ratio: str, variation: Variation) -> None:
    if not engine.enabled:
        raise Refusal(f"The engine “{engine}” is switched off.")
    if engine.provider not in PROVIDERS:
        raise Refusal(f"The engine “{engine}” needs a provider that is not installed: {engine.provider}.")
    provider, options = get_provider(engine.provider), variation.options(engine)
    try:
        provider.check_options(options)
    except InvalidRequest as error:
        raise Refusal(f"“{engine}”: {error}") from error
    size = variation.size or engine.size(aspect_ratio)
    _check_abilities(provider.capabilities(engine.model, options), engine, strategy, size)


def check_ready(engine: Engine, style: Style) -> None:
    """Raise Unready, saying all that is missing, where the engine cannot make a picture in this style."""
    missing = readiness.missing(engine, style.pk)
    if missing:
        raise Unready(f"“{engine}” cannot make pictures now. {' '.join(missing)}")


def _check_abilities(able: Capabilities, engine: Engine, strategy: str, size: tuple[int, int]) -> None:
    if strategy in CHAINS and able.max_references < 1:
        raise Refusal(f"“{engine}” cannot start from a picture: choose “cumulative” or “independent”.")
    width, height = size
    if max(width, height) > able.max_side or min(width, height) < able.min_side:
        raise Refusal(f"“{engine}” cannot make {width}×{height}: {able.min_side} to {able.max_side} pixels a side.")


def snapshot(project: Project, style: Style, engine: Engine, variation: Variation = AS_USUAL) -> dict[str, Any]:
    """Everything a prompt is made of besides the steps' own texts, as it stands now."""
    width, height = variation.size or engine.size(project.aspect_ratio)
    return {
        "templates": style.templates(),
        "look": style.look,
        "avoid": style.avoid,
        "style": style.slug,
        "width": width,
        "height": height,
        "model": engine.model,
        "options": engine.options,
        "overrides": dict(variation.overrides),
        "own_seeds": variation.own_seeds,
        "style_reference": style.reference_picture.sha256 if style.reference_picture else None,
        "concept_picture": project.concept_picture.sha256 if project.concept_picture else None,
        "project": {
            "title": project.title,
            "description": project.description,
            "materials": project.material_list(),
            "concept_prompt": project.concept_prompt,
            "name_future_steps": project.name_future_steps,
        },
    }


def recipe(snapshot: Mapping[str, Any], engine: Engine) -> str:
    made_by = {
        "provider": engine.provider,
        "model": snapshot["model"],
        "options": engine.request_options() | snapshot.get("overrides", {}),
        "size": [snapshot["width"], snapshot["height"]],
    }
    return hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()


def as_begun(run: StyleRun, engine: Engine) -> Engine:
    """The engine, with the model that the run began with: staff may have chosen another since, for other runs."""
    if engine.pk == run.engine_id:
        engine.model = run.snapshot["model"]
    return engine


def size_of(run: StyleRun, engine: Engine) -> tuple[int, int]:
    """Width and height in pixels: as planned for the run's own engine; a fallback goes by its own."""
    if engine.pk == run.engine_id:
        return run.snapshot["width"], run.snapshot["height"]
    return engine.size(run.project.aspect_ratio)


def input_images(run: StyleRun, engine: Engine, frame: Frame) -> int:
    """How many pictures go with the request; they are read later."""
    return len(references(run, engine, source_of(frame)))


def options_of(run: StyleRun, engine: Engine) -> dict[str, object]:
    """The engine's options; what was asked for this run alone goes before them, on its own engine."""
    overrides: dict[str, object] = run.snapshot.get("overrides", {}) if engine.pk == run.engine_id else {}
    return engine.request_options() | overrides


def references(run: StyleRun, engine: Engine, source: Frame | None) -> list[tuple[ReferenceRole, str]]:
    """What goes with the text, as role and sha256: the picture before; a chain's first goes by style and concept."""
    if run.strategy == Strategy.CUMULATIVE:
        return []  # from text alone
    most = engine.abilities.max_references
    if source is not None and source.chosen is not None and source.chosen.original is not None:
        return [(ReferenceRole.PREVIOUS, source.chosen.original.sha256)][:most]
    wanted = {
        ReferenceRole.STYLE: run.snapshot["style_reference"],
        ReferenceRole.CONCEPT: run.snapshot["concept_picture"],
    }
    return [(role, sha256) for role, sha256 in wanted.items() if sha256][:most]


def own_prompts(steps: Iterable[Step], style_id: int) -> dict[int, str]:
    """By step: the prompts written for this style."""
    return dict(StepPrompt.objects.filter(step__in=list(steps), style_id=style_id).values_list("step_id", "text"))


def frame_texts(run: StyleRun, frames: Sequence[Frame]) -> dict[int, StepText]:
    """By frame: its words in the run's style. One query; `frames` have their steps at hand."""
    own = own_prompts((frame.step for frame in frames), run.style_id)
    return {
        frame.pk: StepText(frame.position, frame.step.title, own.get(frame.step_id) or frame.step.text())
        for frame in frames
    }


def digest(run: StyleRun, texts: Sequence[str], source_sha256: str) -> str:
    """A hash of what a picture is made from: its texts, the run's templates and references, the picture it continues
    from.

    Not in it: numbers and counts, provider, model, seed and size, so that a step inserted before changes nothing after.
    """
    made_from = {
        "texts": list(texts),
        "source": source_sha256,
        "run": {key: value for key, value in run.snapshot.items() if key not in NOT_OF_A_PICTURE},
    }
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Inputs:
    """What a frame's picture is made from right now."""

    texts: tuple[str, ...]
    source: Frame | None

    def digest(self, run: StyleRun) -> str:
        chosen = self.source.chosen if self.source else None
        return digest(run, self.texts, chosen.original.sha256 if chosen and chosen.original else "")


def current_inputs(run: StyleRun, frames: Sequence[Frame], texts: Mapping[int, StepText]) -> dict[int, Inputs]:
    """By frame. `frames` are the run's current ones in order, with `chosen__original` at hand."""
    by_id = {frame.pk: frame for frame in frames}
    told: list[str] = []
    inputs = {}
    for frame in frames:
        told.append(texts[frame.pk].text)
        visible = tuple(told) if run.strategy == Strategy.CUMULATIVE else (told[-1],)
        inputs[frame.pk] = Inputs(visible, find_source(frame, by_id))
    return inputs


def find_source(frame: Frame, by_id: Mapping[int, Frame]) -> Frame | None:
    """The frame whose picture this one continues from: its source, or the last before it in the chain that has a
    picture."""
    source = by_id.get(frame.source_id) if frame.source_id else None
    while source is not None and source.chosen_id is None:
        source = by_id.get(source.source_id) if source.source_id else None
    return source


def frame_inputs(frame: Frame, frames: Sequence[Frame], texts: Mapping[int, StepText]) -> Inputs:
    """Of one frame, at the moment of making. `frames`: the run's for cumulative prompts, else this one alone."""
    visible = [other for other in frames if other.position <= frame.position]
    return Inputs(tuple(texts[other.pk].text for other in visible), source_of(frame))


def source_of(frame: Frame) -> Frame | None:
    """The same as `find_source`, asked row by row."""
    source = frame.source
    while source is not None and source.chosen_id is None:
        source = source.source
    return source


def run_frames(run: StyleRun) -> list[Frame]:
    """The run's current frames in order, with their steps and chosen pictures. One query."""
    return list(run.frames.current().select_related("step", "chosen__original", "chosen__source_take"))


def stale_frames(run: StyleRun) -> dict[int, str]:
    """By frame: why its chosen picture is no longer what would be made now. Two queries whatever the length."""
    frames = run_frames(run)
    return stale_among(run, frames, frame_texts(run, frames))


def stale_among(run: StyleRun, frames: Sequence[Frame], texts: Mapping[int, StepText]) -> dict[int, str]:
    """The same from rows at hand: all current frames in order, with `chosen__original`."""
    inputs = current_inputs(run, frames, texts)
    stale = {}
    for frame in frames:
        take = frame.chosen
        if take is not None and take.digest and take.digest != inputs[frame.pk].digest(run):
            stale[frame.pk] = _reason(frame, inputs[frame.pk].source)
    return stale


def _reason(frame: Frame, source: Frame | None) -> str:
    """In words. The picture it was made from is compared first: it is what people look for."""
    made_from = frame.chosen.source_take_id if frame.chosen else None
    now_from = source.chosen_id if source else None
    if made_from == now_from:
        return "the text changed since"
    if source is None:
        return "it would now be made from text alone"
    return f"made from an older picture than step {source.position} shows now"
