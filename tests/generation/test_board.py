"""What the board says of every state, and how much it reads to say it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import actions, dispatch, frames, gates, jobs, settle
from generation.errors import NoPicture, OutcomeUnknown, ProviderError, RateLimited, Refused, Unavailable
from generation.models import Call, Engine, Gate, StyleRun, Take, TakeKind, Worker
from generation.pages import failures, wording
from generation.pages.board import Board, load_board
from generation.pages.cards import Card
from generation.pages.pace import Pace, longest_chain, seconds_left
from generation.pages.wording import State
from generation.planning import Variation
from storyboards.models import Step
from tests.making import a_project, a_run, a_style, an_engine, frame, make_all, newest_take

pytestmark = pytest.mark.django_db
works = pytest.mark.django_db(transaction=True)
"""For tests in which a worker works: it closes connections, as in its own process."""


@pytest.fixture(autouse=True)
def a_living_worker() -> Worker:
    return Worker.objects.create(name="test", threads=4, heartbeat_at=timezone.now())


def the_board(run: StyleRun, **options: Any) -> Board:
    return load_board(run.project, **{"editable": True} | options)


def card(run: StyleRun, position: int = 1) -> Card:
    return the_board(run).runs[0].cards[position - 1]


def fail(run: StyleRun, error: ProviderError) -> None:
    """The next picture's only call ends with this."""
    Engine.objects.filter(pk=run.engine_id).update(max_attempts=1)
    claim = dispatch.claim()
    assert claim is not None
    settle.failed(claim, error)


def wait_after(run: StyleRun, gate: str) -> None:
    """As if it had been started so."""
    StyleRun.objects.filter(pk=run.pk).update(gate=gate)
    run.gate = gate
    gates.shut(run)
    frames.follow_frames(run)


# --- words -----------------------------------------------------------------------------------------------------------


def nothing(run: StyleRun) -> None:
    """Started, and that is all."""


def being_made(run: StyleRun) -> None:
    assert dispatch.claim() is not None


def rate_limited(run: StyleRun) -> None:
    fail(run, RateLimited(retry_after=60))


def tried_again(run: StyleRun) -> None:
    claim = dispatch.claim()
    assert claim is not None
    settle.failed(claim, Unavailable())


def paused(run: StyleRun) -> None:
    actions.pause(run, run.project.owner)


def on_hold(run: StyleRun) -> None:
    StyleRun.objects.filter(pk=run.pk).update(hold="budget", hold_reason="The day's budget is used up.")


def gated(run: StyleRun) -> None:
    wait_after(run, Gate.FRAME)


def nobody_works(run: StyleRun) -> None:
    Worker.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=1))


def refused(run: StyleRun) -> None:
    fail(run, Refused())


def cancelled(run: StyleRun) -> None:
    actions.cancel(run, run.project.owner)


@pytest.mark.parametrize(
    ("happens", "first", "second"),
    [
        (nothing, "Queued: position 1", "Waiting: for step 1"),
        (being_made, "Being made", "Waiting: for step 1"),
        (rate_limited, "Waiting: rate limit until", "Waiting: for step 1"),
        (tried_again, "Waiting: the provider was not reached; next try at", "Waiting: for step 1"),
        (paused, "Paused: paused by ada", "Paused: paused by ada"),
        (on_hold, "On hold: The day's budget is used up.", "On hold: The day's budget is used up."),
        (gated, "Queued: position 1", "Waiting: for approval of step 1"),
        (nobody_works, "Queued: no worker is running", "Waiting: for step 1"),
        (refused, "Failed", "Queued: position 1"),
        (cancelled, "Cancelled", "Cancelled"),
    ],
)
def test_a_card_says_how_things_stand_and_what_it_waits_for(happens: Any, first: str, second: str) -> None:
    run = a_run(a_project("Saw the boards", "Nail the walls"))
    happens(run)
    assert [card(run, 1).state.sentence(), card(run, 2).state.sentence()] == [first, second]


@works
def test_a_picture_that_is_there_is_ready() -> None:
    run = a_run(a_project("Saw the boards"))
    make_all()
    shown = card(run)
    assert shown.state.sentence() == "Ready"
    assert shown.picture is not None
    assert (shown.picture.width, shown.picture.height) == (96, 96)


