"""Whether to ask again: a table."""

import pytest

from generation import errors
from generation.retries import Decision, decide


@pytest.mark.parametrize(
    ("error", "failures", "decision"),
    [
        (errors.Unavailable(), 0, Decision(again=True, wait=1.0)),
        (errors.Unavailable(), 1, Decision(again=True, wait=2.0)),
        (errors.Unavailable(retry_after=30), 0, Decision(again=True, wait=30)),
        (errors.Unavailable(), 2, Decision(again=False, elsewhere=True)),
        (errors.Refused(), 0, Decision(again=False, elsewhere=True)),
        (errors.PromptBlocked(), 0, Decision(again=False, elsewhere=True)),
        (errors.InvalidRequest(), 0, Decision(again=False)),
        (errors.RateLimited(retry_after=7), 99, Decision(again=True, wait=7, counts=False, cools=True)),
        (errors.RateLimited(), 0, Decision(again=True, wait=15.0, counts=False, cools=True)),
        (errors.OutcomeUnknown(), 0, Decision(again=True, wait=1.0)),
        (errors.OutcomeUnknown(), 1, Decision(again=False)),
        (errors.InternalError(), 1, Decision(again=False)),
    ],
)
def test_the_decision_follows_from_error_and_count(
    error: errors.ProviderError, failures: int, decision: Decision
) -> None:
    assert decide(error, charged=error.charged, failures=failures, max_attempts=3, jitter=0.5) == decision


def test_a_lost_answer_that_cost_nothing_is_asked_for_like_any_other() -> None:
    lost = errors.OutcomeUnknown()
    assert decide(lost, charged=errors.Charged.NO, failures=1, max_attempts=3).again
    assert not decide(lost, charged=errors.Charged.MAYBE, failures=1, max_attempts=3).again


def test_waits_grow_to_a_minute_and_are_spread() -> None:
    waits = {
        decide(errors.Unavailable(), charged=errors.Charged.NO, failures=20, max_attempts=99).wait for _ in range(20)
    }
    assert len(waits) > 1
    assert all(30 <= wait <= 90 for wait in waits)


@pytest.mark.parametrize(
    "error", [errors.RateLimited(), errors.KeyRefused(), errors.NoMoney(), errors.NotAllowed()], ids=lambda e: e.code
)
def test_whatever_is_wrong_with_a_key_never_counts_against_the_picture(error: errors.ProviderError) -> None:
    decision = decide(error, charged=error.charged, failures=2, max_attempts=3, keyed=True)
    assert decision == Decision(again=True, wait=0.0, counts=False)


def test_a_key_that_is_refused_after_the_job_began_may_have_cost_something_and_counts() -> None:
    refused = errors.KeyRefused()
    first = decide(refused, charged=errors.Charged.MAYBE, failures=0, max_attempts=3, keyed=True, jitter=0.5)
    assert first == Decision(again=True, wait=1.0)
    assert not decide(refused, charged=errors.Charged.MAYBE, failures=1, max_attempts=3, keyed=True).again


def test_a_useless_picture_that_was_charged_is_paid_for_twice_at_most() -> None:
    assert decide(errors.BadPicture(), charged=errors.Charged.YES, failures=0, max_attempts=3).again
    assert not decide(errors.BadPicture(), charged=errors.Charged.YES, failures=1, max_attempts=3).again
    assert decide(errors.BadPicture(), charged=errors.Charged.NO, failures=1, max_attempts=3).again
