"""Whatever is sent: a clear message, a fitting status, and nothing changed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from storyboards.models import Picture, Project, ShareLink, Step, StepPrompt, Style
from tests.storyboards.conftest import picture_bytes

LONG = "x" * (settings.MAX_STEP_CHARACTERS + 1)
PROJECT = {"title": "Bird house", "aspect_ratio": "4:3", "visibility": "private"}
STEP = {"title": "Saw", "transition": "C", "version": "1"}
CONFIRMED = {"confirm": "1", "title": "Bird house", "aspect_ratio": "4:3"}
BEAT = {"shot_number": 1, "beat_number": "1.1", "transition_type": "H", "ai_prompt": "a dog"}


def numbered(count: int) -> str:
    return "\n".join(f"{number}. Saw" for number in range(1, count + 1))


def file(data: bytes, name: str = "file.png") -> Callable[[], SimpleUploadedFile]:
    return lambda: SimpleUploadedFile(name, data)


def a_bomb() -> bytes:
    """A picture of 100 megapixels in a few kilobytes."""
    return picture_bytes(size=(10_000, 10_000), mode="1")


@dataclass(frozen=True)
class Case:
    """A form sent to a page of the board's. Functions among the data are called first: an upload is read once."""

    about: str
    page: str
    data: dict[str, Any]
    says: str
    status: int = 422
    settings: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case("no title", "project_new", PROJECT | {"title": " "}, "This field is required"),
    Case("title too long", "project_new", PROJECT | {"title": "x" * 201}, "at most 200 characters"),
    Case("unknown shape", "project_new", PROJECT | {"aspect_ratio": "5:1"}, "5:1 is not one of the available"),
    Case("unknown visibility", "project_edit", PROJECT | {"visibility": "all"}, "all is not one of the available"),
    Case("text too long", "project_edit", PROJECT | {"description": LONG}, "at most 20000 characters"),
    Case("null character", "project_edit", PROJECT | {"description": "a\0b"}, "Null characters are not allowed"),
    Case(
        "steps too many", "project_new", PROJECT | {"steps": numbered(501)}, "501 steps are too many: 500 are the most"
    ),
    Case(
        "start of nothing",
        "project_new",
        PROJECT | {"start": "on", "styles": "clear", "strategy": "shots"},
        "Write the steps first",
    ),
    Case("no picture", "project_edit", PROJECT | {"concept_upload": file(b"<svg/>")}, "not a PNG, JPEG or WebP"),
    Case("half a picture", "project_edit", PROJECT | {"concept_upload": file(picture_bytes()[:60])}, "is damaged"),
    Case("moving", "project_edit", PROJECT | {"concept_upload": file(picture_bytes("GIF"))}, "not a PNG, JPEG or WebP"),
    Case("empty file", "project_edit", PROJECT | {"concept_upload": file(b"")}, "The submitted file is empty"),
    Case(
        "bomb",
        "project_edit",
        PROJECT | {"concept_upload": lambda: SimpleUploadedFile("bomb.png", a_bomb())},
        "40 million",
    ),
    Case(
        "upload too large",
        "project_edit",
        PROJECT | {"concept_upload": file(picture_bytes())},
        "10\xa0bytes are the most",
        settings={"UPLOAD_MAX_BYTES": 10},
    ),
    Case(
        "a line that is no variable", "project_edit", PROJECT | {"variables": "hero a girl"}, "Line 1: there is no “=”"
    ),
    Case("a name that is taken", "step_edit", STEP | {"variables": "step = a"}, "Line 1: $step has a meaning already"),
    Case("shots of a step", "step_edit", STEP | {"variables": "[shot 1]\nhero = a"}, "only in the project"),
    Case("empty step", "step_add", {"transition": "C"}, "An empty step makes no picture"),
    Case("step too long", "step_add", STEP | {"description": LONG}, "at most 20000 characters"),
    Case("prompt too long", "step_edit", STEP | {"prompt_": LONG}, "at most 20000 characters"),
    Case("no such transition", "step_edit", STEP | {"transition": "X"}, "X is not one of the available"),
    Case("negative duration", "step_edit", STEP | {"duration": "-3"}, "A duration is not negative"),
    Case("no number", "step_edit", STEP | {"duration": "NaN"}, "Enter a number"),
    Case("no version", "step_edit", STEP | {"version": "", "title": "Mine"}, "Somebody else saved this step", 409),
    Case("one step too many", "step_add", STEP, "at most 4 steps", settings={"MAX_STEPS": 4}),
    Case("nowhere", "step_move", {"to": "sideways"}, "Choose a place", 302),
    Case("no number to move to", "step_move", {"to": "number", "number": ""}, "Which number?", 302),
    Case("place 0", "step_move", {"to": "number", "number": "0"}, "greater than or equal to 1", 302),
    Case("one copy too many", "step_duplicate", {}, "at most 4 steps", 302, {"MAX_STEPS": 4}),
    Case("import of nothing", "import_new", {"text": " "}, "nothing to import yet"),
    Case("import of blank lines", "import_new", {"file": file(b"\n\n", "a.txt")}, "nothing to import yet"),
    Case("text and file", "import_new", {"text": "1. Saw", "file": file(b"1. Glue")}, "a text and a file"),
    Case("a picture as text", "import_new", {"file": file(picture_bytes())}, "no text file"),
    Case("a cut UTF-16 file", "import_new", {"file": file(b"\xff\xfe1\x00.")}, "cannot be read to the end"),
    Case("unknown format", "import_new", {"text": "1. Saw", "form": "pdf"}, "pdf is not one of the available"),
    Case("import too long", "import_new", {"text": numbered(501), **CONFIRMED}, "Line 501: 501 steps are too many"),
    Case(
        "variables of an import",
        "import_new",
        {
            "text": json.dumps({"variables": ["hero"], "steps": [{"title": "Saw", "variables": {"9": "x"}}]}),
            **CONFIRMED,
        },
        "Step 1: its variables: Line 1: “9” is no name.",
    ),
    Case("step text too long", "import_new", {"text": f"1. Saw\n\n{LONG}", **CONFIRMED}, "20,000 are the most"),
    Case("broken CSV", "import_new", {"text": 'title,text\nSaw,"six', **CONFIRMED}, "Line 2: A quotation mark"),
    Case("broken JSON", "import_new", {"text": '{"steps": [', **CONFIRMED}, "Line 1: Column 12: this is not valid"),
    Case("deep JSON", "import_new", {"text": "[" * 50_000, **CONFIRMED}, "nested far too deep"),
    Case(
        "unknown style",
        "import_new",
        {"text": json.dumps({"promptsByStyle": {"noir": [BEAT]}}), **CONFIRMED},
        "There is no style “noir”. There is: illustration, clear, consistent, comic, as-written.",
    ),
    Case("import without title", "import_new", {"text": "1. Saw", **CONFIRMED, "title": ""}, "This field is required"),
    Case("start in no style", "import_new", {"text": "1. Saw", **CONFIRMED, "start": "on"}, "at least one style"),
    Case(
        "start in an unknown style",
        "import_new",
        {"text": "1. Saw", **CONFIRMED, "start": "on", "styles": "noir", "strategy": "chained"},
        "noir is not one of the available",
    ),
    Case(
        "unknown strategy",
        "import_new",
        {"text": "1. Saw", **CONFIRMED, "start": "on", "styles": "clear", "strategy": "magic"},
        "magic is not one of the available",
    ),
    Case("neither behind nor instead", "project_import", {"text": "1. Saw", "confirm": "1"}, "This field is required"),
    Case(
        "no room for the import",
        "project_import",
        {"text": "1. Saw", "confirm": "1", "steps": "append"},
        "at most 4 steps; this would make 5",
        settings={"MAX_STEPS": 4},
    ),
    Case("a link for ever and a day", "share_links", {"days": "366"}, "366 is not one of the available"),
    Case("a visibility that is none", "share_visibility", {"visibility": "all"}, "Choose who may see it", 302),
]


