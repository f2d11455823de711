"""Verbs on one take: show it, put it away."""

from django.contrib.auth.models import User
from django.db import transaction

from generation import ends, frames
from generation.actions.common import locked_frame, refuse_locked
from generation.actions.of_frames import approve_frame
from generation.errors import Refusal
from generation.models import OPEN, Frame, Status, Take
from generation.models.clock import database_now


def choose(take: Take, user: User | None) -> None:
    """Show this take in its frame. Frames made from another one become stale; nothing is made again."""
    with transaction.atomic():
        frame = locked_frame(take.frame)
        refuse_locked(frame)
        if take.status != Status.COMPLETED:
            raise Refusal("This take has no picture.")
        if frame.chosen_id == take.pk:
            raise Refusal("This take is shown already.")
        Frame.objects.filter(pk=frame.pk).update(chosen=take, status=Status.COMPLETED, approved=False)
        Take.objects.filter(pk=take.pk).update(put_away_at=None)
        ends.refresh_status(frame.run)
        frames.publish(frame.run, "take.chosen", frames.with_successors(frame), user)


def approve_take(take: Take, user: User | None) -> None:
    """Show this take and approve it: where a run waits for just this choice, it goes on."""
    with transaction.atomic():
        frame = locked_frame(take.frame)
        if frame.chosen_id != take.pk:
            choose(take, user)
        approve_frame(frame, user)


def put_away(take: Take, user: User | None) -> None:
    """Out of the strip of takes. Nothing is lost: it can be brought back, and stays in the ledger."""
    with transaction.atomic():
        frame = locked_frame(take.frame)
        if frame.chosen_id == take.pk:
            raise Refusal("This take is shown: choose another one first.")
        if take.status in OPEN:
            raise Refusal("This take is being made: cancel it first.")
        if not Take.objects.filter(pk=take.pk, put_away_at=None).update(put_away_at=database_now()):
            raise Refusal("This take is put away already.")
        frames.publish(frame.run, "take.put_away", [frame.pk], user)


def bring_back(take: Take, user: User | None) -> None:
    """Into the strip of takes again."""
    with transaction.atomic():
        frame = locked_frame(take.frame)
        if not Take.objects.filter(pk=take.pk, put_away_at__isnull=False).update(put_away_at=None):
            raise Refusal("This take is not put away.")
        frames.publish(frame.run, "take.brought_back", [frame.pk], user)
