"""Characters: added, edited, given a sheet, deleted; and nobody else's."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from storyboards import editing
from storyboards.models import Character, Project
from storyboards.signals import project_changed
from tests.storyboards.conftest import MakeBoard, client_of, picture_bytes, queries
from tests.storyboards.test_steps import heard


def upload(data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("mira.png", picture_bytes() if data is None else data, "image/png")


def add(page: Client, board: Project, **fields: Any) -> Any:
    return page.post(reverse("characters", args=[board.pk]), {"name": "Mira", **fields}, follow=True)


@pytest.fixture
def mira(board: Project) -> Character:
    return Character.objects.create(project=board, name="Mira", look="a girl")


def test_a_character_is_added_with_its_sheet(page: Client, board: Project) -> None:
    with heard(project_changed) as said:
        shown = add(page, board, look="a girl of ten", sheet_upload=upload()).content.decode()
    character = board.characters.get()
    assert (character.name, character.look) == ("Mira", "a girl of ten")
    assert character.sheet
    assert character.sheet.content_type == "image/webp"
    assert reverse("character_thumbnail", args=[character.pk]) in shown
    assert page.get(reverse("character_sheet", args=[character.pk]))["Content-Type"] == "image/webp"
    assert page.get(reverse("character_thumbnail", args=[character.pk]))["Content-Type"] == "image/jpeg"
    assert len(said) == 1


def test_a_character_is_edited_and_loses_its_sheet(page: Client, mira: Character) -> None:
    address = reverse("character_edit", args=[mira.pk])
    page.post(address, {"name": "Mira", "look": "a woman", "sheet_upload": upload()})
    page.post(address, {"name": "Mira B.", "look": "a woman"})
    mira.refresh_from_db()
    assert (mira.name, mira.look) == ("Mira B.", "a woman")
    assert mira.sheet
    page.post(address, {"name": "Mira B.", "sheet_remove": "on"})
    mira.refresh_from_db()
    assert mira.sheet is None
    assert page.get(reverse("character_sheet", args=[mira.pk])).status_code == 404


def test_a_character_is_deleted_for_good(page: Client, mira: Character) -> None:
    with heard(project_changed) as said:
        assert page.post(reverse("character_delete", args=[mira.pk])).status_code == 302
    assert not Character.objects.exists()
    assert len(said) == 1


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "This field is required"),
    ({"name": "x" * 61}, "at most 60 characters"),
    ({"name": "mira"}, "has a character “mira” already"),
    ({"name": "Ben", "look": "x" * 20_001}, "at most 20000 characters"),
    ({"name": "Ben", "sheet_upload": b"<svg/>"}, "not a PNG, JPEG or WebP"),
]


@pytest.mark.parametrize(("fields", "words"), BAD)
def test_what_is_no_character_is_told_and_changes_nothing(
    page: Client, board: Project, mira: Character, fields: dict[str, Any], words: str
) -> None:
    if isinstance(fields.get("sheet_upload"), bytes):
        fields = fields | {"sheet_upload": upload(fields["sheet_upload"])}
    answer = add(page, board, **fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Character.objects.get().look == "a girl"


def test_there_are_not_too_many(page: Client, board: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "MOST_CHARACTERS", 1)
    add(page, board)
    assert "at most 1 characters" in add(page, board, name="Ben").content.decode()


def test_characters_are_their_owners(other: User, board: Project, mira: Character) -> None:
    stranger = client_of(other)
    assert add(stranger, board, name="Ben").status_code == 404
    for name in ("character_edit", "character_delete"):
        assert stranger.post(reverse(name, args=[mira.pk]), {"name": "Ben"}).status_code == 404
    assert Character.objects.get().name == "Mira"


def test_the_list_asks_as_often_for_many_as_for_one(page: Client, make_board: MakeBoard) -> None:
    few, many = make_board("A"), make_board("B")
    add(page, few, sheet_upload=upload())
    for number in range(5):
        add(page, many, name=f"Mira {number}", sheet_upload=upload(picture_bytes(size=(20 + number, 30))))
    counts = [queries(page, reverse("characters", args=[project.pk])) for project in (few, many)]
    assert counts[0] == counts[1] <= 8
