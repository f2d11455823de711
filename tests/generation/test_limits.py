"""Keys and limits as claims see them: nothing is sent here, for a claim decides before anything is."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import dispatch, holds, limits, runner, settle
from generation.dispatch import Claim
from generation.errors import KeyRefused, NoMoney, NotAllowed, OutcomeUnknown, ProviderError, RateLimited, Refused
from generation.models import Account, ApiKey, Call, Engine, Hold, KeyPool, Limit, Outcome, Status, StyleRun, Unit
from generation.models.keys import DAY
from tests.making import a_key, a_paid_engine, a_project, a_run, a_style, newest_take

pytestmark = pytest.mark.django_db

BIRDS = [f"bird {number}" for number in range(1, 13)]


def a_paid_run(*texts: str, style: str = "clear", title: str = "Bird house") -> StyleRun:
    project = a_project(*(texts or BIRDS), title=title)
    return a_run(project, "independent", a_paid_engine(max_parallel=100), style)


def claims() -> list[Claim]:
    """As many as may start now."""
    return list(iter(dispatch.claim, None))


def a_claim() -> Claim:
    claim = dispatch.claim()
    assert claim is not None
    return claim


def fresh(run: StyleRun) -> StyleRun:
    return StyleRun.objects.get(pk=run.pk)


def let_pass(seconds: float) -> None:
    """As if so much time had gone by."""
    past = timedelta(seconds=seconds)
    Call.objects.update(sent_at=F("sent_at") - past)
    Limit.objects.update(cooling_until=F("cooling_until") - past, learned_at=F("learned_at") - past)


def fail(claim: Claim, error: ProviderError) -> None:
    settle.failed(claim, error, 0.1)


# --- windows ---------------------------------------------------------------------------------------------------------


def test_no_more_calls_start_in_a_window_than_the_account_allows() -> None:
    a_key(amount=4)
    a_paid_run()
    assert len(claims()) == 4
    let_pass(59)
    assert not claims()
    let_pass(2)
    assert len(claims()) == 4


def test_calls_count_however_they_ended() -> None:
    a_key(amount=3)
    a_paid_run()
    fail(a_claim(), Refused("no"))
    fail(a_claim(), OutcomeUnknown("?"))
    assert len(claims()) == 1


def test_two_keys_of_one_account_share_its_limit() -> None:
    a_key("first-key-of-one-0001", amount=5, name="shared")
    a_key("other-key-of-one-0002", name="shared")
    a_paid_run()
    assert len(claims()) == 5
    assert set(Call.objects.values_list("key__last_four", flat=True)) == {"0001", "0002"}, "both take their turn"


def test_work_goes_where_there_is_most_room() -> None:
    a_key("key-with-little-0001", amount=2)
    a_key("key-with-plenty-0002", amount=8)
    a_paid_run()
    claims()
    by_key = list(Call.objects.order_by("pk").values_list("key__last_four", flat=True))
    assert (by_key.count("0001"), by_key.count("0002")) == (2, 8)


def test_limits_of_a_model_and_of_pictures_sent_along_hold_beside_the_general_one() -> None:
    key = a_key(amount=9)
    Limit.objects.create(account=key.account, model="gemini-3.1-flash-image", amount=2)
    Limit.objects.create(account=key.account, model="another", amount=1)
    a_paid_run()
    assert len(claims()) == 2


def test_pictures_sent_along_are_counted_as_units() -> None:
    key = a_key(amount=9)
    Limit.objects.create(account=key.account, unit=Unit.INPUT_IMAGES, amount=3)
    run = a_paid_run(style="consistent")  # each goes with the style's reference picture
    assert len(claims()) == 3
    assert set(Call.objects.values_list("input_images", flat=True)) == {1}
    due = limits.waits_until(run.engine, run.style_id, timezone.now())
    assert due is not None
    assert due > timezone.now() + timedelta(seconds=50)


def test_a_days_quota_holds_beside_the_minutes() -> None:
    key = a_key(amount=9)
    Limit.objects.create(account=key.account, amount=3, seconds=DAY, midnight="UTC")
    a_paid_run()
    assert len(claims()) == 3
    Call.objects.update(sent_at=timezone.now() - timedelta(days=1, seconds=2))
    assert len(claims()) == 3


def test_no_more_calls_of_an_account_fly_at_once_than_it_allows() -> None:
    a_key(amount=None, max_parallel=2)
    a_paid_run()
    first, _second = claims()
    assert dispatch.claim() is None
    fail(first, Refused("no"))
    assert len(claims()) == 1


def test_starts_of_one_account_are_five_milliseconds_apart() -> None:
    a_key(amount=9)
    a_paid_run()
    claims()
    times = list(Call.objects.order_by("sent_at").values_list("sent_at", flat=True))
    assert all(later - earlier >= limits.APART for earlier, later in pairwise(times))


def test_the_beat_knows_when_the_next_call_may_start() -> None:
    a_key(amount=1)
    a_paid_run()
    claims()
    due = dispatch.next_due(timezone.now())
    assert due is not None
    assert 55 < (due - timezone.now()).total_seconds() < 61
    assert dispatch._may_start(timezone.now()) == 0


def test_a_vain_look_asks_as_often_for_many_waiting_runs_as_for_few() -> None:
    a_key(amount=1)
    a_paid_run("bird", "cat")
    claims()

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert dispatch.claim() is None
            dispatch.next_due(timezone.now())
        return len(asked)

    few = questions()
    for number in range(6):
        a_paid_run("dog", title=f"Plan {number}")
    assert questions() == few


# --- which keys ------------------------------------------------------------------------------------------------------


def test_a_style_draws_on_its_own_pool_and_leaves_others_theirs() -> None:
    own, other, free = (a_key(f"key-of-{number}-is-long-000{number}", amount=1) for number in (1, 2, 3))
    for key, slug in ((own, "clear"), (other, "illustration")):
        pool = KeyPool.objects.create(provider="gemini", title=slug)
        pool.styles.add(a_style(slug))
        key.pools.add(pool)
    clear, consistent = a_paid_run(), a_paid_run(style="consistent", title="Fence")
    claims()
    used = dict(Call.objects.values_list("take__run", "key__last_four"))
    assert used == {clear.pk: own.last_four, consistent.pk: free.last_four}


def test_an_engines_own_pool_goes_before_the_styles() -> None:
    a_key("key-outside-of-it-0001")
    inside = a_key("key-inside-of-it-0002", amount=2)
    pool = KeyPool.objects.create(provider="gemini", title="engine")
    inside.pools.add(pool)
    run = a_paid_run()
    run.engine.key_pool = pool
    run.engine.save()
    assert len(claims()) == 2


def test_a_run_without_a_key_is_held_in_words_and_goes_on_with_one() -> None:
    key = a_key(amount=1)
    run = a_paid_run()
    ApiKey.objects.filter(pk=key.pk).update(enabled=False)
    assert dispatch.claim() is None
    assert (fresh(run).hold, newest_take(run, 1).status) == (Hold.NO_KEY, Status.PENDING)
    assert "goes on by itself" in fresh(run).hold_reason
    assert holds.release() == 0
    ApiKey.objects.filter(pk=key.pk).update(enabled=True)
    assert holds.release() == 1
    assert len(claims()) == 1


# --- what refusals teach ---------------------------------------------------------------------------------------------


def test_a_rate_limit_rests_the_account_as_long_as_the_vendor_says_and_work_moves_on() -> None:
    resting = a_key("key-that-must-rest-0001", amount=99)
    a_paid_run()
    refused = a_claim()
    a_key("key-that-can-work-0002", amount=1)
    fail(refused, RateLimited("slow down", retry_after=37))
    take = newest_take(StyleRun.objects.get(), 1)
    assert (take.status, take.failures, take.not_before) == (Status.PENDING, 0, None), "nothing failed, nothing waits"
    limit = Limit.objects.get(account=resting.account)
    assert limit.cooling_until is not None
    assert 35 < (limit.cooling_until - timezone.now()).total_seconds() < 38
    assert len(claims()) == 1
    assert Call.objects.latest("pk").key.last_four == "0002"  # type: ignore[union-attr]


def test_a_pool_with_everything_cooling_waits_and_says_until_when() -> None:
    a_key(amount=99)
    run = a_paid_run()
    fail(a_claim(), RateLimited("slow down", retry_after=37))
    assert dispatch.claim() is None
    assert fresh(run).hold == "", "waiting is no hold"
    due = limits.waits_until(run.engine, run.style_id, timezone.now())
    assert due is not None
    assert 35 < (due - timezone.now()).total_seconds() < 38
    let_pass(38)
    assert dispatch.claim() is not None


def test_a_rest_is_extended_and_never_shortened() -> None:
    a_key(amount=99)
    a_paid_run()
    first, second = a_claim(), a_claim()
    fail(first, RateLimited("slow down", retry_after=40))
    fail(second, RateLimited("slow down", retry_after=5))
    until = Limit.objects.get().cooling_until
    assert until is not None
    assert until > timezone.now() + timedelta(seconds=35)


def test_refusals_that_do_not_say_how_long_back_off_until_one_works() -> None:
    a_key(amount=99)
    a_paid_run()
    rests = []
    for _ in range(3):
        now = timezone.now()
        fail(a_claim(), RateLimited("?"))
        until = Limit.objects.get().cooling_until
        assert until is not None
        rests.append(round((until - now).total_seconds()))
        let_pass(rests[-1] + 1)
    assert rests == [15, 30, 60]


def test_a_days_quota_rests_until_the_vendors_midnight_whatever_the_answer_says() -> None:
    key = a_key(amount=99)
    a_paid_run()
    fail(a_claim(), RateLimited("day used up", retry_after=36, daily=True, amount=250))
    day = Limit.objects.get(account=key.account, seconds=DAY)
    assert (day.amount, day.midnight, day.model) == (250, "America/Los_Angeles", "gemini-3.1-flash-image")
    assert day.cooling_until is not None
    assert day.cooling_until > timezone.now() + timedelta(minutes=5) or timezone.now().hour in (7, 8)
    assert dispatch.claim() is None


def test_a_burst_is_learned_from_the_first_refusal_of_many_that_flew_together() -> None:
    a_key(amount=60)
    a_paid_run()
    flying = claims()
    for claim in flying[10:]:  # a bucket of ten
        fail(claim, RateLimited("slow down", retry_after=1))
    limit = Limit.objects.get()
    assert limit.burst == 9, "one less than were taken; those on their way teach nothing more"
    let_pass(2)
    assert dispatch.claim() is None, "spaced, no burst again"


def test_a_smaller_amount_that_the_vendor_names_is_believed() -> None:
    a_key(amount=60)
    a_paid_run()
    fail(a_claim(), RateLimited("Quota exceeded", retry_after=1, amount=15))
    assert (Limit.objects.get().amount, Limit.objects.get().burst) == (15, 0)


@pytest.mark.parametrize("error", [KeyRefused("not valid"), NoMoney("no credit"), NotAllowed("limit: 0")])
def test_what_no_waiting_cures_is_never_asked_again_and_another_key_goes_on(error: ProviderError) -> None:
    a_key("key-that-is-wrong-0001", amount=99)
    run = a_paid_run("one bird")
    bad = a_claim()
    a_key("key-that-is-right-0002", amount=99)
    fail(bad, error)
    assert Call.objects.get(pk=a_claim().call_id).key.last_four == "0002"  # type: ignore[union-attr]
    assert newest_take(run, 1).failures == 0
    first = ApiKey.objects.select_related("account").get(last_four="0001")
    put_aside = {
        "key_refused": not first.enabled and "not valid" in first.disabled_reason,
        "no_money": "no credit" in first.account.stopped_reason,
        "not_allowed": Limit.objects.filter(account=first.account, amount=0, model="gemini-3.1-flash-image").exists(),
    }
    assert put_aside[error.code]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyRefused("no"), "switched off"),
        (NoMoney("no"), "its account is stopped"),
        (NotAllowed("no"), "may not use this model"),
    ],
)
def test_with_the_last_key_gone_the_run_is_held_and_no_frame_fails(error: ProviderError, words: str) -> None:
    a_key()
    run = a_paid_run("one bird")
    fail(a_claim(), error)
    assert dispatch.claim() is None
    assert fresh(run).hold == Hold.NO_KEY
    assert words in fresh(run).hold_reason
    assert newest_take(run, 1).status == Status.PENDING


def test_a_refusal_by_policy_touches_neither_key_nor_limit() -> None:
    a_key()
    a_paid_run("one bird")
    fail(a_claim(), Refused("not this"))
    assert ApiKey.objects.usable().count() == 1
    assert Limit.objects.get().cooling_until is None
    assert not Account.objects.exclude(stopped_reason="").exists()
    assert Call.objects.get().outcome == Outcome.REFUSED


def test_limits_are_counted_for_the_model_that_the_run_began_with() -> None:
    key = a_key(amount=9)
    Limit.objects.create(account=key.account, model="gemini-3.1-flash-image", amount=2)
    run = a_paid_run()
    Engine.objects.filter(pk=run.engine_id).update(model="gemini-3-pro-image")
    assert len(claims()) == 2
    assert set(Call.objects.values_list("model", flat=True)) == {"gemini-3.1-flash-image"}
    assert Engine.objects.get(pk=run.engine_id).model == "gemini-3-pro-image"


# --- one order of locks ----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_failure_and_a_claim_on_one_account_do_not_wait_for_each_other() -> None:
    """Two engines share the account: each half way through, both want what the other has."""
    key = a_key()
    a_paid_run("bird")
    failing = a_claim()
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Account.objects.select_for_update(no_key=True).get()
            failed = threads.submit(_fail_there, failing)
            time.sleep(0.5)
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
        failed.result(10)
    assert Call.objects.get().error_code == RateLimited.code


def _fail_there(claim: Claim) -> None:
    fail(claim, RateLimited(retry_after=1))
    connection.close()


def test_a_vendor_that_says_come_at_once_each_time_is_not_asked_without_end() -> None:
    a_key(amount=None)
    a_paid_run("bird")
    for _ in range(2):
        fail(a_claim(), RateLimited(retry_after=0))
    assert dispatch.claim() is None, "it was believed once"
    let_pass(1.1)
    assert dispatch.claim() is not None


def test_keys_of_a_provider_that_is_gone_hold_their_own_runs_and_stop_nobody_elses() -> None:
    a_key("secret-of-nobody-0002", provider="gone")
    a_key()
    gone = a_run(a_project("bird"), "independent", a_paid_engine("old"))
    other = a_paid_run("cat")
    Engine.objects.filter(slug="old").update(provider="gone")
    assert a_claim().take_id == newest_take(other, 1).pk
    assert (fresh(gone).hold, "not installed" in fresh(gone).hold_reason) == (Hold.NO_KEY, True)


# --- the model that is asked for -------------------------------------------------------------------------------------


def test_a_run_is_counted_by_the_model_it_began_with_as_it_is_asked_for() -> None:
    a_key()
    run = a_paid_run("bird", "cat")
    Engine.objects.update(model="gemini-3-pro-image")
    claim = a_claim()
    asked = runner.prepare(claim).request.model
    assert (asked, Call.objects.get().model) == ("gemini-3.1-flash-image", asked)
    fail(claim, NotAllowed("limit: 0"))
    assert dispatch.claim() is None
    assert (fresh(run).hold, holds.release()) == (Hold.NO_KEY, 0), "nor is it let go on for the other model's sake"


def test_a_day_that_is_used_up_changes_nothing_where_the_model_was_forbidden_meanwhile() -> None:
    a_key()
    a_paid_run("bird", "cat")
    first, second = a_claim(), a_claim()
    fail(first, NotAllowed("limit: 0"))
    fail(second, RateLimited(daily=True))
    assert Limit.objects.get(seconds=DAY).amount == 0
    assert Call.objects.get(pk=second.call_id).error_code == RateLimited.code
