"""What all verbs share: who waits for whom, and how a run comes to life again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from generation import caps, dispatch, ends, frames, gates, holds, reusing
from generation.errors import Refusal
from generation.models import OPEN, Frame, Hold, RunStatus, StyleRun, TakeKind
from generation.models.clock import database_now
from storyboards.models import Project


def locked_run(run: StyleRun) -> StyleRun:
    """Verbs on one run wait for each other: a double click must not want two pictures. The project comes first, as in
    `start`: two runs of one combination must not begin at once."""
    Project.objects.select_for_update(no_key=True).get(pk=run.project_id)
    return StyleRun.objects.select_for_update(of=("self",), no_key=True).select_related("project").get(pk=run.pk)


@contextmanager
def making(run: StyleRun) -> Iterator[None]:
    """The transaction of a verb that has pictures of this run made, before it locks the run. One that had ended counts
    among its owner's runs from then on: raises Refusal where those are more than he may have going."""
    with transaction.atomic():
        projects = Project.objects.select_for_update(of=("self",), no_key=True).select_related("owner")
        with caps.minding_runs(projects.get(pk=run.project_id).owner):
            yield


def locked_frame(frame: Frame) -> Frame:
    """The frame as it is now, its run locked."""
    run = locked_run(frame.run)
    frame = Frame.objects.select_related("chosen", "step").get(pk=frame.pk)
    frame.run = run
    return frame


def refuse_trash(project: Project) -> None:
    if project.deleted_at is not None:
        raise Refusal("The project is in the trash.")


def refuse_locked(frame: Frame) -> None:
    if frame.locked:
        raise Refusal("This picture is locked: unlock it first.")


def is_wanted(frame: Frame) -> bool:
    """Whether a take of it is open; a frame that is made again stays completed meanwhile."""
    return frame.takes.filter(status__in=OPEN).exists()


def reopen(run: StyleRun, now: datetime, *, resume: bool = False) -> None:
    """Let a run go on that has something to make; a paused one only with `resume`."""
    if not frames.with_open_take(run) or (run.status == RunStatus.PAUSED and not resume):
        return
    check_no_other_is_made(run)
    if run.gate and not run.is_active:
        gates.shut(run)
        frames.follow_frames(run)
    run.status, run.hold, run.hold_reason, run.completed_at = RunStatus.GENERATING, Hold.NONE, "", None
    run.started_at = run.started_at or now
    run.save(update_fields=["status", "hold", "hold_reason", "completed_at", "started_at"])


def check_no_other_is_made(run: StyleRun) -> None:
    """Nor a draft and its final pictures by one engine at once. The run need not be stored yet."""
    same = StyleRun.objects.filter(
        project=run.project, style=run.style, engine=run.engine, strategy=run.strategy, branch=run.branch
    )
    if same.active().exclude(pk=run.pk).exists():
        raise Refusal(f"Another series in “{run.style}” is being made: wait for it, or cancel it first.")


def make(run: StyleRun, wanted: Sequence[Frame], kind: TakeKind, user: User | None, *, count: int = 1) -> None:
    """Open takes for these frames and let the run go on."""
    busy = set(frames.with_open_take(run))
    if not wanted or any(frame.pk in busy for frame in wanted):
        raise Refusal("This picture is being made already.")
    if any(frame.removed for frame in wanted):
        raise Refusal("This step has left the list: nobody would see the new picture.")
    refuse_trash(run.project)
    frames.want(wanted, kind, user, count=count)
    reopen(run, database_now())
    frames.publish(run, "take.wanted", [frame.pk for frame in wanted], user)
    holds.wait_at_gate(run)
    dispatch.ring_on_commit()


def let_go(run: StyleRun, user: User | None, now: datetime, *, resume: bool = False) -> None:
    """Have made what is wanted of it, first what exists already; or end it where that was all. A paused one goes on
    with `resume` alone. Runs that go on at the same `now` take turns."""
    reopen(run, now, resume=resume)
    taken = reusing.take_over(run, now)
    finished = ends.finish_run(run, now)  # the only pictures that were still wanted may have left the list
    if not finished:
        ends.refresh_status(run)
    frames.publish(run, "run.started", run.frames.current().values_list("pk", flat=True), user)
    tell_reused(run, taken, user, finished=finished)
    holds.wait_at_gate(run)


def tell_reused(run: StyleRun, taken: Sequence[int], user: User | None, *, finished: bool) -> None:
    """That these pictures existed already and were taken over; `finished`: whether the run ended with them. After the
    event of the verb that led to it."""
    if taken:
        frames.publish(run, "frame.reused", taken, user, finished=finished)
