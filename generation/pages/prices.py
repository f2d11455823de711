"""What a picture costs, for many engines at once, before it is asked for."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from django.db.models import Avg
from django.utils import timezone

from generation import money
from generation.models import Call, Engine, Outcome, Price

REFERENCES = 1
"""Pictures sent along: of a chain all but the first go with the one before."""
LATELY = timedelta(days=30)


def prices_of(engines: Iterable[Engine], aspect_ratio: str) -> dict[int, Decimal | None]:
    """By engine, US dollars a picture: by the price list, else what it cost lately; None: nobody knows. Two queries."""
    engines = list(engines)
    paid = [engine for engine in engines if engine.needs_key]
    rows = list(Price.objects.filter(provider__in={engine.provider for engine in paid})) if paid else []
    listed = {engine.pk: _listed(engine, aspect_ratio, rows) for engine in paid}
    usual = _usual([pk for pk, price in listed.items() if price is None])
    return {engine.pk: Decimal(0) if engine.pk not in listed else listed[engine.pk] or usual.get(engine.pk)
            for engine in engines}  # fmt: skip


def _listed(engine: Engine, aspect_ratio: str, rows: Iterable[Price]) -> Decimal | None:
    tariff = money.tariff_of(engine, *engine.size(aspect_ratio))
    found = money.rates_among(rows, engine.provider, engine.model, tariff)
    if found is None or found.per_picture is None:
        return None
    return found.per_picture + REFERENCES * (found.per_reference or 0)


def _usual(engine_ids: list[int]) -> Mapping[int, Decimal]:
    if not engine_ids:
        return {}
    calls = Call.objects.filter(engine__in=engine_ids, outcome=Outcome.SUCCEEDED, cost__isnull=False)
    lately = calls.filter(sent_at__gt=timezone.now() - LATELY).order_by()
    return dict(lately.values("engine").annotate(mean=Avg("cost")).values_list("engine", "mean"))
