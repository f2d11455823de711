"""What can go wrong while a picture is made, as one small tree.

Decisions are attributes, so that `retries.decide` needs no list of classes and a provider says all it knows in one
raise: `retry` (is it worth asking again), `retry_after` (seconds the vendor asked for), `charged` (did it cost
money), and whom it blames: the limit (too many requests: nobody's fault), the key (the secret is no good), the
account (no money left), or the account's rights to one model (a quota of 0).
"""

from collections.abc import Mapping
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
    blames_account = False
    blames_model = False

    def __init__(
        self,
        message: str = "",
        *,
        retry_after: float | None = None,
        finish_reason: str = "",
        usage: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(message or self.code.replace("_", " "))
        self.retry_after = retry_after
        """Seconds to wait as the vendor said, or None where it said nothing."""
        self.finish_reason = finish_reason
        """The vendor's own word for the end of the call, for people who look closer."""
        self.usage = dict(usage or {})
        """What was counted although no picture came: names as in `ImageResult.usage`."""


class Refused(ProviderError):
    """The vendor's policy forbids this picture; asking again changes nothing."""

    code = "refused"


class PromptBlocked(Refused):
    """The vendor did not even begin: the prompt itself is blocked."""

    code = "prompt_blocked"


class NoPicture(ProviderError):
    """The vendor answered in words, or said that it made no picture."""

    code = "no_picture"
    retry = True
    charged = Charged.MAYBE


class EmptyAnswer(NoPicture):
    """The vendor answered with nothing at all."""

    code = "empty_answer"


class MalformedAnswer(NoPicture):
    """The vendor's answer cannot be understood: cut, garbled, or of an unknown shape."""

    code = "malformed_answer"


class InvalidRequest(ProviderError):
    """The request itself is wrong: unknown model, size or option."""

    code = "invalid_request"


class RateLimited(ProviderError):
    """Too many requests for now. Never counts as a failure of the picture."""

    code = "rate_limited"
    retry = True
    blames_limit = True

    def __init__(
        self,
        message: str = "",
        *,
        retry_after: float | None = None,
        finish_reason: str = "",
        daily: bool = False,
        amount: int | None = None,
        unit: str = "requests",
    ) -> None:
        super().__init__(message, retry_after=retry_after, finish_reason=finish_reason)
        self.daily = daily
        """The day's quota is used up: it comes back at the vendor's midnight, whatever `retry_after` says."""
        self.amount = amount
        """How many the vendor says it allows in the window, or None where it did not say."""
        self.unit = unit
        """"requests" or "input_images"."""


class KeyRefused(ProviderError):
    """The key is unknown, expired or may not do this."""

    code = "key_refused"
    retry = True
    blames_key = True


class NoMoney(ProviderError):
    """The account has no credit left, or has reached its own spending limit."""

    code = "no_money"
    retry = True
    blames_account = True


class NotAllowed(ProviderError):
    """The account may not use this model at all: its quota is 0, or it is not verified."""

    code = "not_allowed"
    retry = True
    blames_model = True


class Unavailable(ProviderError):
    """The vendor is overloaded or broken, or could not be reached: nothing was sent or nothing was done."""

    code = "unavailable"
    retry = True


class OutcomeUnknown(ProviderError):
    """Sent, and no answer came: a time-out, a cut connection, a worker that died. It may have been charged."""

    code = "outcome_unknown"
    retry = True
    charged = Charged.MAYBE


class JobFailed(ProviderError):
    """The vendor's machine began the picture and broke off; the seconds it worked may be charged."""

    code = "job_failed"
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


class Unready(Refusal):
    """Nothing of this kind can be made now, whoever asks: no engine, no key, settings that are missing."""


class AllMade(Refusal):
    """A start that would make nothing: every picture is there."""