def test_a_wait_beyond_today_names_the_day() -> None:
    tomorrow = timezone.localtime() + timedelta(days=1)
    shown = render_to_string("generation/_state.html", {"state": State("waiting", "Waiting", until=tomorrow)})
    assert f">{tomorrow.day} {tomorrow:%b, %H:%M}</time>" in shown
    shown = render_to_string("generation/_state.html", {"state": State("waiting", "Waiting", until=timezone.now())})
    assert re.search(r">\d\d:\d\d:\d\d</time>", shown)


def test_a_wait_for_a_time_carries_the_time_and_a_picture_being_made_its_start() -> None:
    run = a_run(a_project("Saw the boards"))
    rate_limited(run)
    until = card(run).state.until
    assert until is not None
    assert timedelta(seconds=50) < until - timezone.now() < timedelta(seconds=70)
    Engine.objects.update(cooling_until=None)
    Take.objects.update(not_before=None)
    being_made(run)
    assert card(run).state.since is not None


@pytest.mark.parametrize(
    ("error", "happened", "money"),
    [
        (Refused(), "policy", "It cost nothing."),
        (NoPicture(), "without a picture", "It cost nothing."),
        (OutcomeUnknown(), "no answer came", "It cost nothing."),
    ],
)
def test_a_failure_says_what_happened_whether_it_cost_money_and_what_helps(
    error: ProviderError, happened: str, money: str
) -> None:
    run = a_run(a_project("Saw the boards"))
    fail(run, error)
    told = card(run).failure
    assert told is not None
    assert happened in told.happened
    assert told.money == money  # sketch takes none, whatever the error usually costs
    assert told.system
    assert told.person
    assert told.reference == f"call-{newest_take(run, 1).calls.get().pk}"


@pytest.mark.parametrize(
    ("provider", "money"), [("comfyui", "It cost nothing."), ("openai", "It may have been charged.")]
)
def test_a_cancelled_call_under_way_may_cost_money_where_calls_do(provider: str, money: str) -> None:
    take = Take(error_code="cancelled", attempts=1)
    assert failures.failure(take, Call(provider=provider, charged="")).money == money


def test_every_way_to_fail_has_its_words() -> None:
    def kinds(of: type[ProviderError]) -> Iterator[type[ProviderError]]:
        for kind in of.__subclasses__():
            yield kind
            yield from kinds(kind)

    assert {kind.code for kind in kinds(ProviderError)} <= failures.FAILURES.keys()


@pytest.mark.parametrize(("tries", "words"), [(1, "asked for once"), (3, "asked for 3 times")])
def test_a_failure_says_how_often_it_was_tried(tries: int, words: str) -> None:
    take = Take(error_code="unavailable", attempts=tries)
    assert words in failures.failure(take, None).system


@works
def test_a_regeneration_that_failed_keeps_the_picture_and_says_so() -> None:
    run = a_run(a_project("Saw the boards"))
    make_all()
    actions.regenerate(frame(run, 1), run.project.owner)
    fail(run, Refused())
    shown = card(run)
    assert shown.picture is not None
    assert shown.failure is not None
    assert not shown.retry


@works
def test_a_picture_made_from_an_older_one_is_stale() -> None:
    run = a_run(a_project("Saw the boards", "Nail the walls"))
    make_all()
    actions.regenerate(frame(run, 1), run.project.owner)
    make_all()
    assert [card(run, 1).stale, bool(card(run, 2).stale)] == ["", True]


@works
def test_partial_success_reads_as_such_and_offers_to_retry_the_rest() -> None:
    run = a_run(a_project("Saw the boards", "Nail the walls", "Add the roof"))
    fail(run, Refused())
    make_all()
    heading = the_board(run).runs[0]
    assert heading.summary == "2 of 3 done, 1 failed"
    assert heading.state.word == "Complete with gaps"
    assert [verb.label for verb in heading.verbs] == ["Retry 1 failed"]


def test_what_was_cancelled_is_not_called_failed() -> None:
    run = a_run(a_project("Saw the boards", "Nail the walls"))
    cancelled(run)
    assert [verb.label for verb in the_board(run).runs[0].verbs] == ["Retry 2 cancelled"]
    run.frames.filter(position=1).update(status="failed")
    assert [verb.label for verb in the_board(run).runs[0].verbs] == ["Retry 2 missing"]


