"""Equal work is not done twice: a picture of the same inputs, engine and options that exists already is taken, free.

Only the owner's own pictures are looked at. The next picture of a chain can equal an older one only where the one
before it was taken over, too, so everything that can be is taken at once, before anything is made.
"""

from datetime import datetime

from generation import ends, planning
from generation.inputs import Inputs
from generation.models import Frame, Status, StyleRun, Take, TakeKind


def take_over(run: StyleRun, now: datetime) -> list[int]:
    """Complete what is wanted for the first time and exists already; the frames, in order. Inside a verb's
    transaction, which has locked the run."""
    taken: list[int] = []
    if run.reuse:
        frames = planning.run_frames(run)
        texts = planning.frame_texts(run, frames)
        while found := _one_wave(run, frames, planning.current_inputs(run, frames, texts), now):
            taken += found
    return taken


def _one_wave(run: StyleRun, frames: list[Frame], inputs: dict[int, Inputs], now: datetime) -> list[int]:
    """What is ready now. What is taken over makes others ready, in the next wave."""
    ready = run.takes.filter(
        kind=TakeKind.FIRST, status=Status.PENDING, ready_at__isnull=False, attempts=0, candidate=0
    )
    wanted = {take.frame_id: take for take in ready}
    taken = []
    for frame in frames:
        take = wanted.get(frame.pk)
        digest = inputs[frame.pk].digest(run) if take is not None else ""
        equal = _equal(run, digest) if take is not None else None
        if take is not None and equal is not None:
            _complete(take, equal, frame, inputs[frame.pk], now)
            taken.append(frame.pk)
    if taken:
        ends.release_successors(taken, now)
    return taken


def _equal(run: StyleRun, digest: str) -> Take | None:
    """The newest picture that the run's own engine made of the same, for the same owner."""
    made = Take.objects.filter(
        digest=digest,
        status=Status.COMPLETED,
        engine=None,
        run__recipe=run.recipe,
        run__project__owner=run.project.owner_id,
    )
    return made.exclude(kind=TakeKind.UPLOAD).order_by("-pk").first() if run.recipe else None


def _complete(take: Take, equal: Take, frame: Frame, inputs: Inputs, now: datetime) -> None:
    original = equal.reused_from or equal
    take.status, take.kind, take.reused_from = Status.COMPLETED, TakeKind.REUSE, original
    take.original, take.display, take.thumbnail = equal.original, equal.display, equal.thumbnail
    take.prompt, take.digest, take.seed = equal.prompt, equal.digest, equal.seed
    take.source_take_id = inputs.source.chosen_id if inputs.source else None
    take.started_at = take.finished_at = now
    take.save()
    if frame.chosen is None:  # somebody may have brought his own meanwhile
        Frame.objects.filter(pk=frame.pk).update(status=Status.COMPLETED, chosen=take)
        frame.status, frame.chosen = Status.COMPLETED, take
