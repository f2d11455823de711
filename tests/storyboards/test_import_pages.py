"""Import on the page: preview, then store, in one transaction with the start."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from generation.models import Strategy, StyleRun
from storyboards.models import Project, Step, StepPrompt
from storyboards.signals import start_requested, steps_reordered
from storyboards.strategies import STRATEGIES
from tests.storyboards.conftest import MakeBoard, queries, titles
from tests.storyboards.test_steps import heard

NEW = "/import/"
CONFIRMED = {"confirm": "1", "title": "Bird house", "aspect_ratio": "4:3"}
TEXT = "# Nest\n\n1. Saw\n2. Glue"


@pytest.fixture
def start_receivers() -> Iterator[None]:
    """Nobody else listens to a wish to start: these tests are about asking."""
    before, start_requested.receivers = start_requested.receivers, []
    start_requested.sender_receivers_cache.clear()
    yield
    start_requested.receivers = before
    start_requested.sender_receivers_cache.clear()


def test_the_preview_shows_everything_and_stores_nothing(page: Client) -> None:
    answer = page.post(NEW, {"text": TEXT})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "2 steps found" in text
    assert 'value="Nest"' in text
    assert TEXT in text  # carried along to the next click
    assert not Project.objects.exists()


def test_confirming_makes_the_project_and_shows_its_board(page: Client) -> None:
    answer = page.post(NEW, {"text": TEXT, **CONFIRMED})
    project = Project.objects.get()
    assert answer["Location"] == project.get_absolute_url()
    assert (project.title, project.aspect_ratio) == ("Bird house", "4:3")
    assert titles(project) == ["Saw", "Glue"]


def test_changing_the_text_goes_back_with_it(page: Client) -> None:
    answer = page.post(NEW, {"text": TEXT, "change": "1"})
    assert answer.status_code == 200
    assert TEXT in answer.content.decode()


@pytest.mark.parametrize(
    ("data", "warned"),
    [
        (TEXT.encode(), False),
        (b"\xef\xbb\xbf" + TEXT.encode(), False),
        (TEXT.encode("utf-16"), False),
        (TEXT.encode("utf-16-le"), False),
        (TEXT.encode("utf-16-be"), False),
        (TEXT.replace("Saw", "Säge").encode("latin-1"), True),
    ],
)
def test_files_of_any_encoding_are_read(page: Client, data: bytes, warned: bool) -> None:
    answer = page.post(NEW, {"file": SimpleUploadedFile("nest.md", data)})
    assert answer.status_code == 200
    assert [step.title for step in answer.context["imported"].steps][1] == "Glue"
    assert ("read as Latin-1" in answer.content.decode()) == warned


def test_a_table_gets_its_title_from_the_files_name(page: Client) -> None:
    file = SimpleUploadedFile("my_bird house.csv", b"title,text\nSaw,six pieces")
    assert page.post(NEW, {"file": file}).context["imported"].title == "my bird house"


def test_steps_can_be_imported_behind_those_that_are_there(page: Client, board: Project) -> None:
    with heard(steps_reordered) as said:
        page.post(reverse("project_import", args=[board.pk]), {"text": TEXT, "confirm": "1", "steps": "append"})
    assert titles(board) == ["Cut", "Thread", "Fill", "Plant", "Saw", "Glue"]
    assert len(said) == 1


def test_steps_can_be_imported_in_their_place(page: Client, board: Project) -> None:
    page.post(reverse("project_import", args=[board.pk]), {"text": TEXT, "confirm": "1", "steps": "replace"})
    assert titles(board) == ["Saw", "Glue"]
    assert Step.objects.filter(project=board).exclude(deleted_at=None).count() == 4
    board.refresh_from_db()
    assert board.title == "Bottle planter"


def test_prompts_of_each_style_are_stored(page: Client) -> None:
    beats = [{"shot_number": 1, "beat_number": "1.1", "transition_type": "H", "ai_prompt": "a dog"}]
    answer = page.post(NEW, {"text": json.dumps({"promptsByStyle": {"clear": beats, "comic": beats}})})
    assert answer.context["start"].initial == {"strategy": "shots", "styles": ["clear", "comic"]}
    page.post(NEW, {"text": json.dumps({"clear": beats, "comic": beats}), **CONFIRMED})
    assert sorted(StepPrompt.objects.values_list("style__slug", "text")) == [("clear", "a dog"), ("comic", "a dog")]


def start(page: Client, **fields: Any) -> Any:
    return page.post(
        NEW, {"text": TEXT, **CONFIRMED, "start": "on", "strategy": "chained", "styles": ["clear"], **fields}
    )


@pytest.mark.usefixtures("start_receivers")
def test_a_start_is_asked_for_with_the_steps_in_place(page: Client, owner: object) -> None:
    with heard(start_requested) as said:
        start(page, styles=["clear", "comic"])
    assert [(wish["strategy"], sorted(wish["styles"]), wish["user"]) for wish in said] == [
        ("chained", ["clear", "comic"], owner)
    ]
    assert titles(said[0]["project"]) == ["Saw", "Glue"]


@pytest.mark.usefixtures("start_receivers")
def test_without_the_tick_nothing_is_asked_for(page: Client) -> None:
    with heard(start_requested) as said:
        page.post(NEW, {"text": TEXT, **CONFIRMED, "strategy": "chained", "styles": ["clear"]})
    assert not said


@pytest.mark.usefixtures("start_receivers")
@pytest.mark.parametrize("address", [NEW, "/projects/new/"])
def test_a_refused_start_stores_nothing_and_says_why(page: Client, address: str) -> None:
    def refuse(sender: object, **_arguments: Any) -> None:
        raise ValidationError("The budget is used up.")

    start_requested.connect(refuse)
    data = {"text": TEXT, "steps": TEXT, "visibility": "private", **CONFIRMED}
    answer = page.post(address, data | {"start": "on", "strategy": "chained", "styles": ["clear"]})
    assert answer.status_code == 422
    assert "The budget is used up." in answer.content.decode()
    assert not Project.objects.exists()
    assert not Step.objects.exists()


def test_a_ticked_start_begins_a_run_in_each_style_with_the_import(page: Client) -> None:
    start(page, styles=["clear", "comic"])
    runs = StyleRun.objects.filter(project=Project.objects.get())
    assert sorted(runs.values_list("style__slug", "strategy")) == [("clear", "chained"), ("comic", "chained")]


def test_our_words_for_strategies_are_those_of_the_machine() -> None:
    assert [name for name, _title, _why in STRATEGIES] == list(Strategy.values)


def test_a_long_import_asks_no_more_than_a_short_one(page: Client) -> None:
    counts = []
    for number in (2, 400):
        text = "\n".join(f"{step}. Saw" for step in range(1, number + 1))
        page.post(NEW, {"text": text, **CONFIRMED})
        project = Project.objects.latest("pk")
        assert project.steps.count() == number
        counts.append(queries(page, reverse("project_edit", args=[project.pk])))
    assert counts[0] == counts[1]


def test_text_in_any_script_comes_through_unchanged(page: Client, make_board: MakeBoard) -> None:
    words = ["חותכים את הבקבוק", "把瓶子切开", "Säge 🪚 👩🏽‍🌾", "\u200fمرحبا\u200e"]
    page.post(NEW, {"text": "\n".join(f"{number}. {word}" for number, word in enumerate(words, start=1)), **CONFIRMED})
    assert titles(Project.objects.get()) == words
