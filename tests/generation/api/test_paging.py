"""Long lists, a page after the other, while rows come and go."""

import json
from itertools import chain
from typing import Any

import pytest

from generation.api.paging import Paging, paged
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


@pytest.mark.parametrize("cursor", ["", "x", "--1", "1.5", "%C2%B2", "%D9%A3", "+1", "1%0A", "9" * 19, "%00", "MQ"])
def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    a_project()
    answer = Program().call("GET", f"{PROJECTS}?cursor={cursor}")
    assert (answer.status_code, json.loads(answer.content)["errors"][0]["at"]) == (422, "query.cursor")


@pytest.mark.parametrize(("cursor", "found"), [("-5", 0), ("0", 0), ("-" + "9" * 18, 0), ("9" * 18, 1)])
def test_a_cursor_beyond_all_rows_is_harmless(cursor: str, found: int) -> None:
    a_project()
    assert len(Program().get(f"{PROJECTS}?cursor={cursor}")["items"]) == found
