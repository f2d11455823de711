"""People take turns: nobody waits for the end of somebody else's three hundred pictures."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count

import pytest
from django.contrib.auth.models import User
from django.db import connection

from generation import actions, choosing, dispatch, jobs, settle
from generation.errors import OutcomeUnknown, Unavailable
from generation.models import Engine, RunStatus, Status, StyleRun, Take
from storyboards.models import Project, Step
from tests.making import a_key, a_paid_engine, a_project, a_run, a_style, a_user, an_engine, make_all

pytestmark = pytest.mark.django_db(transaction=True)

MANY, FEW = 300, 5
AT_MOST = 2 * FEW + 2
"""Pictures until somebody has his few: one of another's after each of his own, and what was under way."""


def a_long_project(owner: User, steps: int = MANY) -> Project:
    project = Project.objects.create(owner=owner, title="Long")
    Step.objects.bulk_create(Step(project=project, position=n, title=f"bird {n}") for n in range(1, steps + 1))
    return project


def a_narrow_engine(slug: str = "narrow") -> Engine:
    return an_engine(slug, side=64, max_parallel=1, max_attempts=1)


def a_short_run(engine: Engine, owner: str = "bo", strategy: str = "independent", frames: int = FEW) -> StyleRun:
    return a_run(a_project(*["a cat"] * frames, owner=a_user(owner)), strategy, engine)


def make_until_ended(run: StyleRun) -> int:
    for made in count():
        run.refresh_from_db()
        if not run.is_active:
            return made
        assert made < MANY, "it waits for the end of the others"
        assert jobs.make_next() is not None
    raise AssertionError


def owners_served(times: int) -> list[str]:
    """Of the next claims on an engine with one place, each of which ends before the next."""
    served = []
    for _ in range(times):
        claim = dispatch.claim()
        assert claim is not None
        take = Take.objects.select_related("run__project__owner").get(pk=claim.take_id)
        served.append(take.run.project.owner.username)
        give_up(claim)
    return served


def give_up(claim: dispatch.Claim) -> None:
    settle.failed(claim, OutcomeUnknown(), 0.0)


