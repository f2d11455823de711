"""What a picture costs, for many engines and runs at once, before it is asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from django.db.models import Avg
from django.utils import timezone

from generation import money, planning
from generation.models import Call, Engine, Outcome, Price, StyleRun
from generation.money import Options

REFERENCES = 1
"""Pictures sent along: of a chain all but the first go with the one before."""
LATELY = timedelta(days=30)
Key = TypeVar("Key")


@dataclass(frozen=True)
class Asked:
    """What a picture is asked of: an engine, in this size in pixels, with these options."""

    engine: Engine
    size: tuple[int, int]
    options: Options


def as_usual(engine: Engine, aspect_ratio: str) -> Asked:
    return Asked(engine, engine.size(aspect_ratio), engine.options)


def as_begun(run: StyleRun) -> Asked:
    """As a run asks for it, with its own quality and size. The run has its engine at hand. No query."""
    engine = planning.as_begun(run, run.engine)
    overrides: Options = run.snapshot.get("overrides", {})
    return Asked(engine, planning.size_of(run, engine), engine.options | dict(overrides))


def prices_of(asked: Mapping[Key, Asked]) -> dict[Key, Decimal | None]:
    """US dollars a picture: by the price list, else what the engine's cost lately; None: nobody knows. Two queries."""
    paid = {key: one for key, one in asked.items() if one.engine.needs_key}
    rows = list(Price.objects.filter(provider__in={one.engine.provider for one in paid.values()})) if paid else []
    listed = {key: _listed(one, rows) for key, one in paid.items()}
    usual = _usual({paid[key].engine.pk for key, price in listed.items() if price is None})
    return {
        key: Decimal(0) if key not in paid else listed[key] or usual.get(one.engine.pk) for key, one in asked.items()
    }


def _listed(one: Asked, rows: Iterable[Price]) -> Decimal | None:
    tariff = money.tariff_of(one.engine, *one.size, one.options)
    found = money.rates_among(rows, one.engine.provider, one.engine.model, tariff)
    if found is None or found.per_picture is None:
        return None
    return found.per_picture + REFERENCES * (found.per_reference or 0)


def _usual(engine_ids: Iterable[int]) -> Mapping[int, Decimal]:
    if not engine_ids:
        return {}
    calls = Call.objects.filter(engine__in=engine_ids, outcome=Outcome.SUCCEEDED, cost__isnull=False)
    lately = calls.filter(sent_at__gt=timezone.now() - LATELY).order_by()
    return dict(lately.values("engine").annotate(mean=Avg("cost")).values_list("engine", "mean"))
