"""What went wrong, in words for people. Pure: rows in, words out, no query."""

from collections.abc import Sequence
from dataclasses import dataclass

from generation.errors import Charged
from generation.models import LOST, Call, Engine, Take


@dataclass(frozen=True)
class Failure:
    """What happened, whether it cost money, what the system does by itself, what the person can do.

    `said` is the provider's own message; `reference` is what staff search for.
    """

    happened: str
    money: str
    system: str
    person: str
    said: str = ""
    reference: str = ""

    def sentences(self) -> str:
        """All of it as one text, for programs."""
        said = f"It said: {self.said.rstrip('.')}." if self.said else ""
        reference = f"Reference: {self.reference}."
        return " ".join(filter(None, (self.happened, said, self.money, self.system, self.person, reference)))


_NO_MORE = "It was asked for {times} and is not asked again by itself."

FAILURES: dict[str, tuple[str, Charged, str, str]] = {
    "refused": (
        "The provider's policy does not allow this picture.",
        Charged.NO,
        "It is not asked again: the answer would be the same.",
        "Edit the text of this step, then try again.",
    ),
    "prompt_blocked": (
        "The provider's policy does not allow this text: it did not begin a picture.",
        Charged.NO,
        "It is not asked again: the answer would be the same.",
        "Edit the text of this step, then try again.",
    ),
    "no_picture": (
        "The provider answered without a picture.",
        Charged.MAYBE,
        _NO_MORE,
        "Try again; if it happens again, change the words or the style.",
    ),
    "empty_answer": (
        "The provider's answer was empty.",
        Charged.MAYBE,
        _NO_MORE,
        "Try again; if it happens again, change the words or the style.",
    ),
    "malformed_answer": (
        "The provider's answer could not be understood.",
        Charged.MAYBE,
        _NO_MORE,
        "Try again; if it happens again, tell the staff the reference.",
    ),
    "rate_limited": (
        "The provider takes no more requests for now.",
        Charged.NO,
        "It waits and goes on by itself.",
        "Nothing to do.",
    ),
    "key_refused": (
        "The provider did not accept our key.",
        Charged.NO,
        "The staff can see it in the admin.",
        "Try again when they have put it right, or choose another engine.",
    ),
    "no_money": (
        "Our account with the provider has no credit left.",
        Charged.NO,
        "Nothing more is asked of that account; the staff can see it in the admin.",
        "Try again when they have put it right, or choose another engine.",
    ),
    "not_allowed": (
        "Our account with the provider may not use this model.",
        Charged.NO,
        "That account is not asked for this model again; the staff can see it in the admin.",
        "Choose another engine, or try again when they have put it right.",
    ),
    "unavailable": (
        "The provider could not be reached or is overloaded.",
        Charged.NO,
        _NO_MORE,
        "Try again in a while.",
    ),
    "outcome_unknown": (
        "The request was sent and no answer came.",
        Charged.MAYBE,
        "If the picture comes after all, it is kept among the takes.",
        "Try again.",
    ),
    "job_failed": (
        "The provider's machine began the picture and broke off.",
        Charged.MAYBE,
        _NO_MORE,
        "Try again; if it happens again, tell the staff the reference.",
    ),
    "bad_picture": (
        "What came back is not a picture that can be read.",
        Charged.YES,
        _NO_MORE,
        "Try again; if it happens again, tell the staff the reference.",
    ),
    "invalid_request": (
        "The engine does not take this request.",
        Charged.NO,
        "It is not asked again: the answer would be the same.",
        "Tell the staff the reference; the engine's settings need a look.",
    ),
    "cancelled": (
        "It was cancelled.",
        Charged.MAYBE,
        "If a paid call was under way and its picture still comes, it is kept among the takes.",
        "Ask for it again when you want it after all.",
    ),
    "internal": (
        "Something went wrong on our side.",
        Charged.MAYBE,
        _NO_MORE,
        "Try again; if it happens again, tell the staff the reference.",
    ),
}

MONEY = {Charged.NO: "It cost nothing.", Charged.MAYBE: "It may have been charged.", Charged.YES: "It was charged."}


def failure_of(take: Take, call: Call | None) -> Failure | None:
    """None for a take that has not failed."""
    return failure(take, call) if take.status in LOST else None


def happened(code: str) -> str:
    """What an error's code means, in one sentence."""
    return FAILURES.get(code, FAILURES["internal"])[0]


def failure(take: Take, call: Call | None) -> Failure:
    """`call` is the take's last one; the ledger knows better than the table whether money was taken."""
    happened, usual, system, person = FAILURES.get(take.error_code, FAILURES["internal"])
    system = system.format(times="once" if take.attempts == 1 else f"{take.attempts} times")
    if call is None:  # nothing was ever sent
        return Failure(happened, MONEY[Charged.NO], system, person, take.error_message, f"take-{take.pk}")
    return Failure(happened, MONEY[charged(call, usual)], system, person, take.error_message, call.public_id)


def charged(call: Call, usual: Charged = Charged.MAYBE) -> Charged:
    """Whether a call cost money; `usual` is what holds where its row does not say."""
    if not Engine(provider=call.provider).needs_key:
        return Charged.NO
    return Charged(call.charged) if call.charged else usual


def charged_by(calls: Sequence[Call]) -> Charged:
    """Whether any of them did."""
    found = {charged(call) for call in calls}
    return next((known for known in (Charged.YES, Charged.MAYBE) if known in found), Charged.NO)
