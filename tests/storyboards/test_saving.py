"""A step saved piece by piece while somebody writes: what was sent is stored, and nobody's text is lost."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from storyboards import editing
from storyboards.models import Project, Step, Style
from storyboards.signals import step_changed
from tests.storyboards.conftest import client_of
from tests.storyboards.test_steps import heard


@pytest.fixture
def step(board: Project) -> Step:
    return board.ordered_steps()[1]


def save(page: Client, step: Step, body: object, expect: int = 200) -> Any:
    data = body if isinstance(body, str) else json.dumps(body)
    answer = page.post(reverse("step_save", args=[step.pk]), data, content_type="application/json")
    assert answer.status_code == expect, answer.content
    return answer.json()


def stored(step: Step) -> tuple[str, str, int]:
    step.refresh_from_db()
    return step.title, step.description, step.version


def test_only_what_is_sent_is_stored(page: Client, step: Step) -> None:
    Step.objects.filter(pk=step.pk).update(description="A rope", duration=3)
    with heard(step_changed) as said:
        answer = save(page, step, {"version": 1, "title": " Rope ", "transition": "M"})
    assert stored(step) == ("Rope", "A rope", 2)
    assert (step.transition, str(step.duration)) == ("M", "3.00")
    assert (answer["version"], answer["position"], len(said)) == (2, 2, 1)
    assert answer["saved_at"].startswith(step.updated_at.strftime("%Y-%m-%dT%H:%M"))


def test_a_form_does_as_well_and_line_ends_are_the_same(page: Client, step: Step) -> None:
    data = {"version": 1, "description": "a\r\nb"}
    assert page.post(reverse("step_save", args=[step.pk]), data).status_code == 200
    assert stored(step) == ("Thread", "a\nb", 2)


def test_a_prompt_and_its_box_are_saved_one_by_one(page: Client, step: Step) -> None:
    clear, comic = Style.objects.get(slug="clear").pk, Style.objects.get(slug="comic").pk
    editing.write_prompts(step, {comic: "Stays"})
    save(page, step, {"version": 1, f"prompt_{clear}": "a rope"})
    save(page, step, {"version": 2, f"whole_{clear}": True})
    save(page, step, {"version": 3, f"prompt_{clear}": "a cord"})
    assert editing.own_prompts(step) == {clear: ("a cord", True), comic: ("Stays", False)}
    save(page, step, {"version": 4, f"whole_{clear}": False})
    assert editing.own_prompts(step)[clear] == ("a cord", False)


def test_who_comes_second_is_told_what_is_stored_and_stores_nothing(page: Client, step: Step) -> None:
    save(page, step, {"version": 1, "description": "Theirs"})
    answer = save(page, step, {"version": 1, "description": "Mine", "title": "Mine"}, expect=409)
    assert stored(step) == ("Thread", "Theirs", 2)
    assert "Somebody else saved this step" in answer["message"]
    assert (answer["version"], answer["saved_at"][:4]) == (2, str(step.updated_at.year))
    assert answer["fields"]["description"] == {"label": "Description", "value": "Theirs"}
    assert {"title", "shot", "transition", "variables"} <= set(answer["fields"])
    save(page, step, {"version": answer["version"], "description": "Mine"})
    assert stored(step) == ("Thread", "Mine", 3)


def test_what_is_stored_can_be_asked_for(page: Client, step: Step) -> None:
    answer = page.get(reverse("step_save", args=[step.pk])).json()
    assert (answer["version"], answer["position"]) == (1, 2)
    assert answer["fields"]["title"] == {"label": "Title", "value": "Thread"}


BAD: list[tuple[object, str, str]] = [
    ({"title": "A"}, "version", "This field is required."),
    ({"version": 0, "title": "A"}, "version", "greater than or equal to 1"),
    ({"version": 1, "title": ""}, "__all__", editing.EMPTY_STEP),
    ({"version": 1, "title": "x" * 301}, "title", "at most 300 characters"),
    ({"version": 1, "title": "a\0"}, "body", "Send an object of texts"),
    ({"version": 1, "duration": "-3"}, "duration", "A duration is not negative."),
    ({"version": 1, "duration": "soon"}, "duration", "Enter a number."),
    ({"version": 1, "transition": "X"}, "transition", "X is not one of"),
    ({"version": 1, "variables": "[shot 1]"}, "variables", "only in the project"),
    ({"version": 1, "title": ["A"]}, "body", "Send an object of texts"),
    ({"version": 1, "title": None}, "body", "Send an object of texts"),
    ('{"version": 1, "title": "\\ud800"}', "body", "Send an object of texts"),
    ([1], "body", "Send an object of texts"),
    ("{", "body", "This is not valid JSON."),
    ("[" * 100_000, "body", "This is not valid JSON."),
]


@pytest.mark.parametrize(("body", "at", "words"), BAD)
def test_what_cannot_be_stored_is_told_by_field(page: Client, step: Step, body: object, at: str, words: str) -> None:
    answer = save(page, step, body, expect=422)
    assert words in answer["errors"][at]
    assert words in answer["message"]
    assert stored(step) == ("Thread", "", 1)


def test_others_and_the_deleted_are_not_there(page: Client, other: User, step: Step) -> None:
    body = json.dumps({"version": 1, "title": "Mine"})
    address = reverse("step_save", args=[step.pk])
    assert client_of(other).post(address, body, content_type="application/json").status_code == 404
    editing.delete_step(step)
    assert page.post(address, body, content_type="application/json").status_code == 404


def test_a_save_without_the_token_is_refused(owner: User, step: Step) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(owner)
    body = json.dumps({"version": 1, "title": "Mine"})
    address = reverse("step_save", args=[step.pk])
    assert careful.post(address, body, content_type="application/json").status_code == 403
