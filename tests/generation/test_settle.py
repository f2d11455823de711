"""How takes end, and what follows."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from generation import actions, dispatch, events, jobs, planning, runner, settle
from generation.errors import OutcomeUnknown, Refusal
from generation.models import Call, Engine, Event, Hold, Outcome, RunStatus, Status, StyleRun, Take, TakeKind
from storyboards import pictures
from tests.making import a_project, a_run, an_engine, frame, make_all, newest_take, statuses

pytestmark = pytest.mark.django_db(transaction=True)


def run_of(*texts: str, strategy: str = "chained", **options: Any) -> StyleRun:
    return a_run(a_project(*texts), strategy, an_engine(options=options, max_attempts=1))


def fresh(run: StyleRun) -> StyleRun:
    return StyleRun.objects.get(pk=run.pk)


def claim() -> dispatch.Claim:
    found = dispatch.claim()
    assert found is not None
    return found


def test_a_finished_chain_is_one_line_of_pictures() -> None:
    run = run_of("a table", "an apple", "a cat")
    assert make_all() == 3
    takes = list(run.takes.order_by("position"))
    assert [take.source_take_id for take in takes] == [None, takes[0].pk, takes[1].pk]
    assert fresh(run).status == RunStatus.COMPLETED
    assert all(take.original and take.thumbnail and take.prompt and take.digest for take in takes)


def test_a_failed_picture_does_not_end_its_chain() -> None:
    run = run_of("a table", "an apple that breaks", "a cat", fail_words=["breaks"])
    make_all()
    assert statuses(run) == ["completed", "failed", "completed"]
    assert newest_take(run, 3).source_take_id == newest_take(run, 1).pk, "it continues from the last good picture"
    assert fresh(run).status == RunStatus.COMPLETED_WITH_ERRORS


def test_a_chain_whose_first_picture_fails_begins_with_the_second() -> None:
    run = run_of("a table that breaks", "an apple", fail_words=["breaks"])
    make_all()
    second = newest_take(run, 2)
    assert second.source_take_id is None
    assert "attached picture" not in second.prompt


def test_a_run_fails_only_without_any_picture() -> None:
    run = run_of("this breaks", "breaks too", fail_words=["breaks"])
    make_all()
    assert fresh(run).status == RunStatus.FAILED


def test_a_frame_made_from_a_substitute_is_stale_once_its_true_source_succeeds() -> None:
    run = run_of("a table", "an apple that breaks", "a cat", fail_words=["breaks"])
    make_all()
    Engine.objects.update(options={})
    actions.retry_failed(run, None)
    make_all()
    assert statuses(run) == ["completed"] * 3
    assert fresh(run).status == RunStatus.COMPLETED
    assert planning.stale_frames(run) == {frame(run, 3).pk: "made from an older picture than step 2 shows now"}


@pytest.mark.parametrize(
    ("options", "code", "outcome"),
    [
        ({"fail_words": ["table"]}, "unavailable", Outcome.FAILED),
        ({"refuse_words": ["table"]}, "refused", Outcome.REFUSED),
        ({"no_picture_words": ["table"]}, "no_picture", Outcome.FAILED),
        ({"timeout_words": ["table"]}, "outcome_unknown", Outcome.UNKNOWN),
    ],
)
def test_each_failure_is_booked_under_its_own_name(options: dict[str, Any], code: str, outcome: str) -> None:
    run = run_of("a table", **options)
    make_all()
    take, call = newest_take(run, 1), Call.objects.get()
    assert (take.error_code, call.error_code, call.outcome) == (code, code, outcome)
    assert take.error_message
    assert call.charged == "no", "sketch takes no money"


def test_a_failure_that_may_pass_is_tried_again_and_then_succeeds() -> None:
    run = a_run(a_project("a table"), engine=an_engine(options={"fail_first": 2}, max_attempts=3))
    for attempt in (1, 2):
        make_all()
        take = newest_take(run, 1)
        assert (take.status, take.attempts, take.failures) == (Status.PENDING, attempt, attempt)
        assert take.not_before is not None
        Take.objects.update(not_before=None)
    make_all()
    assert newest_take(run, 1).status == Status.COMPLETED
    assert Call.objects.count() == 3


def test_a_rate_limit_cools_the_engine_and_fails_nothing() -> None:
    engine = an_engine(options={"rate_limit": {"calls": 1, "window": 30}}, max_attempts=1)
    run = a_run(a_project("a table", "an apple"), "independent", engine)
    make_all()
    engine.refresh_from_db()
    assert engine.cooling_until is not None
    assert engine.cooling_until > timezone.now() + timedelta(seconds=20)
    limited = newest_take(run, 2)
    assert (limited.status, limited.failures) == (Status.PENDING, 0)
    assert fresh(run).status == RunStatus.GENERATING


def test_a_late_answer_is_kept_and_chosen_by_nobody() -> None:
    run = run_of("a table")
    late = claim()
    Take.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert settle.return_expired() == 1
    Take.objects.update(not_before=None, status=Status.PENDING)
    StyleRun.objects.update(status=RunStatus.GENERATING)
    make_all()
    chosen = frame(run, 1).chosen_id
    assert runner.make(late), "the stopped worker wakes up and goes on"
    kept = Take.objects.get(kind=TakeKind.LATE)
    assert (kept.status, frame(run, 1).chosen_id) == (Status.COMPLETED, chosen)
    assert kept.pk != chosen
    assert Call.objects.get(pk=late.call_id).outcome == Outcome.SUCCEEDED


def test_a_call_whose_worker_died_is_unknown_and_asked_once_more() -> None:
    run = a_run(a_project("a table"), engine=an_engine(max_attempts=2))
    for expected in (Status.PENDING, Status.FAILED):
        claim()
        Take.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert settle.return_expired() == 1
        assert newest_take(run, 1).status == expected
        Take.objects.update(not_before=None)
    assert set(Call.objects.values_list("outcome", flat=True)) == {Outcome.UNKNOWN}


def test_a_job_that_the_vendor_knows_by_name_is_gone_on_with_and_not_paid_again() -> None:
    a_run(a_project("a table"))
    first = claim()
    Call.objects.update(remote_id="job-7")
    Take.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert settle.return_expired() == 1
    again = claim()
    assert (again.call_id, again.resume) == (first.call_id, "job-7")
    assert again.fence == first.fence + 1
    assert Call.objects.count() == 1


@pytest.mark.parametrize("wakes_up", [lambda late: settle.failed(late, OutcomeUnknown()), runner.make])
def test_a_job_that_another_worker_goes_on_with_is_not_closed_by_the_first(wakes_up: Callable[[Any], Any]) -> None:
    run = a_run(a_project("a table"))
    late = claim()
    Call.objects.update(remote_id="job-7")
    Take.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    settle.return_expired()
    again = claim()
    wakes_up(late)
    call = Call.objects.get()
    assert (call.outcome, call.take_id) == (Outcome.SENT, newest_open(run).pk)
    assert runner.make(again)
    assert frame(run, 1).chosen_id == call.take_id


def test_a_failure_outlives_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of("this breaks", fail_words=["breaks"])
    monkeypatch.setattr(runner, "SETTLE_WAITS", (0.0, 0.0))
    monkeypatch.setattr(settle, "failed", away_once(settle.failed))
    make_all()
    assert newest_take(run, 1).error_code == "unavailable", "the vendor's word, not a fault of our own"


@pytest.mark.parametrize("remote_id", ["", "job-7"])
def test_a_late_answer_is_taken_where_nobody_asked_anew(remote_id: str) -> None:
    run = a_run(a_project("a table"), engine=an_engine(max_attempts=2))
    late = claim()
    Take.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    Call.objects.update(remote_id=remote_id)
    assert settle.return_expired() == 1
    actions.pause(fresh(run), None)
    assert runner.make(late), "the stopped worker wakes up and goes on"
    assert (frame(run, 1).chosen_id, newest_take(run, 1).error_code) == (late.take_id, "")
    assert Call.objects.get().outcome == Outcome.SUCCEEDED
    assert fresh(run).status == RunStatus.COMPLETED


def test_a_call_that_was_cancelled_and_whose_worker_died_is_closed_in_the_end() -> None:
    """Else it would count for ever as one in flight, and its account allows only so many."""
    run = run_of("a table")
    claim()
    actions.cancel(run, None)
    assert settle.write_off() == 0, "its answer may still come"
    Take.objects.update(deadline=timezone.now() - dispatch.GRACE - timedelta(seconds=1))
    assert settle.write_off() == 1
    call = Call.objects.get()
    assert (call.outcome, call.error_code, call.finished_at is None) == (Outcome.UNKNOWN, "outcome_unknown", False)


def test_a_job_that_was_paid_is_gone_on_with_whatever_holds_its_run() -> None:
    run = a_run(a_project("a table"), engine=an_engine(enabled=True))
    first = claim()
    Call.objects.update(remote_id="job-7")
    Take.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    settle.return_expired()
    actions.pause(fresh(run), None)
    actions.throw_switch("sketch", user=None)
    assert dispatch.claim() is None, "nobody has looked for it yet"
    dispatch.look_for_orphans()
    again = claim()
    assert (again.call_id, again.resume) == (first.call_id, "job-7")
    assert dispatch.claim() is None
    assert Call.objects.count() == 1
    assert runner.make(again)
    assert frame(run, 1).chosen is not None


def test_whoever_slept_past_his_lease_does_not_end_the_job_that_another_goes_on_with() -> None:
    a_run(a_project("a table"))
    late = runner.LiveCall(runner.prepare(claim()))
    Call.objects.update(remote_id="job-7")
    Take.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    settle.return_expired()
    again = runner.LiveCall(runner.prepare(claim()))
    late._next_look = again._next_look = 0.0
    with pytest.raises(OutcomeUnknown, match="Another worker"):
        late.cancelled()
    assert not again.cancelled()
    Take.objects.update(status=Status.CANCELLED)
    again._next_look = 0.0
    assert again.cancelled()


def newest_open(run: StyleRun) -> Take:
    return run.takes.get(status=Status.GENERATING)


def test_a_lease_that_was_renewed_meanwhile_is_not_taken_back() -> None:
    a_run(a_project("a table"))
    claim()
    assert settle.return_expired() == 0


def test_a_fault_of_our_own_ends_the_take_and_not_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of("a table", "an apple")

    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(planning, "build_prompt", broken)
    assert jobs.make_next() is not None
    assert newest_take(run, 1).error_code == "internal"
    assert "call-" in newest_take(run, 1).error_message


def test_a_run_whose_engines_provider_is_gone_is_held_and_loses_nothing() -> None:
    run = run_of("a table")
    Engine.objects.update(provider="gone")
    assert jobs.make_next() is None
    assert (fresh(run).hold, fresh(run).status) == (Hold.NO_KEY, RunStatus.GENERATING)
    assert "not installed" in fresh(run).hold_reason
    assert newest_take(run, 1).status == Status.PENDING
    assert not Call.objects.exists()
    with pytest.raises(Refusal, match="not installed: gone"):
        actions.start(run.project, user=None, styles=[run.style], strategy="chained", engine=fresh(run).engine)


def away_once(real: Callable[..., Any]) -> Callable[..., Any]:
    """The same, after the database was away for a moment."""
    left = [OperationalError("server closed the connection"), InterfaceError("connection already closed")]

    def act(*args: Any) -> Any:
        if left:
            raise left.pop()
        return real(*args)

    return act


@pytest.mark.parametrize(
    ("where", "what"),
    [(pictures, "store"), (settle, "completed"), (runner.LiveCall, "_look")],
    ids=["stored", "booked", "asked whether it was cancelled"],
)
def test_a_picture_in_hand_outlives_a_database_that_is_away(
    where: Any, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of("a table", seconds=0.3)
    monkeypatch.setattr(runner, "SETTLE_WAITS", (0.0, 0.0))
    monkeypatch.setattr(runner.LiveCall, "CANCELLED_EVERY", 0.0)
    monkeypatch.setattr(where, what, away_once(getattr(where, what)))
    make_all()
    assert fresh(run).status == RunStatus.COMPLETED
    assert Call.objects.get().outcome == Outcome.SUCCEEDED


def test_the_full_size_file_comes_later_and_is_told() -> None:
    run = run_of("a table")
    make_all()
    take = newest_take(run, 1)
    assert take.display is None
    jobs.derive_files(take.pk)
    take.refresh_from_db()
    assert take.display is not None
    assert take.original is not None
    assert (take.display.content_type, take.display.width) == ("image/webp", take.original.width)
    assert Event.objects.filter(kind="take.display").exists()


def lose_file(take: Take) -> None:
    assert take.original is not None
    take.original.file.delete(save=False)


def spoil_file(take: Take) -> None:
    assert take.original is not None
    Path(take.original.file.path).write_bytes(b"rubbish")


@pytest.mark.parametrize("harm", [lose_file, spoil_file])
def test_a_file_that_cannot_be_encoded_is_not_tried_for_ever(harm: Callable[[Take], None]) -> None:
    run = run_of(f"a table {harm.__name__}")
    make_all()
    take = newest_take(run, 1)
    harm(take)
    jobs.derive_files(take.pk)
    take.refresh_from_db()
    assert take.display_id == take.original_id


def test_a_thread_with_nothing_to_do_holds_no_connection() -> None:
    assert jobs.make_next() is None
    assert connection.connection is None
    jobs.derive_files(0)
    assert connection.connection is None


def test_old_history_is_forgotten_and_numbers_go_on() -> None:
    run = run_of("a table")
    make_all()
    last = Event.objects.latest("number").number
    Event.objects.filter(number__lt=last).update(at=timezone.now() - timedelta(days=30))
    assert events.forget_old() == last - 1
    actions.regenerate(frame(run, 1), None)
    assert list(Event.objects.values_list("number", flat=True)) == [last, last + 1]


def test_event_numbers_have_no_gaps() -> None:
    run = run_of("a table", "an apple that breaks", "a cat", fail_words=["breaks"])
    make_all()
    numbers = list(Event.objects.filter(project=run.project).values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
