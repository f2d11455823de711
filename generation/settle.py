"""How a take ends: completed, to be tried again, failed, cancelled, or left behind by a worker that died.

Every function is one transaction that holds only while the fence does; what follows from the end (successors become
ready, the run finishes, the page hears of it) is in the same transaction.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from generation import blame, dispatch, ends, events, holds, limits, money, retries
from generation.errors import Charged, OutcomeUnknown, ProviderError, Refused
from generation.models import OPEN, Call, Engine, Frame, Outcome, Status, StyleRun, Take, TakeKind
from generation.models.clock import database_now
from generation.providers.base import ImageResult
from storyboards.models import Picture

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """A picture that came, stored, and what it was made from."""

    result: ImageResult
    original: Picture
    prompt: str
    digest: str
    source_take_id: int | None
    provider_seconds: float


def completed(claim: dispatch.Claim, made: Made) -> int:
    """Book the picture and return the take that has it: where the lease was lost meanwhile, one that nobody chose."""
    with transaction.atomic():
        take = _held(claim, also=Status.PENDING)
        now = database_now()
        _close_call(claim, now, made)
        if take is None:
            return _keep_late(claim, made, now)
        _complete(take, made, now)
        released = ends.release_successors([take.frame_id], now)
        frames = [take.frame_id, *released]
        finished = ends.finish_run(take.run, now)
        events.publish(
            take.run.project_id, "frame.completed", run=take.run_id, frames=frames, take=take.pk, finished=finished
        )
        holds.wait_at_gate(take.run)
        dispatch.hand_on_on_commit(take.run, released=bool(released), capped=claim.capped)
    return take.pk


def _held(claim: dispatch.Claim, *, also: Status = Status.GENERATING) -> Take | None:
    """The take, locked, if the claim still holds it. The run's row first, as verbs do.

    `also` pending: its lease ran out, and nobody has claimed it since. A picture that comes then would else be paid
    for once more.
    """
    run = _locked_run(claim.take_id)
    mine = Take.objects.filter(pk=claim.take_id, fence=claim.fence, status__in=(Status.GENERATING, also))
    take = mine.select_for_update(no_key=True).first()
    if take is not None:
        take.run = run
    return take


def _locked_run(take_id: int) -> StyleRun:
    return StyleRun.objects.select_for_update(of=("self",), no_key=True).get(takes=take_id)


def _own_call(claim: dispatch.Claim) -> QuerySet[Call]:
    """The call's row, as long as no other worker goes on with what this one began at the vendor."""
    return Call.objects.filter(pk=claim.call_id, fence=claim.fence)


def _close_call(claim: dispatch.Claim, now: datetime, made: Made) -> None:
    """Whatever became of the take, the vendor answered."""
    result = made.result
    cost = _counted(claim, result) if result.cost is None else Decimal(str(result.cost))
    _own_call(claim).update(
        outcome=Outcome.SUCCEEDED,
        charged=Charged.YES if cost != 0 else Charged.NO,
        cost=cost,
        finish_reason=result.finish_reason[:200],
        usage=dict(result.usage),
        finished_at=now,
        provider_seconds=made.provider_seconds,
        error_code="",
        error_message="",
    )


def _counted(claim: dispatch.Claim, result: ImageResult) -> Decimal | None:
    return money.cost_of(Call.objects.get(pk=claim.call_id), dict(result.usage))


def _complete(take: Take, made: Made, now: datetime) -> None:
    Take.objects.filter(pk=take.pk).update(
        status=Status.COMPLETED,
        lease_until=None,
        finished_at=now,
        seed=_seed(take, made),
        error_code="",
        error_message="",
        **_pictures(made),
    )
    _show(take)


def _show(take: Take) -> None:
    """Only a picture that was asked for in place of another one takes its place; a locked frame keeps what it has."""
    frame = Frame.objects.filter(pk=take.frame_id, locked=False)
    if take.kind != TakeKind.REGENERATE:
        frame = frame.filter(chosen=None)
    frame.update(status=Status.COMPLETED, chosen=take, approved=False)


def _seed(take: Take, made: Made) -> int:
    return take.seed if made.result.seed is None else made.result.seed


def _pictures(made: Made) -> dict[str, object]:
    return {
        "original": made.original,
        "prompt": made.prompt,
        "digest": made.digest,
        "source_take_id": made.source_take_id,
    }


