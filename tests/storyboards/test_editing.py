"""The verbs of authoring under two people at once, and when a listener refuses."""

import threading
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from storyboards import editing
from storyboards.importing import ImportedStep
from storyboards.importing.storing import put_steps
from storyboards.models import Project, Step, Style
from storyboards.signals import step_changed
from tests.storyboards.conftest import titles


@pytest.mark.django_db(transaction=True)
def test_many_who_add_at_once_get_numbers_of_their_own(board: Project) -> None:
    def add(number: int) -> None:
        project = Project.objects.get(pk=board.pk)
        after = project.steps.alive().first() if number % 2 else None
        editing.add_step(Step(project=project, title=f"New {number}"), {}, after)
        connection.close()

    threads = [threading.Thread(target=add, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(titles(board)) == 10


def test_what_a_listener_refuses_is_not_stored(board: Project) -> None:
    def refuse(sender: object, **_arguments: Any) -> None:
        raise RuntimeError

    step_changed.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            editing.delete_step(board.ordered_steps()[0])
    finally:
        step_changed.disconnect(refuse)
    assert len(titles(board)) == 4


def test_moving_a_step_that_was_deleted_a_moment_ago_does_nothing(board: Project) -> None:
    step = board.ordered_steps()[1]
    editing.delete_step(Step.objects.get(pk=step.pk))
    editing.move_step(step, "top")
    assert titles(board) == ["Cut", "Fill", "Plant"]


def test_a_project_is_changed_where_it_is_asked_for_and_nowhere_else(board: Project) -> None:
    Project.objects.filter(pk=board.pk).update(description="Theirs, saved since ours was read")
    editing.change_project(board, {"title": "Ours"})
    board.refresh_from_db()
    assert (board.title, board.description) == ("Ours", "Theirs, saved since ours was read")


def test_a_step_is_changed_where_it_is_asked_for_and_nowhere_else(board: Project) -> None:
    step = board.ordered_steps()[0]
    clear, comic = Style.objects.get(slug="clear"), Style.objects.get(slug="comic")
    editing.write_prompts(step, {clear.pk: "Old", comic.pk: "Stays"})
    Step.objects.filter(pk=step.pk).update(description="Theirs, saved since ours was read")
    editing.change_step(step, 1, {"title": "Saw"}, {clear.pk: ""})
    step.refresh_from_db()
    assert (step.title, step.description, step.version) == ("Saw", "Theirs, saved since ours was read", 2)
    assert dict(step.prompts.values_list("style", "text")) == {comic.pk: "Stays"}


def test_a_prompts_text_alone_leaves_it_the_whole_one_or_not(board: Project) -> None:
    step = board.ordered_steps()[0]
    clear, comic = Style.objects.get(slug="clear").pk, Style.objects.get(slug="comic").pk
    editing.write_prompts(step, {clear: editing.OwnPrompt("Old", whole=True), comic: "Part"})
    editing.change_step(step, 1, {}, {clear: "New"})
    assert editing.own_prompts(step) == {clear: ("New", True), comic: ("Part", False)}
    editing.change_step(step, 2, {}, {clear: editing.OwnPrompt("New", whole=False), comic: editing.OwnPrompt("")})
    assert editing.own_prompts(step) == {clear: ("New", False)}


def test_a_change_of_an_older_version_or_of_a_deleted_step_is_a_conflict(board: Project) -> None:
    first, second = board.ordered_steps()[:2]
    editing.change_step(first, 1, {"title": "Saw"}, {})
    editing.delete_step(Step.objects.get(pk=second.pk))
    for step in (first, second):
        with pytest.raises(editing.Conflict):
            editing.change_step(step, 1, {"title": "Late"}, {})
    assert titles(board) == ["Saw", "Fill", "Plant"]


def test_a_change_does_not_empty_a_step(board: Project) -> None:
    with pytest.raises(ValidationError, match="An empty step makes no picture"):
        editing.change_step(board.ordered_steps()[0], 1, {"title": ""}, {})
    assert titles(board) == ["Cut", "Thread", "Fill", "Plant"]


def test_many_steps_go_behind_one_and_behind_the_last(board: Project) -> None:
    first, *_rest, last = board.ordered_steps()
    new = put_steps(board, [ImportedStep("A"), ImportedStep("B")], after=first.pk)
    put_steps(board, [ImportedStep("C")], after=last.pk)
    assert titles(board) == ["Cut", "A", "B", "Thread", "Fill", "Plant", "C"]
    assert [Step.objects.get(pk=pk).title for pk in new] == ["A", "B"]


def test_nothing_goes_behind_a_step_that_left_the_list(board: Project) -> None:
    gone = board.ordered_steps()[1]
    editing.delete_step(gone)
    with pytest.raises(ValidationError, match="is not in this project's list"):
        put_steps(board, [ImportedStep("A")], after=gone.pk)
    assert titles(board) == ["Cut", "Fill", "Plant"]
