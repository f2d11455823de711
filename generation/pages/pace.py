"""How long what is left will take and what it may cost, judged by what the engine did lately."""

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from generation.models import Call, Outcome

OBSERVED = 20
"""Calls that a pace is judged by: the engine's last ones that brought a picture."""


@dataclass(frozen=True)
class Pace:
    """Medians of one picture: seconds, and US dollars (None where the vendor does not tell)."""

    seconds: float | None = None
    cost: Decimal | None = None
    observations: int = 0

    @property
    def longest(self) -> float:
        """Seconds after which a picture takes longer than pictures do; infinite where that is not known."""
        return math.inf if self.seconds is None else 5 + 3 * self.seconds


def load_paces(engine_ids: Iterable[int]) -> dict[int, Pace]:
    """By engine, one indexed query each: a window over the whole ledger would read all of it."""
    return {engine_id: _pace(engine_id) for engine_id in set(engine_ids)}


def _pace(engine_id: int) -> Pace:
    calls = Call.objects.filter(engine=engine_id, outcome=Outcome.SUCCEEDED, finished_at__isnull=False)
    rows = list(calls.order_by("-sent_at").values_list("sent_at", "finished_at", "cost")[:OBSERVED])
    if not rows:
        return Pace()
    seconds = statistics.median((finished - sent).total_seconds() for sent, finished, _ in rows if finished)
    costs = [cost for _, _, cost in rows if cost is not None]
    return Pace(seconds, statistics.median(costs) if costs else None, len(rows))


def longest_chain(waiting: Mapping[int, int | None], turns: Mapping[int, int] | None = None) -> int:
    """Turns that must come one after the other. `waiting`: by frame still to be made, the frame before it; `turns`: how
    many a frame takes that takes more than one."""
    depth: dict[int, int] = {}
    for frame in waiting:
        path = []
        at: int | None = frame
        while at is not None and at in waiting and at not in depth:
            path.append(at)
            at = waiting[at]
        behind = depth.get(at, 0) if at is not None else 0
        for passed in reversed(path):
            behind += (turns or {}).get(passed, 1)
            depth[passed] = behind
    return max(depth.values(), default=0)


def seconds_left(
    waiting: Mapping[int, int | None], parallel: int, pace: Pace, wanted: Mapping[int, int] | None = None
) -> float | None:
    """Whichever is later: the longest chain, or all of them as many at once as the engine takes. `wanted`: by frame,
    how many pictures of it, where that is more than one; whatever continues from it waits for all of them."""
    if pace.seconds is None:
        return None
    at_once, several = max(1, parallel), wanted or {}
    turns = {frame: math.ceil(number / at_once) for frame, number in several.items()}
    pictures = sum(several.get(frame, 1) for frame in waiting)
    return max(longest_chain(waiting, turns), math.ceil(pictures / at_once)) * pace.seconds
