"""What may start now, in whose turn: read with few and light questions, for every claim asks them.

On each engine people take turns, whoever owns the run: first who has the fewest pictures in flight there, then who was
served there longest ago. So somebody with five pictures waits for one of another's after each of his own, never for the
end of three hundred. A person's own runs go one after another, the oldest first or as he moved them; styles that were
started together grow side by side. Only what staff prefer goes before all turns.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Case, Exists, F, IntegerField, Max, Min, OuterRef, Q, QuerySet, Value, When, Window
from django.db.models.functions import Cast

from generation import caps, holds
from generation.models import Call, Engine, RunStatus, StyleRun, Take

FEW, MANY = 10, 500
"""Runs that are looked at together: first, and then."""
REMEMBERED = 100
"""Calls of an engine that are looked through for somebody who was served."""

Key = TypeVar("Key")
Side = tuple[int, int]
"""Ids of an owner and of his runs' own engine: between these turns are taken. An owner is not passed over on a quick
engine because a slow one is busy with a picture of his."""


@dataclass(frozen=True)
class Piece:
    """A run with work that may start, and the engine it is for: `handed_on` from the run's own."""

    run_id: int
    style_id: int
    owner_id: int
    engine_id: int
    handed_on: bool = False


def pieces(now: datetime, only: StyleRun | None) -> Iterator[Piece]:
    """In the order of turns. The run's own engine first, then a fallback. Rows are read when they are looked at: mostly
    the first one will do."""
    engines = _askable_engines(now)
    elsewhere = _handed_on(now, engines)
    found = _going(engines, elsewhere)
    found = found.filter(pk=only.pk) if only else found
    for owners in _ever_more(found.values_list("pk", "project__owner")):
        looked_at = _look_for_work(owners, now)
        for run_id, engine_id, style_id, own_work in (looked_at[pk] for pk in owners if pk in looked_at):
            owner_id = owners[run_id]
            if own_work and engine_id in engines:
                yield Piece(run_id, style_id, owner_id, engine_id)
            for other_id in elsewhere[run_id]:
                yield Piece(run_id, style_id, owner_id, other_id, handed_on=True)


def _going(engines: set[int], elsewhere: Iterable[int]) -> QuerySet[StyleRun]:
    """Runs that nothing holds, that may have more in flight, and whose engine may be asked or that have work
    `elsewhere`; in order. Sorted by the database: reading a thousand takes longer than all else that a claim does."""
    loads = load_of_all()
    runs = StyleRun.objects.filter(status=RunStatus.GENERATING, hold="", project__deleted_at=None)
    runs = runs.filter(Q(engine__in=engines) | Q(pk__in=elsewhere))
    runs = runs.exclude(project__owner__in=caps.crowded(loads.by_owner))
    own = _as_number(loads.by_run, lambda run: Q(pk=run))
    of_side = _as_number(loads.by_side, lambda side: Q(project__owner=side[0], engine=side[1]))
    runs = runs.filter(Q(max_parallel=None) | Q(max_parallel__gt=own))
    return runs.order_by("-priority", of_side, *_turns(own))


def _turns(own: Cast) -> Iterator[Any]:
    """What decides between equal loads. Whoever was never served goes first, of several the one who has waited longest;
    then come a person's own runs."""
    side = [F("project__owner"), F("engine")]
    yield Window(Max("served_at"), partition_by=side).asc(nulls_first=True)
    yield Window(Min("started_at"), partition_by=side).asc(nulls_last=True)
    yield from (*side, F("turn").desc(), F("started_at").asc(nulls_last=True))
    yield from (own, F("served_at").asc(nulls_first=True), F("pk"))


def _ever_more(runs: QuerySet[StyleRun, tuple[int, int]]) -> Iterator[dict[int, int]]:
    """By run its owner, in order: a few first, for mostly the first one will do."""
    few = dict(runs[:FEW])
    yield few
    others = [row for row in runs if row[0] not in few] if len(few) == FEW else []
    for begin in range(0, len(others), MANY):
        yield dict(others[begin : begin + MANY])


def _look_for_work(runs: Collection[int], now: datetime) -> dict[int, tuple[int, int, int, bool]]:
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


# --- what is in flight -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loads:
    """Pictures in flight. `by_side` names the engine of the run, also where another one stands in for it."""

    by_run: Counter[int]
    by_side: Counter[Side]
    by_owner: Counter[int]


def load_of_all() -> Loads:
    """They are few: so many calls as there are places. Asked for with their owners at once, the database would begin
    with all owners."""
    loads = Loads(Counter(Take.objects.in_flight().values_list("run", flat=True)), Counter(), Counter())
    runs = StyleRun.objects.filter(pk__in=loads.by_run).order_by()
    for run, owner, engine in runs.values_list("pk", "project__owner", "engine"):
        loads.by_side[owner, engine] += loads.by_run[run]
        loads.by_owner[owner] += loads.by_run[run]
    return loads


def _as_number(counted: Counter[Key], named: Callable[[Key], Q]) -> Cast:
    """How many are in flight, as the database sees it; those that have none are not named."""
    with_load: dict[int, Q] = defaultdict(Q)
    for key, count in counted.items():
        with_load[count] |= named(key)
    whens = [When(those, then=Value(count)) for count, those in with_load.items()]
    return Cast(Case(*whens, default=Value(0)), IntegerField())  # PostgreSQL would take a bare 0 for a column's number


def in_flight(engine: Engine) -> int:
    """Of this engine. They are few; the database, asked to count those of one engine, would look through all that it
    ever made."""
    made_by = Take.objects.in_flight().values_list("engine", "run__engine")
    return sum((instead or own) == engine.pk for instead, own in made_by)


# --- whose turn it was -----------------------------------------------------------------------------------------------


def last_served(owner_id: int, engine: Engine) -> datetime | None:
    """For a new run. Whoever asks for one picture after another is not new with each of them; who is not among the last
    that the engine served is."""
    recent = Call.objects.filter(engine=engine).order_by("-sent_at").values_list("project__owner", "sent_at")
    return next((at for owner, at in recent[:REMEMBERED] if owner == owner_id), None)


def leave_turn(run: StyleRun) -> None:
    """When a run ends, another of its owner's on the same engine keeps in mind when he was served: three hundred runs
    of one picture must not be three hundred people who were never served."""
    going = StyleRun.objects.filter(status=RunStatus.GENERATING, engine=run.engine_id).exclude(pk=run.pk)
    others = going.filter(project__owner=run.project.owner_id).order_by(F("served_at").desc(nulls_last=True), "pk")
    heir = others.select_for_update(of=("self",), no_key=True, skip_locked=True).values_list("pk", flat=True).first()
    if heir is not None and run.served_at is not None:
        older = Q(served_at=None) | Q(served_at__lt=run.served_at)
        StyleRun.objects.filter(older, pk=heir).update(served_at=run.served_at)
