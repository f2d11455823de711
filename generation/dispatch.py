"""Which picture is made next: `claim` chooses it, `ring` wakes as many workers as there is work for.

Rows are locked in one order everywhere: Engine, StyleRun, Take and Frame, EventStream. Always with `no_key`: nobody
changes a primary key, and a full lock would wait for every row that refers to this one.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from redis.exceptions import RedisError

from generation import events
from generation.models import Call, Engine, Frame, Outcome, RunStatus, Status, StyleRun, Take, Worker
from generation.models.clock import database_now
from generation.rq import FILES, PICTURES, enqueue, queued

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
"""How long a take belongs to a worker that gives no sign of life."""
GRACE = timedelta(seconds=10)
"""Beyond a call's deadline, for storing what came."""


@dataclass(frozen=True)
class Claim:
    """A take that is ours to make, and the call row written for it. `fence` is what the lease is worth."""

    take_id: int
    call_id: int
    fence: int
    resume: str | None = None


def claim(worker: Worker | None = None) -> Claim | None:
    """Take the best piece of work that may start now, or None. One transaction: take, frame, call row and event.

    Each run that is looked at has a transaction of its own, for nobody may hold one run and wait for another.
    """
    full: set[int] = set()
    for run in _startable_runs(database_now()):
        if run.engine_id in full:
            continue
        with transaction.atomic():
            engine = Engine.objects.select_for_update(no_key=True).get(pk=run.engine_id)
            now = database_now()
            if not _has_room(engine, now):
                full.add(engine.pk)
            elif (mine := _claim_of(run, engine, worker, now)) is not None:
                return mine
    return None


def _claim_of(run: StyleRun, engine: Engine, worker: Worker | None, now: datetime) -> Claim | None:
    """Asked again under the run's own lock: it may have been paused, planned anew or filled since it was found."""
    runs = StyleRun.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    locked = runs.filter(pk=run.pk, status=RunStatus.GENERATING, hold="").first()
    if locked is None or _is_full(locked):
        return None
    take = _next_take(locked, now)
    return _lease(take, locked, engine, worker, now) if take is not None else None


def _is_full(run: StyleRun) -> bool:
    return run.max_parallel is not None and run.takes.filter(status=Status.GENERATING).count() >= run.max_parallel


def _startable_runs(now: datetime) -> QuerySet[StyleRun]:
    """Those with work that may start: highest priority first, then whose owner has the fewest in flight, then the
    oldest. Styles that were started together are equally old, and grow side by side."""
    in_flight = Take.objects.filter(status=Status.GENERATING)
    owners_load = in_flight.filter(run__project__owner=OuterRef("project__owner")).order_by()
    runs_load = in_flight.filter(run=OuterRef("pk")).order_by()
    return (
        startable(now)
        .select_related("project")
        .annotate(
            load=_count(owners_load, "run__project__owner"),
            own_load=_count(runs_load, "run"),
        )
        .filter(Q(max_parallel=None) | Q(own_load__lt=F("max_parallel")))
        .order_by("-priority", "load", "started_at", "own_load", "pk")
    )


def startable(now: datetime) -> QuerySet[StyleRun]:
    """Runs that nothing holds and that have a ready take."""
    ready = Take.objects.ready(now).filter(run=OuterRef("pk"))
    return StyleRun.objects.filter(
        Q(engine__cooling_until=None) | Q(engine__cooling_until__lte=now),
        Exists(ready),
        status=RunStatus.GENERATING,
        hold="",
        engine__enabled=True,
        project__deleted_at=None,
    )


def _count(takes: QuerySet[Take], by: str) -> Coalesce:
    counted = takes.values(by).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _has_room(engine: Engine, now: datetime) -> bool:
    """Asked under the engine's lock, so two workers never see the same last place."""
    if engine.cooling_until is not None and engine.cooling_until > now:
        return False
    return _in_flight(engine) < engine.max_parallel


def _in_flight(engine: Engine) -> int:
    return Take.objects.filter(run__engine=engine, status=Status.GENERATING).count()


def _next_take(run: StyleRun, now: datetime) -> Take | None:
    return run.takes.ready(now).order_by("position", "pk").first()


def _lease(take: Take, run: StyleRun, engine: Engine, worker: Worker | None, now: datetime) -> Claim | None:
    """Make it ours: a conditional update, for somebody may have cancelled it since it was read."""
    deadline = now + timedelta(seconds=engine.timeout)
    mine = Take.objects.filter(pk=take.pk, status=Status.PENDING).update(
        status=Status.GENERATING,
        attempts=F("attempts") + 1,
        fence=F("fence") + 1,
        lease_until=now + LEASE,
        deadline=deadline,
        worker=worker,
        started_at=now,
        not_before=None,
        error_code="",
        error_message="",
    )
    if not mine:
        return None
    call = _write_call(take, run, engine, now)
    Frame.objects.filter(pk=take.frame_id, chosen=None).update(status=Status.GENERATING)
    events.publish(run.project_id, "frame.generating", run=run.pk, frames=[take.frame_id])
    return Claim(take.pk, call.pk, call.fence, call.remote_id or None)


