"""What a picture will cost, what a call did cost, and whether a budget allows one more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import DecimalField, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from generation.models import Budget, Call, Engine, Outcome, Period, Price, StyleRun
from generation.providers import PROVIDERS, get_provider
from generation.providers.base import Tariff

TOKENS = ("text_in", "image_in", "text_out", "image_out")
MILLION = 1_000_000
NOTHING = Decimal(0)
MONEY = DecimalField(max_digits=12, decimal_places=6)
Options = Mapping[str, object]
OBSERVED = 20
"""Calls whose median stands for the price of a vendor that sells time."""


# --- prices ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rates:
    """One vendor's prices for one kind of picture, in US dollars, each from the row that names it most precisely."""

    per_picture: Decimal | None = None
    per_reference: Decimal | None = None
    per_second: Decimal | None = None
    text_in: Decimal | None = None
    image_in: Decimal | None = None
    text_out: Decimal | None = None
    image_out: Decimal | None = None


def rates(provider: str, model: str, tariff: Tariff) -> Rates | None:
    """None where no row speaks of it."""
    return rates_among(Price.objects.filter(provider=provider, model__in=("", model)), provider, model, tariff)


def rates_among(rows: Iterable[Price], provider: str, model: str, tariff: Tariff) -> Rates | None:
    """The same from rows at hand, for pages that name many prices."""
    fitting = [row for row in rows if row.provider == provider and _fits(row, model, tariff)]
    if not fitting:
        return None
    precise = sorted(fitting, key=lambda row: -sum((bool(row.model), bool(row.size), bool(row.quality))))
    return Rates(**{name: _first(precise, name) for name in Rates.__dataclass_fields__})


def _fits(row: Price, model: str, tariff: Tariff) -> bool:
    return row.model in ("", model) and row.size in ("", tariff.size) and row.quality in ("", tariff.quality)


def _first(rows: list[Price], column: str) -> Decimal | None:
    return next((value for row in rows if (value := getattr(row, column)) is not None), None)


def tariff_of(engine: Engine, width: int, height: int, options: Options | None = None) -> Tariff:
    """`options`: those of a run, where they are not the engine's own."""
    asked = engine.options if options is None else options
    return get_provider(engine.provider).tariff(engine.model, width, height, asked)


def price_of_picture(
    engine: Engine, width: int, height: int, references: int = 0, options: Options | None = None
) -> Decimal | None:
    """What one picture takes by the price list, or, where time is sold, what the last ones took; None: nobody knows."""
    if engine.provider not in PROVIDERS:
        return None
    if not engine.needs_key:
        return NOTHING
    found = rates(engine.provider, engine.model, tariff_of(engine, width, height, options))
    if found is not None and found.per_picture is not None:
        return found.per_picture + references * (found.per_reference or 0)
    return _usual_cost(engine)


def _usual_cost(engine: Engine) -> Decimal | None:
    calls = Call.objects.filter(engine=engine, outcome=Outcome.SUCCEEDED, cost__isnull=False).order_by("-sent_at")
    costs = sorted(cost for cost in calls.values_list("cost", flat=True)[:OBSERVED] if cost is not None)
    return costs[len(costs) // 2] if costs else None


def cost_of(call: Call, usage: dict[str, int]) -> Decimal | None:
    """What the vendor takes for a call that it counted so: by tokens, by time, by the picture; None: nobody knows."""
    found = rates(call.provider, call.model, Tariff(call.size, call.quality))
    if found is None:
        return None
    priced = [(usage[name], getattr(found, name)) for name in TOKENS if usage.get(name)]
    if priced and all(price is not None for _, price in priced):
        return sum((Decimal(count) * price / MILLION for count, price in priced), NOTHING)
    if found.per_second is not None and usage.get("milliseconds"):
        return Decimal(usage["milliseconds"]) / 1000 * found.per_second
    if found.per_picture is not None:
        return found.per_picture + call.input_images * (found.per_reference or 0)
    return None


def cost_of_time(call: Call, seconds: float) -> Decimal | None:
    """What it costs at most where time is sold, by our own clock: the vendor did not tell its own."""
    found = rates(call.provider, call.model, Tariff(call.size, call.quality))
    return None if found is None or found.per_second is None else Decimal(str(round(seconds, 3))) * found.per_second


# --- budgets ---------------------------------------------------------------------------------------------------------


def spent_on(calls: QuerySet[Call]) -> Decimal:
    """What they cost; what was reserved for those whose cost nobody knows (yet)."""
    taken = Coalesce(Sum(Coalesce("cost", "reserved_cost")), NOTHING, output_field=MONEY)
    total: Decimal = calls.aggregate(sum=taken)["sum"]
    return total


def spent(budget: Budget, now: datetime) -> Decimal:
    """In this period."""
    calls = Call.objects.all()
    if budget.run_id is not None:
        calls = calls.filter(take__run=budget.run_id)
    if budget.project_id is not None:
        calls = calls.filter(project=budget.project_id)
    if budget.user_id is not None:
        calls = calls.filter(user=budget.user_id)
    begins = period_begins(budget.period, now)
    return spent_on(calls.filter(sent_at__gte=begins) if begins else calls)


def period_begins(period: str, now: datetime) -> datetime | None:
    """By the clock of the installation (TIME_ZONE)."""
    if period == Period.TOTAL:
        return None
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.replace(day=1) if period == Period.MONTH else midnight


def period_ends(period: str, now: datetime) -> datetime | None:
    """When there is new money; None where only a person can give it."""
    begins = period_begins(period, now)
    if begins is None:
        return None
    if period == Period.DAY:
        return begins + timedelta(days=1)
    return (begins + timedelta(days=32)).replace(day=1)


def budgets_of(run: StyleRun, user_id: int | None = None) -> QuerySet[Budget]:
    """All that a picture of this run is paid from; `user_id` asks for it, the project's owner where left out."""
    own = Q(run=run) | Q(project=run.project_id) | Q(user=user_id or run.project.owner_id)
    return Budget.objects.filter(own | Q(run=None, project=None, user=None)).order_by("pk")


def exceeded(run: StyleRun, user_id: int | None, price: Decimal, now: datetime) -> Budget | None:
    """The budget that has no room for one more picture. All of the run's are locked until the transaction ends."""
    for budget in budgets_of(run, user_id).select_for_update(of=("self",), no_key=True):
        taken = spent(budget, now)
        if taken + price > budget.amount or taken >= budget.amount:
            return budget
    return None


def used_up(budget: Budget, now: datetime) -> str:
    """In words for people who watch a held run."""
    whose = {"run": "this run", "project": "this project", "user": "you"}
    of = next((words for name, words in whose.items() if getattr(budget, f"{name}_id") is not None), "everybody")
    ends = period_ends(budget.period, now)
    then = f"It goes on by itself at {ends:%H:%M on %d %b}, or" if ends else "It goes on"
    return f"The budget of ${budget.amount} for {of} has no room for another picture. {then} as soon as staff raise it."
