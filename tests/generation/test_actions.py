"""The verbs, and when they are refused."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from generation import actions, dispatch, jobs, planning, runner
from generation.errors import Refusal, Unready
from generation.models import Call, Engine, Event, RunStatus, StyleRun, Take, TakeKind
from storyboards.editing import add_step, trash_project
from storyboards.models import Step
from tests.making import (
    a_project,
    a_run,
    a_style,
    a_user,
    an_engine,
    frame,
    make_all,
    newest_take,
    statuses,
)

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("a table", "an apple", "a cat")


def fresh(run: StyleRun) -> StyleRun:
    return StyleRun.objects.get(pk=run.pk)


def test_generate_pressed_twice_makes_nothing_twice() -> None:
    project = a_project(*TEXTS)
    first, second = a_run(project), a_run(project)
    assert first.pk == second.pk
    assert Take.objects.count() == 3


def test_generate_pressed_at_the_same_instant_makes_one_run() -> None:
    project, engine = a_project(*TEXTS), an_engine()
    together = threading.Barrier(4)

    def press() -> None:
        together.wait()
        try:
            a_run(project, engine=engine)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (StyleRun.objects.count(), Take.objects.count()) == (1, 3)


def test_generating_a_finished_run_again_is_refused_and_makes_nothing() -> None:
    project = a_project(*TEXTS)
    a_run(project)
    make_all()
    with pytest.raises(Refusal, match="exists already"):
        a_run(project)
    assert Take.objects.count() == 3


def test_generate_after_new_steps_makes_the_missing_ones_alone() -> None:
    project = a_project(*TEXTS)
    run = a_run(project)
    make_all()
    Step.objects.create(project=project, position=4, title="a lamp")
    a_run(project)
    assert make_all() == 1
    assert statuses(run) == ["completed"] * 4
    assert newest_take(run, 4).source_take_id == newest_take(run, 3).pk


def test_generate_goes_on_with_the_engine_that_made_the_style_last() -> None:
    project, other = a_project(*TEXTS), an_engine("other")
    first = a_run(project, engine=other)
    make_all()
    Step.objects.create(project=project, position=4, title="a lamp")
    assert actions.start(project, user=None, styles=[a_style()], strategy="chained") == [first]
    other.enabled = False
    other.save()
    again = actions.start(project, user=None, styles=[a_style()], strategy="chained")
    assert again[0].engine_id != other.pk, "one that is switched off is not gone on with"


def test_a_step_deleted_from_the_list_leaves_the_run_at_the_next_start_with_its_pictures_kept() -> None:
    project = a_project(*TEXTS)
    run = a_run(project)
    make_all()
    project.steps.get(position=2).remove()
    assert len(statuses(run)) == 3, "nothing changes unasked"
    Step.objects.create(project=project, position=3, title="a lamp")
    a_run(project)
    make_all()
    assert list(run.frames.current().values_list("step__title", flat=True)) == ["a table", "a cat", "a lamp"]
    assert Take.objects.filter(frame__removed=True, status="completed").count() == 1


def test_a_shorter_list_is_taken_over_where_no_picture_is_missing() -> None:
    project = a_project(*TEXTS)
    run = a_run(project)
    make_all()
    run.frames.filter(position=2).update(chosen=None, status="failed")
    StyleRun.objects.update(status=RunStatus.COMPLETED_WITH_ERRORS)
    project.steps.get(position=2).remove()
    a_run(project)
    assert statuses(run) == ["completed", "completed"]
    assert fresh(run).status == RunStatus.COMPLETED, "what was missing is no longer wanted"
    with pytest.raises(Refusal, match="exists already"):
        a_run(project)


def test_a_run_ends_when_all_that_it_still_wanted_has_left_the_list() -> None:
    project = a_project(*TEXTS)
    run = a_run(project)
    assert jobs.make_next()
    assert jobs.make_next()
    project.ordered_steps()[2].remove()
    a_run(project)
    assert fresh(run).status == RunStatus.COMPLETED
    assert dispatch.claim() is None


def test_starting_over_makes_a_second_run_with_the_style_as_it_is_now() -> None:
    project = a_project(*TEXTS)
    first = a_run(project)
    make_all()
    again = actions.start(project, user=None, styles=[a_style()], strategy="chained", engine=an_engine(), fresh=True)
    assert again[0].pk != first.pk
    assert make_all() == 3


def test_an_older_series_is_not_made_beside_a_newer_one_of_its_kind() -> None:
    project, engine = a_project(*TEXTS), an_engine()
    older = a_run(project)
    make_all()
    again = actions.start(project, user=None, styles=[a_style()], strategy="chained", engine=engine, fresh=True)
    with pytest.raises(Refusal, match="Another series in “Clear” is being made"):
        actions.regenerate(frame(older, 2), None)
    assert older.takes.count() == 3
    assert fresh(again[0]).status == RunStatus.GENERATING


def test_drafts_are_not_made_finally_beside_a_series_that_the_same_engine_is_making() -> None:
    project, final = a_project(*TEXTS), an_engine("final")
    draft = a_run(project)
    make_all()
    draft.frames.update(approved=True)
    a_run(project, engine=final)
    with pytest.raises(Refusal, match="Another series in “Clear” is being made"):
        actions.finalize(draft, None, engine=final)
    assert StyleRun.objects.count() == 2


def test_generate_goes_on_with_the_series_that_is_being_made() -> None:
    project, engine = a_project(*TEXTS), an_engine()
    older = a_run(project)
    make_all()
    actions.start(project, user=None, styles=[a_style()], strategy="chained", engine=engine, fresh=True)
    make_all()
    actions.regenerate(frame(older, 2), None)
    with pytest.raises(Refusal, match="still being made"):
        actions.start(project, user=None, styles=[a_style()], strategy="chained", engine=engine, fresh=True)
    assert a_run(project).pk == older.pk


def test_pausing_lets_calls_in_flight_finish_and_starts_nothing_more() -> None:
    run = a_run(a_project(*TEXTS))
    claim = dispatch.claim()
    assert claim is not None
    actions.pause(run, None)
    assert runner.make(claim)
    assert jobs.make_next() is None
    assert statuses(run) == ["completed", "pending", "pending"]
    actions.resume(run, None)
    assert make_all() == 2


def test_a_run_that_ends_while_it_is_paused_says_no_more_that_somebody_paused_it() -> None:
    run = a_run(a_project("a table"))
    claim = dispatch.claim()
    assert claim is not None
    actions.pause(run, a_user("bo"))
    assert runner.make(claim)
    ended = fresh(run)
    assert (ended.status, ended.hold, ended.hold_reason) == (RunStatus.COMPLETED, "", "")


def test_a_picture_that_comes_after_cancelling_is_kept_and_not_chosen() -> None:
    run = a_run(a_project(*TEXTS))
    claim = dispatch.claim()
    assert claim is not None
    actions.cancel(run, None)
    assert runner.make(claim)
    assert statuses(run) == ["cancelled"] * 3
    assert Take.objects.get(kind=TakeKind.LATE).original is not None
    assert Call.objects.get().outcome == "succeeded"


def test_a_cancelled_run_is_gone_on_with_by_generate() -> None:
    project = a_project(*TEXTS)
    run = a_run(project)
    jobs.make_next()
    actions.cancel(run, None)
    assert a_run(project).pk == run.pk
    assert make_all() == 2
    assert fresh(run).status == RunStatus.COMPLETED


def test_a_cancelled_frame_is_skipped_by_its_chain() -> None:
    run = a_run(a_project(*TEXTS))
    actions.cancel_frame(frame(run, 2), None)
    make_all()
    assert statuses(run) == ["completed", "cancelled", "completed"]
    assert newest_take(run, 3).source_take_id == newest_take(run, 1).pk


def test_the_last_picture_that_is_cancelled_ends_its_run_and_is_told_so() -> None:
    run = a_run(a_project("bird", "cat"))
    actions.cancel_frame(frame(run, 1), None)
    actions.cancel_frame(frame(run, 2), None)
    told = Event.objects.filter(kind="frame.cancelled").order_by("number")
    assert [event.payload["finished"] for event in told] == [False, True]


def test_regenerating_keeps_the_old_take_and_draws_another_seed() -> None:
    run = a_run(a_project(*TEXTS))
    make_all()
    old = frame(run, 2).chosen
    actions.regenerate(frame(run, 2), None)
    assert frame(run, 2).status == "completed", "it shows the old picture meanwhile"
    assert make_all() == 1
    new = frame(run, 2).chosen
    assert old is not None
    assert new is not None
    assert new.pk != old.pk
    assert new.seed != old.seed
    assert new.original != old.original
    actions.choose(old, None)
    assert frame(run, 2).chosen == old


def test_regenerating_all_that_follows_makes_each_from_the_new_one_before() -> None:
    run = a_run(a_project(*TEXTS))
    make_all()
    actions.regenerate_following(frame(run, 2), None)
    assert make_all() == 2
    assert newest_take(run, 3).source_take_id == newest_take(run, 2).pk
    assert planning.stale_frames(run) == {}


def test_regenerating_all_that_follows_ends_at_the_hard_cut() -> None:
    run = a_run(a_project("a", "b", "c", "d", cuts=[3]), strategy="shots")
    make_all()
    actions.regenerate_following(frame(run, 1), None)
    assert make_all() == 2


def test_a_queued_picture_waits_for_the_new_take_of_the_one_it_continues_from() -> None:
    run = a_run(a_project(*TEXTS))
    jobs.make_next()
    actions.regenerate(frame(run, 1), None)
    assert newest_take(run, 2).ready_at is None
    make_all()
    assert newest_take(run, 2).source_take_id == newest_take(run, 1).pk


def test_a_failed_regeneration_leaves_the_picture_that_was_there() -> None:
    run = a_run(a_project(*TEXTS), engine=an_engine(max_attempts=1))
    make_all()
    run.engine.options = {"fail_words": ["apple"]}
    run.engine.save()
    actions.regenerate(frame(run, 2), None)
    make_all()
    assert frame(run, 2).status == "completed"
    assert fresh(run).status == RunStatus.COMPLETED


def paused(run: StyleRun) -> None:
    actions.pause(run, None)


def finished(run: StyleRun) -> None:
    make_all()


def shortened(run: StyleRun) -> None:
    """Its first step has left the list."""
    make_all()
    run.project.ordered_steps()[0].remove()
    run.project.steps.create(position=3, title="a dog")
    a_run(run.project)
    make_all()


def thrown_away(run: StyleRun) -> None:
    trash_project(run.project)


@pytest.mark.parametrize(
    ("prepare", "verb", "words"),
    [
        (paused, lambda run: actions.pause(run, None), "Only a run that is being made"),
        (finished, lambda run: actions.resume(run, None), "not paused"),
        (finished, lambda run: actions.cancel(run, None), "ended already"),
        (finished, lambda run: actions.retry_failed(run, None), "Nothing has failed"),
        (finished, lambda run: actions.retry(frame(run, 1), None), "has not failed"),
        (finished, lambda run: actions.cancel_frame(frame(run, 1), None), "Nothing is being made"),
        (paused, lambda run: actions.regenerate(frame(run, 1), None), "being made already"),
        (paused, lambda run: actions.choose(newest_take(run, 1), None), "has no picture"),
        (finished, lambda run: actions.choose(newest_take(run, 1), None), "shown already"),
        (shortened, lambda run: actions.regenerate(run.frames.get(removed=True), None), "has left the list"),
        (shortened, lambda run: actions.regenerate_following(run.frames.get(removed=True), None), "has left the list"),
        (thrown_away, lambda run: a_run(run.project), "in the trash"),
    ],
)
def test_a_verb_that_makes_no_sense_is_refused_and_changes_nothing(
    prepare: Callable[[StyleRun], None], verb: Callable[[StyleRun], Any], words: str
) -> None:
    run = a_run(a_project(*TEXTS))
    prepare(run)
    before = list(Take.objects.values()), fresh(run).status, statuses(run)
    with pytest.raises(Refusal, match=words):
        verb(run)
    assert (list(Take.objects.values()), fresh(run).status, statuses(run)) == before


def test_every_verb_tells_who_did_it() -> None:
    run = a_run(a_project(*TEXTS, owner=a_user("ada")))
    actions.pause(run, a_user("bo"))
    event = run.project.events.latest("number")
    assert (event.kind, event.actor) == ("run.paused", "bo")


def test_a_step_deleted_while_its_picture_is_made_keeps_the_picture_and_the_run_ends() -> None:
    project = a_project(*TEXTS)
    run = a_run(project)
    claim = dispatch.claim()
    assert claim is not None
    project.steps.get(position=1).remove()
    assert runner.make(claim)
    make_all()
    assert statuses(run) == ["completed"] * 3
    assert fresh(run).status == RunStatus.COMPLETED


def test_a_project_deleted_during_a_run_starts_nothing_more_and_the_call_is_booked() -> None:
    project = a_project(*TEXTS)
    run = a_run(project)
    claim = dispatch.claim()
    assert claim is not None
    trash_project(project)
    assert runner.make(claim)
    assert make_all() == 0
    assert Call.objects.get().outcome == "succeeded"
    assert fresh(run).status == RunStatus.CANCELLED
    for verb in (lambda: actions.regenerate(frame(run, 1), None), lambda: a_run(project)):
        with pytest.raises(Refusal, match="in the trash"):
            verb()


def test_going_on_makes_what_was_never_asked_for_and_nothing_else() -> None:
    run = a_run(a_project(*TEXTS), engine=an_engine(options={"fail_words": ["apple"]}, max_attempts=1))
    make_all()
    add_step(Step(project=run.project, description="a dog"), {})
    actions.go_on(run, None)
    assert make_all() == 1
    assert statuses(run) == ["completed", "failed", "completed", "completed"]
    assert newest_take(run, 4).source_take_id == newest_take(run, 3).pk


def test_going_on_is_refused_where_nothing_is_new_or_no_picture_can_be_made() -> None:
    run = a_run(a_project(*TEXTS))
    with pytest.raises(Refusal, match="asked for already"):
        actions.go_on(run, None)
    make_all()
    add_step(Step(project=run.project, description="a dog"), {})
    Engine.objects.update(enabled=False)
    with pytest.raises(Unready, match="switched off"):
        actions.go_on(run, None)
    assert run.takes.count() == run.frames.count() == 3


def test_going_on_leaves_a_paused_run_paused() -> None:
    run = a_run(a_project(*TEXTS))
    actions.pause(run, None)
    add_step(Step(project=run.project, description="a dog"), {})
    actions.go_on(run, None)
    assert fresh(run).status == RunStatus.PAUSED
    assert make_all() == 0
