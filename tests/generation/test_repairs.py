"""What becomes stale when texts and lists change, what follows from it, and the verbs that put it right."""

from typing import Any

import pytest

from generation import actions, repairing
from generation.errors import Refusal
from generation.models import RunStatus, StyleRun, Take
from storyboards import editing
from storyboards.models import Step
from tests.making import a_project, a_run, frame, make_all, newest_take, statuses

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("a table", "an apple", "a cat", "a lamp", "a bird")


def a_made_run(strategy: str = "chained", **fields: Any) -> StyleRun:
    run = a_run(a_project(*TEXTS, **fields), strategy)
    make_all()
    return again(run)


def again(run: StyleRun) -> StyleRun:
    return StyleRun.objects.select_related("project", "engine", "style").get(pk=run.pk)


def write(run: StyleRun, position: int, title: str) -> None:
    run.project.steps.filter(position=position).update(title=title)


def positions(run: StyleRun, frames: Any) -> list[int]:
    places = dict(run.frames.values_list("pk", "position"))
    return [places[pk] for pk in frames]


def test_a_text_that_changed_makes_its_picture_stale_and_what_was_built_on_it_follows() -> None:
    run = a_made_run()
    write(run, 2, "two apples")
    repair = repairing.plan(run)
    assert positions(run, repair.stale) == [2]
    assert "text changed" in repair.stale[frame(run, 2).pk]
    assert positions(run, repair.follows) == [3, 4, 5]
    assert repair.follows[frame(run, 3).pk] == "2"


def test_steps_are_named_by_their_beats_where_they_have_them() -> None:
    run = a_made_run()
    run.project.steps.filter(position=1).update(beat="1.1")
    write(run, 1, "two tables")
    assert repairing.plan(run).follows[frame(run, 2).pk] == "1.1"
    actions.regenerate(frame(run, 1), None)
    make_all()
    assert repairing.plan(again(run)).stale[frame(run, 2).pk] == "made from an older picture than step 1.1 shows now"


def test_what_follows_ends_at_the_next_cut() -> None:
    run = a_made_run("shots", cuts=[4])
    write(run, 2, "two apples")
    repair = repairing.plan(run)
    assert positions(run, [*repair.stale, *repair.follows]) == [2, 3]


@pytest.mark.parametrize(("strategy", "stale"), [("independent", [2]), ("cumulative", [2, 3, 4, 5])])
def test_where_pictures_are_made_from_text_alone_only_the_text_counts(strategy: str, stale: list[int]) -> None:
    run = a_made_run(strategy)
    write(run, 2, "two apples")
    repair = repairing.plan(run)
    assert positions(run, repair.stale) == stale
    assert repair.follows == {}


def test_all_stale_pictures_are_made_again_each_from_the_new_one_before() -> None:
    run = a_made_run()
    write(run, 4, "a big lamp")
    actions.remake_stale(run, None)
    assert make_all() == 2
    assert newest_take(run, 5).source_take == newest_take(run, 4)
    assert newest_take(run, 4).source_take == frame(run, 3).chosen
    assert repairing.plan(again(run)).remade() == []


def test_a_locked_picture_is_left_alone_and_what_was_built_on_it_stays_right() -> None:
    run = a_made_run()
    actions.lock(frame(run, 3), None)
    write(run, 2, "two apples")
    repair = repairing.plan(run)
    assert positions(run, [*repair.stale, *repair.follows]) == [2]
    actions.remake_stale(run, None)
    assert make_all() == 1
    after = repairing.plan(again(run))
    assert positions(run, after.locked) == [3]
    assert after.remade() == []
    with pytest.raises(Refusal, match="Nothing is stale"):
        actions.remake_stale(run, None)


def test_bringing_up_to_date_makes_what_is_new_and_what_is_stale_and_nothing_else() -> None:
    run = a_made_run()
    second = run.project.ordered_steps()[1]
    editing.add_step(Step(project=run.project, title="a cup"), {}, after=second)
    write(run, 1, "a round table")
    actions.update(run, None)
    make_all()
    run = again(run)
    assert statuses(run) == ["completed"] * 6
    assert run.status == RunStatus.COMPLETED
    assert repairing.plan(run).remade() == []
    assert [frame(run, at).takes.count() for at in range(1, 7)] == [2, 2, 1, 2, 2, 2]
    for at in range(2, 7):
        chosen = frame(run, at).chosen
        assert chosen is not None
        assert chosen.source_take == frame(run, at - 1).chosen


def test_bringing_up_to_date_after_a_deletion_makes_again_what_came_behind_it() -> None:
    run = a_made_run()
    editing.delete_step(run.project.ordered_steps()[3])
    actions.update(run, None)
    assert make_all() == 1
    assert newest_take(run, 4).source_take == frame(run, 3).chosen


def test_bringing_up_to_date_after_a_move_makes_again_what_has_another_before_it() -> None:
    run = a_made_run()
    editing.move_step(run.project.ordered_steps()[4], "4")
    actions.update(run, None)
    assert make_all() == 2
    assert repairing.plan(again(run)).remade() == []


def test_bringing_up_to_date_tries_again_what_failed_and_makes_again_what_stood_on_a_substitute() -> None:
    run = a_made_run()
    take = newest_take(run, 2)
    Take.objects.filter(pk=take.pk).update(status="failed")
    run.frames.filter(position=2).update(chosen=None, status="failed")
    Take.objects.filter(run=run, position=3).update(source_take=frame(run, 1).chosen)
    actions.update(again(run), None)
    assert make_all() == 4
    assert repairing.plan(again(run)).remade() == []


@pytest.mark.parametrize("strategy", ["chained", "shots", "cumulative", "independent"])
def test_a_run_that_is_up_to_date_says_so_and_makes_nothing(strategy: str) -> None:
    run = a_made_run(strategy)
    with pytest.raises(Refusal, match="up to date"):
        actions.update(run, None)
    with pytest.raises(Refusal, match="Nothing is stale"):
        actions.remake_stale(run, None)
    assert make_all() == 0


def test_a_list_in_another_order_alone_is_taken_over_without_a_picture() -> None:
    run = a_made_run("independent")
    editing.move_step(run.project.ordered_steps()[4], "1")
    actions.update(run, None)
    assert make_all() == 0
    assert again(run).status == RunStatus.COMPLETED


def test_an_empty_step_is_told_before_anything_changes() -> None:
    run = a_made_run()
    Step.objects.create(project=run.project, position=6)
    with pytest.raises(Refusal, match="Nothing is written in step 6"):
        actions.update(run, None)
    assert run.frames.count() == 5


def test_a_paused_run_stays_paused_when_it_is_brought_up_to_date() -> None:
    run = a_run(a_project(*TEXTS))
    actions.pause(run, None)
    editing.add_step(Step(project=run.project, title="a cup"), {})
    actions.update(run, None)
    assert again(run).status == RunStatus.PAUSED
    actions.resume(run, None)
    assert make_all() == 6


def test_a_plan_costs_as_many_queries_for_long_runs_as_for_short_ones(django_assert_num_queries: Any) -> None:
    for run in (a_made_run(), a_run(a_project(*TEXTS * 4))):
        write(run, 2, "two apples")
        fresh = again(run)
        with django_assert_num_queries(3):
            repairing.plan(fresh)
