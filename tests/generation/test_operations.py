"""The operations dashboard, the engines' page and the emergency switch: who sees what, and how much is read for it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from generation import rq
from generation.models import (
    Account,
    Budget,
    Call,
    Engine,
    Limit,
    Outcome,
    Price,
    StyleRun,
    Switch,
    Take,
    Worker,
)
from generation.pages import sparkline
from generation.pages.operations import Operations, load_operations
from generation.providers import get_provider
from tests.making import a_named_key, a_project, a_run, a_user, an_engine

pytestmark = pytest.mark.django_db

NOW = timezone.now


def staff(name: str, *rights: str) -> User:
    person = a_user(name, is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return User.objects.get(pk=person.pk)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def operator() -> User:
    return staff("olga", "view_call")


@pytest.fixture
def paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sketch that needs a key and costs money."""
    monkeypatch.setattr(type(get_provider("sketch")), "needs_key", True)


def a_call(account: Account | None = None, **fields: object) -> Call:
    made = {"outcome": Outcome.SUCCEEDED, "sent_at": NOW(), "finished_at": NOW()} | fields
    return Call.objects.create(
        account=account, provider="sketch", project_title="Bird house", step_number=1, attempt=1, fence=1, **made
    )


# --- who comes in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "status"),
    [
        (lambda: a_user("ada"), 404),
        (lambda: staff("clerk"), 404),
        (lambda: staff("olga", "view_call"), 200),
        (lambda: a_user("chief", is_staff=True, is_superuser=True), 200),
    ],
)
def test_operations_is_for_staff_who_may_see_calls(person: object, status: int) -> None:
    assert logged_in(person()).get("/operations/").status_code == status  # type: ignore[operator]


def test_somebody_who_is_not_staff_is_not_let_in_by_a_right_alone() -> None:
    ada = a_user("ada")
    ada.user_permissions.set(Permission.objects.filter(codename="view_call"))
    assert logged_in(User.objects.get(pk=ada.pk)).get("/operations/").status_code == 404


def test_nobody_learns_of_keys_without_the_right(operator: User) -> None:
    key = a_named_key(alias="spare-9xk7")
    Limit.objects.create(account=key.account, amount=9)
    page = logged_in(operator).get("/operations/").content.decode()
    assert key.account.name in page  # accounts are no secret
    assert f"…{key.last_four}" not in page
    page = logged_in(staff("finn", "view_call", "view_apikey")).get("/operations/").content.decode()
    assert f"…{key.last_four}" in page
    assert key.secret not in page
    assert "secret-of-sketch" not in page


# --- what it says ----------------------------------------------------------------------------------------------------


def loaded(user: User | None = None) -> Operations:
    return load_operations(user or a_user("chief", is_staff=True, is_superuser=True))


def test_work_is_counted_by_what_it_waits_for() -> None:
    run = a_run(a_project("Saw", "Nail", "Paint"), strategy="independent")
    chained = a_run(a_project("Saw", "Nail", title="Chain"))
    StyleRun.objects.filter(pk=a_run(a_project("Saw", title="Held")).pk).update(hold="budget", hold_reason="Used up.")
    long_ago = NOW() - timedelta(minutes=5)
    Take.objects.filter(pk=run.takes.first().pk).update(ready_at=long_ago)  # type: ignore[union-attr]
    Take.objects.filter(pk=run.takes.last().pk).update(not_before=NOW() + timedelta(minutes=1))  # type: ignore[union-attr]
    work = loaded().work
    assert (work.ready, work.waiting, work.held, work.in_flight) == (3, 2, 1, 0)
    assert work.oldest == long_ago
    assert chained.takes.count() == 2


def test_jobs_at_the_broker_are_counted_and_a_broker_that_is_away_is_said_to_be(
    operator: User, monkeypatch: pytest.MonkeyPatch, flushed_broker: object
) -> None:
    assert loaded().work.queues == {"pictures": 0, "files": 0}
    monkeypatch.setattr(rq._queue("pictures").connection.connection_pool, "connection_kwargs", {"path": "/nowhere"})
    monkeypatch.setattr(rq._queue("pictures").connection.connection_pool, "_available_connections", [])
    assert "The broker cannot be reached" in logged_in(operator).get("/operations/").content.decode()


def test_workers_are_shown_with_their_threads_in_use(operator: User) -> None:
    worker = Worker.objects.create(name="host-17", threads=4, heartbeat_at=NOW())
    Worker.objects.create(name="host-dead", threads=4, heartbeat_at=NOW() - timedelta(minutes=1))
    run = a_run(a_project("Saw"))
    run.takes.update(status="generating", lease_until=NOW() + timedelta(seconds=20), worker=worker)
    page = logged_in(operator).get("/operations/").content.decode()
    assert "host-17" in page
    assert "1/4" in page
    assert "host-dead" not in page


def test_without_a_worker_it_says_that_nothing_is_made(operator: User) -> None:
    assert "No worker is running" in logged_in(operator).get("/operations/").content.decode()


