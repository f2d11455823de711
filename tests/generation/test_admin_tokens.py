"""Tokens in the admin: seen without what opens, revoked by those who may, made and edited by nobody."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.models import ApiToken, IdempotencyKey, Scope
from tests.making import a_user

pytestmark = pytest.mark.django_db

LIST = reverse("admin:generation_apitoken_changelist")


def member(group: str) -> Client:
    user = a_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return logged_in(user)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def root() -> Client:
    return logged_in(a_user("root", is_staff=True, is_superuser=True))


def token(name: str = "laptop", **fields: Any) -> tuple[ApiToken, str]:
    made, secret = ApiToken.objects.issue(a_user("ada"), name, fields.pop("scopes", [Scope.READ]))
    ApiToken.objects.filter(pk=made.pk).update(**fields)
    return made, secret


def page_of(row: ApiToken) -> str:
    return reverse("admin:generation_apitoken_change", args=[row.pk])


def revoke(client: Client, *rows: ApiToken) -> Any:
    return client.post(LIST, {"action": "revoke", "_selected_action": [row.pk for row in rows]}, follow=True)


def test_neither_secret_nor_hash_is_shown(root: Client) -> None:
    row, secret = token()
    for address in (LIST, page_of(row), reverse("admin:generation_apitoken_history", args=[row.pk])):
        text = root.get(address).content.decode()
        assert secret not in text
        assert row.digest not in text
        assert secret[:12] not in text
    assert f"…{row.last_four}" in root.get(LIST).content.decode()
    assert IdempotencyKey not in admin.site._registry


def test_the_list_tells_what_a_token_may_and_how_it_stands(root: Client) -> None:
    token("works", scopes=[Scope.RUN, Scope.READ])
    token("expired", expires_at=timezone.now() - timedelta(days=1))
    token("revoked", revoked_at=timezone.now())
    closed, _ = ApiToken.objects.issue(a_user("gone", is_active=False), "closed", [Scope.READ])
    text = root.get(LIST).content.decode()
    for words in ("read, run", ">works<", ">expired<", ">revoked<", ">its person’s account is closed<"):
        assert words in text, words

    def names(**query: str) -> set[str]:
        return {row.name for row in root.get(LIST, query).context["cl"].result_list}

    assert names(state="usable") == {"works"}
    assert names(state="ended") == {"expired", "revoked", "closed"}
    assert names(scope="run") == {"works"}
    assert names(q=closed.last_four) == {"closed"}


MEMBERS = [("operator", 200, True), ("auditor", 200, False), ("editor", 403, False), ("finance", 403, False)]


@pytest.mark.parametrize(("group", "sees", "ends"), MEMBERS)
def test_operators_revoke_and_auditors_look(group: str, sees: int, ends: bool) -> None:
    row, secret = token()
    client = member(group)
    assert client.get(LIST).status_code == sees
    assert client.get(page_of(row)).status_code == sees
    assert bool(ends and client.get(page_of(row)).context["verbs"]) == ends
    revoke(client, row)
    assert (ApiToken.objects.from_secret(secret) is None) == ends
    assert [entry.change_message for entry in LogEntry.objects.all()] == (["Revoked."] if ends else [])


def test_a_token_that_is_revoked_keeps_its_day(root: Client) -> None:
    row, _ = token(revoked_at=timezone.now() - timedelta(days=3))
    before = ApiToken.objects.get().revoked_at
    assert root.get(page_of(row)).context["verbs"] == []
    revoke(root, row)
    assert ApiToken.objects.get().revoked_at == before


def test_nobody_makes_or_edits_one(root: Client) -> None:
    row, secret = token()
    assert root.get(reverse("admin:generation_apitoken_add")).status_code == 403
    assert root.post(page_of(row), {"name": "mine", "scopes": '["admin"]'}).status_code == 403
    assert ApiToken.objects.from_secret(secret) == ApiToken.objects.get(name="laptop", scopes=["read"])


def test_tokens_go_with_their_person_and_only_by_who_may_delete_them(root: Client) -> None:
    row, _ = token()
    assert member("operator").post(reverse("admin:generation_apitoken_delete", args=[row.pk])).status_code == 403
    root.post(reverse("admin:auth_user_delete", args=[row.user_id]), {"post": "yes"})
    assert not ApiToken.objects.exists()
