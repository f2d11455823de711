"""What has become stale in a run, and what follows from making it again: told as a plan before anything is spent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from generation import planning
from generation.models import OPEN, Frame, StyleRun


@dataclass(frozen=True)
class Repair:
    """A run's frames that are no longer what would be made now, in order.

    `stale`: why, by frame. `follows`: of pictures that are right by themselves, the step whose picture they were made
    from, where that one is made again. `missing`: frames without a picture of which nothing is wanted. `locked`: stale
    ones that stay as they are until somebody unlocks them.
    """

    frames: Mapping[int, Frame] = field(default_factory=dict)
    stale: Mapping[int, str] = field(default_factory=dict)
    follows: Mapping[int, str] = field(default_factory=dict)
    missing: tuple[int, ...] = ()
    locked: Mapping[int, str] = field(default_factory=dict)

    def remade(self) -> list[Frame]:
        """Stale ones and what was built on them, in order."""
        return [frame for pk, frame in self.frames.items() if pk in self.stale or pk in self.follows]


def plan(run: StyleRun, *, with_missing: bool = False) -> Repair:
    """Of a run as it stands; `with_missing`: those without a picture are made, too, and what stands in for them is
    stale then. Three queries whatever the length."""
    frames = planning.run_frames(run)
    why = planning.stale_among(run, frames, planning.frame_texts(run, frames))
    wanted = set(run.takes.filter(status__in=OPEN).values_list("frame_id", flat=True))
    missing = tuple(frame.pk for frame in frames if frame.chosen_id is None and frame.pk not in wanted)
    renewed = wanted | (set(missing) if with_missing else set())
    stale: dict[int, str] = {}
    follows: dict[int, str] = {}
    locked: dict[int, str] = {}
    by_id = {frame.pk: frame for frame in frames}
    for frame in frames:
        if frame.chosen_id is None or frame.pk in wanted:
            continue
        source = _renewed_source(frame, by_id, renewed)
        if frame.locked:
            locked |= {frame.pk: why[frame.pk]} if frame.pk in why else {}
        elif frame.pk in why:
            stale[frame.pk] = why[frame.pk]
            renewed.add(frame.pk)
        elif source is not None:
            follows[frame.pk] = source.step.known_as(source.position)
            renewed.add(frame.pk)
    return Repair(by_id, stale, follows, missing, locked)


def _renewed_source(frame: Frame, by_id: Mapping[int, Frame], renewed: set[int]) -> Frame | None:
    """The frame that it continues from, where that one is made again; past frames without a picture, which may be."""
    source = by_id.get(frame.source_id or 0)
    while source is not None and source.chosen_id is None and source.pk not in renewed:
        source = by_id.get(source.source_id or 0)
    return source if source is not None and source.pk in renewed else None
