"""Equal work is taken from what exists already, free and marked."""

from typing import Any

import pytest

from generation import actions
from generation.models import OPEN, Call, Event, RunStatus, StyleRun, Take
from generation.planning import Variation
from storyboards.models import Project
from tests.making import a_picture, a_project, a_style, a_user, an_engine, frame, make_all, newest_take

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("a table", "an apple", "a cat", "a lamp")
REUSE = Variation(reuse=True)


def started(project: Project, variation: Variation = REUSE, strategy: str = "chained", **fields: Any) -> StyleRun:
    return actions.start(
        project,
        user=project.owner,
        styles=[a_style()],
        strategy=strategy,
        engine=fields.pop("engine", None) or an_engine(),
        variation=variation,
        **fields,
    )[0]


def a_made_run(**fields: Any) -> StyleRun:
    run = started(a_project(*TEXTS), **fields)
    make_all()
    return run


def kinds(run: StyleRun) -> list[str]:
    return [take.kind for take in run.takes.order_by("position")]


@pytest.mark.parametrize("strategy", ["chained", "shots", "cumulative", "independent"])
def test_an_equal_series_exists_at_once_and_costs_nothing(strategy: str) -> None:
    first = a_made_run(strategy=strategy)
    calls = Call.objects.count()
    again = started(a_project(*TEXTS), strategy=strategy)
    assert kinds(again) == ["reuse"] * 4
    assert again.takes.filter(original=None).count() == 0
    again.refresh_from_db()
    assert again.status == RunStatus.COMPLETED
    assert make_all() == 0
    assert Call.objects.count() == calls
    for position in (1, 2, 3, 4):
        mine, theirs = newest_take(again, position), newest_take(first, position)
        assert mine.original == theirs.original
        assert mine.reused_from == theirs


def test_only_what_is_equal_is_taken_and_the_rest_is_made_from_it() -> None:
    first = a_made_run()
    again = started(a_project("a table", "an apple", "a dog", "a lamp"))
    make_all()
    assert kinds(again) == ["reuse", "reuse", "first", "first"]
    assert newest_take(again, 3).source_take == newest_take(again, 2)
    assert newest_take(again, 4).original != newest_take(first, 4).original


def test_what_was_taken_over_is_told_by_an_event() -> None:
    a_made_run()
    again = started(a_project(*TEXTS))
    reused = Event.objects.get(project=again.project, kind="frame.reused")
    assert reused.payload["frames"] == [frame(again, position).pk for position in (1, 2, 3, 4)]
    assert reused.payload["finished"], "nothing is left to make"
    assert list(Event.objects.filter(project=again.project).order_by("number").values_list("kind", flat=True)) == [
        "run.started", "frame.reused",
    ]  # fmt: skip


def test_nothing_is_taken_over_without_the_switch() -> None:
    a_made_run()
    again = started(a_project(*TEXTS), Variation())
    assert kinds(again) == ["first"] * 4


DIFFERENT: dict[str, dict[str, Any]] = {
    "another person's": {"owner": "ben"},
    "another title": {"title": "Another"},
    "another size": {"variation": Variation(reuse=True, size=(128, 128))},
    "other options": {"options": {"seconds": 0.001}},
    "another model": {"model": "other"},
}


@pytest.mark.parametrize("different", DIFFERENT.values(), ids=DIFFERENT)
def test_nothing_is_taken_from_what_is_not_equal(different: dict[str, Any]) -> None:
    a_made_run()
    fields = dict(different)
    project = a_project(*TEXTS, owner=a_user(fields.pop("owner", "ada")), title=fields.pop("title", "Bird house"))
    variation = fields.pop("variation", REUSE)
    again = started(project, variation, engine=an_engine(**fields))
    assert kinds(again) == ["first"] * 4


def test_a_picture_that_somebody_brought_himself_is_not_equal_to_anything() -> None:
    first = a_made_run()
    Take.objects.filter(run=first).update(kind="upload")
    assert kinds(started(a_project(*TEXTS))) == ["first"] * 4


def test_a_picture_that_somebody_brought_meanwhile_stays_when_the_gate_opens() -> None:
    gated = started(a_project(*TEXTS), Variation(reuse=True, gate="frame"))
    make_all()
    actions.upload(frame(gated, 2), a_picture(), None)
    actions.lock(frame(gated, 2), None)
    a_made_run()
    actions.approve(StyleRun.objects.get(pk=gated.pk), None)
    assert newest_take(gated, 2).kind == "upload"
    assert frame(gated, 2).chosen == newest_take(gated, 2)
    assert gated.takes.filter(frame=frame(gated, 2), status="completed").count() == 1


def test_starting_over_makes_new_pictures_unless_one_asks_for_the_old_ones() -> None:
    run = a_made_run()
    assert kinds(started(run.project, Variation(), fresh=True)) == ["first"] * 4
    make_all()
    assert kinds(started(run.project, fresh=True)) == ["reuse"] * 4


def test_beyond_a_gate_equal_pictures_come_when_it_opens() -> None:
    a_made_run()
    again = started(a_project(*TEXTS), Variation(reuse=True, gate="first", gate_after=2))
    assert kinds(again) == ["reuse", "reuse", "first", "first"]
    again.refresh_from_db()
    assert again.hold == "approval"
    actions.approve(again, None)
    assert kinds(again) == ["reuse"] * 4
    again.refresh_from_db()
    assert again.status == RunStatus.COMPLETED


def test_a_picture_that_is_taken_over_twice_names_the_one_that_was_made() -> None:
    first = a_made_run()
    started(a_project(*TEXTS))
    third = started(a_project(*TEXTS))
    assert newest_take(third, 1).reused_from == newest_take(first, 1)


def test_a_reused_picture_can_be_made_again() -> None:
    a_made_run()
    again = started(a_project(*TEXTS))
    actions.regenerate(frame(again, 2), None)
    make_all()
    assert newest_take(again, 2).kind == "regenerate"
    assert frame(again, 2).chosen == newest_take(again, 2)


def test_what_follows_waits_until_all_candidates_are_there_also_where_one_existed() -> None:
    a_made_run()
    again = started(a_project(*TEXTS), Variation(reuse=True, candidates=2))
    assert [take.kind for take in again.takes.filter(position=1).order_by("candidate")] == ["reuse", "candidate"]
    assert not again.takes.filter(position=2, ready_at__isnull=False).exists()
    make_all()
    assert not again.takes.filter(status__in=OPEN).exists()
