"""The trash: thirty days to bring a step or a project back, and a button that does it at once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from storyboards import editing
from storyboards.importing import ImportedStep
from storyboards.importing.storing import put_steps
from storyboards.models import Project, Step
from storyboards.signals import project_changed, step_changed
from tests.storyboards.conftest import MakeBoard, client_of, queries, titles
from tests.storyboards.test_steps import heard


def delete(page: Client, step: Step) -> str:
    """The page that one comes to."""
    return page.post(reverse("step_delete", args=[step.pk]), follow=True).content.decode()


def restore(page: Client, row: Step | Project) -> int:
    name = "step_restore" if isinstance(row, Step) else "project_restore"
    return page.post(reverse(name, args=[row.pk])).status_code


def trash(page: Client) -> str:
    return page.get(reverse("trash")).content.decode()


def test_deleting_a_step_can_be_taken_back_at_once(page: Client, board: Project) -> None:
    gone = board.ordered_steps()[1]
    assert f'action="{reverse("step_restore", args=[gone.pk])}"' in delete(page, gone)
    with heard(step_changed) as said:
        assert restore(page, gone) == 302
        assert restore(page, gone) == 302
    assert titles(board) == ["Cut", "Thread", "Fill", "Plant"]
    assert len(said) == 1
    gone.refresh_from_db()
    assert (gone.deleted_at, gone.deleted_from) == (None, None)


def test_a_step_goes_back_to_its_number_or_the_end(page: Client, board: Project) -> None:
    cut, _thread, fill, plant = board.ordered_steps()
    for step in (plant, cut, fill):
        editing.delete_step(Step.objects.get(pk=step.pk))
    assert list(Step.objects.in_trash().values_list("title", "deleted_from")) == [("Fill", 2), ("Cut", 1), ("Plant", 4)]
    restore(page, plant)
    restore(page, cut)
    assert titles(board) == ["Cut", "Thread", "Plant"]


def test_steps_that_others_replaced_can_come_back(page: Client, board: Project) -> None:
    thread = board.ordered_steps()[1]
    put_steps(board, [ImportedStep("A"), ImportedStep("B")], replace=True)
    restore(page, thread)
    assert titles(board) == ["A", "Thread", "B"]


def test_a_project_comes_back_with_its_steps(page: Client, board: Project) -> None:
    page.post(reverse("project_delete", args=[board.pk]))
    assert "Bottle planter" in trash(page)
    with heard(project_changed) as said:
        assert restore(page, board) == 302
        assert restore(page, board) == 302
    assert Project.objects.alive().get() == board
    assert len(titles(board)) == 4
    assert len(said) == 1


def test_what_has_no_room_or_no_name_left_stays_in_the_trash(
    page: Client, make_board: MakeBoard, board: Project, settings: object
) -> None:
    old = make_board("A", external_id="tree")
    editing.trash_project(old)
    make_board("B", external_id="tree")
    restore(page, old)
    assert "Another project has its external id “tree” by now." in trash(page)
    assert not Project.objects.alive().filter(pk=old.pk).exists()
    gone = board.ordered_steps()[0]
    editing.delete_step(gone)
    settings.MAX_STEPS = 3  # type: ignore[attr-defined]
    restore(page, gone)
    assert "at most 3 steps" in trash(page)
    assert titles(board) == ["Thread", "Fill", "Plant"]


def test_after_thirty_days_there_is_no_way_back(page: Client, board: Project) -> None:
    gone = board.ordered_steps()[0]
    editing.delete_step(gone)
    now = timezone.now()
    Step.objects.filter(pk=gone.pk).update(deleted_at=now - timedelta(days=29, hours=1))
    assert "1 day left" in trash(page)
    Step.objects.filter(pk=gone.pk).update(deleted_at=now - timedelta(days=30, seconds=1))
    assert "Nothing here" in trash(page)
    assert restore(page, gone) == 404
    Project.objects.filter(pk=board.pk).update(deleted_at=now - timedelta(days=31))
    assert restore(page, board) == 404


def test_ones_trash_is_ones_own(page: Client, other: User, board: Project) -> None:
    gone = board.ordered_steps()[0]
    editing.delete_step(gone)
    stranger = client_of(other)
    assert "Nothing here" in trash(stranger)
    assert restore(stranger, gone) == 404
    editing.trash_project(board)
    assert "Nothing here" in trash(stranger)
    assert restore(stranger, board) == 404
    assert restore(page, gone) == 404  # comes back with its project
    with pytest.raises(ValidationError, match="Its project is in the trash"):
        editing.restore_step(Step.objects.get(pk=gone.pk))


def test_the_trash_asks_as_often_for_thirty_as_for_one(page: Client, board: Project, make_board: MakeBoard) -> None:
    editing.delete_step(board.ordered_steps()[0])
    editing.trash_project(make_board("A"))
    few = queries(page, reverse("trash"))
    for step in board.ordered_steps():
        editing.delete_step(step)
    editing.trash_project(make_board("B"))
    assert queries(page, reverse("trash")) == few


def test_two_who_delete_the_same_step_leave_it_with_its_number(board: Project) -> None:
    gone, again = (board.ordered_steps()[1] for _ in range(2))
    editing.delete_step(gone)
    editing.delete_step(again)
    assert Step.objects.get(pk=gone.pk).deleted_from == 2


# --- split -----------------------------------------------------------------------------------------------------------


def split(page: Client, step: Step, text: str, version: int = 1) -> str:
    answer = page.post(reverse("step_split", args=[step.pk]), {"text": text, "version": version}, follow=True)
    return answer.content.decode()


def test_a_step_is_split_at_lines_of_dashes(page: Client, board: Project) -> None:
    step = board.ordered_steps()[1]
    Step.objects.filter(pk=step.pk).update(
        description="One.\n\nTwo.", shot="2", beat="2.1", transition="H", variables="a = b"
    )
    editing.write_prompts(step, {})
    assert "One.\n\n---\n\nTwo." in page.get(reverse("step_split", args=[step.pk])).content.decode()
    with heard(step_changed) as said:
        assert "Step 2 is split into 3 steps." in split(page, step, "One.\r\n---\r\nTwo --- and\r\n ---- \r\nThree.")
    assert titles(board) == ["Cut", "Thread", "", "", "Fill", "Plant"]
    parts = board.ordered_steps()[1:4]
    assert [part.description for part in parts] == ["One.", "Two --- and", "Three."]
    assert [(part.shot, part.beat, part.transition, part.variables) for part in parts] == [
        ("2", "2.1", "H", "a = b"), ("2", "", "C", "a = b"), ("2", "", "C", "a = b"),
    ]  # fmt: skip
    assert len(said) == 3


def test_a_script_is_split_where_there_is_no_description(board: Project) -> None:
    step = board.ordered_steps()[0]
    Step.objects.filter(pk=step.pk).update(script_phrase="Rain. Sun.")
    step.refresh_from_db()
    editing.split_step(step, 1, ["Rain.", "Sun."])
    assert [part.script_phrase for part in board.ordered_steps()[:2]] == ["Rain.", "Sun."]


@pytest.mark.parametrize(
    ("text", "version", "words"),
    [
        ("One.", 1, "Nothing is split"),
        ("One.\n---\n ", 1, "Nothing is split"),
        ("", 1, "This field is required"),
        ("One.\n---\nTwo.", 2, "Somebody else saved this step"),
    ],
)
def test_a_step_that_cannot_be_split_stays_whole(
    page: Client, board: Project, text: str, version: int, words: str
) -> None:
    assert words in split(page, board.ordered_steps()[1], text, version)
    assert titles(board) == ["Cut", "Thread", "Fill", "Plant"]
    assert Step.objects.filter(version=1).count() == 4


def test_no_room_for_the_parts_splits_nothing(page: Client, board: Project, settings: object) -> None:
    settings.MAX_STEPS = 4  # type: ignore[attr-defined]
    assert "at most 4 steps; this would make 5" in split(page, board.ordered_steps()[1], "One.\n---\nTwo.")
    assert len(titles(board)) == 4
