"""How much one person may have going at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation import actions, caps, dispatch, jobs
from generation.actions import turns
from generation.errors import Refusal
from generation.models import Cap, Event, RunStatus, Status, StyleRun, Take, Worker
from storyboards import editing
from storyboards.models import Project, Step
from tests.making import a_project, a_run, a_style, a_user, an_engine, frame, make_all

pytestmark = pytest.mark.django_db(transaction=True)

BIRDS = ("a bird", "a cat", "a lamp", "a cup")


def a_wide_run(owner: str = "ada", engine: str = "quick") -> StyleRun:
    return a_run(a_project(*BIRDS, owner=a_user(owner)), "independent", an_engine(engine, side=64))


def owners_claimed() -> list[str]:
    """Until nothing may start any more."""
    claims = list(iter(dispatch.claim, None))
    takes = Take.objects.in_bulk([claim.take_id for claim in claims])
    return [takes[claim.take_id].run.project.owner.username for claim in claims]


# --- pictures at once ------------------------------------------------------------------------------------------------


def test_an_owner_at_his_cap_is_passed_over_on_every_engine() -> None:
    a_wide_run()
    a_wide_run(engine="other")
    a_wide_run("bo")
    Cap.objects.create(user=a_user("ada"), max_parallel=2)
    assert sorted(owners_claimed()) == ["ada"] * 2 + ["bo"] * 4


@pytest.mark.parametrize(("everybody", "own", "claimed"), [(1, None, 1), (3, 2, 2), (None, 3, 3), (None, None, 4)])
def test_ones_own_cap_stands_instead_of_everybodys(everybody: int | None, own: int | None, claimed: int) -> None:
    a_wide_run()
    Cap.objects.create(max_parallel=everybody)
    if own is not None:
        Cap.objects.create(user=a_user("ada"), max_parallel=own)
    assert len(owners_claimed()) == claimed


def test_an_own_cap_without_a_number_allows_any() -> None:
    a_wide_run()
    Cap.objects.create(max_parallel=1)
    Cap.objects.create(user=a_user("ada"))
    assert len(owners_claimed()) == 4


def test_the_end_of_a_picture_makes_room(flushed_broker: redis.Redis) -> None:
    run = a_wide_run()
    Cap.objects.create(max_parallel=1)
    for _ in BIRDS:
        assert jobs.make_next() is not None
    run.refresh_from_db()
    assert run.status == RunStatus.COMPLETED
    assert flushed_broker.llen("rq:queue:pictures") == len(BIRDS), "each end rang for the next"


def test_threads_on_two_engines_never_have_more_in_flight_than_the_cap() -> None:
    a_wide_run()
    a_wide_run(engine="other")
    Cap.objects.create(max_parallel=2)
    with ThreadPoolExecutor(6) as threads:
        claims = list(threads.map(lambda _: claimed_there(), range(6)))
    assert sum(claims) == 2
    assert Take.objects.filter(status=Status.GENERATING).count() == 2


def claimed_there() -> bool:
    try:
        return dispatch.claim() is not None
    finally:
        connection.close()


def test_a_ring_counts_only_what_the_caps_allow(flushed_broker: redis.Redis) -> None:
    Worker.objects.create(name="w", threads=20, heartbeat_at=timezone.now())
    a_wide_run()
    a_wide_run("bo")
    flushed_broker.flushall()
    Cap.objects.create(max_parallel=1)
    assert dispatch.ring() == 2


def test_there_is_one_cap_of_everybody() -> None:
    Cap.objects.create(max_parallel=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Cap.objects.create(max_runs=1)


# --- runs at once ----------------------------------------------------------------------------------------------------


def begin(project: Project, *styles: str) -> list[StyleRun]:
    rows = [a_style(slug) for slug in styles]
    return actions.start(project, user=project.owner, styles=rows, strategy="independent", engine=an_engine())


def test_more_runs_than_somebody_may_have_are_refused_in_words_and_nothing_begins() -> None:
    Cap.objects.create(max_runs=1)
    begin(a_project(*BIRDS), "clear")
    with pytest.raises(
        Refusal, match=r"You have 1 of at most 1 run going, and this would make 2\. Wait until one ends"
    ):
        begin(a_project(*BIRDS, title="Second"), "clear")
    with pytest.raises(Refusal, match=r"0 of at most 1 run going, and this would make 2"):
        begin(a_project(*BIRDS, owner=a_user("bo")), "clear", "comic")
    assert StyleRun.objects.count() == 1


def test_what_is_going_already_is_gone_on_with_under_any_cap() -> None:
    project = a_project(*BIRDS)
    (run, _other) = begin(project, "clear", "comic")
    Cap.objects.create(max_runs=1)
    Take.objects.filter(run=run, position=1).delete()
    assert begin(project, "clear") == [run]


MAKING: dict[str, Callable[[StyleRun], object]] = {
    "retry": lambda run: actions.retry(frame(run, 2), None),
    "regenerate": lambda run: actions.regenerate(frame(run, 1), None),
    "regenerate_following": lambda run: actions.regenerate_following(frame(run, 1), None),
    "candidates": lambda run: actions.candidates(frame(run, 1), None, count=2),
    "branch": lambda run: actions.branch(frame(run, 2), None),
    "retry_failed": lambda run: actions.retry_failed(run, None),
    "remake_stale": lambda run: actions.remake_stale(run, None),
    "update": lambda run: actions.update(run, None),
    "go_on": lambda run: actions.go_on(run, None),
}


@pytest.mark.parametrize("verb", MAKING)
def test_an_ended_run_that_comes_to_life_again_counts_as_well(verb: str) -> None:
    (ended,) = begin(a_project(*BIRDS), "clear")
    actions.cancel_frame(frame(ended, 2), None)
    make_all()
    ended.project.steps.filter(position=1).update(title="an owl")
    editing.add_step(Step(project=ended.project, title="a kite"), {})
    begin(a_project(*BIRDS, title="Second"), "clear")
    Cap.objects.create(max_runs=1)
    with pytest.raises(Refusal, match=r"1 of at most 1 run going, and this would make 2"):
        MAKING[verb](StyleRun.objects.get(pk=ended.pk))
    assert StyleRun.objects.active().count() == 1
    Cap.objects.update(max_runs=2)
    MAKING[verb](StyleRun.objects.get(pk=ended.pk))
    assert StyleRun.objects.active().count() == 2


def test_minding_runs_without_a_cap_minds_nothing() -> None:
    with transaction.atomic(), caps.minding_runs(a_user()):
        begin(a_project(*BIRDS), "clear", "comic")


# --- turns -----------------------------------------------------------------------------------------------------------


def test_a_run_is_moved_before_its_owners_others_and_back() -> None:
    first, second = a_wide_run(), a_wide_run()
    a_wide_run("bo")
    turns.to_front(second, a_user())
    claim = dispatch.claim()
    assert claim is not None
    assert Take.objects.get(pk=claim.take_id).run == second
    turns.to_front(first, a_user())
    turns.usual_turn(second, a_user())
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.turn, second.turn) == (2, 0)
    assert Event.objects.filter(kind="run.moved").count() == 3


def test_a_preferred_run_goes_before_everybodys_until_it_has_its_usual_turn_again() -> None:
    a_wide_run("ada")
    run = a_wide_run("bo")
    turns.prefer(run, None)
    assert owners_claimed()[:4] == ["bo"] * 4
    turns.usual_turn(run, None)
    run.refresh_from_db()
    assert run.priority == 0


def test_moves_that_make_no_sense_are_refused_and_change_nothing() -> None:
    run = a_wide_run()
    turns.prefer(run, None)
    ended = a_wide_run("bo")
    actions.cancel(ended, None)
    before = Event.objects.count()
    for verb, target, words in (
        (turns.to_front, run, "before its owner’s other runs already"),
        (turns.prefer, run, "before everybody’s already"),
        (turns.to_front, ended, "has ended"),
        (turns.usual_turn, ended, "has ended"),
        (turns.prefer, ended, "has ended"),
    ):
        with pytest.raises(Refusal, match=words):
            verb(target, None)
    turns.usual_turn(run, None)
    with pytest.raises(Refusal, match="usual turn already"):
        turns.usual_turn(run, None)
    assert Event.objects.count() == before + 1


# --- staff -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["operator", "finance"])
def test_staff_give_caps_one_to_a_person_and_one_to_everybody(group: str) -> None:
    clerk = a_user("clerk", is_staff=True)
    clerk.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    add = reverse("admin:generation_cap_add")
    for whose in ("", a_user("ada").pk):
        client.post(add, {"user": whose, "max_parallel": 2, "max_runs": ""})
        again = client.post(add, {"user": whose, "max_parallel": 3, "max_runs": ""})
        assert "already" in again.content.decode(), whose
    assert "greater than or equal to 1" in client.post(add, {"max_parallel": 0}).content.decode()
    assert list(Cap.objects.values_list("max_parallel", flat=True)) == [2, 2]
    listed = client.get(reverse("admin:generation_cap_changelist")).content.decode()
    assert "everybody who has none of his own" in listed
