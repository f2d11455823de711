"""The places that people are told are those that claims go by."""

from collections import deque
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation import dispatch, jobs, settle
from generation.errors import OutcomeUnknown
from generation.models import Cap, Engine, StyleRun, Take
from generation.pages.places import queue_places
from tests.making import a_project, a_run, a_user, an_engine

pytestmark = pytest.mark.django_db(transaction=True)


def a_long_run(owner: str, engine: Engine, frames: int = 6, **changes: int) -> StyleRun:
    run = a_run(a_project(*["a bird"] * frames, owner=a_user(owner)), "independent", engine)
    StyleRun.objects.filter(pk=run.pk).update(**changes)
    return run


def told(engine: Engine) -> list[int]:
    places = queue_places([engine])
    assert sorted(places.values()) == list(range(1, len(places) + 1))
    return sorted(places, key=lambda take_id: places[take_id])


def really(held: deque[dispatch.Claim]) -> list[int]:
    """Takes in the order of claims; the oldest in flight ends where nothing more may begin."""
    begun = []
    while True:
        claim = dispatch.claim()
        if claim is not None:
            begun.append(claim.take_id)
            held.append(claim)
        elif held:
            settle.failed(held.popleft(), OutcomeUnknown(), 0.0)
        else:
            return begun


@pytest.mark.parametrize("places", [1, 2, 3])
def test_the_places_told_are_those_of_the_claims(places: int) -> None:
    engine = an_engine("narrow", side=64, max_parallel=places, max_attempts=1)
    a_long_run("ada", engine, 12)
    held = deque(filter(None, (dispatch.claim() for _ in range(places))))
    a_long_run("ada", engine, 3, turn=1)
    a_long_run("bo", engine, 4)
    a_long_run("bo", engine, 3, max_parallel=1)
    a_long_run("cy", engine, 2)
    a_long_run("dan", engine, 2, priority=1)
    expected = told(engine)
    assert len(expected) == 26 - places
    assert really(held) == expected


def test_caps_are_part_of_it() -> None:
    engine = an_engine("narrow", side=64, max_parallel=3, max_attempts=1)
    a_long_run("ada", engine)
    a_long_run("bo", engine)
    Cap.objects.create(user=a_user("ada"), max_parallel=1)
    expected = told(engine)
    assert really(deque()) == expected


def test_a_short_run_behind_more_than_are_looked_at_has_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.pages.places.QUEUE_LOOKED_AT", 20)
    engine = an_engine("narrow", side=64, max_parallel=1)
    a_long_run("ada", engine, 30)
    jobs.make_next()
    short = a_long_run("bo", engine, 3)
    places = queue_places([engine])
    assert [places[take.pk] for take in short.takes.order_by("position")] == [1, 3, 5]
    assert len(places) == 20


def test_as_many_queries_for_one_run_as_for_many() -> None:
    engine = an_engine("narrow", side=64, max_parallel=1)
    counts = []
    for number in range(4):
        a_long_run(f"person-{number}", engine, 2)
        dispatch.claim()
        with CaptureQueriesContext(connection) as queries:
            queue_places([engine])
        counts.append(len(queries))
    assert all(one == other for one, other in pairwise(counts))


def test_nothing_waits_where_nothing_could_start() -> None:
    assert queue_places([an_engine()]) == {}
    assert not Take.objects.exists()
