"""Browsers on other origins: who may call what, and that it never takes a cookie."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from generation.api.links import picture_url
from tests.calling import Program
from tests.generation.api.test_images import a_caller, relative
from tests.making import a_project, a_run, make_all, newest_take

pytestmark = pytest.mark.django_db(transaction=True)

OURS, FOREIGN = "http://localhost:5173", "https://elsewhere.example"
OPEN = [
    "/step-images/x",
    "/step-images/x/step/1",
    "/images/1",
    "/api/generate-images",
    "/api/generation-status/x",
    "/api/v1/projects",
]
CLOSED = [
    "/start-image-sequence",
    "/generate-image",
    "/",
    "/login/",
    "/projects/1/",
    "/admin/",
]
ORIGIN = "Access-Control-Allow-Origin"


def preflight(path: str, origin: str) -> HttpResponse:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    return Client().options(path, headers=asked)  # type: ignore[return-value]


@pytest.mark.parametrize("origin", [OURS, "http://localhost:3000"])
@pytest.mark.parametrize("path", OPEN)
def test_a_preflight_is_answered_without_a_token(path: str, origin: str) -> None:
    answer = preflight(path, origin)
    assert (answer.status_code, answer[ORIGIN]) == (200, origin)
    assert {"authorization", "content-type", "idempotency-key", "last-event-id"} <= set(
        answer["Access-Control-Allow-Headers"].split(", ")
    )
    assert "POST" in answer["Access-Control-Allow-Methods"]
    assert "origin" in answer["Vary"].lower()
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://localhost:5174", "https://localhost:5173", ""])
@pytest.mark.parametrize("path", OPEN)
def test_a_foreign_origin_is_allowed_nothing(path: str, origin: str) -> None:
    assert ORIGIN not in preflight(path, origin)
    assert ORIGIN not in Program().call("GET", path, Origin=origin)


@pytest.mark.parametrize("path", CLOSED)
def test_pages_and_the_rest_are_for_no_other_origin(path: str) -> None:
    assert ORIGIN not in preflight(path, OURS)
    assert ORIGIN not in Client().get(path, headers={"Origin": OURS})


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/step-images/health", b"", 200),
        ("GET", "/step-images/x/step/1", b"", 404),
        ("POST", "/step-images/x", b"", 405),
        ("GET", "/images/1", b"", 404),
        ("POST", "/api/generate-images", b"{", 400),
        ("GET", "/api/nothing", b"", 404),
        ("GET", "/api/v1/nothing", b"", 404),
    ],
)
def test_errors_can_be_read_from_there(method: str, path: str, sent: bytes, status: int) -> None:
    answer = Program().call(method, path, sent, Origin=OURS)
    assert (answer.status_code, answer[ORIGIN]) == (status, OURS)
    assert "retry-after" in answer["Access-Control-Expose-Headers"]
    assert not answer.cookies


def test_a_call_without_a_token_can_be_read_too() -> None:
    answer = Client().get("/step-images/x", headers={"Origin": OURS})
    assert (answer.status_code, answer[ORIGIN]) == (401, OURS)


def test_pictures_and_streams_carry_it() -> None:
    run = a_run(a_project("a lamp", external_id="x"))
    make_all()
    url = relative(picture_url(newest_take(run, 1), a_caller()))
    assert Client().get(url, headers={"Origin": OURS})[ORIGIN] == OURS
    stream: Any = Program().call("POST", "/api/generate-images", {"projectPath": "x"}, Origin=OURS)
    assert (stream["Content-Type"], stream[ORIGIN]) == ("text/event-stream", OURS)
