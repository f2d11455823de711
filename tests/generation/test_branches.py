"""Branches share what came before; drafts are made finally by another engine."""

import pytest

from generation import actions, repairing
from generation.errors import Refusal
from generation.models import Call, Frame, Hold, RunStatus, StyleRun
from generation.planning import Variation
from tests.making import a_project, a_run, a_style, an_engine, frame, make_all, newest_take, statuses

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("a table", "an apple", "a cat", "a lamp")


def a_made_run(strategy: str = "chained") -> StyleRun:
    run = a_run(a_project(*TEXTS), strategy)
    make_all()
    return StyleRun.objects.get(pk=run.pk)


# --- branches --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["chained", "shots", "cumulative", "independent"])
def test_a_branch_shares_what_came_before_and_makes_the_rest(strategy: str) -> None:
    run = a_made_run(strategy)
    calls = Call.objects.count()
    other = actions.branch(frame(run, 3), None)
    assert make_all() == 2
    assert Call.objects.count() == calls + 2
    assert statuses(other) == ["completed"] * 4
    for position in (1, 2):
        assert newest_take(other, position).original == newest_take(run, position).original
        assert newest_take(other, position).reused_from == newest_take(run, position)
    assert newest_take(other, 3).original != newest_take(run, 3).original
    assert (other.branch_of, other.branch) == (run, 1)


def test_the_pictures_of_a_branch_are_no_more_stale_than_those_they_were_taken_from() -> None:
    other = actions.branch(frame(a_made_run(), 3), None)
    make_all()
    assert repairing.plan(StyleRun.objects.get(pk=other.pk)).remade() == []
    assert newest_take(other, 2).source_take == newest_take(other, 1)


def test_a_branch_can_be_made_while_its_run_is_and_of_a_branch() -> None:
    run = a_run(a_project(*TEXTS))
    make_all(at_most=1000)
    actions.regenerate(frame(run, 4), None)
    one = actions.branch(frame(run, 2), None)
    two = actions.branch(frame(one, 2), None)
    assert [other.branch for other in (run, one, two)] == [0, 1, 2]
    make_all()
    for other in (one, two):
        other.refresh_from_db()
        assert other.status == RunStatus.COMPLETED
        assert newest_take(other, 1).reused_from == newest_take(run, 1)


def test_a_branch_waits_for_approval_as_its_run_does() -> None:
    project = a_project(*TEXTS)
    run = actions.start(
        project,
        user=None,
        styles=[a_style()],
        strategy="chained",
        engine=an_engine(),
        variation=Variation(gate="frame"),
    )[0]
    for _ in range(2):
        make_all()
        actions.approve(run, None)
    other = actions.branch(frame(run, 2), None)
    run.refresh_from_db()
    actions.cancel(run, None)
    assert make_all() == 1
    other.refresh_from_db()
    assert (other.hold, other.hold_reason) == (Hold.APPROVAL, "approve step 2 to go on")
    actions.approve(other, None)
    assert make_all() == 1


def test_a_branch_that_is_begun_twice_is_made_once() -> None:
    run = a_made_run()
    other = actions.branch(frame(run, 3), None)
    with pytest.raises(Refusal, match="A branch that begins here is being made"):
        actions.branch(frame(run, 3), None)
    assert list(StyleRun.objects.order_by("pk")) == [run, other]
    actions.branch(frame(run, 2), None)
    make_all()
    actions.branch(frame(run, 3), None)


def test_generate_goes_on_with_the_branch_that_came_last() -> None:
    run = a_made_run()
    other = actions.branch(frame(run, 3), None)
    actions.cancel(other, None)
    assert a_run(run.project).pk == other.pk


def test_a_branch_of_a_step_that_has_left_the_list_is_refused() -> None:
    run = a_made_run()
    run.frames.filter(position=3).update(removed=True)
    with pytest.raises(Refusal, match="left the list"):
        actions.branch(frame(run, 3), None)
    assert StyleRun.objects.count() == 1


def test_a_branch_that_would_share_nothing_is_refused() -> None:
    run = a_made_run()
    with pytest.raises(Refusal, match="No picture comes before this one"):
        actions.branch(frame(run, 1), None)
    assert StyleRun.objects.count() == 1


# --- drafts ----------------------------------------------------------------------------------------------------------


def test_approved_drafts_are_made_finally_by_the_engine_that_is_chosen() -> None:
    draft = a_made_run()
    for position in (1, 3):
        actions.approve_frame(frame(draft, position), None)
    final = actions.finalize(draft, None, engine=an_engine("final", side=128))
    assert make_all() == 2
    assert (final.draft, final.engine.slug) == (draft, "final")
    steps = list(final.frames.values_list("step__title", flat=True))
    assert steps == ["a table", "a cat"]
    assert newest_take(final, 2).source_take == newest_take(final, 1)


def test_what_is_approved_later_joins_the_final_run() -> None:
    draft = a_made_run()
    engine = an_engine("final", side=128)
    actions.approve_frame(frame(draft, 1), None)
    final = actions.finalize(draft, None, engine=engine)
    make_all()
    actions.approve_frame(frame(draft, 2), None)
    assert actions.finalize(draft, None, engine=engine).pk == final.pk
    assert make_all() == 1


def test_bringing_a_final_run_up_to_date_adds_what_was_approved_since_and_nothing_else() -> None:
    draft = a_made_run()
    actions.approve_frame(frame(draft, 1), None)
    final = actions.finalize(draft, None, engine=an_engine("final", side=128))
    make_all()
    with pytest.raises(Refusal, match="up to date"):
        actions.update(final, None)
    actions.approve_frame(frame(draft, 4), None)
    actions.update(final, None)
    assert make_all() == 1
    assert list(final.frames.current().values_list("step__title", flat=True)) == ["a table", "a lamp"]


def test_a_final_picture_can_keep_the_composition_of_its_draft() -> None:
    draft = a_made_run()
    actions.approve_frame(frame(draft, 2), None)
    final = actions.finalize(draft, None, engine=an_engine("final"), keep_composition=True, longest_side=128)
    make_all()
    assert final.snapshot["keep_composition"] is True
    picture = newest_take(final, 1).original
    assert picture is not None
    assert (picture.width, picture.height) == (128, 128)


def test_one_engine_makes_a_draft_and_its_final_pictures_one_after_the_other() -> None:
    run = a_made_run()
    actions.approve_frame(frame(run, 1), None)
    actions.regenerate(frame(run, 4), None)
    with pytest.raises(Refusal, match="Another series in “Clear” is being made"):
        actions.finalize(run, None, engine=run.engine, longest_side=128)
    make_all()
    final = actions.finalize(run, None, engine=run.engine, longest_side=128)
    with pytest.raises(Refusal, match="Another series in “Clear” is being made"):
        actions.start(run.project, user=None, styles=[run.style], strategy=run.strategy, engine=run.engine, fresh=True)
    assert list(StyleRun.objects.order_by("pk")) == [run, final]


def test_without_an_approved_picture_nothing_is_made_finally() -> None:
    with pytest.raises(Refusal, match="approved yet"):
        actions.finalize(a_made_run(), None, engine=an_engine("final"))
    assert StyleRun.objects.count() == 1
    assert not Frame.objects.filter(run__engine__slug="final").exists()
