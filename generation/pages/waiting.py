"""Until when engines wait for rate limits: of many at once, in a constant number of queries."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from generation import limits
from generation.models import Account, Engine
from generation.readiness import Keys
from generation.windows import LimitState

Pair = tuple[int, int]
"""Ids of an engine and a style: keys go by both."""


def rate_limits(pairs: Iterable[tuple[Engine, int]], now: datetime) -> dict[Pair, datetime]:
    """Engines and styles of which nothing may start now because of a limit, and when something may."""
    pairs = list(pairs)
    cooling = {
        (engine.pk, style_id): engine.cooling_until
        for engine, style_id in pairs
        if engine.cooling_until is not None and engine.cooling_until > now
    }
    keyed = [(engine, style_id) for engine, style_id in pairs if engine.needs_key]
    return _of_accounts(keyed, now) | cooling if keyed else cooling


def _of_accounts(pairs: list[tuple[Engine, int]], now: datetime) -> dict[Pair, datetime]:
    keys = Keys.of(engine for engine, _ in pairs)
    accounts = {(engine.pk, style_id): keys.accounts(engine, style_id) for engine, style_id in pairs}
    states = limits.load({account.pk: account for found in accounts.values() for account in found}.values(), now)
    waits = {
        (engine.pk, style_id): _first_free(engine, accounts[engine.pk, style_id], states) for engine, style_id in pairs
    }
    return {pair: until for pair, until in waits.items() if until is not None}


def _first_free(engine: Engine, accounts: Iterable[Account], states: Mapping[int, list[LimitState]]) -> datetime | None:
    """None where one of the accounts has room now, or there is none at all."""
    times = [_free_at(engine, states[account.pk]) for account in accounts]
    later = [time for time in times if time is not None]
    return min(later) if later and len(later) == len(times) else None


def _free_at(engine: Engine, states: Iterable[LimitState]) -> datetime | None:
    times = [state.free_at for state in states if state.limit.model in ("", engine.model)]
    return max((time for time in times if time is not None), default=None)
