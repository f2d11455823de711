"""What a verb would do, found out by doing it and taking it back.

So the numbers of a confirmation page and of an estimate cannot drift from the verb.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Model

from generation.errors import Refusal
from generation.models import OPEN, RunStatus, StyleRun, Take, TakeKind
from generation.pages.prices import Asked, as_begun


@dataclass(frozen=True)
class Wanted:
    """A picture that would be made. `source`: the frame it continues from; `run_parallel` and `engine_parallel`: how
    many at once its run (None: as many as the engine) and its engine allow."""

    run: int
    style: str
    engine: int
    frame: int
    source: int | None
    run_parallel: int | None
    engine_parallel: int


@dataclass(frozen=True)
class Rehearsal:
    """One row: why it would be refused, or what would be made.

    `asked`: by run, how its pictures would be asked for; `reused`: pictures that exist already and are taken over.
    """

    row: Model
    refusal: str = ""
    wanted: tuple[Wanted, ...] = ()
    asked: Mapping[int, Asked] = field(default_factory=dict)
    reused: int = 0

    @property
    def count(self) -> int:
        return len(self.wanted)


def rehearse(row: Model, project_id: int, act: Callable[[], object]) -> Rehearsal:
    """Nothing stays of it: no row, no event, no ring. Its transaction locks no more than the verb's own does."""
    refusal = ""
    with transaction.atomic():
        before, taken = _open_takes(project_id), _reused(project_id)
        try:
            act()
        except Refusal as error:
            refusal = str(error)
        after, reused = _open_takes(project_id), _reused(project_id) - taken
        wanted = tuple(after[pk][0] for pk in after if _starts(pk, before, after))
        runs = StyleRun.objects.filter(pk__in={picture.run for picture in wanted}).select_related("engine")
        asked = {run.pk: as_begun(run) for run in runs}
        transaction.set_rollback(True)
    return Rehearsal(row, refusal, wanted, asked, reused)


Takes = dict[int, tuple[Wanted, bool]]
"""By open take: the picture, and whether its run is going."""
OF_A_TAKE = (
    "run", "run__style__slug", "run__engine", "frame", "frame__source", "run__max_parallel",
    "run__engine__max_parallel",
)  # fmt: skip
"""What `Wanted` is made of."""


def _open_takes(project_id: int) -> Takes:
    takes = Take.objects.filter(run__project=project_id, status__in=OPEN).order_by("pk")
    rows = takes.values_list("pk", "run__status", *OF_A_TAKE)
    return {pk: (Wanted(*of_a_take), status != RunStatus.PAUSED) for pk, status, *of_a_take in rows}


def _reused(project_id: int) -> int:
    return Take.objects.filter(run__project=project_id, kind=TakeKind.REUSE).count()


def _starts(pk: int, before: Takes, after: Takes) -> bool:
    """A picture that nobody wanted before, or whose run was paused and goes on."""
    return pk not in before or (after[pk][1] and not before[pk][1])
