"""What a start or another verb would make, cost and take: numbers, for pages and programs alike."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from generation.models import Worker
from generation.pages import pace
from generation.pages.pace import Pace
from generation.pages.prices import prices_of
from generation.pages.rehearsal import Rehearsal, Wanted, rehearse
from generation.pages.wording import ENOUGH_OBSERVATIONS
from storyboards.models import Project


@dataclass(frozen=True)
class Estimate:
    """`styles`: pictures, by the style's slug; `cost` US dollars, None: nobody knows; `seconds` None: not known yet;
    `refusal`: why it would be refused, in words. `reused`: pictures that exist already and are taken, free; `costs`:
    `cost` by style."""

    styles: dict[str, int]
    cost: Decimal | None
    seconds: float | None
    refusal: str = ""
    reused: int = 0
    costs: Mapping[str, Decimal | None] = field(default_factory=dict)

    @property
    def pictures(self) -> int:
        return sum(self.styles.values())


def estimate(project: Project, act: Callable[[], object], styles: Iterable[str]) -> Estimate:
    """Of `act`, which starts pictures of this project in these styles. Nothing stays of it."""
    rehearsal = rehearse(project, project.pk, act)
    if rehearsal.refusal:
        return Estimate(dict.fromkeys(styles, 0), Decimal(0), 0.0, rehearsal.refusal)
    counts = Counter(picture.style for picture in rehearsal.wanted)
    costs = _costs(rehearsal)
    return Estimate(
        {style: counts[style] for style in styles},
        _sum(costs.values()),
        _seconds(rehearsal.wanted),
        reused=rehearsal.reused,
        costs=costs,
    )


def _costs(rehearsal: Rehearsal) -> dict[str, Decimal | None]:
    """By style, as its run asks for its pictures."""
    prices = prices_of(rehearsal.asked)
    by_style: dict[str, list[Decimal | None]] = defaultdict(list)
    for picture in rehearsal.wanted:
        by_style[picture.style].append(prices[picture.run])
    return {style: _sum(each) for style, each in by_style.items()}


def cost_of_all(rehearsals: Iterable[Rehearsal]) -> Decimal | None:
    """US dollars of many together; None: nobody knows."""
    return _sum(dollars for rehearsal in rehearsals for dollars in _costs(rehearsal).values())


def _sum(dollars: Iterable[Decimal | None]) -> Decimal | None:
    """None as soon as one is not known: half a sum would read like a whole one."""
    amounts = list(dollars)
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def _seconds(wanted: Sequence[Wanted]) -> float | None:
    """Until the last picture of the slowest run, where nobody else wants the engines."""
    by_run: dict[int, list[Wanted]] = defaultdict(list)
    for picture in wanted:
        by_run[picture.run].append(picture)
    sharing = Counter(pictures[0].engine for pictures in by_run.values())
    paces = pace.load_paces(sharing)
    threads = Worker.objects.alive().aggregate(sum=Sum("threads"))["sum"]
    seconds = [_of_run(pictures, paces, sharing, threads) for pictures in by_run.values()]
    known = [time for time in seconds if time is not None]
    return max(known, default=0.0) if len(known) == len(seconds) else None


def _of_run(
    pictures: Sequence[Wanted], paces: dict[int, Pace], sharing: Counter[int], threads: int | None
) -> float | None:
    one = pictures[0]
    known = paces[one.engine]
    if known.observations < ENOUGH_OBSERVATIONS:
        return None
    share = min(one.engine_parallel, threads or one.engine_parallel) // sharing[one.engine]
    parallel = min(share, one.run_parallel or share)
    waiting = {picture.frame: picture.source for picture in pictures}
    return pace.seconds_left(waiting, parallel, known, Counter(picture.frame for picture in pictures))
