"""Every call of the API, and every socket, by everybody: a new one without a row here fails."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from PIL import Image

from generation import jobs, packing, sequences
from generation.api import v1
from generation.models import Limit, Scope, Switch
from generation.pages.reference import Call, load_reference
from storyboards.models import Character, Picture
from storyboards.pictures import check, store
from tests.calling import Program
from tests.making import a_key, a_project, a_run, a_style, a_user, an_engine, frame, make_all, newest_take

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, VIEWERS, OWNERS, CHIEFS = "whoever has a token", "viewers", "owners", "staff with the right to it"
ONESELF = "the owner alone"
"""Viewers may look at the project, owners may change it; staff with all rights are both."""

ROUTES = {
    "projects_list_projects": PEOPLE,
    "projects_create_project": PEOPLE,
    "projects_get_project": VIEWERS,
    "projects_change": OWNERS,
    "projects_trash": OWNERS,
    "projects_restore": OWNERS,
    "projects_list_trash": PEOPLE,
    "projects_get_concept_picture": VIEWERS,
    "projects_put_concept_picture": OWNERS,
    "projects_delete_concept_picture": OWNERS,
    "imports_import_project": PEOPLE,
    "imports_import_into": OWNERS,
    "steps_list_steps": VIEWERS,
    "steps_add_steps": OWNERS,
    "steps_get_step": VIEWERS,
    "steps_change": OWNERS,
    "steps_delete": OWNERS,
    "steps_restore": OWNERS,
    "steps_split": OWNERS,
    "steps_move": OWNERS,
    "steps_duplicate": OWNERS,
    "characters_list_characters": VIEWERS,
    "characters_add_character": OWNERS,
    "characters_get_character": VIEWERS,
    "characters_change": OWNERS,
    "characters_delete": OWNERS,
    "characters_get_sheet": VIEWERS,
    "characters_put_sheet": OWNERS,
    "characters_delete_sheet": OWNERS,
    "styles_list_styles": PEOPLE,
    "styles_get_style": PEOPLE,
    "engines_list_engines": PEOPLE,
    "engines_get_engine": PEOPLE,
    "runs_list_runs": PEOPLE,
    "runs_get_run": VIEWERS,
    "runs_list_frames": VIEWERS,
    "runs_start": OWNERS,
    "runs_foresee": OWNERS,
    "runs_steer": OWNERS,
    "prompts_list_prompts": OWNERS,
    "runs_foresee_repair": OWNERS,
    "frames_get_frame": VIEWERS,
    "frames_list_takes": VIEWERS,
    "frames_steer": OWNERS,
    "frames_upload": OWNERS,
    "takes_get_take": VIEWERS,
    "takes_get_picture": VIEWERS,
    "takes_steer": OWNERS,
    "exports_list_exports": VIEWERS,
    "exports_ask": VIEWERS,
    "exports_get_export": OWNERS,
    "exports_get_file": OWNERS,
    "events_events": VIEWERS,
    "sessions_list_sessions": PEOPLE,
    "sessions_begin_session": PEOPLE,
    "sessions_get_session": ONESELF,
    "sessions_end_session": ONESELF,
    "sessions_ask_next": ONESELF,
    "accounts_list_accounts": CHIEFS,
    "accounts_get_account": CHIEFS,
    "accounts_add_limit": CHIEFS,
    "accounts_change_limit": CHIEFS,
    "accounts_delete_limit": CHIEFS,
    "keys_list_keys": CHIEFS,
    "keys_get_key": CHIEFS,
    "keys_add_key": CHIEFS,
    "keys_replace_key": CHIEFS,
    "keys_enable_key": CHIEFS,
    "keys_disable_key": CHIEFS,
    "switches_list_switches": CHIEFS,
    "switches_throw": CHIEFS,
    "switches_release": CHIEFS,
}
VERBS = {"runs": "finalize", "frames": "candidates", "takes": "choose"}
"""Those that ask for something, as their examples say."""
SLUGS = {"styles": "clear", "engines": "quick"}


def calls() -> list[Call]:
    described = v1.api.get_openapi_schema()
    return [call for section in load_reference(described, "") for call in section.calls]


def test_every_call_has_a_row_here() -> None:
    assert {call.anchor for call in calls()} == set(ROUTES)


Things = dict[str, object]


@pytest.fixture
def things() -> Things:
    return some_things()


def some_things() -> Things:
    """One of everything that an address can name, the owner's where it is anybody's."""
    owner = a_user("owner")
    run = a_run(a_project("a table", "an apple", owner=owner, concept_picture=a_picture()))
    make_all()
    export = packing.ask(run.project, owner)
    jobs.make_export(export.pk)
    key = a_key(f"secret-number-{export.pk}", provider="gemini")
    Switch.objects.get_or_create(provider="openai")
    return {
        "project_id": run.project_id,
        "step_id": run.project.ordered_steps()[0].pk,
        "character_id": Character.objects.create(project=run.project, name=f"Mira {export.pk}", sheet=a_picture()).pk,
        "run_id": run.pk,
        "frame_id": frame(run, 1).pk,
        "take_id": newest_take(run, 1).pk,
        "export_id": export.pk,
        "session_id": sequences.begin(owner, "a cup", a_style("comic"), an_engine())[0].pk,
        "account_id": key.account_id,
        "limit_id": Limit.objects.get(account=key.account_id).pk,
        "key_id": key.pk,
        "provider": "openai",
    }


def a_picture() -> Picture:
    file = BytesIO()
    Image.new("RGB", (16, 16), "teal").save(file, "PNG")
    return store(check(file.getvalue()))


def address(call: Call, things: Things) -> str:
    kind = call.anchor.partition("_")[0]
    values = things | {"verb": VERBS.get(kind), "slug": SLUGS.get(kind)}
    parts = [values[part.strip("{}")] if part.startswith("{") else part for part in call.path.split("/")]
    return "/".join(map(str, parts))


def people(kind: str) -> User:
    return a_user(kind, is_staff=True, is_superuser=True) if kind == "chief" else a_user(kind)


def ask(program: Program, call: Call, things: Things) -> HttpResponse:
    return program.call(call.method, address(call, things), json.loads(call.body) if call.body else None)


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


def test_strangers_learn_nothing_and_change_nothing(things: Things) -> None:
    before = everything()
    nobody, other = Program(scopes=None), Program(people("other"), Scope.values)
    for call in calls():
        assert ask(nobody, call, things).status_code == 401, call.anchor
        if ROUTES[call.anchor] != PEOPLE:
            answer = ask(other, call, things)
            assert (answer.status_code, code_of(answer)) == (404, "not_found"), call.anchor
        assert everything() == before, call.anchor


@pytest.mark.parametrize("who", ["owner", "chief"])
def test_a_token_without_the_scope_is_told_so(who: str, things: Things) -> None:
    before = everything()
    for call in calls():
        answer = ask(Program(people(who), set(Scope.values) - {call.scope}), call, things)
        hidden = who == "owner" and ROUTES[call.anchor] == CHIEFS
        expected = (404, "not_found") if hidden else (403, "scope_missing")
        assert (answer.status_code, code_of(answer)) == expected, call.anchor
        assert everything() == before, call.anchor


def code_of(answer: HttpResponse) -> str:
    code: str = json.loads(answer.content)["code"]
    return code


@pytest.mark.parametrize("who", ["owner", "chief"])
def test_owners_and_chiefs_are_let_in(who: str, things: Things) -> None:
    program = Program(people(who), Scope.values)
    for call in calls():
        status = ask(program, call, things if call.method == "GET" else some_things()).status_code
        if (who, ROUTES[call.anchor]) in (("owner", CHIEFS), ("chief", ONESELF)):
            assert status == 404, call.anchor
        else:
            assert status not in (401, 403, 404, 500), call.anchor
