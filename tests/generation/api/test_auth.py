"""Who is let in by a token, and that nothing else lets anybody in."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from generation.models import ApiToken, Scope, Switch
from tests.calling import Program, a_token
from tests.making import a_user

pytestmark = pytest.mark.django_db

HERE = "/api/v1/switches"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def chief() -> User:
    return a_user("chief", is_staff=True, is_superuser=True)


@pytest.fixture
def secret(chief: User) -> str:
    return a_token(chief, [Scope.ADMIN])


def ask(authorization: str | None, path: str = HERE, client: Client | None = None) -> Any:
    headers = {} if authorization is None else {"Authorization": authorization}
    return (client or Client()).get(path, headers=headers)


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer  {}", " Bearer {} "])
def test_a_token_lets_its_person_in(header: str, secret: str) -> None:
    assert ask(header.format(secret)).status_code == 200


WRONG = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Bearer tl_",
    "Bearer tl_ümläut",
    f"Bearer {'x' * 4000}",
    "{}",
    "Token {}",
    "Basic {}",
    "Basic Y2hpZWY6cGFzcw==",
    "Bearer {}x",
    "Bearer {} {}",
    "Bearer Bearer {}",
    "Bearer:{}",
    "Bearer\t{}",
    "Negotiate, Bearer {}",
]


@pytest.mark.parametrize("header", WRONG)
def test_anything_else_does_not(header: str | None, secret: str) -> None:
    answer = ask(header and header.replace("{}", secret))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:throughline:problem:unauthenticated",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Send a token that is valid: Authorization: Bearer <token>.",
        "code": "unauthenticated",
        "charged": "no",
    }
    assert ApiToken.objects.get().last_used_at is None


ENDED: dict[str, Callable[[], object]] = {
    "revoked": lambda: ApiToken.objects.get().revoke(),
    "expired": lambda: ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
    "its person may not log in": lambda: User.objects.update(is_active=False),
    "its person is gone": lambda: User.objects.all().delete(),
}


@pytest.mark.parametrize("why", ENDED)
def test_a_token_that_has_ended_opens_nothing(why: str, secret: str) -> None:
    assert ask(f"Bearer {secret}").status_code == 200
    ENDED[why]()
    assert ask(f"Bearer {secret}").status_code == 401


def test_a_token_is_good_until_its_time_and_revoked_but_once(secret: str) -> None:
    token = ApiToken.objects.get()
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert ask(f"Bearer {secret}").status_code == 200
    token.revoke()
    first = ApiToken.objects.get().revoked_at
    token.revoke()
    assert ApiToken.objects.get().revoked_at == first


@pytest.mark.parametrize("path", [f"{HERE}?{name}={{}}" for name in ("token", "access_token", "key", "Authorization")])
def test_a_token_in_the_address_lets_nobody_in(path: str, secret: str) -> None:
    assert ask(None, path.format(secret)).status_code == 401


def test_a_cookie_lets_nobody_in_and_asks_for_no_token_of_forms(chief: User, secret: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(chief, backend=BACKEND)
    body = {"provider": "gemini"}
    assert ask(None, client=browser).status_code == 401
    assert browser.post(HERE, body, content_type="application/json").status_code == 401
    assert not Switch.objects.exists()
    authorized = {"Authorization": f"Bearer {secret}"}
    assert browser.post(HERE, body, content_type="application/json", headers=authorized).status_code == 201


def test_the_token_says_who_it_is_and_not_the_cookie(chief: User) -> None:
    browser = Client()
    browser.force_login(chief, backend=BACKEND)
    assert ask(f"Bearer {a_token(a_user('ada'), Scope)}", client=browser).status_code == 404


@pytest.mark.parametrize("scopes", [(), (Scope.READ,), (Scope.READ, Scope.WRITE, Scope.RUN), ("everything", "ADMIN")])
def test_each_scope_stands_for_itself(scopes: tuple[str, ...], chief: User) -> None:
    program = Program(chief, [])
    ApiToken.objects.update(scopes=list(scopes))
    answer: Any = program.call("GET", HERE)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert answer.json()["detail"] == "This token lacks the scope “admin”."


def test_use_is_noted_at_most_once_a_minute(secret: str) -> None:
    noted = []
    for ago in (None, 30, 59, 61):
        if ago is not None:
            ApiToken.objects.update(last_used_at=timezone.now() - timedelta(seconds=ago))
        before = ApiToken.objects.get().last_used_at
        assert ask(f"Bearer {secret}").status_code == 200
        noted.append(ApiToken.objects.get().last_used_at != before)
    assert noted == [True, False, False, True]


def test_the_table_holds_no_secret(secret: str) -> None:
    row = ApiToken.objects.values().get()
    assert secret not in str(row)
    assert (row["last_four"], len(row["digest"])) == (secret[-4:], 64)
    assert len(secret.removeprefix("tl_")) == 32  # 192 bits
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM generation_apitoken")
        assert secret[3:-4] not in str(cursor.fetchall())


@pytest.mark.parametrize("debug", [False, True])
def test_no_line_of_the_log_and_no_answer_says_it(
    debug: bool, secret: str, settings: Settings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """`capfd` hears the handlers of the program's own settings."""
    caplog.set_level(logging.DEBUG)
    settings.DEBUG = debug
    wrong, ended = "tl_CaNaRyOfSomebodyWhoGuesses", a_token(a_user("ada"), Scope)
    ApiToken.objects.get(user__username="ada").revoke()
    said = [
        answer.content.decode() + str(answer.headers)
        for token in (secret, wrong, ended)
        for header in (f"Bearer {token}", f"Basic {token}", token, f"Bearer {token} x")
        for path in (HERE, "/api/v1/nothing-here", "/api/v1/keys/9", "/step-images/nothing")
        for answer in [ask(header, path)]
    ]
    said += [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    said += capfd.readouterr()
    assert len(caplog.records) > 10
    for token in (secret, wrong, ended):
        assert not [text for text in said if token[3:-4] in text]