def test_a_heading_counts_and_offers_what_makes_sense() -> None:
    run = a_run(a_project("Saw the boards", "Nail the walls"))
    being_made(run)
    heading = the_board(run).runs[0]
    assert heading.line == "Generating images: 0/2 (0%)"
    assert heading.summary == "0 of 2 done, 1 being made"
    assert heading.left == "estimating the time left"
    assert [verb.name for verb in heading.verbs] == ["pause", "cancel", "to_front"]


def test_viewers_are_offered_nothing() -> None:
    run = a_run(a_project("Saw the boards"))
    refused(run)
    shown = load_board(run.project, editable=False)
    assert not shown.runs[0].verbs
    assert not shown.rows[0].cards[0].retry


@works
def test_the_time_left_is_judged_by_the_last_pictures() -> None:
    run = a_run(a_project(*(f"Step {number}" for number in range(1, 7))))
    for _ in range(3):
        jobs.make_next()
    assert "left (based on the last 3 images)" in the_board(run).runs[0].left


@works
def test_the_time_left_counts_every_candidate_that_is_still_to_come() -> None:
    run = a_run(a_project("One", "Two", "Three"), engine=an_engine(max_parallel=1))
    for _ in range(3):
        jobs.make_next()
    Call.objects.update(finished_at=F("sent_at") + timedelta(minutes=1))
    actions.candidates(frame(run, 2), None, count=3)
    assert the_board(run).runs[0].left == "about 3 min left (based on the last 3 images)"


@works
def test_nothing_is_estimated_while_nothing_moves() -> None:
    run = a_run(a_project(*(f"Step {number}" for number in range(1, 7))))
    for _ in range(3):
        jobs.make_next()
    rate_limited(run)
    heading = the_board(run).runs[0]
    assert heading.state.sentence() == "Waiting: rate limit until"
    assert heading.left == ""
    Engine.objects.update(cooling_until=None)
    heading = the_board(run).runs[0]
    assert heading.state.sentence() == "Waiting: next try at"
    assert heading.left == ""
    Take.objects.update(not_before=None)
    Worker.objects.all().delete()
    heading = the_board(run).runs[0]
    assert heading.state.sentence() == "Queued: no worker is running"
    assert heading.left == ""


@works
def test_an_estimate_that_has_proved_wrong_is_not_repeated() -> None:
    run = a_run(a_project(*(f"Step {number}" for number in range(1, 7))))
    for _ in range(3):
        jobs.make_next()
    being_made(run)
    assert the_board(run).runs[0].left_holds > 0
    Take.objects.filter(status="generating").update(started_at=timezone.now() - timedelta(minutes=1))
    assert the_board(run).runs[0].left == "longer than usual"


def test_steps_that_came_later_stand_on_the_board_without_a_picture() -> None:
    run = a_run(a_project("Saw the boards"))
    Step.objects.create(project=run.project, position=2, title="Nail the walls")
    shown = the_board(run)
    assert [row.cards[0].state.sentence() for row in shown.rows] == [
        "Queued: position 1",
        "Not made yet: new since this run began",
    ]
    assert shown.runs[0].repair == "1 step is new"


@works
def test_a_deleted_step_keeps_its_picture_on_the_board() -> None:
    run = a_run(a_project("Saw the boards", "Nail the walls"))
    make_all()
    run.project.steps.get(position=1).remove()
    shown = the_board(run)
    assert [(row.step.title, row.step.deleted) for row in shown.rows] == [
        ("Saw the boards", True),
        ("Nail the walls", False),
    ]
    assert shown.runs[0].repair == "1 step is gone from the list"


@works
def test_the_newest_run_of_each_style_is_shown_and_the_others_are_listed() -> None:
    project = a_project("Saw the boards")
    first = a_run(project)
    make_all()
    again = actions.start(
        project, user=project.owner, styles=[a_style()], strategy="chained", engine=an_engine(), fresh=True
    )[0]
    comic = a_run(project, style="comic")
    shown = load_board(project, editable=True)
    assert [run.run for run in shown.runs] == [again, comic]
    assert [other.run for other in shown.others] == [first]
    assert [run.run for run in load_board(project, editable=True, only_run=first.pk).runs] == [first]