def _keep_late(claim: dispatch.Claim, made: Made, now: datetime) -> int:
    """It was made and perhaps paid: kept beside the others, chosen by nobody."""
    lost = Take.objects.select_related("run").get(pk=claim.take_id)
    late = Take.objects.create(
        frame_id=lost.frame_id,
        run_id=lost.run_id,
        position=lost.position,
        kind=TakeKind.LATE,
        status=Status.COMPLETED,
        seed=_seed(lost, made),
        requested_by_id=lost.requested_by_id,
        started_at=lost.started_at,
        finished_at=now,
        **_pictures(made),
    )
    _own_call(claim).update(take=late)
    events.publish(lost.run.project_id, "take.late", run=lost.run_id, frames=[lost.frame_id], take=late.pk)
    return late.pk


def failed(claim: dispatch.Claim, error: ProviderError, provider_seconds: float | None = None) -> None:
    """Book a call that brought no picture, and do what `retries.decide` says."""
    with transaction.atomic():
        engine = _locked_engine(claim)
        now = database_now()
        call = Call.objects.select_related("key").get(pk=claim.call_id)
        blame.lay(call, error, now)
        take = _held(claim)
        _fail_call(claim, call, error, _charged(error, engine), now, provider_seconds)
        if take is None:
            return
        _decide(take, call, engine, error, now)
        dispatch.hand_on_on_commit(take.run, released=True)


def _locked_engine(claim: dispatch.Claim) -> Engine:
    """The one that makes the take. Locked before the account and the run, as claims do."""
    take = Take.objects.select_related("run").get(pk=claim.take_id)
    engine_id = take.engine_id or take.run.engine_id
    return Engine.objects.select_for_update(of=("self",), no_key=True).get(pk=engine_id)


def _decide(take: Take, call: Call, engine: Engine, error: ProviderError, now: datetime) -> None:
    decision = retries.decide(
        error,
        charged=_charged(error, engine),
        failures=take.failures,
        max_attempts=engine.max_attempts,
        keyed=call.key_id is not None,
    )
    if decision.cools:
        _cool(engine, now + timedelta(seconds=decision.wait), str(error))
    if decision.again:
        _try_again(take, error, decision, now)
    elif decision.elsewhere and (fallback := _fallback(take, engine)) is not None:
        _try_elsewhere(take, fallback, error, now)
    else:
        _give_up(take, error, now)


def _charged(error: ProviderError, engine: Engine) -> Charged:
    """A provider that needs no key takes no money; what one that is not installed here does, nobody knows."""
    return error.charged if engine.needs_key else Charged.NO


def _fail_call(
    claim: dispatch.Claim, call: Call, error: ProviderError, charged: Charged, now: datetime, seconds: float | None
) -> None:
    _own_call(claim).filter(outcome=Outcome.SENT).update(
        outcome=_outcome(error),
        charged=charged,
        cost=_cost(call, error, charged, seconds),
        usage=error.usage,
        error_code=error.code,
        error_message=str(error)[:500],
        finish_reason=error.finish_reason[:200],
        finished_at=now,
        provider_seconds=seconds,
    )


def _outcome(error: ProviderError) -> Outcome:
    kinds = {Refused: Outcome.REFUSED, OutcomeUnknown: Outcome.UNKNOWN}
    return next((outcome for kind, outcome in kinds.items() if isinstance(error, kind)), Outcome.FAILED)


def _cost(call: Call, error: ProviderError, charged: Charged, seconds: float | None) -> Decimal | None:
    """None where nobody knows: then budgets count what was reserved. Where that is nothing, for no price was known yet,
    the time that passed counts: pictures that never come must not be free."""
    if charged == Charged.NO:
        return money.NOTHING
    counted = money.cost_of(call, error.usage) if error.usage else None
    if counted is None and seconds is not None and not call.reserved_cost:
        return money.cost_of_time(call, seconds)
    return call.reserved_cost if counted is None and charged == Charged.YES else counted


def _cool(engine: Engine, until: datetime, why: str) -> None:
    """A pause is extended, never shortened."""
    Engine.objects.filter(Q(cooling_until=None) | Q(cooling_until__lt=until), pk=engine.pk).update(
        cooling_until=until, cooling_reason=why[:300]
    )


def _try_again(take: Take, error: ProviderError, decision: retries.Decision, now: datetime) -> None:
    Take.objects.filter(pk=take.pk).update(
        status=Status.PENDING,
        lease_until=None,
        not_before=now + timedelta(seconds=decision.wait) if decision.wait else None,
        failures=take.failures + decision.counts,
        error_code=error.code,
        error_message=str(error)[:500],
    )
    _waits_again(take.frame_id)
    events.publish(take.run.project_id, "frame.waiting", run=take.run_id, frames=[take.frame_id])


def _fallback(take: Take, engine: Engine) -> Engine | None:
    """What stands in for the run's own engine, once."""
    fallback = engine.fallback if take.engine_id is None else None
    if fallback is None or not fallback.enabled:
        return None
    keyless = fallback.needs_key and isinstance(limits.look(fallback, take.run.style_id), limits.NoKey)
    return None if keyless else fallback


