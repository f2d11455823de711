"""How often a token may call: told with 429 and a time, forgotten when nobody calls any more."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from pytest_django import Settings

from generation.api.problems import Problem
from generation.api.throttles import WINDOW, Stays, Throttle
from generation.models import Scope
from storyboards.models import Project
from tests.calling import Program
from tests.making import a_user


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock, settings: Settings) -> Throttle:
    settings.API_READS_A_MINUTE, settings.API_WRITES_A_MINUTE = 3, 2
    return Throttle(clock)


def refused(throttle: Throttle, who: str, method: str) -> Problem:
    with pytest.raises(Problem) as raised:
        throttle.count(who, method)
    return raised.value


@pytest.mark.parametrize(
    ("methods", "most"),
    [(("GET",), 3), (("POST",), 2), (("GET", "HEAD", "OPTIONS"), 3), (("PATCH", "DELETE"), 2), (("PUT",), 2)],
)
def test_so_many_and_no_more(methods: tuple[str, ...], most: int, throttle: Throttle) -> None:
    for number in range(most):
        throttle.count("token-1", methods[number % len(methods)])
    problem = refused(throttle, "token-1", methods[0])
    assert (problem.status, problem.code) == (429, "throttled")


def test_reading_writing_and_other_tokens_are_counted_apart(throttle: Throttle) -> None:
    for _ in range(3):
        throttle.count("token-1", "GET")
    refused(throttle, "token-1", "GET")
    throttle.count("token-1", "POST")
    throttle.count("token-2", "GET")


def test_it_says_when_to_come_again_and_keeps_its_word(throttle: Throttle, clock: Clock) -> None:
    for _ in range(3):
        throttle.count("token-1", "GET")
        clock.now += 10.5
    assert refused(throttle, "token-1", "GET").headers == {"Retry-After": "29"}
    clock.now += 28
    assert refused(throttle, "token-1", "GET").headers == {"Retry-After": "1"}
    clock.now += 1
    throttle.count("token-1", "GET")
    refused(throttle, "token-1", "GET")


def test_calls_that_were_refused_do_not_make_it_longer(throttle: Throttle, clock: Clock) -> None:
    for _ in range(3):
        throttle.count("token-1", "GET")
    for _ in range(50):
        clock.now += 1
        refused(throttle, "token-1", "GET")
    clock.now += 10
    throttle.count("token-1", "GET")


def test_none_at_all_can_be_allowed(throttle: Throttle, settings: Settings) -> None:
    settings.API_WRITES_A_MINUTE = 0
    assert refused(throttle, "token-1", "POST").headers == {"Retry-After": "60"}


def test_who_no_longer_calls_is_forgotten(throttle: Throttle, clock: Clock) -> None:
    for number in range(500):
        throttle.count(f"token-{number}", "GET")
    clock.now += WINDOW / 2
    throttle.count("token-7", "GET")
    clock.now += WINDOW / 2
    throttle.count("token-new", "GET")
    assert len(throttle) == 2
    throttle.count("token-7", "GET")
    throttle.count("token-7", "GET")
    refused(throttle, "token-7", "GET")


def test_threads_together_get_no_more_than_one_alone(settings: Settings) -> None:
    settings.API_READS_A_MINUTE = 100
    throttle = Throttle()

    def let_in(_: int) -> bool:
        try:
            throttle.count("token-1", "GET")
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(let_in, range(1000))) == 100


@pytest.mark.django_db
def test_a_program_is_told_over_the_wire(settings: Settings) -> None:
    settings.API_READS_A_MINUTE = 2
    chief = a_user("chief", is_staff=True, is_superuser=True)
    program, other = Program(chief, [Scope.ADMIN]), Program(chief, [Scope.ADMIN])
    answers: list[Any] = [program.call("GET", "/api/v1/switches") for _ in range(3)]
    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    assert (answers[2].status_code, answers[2]["Content-Type"]) == (429, "application/problem+json")
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert answers[2].json() | {"detail": ""} == {
        "type": "urn:throughline:problem:throttled",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "",
        "code": "throttled",
        "charged": "no",
    }
    assert other.call("GET", "/api/v1/switches").status_code == 200


# --- what is open at a time ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/start-image-sequence", {"prompt": "a cat"}),
        ("POST", "/generate-image", {"prompt": "a cat"}),
        ("POST", "/api/generate-images", {"projectPath": "board"}),
        ("GET", "/api/v1/frames/1?wait=20", None),
        ("GET", "/api/v1/projects/1/events", None),
        ("GET", "/api/v1/exports/1/file", None),
    ],
)
def test_whose_programs_have_too_much_open_make_nothing_more(
    method: str, path: str, body: object, settings: Settings
) -> None:
    settings.API_OPEN_AT_ONCE = 0
    answer = Program(a_user()).call(method, path, body)
    assert (answer.status_code, answer["Retry-After"]) == (429, "10")
    assert not Project.objects.exists()


def test_what_has_ended_makes_room_however_it_ended(settings: Settings) -> None:
    settings.API_OPEN_AT_ONCE = 1
    there = Stays()
    with suppress(ZeroDivisionError), there.counted(1):
        there.check(2)
        with pytest.raises(Problem) as raised:
            there.check(1)
        assert (raised.value.status, raised.value.code) == (429, "throttled")
        _ = 1 / 0
    there.check(1)
    assert len(there) == 0
