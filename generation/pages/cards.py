"""The place of one picture as pages show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.text import Truncator

from generation import planning
from generation.models import Frame, Status, StyleRun, Take
from generation.pages import wording
from generation.pages.facts import Facts
from generation.pages.wording import Circumstances, Failure, State
from storyboards.models import Step, Transition

ALT_CHARACTERS = 250


@dataclass(frozen=True)
class PictureView:
    """The chosen picture: `width` and `height` are its own, in pixels; `full` says whether the large WebP is there."""

    take_id: int
    width: int
    height: int
    thumbnail_width: int
    full: bool


@dataclass(frozen=True)
class StepView:
    """A step's words. `label` is its beat, else its number in the list."""

    id: int
    label: str
    title: str
    text: str
    phrase: str
    dialogue: str
    shot: str
    hard_cut: bool
    duration: str
    deleted: bool

    @property
    def alt(self) -> str:
        words = Truncator(" ".join(filter(None, (self.title, self.text or self.phrase)))).chars(ALT_CHARACTERS)
        return f"Step {self.label}: {words}"


@dataclass(frozen=True)
class Card:
    """The place of one picture on the board. Without a frame it stands for a step that its run does not know yet."""

    dom_id: str
    step: StepView
    state: State
    frame_id: int | None = None
    run_id: int | None = None
    source_id: int | None = None
    picture: PictureView | None = None
    stale: str = ""
    failure: Failure | None = None
    takes: int = 0
    links_next: bool = False
    retry: bool = False
    stand_in: str = ""


def run_cards(run: StyleRun, frames: Sequence[Frame], facts: Facts, editable: bool) -> list[Card]:
    stale = planning.stale_among(run, frames, facts.texts(run, frames))
    sources = {frame.source_id for frame in frames}
    labels = {frame.pk: label(frame.step, frame.position) for frame in frames}
    return [
        _card(
            run,
            frame,
            facts,
            editable,
            stale.get(frame.pk, ""),
            labels.get(frame.source_id or 0, ""),
            frame.pk in sources,
        )
        for frame in frames
    ]


def _card(run: StyleRun, frame: Frame, facts: Facts, editable: bool, stale: str, source: str, links_next: bool) -> Card:
    take = facts.latest(frame)
    place = facts.places.get(take.pk) if take else None
    engine = (take.engine if take else None) or run.engine
    around = Circumstances(
        run,
        engine,
        facts.now,
        workers=facts.threads > 0,
        place=place,
        source=source,
        limit=facts.wait(engine, run.style_id),
        stop=facts.stop(engine),
    )
    state = wording.frame_state(frame, take, around)
    failed = take is not None and take.status in (Status.FAILED, Status.CANCELLED)
    return Card(
        dom_id=f"frame-{frame.pk}",
        step=step_view(frame.step, frame.position),
        state=state,
        frame_id=frame.pk,
        run_id=run.pk,
        source_id=frame.source_id,
        picture=picture_view(frame.chosen),
        stale=stale,
        failure=wording.failure_of(take, facts.calls.get(take.pk)) if take else None,
        takes=len(facts.takes.get(frame.pk, [])),
        links_next=links_next,
        retry=editable and failed and frame.chosen_id is None,
        stand_in=stand_in(run, _shown(frame, take, facts), facts.reasons),
    )


def _shown(frame: Frame, latest: Take | None, facts: Facts) -> Take | None:
    """The chosen take, as it was read with its engine; without one the latest."""
    return next((take for take in facts.takes.get(frame.pk, []) if take.pk == frame.chosen_id), latest)


def stand_in(run: StyleRun, take: Take | None, reasons: Mapping[int, str]) -> str:
    """Which engine made it instead of the run's own, and why; empty where the run's own does."""
    if take is None or take.engine is None:
        return ""
    return wording.stands_in(take.engine, run.engine, reasons.get(take.pk, ""), made=take.status == Status.COMPLETED)


def picture_view(take: Take | None) -> PictureView | None:
    """None where there is no picture yet. `take` has its pictures at hand."""
    if take is None or take.original is None:
        return None
    small = take.thumbnail or take.original
    return PictureView(take.pk, take.original.width, take.original.height, small.width, take.display is not None)


def step_view(step: Step, number: int) -> StepView:
    return StepView(
        id=step.pk,
        label=label(step, number),
        title=step.title,
        text=step.description,
        phrase=step.script_phrase,
        dialogue=step.dialogue,
        shot=step.shot,
        hard_cut=step.transition == Transition.HARD_CUT,
        duration=f"{step.duration.normalize():f} s" if step.duration is not None else "",
        deleted=step.deleted_at is not None,
    )


def label(step: Step, number: int) -> str:
    """The number of a step as people know it."""
    return step.beat or str(number)


def gap(step: StepView, run: StyleRun | None = None) -> Card:
    """A step without a place in the run: it came later."""
    detail = "new since this run began" if run else ""
    return Card(
        f"step-{step.id}-{run.pk if run else 0}",
        step,
        State("none", "Not made yet", detail),
        run_id=run.pk if run else None,
    )
