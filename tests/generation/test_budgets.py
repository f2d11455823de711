"""Money: prices, what calls cost, budgets that hold runs, and the switch."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from generation import actions, dispatch, holds, money, settle
from generation.dispatch import Claim
from generation.errors import BadPicture, NoPicture, OutcomeUnknown, ProviderError, Refusal, Unavailable
from generation.models import ApiKey, Budget, Call, Engine, Event, Hold, Period, Price, Status, StyleRun, Switch, Take
from generation.providers.base import ImageResult, Tariff
from generation.settle import Made
from tests.admin_rows import a_picture
from tests.making import a_key, a_paid_engine, a_project, a_run, a_user, an_engine, make_all, newest_take

pytestmark = pytest.mark.django_db(transaction=True)

MODEL = "gemini-3.1-flash-image"


@pytest.fixture(autouse=True)
def prices() -> None:
    Price.objects.all().delete()
    Price.objects.create(
        provider="gemini", model=MODEL, text_in=Decimal("0.5"), image_in=Decimal("0.5"), image_out=60, text_out=3
    )
    Price.objects.create(provider="gemini", model=MODEL, size="1K", per_picture=Decimal("0.07"))
    a_key(amount=1000)


def a_paid_run(*texts: str, **fields: Any) -> StyleRun:
    return a_run(a_project(*(texts or ("bird", "cat", "dog"))), "independent", a_paid_engine(**fields))


def claims() -> list[Claim]:
    return list(iter(dispatch.claim, None))


def a_claim() -> Claim:
    claim = dispatch.claim()
    assert claim is not None
    return claim


def come(claim: Claim, **usage: int) -> None:
    """A picture comes, counted so by the vendor."""
    result = ImageResult(b"", "image/png", usage=usage)
    settle.completed(claim, Made(result, a_picture(), "", "", None, 1.0))


def fresh(run: StyleRun) -> StyleRun:
    return StyleRun.objects.get(pk=run.pk)


# --- prices ----------------------------------------------------------------------------------------------------------


def test_a_claim_reserves_what_the_price_list_says_and_a_settle_books_what_was_counted() -> None:
    a_paid_run("bird")
    claim = a_claim()
    call = Call.objects.get()
    assert (call.reserved_cost, call.cost, call.size) == (Decimal("0.07"), None, "1K")
    come(claim, text_in=200, image_out=1120)
    call.refresh_from_db()
    assert call.cost == Decimal("0.067300")
    assert call.charged == "yes"


def test_an_answer_that_tells_no_tokens_costs_what_the_list_says() -> None:
    a_paid_run("bird")
    come(a_claim())
    assert Call.objects.get().cost == Decimal("0.07")


def test_the_row_that_names_a_picture_most_precisely_goes_before_the_general_one() -> None:
    Price.objects.create(provider="gemini", per_picture=1, per_reference=2)
    found = money.rates("gemini", MODEL, Tariff("1K"))
    assert found is not None
    assert (found.per_picture, found.per_reference, found.image_out) == (Decimal("0.07"), Decimal(2), Decimal(60))
    assert money.rates("openai", "gpt-image-2", Tariff()) is None


def test_time_that_is_sold_counts_by_our_clock_where_no_answer_ever_came() -> None:
    Price.objects.create(provider="runpod", per_second=Decimal("0.01"))
    a_key("rpa_nobodys_key_at_all", provider="runpod", amount=1000)
    options = {"endpoint": "flux-main", "loras": []}
    a_run(a_project("bird"), "independent", a_paid_engine(provider="runpod", model="flux", options=options))
    claim = a_claim()
    settle.failed(claim, OutcomeUnknown(), 180.0)
    call = Call.objects.get()
    assert (call.reserved_cost, call.cost) == (Decimal(0), Decimal("1.8"))


def test_time_that_is_sold_is_priced_by_the_second_and_expected_by_the_median() -> None:
    Price.objects.create(provider="runpod", per_second=Decimal("0.0005"))
    engine = a_paid_engine("flux", provider="runpod", model="")
    for milliseconds in (9_000, 12_000, 30_000):
        call = Call(provider="runpod", engine=engine, project_title="", step_number=1, attempt=1, fence=1)
        call.outcome, call.sent_at = "succeeded", timezone.now()
        call.cost = money.cost_of(call, {"milliseconds": milliseconds})
        call.save()
    assert call.cost == Decimal("0.015")
    assert money._usual_cost(engine) == Decimal("0.006")


@pytest.mark.parametrize(
    ("error", "cost", "counted"),
    [
        (Unavailable(), Decimal(0), Decimal(0)),
        (OutcomeUnknown(), None, Decimal("0.07")),
        (BadPicture(), Decimal("0.07"), Decimal("0.07")),
        (NoPicture(usage={"text_in": 1000, "text_out": 1000}), Decimal("0.0035"), Decimal("0.0035")),
    ],
    ids=["not charged", "maybe charged", "charged", "charged for words"],
)
def test_a_failed_call_costs_what_it_may_have_cost(
    error: ProviderError, cost: Decimal | None, counted: Decimal
) -> None:
    a_paid_run("bird")
    settle.failed(a_claim(), error, 1.0)
    assert Call.objects.get().cost == cost
    assert money.spent_on(Call.objects.all()) == counted


def test_the_offline_provider_costs_nothing_whatever_happens() -> None:
    run = a_run(a_project("bird"), engine=an_engine(options={"fail_words": ["bird"]}))
    make_all()
    assert money.spent_on(Call.objects.all()) == 0
    assert money.price_of_picture(run.engine, 96, 96) == 0


# --- budgets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["run", "project", "user", "everything"])
def test_a_used_up_budget_holds_the_run_calmly_and_more_money_lets_it_go_on(scope: str) -> None:
    run = a_paid_run()
    whose: dict[str, Any] = {
        "run": {"run": run}, "project": {"project": run.project}, "user": {"user": run.project.owner},
    }  # fmt: skip
    budget = Budget.objects.create(amount=Decimal("0.15"), **whose.get(scope, {}))
    assert len(claims()) == 2
    assert fresh(run).hold == Hold.BUDGET
    assert re.search(r"budget of \$0\.15 for [\w ]+ has no room for another picture", fresh(run).hold_reason)
    assert newest_take(run, 3).status == Status.PENDING
    assert holds.release() == 0
    budget.amount = Decimal("0.21")
    budget.save()
    assert holds.release() == 1
    assert len(claims()) == 1
    assert Event.objects.filter(kind="run.held").count() == 1


def test_calls_in_flight_count_with_what_was_reserved_and_free_it_when_they_cost_less() -> None:
    run = a_paid_run("bird", "cat")
    Budget.objects.create(run=run, amount=Decimal("0.08"))
    first = a_claim()
    assert dispatch.claim() is None, "what is reserved is not spent twice"
    come(first, image_out=100)
    assert holds.release() == 1
    assert dispatch.claim() is not None


def test_a_budget_a_day_has_new_money_the_day_after() -> None:
    run = a_paid_run("bird", "cat")
    Budget.objects.create(period=Period.DAY, amount=Decimal("0.07"))
    come(a_claim())
    assert dispatch.claim() is None
    assert "goes on by itself" in fresh(run).hold_reason
    Call.objects.update(sent_at=timezone.now() - timedelta(days=1))
    assert holds.release() == 1
    assert dispatch.claim() is not None


def test_somebody_elses_budget_holds_nobody() -> None:
    run = a_paid_run("bird")
    Budget.objects.create(user=a_user("eve"), amount=0)
    Budget.objects.create(project=a_project("cat", title="Other", owner=a_user("eve")), amount=0)
    assert dispatch.claim() is not None
    assert fresh(run).hold == ""


def test_a_budget_of_nothing_stops_paid_calls_even_where_no_price_is_known() -> None:
    Price.objects.all().delete()
    run = a_paid_run("bird")
    Budget.objects.create(amount=0)
    assert dispatch.claim() is None
    assert fresh(run).hold == Hold.BUDGET


def test_free_pictures_need_no_budget() -> None:
    Budget.objects.create(amount=0)
    run = a_run(a_project("bird"))
    make_all()
    assert fresh(run).status == "completed"


def test_asking_to_go_on_does_not_get_around_a_budget() -> None:
    run = a_paid_run()
    Budget.objects.create(run=run, amount=Decimal("0.07"))
    claims()
    actions.pause(fresh(run), None)
    actions.resume(fresh(run), None)
    assert dispatch.claim() is None
    assert fresh(run).hold == Hold.BUDGET
    assert Call.objects.count() == 1


# --- the switch ------------------------------------------------------------------------------------------------------


def test_the_switch_stops_paid_calls_that_have_not_begun_and_nothing_else() -> None:
    paid = a_paid_run()
    flying = a_claim()
    actions.throw_switch("", user=a_user("chief"), reason="The bill!")
    assert dispatch.claim() is None
    free = a_run(a_project("fish", title="Free"))
    assert len(claims()) == 1
    come(flying)
    assert newest_take(paid, 1).status == Status.COMPLETED, "what was in flight is kept"
    assert fresh(paid).hold == "", "the switch is not written on runs"
    told = Event.objects.get(kind="run.held")
    assert (told.payload["run"], told.payload["hold"]) == (paid.pk, "emergency")
    assert free.is_active
    actions.release_switch("", user=None)
    assert len(claims()) == 2


def test_one_vendor_can_be_stopped_alone() -> None:
    a_paid_run()
    actions.throw_switch("openai", user=None)
    assert dispatch.claim() is not None
    actions.throw_switch("gemini", user=None)
    assert dispatch.claim() is None
    assert dispatch.next_due(timezone.now()) is None


def test_throwing_it_twice_or_releasing_what_is_not_thrown_is_refused_in_words() -> None:
    actions.throw_switch("", user=None)
    with pytest.raises(Refusal, match="paused already"):
        actions.throw_switch("", user=None)
    with pytest.raises(Refusal, match="not paused"):
        actions.release_switch("gemini", user=None)
    with pytest.raises(Refusal, match="no provider"):
        actions.throw_switch("nobody", user=None)
    assert Switch.objects.count() == 1


# --- fallback --------------------------------------------------------------------------------------------------------


def test_a_fallback_engine_makes_what_its_engine_refuses_with_attempts_of_its_own() -> None:
    run = a_paid_run("bird", fallback=an_engine("spare"), max_attempts=1)
    settle.failed(a_claim(), Unavailable("down"), 1.0)
    take = newest_take(run, 1)
    assert (take.status, take.engine.slug if take.engine else "", take.failures) == (Status.PENDING, "spare", 0)
    make_all()
    take.refresh_from_db()
    assert take.status == Status.COMPLETED
    assert take.original is not None
    assert (take.original.width, take.original.height) == (96, 96), "of the size that the fallback makes"
    assert list(Call.objects.order_by("pk").values_list("provider", flat=True)) == ["gemini", "sketch"]


def test_a_fallback_is_asked_once_and_not_for_faults_of_the_request() -> None:
    spare = an_engine("spare", options={"refuse_words": ["bird"]})
    run = a_paid_run("bird", fallback=spare, max_attempts=1)
    settle.failed(a_claim(), OutcomeUnknown("?"), 1.0)
    assert newest_take(run, 1).status == Status.FAILED, "it may have been charged: nobody pays twice unasked"
    actions.retry(newest_take(run, 1).frame, None)
    settle.failed(a_claim(), Unavailable("down"), 1.0)
    make_all()
    assert (newest_take(run, 1).status, newest_take(run, 1).error_code) == (Status.FAILED, "refused")


def test_a_fallback_works_while_its_engine_is_stopped_and_the_other_way_round() -> None:
    run = a_paid_run("bird", "cat", fallback=an_engine("spare"), max_attempts=1)
    settle.failed(a_claim(), Unavailable("down"), 1.0)
    actions.throw_switch("", user=None)
    assert make_all() == 1
    assert Take.objects.get(run=run, position=2).status == Status.PENDING
    actions.release_switch("", user=None)
    assert dispatch.claim() is not None


def test_a_fallback_without_a_key_is_not_waited_for() -> None:
    spare = a_paid_engine("spare", provider="openai", model="gpt-image-2")
    run = a_paid_run("bird", fallback=spare, max_attempts=1)
    settle.failed(a_claim(), Unavailable("down"), 1.0)
    assert newest_take(run, 1).status == Status.FAILED


def test_a_run_whose_fallback_loses_its_key_is_held_until_there_is_one() -> None:
    spare = a_paid_engine("spare", provider="openai", model="gpt-image-2")
    key = a_key("key-of-the-spare-0009", provider="openai", amount=9)
    run = a_paid_run("bird", fallback=spare, max_attempts=1)
    settle.failed(a_claim(), Unavailable("down"), 1.0)
    ApiKey.objects.filter(pk=key.pk).update(enabled=False)
    assert dispatch.claim() is None
    assert fresh(run).hold == Hold.NO_KEY
    assert holds.release() == 0, "its own engine has a key, but nothing to make"
    ApiKey.objects.filter(pk=key.pk).update(enabled=True)
    assert holds.release() == 1
    assert dispatch.claim() is not None


def test_a_run_that_somebody_elses_budget_holds_is_not_let_go_on_by_its_owners() -> None:
    """Held by the next claim and released by the next beat it would tell everybody of it each second."""
    run = a_paid_run("bird")
    staff = a_user("grace")
    Budget.objects.create(user=staff, amount=0)
    Take.objects.update(requested_by=staff)
    assert dispatch.claim() is None
    assert (fresh(run).hold, holds.release()) == (Hold.BUDGET, 0)


def test_a_run_whose_stand_in_is_too_dear_is_not_let_go_on_for_its_own_engines_price() -> None:
    dear = a_paid_engine("dear", model="gemini-3-pro-image")
    Price.objects.create(provider="gemini", model="gemini-3-pro-image", per_picture=5)
    run = a_paid_run("bird", fallback=dear)
    Budget.objects.create(run=run, amount=1)
    Take.objects.update(engine=dear)
    assert dispatch.claim() is None
    assert (fresh(run).hold, holds.release()) == (Hold.BUDGET, 0)
    Budget.objects.update(amount=6)
    assert holds.release() == 1
    assert dispatch.claim() is not None


def test_a_claim_that_has_waited_does_not_start_what_the_switch_has_stopped_meanwhile() -> None:
    a_paid_run("bird")
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Engine.objects.select_for_update(no_key=True).get(slug="paid")
            claimed = threads.submit(_claim_there)
            time.sleep(0.5)
            actions.throw_switch("", user=None)
        assert claimed.result(10) is None
    assert not Call.objects.exists()


def _claim_there() -> Claim | None:
    try:
        return dispatch.claim()
    finally:
        connection.close()
