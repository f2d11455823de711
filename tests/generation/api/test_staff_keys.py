"""Keys over the API of staff: written in, never read out, and found nowhere afterwards."""

import base64
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone
from pytest_django import Settings

from generation.api.throttles import calls
from generation.models import Account, ApiKey, Event, IdempotencyKey, Limit, Scope
from tests.calling import Program
from tests.generation.api.test_staff import OTHER, SECRET, everything, staff, trail
from tests.generation.test_canary import CANARIES, MARK, clean
from tests.making import a_key, a_named_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance() -> Program:
    return Program(staff("finance"), [Scope.ADMIN])


def test_a_key_is_put_in_and_told_by_its_last_letters_alone(finance: Program) -> None:
    answer: Any = finance.call(
        "POST", "/api/v1/keys", {"provider": "gemini", "alias": "night", "secret": f' "{SECRET}" '}
    )
    key = ApiKey.objects.select_related("account").get()
    assert (answer.status_code, key.reveal(), key.account.limits.get().amount) == (201, SECRET, 9)
    told = answer.json()
    assert {name: told[name] for name in ("id", "provider", "account", "alias", "last_four", "enabled", "state")} == {
        "id": key.pk, "provider": "gemini", "account": key.account_id, "alias": "night", "last_four": "jklm",
        "enabled": True, "state": "ready",
    }  # fmt: skip
    assert told["fingerprint"] == key.fingerprint[:12]
    assert finance.get(f"/api/v1/keys/{key.pk}") == told
    assert finance.get("/api/v1/keys")["items"] == [told]
    for never in (SECRET, key.secret, key.fingerprint):
        assert never not in answer.content.decode()


def test_keys_of_one_account_share_it(finance: Program) -> None:
    for secret, status in ((SECRET, 201), (OTHER, 201)):
        finance.post("/api/v1/keys", {"provider": "gemini", "account": "studio", "secret": secret}, expect=status)
    assert ApiKey.objects.filter(account=Account.objects.get(name="studio")).count() == 2
    assert Limit.objects.count() == 1


def test_a_key_that_is_here_already_is_told_so_and_not_doubled(finance: Program) -> None:
    finance.post("/api/v1/keys", {"provider": "gemini", "alias": "night", "secret": SECRET}, expect=201)
    before = everything()
    again = finance.post("/api/v1/keys", {"provider": "gemini", "account": "new", "secret": SECRET}, expect=409)
    assert (again["code"], again["detail"]) == ("refused", "This key is here already: “night” of night (gemini).")
    assert everything() == before


def test_the_same_request_twice_puts_in_one_key(finance: Program) -> None:
    body = {"provider": "gemini", "alias": "night", "secret": SECRET}
    first = finance.post("/api/v1/keys", body, expect=201, Idempotency_Key="once")
    assert finance.post("/api/v1/keys", body, expect=201, Idempotency_Key="once") == first
    assert ApiKey.objects.count() == 1
    assert SECRET not in str(list(IdempotencyKey.objects.values()))


WRONG_KEYS: list[tuple[object, int, str]] = [
    ({"provider": "gemini"}, 422, "body.secret"),
    ({"provider": "gemini", "secret": ""}, 409, "There is no key."),
    ({"provider": "gemini", "secret": "short"}, 409, "too short"),
    ({"provider": "gemini", "secret": "x" * 2001}, 422, "2000"),
    ({"provider": "gemini", "secret": f"{SECRET} {OTHER}"}, 409, "no blanks"),
    ({"provider": "gemini", "secret": f"sk-{SECRET}"}, 409, "a key of OpenAI"),
    ({"provider": "gemini", "secret": [SECRET]}, 422, "secret"),
    ({"provider": "sketch", "secret": SECRET}, 422, "No such provider takes keys. There are: gemini"),
    ({"provider": SECRET, "secret": SECRET}, 422, "No such provider"),
    ({"provider": "gemini", "alias": SECRET, "secret": OTHER}, 409, "looks like a key"),
    ({"provider": "gemini", "account": f"of {SECRET}", "secret": SECRET}, 409, "looks like a key"),
    ({"provider": "gemini", "alias": "a\nb", "secret": SECRET}, 422, "alias"),
    ({"provider": "gemini", "alias": "\ud800", "secret": SECRET}, 422, "surrogate pair"),
    (SECRET, 422, ""),
    (f'{{"secret": "{SECRET}"'.encode(), 400, "not JSON"),
]


@pytest.mark.parametrize(("body", "status", "words"), WRONG_KEYS, ids=range(len(WRONG_KEYS)))
def test_what_is_wrong_with_a_key_is_said_without_the_key(
    body: object, status: int, words: str, finance: Program
) -> None:
    answer: Any = finance.call("POST", "/api/v1/keys", body)
    assert (answer.status_code, ApiKey.objects.count(), Account.objects.count(), trail()) == (status, 0, 0, [])
    assert words in answer.content.decode()
    assert SECRET not in answer.content.decode()


