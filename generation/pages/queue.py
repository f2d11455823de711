"""The queue page: runs in progress, and what each waits for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count

from generation import caps
from generation.models import OPEN, Status, StyleRun, Take, Worker
from generation.models.clock import database_now
from generation.models.runs import StyleRunQuerySet
from generation.pages import wording
from generation.pages.covers import frame_counts
from generation.pages.places import QUEUE_LOOKED_AT, full_caps, queue_places
from generation.pages.stops import Stop, load_stops, stop_of
from generation.pages.waiting import rate_limits
from generation.pages.wording import State
from generation.verbs import RUN_VERBS

MOVES = ("to_front", "usual_turn", "prefer")
"""Verbs on a run's place in the queue."""
STRANGERS = 30
"""Runs of others that are listed, the soonest first."""


@dataclass(frozen=True)
class QueuedRun:
    """`place`: of its first picture in the engine's queue, from 1, or None where none of it may start. `limit`: until
    when a rate limit lasts; `stop`: what keeps its engine from being asked; `cap`: how many pictures its owner may have
    made at once, where so many are; `verbs`: those on its place, as name and label.
    """

    run: StyleRun
    done: int
    total: int
    running: int
    place: int | None
    limit: datetime | None
    stop: Stop | None
    cap: int | None = None
    verbs: Sequence[tuple[str, str]] = ()

    @property
    def line(self) -> str:
        return wording.progress_line(self.done, self.total)

    @property
    def waits_for(self) -> State:
        """What keeps its next picture from being made."""
        state = wording.moving_state(self.run, running=self.running, done=self.done, limit=self.limit, stop=self.stop)
        if self.running and state.key != "held":
            return replace(state, word=f"{wording.amount(self.running)} being made")
        if self.cap is not None and state.key in ("queued", "generating"):
            return wording.capped(self.cap)
        if state.key in ("queued", "generating"):
            return State("queued", "Queued", f"position {self.place}" if self.place else "for the picture before")
        return state


@dataclass(frozen=True)
class Stranger:
    """Somebody else's run that waits for the same engine: what it is called is his own affair."""

    place: int
    pictures: int
    engine: str

    @property
    def words(self) -> str:
        return f"Somebody else’s run, {wording.amount(self.pictures)}"


@dataclass(frozen=True)
class Queue:
    """In the order of turns. `threads`: how many pictures the living workers can make at once; 0 = nobody works.
    `allowed`: what the reader may have going at once, in words; empty: any."""

    runs: list[QueuedRun]
    strangers: list[Stranger]
    workers: int
    threads: int
    allowed: str = ""

    @property
    def lines(self) -> list[QueuedRun | Stranger]:
        """All of it, those that wait for no turn last."""
        return sorted([*self.runs, *self.strangers], key=lambda line: line.place or QUEUE_LOOKED_AT + 1)


def load_queue(runs: StyleRunQuerySet, reader: User | AnonymousUser | None = None) -> Queue:
    """As many queries for one run as for a hundred."""
    listed = list(runs.select_related("project", "project__owner", "style", "engine").defer("snapshot").order_by("pk"))
    alive = list(Worker.objects.alive().filter(draining=False).values_list("threads", flat=True))
    places = queue_places(run.engine for run in listed)
    first = _first_places(places)
    queued = _queued(listed, first, reader)
    strangers = _strangers({run: place for run, place in first.items() if run not in {own.pk for own in listed}})
    return Queue(queued, strangers, len(alive), sum(alive), _allowed(reader))


def _first_places(places: Mapping[int, int]) -> dict[int, int]:
    """By run."""
    found: dict[int, int] = {}
    for take_id, run_id in Take.objects.filter(pk__in=places).values_list("pk", "run"):
        found[run_id] = min(places[take_id], found.get(run_id, places[take_id]))
    return found


def _strangers(first: Mapping[int, int]) -> list[Stranger]:
    soonest = sorted(first, key=lambda run_id: first[run_id])[:STRANGERS]
    wanted = Take.objects.filter(run__in=soonest, status__in=OPEN).order_by()
    rows = wanted.values("run").annotate(number=Count("pk")).values_list("run", "number", "run__engine__title")
    return [Stranger(first[run_id], number, engine) for run_id, number, engine in rows]


def _allowed(reader: User | AnonymousUser | None) -> str:
    cap = caps.cap_of(reader.pk) if reader is not None and reader.pk is not None else None
    return wording.allowed(cap) if cap is not None else ""


def _queued(runs: Sequence[StyleRun], first: Mapping[int, int], reader: User | AnonymousUser | None) -> list[QueuedRun]:
    counts = frame_counts(runs)
    active = Take.objects.filter(run__in=runs, status=Status.GENERATING)
    running = Counter(active.values_list("run", flat=True))
    waits = rate_limits({(run.engine, run.style_id) for run in runs}, database_now())
    stops = load_stops()
    full = full_caps({run.project.owner_id for run in runs})
    return [
        QueuedRun(
            run,
            *counts.get(run.pk, (0, 0)),
            running[run.pk],
            first.get(run.pk),
            waits.get((run.engine_id, run.style_id)),
            stop_of(run.engine.provider, stops, costs_money=run.engine.needs_key),
            full.get(run.project.owner_id),
            _moves(run, reader),
        )
        for run in runs
    ]


def _moves(run: StyleRun, reader: User | AnonymousUser | None) -> list[tuple[str, str]]:
    """Verbs on its place that make sense for it now."""
    verbs = [(name, RUN_VERBS[name]) for name in MOVES]
    return [(name, verb.label) for name, verb in verbs if verb.open_to(reader) and verb.applies(run)]
