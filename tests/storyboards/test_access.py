"""Every page of authoring, by everybody: who gets in, and who is told that there is nothing."""

import pytest
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from storyboards.models import Project, Step, Visibility
from tests.storyboards.conftest import client_of

OF_PROJECT = ("project_edit", "project_delete", "step_add", "project_import", "share_links")
OF_STEP = ("step_edit", "step_save", "step_delete")
POSTED_PROJECT = ("share_visibility",)
POSTED_STEP = ("step_move", "step_duplicate")
GENERAL = ("projects", "project_new", "import_new")
ALL_CHANGING = OF_PROJECT + OF_STEP + POSTED_PROJECT + POSTED_STEP


def address(name: str, project: Project) -> str:
    if name in GENERAL:
        return reverse(name)
    step = project.steps.first()
    assert step
    return reverse(name, args=[step.pk if "step" in name and name != "step_add" else project.pk])


def state(project: Project) -> list[object]:
    return [
        list(Project.objects.order_by("pk").values()),
        list(Step.objects.order_by("pk").values()),
        list(project.share_links.values()),
    ]


@pytest.mark.parametrize("name", GENERAL + OF_PROJECT + OF_STEP)
def test_the_owner_sees_every_page(page: Client, board: Project, name: str) -> None:
    assert page.get(address(name, board)).status_code == 200


@pytest.mark.parametrize("name", GENERAL + ALL_CHANGING)
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_logged_in_is_sent_to_the_log_in(client: Client, board: Project, name: str, method: str) -> None:
    board.visibility = Visibility.PUBLIC
    board.save()
    before = state(board)
    response: HttpResponse = getattr(client, method)(address(name, board))
    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/login/")
    assert state(board) == before


@pytest.mark.parametrize("name", ALL_CHANGING)
@pytest.mark.parametrize("visibility", Visibility.values)
def test_to_others_it_is_not_there_even_where_they_may_look(
    other: User, board: Project, name: str, visibility: str
) -> None:
    board.visibility = visibility
    board.save()
    before = state(board)
    assert client_of(other).post(address(name, board), {"to": "down", "title": "x"}).status_code == 404
    assert state(board) == before


def test_a_share_visitor_changes_nothing(other: User, board: Project) -> None:
    board.visibility = Visibility.UNLISTED
    board.save()
    visitor = client_of(other)
    assert visitor.get(board.share_links.create().get_absolute_url()).status_code == 302
    for name in ALL_CHANGING:
        assert visitor.post(address(name, board), {"to": "down"}).status_code == 404


@pytest.mark.parametrize("name", [*POSTED_PROJECT, *POSTED_STEP])
def test_nothing_changes_on_get(page: Client, board: Project, name: str) -> None:
    assert page.get(address(name, board)).status_code == 405


@pytest.mark.parametrize("name", ["sample_add", "share_revoke"])
def test_nothing_changes_on_get_of_the_others_either(page: Client, board: Project, name: str) -> None:
    link = board.share_links.create()
    arguments: list[str | int] = ["planter"] if name == "sample_add" else [board.pk, link.pk]
    assert page.get(reverse(name, args=arguments)).status_code == 405


def test_a_form_without_the_token_is_refused(owner: User, board: Project) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(owner)
    assert careful.post(reverse("project_delete", args=[board.pk])).status_code == 403


def test_staff_with_the_right_may_edit(other: User, board: Project) -> None:
    other.user_permissions.add(*Permission.objects.filter(codename__in=["view_project", "change_project"]))
    assert client_of(other).get(reverse("project_edit", args=[board.pk])).status_code == 200


def test_numbers_too_large_for_the_database_are_not_there(page: Client) -> None:
    assert page.get("/projects/99999999999999999999999/edit/").status_code == 404


def test_what_is_in_the_trash_is_not_there(page: Client, board: Project) -> None:
    pages = [address(name, board) for name in OF_PROJECT + OF_STEP]
    page.post(reverse("project_delete", args=[board.pk]))
    assert [page.get(url).status_code for url in pages] == [404] * len(pages)
