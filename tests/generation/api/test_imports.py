"""Texts that programs send to be imported."""

import json
from typing import Any

import pytest

from generation.api.v1.authoring import ImportIn
from generation.models import Event, Scope, StyleRun
from storyboards.importing import FORMATS
from storyboards.models import Project, Step
from tests.calling import Program
from tests.making import a_project, a_user, an_engine
from tests.storyboards.conftest import titles

pytestmark = pytest.mark.django_db
IMPORT = "/api/v1/projects/import"
TABLE = "title,transition,duration,clear\nOpen the door,H,3.5,A red door\nGo in,C,,\n"
BEATS = {
    "promptsByStyle": {"clear": [{"shot_number": 1, "beat_number": "1.1", "transition_type": "H", "ai_prompt": "A"}]}
}
START = {"strategy": "shots", "styles": ["clear"], "engine": "quick"}


@pytest.fixture
def program() -> Program:
    return Program()


def test_the_formats_are_those_of_the_page() -> None:
    formats = ImportIn.model_json_schema()["properties"]["format"]["enum"]
    assert formats == [name for name, _title in FORMATS]


TEXTS: list[tuple[dict[str, Any], str, str, list[str]]] = [
    ({"text": "# Bird house\n1. Cut\n2. Glue"}, "Bird house", "4:3", ["Cut", "Glue"]),
    ({"text": "- Cut\n- Glue", "format": "list", "title": "Mine"}, "Mine", "4:3", ["Cut", "Glue"]),
    ({"text": TABLE, "name": "the_door.csv"}, "the door", "16:9", ["Open the door", "Go in"]),
    (
        {"text": TABLE, "format": "table", "title": "Door", "aspect_ratio": "1:1"},
        "Door",
        "1:1",
        ["Open the door", "Go in"],
    ),
    ({"text": json.dumps(BEATS), "title": "Film"}, "Film", "16:9", [""]),
    ({"text": '\ufeff["Cut", "Glue"]\r\n', "title": "A"}, "A", "4:3", ["Cut", "Glue"]),
]


@pytest.mark.parametrize(("body", "title", "shape", "steps"), TEXTS)
def test_a_text_becomes_a_project(
    program: Program, body: dict[str, Any], title: str, shape: str, steps: list[str]
) -> None:
    answer = program.post(IMPORT, body, expect=201)
    project = Project.objects.get(pk=answer["project"]["id"])
    assert (project.title, project.aspect_ratio, titles(project)) == (title, shape, steps)
    assert (answer["imported"], answer["warnings"], project.owner.username) == (len(steps), [], "ada")


def test_prompts_and_durations_come_along(program: Program) -> None:
    program.post(IMPORT, {"text": TABLE, "title": "Door"}, expect=201)
    first = Step.objects.get(position=1)
    assert (str(first.duration), first.prompts.get().text, first.transition) == ("3.50", "A red door", "H")


def test_warnings_are_told(program: Program) -> None:
    second = [{"shot_number": 1, "beat_number": "1.1", "transition_type": "C", "ai_prompt": "B"}]
    both = {"promptsByStyle": BEATS["promptsByStyle"] | {"comic": second}}
    answer = program.post(IMPORT, {"text": json.dumps(both), "title": "Film"}, expect=201)
    assert answer["warnings"] == ["comic, entry 1: transition or phrase differ from the first style's, which hold."]


def test_pictures_begin_with_the_import(program: Program) -> None:
    an_engine(side=256)
    answer = program.post(IMPORT, {"text": TABLE, "title": "Door", "start": START}, expect=201)
    assert [run["strategy"] for run in answer["project"]["runs"]] == ["shots"]
    assert StyleRun.objects.get().frames.count() == 2


def test_an_import_whose_start_is_refused_stores_nothing(program: Program) -> None:
    an_engine()
    body = {"text": TABLE, "title": "Door", "start": START | {"styles": ["noir"]}}
    assert program.post(IMPORT, body, expect=409)["code"] == "refused"
    assert not Project.objects.exists()
    project = a_project("Cut")
    body = {"text": TABLE, "mode": "replace", "start": START | {"engine": "noir"}}
    program.post(f"/api/v1/projects/{project.pk}/import", body, expect=409)
    assert titles(project) == ["Cut"]
    assert not Event.objects.exists()