def _write_call(take: Take, run: StyleRun, engine: Engine, now: datetime) -> Call:
    """The ledger's row before the request. A call whose worker died after the vendor named its job is gone on with."""
    orphan = Call.objects.filter(take=take, outcome=Outcome.SENT).first() if take.attempts else None
    if orphan is not None:
        orphan.fence = take.fence + 1
        orphan.save(update_fields=["fence"])
        return orphan
    return Call.objects.create(
        take=take,
        project=run.project,
        user_id=take.requested_by_id,
        engine=engine,
        project_title=run.project.title,
        step_number=take.position,
        provider=engine.provider,
        model=engine.model,
        attempt=take.attempts + 1,
        fence=take.fence + 1,
        sent_at=now,
    )


def renew_leases(worker: Worker) -> int:
    """One statement for all takes of a process; a call past its deadline is left to expire.

    A take that somebody has locked is passed over, it has time: waiting for many rows at once could wait in a circle.
    """
    with transaction.atomic():
        now = database_now()
        mine = Take.objects.filter(worker=worker, status=Status.GENERATING, deadline__gt=now - GRACE)
        free = mine.select_for_update(no_key=True, skip_locked=True).values("pk")
        return Take.objects.filter(pk__in=free).update(lease_until=now + LEASE)


# --- doorbells -------------------------------------------------------------------------------------------------------


def ring_on_commit() -> None:
    """Ring once what was changed can be seen."""
    transaction.on_commit(ring)


def hand_on_on_commit() -> None:
    """One job for the thread that has just become free: an end never lets more than one other take begin."""
    transaction.on_commit(partial(_send_jobs, 1))


def ring() -> int:
    """Put as many jobs into the queue as takes may start now and worker threads are free; return how many.

    Best effort: with the broker away nothing is lost, the next beat rings again.
    """
    wanted = min(_may_start(database_now()), _free_threads())
    return _send_jobs(wanted, counting_queued=True) if wanted else 0


def _send_jobs(wanted: int, *, counting_queued: bool = False) -> int:
    try:
        missing = max(0, wanted - queued(PICTURES)) if counting_queued else wanted
        for _ in range(missing):
            enqueue(PICTURES, "generation.jobs.make_next")
    except RedisError as error:
        logger.warning("The broker cannot be reached; work goes on when it is back: %s", type(error).__name__)
        return 0
    return missing


def ring_files(take_ids: Iterable[int]) -> None:
    """Have the full-size files of these takes made. Best effort, too: `ring_missed_files` repairs."""
    try:
        for take_id in take_ids:
            enqueue(FILES, "generation.jobs.derive_files", take_id)
    except RedisError as error:
        logger.warning("The broker cannot be reached; full-size files are made later: %s", type(error).__name__)


def ring_missed_files() -> None:
    """Takes whose full-size files should have been made by now, once nothing else waits for that."""
    missed = Take.objects.filter(
        status=Status.COMPLETED, display=None, finished_at__lt=database_now() - timedelta(seconds=30)
    )
    try:
        if not queued(FILES):
            ring_files(missed.values_list("pk", flat=True)[:50])
    except RedisError as error:
        logger.debug("no broker: %s", error)


def _may_start(now: datetime) -> int:
    """How many calls could begin at this instant, engine by engine."""
    runs = startable(now)
    return sum(_may_start_on(engine, runs, now) for engine in Engine.objects.filter(pk__in=runs.values("engine")))


def _may_start_on(engine: Engine, runs: QuerySet[StyleRun], now: datetime) -> int:
    room = max(0, engine.max_parallel - _in_flight(engine))
    return Take.objects.ready(now).filter(run__in=runs.filter(engine=engine))[:room].count()


def _free_threads() -> int:
    alive = Worker.objects.alive().filter(draining=False)
    threads = alive.aggregate(sum=Sum("threads"))["sum"] or 0
    return max(0, threads - Take.objects.filter(status=Status.GENERATING, worker__in=alive).count())


def next_due(now: datetime) -> datetime | None:
    """When a take that waits, or an engine that cools, may go on; None where nothing waits for a time."""
    waiting = Take.objects.filter(status=Status.PENDING, not_before__gt=now, run__status=RunStatus.GENERATING)
    cooling = Engine.objects.filter(cooling_until__gt=now, runs__status=RunStatus.GENERATING)
    times = [
        waiting.order_by("not_before").values_list("not_before", flat=True).first(),
        cooling.order_by("cooling_until").values_list("cooling_until", flat=True).first(),
    ]
    return min((time for time in times if time is not None), default=None)
