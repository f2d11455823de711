"""What our own API says where nothing of ours is asked, or nothing can be read."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from generation.api.description import MOST_ERRORS
from generation.api.problems import Problem, detail_only, problem_details, problem_of, success_false
from generation.errors import Charged, Refusal
from generation.models import IdempotencyKey
from storyboards.editing import Conflict
from storyboards.models import Project
from tests.calling import Program
from tests.making import a_project

pytestmark = pytest.mark.django_db
PROJECTS = "/api/v1/projects"


@pytest.fixture
def program() -> Program:
    return Program()


def told(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem, which is as RFC 9457 has it."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    problem: dict[str, Any] = json.loads(answer.content)
    assert (problem["status"], problem["code"], problem["charged"]) == (status, code, "no")
    assert problem["type"] == f"urn:throughline:problem:{code}"
    assert problem["title"]
    assert problem["detail"].endswith((".", ">."))
    return problem


@pytest.mark.parametrize(
    "path", ["/api/v1/", "/api/v1/nothing", "/api/v1/projects/", "/api/v1/projects/x", "/api/v1/\0"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address_is_404(program: Program, method: str, path: str) -> None:
    told(program.call(method, path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", PROJECTS, {"GET", "POST"}),
        ("DELETE", PROJECTS, {"GET", "POST"}),
        ("POST", f"{PROJECTS}/1", {"GET", "PATCH", "DELETE"}),
        ("BREW", f"{PROJECTS}/1/concept-picture", {"GET", "PUT", "DELETE"}),
        ("GET", f"{PROJECTS}/import", {"POST"}),
    ],
)
def test_a_wrong_method_names_the_right_ones(program: Program, method: str, path: str, allowed: set[str]) -> None:
    answer = program.call(method, path)
    told(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer ", "Bearer tl_nothing", "Basic YWRhOnBhc3M=", "Bearer \xff"])
def test_without_a_token_nobody_comes_in(token: str) -> None:
    program = Program(scopes=None)
    program.headers = {"Authorization": token} if token else {}
    answer = program.call("GET", PROJECTS)
    told(answer, 401, "unauthenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_cookie_lets_nobody_in() -> None:
    program = Program(scopes=None)
    program.client.force_login(a_project().owner)
    told(program.call("GET", PROJECTS), 401, "unauthenticated")
    told(program.call("POST", PROJECTS, {"title": "A"}), 401, "unauthenticated")


NOT_JSON = [
    b"{",
    b"title=A",
    b"\xff\xfe",
    b'{"title": "\xed\xa0\x80"}',
    b'{"title": NaN}',
    b'{"title": -Infinity}',
    b'{"steps": ' + b"[" * 100_000,
    b'{"after": ' + b"9" * 5000 + b"}",
    '{"title": "A"}'.encode("utf-16"),
]


@pytest.mark.parametrize("body", NOT_JSON, ids=range(len(NOT_JSON)))
def test_what_is_not_json_is_400(program: Program, body: bytes) -> None:
    assert told(program.call("POST", PROJECTS, body), 400, "unreadable")["detail"] == "The body is not JSON."
    assert not Project.objects.exists()


@pytest.mark.parametrize("body", [b'{"title": "\\ud800"}', b'{"\\uDC00": 1}', b'{"title": "A", "steps": ["\\udfff"]}'])
def test_half_a_surrogate_pair_is_no_text(program: Program, body: bytes) -> None:
    problem = told(program.call("POST", PROJECTS, body), 422, "invalid")
    assert "half of a surrogate pair" in problem["detail"]
    assert not Project.objects.exists()


def test_a_whole_pair_is(program: Program) -> None:
    answer = program.call("POST", PROJECTS, b'\xef\xbb\xbf{"title": "\\ud83d\\udc26 \xf0\x9f\x8f\xa0"}')
    assert json.loads(answer.content)["title"] == "🐦 🏠"


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"7", b'"A"'])
def test_a_body_that_is_no_object_is_422(program: Program, body: bytes) -> None:
    problem = told(program.call("POST", PROJECTS, body), 422, "invalid")
    assert [error["at"] for error in problem["errors"]] == ["body"]


def test_of_too_many_mistakes_only_the_number_is_told(program: Program) -> None:
    """A body of a few megabytes can hold a million, and naming each took gigabytes."""
    body = json.dumps({"title": "A"} | {f"wrong{number}": 0 for number in range(MOST_ERRORS + 1)}).encode()
    problem = told(program.call("POST", PROJECTS, body), 422, "invalid")
    assert problem["errors"] == [{"at": "body", "message": f"{MOST_ERRORS + 1} mistakes: too many to name."}]


@pytest.mark.parametrize(
    ("path", "status"), [(PROJECTS, 200), (f"{PROJECTS}/1", 404), ("/step-images/1", 200), ("/api/v1/nothing", 404)]
)
def test_no_cache_keeps_an_answer_nor_gives_it_to_another_token(program: Program, path: str, status: int) -> None:
    answer = program.call("GET", path)
    assert (answer.status_code, answer["Cache-Control"]) == (status, "no-store")
    assert "authorization" in answer["Vary"].lower()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
def test_a_body_must_say_that_it_is_json(program: Program, kind: str) -> None:
    answer = program.client.generic("POST", PROJECTS, b'{"title": "A"}', content_type=kind, headers=program.headers)
    told(answer, 415, "unsupported_media_type")
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/merge-patch+json", "APPLICATION/JSON"]
)
def test_it_may_say_so_in_other_words(program: Program, kind: str) -> None:
    answer = program.client.generic("POST", PROJECTS, b'{"title": "A"}', content_type=kind, headers=program.headers)
    assert answer.status_code == 201


@pytest.mark.parametrize("headers", [{}, {"idempotency_key": "k"}])
def test_a_body_that_is_too_large_is_413(program: Program, headers: dict[str, str]) -> None:
    body = b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    told(program.call("POST", PROJECTS, body, **headers), 413, "too_large")
    assert not IdempotencyKey.objects.exists()


def test_too_many_calls_are_told_when_to_come_again(program: Program) -> None:
    with override_settings(API_WRITES_A_MINUTE=1):
        program.post(PROJECTS, {"title": "A"}, expect=201)
        answer = program.call("POST", PROJECTS, {"title": "B"})
        told(answer, 429, "throttled")
        assert 0 < int(answer["Retry-After"]) <= 60
        program.get(PROJECTS)
    assert Project.objects.count() == 1


def test_what_goes_wrong_inside_is_told_to_nobody_and_found_in_the_log(
    program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE storyboards_project RENAME TO elsewhere")
    problem = told(program.call("GET", PROJECTS), 500, "internal")
    assert "elsewhere" not in str(problem)
    assert "storyboards_project" not in str(problem)
    reference = problem["detail"].rpartition("Reference ")[2].rstrip(".")
    assert f"Reference {reference}" in caplog.text


def test_each_system_tells_a_problem_in_its_own_shape() -> None:
    problem = Problem(422, "No.", "bad", Charged.MAYBE, [{"at": "body.title", "message": "This is missing."}])
    assert problem_details(problem) == {
        "type": "urn:throughline:problem:bad",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "No.",
        "code": "bad",
        "charged": "maybe",
        "errors": [{"at": "body.title", "message": "This is missing."}],
    }
    assert detail_only(problem) == {"detail": "No. body.title: This is missing."}
    assert success_false(problem) == {"success": False, "error": "No. body.title: This is missing."}


@pytest.mark.parametrize(
    ("error", "status", "code"), [(Refusal("No."), 409, "refused"), (Conflict(), 409, "edit_conflict")]
)
def test_what_verbs_refuse_is_a_conflict(error: Exception, status: int, code: str) -> None:
    assert (problem_of(error).status, problem_of(error).code) == (status, code)


@pytest.mark.parametrize("address", ["/api/v1/projects?cusror=7", "/api/v1/styles?=", "/api/v1/runs/1?wait=1"])
def test_a_misspelt_parameter_is_told(address: str) -> None:
    answer = Program().call("GET", address)
    assert answer.status_code == 422
    assert json.loads(answer.content)["errors"][0]["message"].startswith("There is no such parameter.")
