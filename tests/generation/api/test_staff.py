"""What staff's programs may do: the same as in the admin, by the same rights, and in the same trail."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models.signals import pre_save
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation.models import Account, ApiKey, Limit, Outcome, Scope, Switch
from tests.admin_rows import a_call, fill
from tests.calling import Program
from tests.making import a_key, a_user

pytestmark = pytest.mark.django_db

SECRET = "AIzaSyTopSecret-0123456789abcdefghijklm"
OTHER = "AIzaSyTopSecret-abcdefghijklm0123456789"


def staff(group: str = "") -> User:
    user = a_user(group or "chief", is_staff=True, is_superuser=not group)
    user.groups.set(Group.objects.filter(name=group))
    return user


@pytest.fixture
def chief() -> Program:
    return Program(staff(), [Scope.ADMIN])


@pytest.fixture
def finance() -> Program:
    return Program(staff("finance"), [Scope.ADMIN])


def trail() -> list[str]:
    return [entry.change_message for entry in LogEntry.objects.order_by("pk")]


# --- who may come in -------------------------------------------------------------------------------------------------

SEEN_BY = {
    "view": ("finance", "operator", "auditor"),
    "keys": ("finance", "auditor"),
    "write": ("finance",),
    "pause": ("finance", "operator"),
}
CALLS: list[tuple[str, str, object, str]] = [
    ("GET", "/api/v1/accounts", None, "view"),
    ("GET", "/api/v1/accounts/{account}", None, "view"),
    ("GET", "/api/v1/switches", None, "view"),
    ("GET", "/api/v1/keys", None, "keys"),
    ("GET", "/api/v1/keys/{key}", None, "keys"),
    ("POST", "/api/v1/keys", {"provider": "gemini", "secret": SECRET}, "write"),
    ("POST", "/api/v1/keys/{key}/disable", {}, "write"),
    ("POST", "/api/v1/keys/{key}/enable", {}, "write"),
    ("POST", "/api/v1/keys/{key}/replace", {"secret": OTHER}, "write"),
    ("POST", "/api/v1/accounts/{account}/limits", {"amount": 5, "model": "m"}, "write"),
    ("PATCH", "/api/v1/limits/{limit}", {"amount": 5}, "write"),
    ("DELETE", "/api/v1/limits/{limit}", None, "write"),
    ("POST", "/api/v1/switches", {"provider": "openai"}, "pause"),
    ("DELETE", "/api/v1/switches/gemini", None, "pause"),
]
ROUTES = [f"{method} {path}" for method, path, _body, _right in CALLS]


def rows() -> dict[str, int]:
    key = a_key()
    Switch.objects.create(provider="gemini")
    return {"key": key.pk, "account": key.account_id, "limit": key.account.limits.get().pk}


def everything() -> list[list[Any]]:
    kept: tuple[Any, ...] = (Account, ApiKey, Limit, Switch, LogEntry)
    return [list(model.objects.values()) for model in kept]


@pytest.mark.parametrize(("method", "path", "body", "right"), CALLS, ids=ROUTES)
def test_a_group_may_what_it_may_in_the_admin(method: str, path: str, body: object, right: str) -> None:
    address = path.format(**rows())
    for group in ("operator", "editor", "auditor", "finance"):
        Switch.objects.exclude(provider="gemini").delete()
        Switch.objects.get_or_create(provider="gemini")
        before = everything()
        status = Program(staff(group), [Scope.ADMIN]).call(method, address, body).status_code
        if group in SEEN_BY[right]:
            assert status in (200, 201, 204), group
        else:
            assert (status, everything()) == (404, before), group


@pytest.mark.parametrize(("method", "path", "body", "right"), CALLS, ids=ROUTES)
def test_for_others_there_is_nothing_here(method: str, path: str, body: object, right: str) -> None:
    address = path.format(**rows())
    before = everything()
    demoted = a_user("demoted", is_staff=False, is_superuser=True)
    for user, scopes in ((a_user("ada"), list(Scope)), (a_user("ada"), [Scope.READ]), (demoted, list(Scope))):
        answer: Any = Program(user, scopes).call(method, address, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Program(scopes=None).call(method, address, body).status_code == 401
    assert everything() == before


@pytest.mark.parametrize(("method", "path", "body", "right"), CALLS, ids=ROUTES)
def test_all_rights_without_the_scope_are_not_enough(method: str, path: str, body: object, right: str) -> None:
    address = path.format(**rows())
    before = everything()
    answer: Any = Program(staff(), [Scope.READ, Scope.WRITE, Scope.RUN]).call(method, address, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert everything() == before


@pytest.mark.parametrize("path", ["accounts/99", "keys/99", "accounts/99999999999999999999", "keys/x", "switches/x"])
def test_what_there_is_not_is_404(path: str, chief: Program) -> None:
    method = "DELETE" if path.startswith("switches") else "GET"
    answer = chief.call(method, f"/api/v1/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


# --- accounts and limits ---------------------------------------------------------------------------------------------


def test_an_account_tells_what_is_used_of_its_limits_and_what_they_wait_for(chief: Program) -> None:
    fill(1)
    account = Account.objects.get(limits__cooling_until__isnull=False)
    plain, cooling = account.limits.get(model="", unit="requests"), account.limits.get(model="m")
    Limit.objects.filter(pk=plain.pk).update(amount=3)
    found = chief.get(f"/api/v1/accounts/{account.pk}")
    assert {name: found[name] for name in ("id", "provider", "name", "in_flight", "stopped_reason")} == {
        "id": account.pk, "provider": "gemini", "name": account.name, "in_flight": 0, "stopped_reason": "",
    }  # fmt: skip
    by_id = {limit["id"]: limit for limit in found["limits"]}
    assert (by_id[plain.pk]["used"], by_id[plain.pk]["room"], by_id[plain.pk]["cooling_until"]) == (1, 2, None)
    assert (by_id[cooling.pk]["used"], by_id[cooling.pk]["room"]) == (None, None)
    assert by_id[cooling.pk]["cooling_reason"] == "429"
    assert by_id[cooling.pk]["free_at"] == by_id[cooling.pk]["cooling_until"]


def test_what_is_over_is_not_told_as_cooling(chief: Program) -> None:
    limit = a_key().account.limits.get()
    Limit.objects.update(cooling_until=timezone.now() - timedelta(seconds=1), cooling_reason="429")
    told = chief.get(f"/api/v1/accounts/{limit.account_id}")["limits"][0]
    assert (told["cooling_until"], told["cooling_reason"], told["room"]) == (None, "", 9)


def test_calls_in_flight_are_counted_by_account(chief: Program) -> None:
    fill(1)
    key = ApiKey.objects.select_related("account").earliest("pk")
    take = key.calls.get().take
    assert take is not None
    a_call(take, Outcome.SENT, account=key.account)
    flying = {account["id"]: account["in_flight"] for account in chief.get("/api/v1/accounts")["items"]}
    assert flying[key.account_id] == 1
    assert sum(flying.values()) == 1


@pytest.mark.parametrize("path", ["accounts", "keys"])
def test_a_list_takes_as_many_queries_for_thirty_as_for_three(path: str, chief: Program) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            chief.get(f"/api/v1/{path}?limit=200")
        return len(captured)

    for number in range(3):
        a_key(f"secret-of-nobody-{number:04d}")
    queries()
    few = queries()
    for number in range(3, 30):
        a_key(f"secret-of-nobody-{number:04d}")
    assert queries() == few <= 10


def test_a_long_list_comes_in_pages(chief: Program) -> None:
    for number in range(5):
        a_key(f"secret-of-nobody-{number:04d}")
    for path in ("accounts", "keys"):
        page = chief.get(f"/api/v1/{path}?limit=3")
        rest = chief.get(f"/api/v1/{path}?limit=3&cursor={page['next']}")
        assert [len(page["items"]), len(rest["items"]), rest["next"]] == [3, 2, None]


def test_a_limit_is_set_changed_and_taken_away(finance: Program) -> None:
    account = a_key().account
    made = finance.post(f"/api/v1/accounts/{account.pk}/limits", {"model": "m", "amount": 250, "seconds": 86400,
                        "midnight": "America/Los_Angeles"}, expect=201)  # fmt: skip
    assert {name: made[name] for name in ("account", "amount", "unit", "burst", "used", "room")} == {
        "account": account.pk, "amount": 250, "unit": "requests", "burst": 0, "used": 0, "room": 250,
    }  # fmt: skip
    changed: Any = finance.call("PATCH", f"/api/v1/limits/{made['id']}", {"amount": None, "burst": 4})
    assert changed.json() == made | {"amount": None, "burst": 4, "used": None, "room": None}
    assert finance.call("DELETE", f"/api/v1/limits/{made['id']}").status_code == 204
    assert account.limits.count() == 1
    assert [words.split(" By the token")[0] for words in trail()] == ["Set.", "Changed: amount, burst.", "Taken away."]
    assert all("By the token a program (…" in words for words in trail())


def test_a_change_leaves_what_a_worker_learned_meanwhile(finance: Program) -> None:
    limit = a_key().account.limits.get()

    def learn(**_: object) -> None:
        """Between our reading and our writing."""
        Limit.objects.update(burst=3, cooling_reason="429", strikes=2)

    pre_save.connect(learn, sender=Limit)
    try:
        assert finance.call("PATCH", f"/api/v1/limits/{limit.pk}", {"amount": 20}).status_code == 200
    finally:
        pre_save.disconnect(learn, sender=Limit)
    assert Limit.objects.values_list("amount", "burst", "cooling_reason", "strikes").get() == (20, 3, "429", 2)


def test_a_change_of_nothing_leaves_no_trace(finance: Program) -> None:
    limit = a_key().account.limits.get()
    assert finance.call("PATCH", f"/api/v1/limits/{limit.pk}", {}).status_code == 200
    assert trail() == []


WRONG_LIMITS: list[tuple[object, int, str]] = [
    ({}, 422, "body.amount"),
    ({"amount": -1}, 422, "amount"),
    ({"amount": 2**31}, 422, "amount"),
    ({"amount": "many"}, 422, "amount"),
    ({"amount": 5, "seconds": 0, "model": "m"}, 422, "seconds"),
    ({"amount": 5, "seconds": None}, 422, "seconds"),
    ({"amount": 5, "burst": -1}, 422, "burst"),
    ({"amount": 5, "unit": "tons"}, 422, "unit"),
    ({"amount": 5, "model": "m" * 121}, 422, "model"),
    ({"amount": 5, "model": "a\x00b"}, 422, "model"),
    ({"amount": 5, "model": "m", "midnight": "Mars/Olympus"}, 422, "This is no time zone"),
    ({"amount": 5}, 409, "has a limit of this model, unit and length already"),
    ({"amount": 5, "model": "m", "secs": 60}, 422, "There is no such field."),
    (b"{", 400, "not JSON"),
    ([], 422, ""),
]


@pytest.mark.parametrize(("body", "status", "words"), WRONG_LIMITS, ids=[str(body) for body, *_ in WRONG_LIMITS])
def test_a_limit_that_makes_no_sense_is_refused(body: object, status: int, words: str, finance: Program) -> None:
    account = a_key().account
    before = everything()
    answer: Any = finance.call("POST", f"/api/v1/accounts/{account.pk}/limits", body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert words in answer.content.decode()
    assert everything() == before


def test_a_limit_cannot_be_changed_into_one_that_is_there(finance: Program) -> None:
    account = a_key().account
    other = Limit.objects.create(account=account, model="m", amount=5)
    for body, status in (
        ({"model": ""}, 409),
        ({"midnight": "Mars/Olympus"}, 422),
        ({"seconds": None}, 422),
        ({"ammount": 9}, 422),
    ):
        assert finance.call("PATCH", f"/api/v1/limits/{other.pk}", body).status_code == status
    assert list(Limit.objects.filter(pk=other.pk).values_list("model", "seconds", "midnight")) == [("m", 60, "")]
    assert trail() == []


# --- switches --------------------------------------------------------------------------------------------------------


def test_calls_are_paused_and_allowed_again(finance: Program) -> None:
    thrown = finance.post("/api/v1/switches", {"provider": "gemini", "reason": "too dear"}, expect=201)
    assert finance.get("/api/v1/switches") == {"items": [thrown]}
    assert (thrown["provider"], thrown["reason"], thrown["thrown_by"]) == ("gemini", "too dear", "finance")
    finance.post("/api/v1/switches", {"provider": "gemini"}, expect=409)
    assert finance.call("DELETE", "/api/v1/switches/gemini").status_code == 204
    assert finance.call("DELETE", "/api/v1/switches/gemini").status_code == 404
    assert [words.split(" By")[0] for words in trail()] == ["Thrown.", "Released."]


def test_all_that_costs_money_is_called_all(finance: Program) -> None:
    assert finance.post("/api/v1/switches", {}, expect=201)["provider"] == "all"
    assert Switch.objects.get().provider == ""
    assert [switch["provider"] for switch in finance.get("/api/v1/switches")["items"]] == ["all"]
    assert finance.call("DELETE", "/api/v1/switches/all").status_code == 204
    assert not Switch.objects.exists()


@pytest.mark.parametrize("name", ["a%00b", "x" * 41])
def test_what_is_no_name_at_all_is_not_looked_for(name: str, finance: Program) -> None:
    assert finance.call("DELETE", f"/api/v1/switches/{name}").status_code == 422


def test_a_provider_that_there_is_not_is_not_paused(finance: Program) -> None:
    assert "no provider" in finance.post("/api/v1/switches", {"provider": "nobody"}, expect=409)["detail"]
    assert not Switch.objects.exists()
