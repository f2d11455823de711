"""The verbs of authoring under two people at once, and when a listener refuses."""

import threading
from typing import Any

import pytest
from django.db import connection

from storyboards import editing
from storyboards.models import Project, Step
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
