"""Places in the queue: the coming order of claims, acted out on paper."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import F, Max, Min, Window
from django.db.models.functions import Coalesce, RowNumber

from generation import caps
from generation.choosing import Side, load_of_all
from generation.models import Engine, RunStatus, StyleRun, Take
from generation.models.clock import database_now

QUEUE_LOOKED_AT = 500
"""Places in the queue that are counted; who waits behind them is told that he waits, and not where."""
LATER = 1e12
"""Seconds, later than any time: of those who are served on paper the last one was served last."""


@dataclass(frozen=True)
class Line:
    """The takes of one run that could start on one engine, in order; and what decides its turn."""

    run_id: int
    side: Side
    priority: int
    turn: int
    started: float
    most: int | None
    takes: deque[int] = field(default_factory=deque)


def queue_places(asked: Iterable[Engine]) -> dict[int, int]:
    """By take: its place, from 1, among all that could start on its engine. As many queries for one run as for a
    hundred."""
    engines = {engine.pk: engine for engine in asked}
    lines = _lines(engines) if engines else {}
    if not lines:
        return {}
    sides = {line.side for of_engine in lines.values() for line in of_engine}
    served, began = _known(sides)
    flying = _flying()
    most = caps.most_at_once({owner for owner, _engine in sides})
    places: dict[int, int] = {}
    for engine_id, of_engine in lines.items():
        turns = Turns(engines[engine_id].max_parallel, of_engine, dict(served), began, most, flying, engine_id)
        places |= {take_id: place for place, take_id in enumerate(turns.play(), start=1)}
    return places


def _lines(engines: Iterable[int]) -> dict[int, list[Line]]:
    """By engine. Of each owner the first few takes are read, as many as of everybody else."""
    rank = Window(
        RowNumber(),
        partition_by=[F("run__project__owner"), F("run__engine"), F("maker")],
        order_by=[
            F("run__priority").desc(), F("run__turn").desc(), F("run__started_at").asc(nulls_last=True),
            F("position"), F("run"), F("pk"),
        ],
    )  # fmt: skip
    ready = (
        Take.objects.ready(database_now())
        .annotate(maker=Coalesce("engine", "run__engine"))
        .filter(maker__in=list(engines), run__status=RunStatus.GENERATING, run__hold="")
        .filter(run__project__deleted_at=None)
        .order_by("-run__priority", rank, "pk")
    )
    found: dict[int, dict[int, Line]] = defaultdict(dict)
    rows = ready.values_list(
        "pk", "maker", "run", "run__project__owner", "run__engine", "run__priority", "run__turn", "run__started_at",
        "run__max_parallel",
    )  # fmt: skip
    for take_id, maker, run_id, owner, engine, priority, turn, started, most in rows[:QUEUE_LOOKED_AT]:
        since = started.timestamp() if started else LATER
        line = found[maker].setdefault(run_id, Line(run_id, (owner, engine), priority, turn, since, most))
        line.takes.append(take_id)
    return {maker: list(lines.values()) for maker, lines in found.items()}


def _known(sides: Iterable[Side]) -> tuple[dict[Side, float], dict[Side, float]]:
    """By owner and engine: when he was served there last, and since when he waits; in seconds."""
    going = StyleRun.objects.filter(status=RunStatus.GENERATING, hold="", project__owner__in={own for own, _ in sides})
    rows = going.order_by().values("project__owner", "engine").annotate(last=Max("served_at"), first=Min("started_at"))
    served, began = {}, {}
    for owner, engine, last, first in rows.values_list("project__owner", "engine", "last", "first"):
        served[owner, engine] = last.timestamp() if last else 0.0
        began[owner, engine] = first.timestamp() if first else LATER
    return served, began


def _flying() -> list[tuple[int, Side, int]]:
    """What is in flight, oldest first: its run, its side, and the engine that makes it."""
    takes = list(Take.objects.in_flight().order_by("started_at").values_list("run", "engine"))
    runs = StyleRun.objects.filter(pk__in={run for run, _ in takes}).order_by()
    sides = {pk: (owner, engine) for pk, owner, engine in runs.values_list("pk", "project__owner", "engine")}
    return [(run, sides[run], engine or sides[run][1]) for run, engine in takes if run in sides]


def full_caps(owners: Collection[int]) -> dict[int, int]:
    """Owners who have as many pictures in flight as they may, and how many that is."""
    most = caps.most_at_once(owners)
    flying = load_of_all().by_owner if most else Counter[int]()
    return {owner: amount for owner, amount in most.items() if flying[owner] >= amount}


class Turns:
    """One engine's coming claims, if all pictures take equally long. See `choosing` for the rules."""

    def __init__(
        self,
        places: int,
        lines: Sequence[Line],
        served: dict[Side, float],
        began: dict[Side, float],
        most: dict[int, int],
        flying: Sequence[tuple[int, Side, int]],
        engine_id: int,
    ) -> None:
        self._places, self._served, self._began, self._most = places, served, began, most
        self._lines: dict[Side, list[Line]] = defaultdict(list)
        for line in lines:
            self._lines[line.side].append(line)
        self._here = deque((run, side) for run, side, maker in flying if maker == engine_id)
        self._by_run = Counter(run for run, _, _ in flying)
        self._by_side = Counter(side for _, side, _ in flying)
        self._by_owner = Counter(side[0] for _, side, _ in flying)
        self._run_served: dict[int, int] = {}

    def play(self) -> Iterator[int]:
        """Takes in the order in which they begin."""
        step = 0
        while any(self._lines.values()):
            if len(self._here) >= self._places and self._here:
                self._end()
            line = min(filter(None, map(self._first, self._lines)), key=self._turn, default=None)
            if line is not None:
                step += 1
                yield self._begin(line, step)
            elif self._here:
                self._end()
            else:
                return  # whoever waits here is at his cap elsewhere

    def _first(self, side: Side) -> Line | None:
        """The run of theirs that goes next, if one may."""
        cap = self._most.get(side[0])
        if cap is not None and self._by_owner[side[0]] >= cap:
            return None
        may = (line for line in self._lines[side] if line.most is None or self._by_run[line.run_id] < line.most)
        return min(may, key=self._own_turn, default=None)

    def _own_turn(self, line: Line) -> tuple[float, ...]:
        served = self._run_served.get(line.run_id, 0)
        return (-line.priority, -line.turn, line.started, self._by_run[line.run_id], served, line.run_id)

    def _turn(self, line: Line) -> tuple[float, ...]:
        side = line.side
        return (-line.priority, self._by_side[side], self._served.get(side, 0.0), self._began.get(side, LATER), *side)

    def _begin(self, line: Line, step: int) -> int:
        self._served[line.side] = LATER + step
        self._run_served[line.run_id] = step
        self._count(line.run_id, line.side, 1)
        self._here.append((line.run_id, line.side))
        take_id = line.takes.popleft()
        if not line.takes:
            self._lines[line.side].remove(line)
        return take_id

    def _end(self) -> None:
        self._count(*self._here.popleft(), -1)

    def _count(self, run_id: int, side: Side, by: int) -> None:
        self._by_run[run_id] += by
        self._by_side[side] += by
        self._by_owner[side[0]] += by
