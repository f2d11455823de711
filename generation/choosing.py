"""What may start now, in whose turn: read with few and light questions, for every claim asks them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from generation import holds
from generation.models import Engine, RunStatus, StyleRun, Take


@dataclass(frozen=True)
class Piece:
    """A run with work that may start, and the engine it is for: `handed_on` from the run's own."""

    run_id: int
    style_id: int
    engine_id: int
    handed_on: bool = False


def pieces(now: datetime, only: StyleRun | None) -> Iterator[Piece]:
    """The run's own engine first, then a fallback. Rows are read when they are looked at: mostly the first one will do.

    Highest priority first, then whose owner has the fewest in flight, then the oldest. Styles that were started
    together are equally old, and grow side by side.
    """
    engines = _askable_engines(now)
    elsewhere = _handed_on(now, engines)
    found = _going(engines, elsewhere)
    found = found.filter(pk=only.pk) if only else found
    for some in _ever_more(list(found.values_list("pk", flat=True))):
        looked_at = _look_for_work(some, now)
        for run_id, engine_id, style_id, own_work in (looked_at[pk] for pk in some if pk in looked_at):
            if own_work and engine_id in engines:
                yield Piece(run_id, style_id, engine_id)
            for other_id in elsewhere[run_id]:
                yield Piece(run_id, style_id, other_id, handed_on=True)


def _going(engines: set[int], elsewhere: Iterable[int]) -> QuerySet[StyleRun]:
    """Runs that nothing holds, that may have more in flight, and whose engine may be asked or that have work
    `elsewhere`; in order. Sorted by the database: reading a thousand takes longer than all else that a claim does."""
    by_owner, by_run = _loads()
    runs = StyleRun.objects.filter(status=RunStatus.GENERATING, hold="", project__deleted_at=None)
    runs = runs.filter(Q(engine__in=engines) | Q(pk__in=elsewhere))
    of_owner, own = _load("project__owner", by_owner), _load("pk", by_run)
    runs = runs.filter(Q(max_parallel=None) | Q(max_parallel__gt=own))
    return runs.order_by("-priority", of_owner, F("started_at").asc(nulls_last=True), own, "pk")


def _load(field: str, counted: Counter[int]) -> Cast:
    """How many are in flight by this field, as the database sees it; those that have none are not named."""
    with_load: dict[int, list[int]] = defaultdict(list)
    for key, count in counted.items():
        with_load[count].append(key)
    whens = [When(**{f"{field}__in": keys}, then=Value(count)) for count, keys in with_load.items()]
    return Cast(Case(*whens, default=Value(0)), IntegerField())  # PostgreSQL would take a bare 0 for a column's number


def _ever_more(runs: Sequence[int]) -> Iterator[Sequence[int]]:
    """A few first: mostly the first one will do."""
    ends = (0, 10, *range(200, len(runs) + 1000, 1000))
    return (some for begin, end in pairwise(ends) if (some := runs[begin:end]))


def _look_for_work(runs: Sequence[int], now: datetime) -> dict[int, tuple[int, int, int, bool]]:
    """By run: itself, its engine, its style, and whether it has a ready take for that engine."""
    ready = Take.objects.ready(now).filter(run=OuterRef("pk"), engine=None)
    looked_at = StyleRun.objects.filter(pk__in=runs).order_by().annotate(own_work=Exists(ready))
    return {row[0]: row for row in looked_at.values_list("pk", "engine", "style", "own_work")}


def _handed_on(now: datetime, engines: set[int]) -> dict[int, list[int]]:
    """By run: the fallback engines that may be asked for a take of it."""
    found: dict[int, list[int]] = defaultdict(list)
    takes = Take.objects.ready(now).filter(engine__in=engines).order_by("engine")
    for run_id, engine_id in takes.values_list("run", "engine").distinct():
        found[run_id].append(engine_id)
    return found


def _askable_engines(now: datetime) -> set[int]:
    """Those that are switched on, do not rest, and that no switch stops."""
    engines = Engine.objects.filter(Q(cooling_until=None) | Q(cooling_until__lte=now), enabled=True)
    stopped = holds.stopped_names()
    return {pk for pk, provider in engines.values_list("pk", "provider") if provider not in stopped}


def _loads() -> tuple[Counter[int], Counter[int]]:
    """Takes in flight, by the owner of their project and by run."""
    by_run = Counter(Take.objects.in_flight().values_list("run", flat=True))
    owners = StyleRun.objects.filter(pk__in=by_run).order_by().values_list("pk", "project__owner")
    by_owner: Counter[int] = Counter()
    for run, owner in owners:
        by_owner[owner] += by_run[run]
    return by_owner, by_run


def in_flight(engine: Engine) -> int:
    """Of this engine. They are few; the database, asked to count those of one engine, would look through all that it
    ever made."""
    made_by = Take.objects.in_flight().values_list("engine", "run__engine")
    return sum((instead or own) == engine.pk for instead, own in made_by)
