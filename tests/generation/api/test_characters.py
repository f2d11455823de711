"""Characters as programs make, change and show them."""

import json
from typing import Any

import pytest

from generation.models import Event
from storyboards.models import Character, Project
from tests.calling import Program
from tests.making import a_project, a_user
from tests.storyboards.conftest import picture_bytes

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def project(db: None) -> Project:
    return a_project("Cut")


def of(project: Project) -> str:
    return f"{V1}/projects/{project.pk}/characters"


def test_a_character_is_made_changed_listed_and_deleted(program: Program, project: Project) -> None:
    made = program.post(of(project), {"name": " Mira ", "look": "a girl"}, expect=201)
    assert made == {"id": made["id"], "project": project.pk, "name": "Mira", "look": "a girl", "sheet_url": None}
    address = f"{V1}/characters/{made['id']}"
    assert json.loads(program.call("PATCH", address, {"look": "a woman"}).content)["name"] == "Mira"
    assert program.get(address)["look"] == "a woman"
    assert [item["look"] for item in program.get(of(project))["items"]] == ["a woman"]
    assert program.call("DELETE", address).status_code == 204
    assert program.get(of(project))["items"] == []
    assert [event.kind for event in Event.objects.all()] == ["project.changed"] * 3


def test_a_sheet_is_put_looked_at_and_taken_away(program: Program, project: Project) -> None:
    address = f"{V1}/characters/{Character.objects.create(project=project, name='Mira').pk}/sheet"
    assert program.call("GET", address).status_code == 404
    answer = program.call("PUT", address, picture_bytes(), Content_Type="image/png")
    assert json.loads(answer.content)["sheet_url"].endswith(address)
    assert program.call("GET", address)["Content-Type"] == "image/webp"
    assert program.call("PUT", address, b"no picture", Content_Type="image/png").status_code == 422
    assert [program.call("DELETE", address).status_code for _twice in range(2)] == [204, 404]


BAD: list[tuple[Any, str]] = [
    ({}, "body.name"),
    ({"name": " "}, "body.name"),
    ({"name": "x" * 61}, "body.name"),
    ({"name": "Ben", "age": 3}, "body.age"),
    ({"name": "mira"}, ""),
]


@pytest.mark.parametrize(("body", "at"), BAD)
def test_what_is_no_character_is_told(program: Program, project: Project, body: object, at: str) -> None:
    Character.objects.create(project=project, name="Mira")
    answer = program.post(of(project), body, expect=422)
    assert not at or at in [error["at"] for error in answer["errors"]]
    assert Character.objects.count() == 1


def test_a_name_that_is_taken_is_told_at_its_field(program: Program, project: Project) -> None:
    mira, ben = (Character.objects.create(project=project, name=name) for name in ("Mira", "Ben"))
    wrong = [
        program.post(of(project), {"name": "mira"}, expect=422),
        json.loads(program.call("PATCH", f"{V1}/characters/{ben.pk}", {"name": "MIRA"}).content),
    ]
    for answer, name in zip(wrong, ("mira", "MIRA"), strict=True):
        message = f"This project has a character “{name}” already."
        assert (answer["status"], answer["errors"]) == (422, [{"at": "body.name", "message": message}])
    assert set(Character.objects.values_list("pk", "name")) == {(mira.pk, "Mira"), (ben.pk, "Ben")}


def test_others_see_no_characters(project: Project) -> None:
    pk = Character.objects.create(project=project, name="Mira").pk
    other = Program(a_user("other"))
    for method in ("GET", "PATCH", "DELETE"):
        assert other.call(method, f"{V1}/characters/{pk}", {} if method == "PATCH" else None).status_code == 404
    assert Character.objects.exists()
