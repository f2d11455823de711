"""What a board shows, read in a constant number of queries however many steps and runs it has."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User

from generation.models import LOST, OPEN, Frame, Hold, RunStatus, Status, StyleRun
from generation.pages import pace, wording
from generation.pages.cards import LOCKED, Card, StepView, gap, run_cards, step_view
from generation.pages.facts import Facts, first_own_steps, last_number, load_facts
from generation.pages.pace import Pace
from generation.pages.spending import Money, load_money
from generation.pages.wording import State
from generation.verbs import RUN_VERBS
from storyboards.models import Project, Step

Person = User | AnonymousUser | None


@dataclass(frozen=True)
class VerbView:
    """`seldom`: it stands behind “More”, not in the way of those that people need daily."""

    name: str
    label: str
    confirm: str
    seldom: bool = False


@dataclass
class RunView:
    """A run's heading: how far it is, what it waits for, what it costs, what one may do.

    `repair`: in words, how it differs from what would be made now; empty where it does not. `kin`: which other run it
    comes from.

    `left` is no longer true when nothing has changed for `left_holds` seconds; 0: it holds until something changes.
    """

    run: StyleRun
    state: State
    total: int
    done: int
    failed: int
    running: int
    left: str
    left_holds: int
    repair: str
    money: str = ""
    kin: str = ""
    verbs: list[VerbView] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)

    @property
    def usual(self) -> list[VerbView]:
        return [verb for verb in self.verbs if not verb.seldom]

    @property
    def seldom(self) -> list[VerbView]:
        return [verb for verb in self.verbs if verb.seldom]

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
class OtherRun:
    """One that is not shown. `kin`: which other run it comes from, or what was made of it."""

    run: StyleRun
    kin: str


@dataclass(frozen=True)
class Board:
    """`number` is the last event that is certainly in it. `others`: runs that are not shown. `spent`: on all runs
    together, told to those who pay."""

    project: Project
    number: int
    editable: bool
    workers: bool
    runs: list[RunView]
    others: list[OtherRun]
    rows: list[Row]
    spent: str = ""

    @property
    def total(self) -> int:
        return sum(run.total for run in self.runs)

    @property
    def done(self) -> int:
        return sum(run.done for run in self.runs)

    @property
    def active(self) -> bool:
        return any(not run.finished for run in self.runs)

    @property
    def asks(self) -> bool:
        """Whether some run waits for somebody to approve what there is."""
        return any(run.run.hold == Hold.APPROVAL for run in self.runs)

    @property
    def drafts(self) -> RunView | None:
        """The first whose pictures cost nothing and are there: its heading tells how they are made finally, until
        somebody has done so."""
        if any(view.run.draft_id for view in self.runs) or any(other.run.draft_id for other in self.others):
            return None
        return next((run for run in self.runs if run.finished and run.done and not run.run.engine.needs_key), None)


def load_board(project: Project, *, editable: bool, only_run: int | None = None, user: Person = None) -> Board:
    """Of each style the run that was worked on last, or `only_run` alone. `user`: whose rights are asked for, where a
    verb needs more than that to change the project."""
    number = last_number(project.pk)  # before all else: what happens while we read is sent again, never lost
    runs = list(StyleRun.objects.filter(project=project).select_related("style", "engine"))
    for run in runs:
        run.project = project  # its variables are in every text: they are not read once a run
    shown = _shown(runs, only_run)
    facts = load_facts(project, shown)
    if not editable:
        facts = for_visitors(facts, shown)
    money = load_money(project, shown) if editable else None
    views = [_run_view(run, facts, money) for run in shown]
    kin = _kin(runs)
    for view in views:
        view.kin = kin.get(view.run.pk, "")
        view.verbs = [verb for verb in view.verbs if RUN_VERBS[verb.name].open_to(user)]
    rows = _rows(views, facts)
    others = [OtherRun(run, kin.get(run.pk, "")) for run in sorted(runs, key=lambda run: -run.pk) if run not in shown]
    spent = money.total_words if money else ""
    return Board(project, number, editable, facts.threads > 0, views, others, rows, spent)


def _kin(runs: Sequence[StyleRun]) -> dict[int, str]:
    """By run of a project: branches, drafts and what was made of them."""
    branches = [run for run in runs if run.branch_of_id is not None]
    begins = first_own_steps(branches)
    drafts = {run.draft_id: f"draft of the run by {run.engine}" for run in runs if run.draft_id is not None}
    finals = {run.pk: "the approved drafts, made finally" for run in runs if run.draft_id is not None}
    branched = {run.pk: f"branch {run.branch}, from {begins[run.pk]}" for run in branches}
    return {run.pk: drafts[run.pk] for run in runs if run.pk in drafts} | finals | branched


def for_visitors(facts: Facts, runs: Sequence[StyleRun]) -> Facts:
    """They see that a run is held; the reasons name people and money."""
    for run in runs:
        if run.hold not in (Hold.NONE, Hold.PERSON):
            run.hold_reason = ""
    return replace(facts, stops=[stop.for_visitors() for stop in facts.stops])


def _shown(runs: Sequence[StyleRun], only_run: int | None) -> list[StyleRun]:
    """One a style: the run that was worked on last, which need not be the newest."""
    chosen = [run for run in runs if run.pk == only_run]
    last: dict[int, StyleRun] = {}
    for run in sorted(runs, key=_last_worked_on):
        last[run.style_id] = run
    return chosen or sorted(last.values(), key=lambda run: (run.style.position, run.style.slug))


def _last_worked_on(run: StyleRun) -> tuple[bool, datetime, int]:
    return run.is_active, run.completed_at or run.started_at or run.created_at, run.pk


def _run_view(run: StyleRun, facts: Facts, money: Money | None) -> RunView:
    """`money` is told to those who may change the project, and so are the verbs."""
    frames = facts.frames.get(run.pk, [])
    statuses = Counter(take.status for frame in frames if (take := facts.latest(frame)) is not None)
    running = statuses[Status.GENERATING]
    done = sum(frame.chosen_id is not None for frame in frames)
    cards = run_cards(run, frames, facts, editable=money is not None)
    known = facts.paces.get(run.engine_id, Pace())
    state = wording.moving_state(
        run,
        running=running,
        done=done,
        workers=facts.threads > 0,
        limit=facts.wait(run.engine, run.style_id),
        next_try=_next_try(frames, facts),
        stop=facts.stop(run.engine),
    )
    return RunView(
        run=run,
        state=state,
        total=len(frames),
        done=done,
        failed=sum(frame.status == Status.FAILED for frame in frames),
        running=running,
        left=_time_left(run, frames, facts, known) if running or state.until is None else "",
        left_holds=math.ceil(known.longest) if running and known.longest < math.inf else 0,
        repair=_repair(run, cards, facts.steps),
        money=money.words(run, statuses[Status.PENDING]) if money else "",
        verbs=_verbs(run, frames) if money else [],
        cards=cards,
    )


KNOWN: dict[str, Callable[[Sequence[Frame]], bool]] = {
    "retry_failed": lambda frames: any(frame.chosen_id is None and frame.status in LOST for frame in frames),
    "finalize": lambda frames: any(frame.chosen_id is not None and frame.approved for frame in frames),
    "update": lambda _frames: False,
    "remake_stale": lambda _frames: False,
}
"""Whether these verbs make sense is known from rows at hand: they themselves would ask once more for every run. Two of
them stand on the page of repairs, where one is told what they would make."""

SELDOM = {"ungate", "finalize", "to_front", "usual_turn", "prefer"}
"""Of a run that is being made."""


def _verbs(run: StyleRun, frames: Sequence[Frame]) -> list[VerbView]:
    lost = Counter(frame.status for frame in frames if frame.chosen_id is None and frame.status in LOST)
    labels = {"retry_failed": f"Retry {lost.total()} {'missing' if len(lost) > 1 else ''.join(lost)}"}
    return [
        VerbView(name, labels.get(name, verb.label), verb.confirm, name in SELDOM and run.is_active)
        for name, verb in RUN_VERBS.items()
        if (KNOWN[name](frames) if name in KNOWN else verb.applies(run))
    ]


def _next_try(frames: Sequence[Frame], facts: Facts) -> datetime | None:
    """When the first picture may be asked for again, where none may be before that."""
    takes = [take for frame in frames if (take := facts.latest(frame)) and take.status == Status.PENDING]
    times = [take.not_before for take in takes if take.ready_at is not None]
    later = [time for time in times if time is not None and time > facts.now]
    return min(later) if later and len(later) == len(times) else None


def _time_left(run: StyleRun, frames: Sequence[Frame], facts: Facts, known: Pace) -> str:
    """Empty where nothing moves: the page says elsewhere why."""
    takes = {frame: take for frame in frames if (take := facts.latest(frame)) is not None and take.status in OPEN}
    if not takes or run.status != RunStatus.GENERATING or run.hold or not facts.threads:
        return ""
    begun = [take.started_at for take in takes.values() if take.status == Status.GENERATING and take.started_at]
    if begun and (facts.now - min(begun)).total_seconds() > known.longest:
        return wording.SLOW
    share = min(run.engine.max_parallel, facts.threads) // facts.sharing.get(run.engine_id, 1)
    parallel = min(share, run.max_parallel or share)
    waiting = {frame.pk: frame.source_id for frame in takes}
    wanted = {frame.pk: facts.wanted(frame) for frame in takes}
    return wording.time_left(pace.seconds_left(waiting, parallel, known, wanted), known.observations)


def _repair(run: StyleRun, cards: Sequence[Card], steps: Sequence[Step]) -> str:
    """ "3 pictures are stale, 1 step is new": how it differs from what would be made now, in words."""
    stale = sum(bool(card.stale) and LOCKED not in card.marks for card in cards)
    lost = sum(card.lost for card in cards)
    return ", ".join(
        filter(
            None,
            (
                _counted(stale, "picture", "stale"),
                _counted(lost, "picture", "missing"),
                *_list_changes([card.step.id for card in cards], [step.pk for step in steps], run),
            ),
        )
    )


def _list_changes(before: Sequence[int], after: Sequence[int], run: StyleRun) -> list[str]:
    """How the list of steps differs from what the run was started with. One that makes drafts finally is of the
    approved ones alone."""
    known, left = set(before), set(after)
    stayed = [pk for pk in before if pk in left]
    added = 0 if run.draft_id else len(after) - len(stayed)
    return [
        _counted(added, "step", "new"),
        _counted(len(before) - len(stayed), "step", "gone from the list"),
        "the order is another one" if [pk for pk in after if pk in known] != stayed else "",
    ]


def _counted(count: int, noun: str, what: str) -> str:
    return f"{wording.amount(count, noun)} {'is' if count == 1 else 'are'} {what}" if count else ""


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
            [by_step[step].get(view.run.pk) or gap(known[step], view.run) for view in views] or [gap(known[step])],
        )
        for step in order
    ]
