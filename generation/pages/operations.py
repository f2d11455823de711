"""How the machine is doing, for those who run it. A constant number of queries however much there is."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import Coalesce, TruncMinute
from django.utils import timezone
from redis.exceptions import RedisError

from generation import limits, readiness, rq
from generation.models import (
    Account,
    ApiKey,
    Budget,
    Call,
    Hold,
    Outcome,
    Period,
    RunStatus,
    Status,
    StyleRun,
    Take,
    Worker,
)
from generation.models.clock import database_now
from generation.pages import dollars, failures, sparkline, wording
from generation.pages.sparkline import Sparkline
from generation.pages.wording import State
from generation.readiness import Readiness
from generation.windows import LimitState

MINUTES_DRAWN = 60
FAILURES_OF = timedelta(hours=1)
HELD_LISTED = 20


@dataclass(frozen=True)
class Work:
    """Takes by what they do. `oldest`: since when the one that has been ready longest waits for its turn.

    `queues`: jobs that wait, by queue of the broker; None where it is away.
    """

    ready: int
    waiting: int
    in_flight: int
    held: int
    oldest: datetime | None
    queues: Mapping[str, int] | None


@dataclass(frozen=True)
class WorkerView:
    worker: Worker
    busy: int


@dataclass(frozen=True)
class LimitView:
    """`cooling`: until when the vendor wants to be left alone."""

    state: LimitState
    cooling: datetime | None

    @property
    def words(self) -> str:
        limit = self.state.limit
        if limit.amount is None:
            return f"{limit}: not counted"
        if limit.amount == 0:
            return f"{limit}: may not be used"
        learned = " (learned)" if limit.learned_at else ""
        burst = f", {limit.burst} at once{learned}" if limit.burst else ""
        return f"{self.state.used} of {limit}, room for {self.state.room}{burst}"


@dataclass(frozen=True)
class AccountView:
    """`keys` is empty for people who may not see keys; `stopped`: why nothing is asked of it."""

    account: Account
    limits: list[LimitView]
    keys: list["KeyView"]
    in_flight: int
    requests: Sparkline


@dataclass(frozen=True)
class KeyView:
    key: ApiKey
    state: State

    @property
    def last_error(self) -> str:
        """Where it is not why the key is switched off."""
        return "" if self.key.last_error in self.key.disabled_reason else self.key.last_error


@dataclass(frozen=True)
class Spending:
    """US dollars since midnight; `cap` None: nobody set one. `unpriced`: calls whose price nobody knows."""

    today: Decimal
    cap: Decimal | None
    by_provider: list[tuple[str, str]]
    unpriced: int

    @property
    def figure(self) -> str:
        return dollars.money(self.today) if self.today else "$0"

    @property
    def words(self) -> str:
        return dollars.spending(self.today, self.cap)


@dataclass(frozen=True)
class Failing:
    """Calls that ended in the same way within the last hour."""

    code: str
    happened: str
    count: int
    latest: datetime


@dataclass(frozen=True)
class Operations:
    now: datetime
    work: Work
    workers: list[WorkerView]
    requests: Sparkline
    accounts: list[AccountView]
    spending: Spending
    failing: list[Failing]
    engines: list[Readiness]
    held: list[tuple[StyleRun, State]]

    @property
    def threads(self) -> int:
        return sum(view.worker.threads for view in self.workers if not view.worker.draining)

    @property
    def busy(self) -> int:
        return sum(view.busy for view in self.workers)


def load_operations(user: User) -> Operations:
    now = database_now()
    counted = _requests(now)
    return Operations(
        now=now,
        work=_work(now),
        workers=_workers(),
        requests=sparkline.draw(sum(counted.values(), Counter()), now, MINUTES_DRAWN),
        accounts=_accounts(now, counted, with_keys=user.has_perm("generation.view_apikey")),
        spending=_spending(now),
        failing=_failing(now),
        engines=readiness.readiness_of_all(),
        held=_held(user),
    )


# --- work ------------------------------------------------------------------------------------------------------------


def _work(now: datetime) -> Work:
    going = Q(run__status=RunStatus.GENERATING, run__hold="")
    ready = Q(status=Status.PENDING, ready_at__isnull=False) & (Q(not_before=None) | Q(not_before__lte=now))
    open_takes = Take.objects.filter(status__in=(Status.PENDING, Status.GENERATING), run__project__deleted_at=None)
    counts = open_takes.aggregate(
        ready=Count("pk", filter=ready & going),
        waiting=Count("pk", filter=Q(status=Status.PENDING) & ~ready & going),
        held=Count("pk", filter=Q(status=Status.PENDING) & ~going),
        in_flight=Count("pk", filter=Q(status=Status.GENERATING)),
        oldest=Min("ready_at", filter=ready & going),
    )
    return Work(**counts, queues=_queues())


def _queues() -> dict[str, int] | None:
    try:
        return {name: rq.queued(name) for name in (rq.PICTURES, rq.FILES)}
    except RedisError:
        return None


def _workers() -> list[WorkerView]:
    flying = Take.objects.filter(status=Status.GENERATING).order_by().values("worker").annotate(count=Count("pk"))
    busy = dict(flying.values_list("worker", "count"))
    return [WorkerView(worker, busy.get(worker.pk, 0)) for worker in Worker.objects.alive()]


def _held(user: User) -> list[tuple[StyleRun, State]]:
    runs = StyleRun.objects.visible_to(user).filter(status=RunStatus.GENERATING).exclude(hold__in=("", Hold.PERSON))
    listed = runs.select_related("project", "style", "engine").defer("snapshot").order_by("pk")[:HELD_LISTED]
    return [(run, wording.run_state(run)) for run in listed]


# --- accounts --------------------------------------------------------------------------------------------------------


def _accounts(now: datetime, requests: Mapping[int | None, Counter[datetime]], *, with_keys: bool) -> list[AccountView]:
    accounts = list(Account.objects.all())
    sent = Call.objects.filter(outcome=Outcome.SENT, account__isnull=False).order_by()
    flying = dict(sent.values("account").annotate(count=Count("pk")).values_list("account", "count"))
    states = limits.load(accounts, now)
    keys = _keys() if with_keys else {}
    return [
        AccountView(
            account=account,
            limits=[_limit(state, now) for state in states.get(account.pk, [])],
            keys=keys.get(account.pk, []),
            in_flight=flying.get(account.pk, 0),
            requests=sparkline.draw(requests.get(account.pk, Counter()), now, MINUTES_DRAWN),
        )
        for account in accounts
    ]


def _limit(state: LimitState, now: datetime) -> LimitView:
    return LimitView(state, state.limit.cooling_until if state.limit.is_cooling(now) else None)


def _keys() -> dict[int, list[KeyView]]:
    by_account: dict[int, list[KeyView]] = defaultdict(list)
    usable = set(ApiKey.objects.usable().values_list("pk", flat=True))
    for key in ApiKey.objects.select_related("account"):
        by_account[key.account_id].append(KeyView(key, _health(key, usable)))
    return by_account


def _health(key: ApiKey, usable: set[int]) -> State:
    if not key.enabled:
        return State("failed", "Switched off", key.disabled_reason)
    if key.pk in usable:
        return State("completed", "In use")
    return State("failed", "Not usable", key.account.stopped_reason or "its secret is not at hand here")


def _requests(now: datetime) -> dict[int | None, Counter[datetime]]:
    """By account: how many requests were sent in each of the last minutes."""
    sent = Call.objects.filter(sent_at__gt=now - timedelta(minutes=MINUTES_DRAWN)).order_by()
    counted: dict[int | None, Counter[datetime]] = defaultdict(Counter)
    by_minute = sent.annotate(minute=TruncMinute("sent_at")).values("account", "minute").annotate(count=Count("pk"))
    for account, minute, count in by_minute.values_list("account", "minute", "count"):
        counted[account][minute] = count
    return counted


# --- money and failures ----------------------------------------------------------------------------------------------


def _spending(now: datetime) -> Spending:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Call.objects.filter(sent_at__gte=midnight).order_by()
    spent = Sum(Coalesce("cost", "reserved_cost"))
    rows = list(today.values("provider").annotate(spent=spent).values_list("provider", "spent").order_by("-spent"))
    cap = Budget.objects.filter(run=None, project=None, user=None, period=Period.DAY).first()
    return Spending(
        today=sum((amount for _, amount in rows), Decimal(0)),
        cap=cap.amount if cap else None,
        by_provider=[(provider, dollars.money(amount)) for provider, amount in rows if amount],
        unpriced=today.filter(cost=None, reserved_cost=0, outcome=Outcome.SUCCEEDED).count(),
    )


def _failing(now: datetime) -> list[Failing]:
    lately = Call.objects.filter(finished_at__gt=now - FAILURES_OF).exclude(error_code="").order_by()
    rows = lately.values("error_code").annotate(count=Count("pk"), latest=Max("finished_at")).order_by("-count")
    return [
        Failing(code, failures.happened(code), count, latest)
        for code, count, latest in rows.values_list("error_code", "count", "latest")
    ]
