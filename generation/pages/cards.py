"""The place of one picture as pages show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.text import Truncator

from generation import gates, planning
from generation.models import LOST, OPEN, Frame, Hold, Status, StyleRun, Take, TakeKind
from generation.pages import failures, wording
from generation.pages.facts import Facts
from generation.pages.failures import Failure
from generation.pages.wording import Circumstances, State
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
    transition: str
    """Its name; empty where the picture just goes on."""
    breaks: bool
    duration: str
    deleted: bool

    @property
    def film(self) -> bool:
        """Whether it has more words than a title and a description."""
        return bool(self.phrase or self.dialogue)

    @property
    def alt(self) -> str:
        words = Truncator(" ".join(filter(None, (self.title, self.text or self.phrase)))).chars(ALT_CHARACTERS)
        return f"Step {self.label}: {words}"


@dataclass(frozen=True)
class Card:
    """The place of one picture on the board. Without a frame it stands for a step that its run does not know yet.

    `marks`: what somebody has said of its picture. `candidates`: pictures that were made to choose from. `approve`: its
    run waits for just that; `approvable`: nothing waits for it, as with drafts that are made finally. `lost`: it has no
    picture, and nothing of it is wanted any more.
    """

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
    marks: tuple[State, ...] = ()
    candidates: int = 0
    approve: bool = False
    approvable: bool = False
    again: bool = False
    lost: bool = False


APPROVED, LOCKED = State("approved", "Approved"), State("locked", "Locked")


@dataclass(frozen=True)
class Place:
    """What a card says of its frame's place among the others. `source`: the step whose picture it is made from, in
    words; `gate`: what has to be approved before it is made; `judged`: the run waits for somebody to look at it."""

    stale: str
    source: str
    links_next: bool
    gate: str
    judged: bool


def run_cards(run: StyleRun, frames: Sequence[Frame], facts: Facts, editable: bool) -> list[Card]:
    return [_card(run, frame, facts, editable, place) for frame, place in _places(run, frames, facts)]


def _places(run: StyleRun, frames: Sequence[Frame], facts: Facts) -> Iterator[tuple[Frame, Place]]:
    stale = planning.stale_among(run, frames, facts.texts(run, frames))
    sources = {frame.source_id for frame in frames}
    names = {frame.pk: named(frame.step, frame.position) for frame in frames}
    segment = gates.segment(run, frames)
    words = gates.steps(segment)
    waits = {frame.pk for frame in segment if not frame.approved} if run.hold == Hold.APPROVAL else set()
    for frame in frames:
        shut = run.open_upto is not None and frame.position > run.open_upto
        yield (
            frame,
            Place(
                stale=stale.get(frame.pk, ""),
                source=names.get(frame.source_id or 0, ""),
                links_next=frame.pk in sources,
                gate=words if shut else "",
                judged=frame.pk in waits and frame.chosen_id is not None,
            ),
        )


def _card(run: StyleRun, frame: Frame, facts: Facts, editable: bool, place: Place) -> Card:
    take = facts.latest(frame)
    takes = [other for other in facts.takes.get(frame.pk, []) if other.put_away_at is None]
    failed = take is not None and take.status in LOST
    wanted = take is not None and take.status in OPEN
    return Card(
        dom_id=f"frame-{frame.pk}",
        step=step_view(frame.step, frame.position),
        state=wording.frame_state(frame, take, _around(run, take, facts, place)),
        frame_id=frame.pk,
        run_id=run.pk,
        source_id=frame.source_id,
        picture=picture_view(frame.chosen),
        stale=place.stale,
        failure=failures.failure_of(take, facts.calls.get(take.pk)) if take else None,
        takes=sum(other.status in (Status.COMPLETED, Status.FAILED) for other in takes),
        links_next=place.links_next,
        retry=editable and failed and frame.chosen_id is None,
        stand_in=stand_in(run, _shown(frame, take, facts), facts.reasons),
        marks=tuple(mark for mark, holds in ((APPROVED, frame.approved), (LOCKED, frame.locked)) if holds),
        candidates=_to_choose_from(frame, takes),
        approve=editable and place.judged,
        approvable=editable and not place.judged and frame.chosen_id is not None and not frame.approved,
        again=editable and frame.chosen_id is not None and not frame.locked and not wanted,
        lost=frame.chosen_id is None and not wanted,
    )


def _around(run: StyleRun, take: Take | None, facts: Facts, place: Place) -> Circumstances:
    engine = (take.engine if take else None) or run.engine
    return Circumstances(
        run,
        engine,
        facts.now,
        workers=facts.threads > 0,
        place=facts.places.get(take.pk) if take else None,
        source=place.source,
        gate=place.gate,
        judged=place.judged,
        limit=facts.wait(engine, run.style_id),
        stop=facts.stop(engine),
        cap=facts.cap,
    )


def _to_choose_from(frame: Frame, takes: Sequence[Take]) -> int:
    """0 where nobody asked for several, or somebody has decided."""
    made = [take for take in takes if take.status == Status.COMPLETED]
    several = any(take.kind == TakeKind.CANDIDATE for take in made)
    return len(made) if several and len(made) > 1 and not frame.approved and not frame.locked else 0


def _shown(frame: Frame, latest: Take | None, facts: Facts) -> Take | None:
    """The chosen take, as it was read with its engine; without one the latest."""
    return next((take for take in facts.takes.get(frame.pk, []) if take.pk == frame.chosen_id), latest)


def stand_in(run: StyleRun, take: Take | None, reasons: Mapping[int, str]) -> str:
    """Which engine made it instead of the run's own, and why; empty where the run's own does."""
    if take is None or take.engine is None:
        return ""
    why = "refused it" if reasons.get(take.pk) in ("refused", "prompt_blocked") else "was out of order"
    return f"{'made by' if take.status == Status.COMPLETED else 'asked of'} {take.engine} because {run.engine} {why}"


def picture_view(take: Take | None) -> PictureView | None:
    """None where there is no picture yet. `take` has its pictures at hand."""
    if take is None or take.original is None:
        return None
    small = take.thumbnail or take.original
    return PictureView(take.pk, take.original.width, take.original.height, small.width, take.display is not None)


def step_view(step: Step, number: int) -> StepView:
    return StepView(
        id=step.pk,
        label=step.known_as(number),
        title=step.title,
        text=step.description,
        phrase=step.script_phrase,
        dialogue=step.dialogue,
        shot=step.shot,
        transition=Transition(step.transition).words,
        breaks=Transition(step.transition).breaks,
        duration=f"{step.duration.normalize():f} s" if step.duration is not None else "",
        deleted=step.deleted_at is not None,
    )


def named(step: Step, number: int) -> str:
    """With the noun: "beat 1.2", "step 3"."""
    return f"beat {step.beat}" if step.beat else f"step {number}"


def gap(step: StepView, run: StyleRun | None = None) -> Card:
    """A step without a place in the run: it came later."""
    since = "not approved as a draft" if run and run.draft_id else "new since this run began"
    detail = since if run else ""
    return Card(
        f"step-{step.id}-{run.pk if run else 0}",
        step,
        State("none", "Not made yet", detail),
        run_id=run.pk if run else None,
    )
