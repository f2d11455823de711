"""On what terms a take may be asked for now: with which key, at what price; or why not."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from generation import holds, limits, money, planning
from generation.models import ApiKey, Call, Engine, Hold, Outcome, StyleRun, Take
from generation.providers.base import Tariff


@dataclass(frozen=True)
class Terms:
    """`price` is what is reserved, in US dollars; `orphan` a call that a dead worker began: nothing is asked anew.
    `more_at`: when the account has room again, if this takes the last of it."""

    starts_at: datetime
    more_at: datetime | None = None
    key: ApiKey | None = None
    price: Decimal = money.NOTHING
    tariff: Tariff = field(default_factory=Tariff)
    input_images: int = 0
    orphan: Call | None = None


def agree(take: Take, run: StyleRun, engine: Engine, now: datetime) -> Terms | limits.Wait | None:
    """None: the run has been held, and says why. Locks the account and the budgets that it names."""
    orphan = Call.objects.filter(take=take, outcome=Outcome.SENT).first() if take.attempts else None
    if orphan is not None:
        return Terms(now, orphan=orphan)
    images = planning.input_images(run, engine, take.frame)
    if not engine.needs_key:
        return Terms(now, input_images=images)
    granted = limits.grant(engine, run.style_id, images)
    if isinstance(granted, limits.NoKey):
        holds.hold(run, Hold.NO_KEY, granted.reason)
        return None
    if isinstance(granted, limits.Wait):
        return granted
    return _afford(take, run, engine, granted, images)


def _afford(take: Take, run: StyleRun, engine: Engine, granted: limits.Grant, images: int) -> Terms | None:
    size, options = planning.size_of(run, engine), planning.options_of(run, engine)
    price = money.price_of_picture(engine, *size, images, options) or money.NOTHING
    budget = money.exceeded(run, take.requested_by_id, price, granted.starts_at)
    if budget is not None:
        holds.hold(run, Hold.BUDGET, money.used_up(budget, granted.starts_at))
        return None
    ApiKey.objects.filter(pk=granted.key.pk).update(last_used_at=granted.starts_at)
    tariff = money.tariff_of(engine, *size, options)
    return Terms(granted.starts_at, granted.more_at, granted.key, price, tariff, images)


def continued(orphan: Call, take: Take) -> Call:
    """The dead worker's call, ours from now on."""
    orphan.fence = take.fence + 1
    orphan.save(update_fields=["fence"])
    return orphan
