"""Which picture is made next: `claim` chooses it, `ring` wakes as many workers as there is work for.

Rows are locked in one order everywhere: Project, Engine, Account, Budget, Cap, StyleRun, Take and Frame, Call,
EventStream. Always with `no_key`: nobody changes a primary key, and a full lock would wait for every row that refers to
this one.
"""

import logging
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from redis.exceptions import RedisError

from generation import caps, events, holds, limits, planning
from generation.choosing import Piece, in_flight, load_of_all, pieces
from generation.models import Call, Engine, Frame, Outcome, RunStatus, Status, StyleRun, Take, Worker
from generation.models.clock import database_now
from generation.process import this_process
from generation.rq import FILES, PICTURES, enqueue, queued
from generation.terms import Terms, agree, continued

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
"""How long a take belongs to a worker that gives no sign of life."""
GRACE = timedelta(seconds=10)
"""Beyond a call's deadline, for storing what came."""
LOOK_ONCE_MORE = 0.05
"""Seconds after an end: the job that it sent goes first."""


@dataclass(frozen=True)
class Claim:
    """A take that is ours to make, and the call row written for it. `fence` is what the lease is worth.

    `resume` is the vendor's id of a job to go on with; `starts_in` seconds the call may begin. `capped`: its owner may
    have so many in flight, and its end makes room.
    """

    take_id: int
    call_id: int
    fence: int
    resume: str | None = None
    keyed: bool = False
    starts_in: float = 0.0
    capped: bool = False
    claimed_at: float = field(default_factory=time.monotonic)


def claim(worker: Worker | None = None, *, only: StyleRun | None = None) -> Claim | None:
    """Take the best piece of work that may start now (`only`: of this run), or None. One transaction: take, frame,
    call row and event.

    Each run that is looked at has a transaction of its own, for nobody may hold one run and wait for another.
    """
    if this_process.resumable and (resumed := _resume(worker, only)) is not None:
        return resumed
    full: set[int] = set()
    waits: dict[tuple[int, int], limits.Wait] = {}
    for piece in pieces(database_now(), only):
        if piece.engine_id in full or (piece.engine_id, piece.style_id) in waits:
            continue
        with transaction.atomic():
            engine = Engine.objects.select_for_update(of=("self",), no_key=True).get(pk=piece.engine_id)
            now = database_now()
            if not _has_room(engine, now):
                full.add(engine.pk)
                continue
            take = _next_take(piece, engine, now)
            terms = agree(take, take.run, planning.as_begun(take.run, engine), now) if take is not None else None
            if take is not None and isinstance(terms, Terms):
                mine = _claim_of(take, engine, terms, worker, now)
                if mine is not None:
                    this_process.full_until = -math.inf
                    _wake_for_more(terms.more_at, now)
                    return mine
            elif isinstance(terms, limits.Wait):
                waits[piece.engine_id, piece.style_id] = terms
                _wake_at(terms.until, now)
    if waits and not full and only is None and not any(wait.parallel for wait in waits.values()):
        _remember_full(min(wait.until for wait in waits.values()))
    return None


def _resume(worker: Worker | None, only: StyleRun | None) -> Claim | None:
    """Go on with a job that a dead worker began at the vendor. It has been paid and its result expires, so neither
    limits nor budgets, switches nor pauses are asked."""
    for orphan in _orphans().filter(take__run=only) if only else _orphans():
        with transaction.atomic():
            claim = _take_over(orphan, worker)
        if claim is not None:
            return claim
    this_process.resumable = 0
    return None


def _take_over(orphan: Call, worker: Worker | None) -> Claim | None:
    assert orphan.take is not None
    engine_id = orphan.take.engine_id or orphan.take.run.engine_id
    engine = Engine.objects.select_for_update(of=("self",), no_key=True).get(pk=engine_id)
    runs = StyleRun.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    run = runs.get(pk=orphan.take.run_id)
    now = database_now()
    still_begun = Call.objects.filter(pk=orphan.pk, outcome=Outcome.SENT).exists()
    return _lease(orphan.take, run, engine, Terms(now, orphan=orphan), worker, now) if still_begun else None


