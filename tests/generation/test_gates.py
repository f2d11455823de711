"""Runs that stop and wait until somebody has approved what there is."""

from typing import Any

import pytest

from generation import actions, dispatch, runner
from generation.errors import Refusal
from generation.models import Event, Frame, Hold, RunStatus, StyleRun
from generation.planning import Variation
from storyboards import editing
from storyboards.models import Project, Step
from tests.making import a_project, a_style, an_engine, frame, make_all, newest_take, statuses

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("a table", "an apple", "a cat", "a lamp", "a bird")


def gated(gate: str, after: int = 1, project: Project | None = None, **fields: Any) -> StyleRun:
    return actions.start(
        project or a_project(*TEXTS, cuts=[3]),
        user=None,
        styles=[a_style()],
        strategy=fields.pop("strategy", "chained"),
        engine=an_engine(),
        variation=Variation(gate=gate, gate_after=after, **fields),
    )[0]


def made(run: StyleRun) -> list[int]:
    """Positions that have a picture, after everything was made that may be."""
    make_all()
    run.refresh_from_db()
    return list(run.frames.current().filter(chosen__isnull=False).values_list("position", flat=True))


@pytest.mark.parametrize("strategy", ["chained", "shots", "cumulative", "independent"])
@pytest.mark.parametrize(
    ("gate", "after", "stops"),
    [
        ("frame", 1, [1, 2, 3, 4, 5]),
        ("shot", 1, [2, 5]),
        ("first", 3, [3, 5]),
        ("first", 9, [5]),
        ("", 1, [5]),
    ],
)
def test_a_run_stops_where_its_gate_says_and_goes_on_when_it_is_approved(
    gate: str, after: int, stops: list[int], strategy: str
) -> None:
    run = gated(gate, after, strategy=strategy)
    for stop in stops:
        assert made(run) == list(range(1, stop + 1))
        if stop < len(TEXTS):
            assert (run.status, run.hold) == (RunStatus.GENERATING, Hold.APPROVAL)
            actions.approve(run, None)
    assert (run.status, run.hold) == (RunStatus.COMPLETED, "")


def test_what_it_waits_for_is_said_by_the_names_of_the_steps() -> None:
    project = a_project(*TEXTS)
    project.steps.filter(position=1).update(beat="1.1")
    run = gated("first", 1, project)
    made(run)
    assert run.hold_reason == "approve beat 1.1 to go on"
    other = gated("first", 3, a_project(*TEXTS, title="Other"))
    made(other)
    assert other.hold_reason == "approve steps 1 to 3 to go on"


def test_what_is_approved_already_is_not_asked_for_again() -> None:
    run = gated("first", 4)
    made(run)
    said = []
    for position in (2, 1):
        actions.approve_frame(frame(run, position), None)
        run.refresh_from_db()
        said.append(run.hold_reason)
    actions.unapprove_frame(frame(run, 1), None)
    run.refresh_from_db()
    assert [*said, run.hold_reason] == [
        "approve steps 1 and 3 to 4 to go on",
        "approve steps 3 to 4 to go on",
        "approve steps 1 and 3 to 4 to go on",
    ]


def test_shots_are_told_apart_by_their_names_where_they_have_names() -> None:
    project = a_project(*TEXTS)
    for step, shot in zip(project.ordered_steps(), ["1", "2", "2", "2", "3"], strict=True):
        Step.objects.filter(pk=step.pk).update(shot=shot)
    run = gated("shot", project=project)
    assert made(run) == [1]
    actions.approve(run, None)
    assert made(run) == [1, 2, 3, 4]


def test_approving_every_picture_of_the_segment_opens_the_next_one() -> None:
    run = gated("shot")
    made(run)
    actions.approve_frame(frame(run, 1), None)
    assert made(run) == [1, 2]
    assert run.hold == Hold.APPROVAL
    actions.approve_frame(frame(run, 2), None)
    assert made(run) == [1, 2, 3, 4, 5]


def test_an_approved_picture_needs_approval_again_when_another_one_is_shown() -> None:
    run = gated("shot")
    made(run)
    actions.approve_frame(frame(run, 1), None)
    actions.regenerate(frame(run, 1), None)
    make_all()
    assert not frame(run, 1).approved
    run.refresh_from_db()
    assert run.hold == Hold.APPROVAL


def test_a_picture_that_failed_does_not_keep_the_gate_shut() -> None:
    run = actions.start(
        a_project(*TEXTS),
        user=None,
        styles=[a_style()],
        strategy="chained",
        engine=an_engine(options={"fail_words": ["table"]}, max_attempts=1),
        variation=Variation(gate="frame"),
    )[0]
    assert made(run) == []
    assert run.hold == Hold.APPROVAL
    actions.approve(run, None)
    assert made(run) == [2]


def test_the_first_pictures_can_be_made_again_while_the_run_waits() -> None:
    run = gated("first", 2)
    made(run)
    actions.regenerate(frame(run, 2), None)
    assert made(run) == [1, 2]
    assert newest_take(run, 2).kind == "regenerate"
    assert run.hold == Hold.APPROVAL


def test_whoever_pauses_and_resumes_a_waiting_run_has_not_approved_it() -> None:
    run = gated("frame")
    made(run)
    with pytest.raises(Refusal):
        actions.resume(run, None)
    actions.pause(run, None)
    actions.resume(run, None)
    assert made(run) == [1]
    assert run.hold == Hold.APPROVAL


