"""The queue page: runs in progress, and what each waits for."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from generation.models import Status, StyleRun, Take, Worker
from generation.models.clock import database_now
from generation.models.runs import StyleRunQuerySet
from generation.pages import wording
from generation.pages.covers import frame_counts
from generation.pages.facts import queue_places
from generation.pages.wording import State


@dataclass(frozen=True)
class QueuedRun:
    """`place`: of its first picture in the engine's queue, from 1, or None where none of it may start."""

    run: StyleRun
    done: int
    total: int
    running: int
    place: int | None

    @property
    def line(self) -> str:
        return wording.progress_line(self.done, self.total)

    @property
    def waits_for(self) -> State:
        """What keeps its next picture from being made."""
        state = wording.moving_state(self.run, self.run.engine, database_now(), running=self.running, done=self.done)
        if self.running:
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
    """Five queries however many runs there are."""
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
    return [
        QueuedRun(run, *counts.get(run.pk, (0, 0)), running[run.pk], min(first[run.pk], default=None)) for run in runs
    ]
