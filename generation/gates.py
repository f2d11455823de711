"""Runs that stop and wait until somebody has approved what there is.

A gate divides the list into segments. Up to `StyleRun.open_upto` pictures may be made; what lies beyond is not ready,
so that claims need not know of gates at all.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from django.db.models import Q

from generation.models import Frame, Gate, Status, StyleRun
from storyboards.models import Transition


def ends(run: StyleRun, frames: Sequence[Frame]) -> list[int]:
    """The last position of each segment. `frames`: the run's current ones in order, with their steps."""
    if not frames:
        return []
    last = frames[-1].position
    if run.gate == Gate.FRAME:
        return [frame.position for frame in frames]
    if run.gate == Gate.FIRST:
        return sorted({min(run.gate_after, last), last})
    if run.gate == Gate.SHOT:
        begins = [frame.position for before, frame in pairwise(frames) if _new_shot(before, frame)]
        return [*(position - 1 for position in begins), last]
    return [last]


def _new_shot(before: Frame, frame: Frame) -> bool:
    """By its name where shots have names, else where a transition leads away."""
    one, other = before.step.shot, frame.step.shot
    return one != other if one and other else Transition(frame.step.transition).breaks


def shut(run: StyleRun) -> None:
    """Let the first segment through that has a picture to come, and nothing behind it; all, where the run has no gate.
    Takes follow by themselves."""
    frames = _frames(run)
    after = ends(run, frames) if run.gate else []
    missing = next((frame.position for frame in frames if frame.chosen_id is None), None)
    upto = next((end for end in after if missing is not None and end >= missing), None)
    _open(run, upto if upto is not None and upto < after[-1] else None)


def open_segment(run: StyleRun) -> list[Frame]:
    """What is let through now and nobody had to approve before; empty where nothing is shut."""
    return segment(run, _frames(run)) if run.open_upto is not None else []


def segment(run: StyleRun, frames: Sequence[Frame]) -> list[Frame]:
    """The same from rows at hand: the run's current frames in order, with their steps."""
    upto = run.open_upto
    if upto is None:
        return []
    after = [] if run.gate == Gate.FIRST else ends(run, frames)
    before = max((end for end in after if end < upto), default=0)
    return [frame for frame in frames if before < frame.position <= upto]


def is_approved(run: StyleRun) -> bool:
    """Whether every picture of the open segment is."""
    inside = open_segment(run)
    return bool(inside) and all(frame.approved for frame in inside)


def open_next(run: StyleRun) -> None:
    """Let the next segment through."""
    after = [end for end in ends(run, _frames(run)) if run.open_upto is not None and end > run.open_upto]
    _open(run, after[0] if len(after) > 1 else None)


def open_all(run: StyleRun) -> None:
    """Never wait again."""
    run.gate = Gate.NONE
    run.save(update_fields=["gate"])
    _open(run, None)


def _open(run: StyleRun, upto: int | None) -> None:
    run.open_upto = upto
    StyleRun.objects.filter(pk=run.pk).update(open_upto=upto)


@dataclass(frozen=True)
class Boundary:
    """The frames that are let through, and those without a picture that are not: the list is about to change, and the
    gate goes with it."""

    inside: Collection[int] = ()
    beyond: Collection[int] = ()


def boundary(run: StyleRun) -> Boundary:
    if run.open_upto is None:
        return Boundary()
    current = run.frames.filter(removed=False)
    inside = current.filter(position__lte=run.open_upto).values_list("pk", flat=True)
    beyond = current.filter(position__gt=run.open_upto, chosen=None).values_list("pk", flat=True)
    return Boundary(set(inside), set(beyond))


def follow(run: StyleRun, before: Boundary) -> None:
    """After the list has changed: up to the last frame that was let through before and still is in the list, as far as
    none comes before it that was not."""
    if run.open_upto is None:
        return
    frames = _frames(run)
    after = ends(run, frames)
    upto = max((frame.position for frame in frames if frame.pk in before.inside), default=after[0] if after else 1)
    shut_from = next((frame.position for frame in frames if frame.pk in before.beyond), upto + 1)
    upto = max(min(upto, shut_from - 1), after[0] if after else 1)
    _open(run, upto if after and upto < after[-1] else None)


def waits(run: StyleRun) -> bool:
    """Whether nothing of it can be made before somebody approves: all that is wanted lies beyond the gate."""
    if run.open_upto is None:
        return False
    wanted = run.takes.filter(status__in=(Status.PENDING, Status.GENERATING))
    inside = Q(position__lte=run.open_upto) | Q(status=Status.GENERATING)
    return wanted.exists() and not wanted.filter(inside).exists()


def words(run: StyleRun) -> str:
    """What somebody has to approve: "approve step 3 to go on"."""
    return f"approve {steps(open_segment(run))} to go on"


def steps(inside: Sequence[Frame]) -> str:
    """Those that are not approved yet: "step 3", "steps 1 to 4", "beats 1.1 and 1.3 to 1.5"."""
    left = [frame for frame in inside if not frame.approved]
    noun = "beat" if left and all(frame.step.beat for frame in left) else "step"
    spans = [_span(list(side_by_side)) for _, side_by_side in groupby(left, _place_among(left))]
    return f"{noun}{'s' if len(left) > 1 else ''} {' and '.join(filter(None, (', '.join(spans[:-1]), *spans[-1:])))}"


def _place_among(frames: Sequence[Frame]) -> Callable[[Frame], int]:
    """The same number for frames that stand side by side in the run."""
    before = {frame.pk: number for number, frame in enumerate(frames)}
    return lambda frame: frame.position - before[frame.pk]


def _span(side_by_side: Sequence[Frame]) -> str:
    names = [frame.step.known_as(frame.position) for frame in side_by_side]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _frames(run: StyleRun) -> list[Frame]:
    return list(run.frames.current().select_related("step"))