def test_without_encryption_keys_it_is_not_kept(finance: Program, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = []
    answer = finance.post("/api/v1/keys", {"provider": "gemini", "secret": SECRET}, expect=409)
    assert "Set ENCRYPTION_KEYS" in answer["detail"]
    assert not ApiKey.objects.exists()
    assert not Account.objects.exists()


def test_a_key_is_switched_off_and_on(finance: Program) -> None:
    key = a_key(SECRET)
    for _ in range(2):
        off = finance.post(f"/api/v1/keys/{key.pk}/disable")
        assert (off["enabled"], off["state"]) == (False, f"off: by finance on {timezone.localtime():%Y-%m-%d}")
    for _ in range(2):
        on = finance.post(f"/api/v1/keys/{key.pk}/enable")
        assert (on["enabled"], on["state"]) == (True, "ready")
    assert [words.split(".")[0] for words in trail()] == ["Switched off", "Switched on"]


def test_a_key_is_replaced_and_the_old_one_stays_for_the_ledger(finance: Program) -> None:
    key = a_named_key("night", "gemini")
    new = finance.post(f"/api/v1/keys/{key.pk}/replace", {"secret": SECRET}, expect=201)
    key.refresh_from_db()
    assert (new["alias"], new["account"], new["last_four"]) == ("night", key.account_id, "jklm")
    assert (key.enabled, key.disabled_reason) == (False, "Replaced by …jklm.")
    assert [words.split(" By")[0] for words in trail()] == [
        f"Put in the place of …{key.last_four}.",
        "Replaced by …jklm, and switched off.",
    ]
    before = everything()
    for wrong in (SECRET, "short"):
        finance.post(f"/api/v1/keys/{new['id']}/replace", {"secret": wrong}, expect=409)
    assert everything() == before


# --- the canary ------------------------------------------------------------------------------------------------------

FORM, ROTATED, WRONG = CANARIES["form"], CANARIES["rotate"], CANARIES["wrong"]
SUNG: list[Callable[[Program, int], Any]] = [
    lambda program, key: program.call("POST", "/api/v1/keys", {"provider": "gemini", "secret": FORM}),
    lambda program, key: program.call(
        "POST", "/api/v1/keys", {"provider": "gemini", "secret": FORM}, Idempotency_Key="canary"
    ),
    lambda program, key: program.call("POST", "/api/v1/keys", {"provider": "openai", "secret": WRONG}),
    lambda program, key: program.call("POST", "/api/v1/keys", {"provider": WRONG, "secret": WRONG, "alias": WRONG}),
    lambda program, key: program.call("POST", "/api/v1/keys", {"provider": "gemini", "secret": [WRONG], WRONG: WRONG}),
    lambda program, key: program.call("POST", "/api/v1/keys", json.dumps({"secret": WRONG}).encode()[:-1]),
    lambda program, key: program.call("POST", f"/api/v1/keys/{key}/replace", {"secret": f"{WRONG} twice"}),
    lambda program, key: program.call(
        "POST", f"/api/v1/keys/{key}/replace", {"secret": ROTATED}, Idempotency_Key="canary-2"
    ),
    lambda program, key: program.call("POST", f"/api/v1/keys/{key}/replace", {"secret": ROTATED}),
    lambda program, key: program.call("GET", "/api/v1/keys"),
    lambda program, key: program.call("GET", "/api/v1/accounts"),
]


@pytest.mark.parametrize("debug", [False, True])
def test_a_key_that_came_this_way_is_said_nowhere(
    debug: bool, finance: Program, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "django.db.backends")  # with DEBUG on it tells every query's values, by design
    settings.DEBUG = debug
    key = a_key("secret-of-nobody-0001")
    for sing in SUNG:
        answer = sing(finance, key.pk)
        assert answer.status_code < 500
        clean(answer.content, sing)
        clean(str(answer.headers), sing)
    assert {FORM, ROTATED} <= {row.reveal() for row in ApiKey.objects.all()}
    for model in (IdempotencyKey, LogEntry, Event, ApiKey, Account):
        clean(str(list(model._default_manager.values())), model)
    clean(str(vars(calls)), "throttle")
    for record in caplog.records:
        clean(f"{record.getMessage()} {record.__dict__}", record.name)


def test_what_breaks_inside_does_not_say_it_either(
    finance: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The one thing broken here on purpose is the vault's cipher, as a damaged installation would have it."""
    monkeypatch.setattr("generation.vault.MultiFernet.encrypt", lambda *_: 1 / 0)
    answer: Any = finance.call("POST", "/api/v1/keys", {"provider": "gemini", "secret": FORM})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    clean(answer.content, "answer")
    assert "ZeroDivisionError" in caplog.text
    clean(caplog.text, "log")
    assert MARK not in base64.b64encode(caplog.text.encode()).decode()
