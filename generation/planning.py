"""What will be made from what, decided before anything is spent; and later, what has become stale.

`plan` is pure: it knows steps, a strategy and what the engine can do. `stale_frames` reads a run in one pass.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from generation import attaching, prompts, readiness
from generation.attaching import Attached
from generation.errors import InvalidRequest, Refusal, Unready
from generation.inputs import Around, Inputs, inputs_of, look_around, own_words, step_text
from generation.models import Engine, Frame, Gate, Strategy, StyleRun
from generation.prompts import StepText
from generation.providers import PROVIDERS, get_provider
from generation.providers.base import Capabilities
from storyboards.models import Project, Step, StepPrompt, Style, Transition

NOTHING_AROUND = Around()
Find = Callable[[Frame, Mapping[int, Frame]], Frame | None]
CHAINS = (Strategy.CHAINED, Strategy.SHOTS)
"""Strategies in which a picture is made from the one before."""
MOST_CANDIDATES = 8
"""Pictures of each step, to choose from."""
LEAST_SIDE, MOST_SIDE = 64, 4096
"""Pixels of a longest side that may be asked for; every engine has its own limits within."""
MOST_AT_ONCE = 1000
"""Calls in flight that one run may be held to."""


@dataclass(frozen=True)
class Variation:
    """What one run has otherwise than its engine and its project.

    `size` in pixels, `overrides` over the engine's options, `seed` 0 … 2³¹−1 (None: drawn). `own_seeds`: each picture
    draws one of its own. `candidates`: pictures of each step. `gate`: when it waits for approval (`Gate`), `gate_after`
    so many pictures where it does once. `reuse`: equal pictures that exist are taken. `reanchor`: every so many
    pictures of a chain the style is shown again, 0 for never. `max_parallel`: calls in flight. `draft`: the run whose
    pictures are made finally, in their very composition with `keep_composition`.
    """

    size: tuple[int, int] | None = None
    overrides: Mapping[str, object] = field(default_factory=dict)
    seed: int | None = None
    own_seeds: bool = False
    candidates: int = 1
    gate: str = Gate.NONE
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
    own: Mapping[int, StepPrompt],
    engine: Engine,
    strategy: str,
    aspect_ratio: str,
    variation: Variation = AS_USUAL,
) -> None:
    """Raise Refusal, naming what is wrong, where a run would fail for a reason that is known before any money is
    spent. `own`: by step, its own prompt in the style."""
    check_texts(steps, own)
    _check_variation(variation)
    _check_engine(engine, strategy, aspect_ratio, variation)


def check_texts(steps: Sequence[Step], own: Mapping[int, StepPrompt]) -> None:
    """Raise Refusal where there are none, too many, or empty ones."""
    if not steps:
        raise Refusal("There are no steps yet: write or import some first.")
    if len(steps) > settings.MAX_STEPS:
        raise Refusal(f"{len(steps)} steps are too many for one run: {settings.MAX_STEPS} are the most.")
    empty = [str(step.position) for step in steps if not own_words(step, own.get(step.pk)).strip()]
    if empty:
        raise Refusal(f"Nothing is written in step {', '.join(empty[:10])}: a picture needs a text.")


def _check_engine(engine: Engine, strategy: str, aspect_ratio: str, variation: Variation) -> None:
    if not engine.enabled:
        raise Refusal(f"The engine “{engine}” is switched off.")
    if engine.provider not in PROVIDERS:
        raise Refusal(f"The engine “{engine}” needs a provider that is not installed: {engine.provider}.")
    provider, options = get_provider(engine.provider), variation.options(engine)
    able = provider.capabilities(engine.model, options)
    _check_quality(able, engine, variation)
    try:
        provider.check_options(options)
    except InvalidRequest as error:
        raise Refusal(f"“{engine}”: {error}") from error
    _check_size(able, engine, variation.size or engine.size(aspect_ratio))
    _check_references(able, engine, strategy, variation)


def check_ready(engine: Engine, style: Style) -> None:
    """Raise Unready, saying all that is missing, where the engine cannot make a picture in this style."""
    missing = readiness.missing(engine, style.pk)
    if missing:
        raise Unready(f"“{engine}” cannot make pictures now. {' '.join(missing)}")


def _check_variation(variation: Variation) -> None:
    if not 1 <= variation.candidates <= MOST_CANDIDATES:
        raise Refusal(f"{variation.candidates} pictures of each step are not possible: 1 to {MOST_CANDIDATES} are.")
    if variation.gate not in Gate.values:
        raise Refusal(f"A run cannot wait for approval “{variation.gate}”: there are frame, shot and first.")
    if variation.gate_after < 1:
        raise Refusal("A run that waits for approval must make one picture at least before it does.")
    if variation.reanchor < 0:
        raise Refusal("The style can be shown again every 1, 2, 3 … pictures, or never: 0.")
    if variation.max_parallel is not None and variation.max_parallel < 1:
        raise Refusal("A run needs room for one picture at a time at least.")
    if variation.keep_composition and variation.draft is None:
        raise Refusal("There is no draft whose composition could be kept: make one first, or choose which it is.")


def _check_quality(able: Capabilities, engine: Engine, variation: Variation) -> None:
    wanted = variation.overrides.get("quality")
    if wanted is None or wanted in able.qualities:
        return
    if not able.qualities:
        raise Refusal(f"“{engine}” has no choice of quality: leave it open.")
    raise Refusal(f"“{engine}” cannot make the quality “{wanted!s:.40}”: there is {', '.join(able.qualities)}.")


def _check_size(able: Capabilities, engine: Engine, size: tuple[int, int]) -> None:
    width, height = size
    if max(width, height) > able.max_side or min(width, height) < able.min_side:
        raise Refusal(f"“{engine}” cannot make {width}×{height}: {able.min_side} to {able.max_side} pixels a side.")


def _check_references(able: Capabilities, engine: Engine, strategy: str, variation: Variation) -> None:
    """Whether as many pictures may go with a prompt as are asked for."""
    before = int(strategy in CHAINS)
    if able.max_references < before:
        raise Refusal(f"“{engine}” cannot start from a picture: choose “cumulative” or “independent”.")
    if variation.keep_composition and able.max_references < before + 1:
        also = "beside the picture before" if before else "with a prompt"
        raise Refusal(f"“{engine}” cannot take the draft's picture {also}: its composition cannot be kept.")
    if variation.reanchor and before and able.max_references < before + 1:
        raise Refusal(f"“{engine}” takes one picture with a prompt: the style cannot be shown again beside it.")


def snapshot(project: Project, style: Style, engine: Engine, variation: Variation = AS_USUAL) -> dict[str, Any]:
    """Everything a prompt is made of besides the steps' own texts and their variables, as it stands now."""
    width, height = variation.size or engine.size(project.aspect_ratio)
    return {
        "templates": style.templates(),
        "look": style.look,
        "avoid": style.avoid,
        "variables": style.variables,
        "style": style.slug,
        "width": width,
        "height": height,
        "model": engine.model,
        "options": engine.options,
        "overrides": dict(variation.overrides),
        "own_seeds": variation.own_seeds,
        "reanchor": variation.reanchor,
        "keep_composition": variation.keep_composition,
        "style_reference": style.reference_picture.sha256 if style.reference_picture else None,
        "concept_picture": project.concept_picture.sha256 if project.concept_picture else None,
        "characters": [
            {"name": who.name, "look": who.look, "sheet": who.sheet.sha256 if who.sheet else None}
            for who in project.characters.select_related("sheet")
        ],
        "project": {
            "title": project.title,
            "description": project.description,
            "materials": project.material_list(),
            "concept_prompt": project.concept_prompt,
            "name_future_steps": project.name_future_steps,
        },
    }