# --- between people --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["independent", "chained"])
def test_three_hundred_pictures_do_not_make_somebody_elses_five_wait_for_their_end(strategy: str) -> None:
    engine = a_narrow_engine()
    for _ in range(3):
        a_run(a_long_project(a_user("ada"), MANY // 3), strategy, engine)
    for _ in range(4):
        jobs.make_next()
    assert make_until_ended(a_short_run(engine, strategy=strategy)) <= AT_MOST


def test_many_small_runs_are_one_person() -> None:
    """Each is gone when it has been served, and the next was never served: their owner was."""
    engine = a_narrow_engine()
    for _ in range(AT_MOST + 3):
        a_run(a_project("a bird", owner=a_user("ada")), "independent", engine)
    short = a_short_run(engine)
    assert make_until_ended(short) <= AT_MOST


def test_one_picture_after_another_is_nobody_new_each_time() -> None:
    engine = a_narrow_engine()
    short = a_short_run(engine)
    for _ in range(AT_MOST):
        a_run(a_project("a bird", owner=a_user("ada")), "independent", engine)
        assert jobs.make_next() is not None
    short.refresh_from_db()
    assert short.status == RunStatus.COMPLETED


def test_a_slow_picture_elsewhere_does_not_cost_somebody_his_turn_on_a_quick_engine() -> None:
    slow, quick = a_narrow_engine("slow"), a_narrow_engine("quick")
    a_run(a_project("a bird", owner=a_user("ada")), "independent", slow)
    assert dispatch.claim() is not None, "under way for long"
    a_run(a_long_project(a_user("bo"), 30), "independent", quick)
    jobs.make_next()
    assert make_until_ended(a_short_run(quick, "ada")) <= AT_MOST


def test_whoever_waits_longest_goes_first_of_those_never_served() -> None:
    engine = a_narrow_engine()
    for name in ("cy", "bo", "ada"):
        a_short_run(engine, name)
    assert owners_served(6) == ["cy", "bo", "ada", "cy", "bo", "ada"]


def test_turns_are_taken_within_a_rate_limit() -> None:
    """Nine a minute with quick calls: nobody is ever seen in flight."""
    a_key(amount=9)
    engine = a_paid_engine(max_attempts=1)
    a_run(a_long_project(a_user("ada"), 30), "independent", engine)
    a_short_run(engine)
    assert owners_served(9) == ["ada", "bo"] * 4 + ["ada"]
    assert dispatch.claim() is None, "the minute is full"


def test_turns_are_taken_by_threads_side_by_side() -> None:
    engine = an_engine("wide", side=64, max_parallel=2)
    long = a_run(a_long_project(a_user("ada"), 30), "independent", engine)
    short = a_short_run(engine)
    in_threads(2, lambda: [jobs.make_next() for _ in range(FEW + 1)])
    short.refresh_from_db()
    assert short.status == RunStatus.COMPLETED
    assert long.takes.filter(status=Status.COMPLETED).count() == FEW + 2


def in_threads(number: int, work: Callable[[], object]) -> None:
    def alone() -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=alone) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_a_handed_on_picture_goes_in_its_runs_turn() -> None:
    spare = a_narrow_engine("spare")
    broken = an_engine("broken", side=64, max_parallel=1, fallback=spare, max_attempts=1)
    run = a_run(a_project("a bird", owner=a_user("ada")), "independent", broken)
    claim = dispatch.claim()
    assert claim is not None
    settle.failed(claim, Unavailable("down"), 0.0)
    assert run.takes.get().engine == spare
    a_run(a_long_project(a_user("bo"), 30), "independent", spare)
    assert make_until_ended(run) <= 2


# --- among a person's own ---------------------------------------------------------------------------------------------


def positions_served(times: int) -> list[tuple[str, int]]:
    served = []
    for _ in range(times):
        claim = dispatch.claim()
        assert claim is not None
        take = Take.objects.select_related("run__style").get(pk=claim.take_id)
        served.append((take.run.style.slug, take.position))
        give_up(claim)
    return served


def test_styles_started_together_grow_side_by_side_one_at_a_time() -> None:
    project = a_project("a table", "an apple", "a cat")
    styles = [a_style("clear"), a_style("comic")]
    engine = a_narrow_engine()
    actions.start(project, user=None, styles=styles, strategy="independent", engine=engine)
    assert positions_served(4) == [("clear", 1), ("comic", 1), ("clear", 2), ("comic", 2)]


def test_a_run_that_was_moved_goes_before_its_owners_others_and_before_nobody_elses() -> None:
    engine = a_narrow_engine()
    first, moved = a_short_run(engine, "ada"), a_short_run(engine, "ada")
    a_short_run(engine, "bo")
    StyleRun.objects.filter(pk=moved.pk).update(turn=1)
    assert owners_served(6) == ["ada", "bo"] * 3
    assert (first.takes.filter(attempts=1).count(), moved.takes.filter(attempts=1).count()) == (0, 3)


def test_what_staff_prefer_goes_before_all_turns() -> None:
    engine = a_narrow_engine()
    a_short_run(engine, "ada")
    preferred = a_short_run(engine, "bo")
    StyleRun.objects.filter(pk=preferred.pk).update(priority=1)
    assert owners_served(FEW + 1) == ["bo"] * FEW + ["ada"]


def test_who_was_served_by_an_engine_long_ago_is_new_there(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = a_narrow_engine()
    run = a_short_run(engine, "ada", frames=1)
    make_all()
    assert choosing.last_served(run.project.owner_id, engine) is not None
    monkeypatch.setattr(choosing, "REMEMBERED", 1)
    a_short_run(engine, "bo", frames=1)
    make_all()
    assert choosing.last_served(run.project.owner_id, engine) is None


def test_a_run_that_may_make_one_at_a_time_leaves_its_place_to_others() -> None:
    engine = an_engine("wide", side=64, max_parallel=3)
    careful = a_short_run(engine, "ada")
    StyleRun.objects.filter(pk=careful.pk).update(max_parallel=1)
    a_short_run(engine, "ada")
    claims = [dispatch.claim() for _ in range(4)]
    takes = Take.objects.filter(pk__in=[claim.take_id for claim in claims if claim])
    assert [claim is None for claim in claims] == [False, False, False, True], "the engine is full"
    assert takes.filter(run=careful).count() == 1


def test_neither_engine_nor_run_has_more_in_flight_than_it_may_under_threads() -> None:
    engine = an_engine("wide", side=64, max_parallel=3, options={"seconds": 0.05})
    careful = a_short_run(engine, "ada", frames=8)
    StyleRun.objects.filter(pk=careful.pk).update(max_parallel=1)
    a_short_run(engine, "bo", frames=8)
    in_threads(5, lambda: [jobs.make_next() for _ in range(20)])
    make_all()
    made = Take.objects.filter(status=Status.COMPLETED, run__engine=engine).values_list(
        "run", "started_at", "finished_at"
    )
    assert len(made) == 16
    assert most_at_once([(begun, ended) for _run, begun, ended in made]) == 3
    assert most_at_once([(begun, ended) for run, begun, ended in made if run == careful.pk]) == 1


def most_at_once(spans: Sequence[tuple[datetime | None, datetime | None]]) -> int:
    """Of pictures, from when to when each was made."""
    whole = [(begun, ended) for begun, ended in spans if begun and ended]
    return max(sum(begun <= moment < ended for begun, ended in whole) for moment, _ended in whole)
