"""Verbs on the place of a run in the queue: before its owner's others, before everybody's, or as it comes."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from generation import dispatch, frames
from generation.actions.common import locked_run
from generation.errors import Refusal
from generation.models import StyleRun

PREFERRED = 1
"""The priority that staff give. Those that have it take turns among each other."""


def to_front(run: StyleRun, user: User | None) -> None:
    """Before all other runs of its owner. Nobody else waits longer for it."""
    with transaction.atomic():
        run = _waiting(run)
        others = StyleRun.objects.active().filter(project__owner=run.project.owner_id).exclude(pk=run.pk)
        highest = others.aggregate(highest=Max("turn"))["highest"]
        if highest is None or run.turn > highest:
            raise Refusal("It goes before its owner’s other runs already.")
        _move(run, user, turn=highest + 1)


def usual_turn(run: StyleRun, user: User | None) -> None:
    """As it comes: after its owner's older runs, and in turn with everybody's."""
    with transaction.atomic():
        run = _waiting(run)
        if not run.turn and not run.priority:
            raise Refusal("It has its usual turn already.")
        _move(run, user, turn=0, priority=0)


def prefer(run: StyleRun, user: User | None) -> None:
    """Before everybody's: for staff."""
    with transaction.atomic():
        run = _waiting(run)
        if run.priority >= PREFERRED:
            raise Refusal("It goes before everybody’s already.")
        _move(run, user, priority=PREFERRED)


def _waiting(run: StyleRun) -> StyleRun:
    run = locked_run(run)
    if not run.is_active:
        raise Refusal("This run has ended: nothing of it waits for its turn.")
    return run


def _move(run: StyleRun, user: User | None, **place: int) -> None:
    StyleRun.objects.filter(pk=run.pk).update(**place)
    frames.publish(run, "run.moved", frames.with_open_take(run), user)
    dispatch.ring_on_commit()
