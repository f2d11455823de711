"""Long lists, a page after the other, while rows come and go."""

import base64
from itertools import chain
from typing import Any

import pytest

from generation.api.paging import Paging, paged
from generation.api.problems import Problem
from storyboards.models import Project, Step
from tests.calling import Program
from tests.making import a_project

pytestmark = pytest.mark.django_db
PROJECTS = "/api/v1/projects"


def made(count: int) -> list[int]:
    return [a_project().pk for _ in range(count)]


def pages(program: Program, limit: int, between: Any = None) -> list[list[int]]:
    """The numbers on every page to the end; `between` happens after the first."""
    found, cursor = [], ""
    while True:
        page = program.get(f"{PROJECTS}?limit={limit}{cursor}")
        found.append([item["id"] for item in page["items"]])
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"
        if between and len(found) == 1:
            between()


def test_a_list_is_told_in_pages_the_newest_first() -> None:
    numbers = made(5)[::-1]
    assert pages(Program(), 2) == [numbers[:2], numbers[2:4], numbers[4:]]


@pytest.mark.parametrize(("count", "expected"), [(0, [[]]), (2, [2]), (4, [2, 2])])
def test_the_last_page_says_so(count: int, expected: list[Any]) -> None:
    made(count)
    assert [len(page) or [] for page in pages(Program(), 2)] == expected


def test_a_page_has_fifty_rows_unless_one_asks_for_more() -> None:
    made(51)
    program = Program()
    assert len(program.get(PROJECTS)["items"]) == 50
    assert len(program.get(f"{PROJECTS}?limit=200")["items"]) == 51


def test_rows_that_come_meanwhile_neither_shift_nor_double_any() -> None:
    numbers = made(5)[::-1]
    assert [*chain(*pages(Program(), 2, between=lambda: made(3)))] == numbers


def test_rows_that_go_meanwhile_take_no_others_along() -> None:
    first, *_middle, last = numbers = made(6)[::-1]

    def trash() -> None:
        for number in (numbers[0], numbers[1], numbers[3]):  # told already, the cursor's own, and one to come
            Project.objects.get(pk=number).delete()

    assert [*chain(*pages(Program(), 2, between=trash))] == [first, numbers[1], numbers[2], numbers[4], last]


def test_a_list_in_rising_order_goes_on_behind_its_last_row() -> None:
    project = a_project("A", "B", "C")
    seen: list[str] = []
    page: dict[str, Any] = {"next": None}
    for _ in range(2):
        page = paged(project.steps.all(), Paging(limit=2, cursor=page["next"]), by="position")
        seen += [step.title for step in page["items"]]
        Step.objects.create(project=project, position=10 + len(seen), title="Late")
    assert seen == ["A", "B", "C", "Late"]
    assert page["next"] is None


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "!",
        "a",
        "é",
        "%",
        "=",
        encoded("x"),
        encoded(""),
        encoded("--1"),
        encoded("1.5"),
        encoded("²"),
        encoded("9" * 19),
    ],
)
def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    a_project()
    with pytest.raises(Problem) as refused:
        paged(Project.objects.all(), Paging(limit=50, cursor=cursor))
    assert (refused.value.status, refused.value.code) == (422, "invalid_cursor")


@pytest.mark.parametrize("number", ["-5", "0", "9" * 18])
def test_a_cursor_beyond_all_rows_is_harmless(number: str) -> None:
    a_project()
    assert len(Program().get(f"{PROJECTS}?cursor={encoded(number)}")["items"]) == (number == "9" * 18)
