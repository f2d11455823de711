"""What RQ calls. The names here are the only ones a worker runs (`rq.ALLOWED`)."""

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import close_old_connections, connection, transaction

from generation import dispatch, events, packing, runner, settle
from generation.errors import InternalError
from generation.models import StyleRun, Take
from generation.process import this_process
from storyboards import pictures
from storyboards.models import Picture

logger = logging.getLogger(__name__)


@contextmanager
def own_connection() -> Iterator[None]:
    """An idle thread holds none: a few that did would empty the pool, and nobody could renew a lease."""
    close_old_connections()
    try:
        yield
    finally:
        connection.close()


def make_next() -> int | None:
    """Make one picture: whichever may start now and matters most. Returns the take, or None where there was nothing
    to do."""
    with own_connection():
        claim = _claim()
        if claim is None:
            return None
        _make(claim)
    return claim.take_id


def make_next_of(run: StyleRun) -> bool:
    """Make one picture of this run here, with its files, where no worker does; False where none may start now."""
    with own_connection():
        claim = _claim(run)
        if claim is None:
            return False
        _make(claim)
        derive_files(claim.take_id)
    return True


def _claim(only: StyleRun | None = None) -> dispatch.Claim | None:
    """Of many that ask at once those that come too late need not look: another one did, after they had asked."""
    asked = time.monotonic()
    with this_process.to_claim():
        if this_process.draining.is_set() or (only is None and this_process.nothing_at >= asked):
            return None
        looked = time.monotonic()
        claim = dispatch.claim(this_process.worker, only=only)
        if claim is None and only is None:
            this_process.nothing_at = looked
        return claim


def _make(claim: dispatch.Claim) -> None:
    logger.debug("claimed", extra={"take": claim.take_id})
    try:
        if not runner.make(claim):
            this_process.look_again.set()
            this_process.alarm.ring_in(0)
    except Exception:
        # The one border: whatever went wrong in our own code, the take must end and the worker go on.
        logger.exception("Take %s, call-%s", claim.take_id, claim.call_id)
        settle.failed(claim, InternalError(f"Something went wrong on our side (reference call-{claim.call_id})."))


def derive_files(take_id: int) -> None:
    """Encode the full-size WebP of a take, and the thumbnail again where its maker died before it was stored."""
    with own_connection():
        take = Take.objects.select_related("original", "thumbnail", "run").filter(pk=take_id, display=None).first()
        if take is None or take.original is None:
            return
        connection.close()
        files = _derive(take.original, take.thumbnail)
        with transaction.atomic():
            Take.objects.filter(pk=take_id).update(**files)
            events.publish(take.run.project_id, "take.display", run=take.run_id, frames=[take.frame_id])


def _derive(original: Picture, thumbnail: Picture | None) -> dict[str, Picture]:
    """Where a file is lost or cannot be encoded the original stands in: tried again, it would fail again for ever."""
    try:
        checked = pictures.check(original.read())
        display = pictures.store(pictures.display(checked))
        return {"display": display, "thumbnail": thumbnail or pictures.store(pictures.thumbnail(checked))}
    except (FileNotFoundError, ValueError):
        logger.exception("No files can be made of picture %s", original.pk)
        return {"display": original, "thumbnail": thumbnail or original}


def make_export(export_id: int) -> None:
    """Pack a project's pictures."""
    with own_connection():
        export = packing.claim(export_id)
        if export is None:
            return
        try:
            packing.make(export)
        except Exception:
            # The border of this job: whatever went wrong, the export must end, or it would be tried again for ever.
            reference = secrets.token_hex(4)
            logger.exception("Export %s, reference %s", export_id, reference)
            packing.fail(export, reference)
