"""The rows that planning decides: a run's frames, and the takes that are wanted of them. Always inside a verb's
transaction."""

import secrets
from collections.abc import Iterable, Mapping, Sequence

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, Subquery

from generation import choosing, events, gates, planning, settle
from generation.models import OPEN, Engine, Frame, Status, Strategy, StyleRun, Take, TakeKind
from generation.models.clock import database_now
from generation.planning import Variation
from storyboards.models import Project, Step, Style

CUMULATIVE_PARALLEL = 2
"""Calls in flight of one cumulative run."""


def new_run(
    project: Project,
    style: Style,
    engine: Engine,
    strategy: str,
    user: User | None,
    variation: Variation = planning.AS_USUAL,
) -> StyleRun:
    """A run without frames, with its snapshot taken and its seed drawn or given."""
    return StyleRun.objects.create(
        project=project,
        style=style,
        engine=engine,
        strategy=strategy,
        seed=draw_seed() if variation.seed is None else variation.seed,
        snapshot=planning.snapshot(project, style, engine, variation),
        served_at=choosing.last_served(project.owner_id, engine),
        max_parallel=usual_parallel(strategy),
        draft=variation.draft,
        created_by=user,
    )


def usual_parallel(strategy: str) -> int | None:
    """Calls in flight where nobody has chosen how many; None: as many as the engine allows."""
    return CUMULATIVE_PARALLEL if strategy == Strategy.CUMULATIVE else None


def arrange(run: StyleRun, variation: Variation) -> None:
    """What people may change from one start to the next: how many to choose from, when to wait for them, how many at
    once, and whether equal pictures are taken over."""
    gate = (run.gate, run.gate_after)
    run.candidates, run.reuse = variation.candidates, variation.reuse
    run.gate, run.gate_after = variation.gate, variation.gate_after
    run.max_parallel = variation.max_parallel or usual_parallel(run.strategy)
    run.recipe = planning.recipe(run.snapshot, run.engine)
    run.save(update_fields=["candidates", "reuse", "gate", "gate_after", "max_parallel", "recipe"])
    if (run.gate, run.gate_after) != gate:
        gates.shut(run)
        follow_frames(run)


def draw_seed() -> int:
    """0 … 2³¹−1, the range that all providers take."""
    return secrets.randbelow(2**31)


def bring_up_to_date(run: StyleRun, steps: Sequence[Step]) -> bool:
    """Frames for new steps and places as they are now; what has left the list is put aside, with its pictures.

    Returns whether the list was another one before.
    """
    planned = planning.plan(steps, run.strategy)
    let_through = gates.boundary(run)
    before = list(run.frames.current().order_by("position").values_list("step_id", flat=True))
    known = set(run.frames.values_list("step_id", flat=True))
    missing = [place for place in planned if place.step_id not in known]
    Frame.objects.bulk_create([Frame(run=run, step_id=place.step_id, position=place.position) for place in missing])
    by_step = {frame.step_id: frame for frame in run.frames.all()}
    stored = {frame.pk: _place(frame) for frame in by_step.values()}
    for place in planned:
        frame = by_step[place.step_id]
        frame.position, frame.removed = place.position, False
        frame.source = by_step[place.source_step_id] if place.source_step_id else None
    gone = by_step.keys() - {place.step_id for place in planned}
    for step_id in gone:
        by_step[step_id].removed = True
    _store(by_step.values(), stored)
    settle.cancelled([by_step[step_id].pk for step_id in gone], database_now())
    gates.follow(run, let_through)
    follow_frames(run)
    return before != [place.step_id for place in planned]


def _place(frame: Frame) -> tuple[int, bool, int | None]:
    return frame.position, frame.removed, frame.source_id


def _store(frames: Iterable[Frame], stored: Mapping[int, tuple[int, bool, int | None]]) -> None:
    """What has changed alone: of a long list each look at a start would else write every row."""
    changed = [frame for frame in frames if _place(frame) != stored[frame.pk]]
    moved = [frame for frame in changed if _place(frame)[:2] != stored[frame.pk][:2]]
    Frame.objects.bulk_update(moved, ["position", "removed"], batch_size=200)
    Frame.objects.bulk_update(changed, ["source"], batch_size=200)


