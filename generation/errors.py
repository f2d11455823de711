"""What can go wrong while a picture is made, as one small tree.

Decisions are attributes, so that `retries.decide` needs no list of classes and a provider says all it knows in one
raise: `retry` (is it worth asking again), `retry_after` (seconds the vendor asked for), `charged` (did it cost
money), `blames_limit` (too many requests: nobody's fault), `blames_key` (the secret is no good).
"""

from enum import StrEnum


class Charged(StrEnum):
    """Whether the vendor took money for a call."""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


class ProviderError(Exception):
    """A call that brought no picture. `str(error)` is safe to show: no secret, no stack, no address."""

    code = "provider_error"
    retry = False
    charged = Charged.NO
    blames_limit = False
    blames_key = False

    def __init__(self, message: str = "", *, retry_after: float | None = None, finish_reason: str = "") -> None:
        super().__init__(message or self.code.replace("_", " "))
        self.retry_after = retry_after
        """Seconds to wait as the vendor said, or None where it said nothing."""
        self.finish_reason = finish_reason
        """The vendor's own word for the end of the call, for people who look closer."""


class Refused(ProviderError):
    """The vendor's policy forbids this prompt or picture; asking again changes nothing."""

    code = "refused"


class NoPicture(ProviderError):
    """The vendor answered without a picture: text only, an empty list, a filter of its own."""

    code = "no_picture"
    retry = True
    charged = Charged.MAYBE


class InvalidRequest(ProviderError):
    """The request itself is wrong: unknown model, size or option."""

    code = "invalid_request"


class RateLimited(ProviderError):
    """Too many requests for now. Never counts as a failure of the picture."""

    code = "rate_limited"
    retry = True
    blames_limit = True


class KeyRefused(ProviderError):
    """The key is unknown, expired or may not do this."""

    code = "key_refused"
    retry = True
    blames_key = True


class Unavailable(ProviderError):
    """The vendor is overloaded or broken, or could not be reached: nothing was sent or nothing was done."""

    code = "unavailable"
    retry = True


class OutcomeUnknown(ProviderError):
    """Sent, and no answer came: a time-out, a cut connection, a worker that died. It may have been charged."""

    code = "outcome_unknown"
    retry = True
    charged = Charged.MAYBE


class BadPicture(ProviderError):
    """An answer that is no picture we can use: corrupt, too large, of an unknown type."""

    code = "bad_picture"
    retry = True
    charged = Charged.YES


class Cancelled(ProviderError):
    """A person cancelled while the call was under way."""

    code = "cancelled"
    charged = Charged.MAYBE


class InternalError(ProviderError):
    """A fault of our own; the log has it under the call's id."""

    code = "internal"
    retry = True
    charged = Charged.MAYBE


class Refusal(Exception):
    """A verb that makes no sense now. `str(refusal)` says why, in words for the person; nothing was changed."""
