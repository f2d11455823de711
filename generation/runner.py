"""One take: gather what it is made from, ask the provider, store the picture, settle.

It knows nothing of the queue. While the provider works no transaction is open and no database connection is held: a
hundred calls in flight must not need a hundred connections.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction

from generation import dispatch, events, planning, prompts, settle
from generation.attaching import Attached
from generation.dispatch import Claim
from generation.errors import BadPicture, KeyRefused, OutcomeUnknown, ProviderError
from generation.inputs import Inputs, template_kind
from generation.models import Call, Status, Strategy, StyleRun, Take
from generation.models.clock import database_now
from generation.process import surviving_database
from generation.providers import get_provider
from generation.providers.base import ImageRequest, ImageResult, Reference, ReferenceRole
from generation.vault import Unreadable
from storyboards import pictures
from storyboards.models import Picture
from storyboards.pictures import Checked, NotAPicture

logger = logging.getLogger(__name__)

Done = TypeVar("Done")

few_at_once = threading.BoundedSemaphore(4)
"""Pictures that are decoded at a time: each takes some 10 MB while it is, and more of them would be no faster."""
THUMBNAIL_WAITS = 2.0
"""Seconds that a thread which could make another picture waits for its turn."""

LET_NEXT_START = 0.05
"""Seconds: another thread claims the chain's next picture at this very moment, and goes first."""
LATE = 0.05
"""Seconds that a call may leave after it was decided without the ledger being told."""
SETTLE_WAITS = (0.2, 1.0, 3.0, 5.0)
"""Seconds between tries to store and book a picture that is in hand: the lease lasts longer."""


@dataclass(frozen=True)
class Job:
    """All that making one take needs, read beforehand."""

    claim: Claim
    provider: str
    request: ImageRequest
    secret: str = field(repr=False)
    digest: str
    source_take_id: int | None
    project_id: int
    frame_id: int


def make(claim: Claim) -> bool:
    """Make the claimed take and settle it, however it ends; return whether a picture came. Raises for faults of our
    own."""
    watch = Stopwatch()
    try:
        job = prepare(claim)
        connection.close()
        made = _keep(job, _ask(job, watch), watch)
    except ProviderError as error:
        failure = error
        _surely(claim, lambda: settle.failed(claim, failure, watch.seconds))
        return False
    logger.debug("stored", extra={"take": claim.take_id})
    take_id = _surely(claim, lambda: settle.completed(claim, made))
    logger.debug("settled", extra={"take": claim.take_id})
    _show(take_id, made.original)
    return True


class Stopwatch:
    """How long the vendor took, from the moment the call left; None while nothing has been sent."""

    def __init__(self) -> None:
        self._sent: float | None = None
        self._answered: float | None = None

    def start(self) -> None:
        self._sent = time.monotonic()

    def stop(self) -> None:
        self._answered = time.monotonic()

    @property
    def seconds(self) -> float | None:
        return None if self._sent is None else (self._answered or time.monotonic()) - self._sent


def _ask(job: Job, watch: Stopwatch) -> ImageResult:
    """The one request."""
    provider = get_provider(job.provider)
    provider.warm_up()
    _leave(job.claim)
    watch.start()
    logger.debug("sent", extra={"take": job.claim.take_id})
    try:
        result = provider.generate(job.request, job.secret, LiveCall(job))
    finally:
        watch.stop()
    logger.debug("answered", extra={"take": job.claim.take_id})
    return result


def _leave(claim: Claim) -> None:
    """Not before the instant that the claim names. Limits are counted from when a call leaves: one that is late (a
    library had to be imported, the machine is busy) says so, unless it left long ago and is gone on with."""
    planned = claim.claimed_at + claim.starts_in
    time.sleep(max(0.0, planned - time.monotonic()))
    if time.monotonic() - planned > LATE and not claim.resume:
        with surviving_database(), transaction.atomic():  # which waits first and looks at the clock then
            Call.objects.filter(pk=claim.call_id).update(sent_at=database_now())