def _orphans() -> QuerySet[Call]:
    """Calls that the vendor knows by name, and nobody here goes on with."""
    begun = Call.objects.filter(outcome=Outcome.SENT, take__status=Status.PENDING, take__ready_at__isnull=False)
    return begun.exclude(remote_id="").select_related("take__run")


def look_for_orphans() -> None:
    """Once a beat: a claim looks for them only where there are some."""
    this_process.resumable = _orphans().count()


def _remember_full(until: datetime) -> None:
    """For a second at most: staff may make room at any time."""
    seconds = min(1.0, (until - database_now()).total_seconds())
    this_process.full_until = time.monotonic() + seconds


def _wake_for_more(more_at: datetime | None, now: datetime) -> None:
    """When the account has room again; at once where it still has, more work than that, and nobody else who looks."""
    if more_at is None and this_process.limits_bind and this_process.asking <= 1:
        more_at = now
    _wake_at(more_at, now)


def _wake_at(due: datetime | None, now: datetime) -> None:
    if due is not None:
        this_process.alarm.ring_in((due - now).total_seconds())


def _claim_of(take: Take, engine: Engine, terms: Terms, worker: Worker | None, now: datetime) -> Claim | None:
    """Asked again under the locks of the owner's cap and of the run itself: it may have been paused, planned anew or
    filled since it was found."""
    room = caps.room(take.run.project.owner_id)
    if room is not None and room < 1:
        return None
    going = StyleRun.objects.filter(pk=take.run_id, status=RunStatus.GENERATING, hold="")
    if not going.update(served_at=now) or _is_full(take.run):
        return None
    mine = _lease(take, take.run, engine, terms, worker, database_now())
    return mine and replace(mine, capped=room is not None)


def _is_full(run: StyleRun) -> bool:
    return run.max_parallel is not None and run.takes.filter(status=Status.GENERATING).count() >= run.max_parallel


def _has_room(engine: Engine, now: datetime) -> bool:
    """Asked under the engine's lock, so two workers never see the same last place; and whoever waited for it long does
    not start what the switch has stopped meanwhile."""
    if not engine.enabled or (engine.cooling_until is not None and engine.cooling_until > now):
        return False
    if engine.provider in holds.stopped_names():
        return False
    return in_flight(engine) < engine.max_parallel


def _next_take(piece: Piece, engine: Engine, now: datetime) -> Take | None:
    """The first of the run that is for this engine."""
    ready = Take.objects.ready(now).filter(run=piece.run_id, engine=engine if piece.handed_on else None)
    return ready.select_related("run__project", "frame__source__chosen__original").order_by("position", "pk").first()


