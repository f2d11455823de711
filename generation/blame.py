"""What a failed call says of the key, the account or the limit it was made with."""

import logging
from collections.abc import Callable
from datetime import datetime

from generation import cooling, keys
from generation.errors import ProviderError, RateLimited
from generation.models import Account, Call

logger = logging.getLogger(__name__)


def lay(call: Call, error: ProviderError, now: datetime) -> None:
    """Inside the caller's transaction, before it locks a run. Nothing for calls that needed no key."""
    if call.key is None:
        return
    lock_account(call.pk)
    keys.note_error(call.key, str(error), now)
    if isinstance(error, RateLimited):
        cooling.cool(call, error, now)
    for blames, consequence in CONSEQUENCES.items():
        if getattr(error, blames):
            consequence(call, error, now)


def lock_account(call_id: int) -> None:
    """Before its keys and limits are written, as claims do: of two engines that share it each would wait for the
    other. The account alone: the call's own row is locked after its run."""
    Account.objects.select_for_update(of=("self",), no_key=True).filter(calls=call_id).first()


def _disable_key(call: Call, error: ProviderError, now: datetime) -> None:
    if call.key is not None and keys.disable(call.key, f"refused by the vendor at {now:%Y-%m-%d %H:%M}: {error}"):
        logger.error("Key %s is refused and switched off.", call.key)


def _stop_account(call: Call, error: ProviderError, now: datetime) -> None:
    going = Account.objects.filter(calls=call, stopped_reason="")
    if going.update(stopped_reason=f"since {now:%Y-%m-%d %H:%M}: {error}"[:300]):
        logger.error("Account %s is out of money and not asked any more.", call.account)


def _forbid_model(call: Call, error: ProviderError, now: datetime) -> None:
    cooling.forbid(call, now)
    logger.error("Account %s may not use %s.", call.account, call.model)


CONSEQUENCES: dict[str, Callable[[Call, ProviderError, datetime], None]] = {
    "blames_key": _disable_key,
    "blames_account": _stop_account,
    "blames_model": _forbid_model,
}
