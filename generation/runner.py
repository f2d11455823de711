"""One take: gather what it is made from, ask the provider, store the picture, settle.

It knows nothing of the queue. While the provider works no transaction is open and no database connection is held: a
hundred calls in flight must not need a hundred connections.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from generation import dispatch, events, planning, prompts, settle
from generation.dispatch import Claim
from generation.errors import BadPicture, ProviderError
from generation.models import Call, Frame, Status, Strategy, StyleRun, Take
from generation.process import surviving_database
from generation.prompts import StepText
from generation.providers import get_provider
from generation.providers.base import ImageRequest, ImageResult, Reference, ReferenceRole
from storyboards import pictures
from storyboards.models import Picture
from storyboards.pictures import Checked, NotAPicture

logger = logging.getLogger(__name__)

Done = TypeVar("Done")

LET_NEXT_START = 0.02
"""Seconds: another thread claims the chain's next picture at this very moment, and goes first."""
SETTLE_WAITS = (0.2, 1.0, 3.0, 5.0)
"""Seconds between tries to store and book a picture that is in hand: the lease lasts longer."""


@dataclass(frozen=True)
class Job:
    """All that making one take needs, read beforehand."""

    claim: Claim
    provider: str
    request: ImageRequest
    digest: str
    source_take_id: int | None
    project_id: int
    frame_id: int


def make(claim: Claim) -> bool:
    """Make the claimed take and settle it, however it ends; return whether a picture came. Raises for faults of our
    own."""
    job = prepare(claim)
    connection.close()
    started = time.monotonic()
    try:
        logger.debug("sent", extra={"take": claim.take_id})
        result = get_provider(job.provider).generate(job.request, "", LiveCall(job))
        seconds = time.monotonic() - started
        logger.debug("answered", extra={"take": claim.take_id})
        checked = _check(result)
        made = _surely(claim, lambda: _store(job, result, checked, seconds))
    except ProviderError as error:
        settle.failed(claim, error, time.monotonic() - started)
        return False
    logger.debug("stored", extra={"take": claim.take_id})
    take_id = _surely(claim, lambda: settle.completed(claim, made))
    logger.debug("settled", extra={"take": claim.take_id})
    _derive(take_id, checked)
    return True


def prepare(claim: Claim) -> Job:
    """Read the take and build its request."""
    take = Take.objects.select_related("frame__step", "frame__run__engine", "frame__source__chosen__original").get(
        pk=claim.take_id
    )
    frame, run = take.frame, take.frame.run
    cumulative = run.strategy == Strategy.CUMULATIVE
    frames = planning.run_frames(run) if cumulative else [frame]
    texts = planning.frame_texts(run, frames)
    inputs = planning.frame_inputs(frame, frames, texts)
    request = ImageRequest(
        prompt=build_prompt(run, frame, texts, inputs),
        scene=inputs.texts,
        look=run.snapshot["style"],
        width=run.snapshot["width"],
        height=run.snapshot["height"],
        seed=take.seed,
        model=run.snapshot["model"],
        timeout=run.engine.timeout,
        references=tuple(_references(run, inputs)),
        options=run.engine.options,
        attempt=take.attempts,
    )
    source_take_id = inputs.source.chosen_id if inputs.source else None
    return Job(claim, run.engine.provider, request, inputs.digest(run), source_take_id, run.project_id, take.frame_id)


def build_prompt(run: StyleRun, frame: Frame, texts: Mapping[int, StepText], inputs: planning.Inputs) -> str:
    """The exact text that is sent for this frame as things stand. `texts` in the order of the run."""
    if run.strategy == Strategy.CUMULATIVE:
        return prompts.cumulative_prompt(run.snapshot, list(texts.values()), frame.position)
    total = run.frames.current().count()
    return prompts.chain_prompt(run.snapshot, texts[frame.pk], total, continues=inputs.source is not None)


def _references(run: StyleRun, inputs: planning.Inputs) -> list[Reference]:
    """The picture before, as it came from the provider; a chain's first picture goes by style and concept instead."""
    most = get_provider(run.engine.provider).capabilities(run.engine.model, run.engine.options).max_references
    if run.strategy == Strategy.CUMULATIVE:
        return []  # from text alone
    if inputs.source is not None and inputs.source.chosen is not None and inputs.source.chosen.original is not None:
        return [_reference(inputs.source.chosen.original, ReferenceRole.PREVIOUS)][:most]
    wanted = {
        ReferenceRole.STYLE: run.snapshot["style_reference"],
        ReferenceRole.CONCEPT: run.snapshot["concept_picture"],
    }
    hashes = [(role, sha256) for role, sha256 in wanted.items() if sha256]
    return [_reference(Picture.objects.get(sha256=sha256), role) for role, sha256 in hashes[:most]]


def _reference(picture: Picture, role: ReferenceRole) -> Reference:
    return Reference(picture.read(), picture.content_type, role)


def _check(result: ImageResult) -> Checked:
    try:
        return pictures.check(result.data, decode=False)
    except NotAPicture as error:
        raise BadPicture(f"What came back cannot be used. {error}") from error


def _store(job: Job, result: ImageResult, checked: Checked, seconds: float) -> settle.Made:
    """The original, for the next picture is made from it; what pages show is made while that one is on its way."""
    return settle.Made(
        result=result,
        original=pictures.store(checked),
        prompt=job.request.prompt,
        digest=job.digest,
        source_take_id=job.source_take_id,
        provider_seconds=seconds,
    )


def _derive(take_id: int, checked: Checked) -> None:
    """What pages show, off the chain's path: the thumbnail here, the full-size WebP by a job of its own."""
    time.sleep(LET_NEXT_START)
    Take.objects.filter(pk=take_id).update(thumbnail=pictures.store(pictures.thumbnail(checked)))
    dispatch.ring_files([take_id])


def _surely(claim: Claim, act: Callable[[], Done]) -> Done:
    """The picture is in hand and perhaps paid: a database that is away for a moment must not lose it."""
    for wait in SETTLE_WAITS:
        try:
            return act()
        except (OperationalError, InterfaceError):
            logger.warning("The database did not answer; keeping take %s again in %s s", claim.take_id, wait)
            connection.close()
            time.sleep(wait)
    return act()


class LiveCall:
    """The provider's `CallHandle`: its words go to the ledger and the page, and it hears of a cancellation."""

    PROGRESS_EVERY = 0.5
    CANCELLED_EVERY = 1.0

    def __init__(self, job: Job) -> None:
        self._job = job
        self._next_progress = 0.0
        self._next_look = time.monotonic() + self.CANCELLED_EVERY
        self._cancelled = False

    @property
    def id(self) -> str:
        return f"call-{self._job.claim.call_id}"

    @property
    def resume(self) -> str | None:
        return self._job.claim.resume

    def started(self, remote_id: str) -> None:
        with surviving_database():
            Call.objects.filter(pk=self._job.claim.call_id).update(remote_id=remote_id)

    def progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now >= self._next_progress:
            self._next_progress = now + self.PROGRESS_EVERY
            events.publish_progress(self._job.project_id, self._job.frame_id, done, total)

    def cancelled(self) -> bool:
        now = time.monotonic()
        if not self._cancelled and now >= self._next_look:
            self._next_look = now + self.CANCELLED_EVERY
            with surviving_database():
                self._cancelled = not self._still_ours()
        return self._cancelled

    def _still_ours(self) -> bool:
        claim = self._job.claim
        return Take.objects.filter(pk=claim.take_id, fence=claim.fence, status=Status.GENERATING).exists()
