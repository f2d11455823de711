"""What a project looks like in a list: its newest pictures and how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, F, Max, Window
from django.db.models.functions import RowNumber

from generation import wording
from generation.models import Frame, StyleRun
from generation.wording import State
from storyboards.models import Project

COVER_PICTURES = 4


@dataclass(frozen=True)
class CoverPicture:
    """`width` and `height` are the thumbnail's, in pixels."""

    take_id: int
    width: int
    height: int


@dataclass
class Cover:
    """Of a project that has runs. Counts are those of the newest run."""

    state: State
    done: int
    total: int
    pictures: list[CoverPicture] = field(default_factory=list)


def load_covers(projects: Sequence[Project]) -> dict[int, Cover]:
    """By project id; projects without a run are left out. Four queries however many there are."""
    newest = (
        StyleRun.objects.filter(project__in=projects)
        .order_by()
        .values("project")
        .annotate(newest=Max("pk"))
        .values_list("newest", flat=True)
    )
    runs = list(StyleRun.objects.filter(pk__in=list(newest)).defer("snapshot"))
    counts = frame_counts(runs)
    covers = {run.pk: (run.project_id, Cover(wording.run_state(run), *counts.get(run.pk, (0, 0)))) for run in runs}
    for run_id, picture in _first_pictures(list(covers)):
        covers[run_id][1].pictures.append(picture)
    return dict(covers.values())


def frame_counts(runs: Sequence[StyleRun]) -> dict[int, tuple[int, int]]:
    """By run: how many of its pictures are there, and how many it has places for."""
    frames = Frame.objects.filter(run__in=runs, removed=False).order_by()
    counted = frames.values("run").annotate(done=Count("chosen"), total=Count("pk"))
    return {run: (done, total) for run, done, total in counted.values_list("run", "done", "total")}


def _first_pictures(run_ids: Sequence[int]) -> list[tuple[int, CoverPicture]]:
    rank = Window(RowNumber(), partition_by=F("run"), order_by=F("position").asc())
    frames = (
        Frame.objects.filter(run__in=run_ids, removed=False, chosen__thumbnail__isnull=False)
        .annotate(rank=rank)
        .filter(rank__lte=COVER_PICTURES)
        .order_by("run", "position")
        .values_list("run", "chosen", "chosen__thumbnail__width", "chosen__thumbnail__height")
    )
    return [(run, CoverPicture(take, width, height)) for run, take, width, height in frames]
