"""What a board shows, read in a constant number of queries however many steps and runs it has."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import F
from django.utils.text import Truncator

from generation import actions, pace, planning, wording
from generation.models import OPEN, Call, EventStream, Frame, RunStatus, Status, StyleRun, Take, Worker
from generation.models.clock import database_now
from generation.pace import Pace
from generation.wording import Circumstances, Failure, State
from storyboards.models import Project, Step, Transition

ALT_CHARACTERS = 250
QUEUE_LOOKED_AT = 500
"""Places in the queue that are counted; who waits behind them is told that he waits, and not where."""


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
    picture: PictureView | None = None
    stale: str = ""
    failure: Failure | None = None
    takes: int = 0
    links_next: bool = False
    retry: bool = False


@dataclass(frozen=True)
class VerbView:
    name: str
    label: str
    confirm: str


@dataclass
class RunView:
    """A run's heading: how far it is, what it waits for, what one may do."""

    run: StyleRun
    state: State
    total: int
    done: int
    failed: int
    running: int
    left: str
    changes: str
    verbs: list[VerbView] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)

    @property
    def line(self) -> str:
        return wording.progress_line(self.done, self.total)

    @property
    def summary(self) -> str:
        return wording.summary(self.done, self.failed, self.running, self.total)

    @property
    def finished(self) -> bool:
        return not self.run.is_active


@dataclass(frozen=True)
class Row:
    """A step and its pictures, one a run."""

    step: StepView
    cards: list[Card]


@dataclass(frozen=True)
class Board:
    """`number` is the last event that is certainly in it. `others`: runs that are not shown."""

    project: Project
    number: int
    editable: bool
    workers: bool
    runs: list[RunView]
    others: list[StyleRun]
    rows: list[Row]

    @property
    def total(self) -> int:
        return sum(run.total for run in self.runs)

    @property
    def done(self) -> int:
        return sum(run.done for run in self.runs)

    @property
    def active(self) -> bool:
        return any(not run.finished for run in self.runs)


def load_board(project: Project, *, editable: bool, only_run: int | None = None) -> Board:
    """The newest run of each style, or `only_run` alone."""
    number = last_number(project.pk)  # before all else: what happens while we read is sent again, never lost
    runs = list(StyleRun.objects.filter(project=project).select_related("style", "engine"))
    shown = _shown(runs, only_run)
    facts = _load_facts(project, shown)
    views = [_run_view(run, facts, editable) for run in shown]
    rows = _rows(views, facts)
    others = sorted((run for run in runs if run not in shown), key=lambda run: -run.pk)
    return Board(project, number, editable, facts.workers, views, others, rows)


def last_number(project_id: int) -> int:
    return EventStream.objects.filter(project=project_id).values_list("last_number", flat=True).first() or 0


def _shown(runs: Sequence[StyleRun], only_run: int | None) -> list[StyleRun]:
    chosen = [run for run in runs if run.pk == only_run]
    newest: dict[int, StyleRun] = {}
    for run in sorted(runs, key=lambda run: run.pk):
        newest[run.style_id] = run
    return chosen or sorted(newest.values(), key=lambda run: (run.style.position, run.style.slug))


# --- facts: all that is read -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
    """Rows by what they belong to. `places`: of takes in their engine's queue."""

    now: datetime
    steps: list[Step]
    frames: Mapping[int, list[Frame]]
    takes: Mapping[int, list[Take]]
    calls: Mapping[int, Call]
    places: Mapping[int, int]
    paces: Mapping[int, Pace]
    workers: bool


def _load_facts(project: Project, runs: Sequence[StyleRun]) -> Facts:
    takes = _takes(runs)
    latest = [
        of_frame[-1].pk for of_frame in takes.values() if of_frame[-1].status in (Status.FAILED, Status.CANCELLED)
    ]
    active = [run.engine_id for run in runs if run.is_active]
    return Facts(
        now=database_now(),
        steps=project.ordered_steps(),
        frames=_frames(runs),
        takes=takes,
        calls={call.take_id or 0: call for call in Call.objects.filter(take__in=latest).order_by("pk")},
        places=queue_places(active),
        paces=pace.load_paces(active),
        workers=Worker.objects.alive().exists(),
    )


def _frames(runs: Sequence[StyleRun]) -> dict[int, list[Frame]]:
    frames = (
        Frame.objects.filter(run__in=runs)
        .current()
        .select_related("step", "chosen__original", "chosen__thumbnail", "chosen__display")
        .defer("chosen__prompt")
    )
    by_run: dict[int, list[Frame]] = defaultdict(list)
    for frame in frames:
        by_run[frame.run_id].append(frame)
    return by_run


def _takes(runs: Sequence[StyleRun]) -> dict[int, list[Take]]:
    by_frame: dict[int, list[Take]] = defaultdict(list)
    for take in Take.objects.filter(run__in=runs).defer("prompt", "digest").order_by("pk"):
        by_frame[take.frame_id].append(take)
    return by_frame


def queue_places(engine_ids: Iterable[int]) -> dict[int, int]:
    """By take: its place, from 1, among all that could start on its engine; the order in which `dispatch` looks."""
    ready = (
        Take.objects.ready(database_now())
        .filter(run__engine__in=set(engine_ids), run__status=RunStatus.GENERATING, run__hold="")
        .order_by("-run__priority", F("run__started_at").asc(nulls_last=True), "run", "position", "pk")
    )
    counts: dict[int, int] = defaultdict(int)
    places = {}
    for take_id, engine_id in ready.values_list("pk", "run__engine")[:QUEUE_LOOKED_AT]:
        counts[engine_id] += 1
        places[take_id] = counts[engine_id]
    return places


# --- views of them ---------------------------------------------------------------------------------------------------