# --- judged, kept, taken over ----------------------------------------------------------------------------------------


def waiting_for_approval() -> StyleRun:
    """Of two pictures, the first made."""
    run = a_run(a_project("Saw the boards", "Nail the walls"))
    wait_after(run, Gate.FRAME)
    make_all()
    run.refresh_from_db()
    return run


@works
def test_a_run_that_waits_for_approval_says_what_to_approve_and_offers_it() -> None:
    run = waiting_for_approval()
    shown = the_board(run)
    heading, (first, second) = shown.runs[0], shown.runs[0].cards
    assert heading.state.sentence() == "Waiting for approval: approve step 1 to go on"
    assert {"approve", "ungate"} <= {verb.name for verb in heading.verbs}
    assert (first.state.sentence(), first.approve) == ("Waiting for approval", True)
    assert (second.state.sentence(), second.approve) == ("Waiting: for approval of step 1", False)
    assert shown.asks
    seen = load_board(run.project, editable=False).runs[0]
    assert (seen.state.sentence(), seen.cards[0].approve) == ("Waiting for approval", False)


@works
def test_an_approved_picture_says_so_and_the_next_is_made() -> None:
    run = waiting_for_approval()
    actions.approve_frame(frame(run, 1), run.project.owner)
    first, second = the_board(run).runs[0].cards
    assert [mark.word for mark in first.marks] == ["Approved"]
    assert not first.approve
    assert second.state.word == "Queued"


@works
def test_beats_are_called_by_their_names() -> None:
    run = a_run(a_project("Saw the boards", "Nail the walls"))
    Step.objects.filter(position=1).update(beat="1.1")
    assert card(run, 2).state.sentence() == "Waiting: for beat 1.1"
    gated(run)
    assert card(run, 2).state.sentence() == "Waiting: for approval of beat 1.1"


@works
@pytest.mark.parametrize(
    ("kind", "words"),
    [(TakeKind.REUSE, "Ready: existed already, free"), (TakeKind.UPLOAD, "Ready: own picture")],
)
def test_a_picture_that_was_not_made_for_this_says_where_it_is_from(kind: str, words: str) -> None:
    run = a_run(a_project("Saw the boards"))
    make_all()
    Take.objects.update(kind=kind)
    assert card(run).state.sentence() == words


@works
def test_a_locked_picture_says_so_and_is_not_offered_again() -> None:
    run = a_run(a_project("Saw the boards"))
    make_all()
    assert card(run).again
    actions.lock(frame(run, 1), run.project.owner)
    shown = card(run)
    assert [mark.word for mark in shown.marks] == ["Locked"]
    assert not shown.again


@works
def test_several_pictures_are_told_as_a_choice_until_somebody_has_decided() -> None:
    run = a_run(a_project("Saw the boards"))
    make_all()
    actions.candidates(frame(run, 1), run.project.owner, count=2)
    make_all()
    assert card(run).candidates == 3
    actions.put_away(newest_take(run, 1), run.project.owner)
    assert card(run).candidates == 2
    actions.approve_frame(frame(run, 1), run.project.owner)
    assert card(run).candidates == 0


@works
def test_a_heading_tells_what_is_no_longer_as_it_would_be_made() -> None:
    run = a_run(a_project("Saw the boards", "Nail the walls", "Add the roof"))
    make_all()
    assert the_board(run).runs[0].repair == ""
    Step.objects.filter(position__in=(1, 3)).update(title="Another text")
    Step.objects.create(project=run.project, position=4, title="A bird moves in")
    assert the_board(run).runs[0].repair == "2 pictures are stale, 1 step is new"
    actions.lock(frame(run, 1), run.project.owner)
    assert the_board(run).runs[0].repair == "1 picture is stale, 1 step is new"


# --- how much is read ------------------------------------------------------------------------------------------------


def queries_of(run: StyleRun) -> int:
    project = run.project.__class__.objects.get(pk=run.project_id)
    with CaptureQueriesContext(connection) as captured:
        load_board(project, editable=True)
    return len(captured)


