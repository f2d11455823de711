"""Share links: they open one board to whoever has them, until they do not."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboards.models import Project, ShareLink, Visibility
from tests.storyboards.conftest import client_of


@pytest.fixture
def link(board: Project) -> ShareLink:
    Project.objects.filter(pk=board.pk).update(visibility=Visibility.UNLISTED)
    return board.share_links.create()


def test_a_link_opens_the_board_to_anybody(client: Client, board: Project, link: ShareLink) -> None:
    assert client.get(board.get_absolute_url()).status_code != 200
    assert client.get(link.get_absolute_url())["Location"] == board.get_absolute_url()
    assert client.get(board.get_absolute_url()).status_code == 200


def test_a_link_opens_nothing_else(client: Client, make_board: object, owner: User, link: ShareLink) -> None:
    elsewhere = Project.objects.create(owner=owner, title="Other", visibility=Visibility.UNLISTED)
    client.get(link.get_absolute_url())
    assert client.get(elsewhere.get_absolute_url()).status_code != 200


@pytest.mark.parametrize("closing", ["revoke", "expire", "make private", "delete"])
def test_a_closed_link_opens_nothing_also_for_who_is_inside(
    client: Client, page: Client, board: Project, link: ShareLink, closing: str
) -> None:
    client.get(link.get_absolute_url())
    if closing == "revoke":
        page.post(reverse("share_revoke", args=[board.pk, link.pk]))
    elif closing == "expire":
        ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif closing == "make private":
        page.post(reverse("share_visibility", args=[board.pk]), {"visibility": "private"})
    else:
        page.post(reverse("project_delete", args=[board.pk]))
    assert client.get(link.get_absolute_url()).status_code == 404
    assert client.get(board.get_absolute_url()).status_code != 200


@pytest.mark.parametrize("token", ["nonsense", "a.b", "x" * 5000, "🔑", "."])
def test_a_made_up_token_opens_nothing(client: Client, link: ShareLink, token: str) -> None:
    assert client.get(reverse("share_open", args=[token])).status_code == 404


def test_half_of_the_secret_is_not_enough(client: Client, link: ShareLink) -> None:
    assert client.get(reverse("share_open", args=[link.nonce])).status_code == 404


@pytest.mark.parametrize(("days", "left"), [("", None), ("1", 1), ("30", 30)])
def test_the_owner_makes_links_that_may_expire(page: Client, board: Project, days: str, left: int | None) -> None:
    page.post(reverse("share_links", args=[board.pk]), {"days": days})
    made = board.share_links.get()
    assert made.get_absolute_url() in page.get(reverse("share_links", args=[board.pk])).content.decode()
    if left is None:
        assert made.expires_at is None
    else:
        assert made.expires_at is not None
        assert abs(made.expires_at - timezone.now() - timedelta(days=left)) < timedelta(minutes=1)


def test_a_link_to_a_private_project_makes_it_unlisted_and_says_so(page: Client, board: Project) -> None:
    answer = page.post(reverse("share_links", args=[board.pk]), {"days": ""}, follow=True)
    board.refresh_from_db()
    assert board.visibility == Visibility.UNLISTED
    assert "The project is unlisted now" in answer.content.decode()


def test_a_link_of_another_project_cannot_be_revoked(page: Client, other: User, board: Project) -> None:
    theirs = Project.objects.create(owner=other, title="Other").share_links.create()
    assert page.post(reverse("share_revoke", args=[board.pk, theirs.pk])).status_code == 404
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


def test_revoking_twice_keeps_the_first_day(page: Client, board: Project, link: ShareLink) -> None:
    address = reverse("share_revoke", args=[board.pk, link.pk])
    page.post(address)
    first = ShareLink.objects.get().revoked_at
    page.post(address)
    assert first is not None
    assert ShareLink.objects.get().revoked_at == first


def test_the_link_survives_logging_in(board: Project, other: User, link: ShareLink) -> None:
    visitor = Client()
    visitor.get(link.get_absolute_url())
    visitor.force_login(other)
    assert visitor.get(board.get_absolute_url()).status_code == 200
    assert client_of(other).get(board.get_absolute_url()).status_code != 200