def test_an_account_shows_what_is_left_of_each_limit_and_how_long_it_cools(operator: User) -> None:
    account = a_named_key().account
    limit = Limit.objects.create(
        account=account, amount=9, burst=3, learned_at=NOW(), cooling_reason="quota exceeded",
        cooling_until=NOW() + timedelta(minutes=2),
    )  # fmt: skip
    a_call(account)
    a_call(account, outcome=Outcome.SENT, finished_at=None)
    view = loaded().accounts[0]
    assert view.limits[0].words.startswith("2 of 9 requests a minute, ")
    assert "3 at once (learned)" in view.limits[0].words
    assert view.limits[0].cooling == limit.cooling_until
    assert view.in_flight == 1
    page = logged_in(operator).get("/operations/").content.decode()
    assert "cooling until" in page
    assert "quota exceeded" in page


def test_keys_say_how_they_are_and_what_went_wrong_last() -> None:
    a_named_key(alias="fine")
    a_named_key(
        alias="spent", enabled=False, disabled_reason="API key expired", last_error="expired", last_error_at=NOW()
    )
    a_named_key(alias="broke", account="poor")
    Account.objects.filter(name="poor").update(stopped_reason="no credit")
    states = {view.key.alias: view.state.sentence() for account in loaded().accounts for view in account.keys}
    assert states == {"fine": "In use", "spent": "Switched off: API key expired", "broke": "Not usable: no credit"}


def test_spending_counts_from_midnight_against_the_days_budget() -> None:
    a_call(cost=Decimal("0.50"))
    a_call(reserved_cost=Decimal("0.25"), outcome=Outcome.SENT, finished_at=None)
    a_call(cost=Decimal(9), sent_at=NOW() - timedelta(days=2))
    assert loaded().spending.words == "$0.75"
    Budget.objects.create(period="day", amount=5)
    spending = loaded().spending
    assert spending.words == "$0.75 of $5.00"
    assert spending.by_provider == [("sketch", "$0.75")]


def test_failures_are_grouped_by_what_happened(operator: User) -> None:
    for _ in range(2):
        a_call(error_code="refused", outcome=Outcome.REFUSED)
    a_call(error_code="unavailable", outcome=Outcome.FAILED)
    a_call(error_code="no_money", outcome=Outcome.FAILED, finished_at=NOW() - timedelta(hours=2))
    assert [(failing.code, failing.count) for failing in loaded().failing] == [("refused", 2), ("unavailable", 1)]
    assert "?error=refused" in logged_in(operator).get("/operations/").content.decode()


def test_held_runs_say_why_and_whose_projects_stay_hidden_from_those_who_may_not_see_them(operator: User) -> None:
    run = a_run(a_project("Saw", title="A secret plan"))
    StyleRun.objects.filter(pk=run.pk).update(hold="no_key", hold_reason="No key is accepted now.")
    page = logged_in(operator).get("/operations/").content.decode()
    assert "A secret plan" not in page
    page = logged_in(staff("omar", "view_call", "view_project")).get("/operations/").content.decode()
    assert "A secret plan" in page
    assert "No key is accepted now." in page


def test_ten_times_as_much_is_read_as_often(operator: User) -> None:
    def fill(names: range) -> None:
        for name in names:
            account = a_named_key(alias=f"key {name}").account
            for seconds in (60, 90, 86_400):
                Limit.objects.create(account=account, amount=9, seconds=seconds)
            a_call(account, error_code="refused")
            Worker.objects.create(name=f"host-{name}", threads=4, heartbeat_at=NOW())
            run = a_run(a_project("Saw", title=f"Plan {name}"), engine=an_engine(f"engine-{name}"))
            StyleRun.objects.filter(pk=run.pk).update(hold="budget")

    def queries() -> int:
        person = User.objects.get(pk=staff("finn", "view_call", "view_apikey", "view_project").pk)
        with CaptureQueriesContext(connection) as captured:
            load_operations(person)
        return len(captured)

    fill(range(2))
    few = queries()
    fill(range(2, 20))
    assert queries() == few <= 30


def test_a_sparkline_draws_the_last_minutes_and_says_what_it_shows() -> None:
    now = NOW().replace(second=30, microsecond=0)
    this = now.replace(second=0)
    line = sparkline.draw({this: 4, this - timedelta(minutes=2): 2}, now, 3)
    assert [(bar.x, bar.y, bar.height) for bar in line.bars] == [(0, 12.0, 12.0), (8, 0.0, 24.0)]
    assert line.words == "6 requests in 3 minutes, at most 4 in one"
    assert sparkline.draw({}, now, 3).words == "no request lately"


# --- engines ---------------------------------------------------------------------------------------------------------


