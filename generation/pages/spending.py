"""What runs have cost so far and will cost, for those who pay: owners and staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from generation.models import Call, Outcome, StyleRun
from generation.pages import dollars
from generation.pages.prices import as_begun, prices_of
from storyboards.models import Project


@dataclass(frozen=True)
class Spent:
    """US dollars; what was reserved where the cost is not known (yet). `unpriced`: pictures without any price."""

    dollars: Decimal = Decimal(0)
    unpriced: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.dollars + other.dollars, self.unpriced + other.unpriced)


@dataclass(frozen=True)
class Money:
    """Of a project: what its runs have cost, by run and together, and what one more picture of each costs."""

    by_run: Mapping[int, Spent]
    total: Spent
    prices: Mapping[int, Decimal | None]

    def words(self, run: StyleRun, still_wanted: int) -> str:
        """ "$0.54 so far, about $1.20 in all"; nothing at all of what is free. `still_wanted`: not begun yet."""
        spent = self.by_run.get(run.pk, Spent())
        price = self.prices.get(run.pk)
        if not run.engine.needs_key and not spent.dollars:
            return ""
        to_come = None if price is None else price * still_wanted
        moving = run.is_active and still_wanted > 0
        return dollars.spent_so_far(spent.dollars, to_come, moving=moving, unpriced=spent.unpriced)

    @property
    def total_words(self) -> str:
        """Where it is more than one run's."""
        several = sum(bool(spent.dollars) for spent in self.by_run.values()) > 1
        return dollars.money(self.total.dollars) if several else ""


def load_money(project: Project, runs: Sequence[StyleRun]) -> Money:
    """Three queries. `runs` have their engines at hand."""
    calls = Call.objects.filter(project=project).order_by()
    nobody_knows = Q(cost=None, reserved_cost=0, outcome=Outcome.SUCCEEDED)
    rows = calls.values("take__run").annotate(
        dollars=Sum(Coalesce("cost", "reserved_cost")), unpriced=Count("pk", filter=nobody_knows)
    )
    by_run = {
        run: Spent(amount, unpriced) for run, amount, unpriced in rows.values_list("take__run", "dollars", "unpriced")
    }
    return Money(by_run, sum(by_run.values(), Spent()), prices_of({run.pk: as_begun(run) for run in runs}))
