"""People at the pages of authoring: an owner with a board, somebody else, and a visitor with a share link."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from storyboards.models import Project, Step

MakeBoard = Callable[..., Project]


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create_user("bert")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def page(owner: User) -> Client:
    """The owner's browser."""
    return client_of(owner)


@pytest.fixture
def make_board(owner: User) -> MakeBoard:
    """A project of the owner's with steps of these titles."""

    def make(*titles: str, **fields: Any) -> Project:
        project = Project.objects.create(**{"owner": owner, "title": "Bottle planter"} | fields)
        for position, title in enumerate(titles, start=1):
            Step.objects.create(project=project, position=position, title=title)
        return project

    return make


@pytest.fixture
def board(make_board: MakeBoard) -> Project:
    return make_board("Cut", "Thread", "Fill", "Plant")


def titles(project: Project) -> list[str]:
    """In order; and the numbers are 1 … n, as they must be after whatever was done."""
    steps = project.ordered_steps()
    assert [step.position for step in steps] == list(range(1, len(steps) + 1))
    return [step.title for step in steps]


def queries(page: Client, address: str) -> int:
    """How many questions a page asks the database."""
    with CaptureQueriesContext(connection) as asked:
        assert page.get(address).status_code == 200
    return len(asked)


def picture_bytes(kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, "teal").save(buffer, kind, **options)
    return buffer.getvalue()