def recipe(snapshot: Mapping[str, Any], engine: Engine) -> str:
    """A hash of how pictures are made, whatever is on them: by whom, with which model and options, in which size. Two
    of the same recipe and the same digest are equal work; the seed is not looked at."""
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


def options_of(run: StyleRun, engine: Engine) -> dict[str, object]:
    """The engine's options; what was asked for this run alone goes before them, on its own engine."""
    overrides: dict[str, object] = run.snapshot.get("overrides", {}) if engine.pk == run.engine_id else {}
    return engine.request_options() | overrides


# --- what a picture is made from -------------------------------------------------------------------------------------


def own_prompts(steps: Iterable[Step], style_id: int) -> dict[int, StepPrompt]:
    """By step: the prompts written for this style."""
    written = StepPrompt.objects.filter(step__in=list(steps), style_id=style_id)
    return {prompt.step_id: prompt for prompt in written}


def frame_texts(run: StyleRun, frames: Sequence[Frame]) -> dict[int, StepText]:
    """By frame: its words in the run's style. One query; `frames` have their steps at hand, the run its project."""
    own = own_prompts((frame.step for frame in frames), run.style_id)
    return {frame.pk: step_text(run, frame.step, frame.position, own.get(frame.step_id)) for frame in frames}


def references(engine: Engine, inputs: Inputs) -> list[Attached]:
    """What goes with the text, in this order, as far as this engine takes pictures."""
    return attaching.taken(inputs.wanted, engine.abilities) if inputs.wanted else []