def test_a_board_of_sixty_steps_reads_as_often_as_one_of_three() -> None:
    short = a_run(a_project("One", "Two", "Three"))
    long = a_run(a_project(*(f"Step {number}" for number in range(60))))
    assert queries_of(long) == queries_of(short) <= 16


def test_three_styles_read_as_often_as_one() -> None:
    one, three = a_project("One", "Two"), a_project("One", "Two")
    run = a_run(one)
    for style in ("illustration", "clear", "consistent"):
        last = a_run(three, style=style)
    assert queries_of(last) == queries_of(run)


# --- estimates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waiting", "longest"),
    [({}, 0), ({1: None}, 1), ({1: None, 2: 1, 3: 2}, 3), ({2: 1, 3: 2}, 2), ({1: None, 2: None, 3: 1}, 2)],
)
def test_the_longest_chain_counts_what_must_wait_for_each_other(waiting: dict[int, int | None], longest: int) -> None:
    assert longest_chain(waiting) == longest


def test_a_chain_of_five_hundred_is_no_deep_recursion() -> None:
    assert longest_chain({number: number - 1 for number in range(500, 0, -1)}) == 500


def test_independent_pictures_share_the_engine() -> None:
    assert seconds_left(dict.fromkeys(range(10)), 4, Pace(seconds=2.0, observations=5)) == 6.0
    assert (
        seconds_left(dict.fromkeys(range(10)), 4, Pace(seconds=2.0, observations=5), dict.fromkeys(range(10), 2))
        == 10.0
    )


@works
def test_all_that_are_made_to_choose_from_count_for_the_time_and_none_is_a_take_before_it_is_made() -> None:
    run = actions.start(
        a_project(*(f"Step {number}" for number in range(4))),
        user=None, styles=[a_style()], strategy="independent", engine=an_engine(max_parallel=1),
        variation=Variation(candidates=8),
    )[0]  # fmt: skip
    for _ in range(3):
        jobs.make_next()
    Call.objects.update(finished_at=F("sent_at") + timedelta(seconds=2))
    shown = the_board(run).runs[0]
    assert shown.left == "about 60 s left (based on the last 3 images)"  # 29 more, one at a time
    assert [card.takes for card in shown.cards] == [3, 0, 0, 0]


@works
def test_a_free_series_tells_once_how_it_is_made_finally() -> None:
    project = a_project("Saw the boards")
    for style in ("illustration", "clear"):
        draft = a_run(project, style=style)
    assert the_board(draft).drafts is None
    make_all()
    shown = the_board(draft)
    assert shown.drafts is shown.runs[0]
    actions.approve_frame(frame(draft, 1), None)
    actions.finalize(draft, None, engine=an_engine("final"))
    assert the_board(draft).drafts is None


@pytest.mark.parametrize(("parallel", "turns"), [(1, 7), (2, 5), (3, 3)])
def test_a_chain_waits_for_all_candidates_of_a_picture(parallel: int, turns: int) -> None:
    """Two pictures of which three each are wanted, and one more."""
    chain = {1: None, 2: 1, 3: 2}
    assert seconds_left(chain, parallel, Pace(seconds=1.0, observations=5), {1: 3, 2: 3}) == turns


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "under 5 s"), (38, "about 40 s"), (89, "about 90 s"), (200, "about 3 min"), (7300, "about 2 h")],
)
def test_durations_are_rough(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("labels", "words"), [([], ""), (["2"], "2"), (["2", "3"], "2 and 3"), (["2", "3", "4"], "2, 3 and 4")]
)
def test_lists_read_as_people_say_them(labels: list[str], words: str) -> None:
    assert wording.listing(labels) == words


@works
def test_the_series_that_was_worked_on_last_is_shown_though_another_is_newer() -> None:
    project = a_project("a table", "an apple")
    older, newer = a_run(project, engine=an_engine("one")), a_run(project, engine=an_engine("two"))
    make_all()
    actions.regenerate(frame(older, 1), None)
    make_all()
    board = load_board(project, editable=True)
    assert [view.run.pk for view in board.runs] == [older.pk]
    assert [other.run.pk for other in board.others] == [newer.pk]
