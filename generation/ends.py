"""What follows when a picture has come or cannot come: others may begin, the run waits for approval, or has ended.

Always inside the transaction that settled it.
"""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from generation import choosing
from generation.models import ACTIVE, OPEN, RunStatus, Status, StyleRun, Take


def release_successors(frame_ids: list[int], now: datetime) -> list[int]:
    """What waited for these frames alone may start, as far as its run's gate is open; return the frames."""
    source_is_open = Exists(Take.objects.filter(frame=OuterRef("frame__source"), status__in=OPEN))
    inside = Q(run__open_upto=None) | Q(position__lte=F("run__open_upto"))
    waiting = Take.objects.filter(inside, ~source_is_open, frame__source__in=frame_ids)
    waiting = waiting.filter(status=Status.PENDING, ready_at=None)
    released = dict(waiting.values_list("pk", "frame_id"))
    if released:
        Take.objects.filter(pk__in=released).update(ready_at=now)
    return list(dict.fromkeys(released.values()))


def finish_run(run: StyleRun, now: datetime) -> bool:
    """Close the run where nothing of it is open any more. The status tells how it went."""
    if Take.objects.filter(run=run, status__in=OPEN).exists():
        return False
    status = final_status(run)
    active = StyleRun.objects.filter(pk=run.pk, status__in=ACTIVE)
    if not active.update(status=status, hold="", hold_reason="", completed_at=now):
        return False
    choosing.leave_turn(run)
    return True


def refresh_status(run: StyleRun) -> None:
    """How an ended run ended, once more: a late picture may have been chosen."""
    if not run.is_active and run.status != RunStatus.CANCELLED:
        StyleRun.objects.filter(pk=run.pk, status=run.status).update(status=final_status(run))


def final_status(run: StyleRun) -> RunStatus:
    """How a run with nothing left to do ended. Failed only with no picture at all."""
    frames = run.frames.current()
    pictures = frames.filter(chosen__isnull=False).count()
    if pictures == frames.count():
        return RunStatus.COMPLETED
    return RunStatus.COMPLETED_WITH_ERRORS if pictures else RunStatus.FAILED
