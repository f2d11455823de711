"""The page on which people make tokens for their programs, and revoke them."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.signing import TimestampSigner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from generation.models import ApiToken, Scope
from generation.pages.tokens import FORM_HOURS, MOST
from tests.making import a_user

pytestmark = pytest.mark.django_db(transaction=True)

BACKEND = "django.contrib.auth.backends.ModelBackend"


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def ada() -> User:
    return a_user("ada")


@pytest.fixture
def client(ada: User) -> Client:
    return logged_in(ada)


def page(client: Client) -> str:
    answer = client.get("/tokens/")
    assert answer.status_code == 200
    return answer.content.decode()


def filled(client: Client, **fields: object) -> dict[str, Any]:
    """The form as a browser sends it."""
    mark = re.search(r'name="mark" value="([^"]+)"', page(client))
    assert mark is not None
    return {"mark": mark[1], "name": "laptop", "scopes": ["read"], "lifetime": "90"} | fields


def send(client: Client, **fields: object) -> Any:
    return client.post("/tokens/", filled(client, **fields))


def secret_in(answer: Any) -> str:
    found = re.findall(r'value="(tl_[^"]+)"', answer.content.decode())
    assert len(found) == 1
    return str(found[0])


def opens(secret: str) -> bool:
    return ApiToken.objects.from_secret(secret) is not None


# --- made ------------------------------------------------------------------------------------------------------------


def test_a_token_is_made_and_its_secret_shown_this_once(client: Client, ada: User, settings: Settings) -> None:
    answer = send(client, name="  build server ", scopes=["run", "read"])
    secret, token = secret_in(answer), ApiToken.objects.get()
    assert ApiToken.objects.from_secret(secret) == token
    assert (token.user, token.name, token.scopes) == (ada, "build server", ["read", "run"])
    assert timedelta(days=89) < (token.expires_at or timezone.now()) - timezone.now() <= timedelta(days=90)
    text = answer.content.decode()
    assert f"Authorization: Bearer {secret}&quot; {settings.PUBLIC_URL}/api/v1/projects" in text
    later = page(client)
    assert secret not in later
    assert f"…{token.last_four}" in later
    assert token.digest not in text + later


def test_the_answer_is_kept_by_nobody_and_sends_nobody_elsewhere(client: Client) -> None:
    answer = send(client)
    secret = secret_in(answer)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert secret not in str(answer.headers) + str(answer.cookies)
    assert not [session for session in Session.objects.all() if secret in str(session.get_decoded())]
    assert "no-store" in client.get("/tokens/")["Cache-Control"]


@pytest.mark.parametrize(("lifetime", "days"), [("7", 7), ("30", 30), ("365", 365), ("", None)])
def test_it_works_as_long_as_was_chosen(lifetime: str, days: int | None, client: Client) -> None:
    send(client, lifetime=lifetime)
    expires = ApiToken.objects.get().expires_at
    assert (expires is None) == (days is None)
    assert expires is None or abs(expires - timezone.now() - timedelta(days=days or 0)) < timedelta(minutes=1)


TRIED_ON = [(["read"], "projects"), (["write", "run"], ""), (["admin"], "accounts"), (["admin", "read"], "projects")]


@pytest.mark.parametrize(("scopes", "line"), TRIED_ON)
def test_the_line_to_try_it_with_changes_nothing(scopes: list[str], line: str) -> None:
    answer = send(logged_in(a_user("clerk", is_staff=True)), scopes=scopes)
    found = re.findall(r"/api/v1/(\w+)</pre>", answer.content.decode())
    assert found == ([line] if line else [])


WRONG: list[tuple[dict[str, object], str]] = [
    ({"name": ""}, "This field is required."),
    ({"name": "x" * 81}, "at most 80 characters"),
    ({"name": "a\x00b"}, "Null characters are not allowed."),
    ({"scopes": []}, "Choose at least one"),
    ({"scopes": ["everything"]}, "Select a valid choice"),
    ({"scopes": ["read", "admin"]}, "Select a valid choice"),
    ({"lifetime": "36500"}, "Select a valid choice"),
    ({"mark": ""}, "send it once more"),
    ({"mark": "made-up"}, "send it once more"),
    ({"mark": TimestampSigner(salt="elsewhere").sign("x")}, "send it once more"),
]


@pytest.mark.parametrize(("fields", "words"), WRONG, ids=[str(list(fields)) for fields, _ in WRONG])
def test_what_is_wrong_is_said_and_makes_nothing(fields: dict[str, object], words: str, client: Client) -> None:
    answer = send(client, **fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_page_that_was_open_for_long_is_sent_once_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = filled(client)
    now = timezone.now().timestamp()
    with monkeypatch.context() as later:
        later.setattr("django.core.signing.time.time", lambda: now + FORM_HOURS * 3600 + 60)
        answer = client.post("/tokens/", fields)
    assert (answer.status_code, ApiToken.objects.count()) == (422, 0)
    mark = re.search(r'name="mark" value="([^"]+)"', answer.content.decode())
    assert mark is not None
    assert client.post("/tokens/", fields | {"mark": mark[1]}).status_code == 200
    assert ApiToken.objects.count() == 1


def test_only_staff_are_offered_what_is_for_staff(client: Client) -> None:
    assert 'value="admin"' not in page(client)
    staff = logged_in(a_user("clerk", is_staff=True))
    assert 'value="admin"' in page(staff)
    send(staff, scopes=["admin"])
    assert ApiToken.objects.get().scopes == [Scope.ADMIN]


# --- once ------------------------------------------------------------------------------------------------------------


def test_a_reload_of_the_answer_makes_no_second_token(client: Client) -> None:
    fields = filled(client)
    first = client.post("/tokens/", fields)
    again = client.post("/tokens/", fields)
    assert (first.status_code, again.status_code, ApiToken.objects.count()) == (200, 422, 1)
    text = again.content.decode()
    assert "This form was sent before" in text
    assert secret_in(first) not in text
    assert send(client).status_code == 200
    assert ApiToken.objects.count() == 2


def test_a_double_click_makes_one_token(client: Client, ada: User) -> None:
    fields = filled(client)
    clients = [logged_in(ada) for _ in range(6)]

    def click(each: Client) -> int:
        try:
            return each.post("/tokens/", fields).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(click, clients)) == [200, *[422] * 5]
    assert ApiToken.objects.count() == 1


def test_fifty_are_enough(client: Client, ada: User) -> None:
    for number in range(MOST - 1):
        ApiToken.objects.issue(ada, f"program {number}", [Scope.READ])
    ApiToken.objects.issue(ada, "expired", [], timezone.now() - timedelta(days=1))
    ApiToken.objects.issue(a_user("bob"), "another's", [])
    assert send(client).status_code == 200
    refused = send(client, name="one too many")
    assert (refused.status_code, ApiToken.objects.usable().filter(user=ada).count()) == (422, MOST)
    assert f"You have {MOST} tokens that work" in refused.content.decode()
    ApiToken.objects.filter(name="program 7").get().revoke()
    assert send(client).status_code == 200


def test_many_forms_at_once_do_not_make_more(ada: User) -> None:
    for number in range(MOST - 2):
        ApiToken.objects.issue(ada, f"program {number}", [Scope.READ])
    clients = [logged_in(ada) for _ in range(5)]
    forms = [filled(each) for each in clients]

    def click(each: tuple[Client, dict[str, Any]]) -> int:
        try:
            return each[0].post("/tokens/", each[1]).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(click, zip(clients, forms, strict=True))) == [200, 200, 422, 422, 422]


# --- listed and revoked ----------------------------------------------------------------------------------------------


def test_everybody_sees_only_their_own(client: Client, ada: User) -> None:
    ApiToken.objects.issue(ada, "Ada’s laptop", [Scope.READ, Scope.RUN])
    bobs, _ = ApiToken.objects.issue(a_user("bob"), "Bob’s laptop", [Scope.READ])
    text = page(client)
    assert "Ada’s laptop" in text
    assert "read, run" in text
    assert "Bob’s laptop" not in text
    root = logged_in(a_user("root", is_staff=True, is_superuser=True))
    for other in (client, root):
        assert other.get(f"/tokens/{bobs.pk}/revoke/").status_code == 404
        assert other.post(f"/tokens/{bobs.pk}/revoke/").status_code == 404
    bobs.refresh_from_db()
    assert bobs.revoked_at is None


def test_a_token_is_revoked_once_its_person_has_confirmed(client: Client, ada: User) -> None:
    token, secret = ApiToken.objects.issue(ada, "laptop", [Scope.READ])
    question = client.get(f"/tokens/{token.pk}/revoke/")
    assert "Revoke “<bdi>laptop</bdi>”?" in question.content.decode()
    assert opens(secret)
    done = client.post(f"/tokens/{token.pk}/revoke/", follow=True).content.decode()
    assert not opens(secret)
    assert "“laptop” opens nothing any more." in done
    assert "Those that open nothing any more (1)" in done
    assert f"/tokens/{token.pk}/revoke/" not in done


STATES: list[tuple[Callable[[], dict[str, object]], str]] = [
    (dict, "it is revoked"),
    (lambda: {"expires_at": timezone.now() + timedelta(days=1)}, "Works until"),
    (lambda: {"expires_at": timezone.now() - timedelta(days=1)}, "Expired"),
    (lambda: {"revoked_at": timezone.now()}, "Revoked"),
    (lambda: {"last_used_at": None}, "never"),
]


@pytest.mark.parametrize(("fields", "words"), STATES, ids=[words for _, words in STATES])
def test_the_list_says_how_a_token_stands(
    fields: Callable[[], dict[str, object]], words: str, client: Client, ada: User
) -> None:
    token, _ = ApiToken.objects.issue(ada, "laptop", [Scope.READ])
    ApiToken.objects.filter(pk=token.pk).update(**{"last_used_at": timezone.now(), **fields()})
    shown = page(client).split(f'id="token-{token.pk}"')[1].split("</li>")[0]
    assert words in shown


def test_a_page_of_many_takes_as_many_queries_as_one_of_few(client: Client, ada: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client)
        return len(captured)

    def more(count: int) -> None:
        for number in range(count):
            ApiToken.objects.issue(ada, f"program {number}", [Scope.READ])[0]
            ApiToken.objects.issue(ada, f"old {number}", [Scope.READ])[0].revoke()

    more(2)
    few = queries()
    more(20)
    assert queries() == few


# --- what ends a token, and what does not ----------------------------------------------------------------------------


def test_a_closed_account_ends_all_its_tokens(client: Client, ada: User) -> None:
    secret = secret_in(send(client))
    ada.is_active = False
    ada.save()
    assert not opens(secret)


def test_logging_out_and_a_new_password_end_none_and_the_page_says_so(client: Client, ada: User) -> None:
    assert "Logging out ends no token, and neither does a new password." in page(client)
    secret = secret_in(send(client))
    client.post("/logout/")
    ada.set_password("another")
    ada.save()
    assert opens(secret)
    assert client.get("/tokens/").status_code == 302
