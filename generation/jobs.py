"""What RQ calls. The names here are the only ones a worker runs (`rq.ALLOWED`)."""

import logging

from django.db import close_old_connections, connection, transaction

from generation import dispatch, events, runner, settle
from generation.errors import InternalError
from generation.models import Take
from generation.process import this_process
from storyboards import pictures

logger = logging.getLogger(__name__)


def make_next() -> int | None:
    """Make one picture: whichever may start now and matters most. Returns the take, or None where there was nothing
    to do."""
    close_old_connections()
    if this_process.draining.is_set():
        return None
    claim = dispatch.claim(this_process.worker)
    if claim is None:
        return None
    logger.debug("claimed", extra={"take": claim.take_id})
    try:
        if not runner.make(claim):
            this_process.look_again.set()
    except Exception:
        # The one border: whatever went wrong in our own code, the take must end and the worker go on.
        logger.exception("Take %s, call-%s", claim.take_id, claim.call_id)
        settle.failed(claim, InternalError(f"Something went wrong on our side (reference call-{claim.call_id})."))
    finally:
        connection.close()
    return claim.take_id


def derive_files(take_id: int) -> None:
    """Encode the full-size WebP of a take, and the thumbnail again where its maker died before it was stored."""
    take = Take.objects.select_related("original", "run").filter(pk=take_id, display=None).first()
    if take is None or take.original is None:
        return
    checked = pictures.check(take.original.read())
    display = pictures.store(pictures.display(checked))
    thumbnail = take.thumbnail or pictures.store(pictures.thumbnail(checked))
    with transaction.atomic():
        Take.objects.filter(pk=take_id).update(display=display, thumbnail=thumbnail)
        events.publish(take.run.project_id, "take.display", run=take.run_id, frames=[take.frame_id])
    connection.close()
