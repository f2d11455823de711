"""Projects as programs make, find, change and trash them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation.models import Event, Scope, StyleRun
from storyboards.models import Picture, Project, Step, StepPrompt
from tests.calling import Program
from tests.making import a_project, a_run, a_user, an_engine
from tests.storyboards.conftest import picture_bytes

pytestmark = pytest.mark.django_db
PROJECTS = "/api/v1/projects"
START = {"strategy": "chained", "styles": ["clear"], "engine": "quick"}


@pytest.fixture
def program() -> Program:
    return Program()


def everything() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Project, Step, StepPrompt, StyleRun, Event))


# --- made ------------------------------------------------------------------------------------------------------------


def test_a_project_is_made_with_all_that_was_sent(program: Program) -> None:
    sent = {
        "title": "Bird house",
        "description": "For tits",
        "materials": "pine\nglue",
        "concept_prompt": "A small house",
        "aspect_ratio": "16:9",
        "name_future_steps": True,
        "visibility": "unlisted",
        "external_id": "orders/47 11",
    }
    answer = program.post(PROJECTS, sent, expect=201)
    assert {name: answer[name] for name in sent} == sent
    assert (answer["steps"], answer["runs"], answer["concept_picture_url"]) == (0, [], None)
    project = Project.objects.get()
    assert {name: getattr(project, name) for name in sent} == sent
    assert (project.owner.username, answer["url"]) == ("ada", f"{settings.PUBLIC_URL}/projects/{project.pk}/")


def test_a_project_comes_with_its_steps_and_their_prompts(program: Program) -> None:
    film = {"shot": "1", "beat": "1.1", "transition": "H", "script_phrase": "Dawn.", "dialogue": "Who is there?"}
    steps = [{"title": "Cut", "duration": 3.456, "prompts": {"clear": "A saw", "comic": ""}} | film, {"title": "Glue"}]
    answer = program.post(PROJECTS, {"title": "Bird house", "steps": steps}, expect=201)
    first, second = Project.objects.get(pk=answer["id"]).ordered_steps()
    assert answer["steps"] == 2
    assert {name: getattr(first, name) for name in film} == film
    assert (first.title, str(first.duration), second.title, second.transition) == ("Cut", "3.46", "Glue", "C")
    assert list(StepPrompt.objects.values_list("step", "style__slug", "text")) == [(first.pk, "clear", "A saw")]


def test_pictures_begin_with_the_project(program: Program) -> None:
    an_engine()
    answer = program.post(PROJECTS, {"title": "B", "steps": [{"title": "Cut"}], "start": START}, expect=201)
    run = StyleRun.objects.get()
    brief = {"style": "clear", "engine": "quick", "strategy": "chained", "status": "generating"}
    assert answer["runs"] == [{"id": run.pk} | brief]
    assert run.frames.count() == 1


REFUSED_STARTS: list[tuple[dict[str, Any], str]] = [
    ({"styles": ["nope"]}, "There is no style “nope”. There are: illustration"),
    ({"engine": "nope"}, "There is no engine “nope” that is switched on."),
    ({"engine": "off"}, "There is no engine “off” that is switched on."),
]


@pytest.mark.parametrize(("start", "words"), REFUSED_STARTS)
def test_a_start_that_is_refused_stores_nothing(program: Program, start: dict[str, Any], words: str) -> None:
    an_engine()
    an_engine("off", enabled=False)
    before = everything()
    body = {"title": "B", "steps": [{"title": "Cut"}], "start": START | start}
    answer = program.post(PROJECTS, body, expect=409)
    assert answer["code"] == "refused"
    assert answer["detail"].startswith(words)
    assert everything() == before


def test_a_start_needs_a_token_that_may_spend() -> None:
    program = Program(scopes=[Scope.READ, Scope.WRITE])
    body = {"title": "B", "steps": [{"title": "Cut"}], "start": START}
    assert program.post(PROJECTS, body, expect=403)["code"] == "scope_missing"
    assert not Project.objects.exists()


def test_a_start_needs_steps(program: Program) -> None:
    answer = program.post(PROJECTS, {"title": "B", "start": START}, expect=409)
    assert (answer["code"], answer["detail"]) == ("refused", "Write the steps first: each is one picture.")
    assert not Project.objects.exists()


def test_a_taken_external_id_names_the_project_that_has_it(program: Program) -> None:
    first = program.post(PROJECTS, {"title": "A", "external_id": "x/1"}, expect=201)
    answer = program.call("POST", PROJECTS, {"title": "B", "external_id": "x/1"})
    problem = json.loads(answer.content)
    assert (answer.status_code, problem["code"]) == (409, "external_id_taken")
    assert problem["detail"] == f"Project {first['id']} has this external_id already."
    assert answer["Location"] == f"{settings.PUBLIC_URL}{PROJECTS}/{first['id']}"
    assert Project.objects.count() == 1


def test_an_external_id_is_free_for_others_and_after_the_trash(program: Program) -> None:
    first = program.post(PROJECTS, {"title": "A", "external_id": "x"}, expect=201)
    Program(a_user("bert")).post(PROJECTS, {"title": "A", "external_id": "x"}, expect=201)
    assert program.call("DELETE", f"{PROJECTS}/{first['id']}").status_code == 204
    program.post(PROJECTS, {"title": "A", "external_id": "x"}, expect=201)


# --- bad bodies ------------------------------------------------------------------------------------------------------

TITLED = {"title": "B"}
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({}, "body.title", "This is missing."),
    ({"title": ""}, "body.title", "This field cannot be blank."),
    ({"title": " \n"}, "body.title", "This field cannot be blank."),
    ({"title": "x" * 201}, "body.title", "String should have at most 200 characters"),
    ({"title": 7}, "body.title", "Input should be a valid string"),
    ({"title": "a\0b"}, "body.title", "Null characters are not allowed."),
    (TITLED | {"titel": "C"}, "body.titel", "There is no such field."),
    (TITLED | {"description": "x" * 20_001}, "body.description", "String should have at most 20000 characters"),
    (TITLED | {"external_id": "x" * 201}, "body.external_id", "String should have at most 200 characters"),
    (TITLED | {"external_id": "\0"}, "body.external_id", "Null characters are not allowed."),
    (TITLED | {"aspect_ratio": "2:1"}, "body.aspect_ratio", "Input should be '1:1', '4:3'"),
    (TITLED | {"visibility": "secret"}, "body.visibility", "Input should be 'private'"),
    (TITLED | {"name_future_steps": "yes"}, "body.name_future_steps", "Input should be a valid boolean"),
    (TITLED | {"variables": "hero\nstep = a"}, "body.variables", "Line 1: there is no “=” in “hero”."),
    (TITLED | {"steps": [{"title": "A", "variables": "[shot 1]"}]}, "body.steps.0.variables", "Line 1: shots have"),
    (
        TITLED | {"steps": [{"title": "A", "prompts": {"clear": {"text": "B", "all": 1}}}]},
        "body.steps.0.prompts.clear.all",
        "There is no",
    ),
    (TITLED | {"name_future_steps": 1}, "body.name_future_steps", "Input should be a valid boolean"),
    (TITLED | {"steps": {}}, "body.steps", "Input should be a valid list"),
    (TITLED | {"steps": ["Cut"]}, "body.steps.0", "This must be an object: {…}."),
    (TITLED | {"steps": [{"title": "A"}] * 501}, "body.steps", "List should have at most 500 items"),
    (TITLED | {"steps": [{"title": "A"}, {"text": "B"}]}, "body.steps.1.text", "There is no such field."),
    (TITLED | {"steps": [{"title": "A"}, {"dialogue": "B"}]}, "body.steps.1", "Step 2 is empty: it has no title"),
    (TITLED | {"steps": [{"title": "A", "duration": -1}]}, "body.steps.0.duration", "Input should be greater"),
    (TITLED | {"steps": [{"title": "A", "duration": 1e6}]}, "body.steps.0.duration", "Input should be less"),
    (TITLED | {"steps": [{"title": "A", "duration": "3"}]}, "body.steps.0.duration", "Input should be a valid number"),
    (
        TITLED | {"steps": [{"title": "A", "transition": "X"}]},
        "body.steps.0.transition",
        "Input should be 'C', 'M', 'J', 'H', 'D', 'F' or 'W'",
    ),
    (
        TITLED | {"steps": [{"title": "A", "prompts": {"noir": "B"}}]},
        "body.steps.0.prompts.noir",
        "There is no style “noir”. There is: illustration, clear",
    ),
    (TITLED | {"start": {"strategy": "wild", "styles": ["clear"]}}, "body.start.strategy", "Input should be 'chained'"),
    (TITLED | {"start": {"strategy": "chained", "styles": []}}, "body.start.styles", "List should have at least 1"),
]


@pytest.mark.parametrize(("body", "at", "words"), BAD)
def test_what_is_wrong_is_told_with_its_place(program: Program, body: object, at: str, words: str) -> None:
    before = everything()
    answer = program.post(PROJECTS, body, expect=422)
    found = {error["at"]: error["message"] for error in answer["errors"]}
    assert found[at].startswith(words)
    assert everything() == before


# --- found -----------------------------------------------------------------------------------------------------------


def test_the_list_is_of_ones_own_projects_alone(program: Program) -> None:
    mine = a_project("Cut")
    a_project("Cut", owner=a_user("bert"), visibility="public")
    a_project("Cut", listed=False)
    a_project("Cut", deleted_at=timezone.now() - timedelta(days=1))
    assert [item["id"] for item in program.get(PROJECTS)["items"]] == [mine.pk]


def test_projects_are_found_by_external_id_and_by_words_of_the_title(program: Program) -> None:
    house, planter = a_project(title="Bird house", external_id="a/b"), a_project(title="Planter")
    found = {
        query: [item["id"] for item in program.get(f"{PROJECTS}?{query}")["items"]]
        for query in ("external_id=a/b", "external_id=a", "external_id=", "q=HOUSE", "q=%25", "q=")
    }
    assert found == {
        "external_id=a/b": [house.pk],
        "external_id=a": [],
        "external_id=": [planter.pk],
        "q=HOUSE": [house.pk],
        "q=%25": [],
        "q=": [planter.pk, house.pk],
    }


@pytest.mark.parametrize("query", ["q=%00", "external_id=%00", "q=" + "x" * 201, "limit=0", "limit=201", "cursor=!"])
def test_bad_questions_are_refused(program: Program, query: str) -> None:
    assert program.call("GET", f"{PROJECTS}?{query}").status_code == 422


def test_a_list_asks_the_database_as_often_for_many_as_for_one(program: Program) -> None:
    an_engine()

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            program.get(PROJECTS)
        return len(queries)

    a_run(a_project("Cut", "Glue"))
    program.get(PROJECTS)
    one = asked()
    for _ in range(4):
        a_run(a_project("Cut", "Glue"))
    assert asked() == one


def test_deleted_steps_do_not_count(program: Program) -> None:
    project = a_project("Cut", "Glue")
    project.ordered_steps()[0].remove()
    assert program.get(f"{PROJECTS}/{project.pk}")["steps"] == 1


# --- whose it is -----------------------------------------------------------------------------------------------------


def test_what_another_system_calls_it_is_told_to_those_who_may_change_it() -> None:
    project = a_project("Cut", visibility="public", external_id="customers/4711")
    staff = User.objects.create_superuser("carla")
    told = [
        Program(user, scopes=["read"]).get(f"{PROJECTS}/{project.pk}")["external_id"]
        for user in (project.owner, staff, a_user("bert"))
    ]
    assert told == ["customers/4711", "customers/4711", ""]


def test_what_is_public_can_be_read_by_others_and_changed_by_nobody_else() -> None:
    bert = Program(a_user("bert"))
    project = a_project("Cut", visibility="public")
    assert bert.get(f"{PROJECTS}/{project.pk}")["title"] == "Bird house"
    assert bert.call("PATCH", f"{PROJECTS}/{project.pk}", {"title": "Mine"}).status_code == 404
    assert bert.call("DELETE", f"{PROJECTS}/{project.pk}").status_code == 404
    project.refresh_from_db()
    assert (project.title, project.deleted_at) == ("Bird house", None)


@pytest.mark.parametrize("number", ["0", "999", str(2**63), str(10**40), "9" * 5000])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_what_is_not_there_is_404(program: Program, method: str, number: str) -> None:
    answer = program.call(method, f"{PROJECTS}/{number}", {} if method == "PATCH" else None)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (404, "not_found")


def test_what_is_private_is_404_for_others() -> None:
    project = a_project("Cut")
    assert Program(a_user("bert")).call("GET", f"{PROJECTS}/{project.pk}").status_code == 404


def test_staff_who_may_change_projects_may_here_as_well() -> None:
    chief: User = a_user("chief", is_staff=True)
    chief.user_permissions.add(*Permission.objects.filter(codename__in=["view_project", "change_project"]))
    project = a_project("Cut")
    assert Program(chief).call("PATCH", f"{PROJECTS}/{project.pk}", {"title": "Better"}).status_code == 200


@pytest.mark.parametrize(("method", "body"), [("POST", {"title": "B"}), ("PATCH", {}), ("DELETE", None)])
def test_a_token_for_reading_changes_nothing(method: str, body: object) -> None:
    project = a_project("Cut")
    path = PROJECTS if method == "POST" else f"{PROJECTS}/{project.pk}"
    answer = Program(scopes=[Scope.READ]).call(method, path, body)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (403, "scope_missing")


# --- changed ---------------------------------------------------------------------------------------------------------


def test_only_what_is_sent_is_changed(program: Program) -> None:
    project = a_project(description="For tits", visibility="public", external_id="x")
    answer = program.call("PATCH", f"{PROJECTS}/{project.pk}", {"title": " Better ", "description": ""})
    assert json.loads(answer.content)["title"] == "Better"
    project.refresh_from_db()
    assert (project.title, project.description, project.visibility) == ("Better", "", "public")
    assert project.external_id == "x"
    assert Event.objects.get().kind == "project.changed"


def test_nothing_sent_is_nothing_changed(program: Program) -> None:
    project = a_project()
    assert program.call("PATCH", f"{PROJECTS}/{project.pk}", {}).status_code == 200
    assert not Event.objects.exists()


def test_an_external_id_can_be_changed_and_taken_away_but_not_doubled(program: Program) -> None:
    first, second = a_project(external_id="a"), a_project(external_id="b")
    answer = program.call("PATCH", f"{PROJECTS}/{second.pk}", {"external_id": "a", "title": "C"})
    assert json.loads(answer.content)["detail"] == f"Project {first.pk} has this external_id already."
    second.refresh_from_db()
    assert (second.external_id, second.title) == ("b", "Bird house")
    assert program.call("PATCH", f"{PROJECTS}/{first.pk}", {"external_id": ""}).status_code == 200
    assert program.call("PATCH", f"{PROJECTS}/{second.pk}", {"external_id": "a"}).status_code == 200


@pytest.mark.parametrize("body", [{"title": ""}, {"title": None}, {"owner": 1}, {"deleted_at": None}, {"steps": []}])
def test_a_bad_change_changes_nothing(program: Program, body: object) -> None:
    project = a_project()
    assert program.call("PATCH", f"{PROJECTS}/{project.pk}", body).status_code == 422
    assert not Event.objects.exists()


def test_the_trash_ends_what_is_made(program: Program) -> None:
    run = a_run(a_project("Cut"))
    assert program.call("DELETE", f"{PROJECTS}/{run.project_id}").status_code == 204
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert program.call("GET", f"{PROJECTS}/{run.project_id}").status_code == 404
    assert program.call("DELETE", f"{PROJECTS}/{run.project_id}").status_code == 404


# --- concept picture -------------------------------------------------------------------------------------------------


def put(program: Program, project: Project, data: bytes, kind: str = "image/png") -> Any:
    address = f"{PROJECTS}/{project.pk}/concept-picture"
    return program.client.generic("PUT", address, data, content_type=kind, headers=program.headers)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_concept_picture_is_put_looked_at_and_taken_away(program: Program, kind: str) -> None:
    project = a_project()
    answer = put(program, project, picture_bytes(kind), f"image/{kind.lower()}")
    url = json.loads(answer.content)["concept_picture_url"]
    assert url == f"{settings.PUBLIC_URL}{PROJECTS}/{project.pk}/concept-picture"
    path = url.removeprefix(settings.PUBLIC_URL)
    shown = program.call("GET", path)
    assert (shown.status_code, shown["Content-Type"], shown.content[8:12]) == (200, "image/webp", b"WEBP")
    assert program.call("GET", path, if_none_match=shown["ETag"]).status_code == 304
    assert program.call("DELETE", path).status_code == 204
    assert program.call("GET", path).status_code == 404
    assert program.call("DELETE", path).status_code == 404
    assert [event.kind for event in Event.objects.all()] == ["project.changed"] * 2


BAD_PICTURES = [
    (b"", "image/png", 415, "Send the picture itself as the body"),
    (b"<svg/>", "image/png", 422, "This is not a PNG, JPEG or WebP picture."),
    (picture_bytes()[:60], "image/png", 422, "The picture is damaged and cannot be read to its end."),
    (picture_bytes(), "image/gif", 415, "Send the picture itself as the body, as one of image/png"),
    (picture_bytes(), "application/json", 415, "Send the picture itself"),
    (b"\0" * (settings.UPLOAD_MAX_BYTES + 1), "image/png", 413, "The file has 10.0\xa0MB; 10.0\xa0MB are the most."),
    (b"\0" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1), "image/png", 413, "The request is too large."),
]


@pytest.mark.parametrize(("data", "kind", "status", "words"), BAD_PICTURES, ids=range(len(BAD_PICTURES)))
def test_what_is_no_picture_is_refused(program: Program, data: bytes, kind: str, status: int, words: str) -> None:
    project, before = a_project(), Picture.objects.count()
    answer = put(program, project, data, kind)
    assert (answer.status_code, json.loads(answer.content)["detail"][: len(words)]) == (status, words)
    assert Picture.objects.count() == before


def test_others_neither_see_nor_put_a_concept_picture(program: Program) -> None:
    project = a_project()
    put(program, project, picture_bytes())
    bert = Program(a_user("bert"))
    path = f"{PROJECTS}/{project.pk}/concept-picture"
    assert bert.call("GET", path).status_code == 404
    assert put(bert, project, picture_bytes()).status_code == 404
    assert bert.call("DELETE", path).status_code == 404
    assert Program(scopes=None).call("GET", path).status_code == 401


def test_a_lost_file_is_404(program: Program) -> None:
    project = a_project()
    put(program, project, picture_bytes(size=(41, 31)))
    picture = Picture.objects.latest("pk")
    picture.file.delete(save=False)
    assert program.call("GET", f"{PROJECTS}/{project.pk}/concept-picture").status_code == 404


def test_a_project_comes_back_and_nothing_starts_by_itself(program: Program) -> None:
    an_engine()
    body = {"title": "B", "steps": [{"title": "Cut"}], "start": START}
    address = f"{PROJECTS}/{program.post(PROJECTS, body, expect=201)['id']}"
    program.call("DELETE", address)
    assert [project["title"] for project in program.get("/api/v1/trash")["projects"]] == ["B"]
    answer = program.post(f"{address}/restore", None)
    assert (answer["steps"], [run["status"] for run in answer["runs"]]) == (1, ["cancelled"])
    assert program.get(address)["title"] == "B"
