"""Every call of the API, and every socket, by everybody: a new one without a row here fails."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from ninja import NinjaAPI

from generation.api import v1
from generation.api.earlier import sequences, step_images, style_runs
from generation.models import Scope, StyleRun
from generation.pages.reference import Call, load_reference
from tests.calling import Program
from tests.making import a_named_key, a_project, a_run, a_user, frame, make_all, newest_take

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, VIEWERS, OWNERS, CHIEFS = "whoever has a token", "viewers", "owners", "staff with the right to it"
"""Viewers may look at the project, owners may change it; staff with all rights are both."""

ROUTES: dict[str, str] = {}


def calls() -> list[Call]:
    described = v1.api.get_openapi_schema()
    return [call for section in load_reference(described, "") for call in section.calls]


def test_every_call_has_a_row_here() -> None:
    assert {call.anchor for call in calls()} == set(ROUTES)


@pytest.fixture
def run() -> StyleRun:
    run = a_run(a_project("a table", "an apple", owner=a_user("owner")))
    make_all()
    return run


def address(call: Call, run: StyleRun) -> str:
    """With the numbers of what is the owner's."""
    values = numbers(run)
    parts = [values[part.strip("{}")] if part.startswith("{") else part for part in call.path.split("/")]
    return "/".join(map(str, parts))


def numbers(run: StyleRun) -> dict[str, object]:
    key = a_named_key()
    return {
        "project_id": run.project_id,
        "step_id": run.project.ordered_steps()[0].pk,
        "run_id": run.pk,
        "frame_id": frame(run, 1).pk,
        "take_id": newest_take(run, 1).pk,
        "account_id": key.account_id,
        "key_id": key.pk,
    }


def people(kind: str) -> User:
    return a_user(kind, is_staff=True, is_superuser=True) if kind == "chief" else a_user(kind)


def ask(program: Program, call: Call, run: StyleRun) -> HttpResponse:
    return program.call(call.method, address(call, run), json.loads(call.body) if call.body else None)


def everything() -> dict[str, Any]:
    """All rows of ours but those that a look leaves: when a token was used."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names() if name.startswith(("generation_", "story"))]
        found = {}
        for table in tables:
            if table not in ("generation_apitoken", "generation_idempotencykey"):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
                found[table] = cursor.fetchall()
    return found


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.anchor)
def test_strangers_learn_nothing_and_change_nothing(call: Call, run: StyleRun) -> None:
    numbers(run)
    before = everything()
    assert ask(Program(scopes=None), call, run).status_code == 401
    other = ask(Program(people("other"), Scope.values), call, run)
    if ROUTES[call.anchor] != PEOPLE:
        assert other.status_code == 404, other.content
        assert json.loads(other.content)["code"] == "not_found"
        assert everything() == before


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.anchor)
def test_a_token_without_the_scope_is_told_so(call: Call, run: StyleRun) -> None:
    numbers(run)
    before = everything()
    for who in ("owner", "chief"):
        answer = ask(Program(people(who), set(Scope.values) - {call.scope}), call, run)
        assert answer.status_code == 403
        assert json.loads(answer.content)["code"] == "scope_missing"
    assert everything() == before


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.anchor)
@pytest.mark.parametrize("who", ["owner", "chief"])
def test_owners_and_chiefs_are_let_in(call: Call, who: str, run: StyleRun) -> None:
    answer = ask(Program(people(who), Scope.values), call, run)
    if who == "owner" and ROUTES[call.anchor] == CHIEFS:
        assert answer.status_code == 404
    else:
        assert answer.status_code not in (401, 403, 404, 500), answer.content
