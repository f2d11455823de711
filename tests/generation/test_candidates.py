"""Several takes of one picture to choose from, one's own among them, and what people do with takes."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from generation import actions, dispatch, planning, runner, settle
from generation.errors import Refusal, Unavailable
from generation.models import Event, Frame, RunStatus, Status, StyleRun, Take
from generation.planning import Variation
from tests.making import a_picture, a_project, a_run, a_style, an_engine, frame, make_all, newest_take, statuses

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("a table", "an apple", "a cat")


def with_candidates(count: int, **fields: Any) -> StyleRun:
    return actions.start(
        a_project(*TEXTS),
        user=None,
        styles=[a_style()],
        strategy="chained",
        engine=an_engine(**fields),
        variation=Variation(candidates=count),
    )[0]


def made_run() -> StyleRun:
    run = a_run(a_project(*TEXTS))
    make_all()
    return run


def stale(run: StyleRun) -> list[int]:
    """The positions of stale pictures."""
    return [Frame.objects.get(pk=pk).position for pk in planning.stale_frames(StyleRun.objects.get(pk=run.pk))]


def test_every_step_has_as_many_takes_as_were_asked_for_with_seeds_of_their_own() -> None:
    run = with_candidates(3)
    make_all()
    for position in (1, 2, 3):
        takes = run.takes.filter(frame__position=position)
        assert [take.kind for take in takes] == ["first", "candidate", "candidate"]
        assert len({take.seed for take in takes}) == 3
        assert frame(run, position).chosen in takes
    run.refresh_from_db()
    assert run.status == RunStatus.COMPLETED


def test_the_next_step_waits_until_no_candidate_is_open() -> None:
    run = with_candidates(2)
    first, second = dispatch.claim(), dispatch.claim()
    assert first is not None
    assert second is not None
    assert dispatch.claim() is None
    runner.make(first)
    assert dispatch.claim() is None
    assert frame(run, 1).status == Status.COMPLETED
    runner.make(second)
    third = dispatch.claim()
    assert third is not None
    assert Take.objects.get(pk=third.take_id).position == 2


def test_a_later_candidate_does_not_take_the_place_of_the_one_that_is_shown() -> None:
    run = with_candidates(2)
    first, second = dispatch.claim(), dispatch.claim()
    assert first is not None
    assert second is not None
    runner.make(second)
    assert frame(run, 1).chosen_id == second.take_id
    runner.make(first)
    assert frame(run, 1).chosen_id == second.take_id


def test_a_candidate_that_fails_leaves_the_step_to_the_others() -> None:
    run = with_candidates(2, max_attempts=1)
    first, second = dispatch.claim(), dispatch.claim()
    assert first is not None
    assert second is not None
    settle.failed(first, Unavailable("away"))
    assert frame(run, 1).status == Status.GENERATING
    runner.make(second)
    assert frame(run, 1).status == Status.COMPLETED
    make_all()
    assert statuses(run) == ["completed"] * 3


def test_more_candidates_can_be_made_of_a_picture_that_is_there() -> None:
    run = made_run()
    shown = frame(run, 2).chosen
    actions.candidates(frame(run, 2), None, count=4)
    assert make_all() == 4
    assert frame(run, 2).chosen == shown
    assert frame(run, 2).takes.filter(status=Status.COMPLETED).count() == 5
    actions.choose(newest_take(run, 2), None)
    assert frame(run, 2).chosen != shown


def test_a_picture_of_ones_own_is_one_more_take_and_is_shown() -> None:
    run = made_run()
    actions.upload(frame(run, 2), a_picture(), run.project.owner)
    take = newest_take(run, 2)
    assert (take.kind, take.status, take.requested_by) == ("upload", Status.COMPLETED, run.project.owner)
    assert frame(run, 2).chosen == take
    assert not take.calls.exists()


def test_whoever_brings_a_picture_does_not_pay_for_the_one_that_was_still_wanted() -> None:
    run = a_run(a_project(*TEXTS))
    actions.upload(frame(run, 1), a_picture(), None)
    assert make_all() == 2
    assert frame(run, 1).chosen == newest_take(run, 1)
    assert newest_take(run, 2).source_take == newest_take(run, 1)
    run.refresh_from_db()
    assert run.status == RunStatus.COMPLETED


def test_a_run_that_ends_with_somebodys_own_picture_is_told_to_have_ended() -> None:
    run = a_run(a_project("a table"))
    actions.upload(frame(run, 1), a_picture(), None)
    told = Event.objects.filter(project=run.project).latest("number")
    assert (told.kind, told.payload["finished"]) == ("take.uploaded", True)


def test_a_picture_that_was_under_way_when_somebody_brought_his_own_is_kept_beside_it() -> None:
    run = made_run()
    actions.regenerate(frame(run, 2), None)
    claim = dispatch.claim()
    assert claim is not None
    actions.upload(frame(run, 2), a_picture(), None)
    runner.make(claim)
    assert frame(run, 2).chosen == run.takes.get(kind="upload")
    assert newest_take(run, 2).kind == "late"


def test_what_was_built_on_a_picture_that_somebody_replaced_is_stale_and_his_own_is_not() -> None:
    run = made_run()
    actions.upload(frame(run, 2), a_picture(), None)
    assert stale(run) == [3]
    run.project.steps.filter(position=2).update(title="two apples")
    assert stale(run) == [3]


def test_a_run_that_failed_is_whole_when_somebody_brings_the_pictures() -> None:
    run = a_run(a_project("a table"), engine=an_engine(options={"fail_words": ["table"]}, max_attempts=1))
    make_all()
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    actions.upload(frame(run, 1), a_picture(), None)
    run.refresh_from_db()
    assert run.status == RunStatus.COMPLETED


def test_a_locked_picture_stays_whatever_is_asked_for() -> None:
    run = made_run()
    shown = frame(run, 2).chosen
    actions.lock(frame(run, 2), None)
    for verb in (actions.regenerate, actions.regenerate_following, actions.candidates):
        with pytest.raises(Refusal, match="locked"):
            verb(frame(run, 2), None)
    with pytest.raises(Refusal, match="locked"):
        actions.upload(frame(run, 2), a_picture(), None)
    actions.regenerate_following(frame(run, 1), None)
    make_all()
    assert frame(run, 2).chosen == shown
    assert [frame(run, position).takes.count() for position in (1, 2, 3)] == [2, 1, 1]
    actions.unlock(frame(run, 2), None)
    actions.regenerate(frame(run, 2), None)


def test_a_take_that_was_under_way_when_its_frame_was_locked_is_kept_beside() -> None:
    run = made_run()
    shown = frame(run, 2).chosen
    actions.regenerate(frame(run, 2), None)
    claim = dispatch.claim()
    assert claim is not None
    actions.lock(frame(run, 2), None)
    runner.make(claim)
    assert frame(run, 2).chosen == shown
    assert newest_take(run, 2).status == Status.COMPLETED


def test_a_take_can_be_put_away_and_brought_back() -> None:
    run = made_run()
    old = frame(run, 2).chosen
    assert old is not None
    actions.regenerate(frame(run, 2), None)
    make_all()
    actions.put_away(old, None)
    assert Take.objects.get(pk=old.pk).put_away_at is not None
    with pytest.raises(Refusal, match="put away already"):
        actions.put_away(old, None)
    actions.choose(old, None)
    assert Take.objects.get(pk=old.pk).put_away_at is None


REFUSED = [
    (lambda run: actions.put_away(newest_take(run, 1), None), "is shown"),
    (lambda run: actions.bring_back(newest_take(run, 1), None), "not put away"),
    (lambda run: actions.candidates(frame(run, 1), None, count=0), "1 to 8"),
    (lambda run: actions.candidates(frame(run, 1), None, count=9), "1 to 8"),
    (lambda run: actions.unlock(frame(run, 1), None), "is not locked"),
]


@pytest.mark.parametrize(("verb", "words"), REFUSED)
def test_a_verb_that_makes_no_sense_is_refused_and_changes_nothing(verb: Any, words: str) -> None:
    run = made_run()
    before = list(Take.objects.values()), list(Frame.objects.values())
    with pytest.raises(Refusal, match=words):
        verb(run)
    assert (list(Take.objects.values()), list(Frame.objects.values())) == before


def test_the_database_itself_refuses_the_same_candidate_twice() -> None:
    run = with_candidates(2)
    take = run.takes.filter(frame__position=1, candidate=1).get()
    take.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        take.save(force_insert=True)
