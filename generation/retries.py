"""What to do about a call that brought no picture. Pure: the same error and count give the same decision."""

import random
from dataclasses import dataclass

from generation.errors import BadPicture, Charged, InternalError, OutcomeUnknown, ProviderError, Refused, Unavailable

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
LIMIT_WAIT = 15.0
"""Seconds to wait on a rate limit whose answer does not say how long."""
UNKNOWN_AT_MOST = 2
"""Calls that one picture may cost, each perhaps charged, without an answer or with one that is of no use."""


@dataclass(frozen=True)
class Decision:
    """Ask again after `wait` seconds, or give up. `counts`: it uses up one of the picture's attempts. `cools`: the
    engine rests. `elsewhere`: a fallback may be asked instead of giving up."""

    again: bool
    wait: float = 0.0
    counts: bool = True
    cools: bool = False
    elsewhere: bool = False


def decide(
    error: ProviderError,
    *,
    charged: Charged,
    failures: int,
    max_attempts: int,
    keyed: bool = False,
    jitter: float | None = None,
) -> Decision:
    """`charged`: what this call may have cost; `failures` that counted before it; `keyed`: it was asked with a key, and
    whatever is wrong with that key, its account or its limit has been put aside; `jitter` 0 … 1, drawn where it is
    left out, spreads retries apart."""
    blamed = error.blames_limit or error.blames_key or error.blames_account or error.blames_model
    if keyed and blamed and charged == Charged.NO:
        return Decision(again=True, counts=False)
    if error.blames_limit:
        return Decision(again=True, wait=error.retry_after or LIMIT_WAIT, counts=False, cools=True)
    dear = charged != Charged.NO and (blamed or isinstance(error, OutcomeUnknown | InternalError | BadPicture))
    allowed = min(max_attempts, UNKNOWN_AT_MOST) if dear else max_attempts
    if not error.retry or failures + 1 >= allowed:
        return Decision(again=False, elsewhere=isinstance(error, Refused | Unavailable))
    spread = random.random() if jitter is None else jitter  # noqa: S311 — no secret, only manners
    backoff = min(LONGEST_WAIT, FIRST_WAIT * 2**failures) * (0.5 + spread)
    return Decision(again=True, wait=max(backoff, error.retry_after or 0))
