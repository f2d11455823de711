"""The same request sent twice: done once, answered twice."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.signals import post_init
from django.http import HttpResponse
from django.utils import timezone

from generation.api.idempotency import GIVEN_UP, KEPT
from generation.errors import Refusal
from generation.models import IdempotencyKey, Scope, StyleRun
from storyboards.models import Project
from storyboards.signals import steps_reordered
from tests.calling import Program
from tests.making import a_project, a_user, an_engine
from tests.storyboards.conftest import titles

pytestmark = pytest.mark.django_db(transaction=True)
PROJECTS = "/api/v1/projects"
HOUSE = {"title": "Bird house", "external_id": "x", "steps": [{"title": "Cut"}]}


@pytest.fixture
def program() -> Program:
    return Program()


def send(program: Program, body: object = HOUSE, key: str = "k", path: str = PROJECTS) -> HttpResponse:
    return program.call("POST", path, body, idempotency_key=key)


def code(answer: HttpResponse) -> str:
    found: str = json.loads(answer.content)["code"]
    return found


# --- one after the other ---------------------------------------------------------------------------------------------


def test_the_same_request_is_done_once_and_answered_twice(program: Program) -> None:
    first, second = send(program), send(program)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second["Content-Type"].startswith("application/json")
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert Project.objects.count() == 1


def test_the_answer_is_the_one_of_then(program: Program) -> None:
    first = send(program)
    Project.objects.update(title="Renamed")
    assert send(program).content == first.content


def test_without_a_key_or_under_another_one_it_is_done_again(program: Program) -> None:
    for key in ("a", "b"):
        assert send(program, {"title": "A"}, key).status_code == 201
    program.post(PROJECTS, {"title": "A"}, expect=201)
    assert Project.objects.count() == 3
    assert IdempotencyKey.objects.count() == 2


@pytest.mark.parametrize(("path", "body"), [(PROJECTS, HOUSE | {"title": "B"}), (f"{PROJECTS}/import", HOUSE)])
def test_a_key_belongs_to_one_request(program: Program, path: str, body: object) -> None:
    send(program)
    answer = send(program, body, path=path)
    assert (answer.status_code, code(answer)) == (422, "idempotency_key_reused")
    assert Project.objects.count() == 1


def test_another_person_may_use_the_same_key(program: Program) -> None:
    first, theirs = send(program), send(Program(a_user("bert")))
    assert theirs.status_code == 201
    assert json.loads(theirs.content)["id"] != json.loads(first.content)["id"]


def test_another_token_of_the_same_person_gets_the_same_answer(program: Program) -> None:
    assert send(program).content == send(Program()).content


def test_a_token_without_the_scope_gets_no_answer_of_others(program: Program) -> None:
    send(program)
    answer = send(Program(scopes=[Scope.READ]))
    assert (answer.status_code, code(answer)) == (403, "scope_missing")
    assert send(Program(scopes=None)).status_code == 401


BAD_KEYS = ["", " ", "two words", "x" * 201, "é", "\x7f"]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_is_none_is_refused(program: Program, key: str) -> None:
    answer = send(program, key=key)
    assert (answer.status_code, code(answer)) == (422, "invalid_idempotency_key")
    assert not Project.objects.exists()


def test_a_key_may_be_long(program: Program) -> None:
    assert send(program, key="~" * 200).status_code == 201


def test_a_refused_request_leaves_its_key_free(program: Program) -> None:
    an_engine("quick", enabled=False)
    body = HOUSE | {"start": {"strategy": "chained", "styles": ["clear"], "engine": "quick"}}
    refused = send(program, body)
    assert (refused.status_code, code(refused)) == (409, "refused")
    assert not IdempotencyKey.objects.exists()
    an_engine("quick", enabled=True)
    assert [send(program, body).status_code for _ in range(2)] == [201, 201]
    assert StyleRun.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), ({}, 422), ({"title": "A", "steps": [{}]}, 422), (HOUSE, 409)], ids=range(4)
)
def test_whatever_was_wrong_can_be_mended_under_the_same_key(program: Program, body: object, status: int) -> None:
    a_project(external_id="x")
    assert send(program, body).status_code == status
    assert send(program, HOUSE | {"external_id": "y"}).status_code == 201


def test_what_breaks_inside_stores_nothing_and_leaves_its_key_free(program: Program) -> None:
    def fail(sender: object, **_arguments: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM no_such_table")

    steps_reordered.connect(fail)
    try:
        assert send(program).status_code == 500
    finally:
        steps_reordered.disconnect(fail)
    assert not Project.objects.exists()
    assert send(program).status_code == 201


def test_what_was_done_before_a_refusal_is_undone(program: Program) -> None:
    def refuse(instance: Project, **_arguments: Any) -> None:
        if instance.pk is not None:  # stored already, and read for the answer
            raise Refusal("Not now.")

    post_init.connect(refuse, sender=Project)
    try:
        assert send(program).status_code == 409
    finally:
        post_init.disconnect(refuse, sender=Project)
    assert not Project.objects.exists()
    assert send(program).status_code == 201


def test_other_requests_that_make_something_take_a_key_too(program: Program) -> None:
    project = a_project("Cut", "Glue")
    step = project.ordered_steps()[0].pk
    posts: list[tuple[str, object]] = [
        (f"{PROJECTS}/import", {"title": "B", "text": "1. Cut"}),
        (f"{PROJECTS}/{project.pk}/import", {"text": "1. Paint"}),
        (f"{PROJECTS}/{project.pk}/steps", {"steps": [{"title": "Hang"}]}),
        (f"/api/v1/steps/{step}/duplicate", {}),
        (f"/api/v1/steps/{step}/move", {"to": "down"}),
    ]
    for number, (path, body) in enumerate(posts):
        answers = [send(program, body, str(number), path) for _ in range(2)]
        assert answers[0].status_code in (200, 201)
        assert answers[0].content == answers[1].content
    assert titles(project) == ["Cut", "Cut", "Glue", "Paint", "Hang"]
    assert project.ordered_steps()[1].pk == step
    assert Project.objects.count() == 2


# --- at the same time ------------------------------------------------------------------------------------------------


@contextmanager
def held_up() -> Iterator[tuple[threading.Event, threading.Event]]:
    """The first request stops in the middle of its work: (it is there, let it go on)."""
    arrived, go_on = threading.Event(), threading.Event()

    def wait(sender: object, **_arguments: Any) -> None:
        if not arrived.is_set():
            arrived.set()
            assert go_on.wait(30)

    steps_reordered.connect(wait)
    try:
        yield arrived, go_on
    finally:
        go_on.set()
        steps_reordered.disconnect(wait)


def in_threads(*calls: Callable[[], HttpResponse]) -> list[HttpResponse]:
    """What each answers, all begun at once."""
    answers: dict[int, HttpResponse] = {}
    gate = threading.Barrier(len(calls))

    def call(number: int) -> None:
        gate.wait(30)
        try:
            answers[number] = calls[number]()
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=[number]) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [answers[number] for number in range(len(calls))]


def test_two_at_once_make_one_project(program: Program) -> None:
    answers = in_threads(*[lambda: send(program)] * 6)
    done = [answer for answer in answers if answer.status_code == 201]
    early = [answer for answer in answers if answer.status_code != 201]
    assert len({answer.content for answer in done}) == 1
    assert [answer for answer in done if "Idempotency-Replayed" not in answer]
    assert {(answer.status_code, code(answer), answer["Retry-After"]) for answer in early} <= {
        (409, "in_progress", "1")
    }
    assert Project.objects.count() == 1


def test_different_requests_at_once_under_one_key_are_not_both_done(program: Program) -> None:
    answers = in_threads(lambda: send(program, {"title": "A"}), lambda: send(program, {"title": "B"}))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert Project.objects.count() == 1


def test_one_external_id_wanted_by_many_at_once_is_given_once(program: Program) -> None:
    answers = in_threads(*[lambda number=number: send(program, HOUSE, f"k{number}") for number in range(5)])
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert {code(answer) for answer in answers if answer.status_code == 409} == {"external_id_taken"}


# --- after a crash ---------------------------------------------------------------------------------------------------


def begun(program: Program, ago: timedelta) -> IdempotencyKey:
    """A request that somebody began so long ago, and whose process died."""
    send(program)
    Project.objects.all().delete()
    IdempotencyKey.objects.update(status=None, body="", started_at=timezone.now() - ago)
    return IdempotencyKey.objects.get()


def test_one_that_is_worked_on_is_waited_for(program: Program) -> None:
    begun(program, GIVEN_UP - timedelta(seconds=20))
    answer = send(program)
    assert (answer.status_code, code(answer), answer["Retry-After"]) == (409, "in_progress", "1")
    assert not Project.objects.exists()


def test_one_that_died_is_taken_over(program: Program) -> None:
    begun(program, GIVEN_UP + timedelta(seconds=1))
    first, second = send(program), send(program)
    assert (first.status_code, "Idempotency-Replayed" in first) == (201, False)
    assert (second.content, second["Idempotency-Replayed"]) == (first.content, "true")
    assert Project.objects.count() == 1


def test_one_that_died_is_taken_over_by_one_alone(program: Program) -> None:
    begun(program, GIVEN_UP + timedelta(seconds=1))
    answers = in_threads(*[lambda: send(program)] * 4)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert Project.objects.count() == 1


def test_one_that_was_only_slow_gives_way_to_the_one_that_took_it_over(program: Program) -> None:
    """Its answer could not be kept, so what it did is undone: there would be two projects."""

    def taken_over(sender: object, **_arguments: Any) -> None:
        later: datetime = IdempotencyKey.objects.get().started_at + timedelta(seconds=61)
        IdempotencyKey.objects.update(started_at=later)

    steps_reordered.connect(taken_over)
    try:
        answer = send(program)
    finally:
        steps_reordered.disconnect(taken_over)
    assert (answer.status_code, code(answer)) == (409, "in_progress")
    assert not Project.objects.exists()


def test_a_day_later_a_key_is_forgotten(program: Program) -> None:
    send(program, {"title": "A"})
    IdempotencyKey.objects.update(started_at=timezone.now() - KEPT - timedelta(minutes=1))
    assert "Idempotency-Replayed" not in send(program, {"title": "A"})
    assert Project.objects.count() == 2
    assert IdempotencyKey.objects.count() == 1


def test_nothing_of_an_answer_is_there_before_the_work_is(program: Program) -> None:
    """Whoever asks in the middle is told to wait, by a row that was committed first."""
    answers: list[HttpResponse] = []

    def first() -> None:
        answers.append(send(program))
        connection.close()

    with held_up() as (arrived, go_on):
        thread = threading.Thread(target=first)
        thread.start()
        assert arrived.wait(30)
        early = send(program)
        go_on.set()
        thread.join(60)
    assert (early.status_code, code(early)) == (409, "in_progress")
    assert answers[0].status_code == 201
    assert send(program).content == answers[0].content


def test_the_work_of_a_request_with_a_key_is_one_transaction(program: Program) -> None:
    """On commit comes after the answer is kept: no worker is woken for what may still be undone."""
    seen: list[tuple[bool, int | None]] = []

    def note(sender: object, **_arguments: Any) -> None:
        assert connection.in_atomic_block
        transaction.on_commit(lambda: seen.append((connection.in_atomic_block, IdempotencyKey.objects.get().status)))

    steps_reordered.connect(note)
    try:
        send(program)
    finally:
        steps_reordered.disconnect(note)
    assert seen == [(False, 201)]
