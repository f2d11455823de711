"""Accounts, limits, pools, prices, budgets and the switch in the admin, and who may see and edit which of them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from generation import keys, money
from generation.admin.money import with_spending
from generation.models import Account, ApiKey, Budget, Call, KeyPool, Limit, Period, Price, Switch
from tests.admin_rows import a_key, fill
from tests.generation.test_admin_keys import SECRET, act, client_of, messages, url
from tests.making import a_project, a_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance() -> Client:
    return client_of("finance")


# --- accounts and limits ---------------------------------------------------------------------------------------------


def test_an_account_is_stopped_and_resumed(finance: Client) -> None:
    key = a_key(1)
    act(finance, "account", "stop", key.account)
    assert not ApiKey.objects.usable().exists()
    page = finance.get(url("account", "change", key.account.pk))
    assert "stopped by finance on" in page.content.decode()
    assert [name for name, _ in page.context["verbs"]] == ["resume"]
    assert str(key) in page.content.decode()
    act(finance, "account", "resume", key.account)
    assert ApiKey.objects.usable().exists()


def test_an_account_is_made_with_its_limits_and_its_provider_stays(finance: Client) -> None:
    inlines = {
        "limits-TOTAL_FORMS": "1",
        "limits-INITIAL_FORMS": "0",
        "keys-TOTAL_FORMS": "0",
        "keys-INITIAL_FORMS": "0",
    }
    limit = {"unit": "requests", "amount": "60", "seconds": "86400", "midnight": "America/Los_Angeles", "burst": "0"}
    given = {"provider": "gemini", "name": "studio", **inlines, **{f"limits-0-{k}": v for k, v in limit.items()}}
    answer = finance.post(url("account", "add"), {**given, "limits-0-midnight": "Pacific"})
    assert "This is no time zone" in answer.content.decode()
    finance.post(url("account", "add"), given)
    account = Account.objects.get()
    assert str(account.limits.get()) == "60 requests a day"
    changed = {"provider": "openai", "name": "atelier", **inlines, "limits-TOTAL_FORMS": "0"}
    finance.post(url("account", "change", account.pk), changed)
    account.refresh_from_db()
    assert (account.provider, account.name) == ("gemini", "atelier")


def test_an_account_without_a_limit_gets_the_default_one(finance: Client) -> None:
    inlines = {f"{name}-{count}": "0" for name in ("limits", "keys") for count in ("TOTAL_FORMS", "INITIAL_FORMS")}
    answer = finance.post(url("account", "add"), {"provider": "gemini", "name": "studio", **inlines}, follow=True)
    assert "9 times a minute at most" in messages(answer)[0]
    assert str(Account.objects.get().limits.get()) == "9 requests a minute"


def test_a_limit_says_what_is_used_what_is_free_and_until_when_it_waits(finance: Client) -> None:
    fill(1)
    requests = Limit.objects.get(model="", unit="requests")
    images = Limit.objects.get(unit="input_images")
    cells = {row.pk: row.standing for row in finance.get(url("limit", "changelist")).context["cl"].result_list}
    assert (cells[requests.pk].used, cells[requests.pk].room) == (1, 8)
    assert (cells[images.pk].used, cells[images.pk].room) == (1, 4)
    waiting = Limit.objects.get(model="m")
    assert ": 429</span>" in finance.get(url("limit", "changelist")).content.decode()
    page = finance.get(url("limit", "change", requests.pk)).content.decode()
    assert 'readonly">1<' in page
    assert 'readonly">8<' in page
    answer = act(finance, "limit", "end_cooling", waiting, from_page="1")
    assert "no longer waited for" in messages(answer)[0]
    waiting.refresh_from_db()
    assert (waiting.cooling_until, waiting.cooling_reason) == (None, "")


def test_saving_a_limit_does_not_undo_what_a_refusal_taught(finance: Client) -> None:
    limit = a_key(1).account.limits.get()
    page = finance.get(url("limit", "change", limit.pk)).context["adminform"].form
    shown = {name: page[name].value() for name in page.fields}
    given = {name: value for name, value in shown.items() if value is not None} | {"amount": "20"}
    Limit.objects.update(cooling_until=timezone.now(), cooling_reason="429")
    finance.post(url("limit", "change", limit.pk), given)
    limit.refresh_from_db()
    assert (limit.amount, limit.cooling_reason) == (20, "429")


def test_a_pool_takes_keys_of_its_provider(finance: Client) -> None:
    key, stranger = a_key(1), keys.add("openai", "sk-proj-0123456789")
    pool = KeyPool.objects.create(provider="gemini", title="nightly")
    offered = finance.get(url("keypool", "change", pool.pk)).content.decode()
    assert str(key) in offered
    assert str(stranger) not in offered
    through = "ApiKey_pools"
    inline = {f"{through}-TOTAL_FORMS": "1", f"{through}-INITIAL_FORMS": "0", f"{through}-0-apikey": key.pk}
    finance.post(url("keypool", "change", pool.pk), {"title": "weekly", **inline, f"{through}-0-keypool": pool.pk})
    pool.refresh_from_db()
    assert (pool.title, list(pool.keys.all())) == ("weekly", [key])
    assert "1 of 1" in finance.get(url("keypool", "changelist")).content.decode()


# --- money -----------------------------------------------------------------------------------------------------------


def test_prices_are_edited_in_their_list_with_a_trail(finance: Client) -> None:
    [price] = list(Price.objects.filter(provider="gemini", model="gemini-2.5-flash-image"))
    page = url("price", "changelist") + "?q=gemini-2.5-flash-image"
    form = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": price.pk, "_save": "Save"}
    given = {"form-0-per_picture": "0.05", "form-0-per_reference": "", "form-0-checked_on": "2026-12-01"}
    finance.post(page, {**form, **given})
    price.refresh_from_db()
    assert (price.per_picture, str(price.checked_on)) == (Decimal("0.05"), "2026-12-01")
    assert LogEntry.objects.filter(object_id=str(price.pk)).exists()
    answer = finance.post(page, {**form, **given, "form-0-per_picture": "-1"})
    assert "greater than or equal to 0" in answer.content.decode()
    act(finance, "price", "checked_today", price)
    price.refresh_from_db()
    assert price.checked_on == timezone.localdate()


def test_a_budget_is_for_one_thing_and_once(finance: Client) -> None:
    run = a_run(a_project("a table"))
    given = {"period": "day", "amount": "5"}
    both = finance.post(url("budget", "add"), {**given, "project": run.project.pk, "user": run.project.owner.pk})
    assert "Choose one" in both.content.decode()
    assert not Budget.objects.exists()
    for scope in ({}, {"user": run.project.owner.pk}, {"project": run.project.pk}, {"run": run.pk}):
        finance.post(url("budget", "add"), {**given, **scope})
        again = finance.post(url("budget", "add"), {**given, **scope})
        assert "already" in again.content.decode(), scope
    assert Budget.objects.count() == 4
    budget = Budget.objects.get(user=run.project.owner)
    finance.post(url("budget", "change", budget.pk), {"user": run.project.owner.pk, "period": "day", "amount": "7"})
    budget.refresh_from_db()
    assert budget.amount == 7


def amount_of(budget: Any) -> Decimal:
    spent: Decimal = budget.spent
    return spent


def test_budgets_show_what_the_limiter_counts() -> None:
    fill(2)
    now = timezone.now()
    costs = ("1.25", "2.5", "0.75")
    ages = (timedelta(minutes=1), timedelta(days=2), timedelta(days=40))
    for number, call in enumerate(Call.objects.order_by("pk")):
        Call.objects.filter(pk=call.pk).update(
            cost=Decimal(costs[number % 3]) if number % 2 else None,
            reserved_cost=Decimal("0.5"),
            sent_at=now - ages[number % 3],
        )
    for period in Period.values:
        Budget.objects.create(amount=1, period=period)
        Budget.objects.get_or_create(amount=1, period=period, user=Call.objects.exclude(user=None)[0].user)
    counted = list(with_spending(Budget.objects.all(), now))
    assert len(counted) > 9
    assert [amount_of(budget) for budget in counted] == [money.spent(budget, now) for budget in counted]
    assert len({amount_of(budget) for budget in counted}) > 3


def test_a_budget_that_is_used_up_says_so(finance: Client) -> None:
    fill(1)
    Call.objects.update(cost=Decimal(1))
    Budget.objects.all().delete()
    for amount, words in ((2, "used up"), (Decimal("3.5"), "86 % used"), (30, "10 % used")):
        Budget.objects.all().delete()
        Budget.objects.create(amount=amount)
        assert words in finance.get(url("budget", "changelist")).content.decode()


# --- the switch ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["operator", "finance"])
def test_the_switch_is_thrown_and_released_with_a_trail(group: str) -> None:
    client = client_of(group)
    client.post(url("switch", "add"), {"provider": "", "reason": "too dear"})
    switch = Switch.objects.get()
    assert (switch.provider, switch.reason, str(switch.thrown_by)) == ("", "too dear", group)
    again = client.post(url("switch", "add"), {"provider": "", "reason": ""})
    assert "It is paused already." in again.content.decode()
    assert client.post(url("switch", "change", switch.pk), {"reason": "no"}).status_code == 403
    client.post(url("switch", "add"), {"provider": "gemini"})
    answer = act(client, "switch", "release", switch)
    assert messages(answer)[-1] == "No longer: all paid calls are paused."
    client.post(url("switch", "delete", Switch.objects.get().pk), {"post": "yes"})
    assert not Switch.objects.exists()
    assert LogEntry.objects.count() == 4


# --- who may ---------------------------------------------------------------------------------------------------------

PAGES = ["apikey", "account", "limit", "keypool", "price", "budget", "switch"]


@pytest.mark.parametrize(
    ("group", "seen", "edited"),
    [
        ("finance", PAGES, PAGES),
        ("operator", ["account", "limit", "switch"], ["switch"]),
        ("editor", [], []),
        ("auditor", PAGES, []),
    ],
)
def test_who_sees_and_who_edits(group: str, seen: list[str], edited: list[str]) -> None:
    fill(1)
    client = client_of(group)
    for name in PAGES:
        assert (client.get(url(name, "changelist")).status_code == 200) == (name in seen), name
        assert (client.get(url(name, "add")).status_code == 200) == (name in edited), name


@pytest.mark.parametrize("group", ["operator", "editor", "auditor"])
def test_others_than_finance_cannot_touch_keys(group: str) -> None:
    fill(1)
    client, key = client_of(group), ApiKey.objects.earliest("pk")
    before = list(ApiKey.objects.values())
    assert client.get(url("apikey", "change", key.pk)).status_code == (200 if group == "auditor" else 403)
    for page in (url("apikey", "paste"), url("apikey", "rotate", key.pk), url("apikey", "add")):
        assert client.get(page).status_code == 403, page
        assert client.post(page, {"new_secret": SECRET, "text": SECRET, "provider": "gemini"}).status_code == 403, page
    for action in ("enable", "disable", "test", "delete_selected"):
        act(client, "apikey", action, key)
    assert list(ApiKey.objects.values()) == before
    if group == "auditor":
        page = client.get(url("apikey", "change", key.pk)).content.decode()
        assert key.reveal() not in page
        assert "Replace</a>" not in page


def test_operators_see_an_account_without_its_keys() -> None:
    fill(1)
    account = Account.objects.exclude(keys=None).get()
    page = client_of("operator").get(url("account", "change", account.pk)).content.decode()
    assert "key 0 …" not in page
    assert "keys that share these limits" not in page.lower()
    assert 'value="9"' in page or ">9<" in page
