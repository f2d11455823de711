"""Steps as programs read, add and change them."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.models import Event, Scope
from storyboards.editing import delete_step
from storyboards.models import Project, Step, StepPrompt
from tests.calling import Program
from tests.making import a_project, a_style, a_user
from tests.storyboards.conftest import titles

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def project(db: None) -> Project:
    return a_project("Cut", "Glue", "Paint")


def steps_of(project: Project) -> str:
    return f"{V1}/projects/{project.pk}/steps"


def patch(program: Program, step: Step, expect: int = 200, **body: object) -> Any:
    answer = program.call("PATCH", f"{V1}/steps/{step.pk}", body)
    assert answer.status_code == expect, answer.content
    return json.loads(answer.content)


# --- read ------------------------------------------------------------------------------------------------------------


def test_all_steps_are_told_in_order_with_their_prompts(program: Program, project: Project) -> None:
    first, second, third = project.ordered_steps()
    first.prompts.create(style=a_style(), text="A saw")
    delete_step(second)
    items = program.get(steps_of(project))["items"]
    assert [(item["id"], item["position"], item["title"]) for item in items] == [
        (first.pk, 1, "Cut"),
        (third.pk, 2, "Paint"),
    ]
    assert [item["prompts"] for item in items] == [{"clear": "A saw"}, {}]
    assert program.get(f"{V1}/steps/{first.pk}") == items[0]


def test_many_steps_ask_the_database_as_often_as_one(program: Program, project: Project) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            program.get(steps_of(project))
        return len(queries)

    for step in project.ordered_steps():
        step.prompts.create(style=a_style(), text="A saw")
    asked()
    few = asked()
    for step in project.ordered_steps():
        step.prompts.create(style=a_style("comic"), text="A saw")
    program.post(steps_of(project), {"steps": [{"title": "More", "prompts": {"clear": "B"}}] * 20}, expect=201)
    assert asked() == few


# --- added -----------------------------------------------------------------------------------------------------------


def test_steps_go_to_the_end_together_with_one_event(program: Program, project: Project) -> None:
    body = {"steps": [{"title": "Hang", "prompts": {"clear": "A tree"}}, {"title": "Wait", "duration": 4}]}
    items = program.post(steps_of(project), body, expect=201)["items"]
    assert [(item["position"], item["title"], item["duration"]) for item in items] == [
        (4, "Hang", None),
        (5, "Wait", 4),
    ]
    assert items[0]["prompts"] == {"clear": "A tree"}
    assert titles(project) == ["Cut", "Glue", "Paint", "Hang", "Wait"]
    assert [event.kind for event in Event.objects.all()] == ["steps.changed"]


def test_steps_go_behind_another_one(program: Program, project: Project) -> None:
    after = project.ordered_steps()[0].pk
    items = program.post(steps_of(project), {"steps": [{"title": "A"}, {"title": "B"}], "after": after}, expect=201)
    assert [(item["title"], item["position"]) for item in items["items"]] == [("A", 2), ("B", 3)]
    assert titles(project) == ["Cut", "A", "B", "Glue", "Paint"]
    assert Event.objects.count() == 1


def test_nothing_goes_behind_a_step_of_another_list(program: Program, project: Project) -> None:
    gone = project.ordered_steps()[1]
    delete_step(gone)
    other = a_project("Elsewhere").ordered_steps()[0]
    for step in (gone, other):
        answer = program.post(steps_of(project), {"steps": [{"title": "A"}], "after": step.pk}, expect=422)
        assert answer["detail"] == f"Step {step.pk} is not in this project's list: nothing can be put behind it."
    assert titles(project) == ["Cut", "Paint"]


BAD: list[tuple[object, str, str]] = [
    ({}, "body.steps", "This is missing."),
    ({"steps": []}, "body.steps", "List should have at least 1 item"),
    ({"steps": [{"title": "A"}, {"title": " "}, {}]}, "body.steps.2", "Step 3 is empty"),
    ({"steps": [{"title": "x" * 301}]}, "body.steps.0.title", "String should have at most 300 characters"),
    (
        {"steps": [{"title": "A", "description": "x" * 20_001}]},
        "body.steps.0.description",
        "String should have at most",
    ),
    ({"steps": [{"title": "A", "shot": "x" * 21}]}, "body.steps.0.shot", "String should have at most 20"),
    ({"steps": [{"title": "A", "prompts": {"clear": "\0"}}]}, "body.steps.0.prompts.clear.text", "Null characters"),
    ({"steps": [{"title": "A", "prompts": {"no such": "B"}}]}, "body.steps.0.prompts.no such.[key]", "String should"),
    ({"steps": [{"title": "A"}], "after": 1.5}, "body.after", "Input should be a valid integer"),
    ({"steps": [{"title": "A"}], "after": 10**30}, "body.after", "Input should be less than or equal to"),
    ({"steps": [{"title": "A", "duration": True}]}, "body.steps.0.duration", "Input should be a valid number"),
    ([], "body", "This must be an object: {…}."),
]


@pytest.mark.parametrize(("body", "at", "words"), BAD)
def test_a_bad_step_adds_none(program: Program, project: Project, body: object, at: str, words: str) -> None:
    answer = program.post(steps_of(project), body, expect=422)
    assert {error["at"]: error["message"] for error in answer["errors"]}[at].startswith(words)
    assert titles(project) == ["Cut", "Glue", "Paint"]
    assert not Event.objects.exists()


def test_a_project_takes_no_more_steps_than_it_may_have(program: Program, project: Project) -> None:
    answer = program.post(steps_of(project), {"steps": [{"title": "A"}] * (settings.MAX_STEPS - 2)}, expect=422)
    assert answer["detail"] == "A project has at most 500 steps; this would make 501."
    assert titles(project) == ["Cut", "Glue", "Paint"]


# --- changed ---------------------------------------------------------------------------------------------------------


def test_only_what_is_sent_of_a_step_is_written(program: Program, project: Project) -> None:
    step = project.ordered_steps()[0]
    Step.objects.filter(pk=step.pk).update(description="A saw", duration=3)
    step.prompts.create(style=a_style(), text="Old")
    step.prompts.create(style=a_style("comic"), text="Stays")
    answer = patch(program, step, version=1, title="Saw", prompts={"clear": "", "illustration": "New"})
    assert (answer["title"], answer["description"], answer["duration"], answer["version"]) == ("Saw", "A saw", 3, 2)
    assert answer["prompts"] == {"comic": "Stays", "illustration": "New"}
    assert [event.kind for event in Event.objects.all()] == ["steps.changed"]


def test_a_prompt_may_be_sent_as_the_whole_one(program: Program, project: Project) -> None:
    whole = {"clear": {"text": "A saw", "whole": True}, "comic": "A board"}
    added = program.post(steps_of(project), {"steps": [{"prompts": whole}]}, expect=201)["items"][0]
    assert (added["prompts"], added["whole_prompts"]) == ({"clear": "A saw", "comic": "A board"}, ["clear"])
    step = Step.objects.get(pk=added["id"])
    assert patch(program, step, version=1, prompts={"clear": "A knife"})["whole_prompts"] == ["clear"]
    answer = patch(program, step, version=2, prompts={"clear": {"text": "A knife", "whole": False}})
    assert (answer["prompts"]["clear"], answer["whole_prompts"]) == ("A knife", [])


def test_variables_are_written_and_told(program: Program, project: Project) -> None:
    step = project.ordered_steps()[0]
    assert patch(program, step, version=1, variables="hero = a saw")["variables"] == "hero = a saw"
    address = f"{V1}/projects/{project.pk}"
    assert program.call("PATCH", address, {"variables": "[shot 2]\nhero = a girl"}).status_code == 200
    assert program.get(address)["variables"] == "[shot 2]\nhero = a girl"


def test_a_duration_can_be_taken_away(program: Program, project: Project) -> None:
    step = project.ordered_steps()[0]
    assert patch(program, step, version=1, duration=2.5)["duration"] == 2.5
    assert patch(program, step, version=2, duration=None)["duration"] is None


def test_a_change_of_an_older_version_is_refused(program: Program, project: Project) -> None:
    step = project.ordered_steps()[0]
    patch(program, step, version=1, title="Theirs")
    for version in (1, 3, 2**63 - 1):
        assert patch(program, step, 409, version=version, title="Mine")["code"] == "edit_conflict"
    step.refresh_from_db()
    assert (step.title, step.version) == ("Theirs", 2)


BAD_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"title": "A"}, "body.version"),
    ({"version": "1"}, "body.version"),
    ({"version": 1.5}, "body.version"),
    ({"version": 10**400}, "body.version"),
    ({"version": 1, "position": 2}, "body.position"),
    ({"version": 1, "title": None}, "body.title"),
    ({"version": 1, "prompts": {"noir": "A"}}, "body.prompts.noir"),
    ({"version": 1, "duration": -1}, "body.duration"),
    ({"version": 1, "shot": "x" * 21}, "body.shot"),
]


@pytest.mark.parametrize(("body", "at"), BAD_CHANGES)
def test_a_bad_change_of_a_step_is_told_with_its_place(
    program: Program, project: Project, body: dict[str, Any], at: str
) -> None:
    step = project.ordered_steps()[0]
    assert at in {error["at"] for error in patch(program, step, 422, **body)["errors"]}
    step.refresh_from_db()
    assert (step.title, step.version) == ("Cut", 1)


def test_a_step_is_not_emptied(program: Program, project: Project) -> None:
    step = project.ordered_steps()[0]
    step.prompts.create(style=a_style(), text="A saw")
    patch(program, step, version=1, title="")
    answer = patch(program, step, 422, version=2, prompts={"clear": ""})
    assert answer["detail"] == "An empty step makes no picture: give it a title, a description or a prompt."
    assert StepPrompt.objects.get().text == "A saw"


@pytest.mark.parametrize(
    ("to", "order"),
    [
        ("up", ["Glue", "Cut", "Paint"]),
        ("down", ["Cut", "Paint", "Glue"]),
        ("top", ["Glue", "Cut", "Paint"]),
        ("bottom", ["Cut", "Paint", "Glue"]),
        (1, ["Glue", "Cut", "Paint"]),
        (1.0, ["Glue", "Cut", "Paint"]),
        (999_999, ["Cut", "Paint", "Glue"]),
    ],
)
def test_a_step_is_moved(program: Program, project: Project, to: object, order: list[str]) -> None:
    step = project.ordered_steps()[1]
    answer = program.post(f"{V1}/steps/{step.pk}/move", {"to": to})
    assert titles(project) == order
    assert answer["position"] == order.index("Glue") + 1


@pytest.mark.parametrize("to", ["sideways", "1", 0, -1, 1_000_000, 1.5, True, None, []])
def test_a_place_that_is_none_moves_nothing(program: Program, project: Project, to: object) -> None:
    answer = program.post(f"{V1}/steps/{project.ordered_steps()[1].pk}/move", {"to": to}, expect=422)
    words = "Choose a place: up, down, top, bottom or a number from 1."
    assert answer["errors"] == [{"at": "body.to", "message": words}]
    assert titles(project) == ["Cut", "Glue", "Paint"]


def test_a_step_is_doubled_with_its_prompts(program: Program, project: Project) -> None:
    step = project.ordered_steps()[0]
    step.prompts.create(style=a_style(), text="A saw")
    answer = program.post(f"{V1}/steps/{step.pk}/duplicate", expect=201)
    assert (answer["position"], answer["prompts"], answer["version"]) == (2, {"clear": "A saw"}, 1)
    assert titles(project) == ["Cut", "Cut", "Glue", "Paint"]


def test_a_step_is_deleted(program: Program, project: Project) -> None:
    step = project.ordered_steps()[0]
    assert program.call("DELETE", f"{V1}/steps/{step.pk}").status_code == 204
    assert titles(project) == ["Glue", "Paint"]


# --- whose they are --------------------------------------------------------------------------------------------------

ON_A_STEP: list[tuple[str, str, object]] = [
    ("GET", "", None),
    ("PATCH", "", {"version": 1, "title": "X"}),
    ("DELETE", "", None),
    ("POST", "/move", {"to": "top"}),
    ("POST", "/duplicate", {}),
]


@pytest.mark.parametrize(("method", "verb", "body"), ON_A_STEP)
def test_steps_that_left_the_list_or_are_somebody_elses_are_404(
    program: Program, project: Project, method: str, verb: str, body: object
) -> None:
    gone, theirs = project.ordered_steps()[0], a_project("Cut", owner=a_user("bert")).ordered_steps()[0]
    delete_step(gone)
    for number in (gone.pk, theirs.pk, 0, 2**63, 10**40):
        assert program.call(method, f"{V1}/steps/{number}{verb}", body).status_code == 404
    assert titles(project) == ["Glue", "Paint"]
    assert titles(theirs.project) == ["Cut"]


@pytest.mark.parametrize(("method", "verb", "body"), ON_A_STEP[1:])
def test_a_public_step_is_read_by_all_and_changed_by_its_owner(
    project: Project, method: str, verb: str, body: object
) -> None:
    Project.objects.update(visibility="public")
    bert, step = Program(a_user("bert")), project.ordered_steps()[0]
    assert bert.get(f"{V1}/steps/{step.pk}")["title"] == "Cut"
    assert len(bert.get(steps_of(project))["items"]) == 3
    assert bert.call(method, f"{V1}/steps/{step.pk}{verb}", body).status_code == 404
    assert bert.call("POST", steps_of(project), {"steps": [{"title": "A"}]}).status_code == 404
    assert titles(project) == ["Cut", "Glue", "Paint"]


@pytest.mark.parametrize(("method", "verb", "body"), ON_A_STEP[1:])
def test_a_token_for_reading_changes_no_step(project: Project, method: str, verb: str, body: object) -> None:
    reader = Program(scopes=[Scope.READ])
    step = project.ordered_steps()[0]
    assert reader.call(method, f"{V1}/steps/{step.pk}{verb}", body).status_code == 403
    assert reader.call("POST", steps_of(project), {"steps": [{"title": "A"}]}).status_code == 403
    assert titles(project) == ["Cut", "Glue", "Paint"]


# --- split and brought back ------------------------------------------------------------------------------------------


def test_a_step_is_split_at_a_character_or_into_texts(program: Program, project: Project) -> None:
    step = project.ordered_steps()[0]
    Step.objects.filter(pk=step.pk).update(description="Saw it. Sand it.")
    items = program.post(f"{V1}/steps/{step.pk}/split", {"version": 1, "at": 7}, expect=201)["items"]
    assert [(item["position"], item["description"]) for item in items] == [(1, "Saw it."), (2, "Sand it.")]
    body = {"version": 1, "texts": ["Sand", "it", "well"]}
    assert len(program.post(f"{V1}/steps/{items[1]['id']}/split", body, expect=201)["items"]) == 3
    assert titles(project) == ["Cut", "", "", "", "Glue", "Paint"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"version": 1}, 422),
        ({"version": 1, "at": 400}, 422),
        ({"version": 1, "at": 0}, 422),
        ({"version": 1, "texts": ["A"]}, 422),
        ({"version": 1, "texts": ["A", " "]}, 422),
        ({"at": 3}, 422),
        ({"version": 7, "texts": ["A", "B"]}, 409),
    ],
)
def test_what_cannot_be_split_stays_whole(program: Program, project: Project, body: object, status: int) -> None:
    program.post(f"{V1}/steps/{project.ordered_steps()[0].pk}/split", body, expect=status)
    assert titles(project) == ["Cut", "Glue", "Paint"]


def test_a_step_comes_back_to_its_place(program: Program, project: Project) -> None:
    gone = project.ordered_steps()[1]
    program.call("DELETE", f"{V1}/steps/{gone.pk}")
    told = program.get(f"{V1}/trash")["steps"]
    assert [(step["id"], step["title"], step["project"], step["deleted_from"], step["days_left"]) for step in told] == [
        (gone.pk, "Glue", project.pk, 2, 30)
    ]
    for _twice in range(2):
        assert program.post(f"{V1}/steps/{gone.pk}/restore", None)["position"] == 2
    assert titles(project) == ["Cut", "Glue", "Paint"]
    assert program.get(f"{V1}/trash") == {"projects": [], "steps": []}