def test_an_import_that_starts_needs_a_token_that_may_spend() -> None:
    writer = Program(scopes=[Scope.READ, Scope.WRITE])
    project = a_project("Cut")
    for path in (IMPORT, f"/api/v1/projects/{project.pk}/import"):
        assert writer.post(path, {"text": TABLE, "start": START}, expect=403)["code"] == "scope_missing"
    assert titles(project) == ["Cut"]
    assert Project.objects.count() == 1


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"text": ""}, "body.text", "No steps were found. Number them"),
    ({"text": "\n \n"}, "body.text", "No steps were found. Number them"),
    ({"text": "title,transition\nA,H\nB,sideways"}, "body.text, line 3", "Column “transition”: “sideways” is no"),
    ({"text": "1. A\n2. " + "x" * 20_001}, "body.text, line 2", "Step 2: its description has 20,001 characters"),
    ({"text": "{", "format": "json"}, "body.text, line 1", "Column 2: this is not valid JSON"),
    ({"text": "[" * 100_000, "format": "json"}, "body.text", "This JSON is nested far too deep."),
    ({"text": '["\\ud800"]', "format": "json"}, "body.text", "Step 1: its title holds signs that are no text."),
    ({"text": "a\nb", "format": "list"}, "body.title", "This text brings no title along: send one."),
    ({"text": "a\0b"}, "body.text", "Null characters are not allowed."),
    ({"text": 5}, "body.text", "Input should be a valid string"),
    ({}, "body.text", "This is missing."),
    ({"text": "a", "format": "yaml"}, "body.format", "Input should be '', 'list', 'table' or 'json'"),
    ({"text": "a", "titel": "b"}, "body.titel", "There is no such field."),
]


@pytest.mark.parametrize(("body", "at", "words"), BAD, ids=range(len(BAD)))
def test_what_is_wrong_with_a_text_is_told_with_its_line(
    program: Program, body: dict[str, Any], at: str, words: str
) -> None:
    answer = program.post(IMPORT, body, expect=422)
    assert {error["at"]: error["message"] for error in answer["errors"]}[at].startswith(words)
    assert not Project.objects.exists()


def test_of_many_problems_fifty_are_told(program: Program) -> None:
    rows = "\n".join(f"step {number},wild" for number in range(80))
    answer = program.post(IMPORT, {"text": f"title,transition\n{rows}"}, expect=422)
    assert len(answer["errors"]) == 50


def test_steps_are_imported_behind_those_that_are_there_or_in_their_place(program: Program) -> None:
    project = a_project("Cut", "Glue")
    path = f"/api/v1/projects/{project.pk}/import"
    answer = program.post(path, {"text": "1. Paint"}, expect=201)
    assert (titles(project), answer["imported"], answer["project"]["steps"]) == (["Cut", "Glue", "Paint"], 1, 3)
    program.post(path, {"text": "1. Saw\n2. Nail", "mode": "replace"}, expect=201)
    assert titles(project) == ["Saw", "Nail"]
    assert [event.kind for event in Event.objects.all()] == ["steps.changed"] * 2


@pytest.mark.parametrize("body", [{"text": "1. A", "mode": "merge"}, {"text": ""}, {"text": "1. A", "title": "B"}])
def test_a_bad_import_leaves_the_steps_as_they_are(program: Program, body: dict[str, Any]) -> None:
    project = a_project("Cut")
    program.post(f"/api/v1/projects/{project.pk}/import", body, expect=422)
    assert titles(project) == ["Cut"]


def test_nobody_imports_into_somebody_elses_project() -> None:
    project = a_project("Cut", visibility="public")
    Program(a_user("bert")).post(f"/api/v1/projects/{project.pk}/import", {"text": "1. A"}, expect=404)
    Program(scopes=[Scope.READ]).post(f"/api/v1/projects/{project.pk}/import", {"text": "1. A"}, expect=403)
    Program(scopes=[Scope.READ]).post(IMPORT, {"text": "1. A", "title": "B"}, expect=403)
    assert titles(project) == ["Cut"]


def test_an_import_under_a_taken_name_makes_nothing(program: Program) -> None:
    project = a_project(external_id="x")
    answer = program.post(IMPORT, {"text": "1. A", "title": "B", "external_id": "x"}, expect=409)
    assert answer["detail"] == f"Project {project.pk} has this external_id already."
    assert Project.objects.count() == 1
