"""What of a run is no longer as it would be made now, and what each way to put it right would make and cost."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import pairwise

from django.contrib.auth.models import User

from generation import actions, repairing
from generation.models import OPEN, Frame, Status, StyleRun
from generation.pages.cards import PictureView, StepView, picture_view, step_view
from generation.pages.confirm import Cost
from generation.pages.estimate import estimate
from generation.repairing import Repair
from storyboards.models import Step

Found = tuple[str, str, str]
"""Key, what, why."""
WHY_LOST = {Status.FAILED: "it failed", Status.CANCELLED: "it was cancelled"}


@dataclass(frozen=True)
class RepairRow:
    """One step. `key` and `what` name how things stand, `why` says it; `retry`, `again`, `unlock`: what may be done
    with this one alone."""

    step: StepView
    key: str
    what: str
    why: str
    frame_id: int | None = None
    picture: PictureView | None = None
    retry: bool = False
    again: bool = False
    unlock: bool = False


@dataclass(frozen=True)
class RepairPage:
    """`stale`: what making all stale pictures again costs; `update`: the same of bringing the run up to date."""

    rows: list[RepairRow]
    stale: Cost
    update: Cost


def load_repair(run: StyleRun, user: User) -> RepairPage:
    """As many queries for three steps as for three hundred; the two prices are found out by doing it and taking it
    back."""
    steps = run.project.ordered_steps()
    plan = repairing.plan(run, with_missing=True)
    made: set[int] = set()

    def update() -> None:
        actions.update(run, user)
        made.update(run.takes.filter(status__in=OPEN).values_list("frame__step", flat=True))

    stale = estimate(run.project, lambda: actions.remake_stale(run, user), [run.style.slug])
    whole = estimate(run.project, update, [run.style.slug])
    return RepairPage(list(_rows(run, steps, plan, made)), Cost.of(stale), Cost.of(whole))


def _rows(run: StyleRun, steps: Iterable[Step], plan: Repair, made: set[int]) -> Iterator[RepairRow]:
    """In the order of the list as it is now; what has left it comes last."""
    shown = _with_pictures(run)
    by_step = {frame.step_id: frame for frame in shown.values()}
    wanted = set(run.takes.filter(status__in=OPEN).values_list("frame_id", flat=True))
    neighbours = set(pairwise(by_step))
    before: Step | None = None
    for step in steps:
        frame = by_step.pop(step.pk, None)
        if frame is None:
            yield RepairRow(step_view(step, step.position), "none", "New", "the run does not know this step yet")
        elif found := _found(frame, plan) or _moved(step, before, neighbours, made if frame.pk not in wanted else ()):
            yield _row(frame, step.position, plan, found)
        before = step
    for frame in by_step.values():
        why = "its step has left the list; the picture is put aside, and stays"
        yield RepairRow(step_view(frame.step, frame.position), "cancelled", "Gone", why, frame.pk, _picture(frame))


def _with_pictures(run: StyleRun) -> Mapping[int, Frame]:
    frames = run.frames.current().select_related("step", "chosen__original", "chosen__thumbnail", "chosen__display")
    return {frame.pk: frame for frame in frames.defer("chosen__prompt")}


def _row(frame: Frame, number: int, plan: Repair, found: Found) -> RepairRow:
    key, what, why = found
    return RepairRow(
        step_view(frame.step, number),
        key,
        what,
        why,
        frame.pk,
        _picture(frame),
        retry=frame.pk in plan.missing and frame.status in WHY_LOST,
        again=frame.chosen_id is not None and not frame.locked,
        unlock=frame.locked,
    )


def _found(frame: Frame, plan: Repair) -> Found | None:
    """None for a frame that is as it should be, or is being made."""
    if frame.pk in plan.stale:
        return "stale", "Stale", plan.stale[frame.pk]
    if frame.pk in plan.follows:
        return "stale", "Follows", f"from step {plan.follows[frame.pk]}, which is made anew"
    if frame.pk in plan.locked:
        return "locked", "Locked: stays", plan.locked[frame.pk]
    if frame.pk in plan.missing:
        return "failed", "Missing", WHY_LOST.get(Status(frame.status), "nobody has asked for it yet")
    return None


def _moved(step: Step, before: Step | None, neighbours: Set[tuple[int, int]], made: Collection[int]) -> Found | None:
    """What is made anew only because the list is another one. `neighbours`: the steps that follow each other so far."""
    if step.pk not in made:
        return None
    if before is not None and (before.pk, step.pk) in neighbours:
        return "stale", "Follows", f"from step {before.known_as(before.position)}, which is made anew"
    return "stale", "Becomes stale", "another step comes before it in the list now"


def _picture(frame: Frame) -> PictureView | None:
    return picture_view(frame.chosen)
