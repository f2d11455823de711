"""Why nothing of a run starts although it could: no key, no budget, or the switch. Frames never fail for it.

A hold is found out by a claim and written on the run; it is looked at again with every beat and lifted when its reason
is gone. The switch is not written on runs: it is a row that claims read.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from generation import events, gates, limits, money, planning
from generation.models import OPEN, Engine, Hold, RunStatus, StyleRun, Switch, Take
from generation.models.clock import database_now
from generation.providers import PROVIDERS


def hold(run: StyleRun, why: Hold, reason: str, frames: Sequence[int] = (), **more: Any) -> None:
    """Inside the caller's transaction; last, for it publishes: `why` alone, since everybody who looks on may read it,
    and a reason may name people and money. `frames` are those that somebody has to do something about."""
    held = StyleRun.objects.filter(pk=run.pk, status=RunStatus.GENERATING, hold=Hold.NONE)
    if held.update(hold=why, hold_reason=reason[:300]):
        events.publish(run.project_id, "run.held", run=run.pk, hold=why, frames=frames, **more)


def wait_at_gate(run: StyleRun) -> bool:
    """Hold a run of which nothing more may be made before somebody approves. Last, for it publishes."""
    if run.open_upto is None or not gates.waits(run):
        return False
    unapproved = [frame.pk for frame in gates.open_segment(run) if not frame.approved]
    hold(run, Hold.APPROVAL, gates.words(run), unapproved, open_upto=run.open_upto)
    return True


def tell_what_is_left(run: StyleRun) -> None:
    """The words of a run that waits for approval, after somebody has said something of its pictures."""
    StyleRun.objects.filter(pk=run.pk, hold=Hold.APPROVAL).update(hold_reason=gates.words(run)[:300])


def release() -> int:
    """Let those runs go on whose reason to be held is gone; return how many."""
    held = StyleRun.objects.filter(status=RunStatus.GENERATING, hold__in=(Hold.NO_KEY, Hold.BUDGET))
    return sum(_release(run_id) for run_id in held.values_list("pk", flat=True))


def _release(run_id: int) -> bool:
    with transaction.atomic():
        run = StyleRun.objects.select_related("engine", "project").get(pk=run_id)
        if not _may_go_on(run):
            return False
        same = StyleRun.objects.filter(pk=run_id, status=RunStatus.GENERATING, hold=run.hold)
        if not same.update(hold=Hold.NONE, hold_reason=""):
            return False
        events.publish(run.project_id, "run.released", run=run_id)
        wait_at_gate(run)  # what was wanted before the gate may have been cancelled meanwhile
    return True


def _may_go_on(run: StyleRun) -> bool:
    if run.hold == Hold.NO_KEY:
        return not any(isinstance(limits.look(engine, run.style_id), limits.NoKey) for engine in _engines(run))
    now = database_now()
    return all(_has_money(run, take, now) for take in _next_takes(run, now))


def _next_takes(run: StyleRun, now: datetime) -> list[Take]:
    """What claims would look at now: the first take of each engine."""
    ready = run.takes.ready(now).order_by("position", "pk")
    engines = ready.order_by("engine").values_list("engine_id", flat=True).distinct()
    takes = ready.select_related("engine", "frame__source__chosen__original")
    found = [takes.filter(engine=engine_id).first() for engine_id in engines]
    return [take for take in found if take is not None]


def _has_money(run: StyleRun, take: Take, now: datetime) -> bool:
    """Asked for as a claim would: for the same person, at the same price. Else it would be held again at once."""
    engine = planning.as_begun(run, take.engine or run.engine)
    size, options = planning.size_of(run, engine), planning.options_of(run, engine)
    price = money.price_of_picture(engine, *size, planning.input_images(run, engine, take.frame), options)
    return money.exceeded(run, take.requested_by_id, price or money.NOTHING, now) is None


def _engines(run: StyleRun) -> set[Engine]:
    """What its open takes are made by, as far as that needs a key."""
    takes = run.takes.filter(status__in=OPEN).select_related("engine")
    instead = {take.engine for take in takes.filter(engine__isnull=False) if take.engine is not None}
    own = {planning.as_begun(run, run.engine)} if takes.filter(engine=None).exists() else set()
    engines = instead | own
    return {engine for engine in engines if engine.needs_key}


def stopped_providers() -> dict[str, Switch]:
    """By provider; "" stands for all that cost money."""
    return {switch.provider: switch for switch in Switch.objects.select_related("thrown_by")}


def stops(engine: Engine, switches: dict[str, Switch]) -> Switch | None:
    """The switch that keeps this engine from being asked."""
    return switches.get(engine.provider) or (switches.get("") if engine.needs_key else None)


def stopped_names() -> set[str]:
    """Providers whose engines are not asked."""
    stopped = set(Switch.objects.values_list("provider", flat=True))
    paid = {name for name in PROVIDERS if Engine(provider=name).needs_key} if "" in stopped else set()
    return stopped | paid