def _lease(
    take: Take, run: StyleRun, engine: Engine, terms: Terms, worker: Worker | None, now: datetime
) -> Claim | None:
    """Make it ours: a conditional update, for since it was read somebody may have cancelled it, or had the picture
    that it is made from made again."""
    deadline = now + timedelta(seconds=engine.timeout)
    still_ready = Take.objects.ready(now).filter(pk=take.pk, fence=take.fence)
    mine = still_ready.update(
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
    call = _write_call(take, run, engine, terms, now)
    Frame.objects.filter(pk=take.frame_id, chosen=None).update(status=Status.GENERATING)
    events.publish(run.project_id, "frame.generating", run=run.pk, frames=[take.frame_id])
    starts_in = max(0.0, (call.sent_at - now).total_seconds())
    return Claim(take.pk, call.pk, call.fence, call.remote_id or None, call.key_id is not None, starts_in)


def _write_call(take: Take, run: StyleRun, engine: Engine, terms: Terms, now: datetime) -> Call:
    """The ledger's row before the request. A call whose worker died after the vendor named its job is gone on with."""
    if terms.orphan is not None:
        return continued(terms.orphan, take)
    return Call.objects.create(
        take=take,
        project=run.project,
        user_id=take.requested_by_id or run.project.owner_id,
        engine=engine,
        key=terms.key,
        account=terms.key.account if terms.key else None,
        project_title=run.project.title,
        step_number=take.position,
        provider=engine.provider,
        model=engine.model,
        size=terms.tariff.size,
        quality=terms.tariff.quality,
        input_images=terms.input_images,
        reserved_cost=terms.price,
        attempt=take.attempts + 1,
        fence=take.fence + 1,
        sent_at=max(now, terms.starts_at),
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


def hand_on_on_commit(run: StyleRun, *, released: bool = False, capped: bool = False) -> None:
    """One job for the thread that has just become free: an end seldom lets more than one other take begin. None where
    limits alone are in the way and the end has `released` nothing: a worker's beat knows until when.

    The end of a `capped` owner's picture makes room on its engine for others and on another engine for himself: the
    beat looks whether it was both.
    """
    full = this_process.worker is not None and time.monotonic() < this_process.full_until
    if released or capped or run.max_parallel is not None or not full:
        transaction.on_commit(partial(_send_jobs, 1))
    if capped:
        this_process.alarm.ring_in(LOOK_ONCE_MORE)


def ring() -> int:
    """Put as many jobs into the queue as takes may start now and worker threads are free; return how many.

    Best effort: with the broker away nothing is lost, the next beat rings again.
    """
    this_process.limits_bind = False
    free = _free_threads()
    wanted = min(free, _may_start(database_now())) if free else 0
    return _send_jobs(wanted, counting_queued=True) if wanted else 0


def _send_jobs(wanted: int, *, counting_queued: bool = False) -> int:
    try:
        on_their_way = queued(PICTURES) + this_process.asking if counting_queued else 0
        missing = max(0, wanted - on_their_way)
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


@dataclass
class Waiting:
    """Whose work an engine could begin, and in which styles: keys go by both."""

    style_ids: set[int] = field(default_factory=set)
    owner_ids: set[int] = field(default_factory=set)


def _may_start(now: datetime) -> int:
    """How many calls could begin at this instant, engine by engine."""
    working = _working_engines(now)
    owners = {owner_id for _engine, waiting in working for owner_id in waiting.owner_ids}
    rooms = caps.rooms(owners, load_of_all().by_owner) if owners else {}
    return sum(_may_start_on(engine, waiting, rooms, now) for engine, waiting in working) + this_process.resumable


def _working_engines(now: datetime) -> list[tuple[Engine, Waiting]]:
    """Engines that something could start on, and what that is."""
    found: dict[int, Waiting] = defaultdict(Waiting)
    for piece in pieces(now, None):
        found[piece.engine_id].style_ids.add(piece.style_id)
        found[piece.engine_id].owner_ids.add(piece.owner_id)
    engines = Engine.objects.in_bulk(found)
    return [(engines[engine_id], waiting) for engine_id, waiting in found.items()]


def _may_start_on(engine: Engine, waiting: Waiting, rooms: Mapping[int, int], now: datetime) -> int:
    """`rooms`: how many more may begin of an owner, where not any number."""
    places = max(0, engine.max_parallel - in_flight(engine))
    ready = Take.objects.ready(now).made_by(engine).filter(run__status=RunStatus.GENERATING, run__hold="")
    allowed = sum(rooms.get(owner_id, places) for owner_id in waiting.owner_ids)
    wanted = min(allowed, ready[:places].count())
    if not wanted or not engine.needs_key:
        return wanted
    room = limits.room_for(engine, waiting.style_ids, now)
    this_process.limits_bind |= room < wanted
    return min(room, wanted)


def _free_threads() -> int:
    alive = Worker.objects.alive().filter(draining=False)
    threads = alive.aggregate(sum=Sum("threads"))["sum"] or 0
    return max(0, threads - Take.objects.filter(status=Status.GENERATING, worker__in=alive).count())


def next_due(now: datetime) -> datetime | None:
    """When a take that waits, an engine that cools or a limit that is full may go on; None where nothing waits for a
    time."""
    waiting = Take.objects.filter(status=Status.PENDING, not_before__gt=now, run__status=RunStatus.GENERATING)
    cooling = Engine.objects.filter(cooling_until__gt=now, runs__status=RunStatus.GENERATING)
    times = [
        waiting.order_by("not_before").values_list("not_before", flat=True).first(),
        cooling.order_by("cooling_until").values_list("cooling_until", flat=True).first(),
        *_limits_due(now),
    ]
    return min((time for time in times if time is not None), default=None)


def _limits_due(now: datetime) -> Iterator[datetime | None]:
    for engine, waiting in _working_engines(now):
        if engine.needs_key and in_flight(engine) < engine.max_parallel:
            yield from (limits.waits_until(engine, style_id, now) for style_id in waiting.style_ids)
