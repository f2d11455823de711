"""What a refusal teaches: how long to leave an account alone, and how much it really allows."""

from datetime import datetime, timedelta

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from generation.errors import RateLimited
from generation.models import Account, Call, Limit, Outcome, Unit
from generation.models.keys import DAY, MINUTE
from generation.windows import next_midnight

LIMIT_WAIT = 15.0
"""Seconds to rest after a refusal that does not say how long; doubled with each one that follows."""
LONGEST_WAIT = 600.0
SHORTEST_WAIT = 1.0
"""Once what the vendor said was too short: one that says 0 each time would be asked without end."""
DAY_BEGINS = {"gemini": "America/Los_Angeles"}
"""Where a vendor's day begins at midnight; elsewhere UTC."""


def cool(call: Call, error: RateLimited, now: datetime) -> None:
    """Rest the limit that the vendor names, as long as it says, and learn from it. The caller is in a transaction and
    has locked the account."""
    account = Account.objects.get(calls=call)
    for limit in _named(account, call, error):
        if limit.cooling_until is None or limit.cooling_until < call.sent_at:  # not one of many that flew together
            limit.strikes = 0 if _worked_since(limit, call) else limit.strikes + 1
        until = _rest(limit, error, now)
        if limit.cooling_until is None or limit.cooling_until < until:
            limit.cooling_until, limit.cooling_reason = until, str(error)[:300]
        if not error.daily:
            _learn(limit, call, error, now)
        limit.save()


def forbid(call: Call, now: datetime) -> None:
    """The account may not use the model: a limit of 0, until staff say otherwise."""
    Limit.objects.update_or_create(
        account=call.account,
        model=call.model,
        unit=Unit.REQUESTS,
        seconds=DAY,
        defaults={"amount": 0, "learned_at": now},
    )


def _named(account: Account, call: Call, error: RateLimited) -> list[Limit]:
    """The limits of the model, else those of all models together; made where nobody knew of one. A quota of 0 says all
    there is to say."""
    span = Q(seconds__gte=DAY) if error.daily else Q(seconds__lt=DAY)
    limits = account.limits.select_for_update(no_key=True)  # staff may be writing them
    known = list(limits.filter(span, unit=error.unit, model__in=("", call.model)))
    own = [limit for limit in known if limit.model] or known or [_new_limit(account, call, error)]
    return [limit for limit in own if limit.amount != 0]


def _new_limit(account: Account, call: Call, error: RateLimited) -> Limit:
    zone = DAY_BEGINS.get(account.provider, "UTC") if error.daily else ""
    return Limit.objects.create(
        account=account,
        model=call.model,
        unit=error.unit,
        amount=error.amount,
        seconds=DAY if error.daily else MINUTE,
        midnight=zone,
    )


def _rest(limit: Limit, error: RateLimited, now: datetime) -> datetime:
    if error.daily:
        return next_midnight(limit.midnight or DAY_BEGINS.get(limit.account.provider, "UTC"), now)
    if error.retry_after is not None:
        return now + timedelta(seconds=max(error.retry_after, SHORTEST_WAIT if limit.strikes > 1 else 0.0))
    return now + timedelta(seconds=min(LONGEST_WAIT, LIMIT_WAIT * 2 ** min(16, max(0, limit.strikes - 1))))


def _worked_since(limit: Limit, call: Call) -> bool:
    since = Q(sent_at__gt=limit.cooling_until) if limit.cooling_until else Q()
    of_model = Call.objects.filter(since, account=limit.account_id, model=call.model, outcome=Outcome.SUCCEEDED)
    return of_model.exists()


def _learn(limit: Limit, call: Call, error: RateLimited, now: datetime) -> None:
    """Our window would have allowed it, the vendor did not. Where it names a smaller amount, that is it; else bursts
    are too large: as many as were taken, less one. A refusal that was on its way when we learned teaches nothing."""
    if limit.amount is None or (limit.learned_at is not None and call.sent_at <= limit.learned_at):
        return
    if error.amount is not None and 0 < error.amount < limit.amount:
        limit.amount, limit.learned_at = error.amount, now
        return
    allowed = limit.burst or limit.amount
    taken = _taken_before(limit, call)
    if taken < limit.amount:
        limit.burst, limit.learned_at = max(1, min(allowed - 1, taken - 1)), now


def _taken_before(limit: Limit, call: Call) -> int:
    """Units of the window that were sent before this call and not refused for the limit."""
    since = call.sent_at - timedelta(seconds=limit.seconds)
    before = Call.objects.filter(account=limit.account_id, sent_at__gt=since, sent_at__lt=call.sent_at)
    if limit.model:
        before = before.filter(model=limit.model)
    taken = before.exclude(error_code=RateLimited.code)
    if limit.counts_images:
        return int(taken.aggregate(sum=Coalesce(Sum("input_images"), 0))["sum"])
    return taken.count()
