"""The list of projects, and a project's texts and concept picture."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from storyboards.editing import create_singles
from storyboards.models import Picture, Project, Step, Visibility
from storyboards.models.projects import AspectRatio
from storyboards.signals import project_changed, project_deleted
from tests.storyboards.conftest import MakeBoard, client_of, picture_bytes, queries, titles
from tests.storyboards.test_steps import heard

TEXTS = {"title": "Bird house", "aspect_ratio": "4:3", "visibility": "private"}


def upload(data: bytes, name: str = "concept.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def edit(page: Client, board: Project, **fields: Any) -> Any:
    return page.post(reverse("project_edit", args=[board.pk]), TEXTS | fields)


def test_the_list_shows_ones_own_and_the_latest_edit_first(page: Client, other: User, make_board: MakeBoard) -> None:
    make_board(title="Older")
    make_board(title="Younger")
    make_board(title="Somebody's", owner=other, visibility=Visibility.PUBLIC)
    assert [project.title for project in page.get("/").context["page"]] == ["Younger", "Older"]


def test_an_empty_list_teaches_how_to_begin(page: Client) -> None:
    text = page.get("/").content.decode()
    assert "Add a sample in one click" in text
    assert reverse("sample_add", args=["planter"]) in text
    assert reverse("import_new") in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("bottle", ["Bottle planter"]),
        ("PLANT bott", ["Bottle planter"]),
        ("seedling", ["Bottle planter"]),
        ("old", []),
        ("שלום", ["שלום 🪴"]),
        ("%", []),
        ("\0", ["שלום 🪴", "Bottle planter"]),
        ("x" * 5000, []),
    ],
)
def test_the_search_looks_into_titles_texts_and_steps(
    page: Client, make_board: MakeBoard, query: str, found: list[str]
) -> None:
    project = make_board("Set the seedling", "Old", title="Bottle planter")
    Step.objects.get(title="Old").remove()
    make_board(title="שלום 🪴")
    Project.objects.filter(pk=project.pk).update(description="for the window")
    assert [project.title for project in page.get("/", {"q": query}).context["page"]] == found


def test_the_list_asks_as_often_for_a_full_page_as_for_one(page: Client, make_board: MakeBoard) -> None:
    make_board("One")
    few = queries(page, "/")
    for _ in range(30):
        make_board("One", "Two")
    assert queries(page, "/") == few <= 12


def test_the_list_has_pages(page: Client, make_board: MakeBoard) -> None:
    for number in range(30):
        make_board(title=f"Board {number}")
    assert len(page.get("/").context["page"]) == 24
    second = page.get("/?page=2&q=Board")
    assert len(second.context["page"]) == 6
    assert "?q=Board&amp;page=1" in second.content.decode()
    assert page.get("/", {"page": "no"}).status_code == 200


def test_a_new_project_leads_to_its_steps(page: Client, owner: User) -> None:
    answer = page.post(reverse("project_new"), TEXTS)
    project = Project.objects.get(title="Bird house")
    assert answer["Location"] == reverse("project_edit", args=[project.pk])
    assert project.owner == owner


def test_a_new_project_may_bring_its_steps(page: Client) -> None:
    answer = page.post(reverse("project_new"), TEXTS | {"steps": "1. Saw\n2. Glue"})
    project = Project.objects.get(title="Bird house")
    assert answer["Location"] == project.get_absolute_url()
    assert titles(project) == ["Saw", "Glue"]


def test_an_edit_leads_to_the_board(page: Client, board: Project) -> None:
    with heard(project_changed) as said:
        answer = edit(page, board, materials="wood\nglue")
    board.refresh_from_db()
    assert answer["Location"] == board.get_absolute_url()
    assert (board.title, board.material_list()) == ("Bird house", ["wood", "glue"])
    assert len(said) == 1


def test_a_concept_picture_is_stored_shown_and_removed(page: Client, board: Project) -> None:
    address = reverse("concept_picture", args=[board.pk])
    assert page.get(address).status_code == 404
    edit(page, board, concept_upload=upload(picture_bytes()))
    answer = page.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert page.get(address, headers={"if-none-match": answer["ETag"]}).status_code == 304
    small = page.get(reverse("concept_thumbnail", args=[board.pk]))
    assert Image.open(io.BytesIO(small.content)).get_format_mimetype() == small["Content-Type"]
    edit(page, board)
    assert page.get(address).status_code == 200
    edit(page, board, concept_remove="on")
    assert page.get(address).status_code == 404


@pytest.mark.parametrize("name", ["concept_picture", "concept_thumbnail"])
def test_a_concept_picture_whose_file_is_lost_is_not_there(name: str, page: Client, board: Project) -> None:
    edit(page, board, concept_upload=upload(picture_bytes(size=(43, 31))))
    board.refresh_from_db()
    assert board.concept_picture is not None
    board.concept_picture.file.delete(save=False)
    assert page.get(reverse(name, args=[board.pk])).status_code == 404


def test_a_concept_picture_is_turned_as_the_camera_said_and_loses_its_secrets(page: Client, board: Project) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    exif[0x010E] = "at our garden gate"
    edit(page, board, concept_upload=upload(picture_bytes("JPEG", exif=exif), "photo.jpg"))
    picture = Picture.objects.latest("pk")
    assert (picture.width, picture.height) == (30, 40)
    assert b"garden" not in picture.read()


@pytest.mark.parametrize(
    ("visibility", "status"),
    [(Visibility.PRIVATE, 404), (Visibility.UNLISTED, 404), (Visibility.PUBLIC, 200)],
)
@pytest.mark.parametrize("name", ["concept_picture", "concept_thumbnail"])
def test_pictures_follow_the_projects_visibility(
    page: Client, client: Client, other: User, board: Project, visibility: str, status: int, name: str
) -> None:
    edit(page, board, concept_upload=upload(picture_bytes()), visibility=visibility)
    address = reverse(name, args=[board.pk])
    assert [visitor.get(address).status_code for visitor in (client, client_of(other))] == [status, status]


def test_a_styles_reference_is_for_those_who_see_something_here(client: Client, page: Client, board: Project) -> None:
    address = reverse("style_reference", args=["consistent"])
    assert page.get(address)["Content-Type"] == "image/webp"
    assert page.get(reverse("style_reference", args=["clear"])).status_code == 404
    assert client.get(address).status_code == 404
    Project.objects.filter(pk=board.pk).update(visibility=Visibility.PUBLIC)
    assert client.get(address).status_code == 200


def test_a_deleted_project_goes_into_the_trash(page: Client, board: Project) -> None:
    address = reverse("project_delete", args=[board.pk])
    assert "Delete" in page.get(address).content.decode()
    with heard(project_deleted) as said:
        assert page.post(address)["Location"] == "/"
    assert [arguments["project"].pk for arguments in said] == [board.pk]
    assert Project.objects.get(pk=board.pk).deleted_at is not None
    assert page.post(address).status_code == 404


def test_single_pictures_have_a_list_of_their_own(page: Client, owner: User, board: Project) -> None:
    assert "Single pictures" not in page.get("/").content.decode(), "nobody has asked for one yet"
    single = create_singles(owner, ["a fox\nin the snow " * 10, "an owl"], "16:9")
    listed = page.get("/").content.decode()
    assert board.title in listed
    assert single.title not in listed
    assert reverse("singles") in listed
    singles = page.get(reverse("singles")).content.decode()
    assert single.title.startswith("a fox in the snow a fox")
    assert len(single.title) <= 80
    assert single.title in singles
    assert "2 steps" in singles
    assert board.title not in singles
    assert page.get(single.get_absolute_url()).status_code == 200
    assert "Nothing found" in page.get(reverse("singles"), {"q": "heron"}).content.decode()


def test_single_pictures_are_their_owners(other: User, page: Client) -> None:
    single = create_singles(other, ["a fox"], "1:1")
    assert single.title not in page.get(reverse("singles")).content.decode()
    assert page.get(single.get_absolute_url()).status_code == 404


def test_too_many_single_pictures_at_once_are_refused(owner: User, settings: Any) -> None:
    settings.MAX_STEPS = 1
    with pytest.raises(ValidationError, match="at most 1"):
        create_singles(owner, ["a fox", "an owl"], "1:1")
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    ("size", "ratio"), [((1360, 768), "16:9"), ((512, 512), "1:1"), ((1024, 768), "4:3"), ((100, 900), "9:16")]
)
def test_a_size_has_a_shape(size: tuple[int, int], ratio: str) -> None:
    assert AspectRatio.nearest(*size) == ratio