def everything() -> list[Any]:
    models = (Project, Step, StepPrompt, ShareLink, Picture)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def address(name: str, board: Project) -> str:
    if name in ("project_new", "import_new"):
        return reverse(name)
    of_step = name in ("step_edit", "step_move", "step_duplicate")
    return reverse(name, args=[board.ordered_steps()[1].pk if of_step else board.pk])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_bad_input_is_answered_clearly_and_changes_nothing(
    page: Client, board: Project, case: Case, settings: Any
) -> None:
    for name, value in case.settings.items():
        setattr(settings, name, value)
    before = everything()
    data = {key: value() if callable(value) else value for key, value in case.data.items()}
    if "prompt_" in data:
        data[f"prompt_{Style.objects.get(slug='clear').pk}"] = data.pop("prompt_")
    answer = page.post(address(case.page, board), data)
    shown = page.get("/") if answer.status_code == 302 else answer
    assert answer.status_code == case.status
    assert case.says in shown.content.decode()
    assert everything() == before


def test_more_than_the_server_takes_is_refused_before_it_is_read(page: Client) -> None:
    answer = page.post(reverse("import_new"), {"text": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)})
    assert answer.status_code == 400
    assert not Project.objects.exists()


def test_five_hundred_steps_are_welcome(page: Client) -> None:
    page.post(reverse("import_new"), {"text": numbered(500), **CONFIRMED})
    project = Project.objects.get()
    assert project.steps.count() == 500
    assert page.get(reverse("project_edit", args=[project.pk])).status_code == 200


def test_twenty_thousand_characters_are_welcome(page: Client, board: Project) -> None:
    text = "🪴" * settings.MAX_STEP_CHARACTERS
    page.post(reverse("step_add", args=[board.pk]), {"title": "Long", "transition": "C", "description": text})
    assert board.ordered_steps()[-1].description == text
