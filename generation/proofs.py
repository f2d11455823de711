"""The exact prompts of a run, before they are sent: of one that has begun, or of one that nobody has started yet.

Nothing is stored. Where the picture before is still to be made, its place is taken as if it were there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generation import planning
from generation.attaching import Attached
from generation.inputs import step_text
from generation.models import LOST, Engine, Frame, StyleRun
from generation.planning import AS_USUAL, Variation
from generation.prompts import StepText
from storyboards.models import Project, StepPrompt, Style


@dataclass(frozen=True)
class Proof:
    """What would be sent for one step. `source`: the frame it continues from, whether it has a picture yet or not;
    `own`: its prompt in this style where it has one; `attached`: the pictures that go along, in order."""

    frame: Frame
    text: StepText
    own: StepPrompt | None
    prompt: str
    attached: Sequence[Attached]
    source: Frame | None


def of_run(run: StyleRun) -> list[Proof]:
    """By the run's own snapshot. Two queries, one more where drafts are made finally; the run has its project, style
    and engine at hand."""
    return _proofs(run, planning.run_frames(run))


def of_new(run: StyleRun) -> list[Proof]:
    """Of one that `unsaved` made: as its project stands. Two queries."""
    steps = run.project.ordered_steps()
    planned = planning.plan(steps, run.strategy)
    frames = [
        Frame(pk=place.step_id, run=run, step=step, position=place.position, source_id=place.source_step_id)
        for place, step in zip(planned, steps, strict=True)
    ]
    return _proofs(run, frames)


def unsaved(project: Project, style: Style, engine: Engine, strategy: str, variation: Variation = AS_USUAL) -> StyleRun:
    """A run as a start would make it now. It is not stored."""
    return StyleRun(
        project=project,
        style=style,
        engine=engine,
        strategy=strategy,
        snapshot=planning.snapshot(project, style, engine, variation),
        draft=variation.draft,
        seed=0,
    )


def _proofs(run: StyleRun, frames: Sequence[Frame]) -> list[Proof]:
    own = planning.own_prompts((frame.step for frame in frames), run.style_id)
    texts = {frame.pk: step_text(run, frame.step, frame.position, own.get(frame.step_id)) for frame in frames}
    inputs = planning.current_inputs(run, frames, texts, find=_expected_source)
    engine = planning.as_begun(run, run.engine)
    proofs = []
    for frame in frames:
        made_from = inputs[frame.pk]
        attached = planning.references(engine, made_from)
        prompt = planning.build_prompt(run, frame, texts, made_from, attached, len(frames))
        proofs.append(Proof(frame, texts[frame.pk], own.get(frame.step_id), prompt, attached, made_from.source))
    return proofs


def _expected_source(frame: Frame, by_id: Mapping[int, Frame]) -> Frame | None:
    """The frame it will continue from: one that has failed is passed over, as it will be."""
    source = by_id.get(frame.source_id or 0)
    while source is not None and source.chosen_id is None and source.status in LOST:
        source = by_id.get(source.source_id or 0)
    return source