def input_images(run: StyleRun, engine: Engine, frame: Frame) -> int:
    """How many pictures go with the request; they are read later."""
    told = list(_texts_upto(run, frame).values()) if attaching.has_sheets(run.snapshot) else [StepText(0, "", "")]
    return len(references(engine, inputs_of(run, frame, told, source_of(frame), _around_one(run, frame))))


def _texts_upto(run: StyleRun, frame: Frame) -> dict[int, StepText]:
    if run.strategy != Strategy.CUMULATIVE:
        return frame_texts(run, [frame])
    return frame_texts(run, [other for other in run_frames(run) if other.position <= frame.position])


def _around_one(run: StyleRun, frame: Frame) -> Around:
    return _around(run, [frame], _chains(run))


def _chains(run: StyleRun) -> Iterator[tuple[int, int | None]]:
    """Read when they are looked at, which few runs need."""
    yield from run.frames.current().values_list("pk", "source_id")


def _around(run: StyleRun, frames: Sequence[Frame], chains: Iterable[tuple[int, int | None]]) -> Around:
    """`chains` is looked at where it matters alone."""
    if not attaching.asks_for_more(run.snapshot):
        return NOTHING_AROUND
    return look_around(run, frames, chains, as_begun(run, run.engine).abilities)


def build_prompt(
    run: StyleRun, frame: Frame, texts: Mapping[int, StepText], inputs: Inputs, attached: Sequence[Attached], total: int
) -> str:
    """The exact text that is sent for this frame with these pictures, as things stand. `texts` in the order of the run,
    all of them for cumulative prompts; `total`: how many steps the run has."""
    beside = prompts.Beside(attaching.explain(attached), prompts.looks(inputs.characters))
    if run.strategy == Strategy.CUMULATIVE:
        return prompts.cumulative_prompt(run.snapshot, list(texts.values()), frame.position, beside)
    continues = inputs.source is not None
    return prompts.chain_prompt(run.snapshot, texts[frame.pk], total, continues=continues, beside=beside)


def current_inputs(
    run: StyleRun,
    frames: Sequence[Frame],
    texts: Mapping[int, StepText],
    find: Find | None = None,
) -> dict[int, Inputs]:
    """By frame. `frames` are the run's current ones in order, with `chosen__original` at hand. `find`: the frame that
    each one continues from."""
    by_id = {frame.pk: frame for frame in frames}
    around = _around(run, frames, ((frame.pk, frame.source_id) for frame in frames))
    told: list[StepText] = []
    inputs = {}
    for frame in frames:
        told.append(texts[frame.pk])
        visible = told if run.strategy == Strategy.CUMULATIVE else told[-1:]
        inputs[frame.pk] = inputs_of(run, frame, visible, (find or find_source)(frame, by_id), around)
    return inputs


def find_source(frame: Frame, by_id: Mapping[int, Frame]) -> Frame | None:
    """The frame whose picture this one continues from: its source, or the last before it in the chain that has a
    picture."""
    source = by_id.get(frame.source_id) if frame.source_id else None
    while source is not None and source.chosen_id is None:
        source = by_id.get(source.source_id) if source.source_id else None
    return source


def frame_inputs(frame: Frame, frames: Sequence[Frame], texts: Mapping[int, StepText]) -> Inputs:
    """Of one frame, at the moment of making. `frames`: the run's for cumulative prompts, else this one alone. No query
    where the run asks for no more pictures than usual; else two at most."""
    told = [texts[other.pk] for other in frames if other.position <= frame.position]
    return inputs_of(frame.run, frame, told, source_of(frame), _around_one(frame.run, frame))


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
    """By frame: why its chosen picture is no longer what would be made now. Two queries whatever the length; one more
    where drafts are made finally."""
    frames = run_frames(run)
    return stale_among(run, frames, frame_texts(run, frames))


def stale_among(run: StyleRun, frames: Sequence[Frame], texts: Mapping[int, StepText]) -> dict[int, str]:
    """The same from rows at hand: all current frames in order, with `chosen__original`."""
    inputs = current_inputs(run, frames, texts)
    stale = {}
    for frame in frames:
        take = frame.chosen
        if take is not None and take.digest and take.digest != inputs[frame.pk].digest(run):
            stale[frame.pk] = _reason(frame, inputs[frame.pk].source, "references" in inputs[frame.pk].beyond)
    return stale


def _reason(frame: Frame, source: Frame | None, along: bool) -> str:
    """In words. The picture it was made from is compared first: it is what people look for."""
    made_from = frame.chosen.source_take_id if frame.chosen else None
    now_from = source.chosen_id if source else None
    if made_from == now_from:
        return "the text or a picture that goes along with it changed since" if along else "the text changed since"
    if source is None:
        return "it would now be made from text alone"
    return f"made from an older picture than step {source.step.known_as(source.position)} shows now"
