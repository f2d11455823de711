"""May a call start now, and with which key? Counted from the ledger at every claim, so it holds across any number of
processes and restarts. The counting itself is in `windows`, what refusals teach in `cooling`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Aggregate, Count, F, Min, Q, QuerySet, Sum

from generation import readiness
from generation.models import Account, ApiKey, Call, Engine, KeyPool, Limit, Outcome, Unit
from generation.models.clock import database_now
from generation.providers import PROVIDERS
from generation.windows import LimitState, Start, counted, day_of, span_of

APART = timedelta(milliseconds=5)
"""Between two starts of one account: a refusal of the first of a burst is heard before the last one starts."""
LONG = 3600
"""Seconds from which a window is counted by the database and not call by call."""
Units = Mapping[str, int]
"""What a call takes, by the unit of a limit."""


@dataclass(frozen=True)
class Grant:
    """A key to ask with, and the instant to ask at: now, or milliseconds later. `more_at`: when its account has room
    again; None where it still has, or where no window tells."""

    key: ApiKey
    starts_at: datetime
    more_at: datetime | None


@dataclass(frozen=True)
class Wait:
    """Every account is at its limit; the first has room again `until` then. `parallel`: the end of a call may make room
    before."""

    until: datetime
    parallel: bool = False


@dataclass(frozen=True)
class NoKey:
    """Nothing to ask with, and time alone will not change that. `reason` is a sentence for people."""

    reason: str


# --- who may be asked with -------------------------------------------------------------------------------------------


def keys_for(engine: Engine, style_id: int) -> QuerySet[ApiKey]:
    """Usable keys for pictures of this style: the engine's pool, else the style's, else all that belong to no style.
    None of a provider that is not installed: nobody could ask with them."""
    if engine.provider not in PROVIDERS:
        return ApiKey.objects.none()
    keys = ApiKey.objects.usable().filter(account__provider=engine.provider)
    if engine.key_pool_id is not None:
        return keys.filter(pools=engine.key_pool_id)
    own = KeyPool.objects.filter(provider=engine.provider, styles=style_id).first()
    return keys.filter(pools=own) if own else keys.exclude(pools__in=KeyPool.objects.filter(styles__isnull=False))


def grant(engine: Engine, style_id: int, input_images: int) -> Grant | Wait | NoKey:
    """The key of the account with the most room, the account locked until the caller's transaction ends.

    Looked at twice: for the best of all without a lock, then for certain at that one. Never two accounts are locked
    at once, so two claims cannot wait for each other.
    """
    units: Units = {Unit.REQUESTS: 1, Unit.INPUT_IMAGES: input_images}
    keys = keys_for(engine, style_id)
    best = _best(engine, style_id, keys, units)
    if not isinstance(best, Standing):
        return best
    certain = _locked(best, engine.model, units)
    now = database_now()
    if not certain.may_start:
        return Wait(certain.free_at or now + timedelta(seconds=1), certain.parallel)
    key = keys.filter(account=best.account).order_by(F("last_used_at").asc(nulls_first=True), "pk").first()
    if key is None:  # disabled while we waited for the lock
        return Wait(now + APART)
    key.account = best.account
    starts_at = max(now, certain.last_start + APART) if certain.last_start else now
    return Grant(key, starts_at, certain.more_at((starts_at, engine.model, input_images), units))


def _locked(best: "Standing", model: str, units: Units) -> "Standing":
    """Where rows cannot be locked a transaction that writes is alone from its first word on: then it is certain."""
    if not connection.features.has_select_for_update:
        return best
    account = Account.objects.select_for_update(no_key=True).get(pk=best.account.pk)
    return _standings([account], model, units, database_now())[0]


def look(engine: Engine, style_id: int) -> Wait | NoKey | None:
    """What `grant` would say now; None: a key."""
    best = _best(engine, style_id, keys_for(engine, style_id), {Unit.REQUESTS: 1, Unit.INPUT_IMAGES: 1})
    return None if isinstance(best, Standing) else best


def _best(engine: Engine, style_id: int, keys: QuerySet[ApiKey], units: Units) -> "Standing | Wait | NoKey":
    accounts = Account.objects.filter(keys__in=keys).distinct()
    standings = _standings(accounts, engine.model, units, database_now())
    if not standings:
        return NoKey(why_no_key(engine, style_id))
    ready = [standing for standing in standings if standing.may_start]
    if ready:
        return max(ready, key=lambda standing: standing.room)
    times = [standing.free_at for standing in standings if standing.free_at is not None and not standing.never]
    if times:
        return Wait(min(times), any(standing.parallel for standing in standings))
    return NoKey(why_no_key(engine, style_id))


def why_no_key(engine: Engine, style_id: int) -> str:
    """In words for everybody, without names of keys."""
    lacking = " ".join(readiness.missing(engine, style_id))
    return f"“{engine}” cannot be asked now. {lacking} It goes on by itself when staff have put that right."


# --- how accounts stand ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What an account's limits say together of one more call. `room` is a share of the whole, 0 to 1, to compare
    accounts by; `calls` how many could start at once. `never`: a quota of 0."""

    account: Account
    room: float
    calls: int
    free_at: datetime | None
    never: bool
    parallel: bool
    states: Sequence[LimitState]
    starts: "Sequence[Taken]"
    now: datetime

    @property
    def may_start(self) -> bool:
        return self.free_at is None and not self.never

    @property
    def last_start(self) -> datetime | None:
        """The start of the last moment, if there was one; it may lie a few milliseconds ahead."""
        return self.starts[-1][0] if self.starts and self.starts[-1][0] > self.now - APART else None

    def more_at(self, start: "Taken", units: Units) -> datetime | None:
        """When one more like this may follow it, as far as short windows know; None: at once."""
        starts = [*self.starts, start]
        short = [state.limit for state in self.states if _is_short(state.limit)]
        states = [counted(limit, _of_limit(limit, starts), units.get(limit.unit, 1), self.now) for limit in short]
        return max((state.free_at for state in states if state.free_at is not None), default=None)


