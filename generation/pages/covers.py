"""What a project looks like in a list: its newest pictures and how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, F, Max, Window
from django.db.models.functions import RowNumber

from generation.models import Frame, StyleRun
from generation.pages import wording
from generation.pages.wording import State
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
    """By project id; projects without a run are left out. Five queries however many there are.

    How far it is, is told of the newest run; its pictures are those of the newest run that has some.
    """
    newest = StyleRun.objects.filter(project__in=projects).order_by().values("project").annotate(newest=Max("pk"))
    runs = list(StyleRun.objects.filter(pk__in=[row["newest"] for row in newest]).defer("snapshot"))
    counts = frame_counts(runs)
    covers = {run.project_id: Cover(wording.run_state(run), *counts.get(run.pk, (0, 0))) for run in runs}
    for project_id, picture in _first_pictures(projects):
        covers[project_id].pictures.append(picture)
    return covers


def frame_counts(runs: Sequence[StyleRun]) -> dict[int, tuple[int, int]]:
    """By run: how many of its pictures are there, and how many it has places for."""
    frames = Frame.objects.filter(run__in=runs, removed=False).order_by()
    counted = frames.values("run").annotate(done=Count("chosen"), total=Count("pk"))
    return {run: (done, total) for run, done, total in counted.values_list("run", "done", "total")}


def _first_pictures(projects: Sequence[Project]) -> list[tuple[int, CoverPicture]]:
    """Project ids and pictures, in order."""
    made = Frame.objects.filter(run__project__in=projects, removed=False, chosen__thumbnail__isnull=False)
    newest = made.order_by().values("run__project").annotate(newest=Max("run"))
    rank = Window(RowNumber(), partition_by=F("run"), order_by=F("position").asc())
    frames = (
        made.filter(run__in=[row["newest"] for row in newest])
        .annotate(rank=rank)
        .filter(rank__lte=COVER_PICTURES)
        .order_by("run", "position")
        .values_list("run__project", "chosen", "chosen__thumbnail__width", "chosen__thumbnail__height")
    )
    return [(project, CoverPicture(take, width, height)) for project, take, width, height in frames]
