"""Verbs on a run: stop it, let it go on, bring it up to date."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from generation import dispatch, ends, frames, gates, holds, planning, repairing, reusing, settle
from generation.actions.common import let_go, locked_run, make, making, refuse_trash, tell_reused
from generation.errors import Refusal
from generation.models import ACTIVE, LOST, Frame, Hold, RunStatus, StyleRun, TakeKind
from generation.models.clock import database_now
from storyboards.models import Project, Step

# --- stop and go -----------------------------------------------------------------------------------------------------


def pause(run: StyleRun, user: User | None) -> None:
    """Start nothing more. Calls in flight finish, and their pictures are kept."""
    with transaction.atomic():
        paused = StyleRun.objects.filter(pk=run.pk, status=RunStatus.GENERATING).update(
            status=RunStatus.PAUSED, hold=Hold.PERSON, hold_reason=f"paused by {user}" if user else "paused"
        )
        if not paused:
            raise Refusal("Only a run that is being made can be paused.")
        frames.publish(run, "run.paused", frames.with_open_take(run), user)


def resume(run: StyleRun, user: User | None) -> None:
    """Go on after a pause."""
    with transaction.atomic():
        run = locked_run(run)
        resumed = StyleRun.objects.filter(pk=run.pk, status=RunStatus.PAUSED).update(
            status=RunStatus.GENERATING, hold=Hold.NONE, hold_reason=""
        )
        if not resumed:
            raise Refusal("This run is not paused.")
        frames.publish(run, "run.resumed", frames.with_open_take(run), user)
        holds.wait_at_gate(run)
        dispatch.ring_on_commit()


def cancel(run: StyleRun, user: User | None) -> None:
    """End it. Pictures made so far stay; a call in flight may still be charged, and its picture is kept as a take."""
    with transaction.atomic():
        touched = _cancel(run)
        if touched is None:
            raise Refusal("This run has ended already.")
        frames.publish(run, "run.cancelled", touched, user)
        dispatch.ring_on_commit()


def cancel_all(project: Project) -> None:
    """End every run of a project, inside the caller's transaction. All rows first, then the events: what is locked
    last stays last."""
    runs = list(project.runs.active().order_by("pk"))
    cancelled = [(run, _cancel(run)) for run in runs]
    for run, touched in cancelled:
        if touched is not None:
            frames.publish(run, "run.cancelled", touched, None)
    dispatch.ring_on_commit()


def _cancel(run: StyleRun) -> list[int] | None:
    """The frames this touches; None where the run has ended already."""
    now = database_now()
    ended = StyleRun.objects.filter(pk=run.pk, status__in=ACTIVE).update(
        status=RunStatus.CANCELLED, hold=Hold.NONE, hold_reason="", completed_at=now
    )
    return settle.cancelled(frames.with_open_take(run), now) if ended else None


# --- what is missing or stale ----------------------------------------------------------------------------------------


def go_on(run: StyleRun, user: User | None) -> None:
    """Make the pictures that were never asked for, with the list of steps as it is now. Those that failed or were
    cancelled stay as they are. Raises Refusal where none is missing or the engine cannot make any."""
    with making(run):
        run = locked_run(run)
        _take_list_over(run)
        if not frames.want_missing(run, user, again=False):
            raise Refusal("Every picture has been asked for already.")
        let_go(run, user, database_now())
        dispatch.ring_on_commit()


def retry_failed(run: StyleRun, user: User | None) -> None:
    """The same again for every frame that failed or was cancelled."""
    with making(run):
        run = locked_run(run)
        lost = list(without_picture(run))
        if not lost:
            raise Refusal("Nothing has failed here.")
        make(run, lost, TakeKind.RETRY, user)


def without_picture(run: StyleRun) -> QuerySet[Frame]:
    """What failed or was cancelled, and nobody has asked for again."""
    lost = run.frames.current().filter(chosen=None, status__in=LOST)
    return lost.without_open_take().select_related("run")


def remake_stale(run: StyleRun, user: User | None) -> None:
    """One more take of every stale picture and of what was built on them, each from the new one before it."""
    with making(run):
        run = locked_run(run)
        remade = _of_run(run, repairing.plan(run).remade())
        if not remade:
            raise Refusal("Nothing is stale here.")
        make(run, remade, TakeKind.REGENERATE, user)


def update(run: StyleRun, user: User | None) -> None:
    """Bring it up to date: the list of steps is taken over, what is missing is made, what is stale is made again."""
    with making(run):
        run = locked_run(run)
        changed = _take_list_over(run)
        repair = repairing.plan(run, with_missing=True)
        wanted = frames.want_missing(run, user)
        remade = _of_run(run, repair.remade())
        frames.want(remade, TakeKind.REGENERATE, user)
        if not (changed or wanted or remade):
            raise Refusal("This run is up to date.")
        let_go(run, user, database_now())
        dispatch.ring_on_commit()


def _of_run(run: StyleRun, wanted: list[Frame]) -> list[Frame]:
    for frame in wanted:
        frame.run = run
    return wanted


def _take_list_over(run: StyleRun) -> bool:
    """Whether it was another list before. Raises Refusal where its pictures could not be made."""
    refuse_trash(run.project)
    planning.check_ready(run.engine, run.style)
    steps = _steps_of(run)
    planning.check_texts(steps, planning.own_prompts(steps, run.style_id))
    return frames.bring_up_to_date(run, steps)


def _steps_of(run: StyleRun) -> list[Step]:
    """All; of a run that makes drafts finally, those whose draft is approved, or was when it began."""
    steps = run.project.ordered_steps()
    if run.draft is None:
        return steps
    approved = run.draft.frames.current().filter(approved=True, chosen__isnull=False)
    wanted = {*approved.values_list("step", flat=True), *run.frames.values_list("step", flat=True)}
    return [step for step in steps if step.pk in wanted]


# --- approval --------------------------------------------------------------------------------------------------------


def approve(run: StyleRun, user: User | None, *, upto: int | None = None) -> None:
    """Approve every picture that it waits with, and let it go on to the next of its stops.

    `upto`: the last position that the person has seen. Pressed twice, or by two people, it approves nothing unseen.
    """
    with transaction.atomic():
        run = locked_run(run)
        if run.hold != Hold.APPROVAL:
            raise Refusal("Nothing of this run waits for approval.")
        if upto not in (None, run.open_upto):
            raise Refusal("Those are approved already. It waits with other pictures now: look at them first.")
        segment = [frame.pk for frame in gates.open_segment(run)]
        run.frames.filter(pk__in=segment, chosen__isnull=False).update(approved=True)
        gates.open_next(run)
        pass_gate(run, user, segment)


def ungate(run: StyleRun, user: User | None) -> None:
    """Make all the rest without waiting for anybody."""
    with transaction.atomic():
        run = locked_run(run)
        if not run.gate:
            raise Refusal("This run does not wait for approval.")
        gates.open_all(run)
        pass_gate(run, user, [])


def pass_gate(run: StyleRun, user: User | None, approved: list[int]) -> None:
    """Inside the transaction that opened it."""
    frames.follow_frames(run)
    held = StyleRun.objects.filter(pk=run.pk, hold=Hold.APPROVAL)
    held.update(hold=Hold.NONE, hold_reason="")
    now = database_now()
    taken = reusing.take_over(run, now)
    finished = ends.finish_run(run, now)
    frames.publish(run, "run.approved", [*approved, *frames.with_open_take(run)], user)
    tell_reused(run, taken, user, finished=finished)
    holds.wait_at_gate(run)
    dispatch.ring_on_commit()
