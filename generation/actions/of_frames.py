"""Verbs on one picture's place: make it again, choose from several, approve it, lock it."""

from django.contrib.auth.models import User
from django.db import transaction

from generation import dispatch, ends, frames, gates, holds, settle
from generation.actions.common import locked_frame, make, making, refuse_locked, refuse_trash
from generation.actions.of_runs import pass_gate
from generation.errors import Refusal
from generation.models import LOST, Frame, Status, Take, TakeKind
from generation.models.clock import database_now
from generation.planning import MOST_CANDIDATES
from storyboards.models import Picture

# --- making ----------------------------------------------------------------------------------------------------------


def retry(frame: Frame, user: User | None) -> None:
    """The same again after a failure."""
    with making(frame.run):
        frame = locked_frame(frame)
        if frame.status not in LOST:
            raise Refusal("This picture has not failed.")
        make(frame.run, [frame], TakeKind.RETRY, user)


def regenerate(frame: Frame, user: User | None) -> None:
    """One more take, with a seed of its own. The takes so far stay and can be chosen again."""
    with making(frame.run):
        frame = locked_frame(frame)
        refuse_locked(frame)
        make(frame.run, [frame], TakeKind.REGENERATE, user)


def regenerate_following(frame: Frame, user: User | None) -> None:
    """One more take of this frame and of all that come after it, to the next cut, each made from the new one before."""
    with making(frame.run):
        frame = locked_frame(frame)
        refuse_locked(frame)
        make(frame.run, frames.idle(frame.run, frames.following(frame)), TakeKind.REGENERATE, user)


def candidates(frame: Frame, user: User | None, *, count: int = 3) -> None:
    """Several takes at once, with seeds of their own, to choose from. The one that is shown stays until then."""
    if not 1 <= count <= MOST_CANDIDATES:
        raise Refusal(f"1 to {MOST_CANDIDATES} candidates can be made at once.")
    with making(frame.run):
        frame = locked_frame(frame)
        refuse_locked(frame)
        make(frame.run, [frame], TakeKind.CANDIDATE, user, count=count)


def cancel_frame(frame: Frame, user: User | None) -> None:
    """Do not make this picture now. A call in flight may still be charged; the chain goes on without it."""
    with transaction.atomic():
        frame = locked_frame(frame)
        now = database_now()
        touched = settle.cancelled([frame.pk], now)
        if not touched:
            raise Refusal("Nothing is being made of this step.")
        finished = ends.finish_run(frame.run, now)
        frames.publish(frame.run, "frame.cancelled", touched, user, finished=finished)
        holds.wait_at_gate(frame.run)
        dispatch.ring_on_commit()


def upload(frame: Frame, picture: Picture, user: User | None) -> Take:
    """Show somebody's own picture in its place, as one more take. It costs nothing and never becomes stale by itself;
    what was built on the picture before does.

    What is still wanted of the frame is cancelled: a call in flight may be charged, and its picture is kept beside.
    """
    with transaction.atomic():
        frame = locked_frame(frame)
        refuse_locked(frame)
        refuse_trash(frame.run.project)
        if frame.removed:
            raise Refusal("This step has left the list: nobody would see the new picture.")
        now = database_now()
        released = settle.cancelled([frame.pk], now)
        take = _own_take(frame, picture, user)
        Frame.objects.filter(pk=frame.pk).update(chosen=take, status=Status.COMPLETED, approved=False)
        finished = ends.finish_run(frame.run, now)
        if not finished:
            ends.refresh_status(frame.run)
        touched = dict.fromkeys([*frames.with_successors(frame), *released])
        frames.publish(frame.run, "take.uploaded", touched, user, finished=finished)
        holds.wait_at_gate(frame.run)
        dispatch.ring_on_commit()
        transaction.on_commit(lambda: dispatch.ring_files([take.pk]))
    return take


def _own_take(frame: Frame, picture: Picture, user: User | None) -> Take:
    now = database_now()
    return Take.objects.create(
        frame=frame,
        run=frame.run,
        position=frame.position,
        kind=TakeKind.UPLOAD,
        status=Status.COMPLETED,
        seed=0,
        original=picture,
        requested_by=user,
        started_at=now,
        finished_at=now,
    )


# --- judging ---------------------------------------------------------------------------------------------------------


def approve_frame(frame: Frame, user: User | None) -> None:
    """This picture is right. Where a run waits for just this, it goes on."""
    with transaction.atomic():
        frame = locked_frame(frame)
        if frame.chosen_id is None:
            raise Refusal("There is no picture to approve yet.")
        if frame.approved:
            raise Refusal("This picture is approved already.")
        Frame.objects.filter(pk=frame.pk).update(approved=True)
        if gates.is_approved(frame.run):
            gates.open_next(frame.run)
            pass_gate(frame.run, user, [frame.pk])
        else:
            holds.tell_what_is_left(frame.run)
            frames.publish(frame.run, "frame.approved", [frame.pk], user)


def unapprove_frame(frame: Frame, user: User | None) -> None:
    """Take the approval back. What went on because of it stays."""
    _mark(frame, user, "approved", False, "This picture is not approved.")


def lock(frame: Frame, user: User | None) -> None:
    """This picture stays: no verb makes or shows another until it is unlocked."""
    if frame.chosen_id is None:
        raise Refusal("There is no picture to lock yet.")
    _mark(frame, user, "locked", True, "This picture is locked already.")


def unlock(frame: Frame, user: User | None) -> None:
    """Other pictures may be made and shown here again."""
    _mark(frame, user, "locked", False, "This picture is not locked.")


KINDS = {
    ("approved", False): "frame.unapproved",
    ("locked", True): "frame.locked",
    ("locked", False): "frame.unlocked",
}


def _mark(frame: Frame, user: User | None, mark: str, value: bool, otherwise: str) -> None:
    with transaction.atomic():
        frame = locked_frame(frame)
        if getattr(frame, mark) == value:
            raise Refusal(otherwise)
        Frame.objects.filter(pk=frame.pk).update(**{mark: value})
        holds.tell_what_is_left(frame.run)
        frames.publish(frame.run, KINDS[mark, value], [frame.pk], user)
