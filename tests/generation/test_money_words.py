"""What pages say of money, limits and the switch: before pictures are made, while they are, and at the end."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from generation import actions, dispatch
from generation.models import Call, Engine, Limit, Price, StyleRun, Switch, Take, Worker
from generation.pages import dollars
from generation.pages.board import load_board
from generation.pages.forms import start_form
from generation.pages.queue import load_queue
from tests.making import a_key, a_paid_engine, a_project, a_run, a_style, a_user, an_engine, frame, make_all

pytestmark = pytest.mark.django_db

TEXTS = ("Saw the boards", "Nail the walls", "Add a floor")


@pytest.fixture(autouse=True)
def a_living_worker() -> Worker:
    return Worker.objects.create(name="test", threads=4, heartbeat_at=timezone.now())


@pytest.fixture
def prices() -> None:
    Price.objects.filter(provider="gemini").delete()
    Price.objects.create(provider="gemini", per_picture=Decimal("0.06"), per_reference=Decimal("0.01"))


def a_paid_run(*texts: str, **fields: Any) -> StyleRun:
    a_key(**fields)
    return a_run(a_project(*(texts or TEXTS)), engine=a_paid_engine())


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def board_page(run: StyleRun, user: User | None = None) -> str:
    return logged_in(user or run.project.owner).get(run.project.get_absolute_url()).content.decode()


def heading(run: StyleRun, **options: Any) -> Any:
    return load_board(run.project, **{"editable": True} | options).runs[0]


# --- before ----------------------------------------------------------------------------------------------------------


def test_the_form_names_the_price_of_each_engine_and_an_estimate(prices: None) -> None:
    a_key()
    a_paid_engine()
    project = a_project(*TEXTS)
    page = logged_in(project.owner).get(project.get_absolute_url()).content.decode()
    assert "About $0.07 a picture" in page
    assert "3 pictures, free" in page  # the style's own engine is the offline one


@pytest.mark.parametrize(
    ("price", "words"),
    [("0.0667", "12 pictures, about $0.80"), ("0", "12 pictures, free"), (None, "12 pictures, price unknown")],
)
def test_estimates_in_words(price: str | None, words: str) -> None:
    assert dollars.price_of_many(12, None if price is None else 12 * Decimal(price)) == words


def test_the_estimate_goes_by_what_would_make_each_style(prices: None) -> None:
    a_key()
    a_style().default_engine.delete() if hasattr(a_style(), "default_engine") else None
    engine = a_paid_engine()
    engine.styles.create(style=a_style())
    project = a_project(*TEXTS)
    a_run(project, engine=an_engine())
    assert start_form(project, 3).estimate == "up to 3 pictures, free"  # as before
    StyleRun.objects.all().delete()
    form = start_form(project, 3)
    ticked = {choice.style.slug: choice.price for choice in form.styles}
    assert ticked["clear"] == Decimal("0.07")
    assert ticked["comic"] == 0


def test_an_engine_that_lacks_something_is_listed_with_it_and_cannot_be_chosen() -> None:
    engine = a_paid_engine()
    project = a_project(*TEXTS)
    page = logged_in(project.owner).get(project.get_absolute_url()).content.decode()
    assert "No key for gemini has been entered yet." in page
    choice = page[page.index(f'name="engine" value="{engine.pk}"') :]
    assert "disabled" in choice[: choice.index(">")]


def test_what_the_ticked_style_would_be_made_by_and_cannot_is_said_loudly() -> None:
    engine = a_paid_engine()
    Engine.objects.exclude(pk=engine.pk).update(enabled=False)
    project = a_project(*TEXTS)
    page = logged_in(project.owner).get(project.get_absolute_url()).content.decode()
    assert "paid cannot make pictures now: No key for gemini has been entered yet." in page


def test_ten_engines_on_the_form_are_read_as_often_as_two(prices: None) -> None:
    def queries(project: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            start_form(project, 3)
        return len(captured)

    project = a_project(*TEXTS)
    for number in range(2):
        a_paid_engine(f"paid-{number}")
    few = queries(project)
    for number in range(2, 12):
        a_paid_engine(f"paid-{number}")
    assert queries(project) == few


# --- during and after ------------------------------------------------------------------------------------------------


def spend(run: StyleRun, *costs: str | None) -> None:
    for number, cost in enumerate(costs, start=1):
        Call.objects.create(
            take=run.takes.order_by("pk")[number - 1], project=run.project, engine=run.engine, provider="gemini",
            project_title="Bird house", step_number=number, attempt=1, fence=1, outcome="succeeded", charged="yes",
            cost=None if cost is None else Decimal(cost), sent_at=timezone.now(), finished_at=timezone.now(),
        )  # fmt: skip


def end(run: StyleRun) -> None:
    Take.objects.filter(run=run).update(status="failed", finished_at=timezone.now())
    StyleRun.objects.filter(pk=run.pk).update(status="failed", completed_at=timezone.now())


def test_a_run_says_what_it_will_cost_what_it_has_and_what_it_did(prices: None) -> None:
    run = a_paid_run()
    assert heading(run).money == "about $0.21 in all"
    spend(run, "0.10")
    Take.objects.filter(pk=run.takes.first().pk).update(status="failed")  # type: ignore[union-attr]
    assert heading(run).money == "$0.10 so far, about $0.24 in all"
    end(run)
    assert heading(run).money == "$0.10 in all"
    assert "$0.10 in all" in board_page(run)


def test_a_call_in_flight_counts_with_what_is_reserved_for_it(prices: None) -> None:
    run = a_paid_run()
    assert dispatch.claim() is not None
    assert heading(run).money == "$0.06 so far, about $0.20 in all"


def test_a_price_that_nobody_knows_is_called_unknown() -> None:
    Price.objects.filter(provider="gemini").delete()
    run = a_paid_run()
    assert heading(run).money == "price unknown"
    spend(run, None)
    assert heading(run).money == "price unknown"
    spend(run, "0.10")
    assert heading(run).money == "$0.10 so far, about $0.40 in all"  # as the last ones did
    end(run)
    assert heading(run).money == "$0.10 in all, 1 picture at a price unknown"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_said_of_money_where_all_is_free() -> None:
    run = a_run(a_project(*TEXTS))
    assert heading(run).money == ""
    make_all()
    assert heading(run).money == ""
    assert "run-money" not in board_page(run)


def test_visitors_learn_nothing_of_money(prices: None) -> None:
    run = a_paid_run()
    spend(run, "0.10")
    run.project.visibility = "public"
    run.project.save()
    assert "$0.10" in board_page(run)
    assert "$0.10" not in board_page(run, a_user("ben"))
    assert "$" not in Client().get(run.project.get_absolute_url()).content.decode()


def test_a_project_with_several_paid_runs_says_what_they_cost_together(prices: None) -> None:
    run = a_paid_run()
    comic = actions.start(
        run.project, user=run.project.owner, styles=[a_style("comic")], strategy="chained", engine=run.engine
    )[0]
    spend(run, "0.10")
    assert load_board(run.project, editable=True).spent == ""
    spend(comic, "0.20", "0.20")
    assert load_board(run.project, editable=True).spent == "$0.50"


def test_three_paid_styles_read_as_often_as_one(prices: None) -> None:
    def queries(run: StyleRun) -> int:
        project = run.project.__class__.objects.get(pk=run.project_id)
        with CaptureQueriesContext(connection) as captured:
            load_board(project, editable=True)
        return len(captured)

    one = a_paid_run()
    three = a_project(*TEXTS)
    last = [a_run(three, engine=one.engine, style=style) for style in ("illustration", "clear", "comic")][-1]
    assert queries(last) == queries(one) <= 26


# --- waiting ---------------------------------------------------------------------------------------------------------


def test_a_full_limit_is_told_with_the_time_when_the_next_may_start(prices: None) -> None:
    run = a_paid_run(amount=1)
    other = a_run(a_project("Another"), engine=run.engine)
    assert dispatch.claim(only=run) is not None
    state = load_board(other.project, editable=True).runs[0].cards[0].state
    assert state.sentence() == "Waiting: rate limit until"
    assert state.until is not None
    assert timedelta(seconds=50) < state.until - timezone.now() < timedelta(seconds=61)
    assert heading(other).state == state
    queued = {item.run.pk: item.waits_for.sentence() for item in load_queue(StyleRun.objects.active()).runs}
    assert queued == {run.pk: "1 picture being made: rate limit until", other.pk: "Waiting: rate limit until"} or (
        queued == {run.pk: "1 picture being made", other.pk: "Waiting: rate limit until"}
    )


def test_a_second_account_with_room_means_no_wait(prices: None) -> None:
    run = a_paid_run(amount=1)
    other = a_run(a_project("Another"), engine=run.engine)
    assert dispatch.claim(only=run) is not None
    a_key("secret-of-nobody-0002", amount=1)
    assert heading(other).state.word == "Queued"


def test_a_cooling_limit_is_waited_for(prices: None) -> None:
    run = a_paid_run()
    until = timezone.now() + timedelta(minutes=7)
    Limit.objects.update(cooling_until=until)
    assert heading(run).state.until == until


def test_the_switch_is_told_on_the_board_of_a_paid_run_and_not_of_a_free_one(prices: None) -> None:
    paid, free = a_paid_run(), a_run(a_project("Free"))
    actions.throw_switch("", user=a_user("carl"), reason="The bill looks wrong")
    state = heading(paid).state
    assert (state.sentence(), state.more) == (
        "On hold: All paid calls are paused by carl since",
        "The bill looks wrong",
    )
    assert state.until == Switch.objects.get().thrown_at
    assert heading(paid).cards[0].state == state
    assert heading(free).state.key == "queued"
    assert "by carl since" in board_page(paid)
    assert "The bill looks wrong" in board_page(paid)
    queued = {item.run.pk: item.waits_for.key for item in load_queue(StyleRun.objects.active()).runs}
    assert queued == {paid.pk: "held", free.pk: "queued"}


def test_visitors_see_that_a_run_is_held_and_neither_names_nor_money(prices: None) -> None:
    held, stopped = a_paid_run(), a_run(a_project("Another"), engine=a_paid_engine())
    StyleRun.objects.filter(pk=held.pk).update(hold="budget", hold_reason="The budget of $5 for you is used up.")
    actions.throw_switch("", user=a_user("carl"), reason="The bill looks wrong")
    of_held, of_stopped = heading(held, editable=False).state, heading(stopped, editable=False).state
    assert of_held.sentence() == "On hold: its budget is used up"
    assert (of_stopped.sentence(), of_stopped.more) == ("On hold: All paid calls are paused since", "")
    assert heading(held).state.sentence() == "On hold: The budget of $5 for you is used up."


def test_cards_that_wait_are_sent_anew_when_the_switch_is_thrown(prices: None) -> None:
    run = a_paid_run()
    owner = logged_in(run.project.owner)
    number = load_board(run.project, editable=True).number
    actions.throw_switch("gemini", user=a_user("carl"))
    told = owner.get(reverse("board_changes", args=[run.project_id]), {"since": number}).json()
    shown = {part["id"]: part["html"] for part in told["fragments"]}
    assert "Calls of gemini are paused by carl since" in shown[f"frame-{frame(run, 1).pk}"]


def test_a_run_without_a_key_leads_to_what_its_engine_lacks() -> None:
    run = a_paid_run()
    StyleRun.objects.filter(pk=run.pk).update(hold="no_key", hold_reason="No key is accepted now.")
    page = board_page(run)
    assert "On hold" in page
    assert "No key is accepted now." in page
    assert reverse("engines") in page