def prepare(claim: Claim) -> Job:
    """Read the take and build its request. Raises KeyRefused where the key cannot be read here."""
    take = Take.objects.select_related(
        "engine", "frame__step", "frame__run__engine", "frame__run__project", "frame__source__chosen__original"
    ).get(pk=claim.take_id)
    frame, run = take.frame, take.frame.run
    engine = planning.as_begun(run, take.engine or run.engine)
    cumulative = run.strategy == Strategy.CUMULATIVE
    frames = planning.run_frames(run) if cumulative else [frame]
    texts = planning.frame_texts(run, frames)
    inputs = planning.frame_inputs(frame, frames, texts)
    attached = planning.references(engine, inputs)
    width, height = planning.size_of(run, engine)
    request = ImageRequest(
        prompt=planning.build_prompt(run, frame, texts, inputs, attached, _total(run, inputs)),
        scene=inputs.texts,
        look=run.snapshot["style"],
        width=width,
        height=height,
        seed=take.seed,
        model=engine.model,
        timeout=engine.timeout,
        references=_read(attached),
        options=planning.options_of(run, engine),
        attempt=take.attempts,
    )
    source_take_id = inputs.source.chosen_id if inputs.source else None
    digest = inputs.digest(run)
    return Job(claim, engine.provider, request, _secret(claim), digest, source_take_id, run.project_id, take.frame_id)


def _secret(claim: Claim) -> str:
    if not claim.keyed:
        return ""
    call = Call.objects.select_related("key").get(pk=claim.call_id)
    try:
        return call.key.reveal() if call.key else ""
    except Unreadable as error:
        raise KeyRefused(str(error)) from error


def _total(run: StyleRun, inputs: Inputs) -> int:
    """How many steps there are, counted where the prompt tells it."""
    template = run.snapshot["templates"][template_kind(run, inputs.source)]
    return run.frames.current().count() if "total" in prompts.names_in(template) else 0


def _read(attached: Sequence[Attached]) -> tuple[Reference, ...]:
    """Byte for byte as they came from their provider."""
    kept = Picture.objects.in_bulk([picture.sha256 for picture in attached], field_name="sha256") if attached else {}
    return tuple(_reference(kept[picture.sha256], picture.role) for picture in attached)


def _reference(picture: Picture, role: ReferenceRole) -> Reference:
    return Reference(picture.read(), picture.content_type, role)


def _check(result: ImageResult) -> Checked:
    try:
        return pictures.check(result.data, decode=False)
    except NotAPicture as error:
        raise BadPicture(f"What came back cannot be used. {error}") from error


def _keep(job: Job, result: ImageResult, watch: Stopwatch) -> settle.Made:
    """The original, for the next picture is made from it; what pages show is made while that one is on its way.

    The bytes end here: many that wait for the database would fill the memory.
    """
    checked = _check(result)
    return settle.Made(
        result=replace(result, data=b""),
        original=_surely(job.claim, lambda: pictures.store(checked)),
        prompt=job.request.prompt,
        digest=job.digest,
        source_take_id=job.source_take_id,
        provider_seconds=watch.seconds or 0.0,
    )


def _show(take_id: int, original: Picture) -> None:
    """What pages show, off the chain's path: the thumbnail here, the full-size WebP by a job of its own. Where too many
    wait for their turn that job makes the thumbnail, too."""
    time.sleep(LET_NEXT_START)
    if few_at_once.acquire(timeout=THUMBNAIL_WAITS):
        try:
            Take.objects.filter(pk=take_id).update(thumbnail=_thumbnail(original))
        finally:
            few_at_once.release()
    dispatch.ring_files([take_id])


def _thumbnail(original: Picture) -> Picture:
    return pictures.store(pictures.thumbnail(pictures.check(original.read())))


def _surely(claim: Claim, act: Callable[[], Done]) -> Done:
    """What is in hand has perhaps been paid: a database or a disk that is away for a moment must not lose it, nor what
    a refusal tells."""
    for wait in SETTLE_WAITS:
        try:
            return act()
        except (OperationalError, InterfaceError, OSError) as error:
            logger.warning("%s; keeping take %s again in %s s", type(error).__name__, claim.take_id, wait)
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
        calls = Call.objects.filter(pk=self._job.claim.call_id)
        with surviving_database():
            _surely(self._job.claim, lambda: calls.update(remote_id=remote_id))

    def progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now >= self._next_progress:
            self._next_progress = now + self.PROGRESS_EVERY
            events.publish_progress(self._job.project_id, self._job.frame_id, done, total)

    def cancelled(self) -> bool:
        """Asked at most once a second."""
        now = time.monotonic()
        if not self._cancelled and now >= self._next_look:
            self._next_look = now + self.CANCELLED_EVERY
            with surviving_database():
                self._look()
        return self._cancelled

    def _look(self) -> None:
        """Raises OutcomeUnknown where another worker goes on with this very call: whoever slept past his lease must
        not end the other's job at the vendor."""
        claim = self._job.claim
        if not Call.objects.filter(pk=claim.call_id, fence=claim.fence).exists():
            raise OutcomeUnknown("Another worker goes on with it.")
        self._cancelled = Take.objects.filter(pk=claim.take_id, status=Status.CANCELLED).exists()