def _run_view(run: StyleRun, facts: Facts, editable: bool) -> RunView:
    frames = facts.frames.get(run.pk, [])
    statuses = [_latest(facts, frame) for frame in frames]
    return RunView(
        run=run,
        state=wording.run_state(run),
        total=len(frames),
        done=sum(frame.chosen_id is not None for frame in frames),
        failed=sum(frame.status == Status.FAILED for frame in frames),
        running=sum(take is not None and take.status == Status.GENERATING for take in statuses),
        left=_time_left(run, frames, facts),
        changes=_list_changes(frames, facts.steps),
        verbs=_verbs(run, frames) if editable else [],
        cards=_cards(run, frames, facts, editable),
    )


def _verbs(run: StyleRun, frames: Sequence[Frame]) -> list[VerbView]:
    """Whether something can be retried is known here already; the verb itself would ask once more for every run."""
    lost = sum(frame.chosen_id is None and frame.status in (Status.FAILED, Status.CANCELLED) for frame in frames)
    views = [
        VerbView(name, verb.label, verb.confirm)
        for name, verb in actions.RUN_VERBS.items()
        if (lost if name == "retry_failed" else verb.applies(run))
    ]
    return [replace(view, label=f"Retry {lost} failed") if view.name == "retry_failed" else view for view in views]


def _latest(facts: Facts, frame: Frame) -> Take | None:
    """The frame's open take, else the last one somebody asked for."""
    takes = facts.takes.get(frame.pk, [])
    return next((take for take in takes if take.status in OPEN), takes[-1] if takes else None)


def _time_left(run: StyleRun, frames: Sequence[Frame], facts: Facts) -> str:
    waiting = {
        frame.pk: frame.source_id
        for frame in frames
        if (take := _latest(facts, frame)) is not None and take.status in OPEN
    }
    if not waiting or run.status != RunStatus.GENERATING or run.hold:
        return ""
    known = facts.paces.get(run.engine_id, Pace())
    parallel = min(run.engine.max_parallel, run.max_parallel or run.engine.max_parallel)
    return wording.time_left(pace.seconds_left(waiting, parallel, known), known.observations)


def _list_changes(frames: Sequence[Frame], steps: Sequence[Step]) -> str:
    """How the list of steps differs from what the run was started with, in words; empty where it does not."""
    before = [frame.step_id for frame in frames]
    after = [step.pk for step in steps]
    known, left = set(before), set(after)
    stayed = [pk for pk in before if pk in left]
    moved = [pk for pk in after if pk in known] != stayed
    added, removed = len(after) - len(stayed), len(before) - len(stayed)
    parts = [
        f"{added} added" if added else "",
        f"{removed} removed" if removed else "",
        "order changed" if moved else "",
    ]
    return ", ".join(filter(None, parts))


def _cards(run: StyleRun, frames: Sequence[Frame], facts: Facts, editable: bool) -> list[Card]:
    stale = planning.stale_frames(run)
    sources = {frame.source_id for frame in frames}
    labels = {frame.pk: _label(frame.step, frame.position) for frame in frames}
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
    take = _latest(facts, frame)
    place = facts.places.get(take.pk) if take else None
    around = Circumstances(run, run.engine, facts.now, facts.workers, place, source)
    state = wording.frame_state(frame, take, around)
    failed = take is not None and take.status in (Status.FAILED, Status.CANCELLED)
    return Card(
        dom_id=f"frame-{frame.pk}",
        step=step_view(frame.step, frame.position),
        state=state,
        frame_id=frame.pk,
        run_id=run.pk,
        picture=picture_view(frame.chosen),
        stale=stale,
        failure=wording.failure(take, facts.calls.get(take.pk)) if take and failed else None,
        takes=len(facts.takes.get(frame.pk, [])),
        links_next=links_next,
        retry=editable and failed and frame.chosen_id is None,
    )


def picture_view(take: Take | None) -> PictureView | None:
    """None where there is no picture yet. `take` has its pictures at hand."""
    if take is None or take.original is None:
        return None
    small = take.thumbnail or take.original
    return PictureView(take.pk, take.original.width, take.original.height, small.width, take.display is not None)


def step_view(step: Step, number: int) -> StepView:
    return StepView(
        id=step.pk,
        label=_label(step, number),
        title=step.title,
        text=step.description,
        phrase=step.script_phrase,
        dialogue=step.dialogue,
        shot=step.shot,
        hard_cut=step.transition == Transition.HARD_CUT,
        duration=f"{step.duration.normalize():f} s" if step.duration is not None else "",
        deleted=step.deleted_at is not None,
    )


def _label(step: Step, number: int) -> str:
    return step.beat or str(number)


def _rows(views: Sequence[RunView], facts: Facts) -> list[Row]:
    """The list of steps as it is now; steps that have left it and still have pictures stay where their run had them."""
    by_step: dict[int, dict[int, Card]] = defaultdict(dict)
    for view in views:
        for card in view.cards:
            by_step[card.step.id][view.run.pk] = card
    order = [step.pk for step in facts.steps]
    known = {step.pk: step_view(step, step.position) for step in facts.steps}
    for view in views:
        for place, card in enumerate(view.cards):
            if card.step.id not in known:
                known[card.step.id] = card.step
                order.insert(min(place, len(order)), card.step.id)
    return [
        Row(
            known[step],
            [by_step[step].get(view.run.pk) or _gap(known[step], view.run) for view in views] or [_gap(known[step])],
        )
        for step in order
    ]


def _gap(step: StepView, run: StyleRun | None = None) -> Card:
    """A step without a place in the run: it came later."""
    detail = "new since this run began" if run else ""
    return Card(
        f"step-{step.id}-{run.pk if run else 0}",
        step,
        State("none", "Not made yet", detail),
        run_id=run.pk if run else None,
    )
