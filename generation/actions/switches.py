"""The switch that stops everything that costs money."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from generation import dispatch, frames
from generation.errors import Refusal
from generation.models import Hold, RunStatus, StyleRun, Switch
from generation.providers import PROVIDERS


def throw_switch(provider: str, *, user: User | None, reason: str = "") -> None:
    """Start no call of this provider any more; "" stops all that cost money. Calls in flight finish, and what they
    bring is kept."""
    _refuse_unknown(provider)
    with transaction.atomic():
        try:  # not `get_or_create`: another may throw it and a third release it at this very moment
            with transaction.atomic():
                Switch.objects.create(provider=provider, thrown_by=user, reason=reason[:300])
        except IntegrityError:
            raise Refusal("It is paused already.") from None
        _tell_runs(provider, "run.held", user, hold=Hold.EMERGENCY)


def release_switch(provider: str, *, user: User | None) -> None:
    """Let them start again."""
    _refuse_unknown(provider)
    with transaction.atomic():
        released, _ = Switch.objects.filter(provider=provider).delete()
        if not released:
            raise Refusal("It is not paused.")
        _tell_runs(provider, "run.released", user)
        dispatch.ring_on_commit()


def _refuse_unknown(provider: str) -> None:
    if provider and provider not in PROVIDERS:
        raise Refusal(f"There is no provider “{provider}”.")


def _tell_runs(provider: str, kind: str, user: User | None, **more: object) -> None:
    """Boards of what is being made change their words. In the order of projects: two people may do it at once."""
    runs = StyleRun.objects.filter(status=RunStatus.GENERATING).select_related("engine").order_by("project_id", "pk")
    for run in runs.filter(engine__provider=provider) if provider else runs:
        if provider or run.engine.needs_key:
            frames.publish(run, kind, [], user, **more)