def test_approving_twice_approves_nothing_that_nobody_has_seen() -> None:
    run = gated("frame")
    made(run)
    actions.approve(run, None, upto=1)
    assert made(run) == [1, 2]
    with pytest.raises(Refusal, match="approved already"):
        actions.approve(run, None, upto=1)
    assert made(run) == [1, 2]
    actions.approve(run, None, upto=2)
    assert made(run) == [1, 2, 3]


def test_generate_pressed_again_is_no_approval() -> None:
    run = gated("frame")
    made(run)
    assert gated("frame", project=run.project).pk == run.pk
    assert made(run) == [1]
    assert run.hold == Hold.APPROVAL


def test_a_gate_can_be_taken_away() -> None:
    run = gated("frame")
    made(run)
    actions.ungate(run, None)
    assert made(run) == [1, 2, 3, 4, 5]
    with pytest.raises(Refusal, match="does not wait"):
        actions.ungate(run, None)


def test_a_step_that_is_inserted_goes_with_the_gate() -> None:
    """What was let through stays so; what is new beyond it waits as all the rest."""
    run = gated("first", 2)
    made(run)
    first = run.project.ordered_steps()[0]
    editing.add_step(Step(project=run.project, title="a cup"), {}, after=first)
    actions.update(run, None)
    assert made(run) == [1, 2, 3]
    run.refresh_from_db()
    assert run.hold == Hold.APPROVAL
    editing.delete_step(run.project.ordered_steps()[2])
    actions.update(run, None)
    assert made(run) == [1, 2]


def test_a_step_that_is_moved_to_the_end_opens_no_gate() -> None:
    project = a_project(*TEXTS)
    run = gated("frame", project=project, strategy="independent")
    made(run)
    editing.move_step(project.ordered_steps()[0], "bottom")
    actions.update(run, None)
    assert made(run) == [1, 5]
    assert run.hold_reason == "approve step 1 to go on"
    actions.approve(run, None)
    assert made(run) == [1, 2, 5]


def test_a_step_among_the_first_pictures_is_one_of_them() -> None:
    project = a_project(*TEXTS)
    run = gated("first", 3, project)
    made(run)
    editing.add_step(Step(project=project, title="a dog"), {}, after=project.ordered_steps()[0])
    actions.update(run, None)
    assert made(run) == [1, 2, 3, 4]
    assert run.hold_reason == "approve steps 1 to 4 to go on"
    for position in (1, 2, 3, 4):
        actions.approve_frame(frame(run, position), None)
    assert made(run) == [1, 2, 3, 4, 5, 6]


def test_a_step_that_is_added_to_a_finished_run_waits_at_the_gate_again() -> None:
    run = gated("frame", project=a_project("a table"))
    assert made(run) == [1]
    assert run.status == RunStatus.COMPLETED
    for text in ("a cat", "a lamp"):
        editing.add_step(Step(project=run.project, title=text), {})
    actions.go_on(run, None)
    assert made(run) == [1, 2]
    assert run.hold == Hold.APPROVAL


def test_a_run_that_waits_can_be_cancelled_and_begun_again() -> None:
    run = gated("frame")
    made(run)
    actions.cancel(run, None)
    assert statuses(run) == ["completed", *["cancelled"] * 4]
    actions.retry_failed(run, None)
    assert made(run) == [1, 2]


def test_nothing_beyond_a_gate_is_ever_ready() -> None:
    run = gated("first", 2, strategy="independent")
    assert run.takes.filter(ready_at__isnull=False).count() == 2
    actions.pause(run, None)
    assert dispatch.claim() is None


def test_choosing_a_take_and_going_on_is_one_verb() -> None:
    run = gated("frame")
    made(run)
    actions.candidates(frame(run, 1), None, count=2)
    make_all()
    take = newest_take(run, 1)
    actions.approve_take(take, None)
    assert frame(run, 1).chosen == take
    assert made(run) == [1, 2]


def test_a_cut_off_gate_tells_everybody_why_it_waits() -> None:
    run = gated("frame")
    claim = dispatch.claim()
    assert claim is not None
    runner.make(claim)
    kinds = list(Event.objects.filter(project=run.project).values_list("kind", flat=True))
    assert kinds[-2:] == ["frame.completed", "run.held"]
    told = Event.objects.latest("pk").payload
    assert (told["run"], told["hold"], told["frames"]) == (run.pk, "approval", [frame(run, 1).pk])
    actions.approve(run, None, upto=told["open_upto"])


REFUSED = [
    (lambda run: actions.approve(run, None), "Nothing of this run waits"),
    (lambda run: actions.approve_frame(frame(run, 1), None), "no picture to approve"),
    (lambda run: actions.unapprove_frame(frame(run, 1), None), "is not approved"),
]


@pytest.mark.parametrize(("verb", "words"), REFUSED)
def test_an_approval_that_makes_no_sense_is_refused(verb: Any, words: str) -> None:
    run = gated("frame")
    before = list(Frame.objects.values("pk", "approved", "status"))
    with pytest.raises(Refusal, match=words):
        verb(run)
    assert list(Frame.objects.values("pk", "approved", "status")) == before