def engines_page(user: User) -> str:
    answer = logged_in(user).get("/engines/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_everybody_sees_what_can_make_pictures_and_what_it_costs() -> None:
    assert "Free" in engines_page(a_user("ada"))


def test_what_is_missing_is_told_without_names_of_keys(paid: None) -> None:
    a_named_key(alias="Ada's secret key", enabled=False, disabled_reason="API key expired")
    an_engine()
    page = engines_page(a_user("ada"))
    assert "Staff must still set it up." in page
    assert "switched off" not in page
    to_staff = engines_page(staff("eve", "view_engine"))
    assert "No key for sketch can be used: switched off." in to_staff
    assert "secret key" not in page + to_staff
    assert "expired" not in page + to_staff
    assert "Price unknown" in page
    assert "/admin/" not in page
    Price.objects.create(provider="sketch", per_picture=Decimal("0.04"), per_reference=Decimal("0.01"))
    assert "About $0.05 a picture" in engines_page(a_user("ada"))


def test_staff_find_the_way_into_the_admin() -> None:
    engine = an_engine()
    page = engines_page(staff("eve", "view_engine"))
    assert reverse("admin:generation_engine_change", args=[engine.pk]) in page


def test_where_no_price_is_known_staff_find_the_prices(paid: None) -> None:
    a_named_key()
    an_engine()
    prices = f"{reverse('admin:generation_price_changelist')}?made_by=sketch"
    assert prices in engines_page(staff("finn", "view_price"))
    assert prices not in engines_page(staff("eve", "view_engine"))
    Price.objects.create(provider="sketch", per_picture=Decimal("0.04"))
    assert prices not in engines_page(User.objects.get(username="finn"))


def test_an_engine_without_a_price_list_costs_what_it_cost_lately(paid: None) -> None:
    a_named_key()
    engine = an_engine()
    for cost in ("0.02", "0.04"):
        a_call(engine=engine, cost=Decimal(cost))
    assert "About $0.03 a picture" in engines_page(a_user("ada"))


def test_twelve_engines_are_read_as_often_as_two(paid: None) -> None:
    def queries() -> int:
        client = logged_in(a_user("ada"))
        with CaptureQueriesContext(connection) as captured:
            client.get("/engines/")
        return len(captured)

    Engine.objects.all().delete()
    for number in range(2):
        a_style_engine(number)
    few = queries()
    for number in range(2, 12):
        a_style_engine(number)
    assert queries() == few <= 20


def a_style_engine(number: int) -> None:
    an_engine(f"engine-{number}", fallback=Engine.objects.first())


# --- the emergency switch --------------------------------------------------------------------------------------------


@pytest.fixture
def chief() -> Client:
    return logged_in(staff("carl", "view_call", "add_switch", "delete_switch"))


def test_a_switch_is_thrown_and_released_and_everybody_who_is_logged_in_sees_it(chief: Client) -> None:
    ada = logged_in(a_user("ada"))
    answer = chief.post("/operations/pause/", {"provider": "", "reason": "The <b>bill</b> looks wrong"}, follow=True)
    assert "Paused. Calls in flight finish" in answer.content.decode()
    switch = Switch.objects.get()
    assert (switch.provider, switch.reason) == ("", "The <b>bill</b> looks wrong")
    for address in ("/", "/queue/", "/engines/", "/nowhere/"):
        page = ada.get(address).content.decode()
        assert "All paid calls are paused by carl since" in page
        assert "The &lt;b&gt;bill&lt;/b&gt; looks wrong" in page
        assert "Allow again" not in page
    assert "carl" not in Client().get("/login/").content.decode()
    assert "Allow again" in chief.get("/queue/").content.decode()
    answer = chief.post("/operations/allow/", {"provider": "", "next": "/queue/"})
    assert answer.url == "/queue/"  # type: ignore[attr-defined]
    assert not Switch.objects.exists()


def test_one_provider_can_be_paused_alone(chief: Client) -> None:
    chief.post("/operations/pause/", {"provider": "sketch"})
    assert "Calls of sketch are paused by carl since" in chief.get("/").content.decode()
    page = chief.get("/operations/").content.decode()
    assert '<option value="sketch">' not in page
    assert '<option value="">all paid calls</option>' in page


def test_the_admin_shows_it_too(chief: Client) -> None:
    chief.post("/operations/pause/", {"provider": ""})
    page = chief.get("/admin/").content.decode()
    assert "All paid calls are paused by carl since" in page
    assert "Allow again" in page


@pytest.mark.parametrize("address", ["/operations/pause/", "/operations/allow/"])
def test_nobody_else_touches_it(address: str, operator: User) -> None:
    Switch.objects.create(provider="gemini")
    for person in (a_user("ada"), operator):
        assert logged_in(person).post(address, {"provider": "gemini"}).status_code == 404
    assert Switch.objects.count() == 1
    assert "Emergency switch</h2>" not in logged_in(operator).get("/operations/").content.decode()


def test_it_asks_for_a_post_with_a_token_and_a_provider_that_exists(chief: Client) -> None:
    assert chief.get("/operations/pause/").status_code == 405
    assert chief.post("/operations/pause/", {"provider": "dream"}).status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="carl"), backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post("/operations/pause/", {"provider": ""}).status_code == 403
    assert not Switch.objects.exists()


def test_twice_is_refused_in_words(chief: Client) -> None:
    chief.post("/operations/pause/", {"provider": ""})
    answer = chief.post("/operations/pause/", {"provider": ""}, follow=True)
    assert "notice-error" in answer.content.decode()
    assert Switch.objects.count() == 1