def _standings(accounts: Iterable[Account], model: str, units: Units, now: datetime) -> list[Standing]:
    accounts = list(accounts)
    limits = list(Limit.objects.filter(account__in=accounts, model__in=("", model)))
    starts = _recent_starts(accounts, limits, now)
    states = _states(accounts, limits, starts, units, now)
    flying = _in_flight(accounts)
    return [
        _standing(account, states[account.pk], units, flying.get(account.pk, 0), starts[account.pk], now)
        for account in accounts
    ]


def _standing(
    account: Account,
    states: Sequence[LimitState],
    units: Units,
    flying: int,
    starts: "Sequence[Taken]",
    now: datetime,
) -> Standing:
    counted = [state for state in states if state.limit.amount is not None]
    shares = [state.room / max(1, state.limit.amount or 1) for state in counted]
    calls = [state.room // max(1, units[state.limit.unit]) for state in counted if units[state.limit.unit]]
    times = [state.free_at for state in states if state.free_at is not None]
    crowded = account.max_parallel is not None and flying >= account.max_parallel
    if account.max_parallel is not None:
        shares.append((account.max_parallel - flying) / account.max_parallel)
        calls.append(account.max_parallel - flying)
        if crowded:
            times.append(now + timedelta(seconds=1))  # an end rings by itself; this only says "not now"
    return Standing(
        account=account,
        room=min(shares, default=1.0),
        calls=max(0, min(calls, default=1000)),
        free_at=max(times, default=None),
        never=any(state.limit.amount == 0 for state in counted),
        parallel=crowded,
        states=states,
        starts=starts,
        now=now,
    )


def load(accounts: Iterable[Account], now: datetime) -> dict[int, list[LimitState]]:
    """By account: all its limits and how they stand for one unit more. Few queries for any number."""
    accounts = list(accounts)
    limits = list(Limit.objects.filter(account__in=accounts))
    return _states(accounts, limits, _recent_starts(accounts, limits, now), {}, now)


def _states(
    accounts: Iterable[Account], limits: Iterable[Limit], starts: "Starts", units: Units, now: datetime
) -> dict[int, list[LimitState]]:
    states: dict[int, list[LimitState]] = {account.pk: [] for account in accounts}
    tallies = _tallies([limit for limit in limits if limit.amount is not None and not _is_short(limit)], now)
    for limit in limits:
        wanted = units.get(limit.unit, 1)
        if limit.amount is not None and limit.pk in tallies:
            state = _tallied(limit, limit.amount, tallies[limit.pk], wanted, now)
        else:
            state = counted(limit, _of_limit(limit, starts[limit.account_id]), wanted, now)
        states[limit.account_id].append(_cooled(state, now))
    return states


def room_for(engine: Engine, style_ids: Iterable[int], now: datetime) -> int:
    """How many calls could start now in these styles together; too many rather than too few."""
    pools = [Q(keys__in=keys_for(engine, style_id)) for style_id in style_ids]
    accounts = Account.objects.filter(reduce(or_, pools, Q(pk__in=[]))).distinct()
    units: Units = {Unit.REQUESTS: 1, Unit.INPUT_IMAGES: 0}
    standings = _standings(accounts, engine.model, units, now)
    return sum(standing.calls for standing in standings if standing.may_start)


def waits_until(engine: Engine, style_id: int, now: datetime) -> datetime | None:
    """When the first account has room again; None where one has it now, or none ever will by itself."""
    answer = look(engine, style_id)
    return answer.until if isinstance(answer, Wait) else None


Taken = tuple[datetime, str, int]
"""A call: when it was sent, for which model, with how many pictures."""
Starts = dict[int, list[Taken]]
"""By account."""


def _recent_starts(accounts: Iterable[Account], limits: Iterable[Limit], now: datetime) -> "Starts":
    """Calls in the longest of the short windows, at least those of the last moment, oldest first."""
    spans = [span_of(limit.seconds) for limit in limits if _is_short(limit)]
    calls = Call.objects.filter(account__in=accounts, sent_at__gt=now - max(spans, default=APART))
    starts: Starts = defaultdict(list)
    for account, model, sent_at, images in calls.order_by("sent_at").values_list(
        "account", "model", "sent_at", "input_images"
    ):
        starts[account or 0].append((sent_at, model, images))
    return starts


def _of_limit(limit: Limit, taken: Sequence[Taken]) -> list[Start]:
    images = limit.unit == Unit.INPUT_IMAGES
    return [(at, count if images else 1) for at, model, count in taken if limit.model in ("", model)]


def _is_short(limit: Limit) -> bool:
    return limit.seconds < LONG and not limit.midnight and limit.amount is not None


def _cooled(state: LimitState, now: datetime) -> LimitState:
    """A limit that rests has no room, and is free when both the rest and the window say so."""
    until = state.limit.cooling_until
    if until is None or until <= now:
        return state
    return LimitState(state.limit, state.used, 0, max(until, state.free_at or until))


Tally = tuple[int, datetime | None]
"""Units taken in a window, and when the first of them was."""


def _tallies(limits: Iterable[Limit], now: datetime) -> dict[int, Tally]:
    """By limit, of those that are too long to read call by call. One query for any number."""
    counts: dict[str, Aggregate] = {}
    for limit in limits:
        begins, _ends = _window(limit, now)
        of_limit = Q(account=limit.account_id, sent_at__gt=begins) & (Q(model=limit.model) if limit.model else Q())
        counter = Sum("input_images", filter=of_limit) if limit.counts_images else Count("pk", filter=of_limit)
        counts |= {f"used_{limit.pk}": counter, f"first_{limit.pk}": Min("sent_at", filter=of_limit)}
    if not counts:
        return {}
    earliest = min(_window(limit, now)[0] for limit in limits)
    accounts = {limit.account_id for limit in limits}
    found = Call.objects.filter(account__in=accounts, sent_at__gt=earliest).aggregate(**counts)
    return {limit.pk: (found[f"used_{limit.pk}"] or 0, found[f"first_{limit.pk}"]) for limit in limits}


def _window(limit: Limit, now: datetime) -> tuple[datetime, datetime | None]:
    """When it began, and when it ends; None where it ends for each call by itself."""
    return day_of(limit, now) if limit.midnight else (now - span_of(limit.seconds), None)


def _tallied(limit: Limit, amount: int, tally: Tally, wanted: int, now: datetime) -> LimitState:
    used, first = tally
    room = max(0, amount - used)
    if not amount or not wanted or used + min(wanted, amount) <= amount:
        return LimitState(limit, used, room)
    _begins, ends = _window(limit, now)
    return LimitState(limit, used, room, ends or (first or now) + span_of(limit.seconds))


def _in_flight(accounts: Sequence[Account]) -> dict[int, int]:
    capped = [account.pk for account in accounts if account.max_parallel is not None]
    if not capped:
        return {}
    flying: dict[int, int] = defaultdict(int)
    for account in Call.objects.filter(account__in=capped, outcome=Outcome.SENT).values_list("account", flat=True):
        flying[account or 0] += 1
    return flying