def want(frames: Sequence[Frame], kind: TakeKind, user: User | None, *, count: int = 1) -> None:
    """One more take of each of these frames of one run, none of which has an open one; with `count` several, to choose
    from.

    Ready at once where what it continues from is settled. A take that waits to start from one of these frames waits
    for the new picture now.
    """
    if not frames:
        return
    run = frames[0].run
    Take.objects.bulk_create(
        [
            Take(
                frame=frame,
                run=run,
                position=frame.position,
                kind=TakeKind.CANDIDATE if candidate else kind,
                candidate=candidate,
                seed=draw_seed() if candidate or _draws(run, kind) else run.seed,
                requested_by=user,
            )
            for frame in frames
            for candidate in range(count)
        ]
    )
    Frame.objects.filter(pk__in=[frame.pk for frame in frames], chosen=None).update(status=Status.PENDING)
    follow_frames(run)


def _draws(run: StyleRun, kind: TakeKind) -> bool:
    """Whether the take has a seed of its own, for the picture shall be another one."""
    return kind in (TakeKind.REGENERATE, TakeKind.CANDIDATE) or bool(run.snapshot.get("own_seeds"))


def want_missing(run: StyleRun, user: User | None, *, again: bool = True) -> bool:
    """A take for every frame that has neither a picture nor an open take; without `again` for those alone that never
    had a take. Returns whether there is such a frame."""
    missing = run.frames.current().filter(chosen=None).without_open_take().select_related("run")
    tried = list(missing.filter(takes__isnull=False).distinct())
    first = [frame for frame in missing if frame not in tried]
    want(first, TakeKind.FIRST, user, count=run.candidates)
    if again:
        want(tried, TakeKind.RETRY, user)
    return bool(first or (again and tried))


def with_open_take(run: StyleRun) -> list[int]:
    """The frames of which something is wanted."""
    return list(dict.fromkeys(run.takes.filter(status__in=OPEN).values_list("frame_id", flat=True)))


def follow_frames(run: StyleRun) -> None:
    """Pending takes have their frame's place; they are ready where neither an open take nor a gate stands before."""
    place = Frame.objects.filter(pk=OuterRef("frame")).values("position")
    pending = Take.objects.filter(run=run, status=Status.PENDING)
    pending.update(position=Subquery(place))
    source_is_open = Exists(Take.objects.filter(frame=OuterRef("frame__source"), status__in=OPEN))
    shut = Q(source_is_open) if run.open_upto is None else Q(source_is_open) | Q(position__gt=run.open_upto)
    pending.filter(shut, ready_at__isnull=False).update(ready_at=None)
    pending.filter(~shut, ready_at=None).update(ready_at=database_now())


def following(frame: Frame) -> list[Frame]:
    """This frame and all that come after it: to the end of its chain where pictures are made from each other. Locked
    ones stay as they are, and in a chain all that was built on them does. One that has left the list is alone."""
    if frame.removed:
        return [frame]
    later = frame.run.frames.current().filter(position__gte=frame.position, locked=False).select_related("run")
    if frame.run.strategy not in planning.CHAINS:
        return list(later)
    chain: dict[int, Frame] = {}
    for other in later:
        if other.pk == frame.pk or other.source_id in chain:
            chain[other.pk] = other
    return list(chain.values())


def idle(run: StyleRun, frames: Iterable[Frame]) -> list[Frame]:
    """Those of them of which nothing is wanted."""
    busy = set(with_open_take(run))
    return [frame for frame in frames if frame.pk not in busy]


def with_successors(frame: Frame) -> list[int]:
    """The frame and those made from it, which may have become stale."""
    return [frame.pk, *frame.successors.values_list("pk", flat=True)]


def publish(run: StyleRun, kind: str, frames: Iterable[int], user: User | None, **more: object) -> None:
    """The event of a verb: who did what to which frames."""
    events.publish(run.project_id, kind, run=run.pk, frames=frames, actor=user.get_username() if user else "", **more)
