"""How much of a limit is left, counted from the starts of calls. Pure: no query, the same starts give the same answer.

A vendor counts requests as they *arrive*, we count them as they are *sent*: a window is taken a little longer than it
is (`GUARD`). Exact for a window that slides, safe for one that is aligned to the clock. A vendor with a token bucket
refuses a burst that the minute would allow: with `Limit.burst`, starts beyond it are spaced evenly.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from generation.models import Limit
from generation.models.keys import MINUTE

GUARD = 0.5 / 60
"""Share of a window that is waited longer: half a second of a minute."""

TICK = 2e-6
"""Seconds: times are kept in microseconds, and rounding must not put a start off for ever."""

Start = tuple[datetime, int]
"""When a call was sent and how many units it took."""


@dataclass(frozen=True)
class LimitState:
    """How a limit stands. `room`: units that may start now; `free_at`: when the next one may, None for now or never."""

    limit: Limit
    used: int
    room: int
    free_at: datetime | None = None


def counted(limit: Limit, starts: Sequence[Start], wanted: int, now: datetime) -> LimitState:
    """Pure. `starts`: oldest first, at least those of the window; `wanted`: units of the next call."""
    if limit.amount is None:
        return LimitState(limit, 0, 0)
    span = span_of(limit.seconds)
    inside = [(at, units) for at, units in starts if at > now - span]
    used = sum(units for _, units in inside)
    room, free_at = max(0, limit.amount - used), _free_in_window(limit.amount, inside, wanted, span)
    if limit.burst and limit.burst < limit.amount:
        tokens, refilled_at = _bucket(limit.burst, limit.amount / span.total_seconds(), inside, wanted, now)
        room = min(room, tokens)
        free_at = max(filter(None, (free_at, refilled_at)), default=None)
    return LimitState(limit, used, room, free_at)


def _free_in_window(amount: int, inside: Sequence[Start], wanted: int, span: timedelta) -> datetime | None:
    """When enough of the calls have left the window. A call larger than the whole limit goes when all have."""
    too_many = sum(units for _, units in inside) + min(wanted, amount) - amount
    if wanted and too_many > 0:
        for at, units in inside:
            too_many -= units
            if too_many <= 0:
                return at + span
    return None


def _bucket(
    burst: int, rate: float, inside: Sequence[Start], wanted: int, now: datetime
) -> tuple[int, datetime | None]:
    """Tokens in a bucket of `burst` that refills with `rate` a second, and when there are enough for the next call."""
    debt, before = 0.0, now
    for at, units in inside:
        debt = max(0.0, debt - max(0.0, (at - before).total_seconds()) * rate) + units
        before = at
    debt = max(0.0, debt - max(0.0, (now - before).total_seconds()) * rate)
    missing = debt + min(wanted, burst) - burst
    free_at = now + timedelta(seconds=missing / rate) if wanted and missing > rate * TICK else None
    return max(0, math.floor(burst - debt + rate * TICK)), free_at


def day_of(limit: Limit, now: datetime) -> tuple[datetime, datetime]:
    """The vendor's day around `now`, taken a little longer at both ends."""
    local = now.astimezone(ZoneInfo(limit.midnight))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    guard = timedelta(seconds=MINUTE * GUARD)
    if local - midnight < guard:  # what is sent now may arrive yesterday
        midnight -= timedelta(days=1)
    return midnight - guard, midnight.replace(fold=0) + timedelta(days=1) + guard


def next_midnight(zone: str, now: datetime) -> datetime:
    """Of the vendor's day."""
    local = now.astimezone(ZoneInfo(zone))
    tomorrow = (local + timedelta(days=1)).date()
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=ZoneInfo(zone)) + timedelta(seconds=1)


def span_of(seconds: int) -> timedelta:
    return timedelta(seconds=seconds * (1 + GUARD))
