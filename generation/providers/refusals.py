"""What a status other than 200 means, where the vendor's own words say no more."""

from collections.abc import Mapping

from generation.errors import (
    InvalidRequest,
    KeyRefused,
    MalformedAnswer,
    NoMoney,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Unavailable,
)

Meanings = Mapping[int, tuple[type[ProviderError], str]]
BROKEN_OFF = (OutcomeUnknown, "{vendor} did not finish in time")
BY_STATUS: Meanings = {
    401: (KeyRefused, "{vendor} refuses the key"),
    402: (NoMoney, "The account has no money left at {vendor}"),
    403: (KeyRefused, "{vendor} refuses the key"),
    404: (InvalidRequest, "{vendor} knows no such model"),
    408: (Unavailable, "{vendor} did not take the request in time"),
    409: (Unavailable, "{vendor} is busy with another request"),
    413: (InvalidRequest, "The request is too large for {vendor}"),
    429: (RateLimited, "{vendor} asks for fewer requests"),
    503: (Unavailable, "{vendor} is overloaded"),
    504: BROKEN_OFF,
    520: BROKEN_OFF,  # by what stands between, while it waited for the vendor itself
    524: BROKEN_OFF,
}


def refusal(
    vendor: str, status: int, said: str = "", *, retry_after: float | None = None, own: Meanings | None = None
) -> ProviderError:
    """The error to raise. `said`: the vendor's words, fit to show; `own`: what some statuses mean to it alone."""
    kind, words = (own or {}).get(status) or BY_STATUS.get(status) or _by_class(status)
    words = words.format(vendor=vendor, status=status)
    error = kind(f"{words}: {said}" if said else f"{words}.")
    error.retry_after = retry_after if error.retry else None
    return error


def _by_class(status: int) -> tuple[type[ProviderError], str]:
    if 400 <= status < 500:
        return InvalidRequest, "{vendor} refuses the request ({status})"
    if status >= 500:
        return Unavailable, "{vendor} is out of order ({status})"
    return MalformedAnswer, "{vendor} answered with an unknown status, {status}"
