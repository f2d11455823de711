"""Whether a key may be asked with, in words for those who may see keys."""

from collections.abc import Callable

from django.utils import timezone

from generation import keys
from generation.models import ApiKey
from generation.pages import wording

FINGERPRINT_SHOWN = 12
"""Letters of a fingerprint that people and programs get to see."""


def health(key: ApiKey) -> tuple[str, str]:
    """State and words. `account__limits` should be at hand."""
    now = timezone.now()
    limits = [limit for limit in key.account.limits.all() if limit.is_cooling(now) and not limit.model]
    cooling = [limit.cooling_until for limit in limits if limit.cooling_until is not None]
    states: list[tuple[Callable[[], object], str, str]] = [
        (lambda: not key.enabled, "cancelled", f"off: {key.disabled_reason or 'no reason given'}"),
        (lambda: key.account.stopped_reason, "failed", f"account stopped: {key.account.stopped_reason}"),
        (lambda: not (key.secret or keys.readable(key)), "unknown", "not in this server’s environment"),
        (lambda: not keys.readable(key), "failed", "cannot be decrypted here: enter it again"),
        (lambda: cooling, "waiting", f"rate limit until {wording.clock(max(cooling, default=now))}"),
    ]
    return next(((state, words) for holds, state, words in states if holds()), ("completed", "ready"))
