"""The queue page: runs in progress, and what each waits for."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from generation.models import Status, StyleRun, Take, Worker
from generation.models.clock import database_now
from generation.models.runs import StyleRunQuerySet
from generation.pages import wording
from generation.pages.covers import frame_counts
from generation.pages.places import queue_places
from generation.pages.stops import Stop, load_stops, stop_of
from generation.pages.waiting import rate_limits
from generation.pages.wording import State


@dataclass(frozen=True)
class QueuedRun:
    """`place`: of its first picture in the engine's queue, from 1, or None where none of it may start. `limit`: until
    when a rate limit lasts; `stop`: what keeps its engine from being asked."""

    run: StyleRun
    done: int
    total: int
    running: int
    place: int | None
    limit: datetime | None
    stop: Stop | None

    @property
    def line(self) -> str:
        return wording.progress_line(self.done, self.total)

    @property
    def waits_for(self) -> State:
        """What keeps its next picture from being made."""
        state = wording.moving_state(self.run, running=self.running, done=self.done, limit=self.limit, stop=self.stop)
        if self.running and state.key != "held":
            return replace(state, word=f"{wording.amount(self.running, 'picture')} being made")
        if state.key in ("queued", "generating"):
            return State("queued", "Queued", f"position {self.place}" if self.place else "for the picture before")
        return state


@dataclass(frozen=True)
class Queue:
    """`threads`: how many pictures the living workers can make at once; 0 = nobody works."""

    runs: list[QueuedRun]
    workers: int
    threads: int


def load_queue(runs: StyleRunQuerySet) -> Queue:
    """As many queries for one run as for a hundred."""
    listed = list(runs.select_related("project", "project__owner", "style", "engine").defer("snapshot").order_by("pk"))
    alive = list(Worker.objects.alive().filter(draining=False).values_list("threads", flat=True))
    return Queue(_queued(listed), len(alive), sum(alive))


def _queued(runs: Sequence[StyleRun]) -> list[QueuedRun]:
    counts = frame_counts(runs)
    running: Counter[int] = Counter()
    first: dict[int, list[int]] = defaultdict(list)
    places = queue_places({run.engine_id for run in runs})
    active = Take.objects.filter(run__in=runs, status__in=(Status.PENDING, Status.GENERATING))
    for take_id, run_id, status in active.values_list("pk", "run", "status"):
        running[run_id] += status == Status.GENERATING
        if take_id in places:
            first[run_id].append(places[take_id])
    waits = rate_limits({(run.engine, run.style_id) for run in runs}, database_now())
    stops = load_stops()
    return [
        QueuedRun(
            run,
            *counts.get(run.pk, (0, 0)),
            running[run.pk],
            min(first[run.pk], default=None),
            waits.get((run.engine_id, run.style_id)),
            stop_of(run.engine.provider, stops, costs_money=run.engine.needs_key),
        )
        for run in runs
    ]