def _try_elsewhere(take: Take, fallback: Engine, error: ProviderError, now: datetime) -> None:
    """The same picture from another engine, with attempts of its own; the page says why."""
    Take.objects.filter(pk=take.pk).update(
        status=Status.PENDING,
        lease_until=None,
        engine=fallback,
        failures=0,
        error_code=error.code,
        error_message=str(error)[:500],
    )
    _waits_again(take.frame_id)
    events.publish(take.run.project_id, "frame.waiting", run=take.run_id, frames=[take.frame_id])


def _waits_again(frame_id: int) -> None:
    """Unless another of its candidates is being made."""
    made = Take.objects.filter(frame=OuterRef("pk"), status=Status.GENERATING)
    Frame.objects.filter(~Exists(made), pk=frame_id, chosen=None).update(status=Status.PENDING)


def _give_up(take: Take, error: ProviderError, now: datetime) -> None:
    """The picture failed for good; the chain goes on from the last good one."""
    Take.objects.filter(pk=take.pk).update(
        status=Status.FAILED,
        lease_until=None,
        finished_at=now,
        failures=take.failures + 1,
        error_code=error.code,
        error_message=str(error)[:500],
    )
    Frame.objects.filter(pk=take.frame_id, chosen=None).without_open_take().update(status=Status.FAILED)
    frames = [take.frame_id, *ends.release_successors([take.frame_id], now)]
    finished = ends.finish_run(take.run, now)
    events.publish(take.run.project_id, "frame.failed", run=take.run_id, frames=frames, finished=finished)
    holds.wait_at_gate(take.run)


def cancelled(frame_ids: Iterable[int], now: datetime) -> list[int]:
    """Cancel the open takes of these frames, inside the caller's transaction; return the frames that this touches.

    A call in flight goes on at the vendor: its answer comes late and is kept as a take.
    """
    open_takes = Take.objects.filter(frame__in=list(frame_ids), status__in=OPEN)
    touched = list(dict.fromkeys(open_takes.values_list("frame_id", flat=True)))
    open_takes.update(status=Status.CANCELLED, lease_until=None, finished_at=now, error_code="cancelled")
    Frame.objects.filter(pk__in=touched, chosen=None).update(status=Status.CANCELLED)
    return touched + ends.release_successors(touched, now)


def return_expired() -> int:
    """Take back what dead workers held; return how many takes. Each in a transaction of its own."""
    expired = Take.objects.filter(status=Status.GENERATING, lease_until__lt=database_now())
    return sum(_return_one(take_id) for take_id in expired.values_list("pk", flat=True)[:200])


def _return_one(take_id: int) -> bool:
    """A vendor's job that is known by name is gone on with; any other call was sent and its answer is lost."""
    take = Take.objects.filter(pk=take_id).first()
    call = Call.objects.filter(take=take_id, outcome=Outcome.SENT).first()
    if take is None:
        return False
    if call is not None and not call.remote_id:
        return _lose(dispatch.Claim(take.pk, call.pk, take.fence))
    with transaction.atomic():
        _locked_run(take_id)
        stale = Take.objects.filter(pk=take_id, fence=take.fence, status=Status.GENERATING)
        if not stale.filter(lease_until__lt=database_now()).update(status=Status.PENDING, lease_until=None):
            return False
        _waits_again(take.frame_id)
        events.publish(take.run.project_id, "frame.waiting", run=take.run_id, frames=[take.frame_id])
        dispatch.ring_on_commit()
    return True


def write_off() -> int:
    """Close calls that nobody waits for any more; return how many. Their takes were cancelled while they were under
    way, and their workers have died since: they would count as in flight for ever. A late answer still changes them.
    """
    now = database_now()
    over = Call.objects.filter(take__deadline__lt=now - dispatch.GRACE).exclude(take__status__in=OPEN)
    lost = OutcomeUnknown("It was cancelled, and no answer came.")
    return over.filter(outcome=Outcome.SENT).update(
        outcome=_outcome(lost),
        charged=Case(When(key=None, then=Value(Charged.NO.value)), default=Value(lost.charged.value)),
        error_code=lost.code,
        error_message=str(lost),
        finished_at=now,
    )


def _lose(claim: dispatch.Claim) -> bool:
    """The lease is asked for again under the lock: its owner may have come back to life meanwhile."""
    with transaction.atomic():
        _locked_engine(claim)
        blame.lock_account(claim.call_id)
        held = _held(claim)
        if held is None or held.lease_until is None or held.lease_until >= database_now():
            return False
        failed(claim, OutcomeUnknown("The worker that made it stopped before the answer came."))
    return True
