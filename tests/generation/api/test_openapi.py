"""The API keeps to its own description: schemathesis asks for all that it allows, and for much that it does not."""

import json
import shlex
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from generation.api import throttles
from generation.api.v1 import api
from generation.models import Scope, StyleRun
from generation.pages.reference import Call, load_reference, prose
from tests.calling import a_token
from tests.making import a_project, a_run, a_user, make_all

pytestmark = pytest.mark.django_db(transaction=True)

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
"""Read without a database."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> StyleRun:
    """Something to ask about. The throttle is tested elsewhere."""
    run = a_run(a_project("a table", "an apple", owner=a_user("chief", is_staff=True, is_superuser=True)))
    make_all()
    monkeypatch.setattr(throttles.calls, "count", lambda *_: None)
    return run


MORE_THAN_A_SHAPE = {
    "POST /api/v1/projects": "a step without a word makes no picture",
    "PATCH /api/v1/projects/{project_id}": "variables are lines with a name each",
    "POST /api/v1/projects/import": "a text may hold no steps",
    "POST /api/v1/projects/{project_id}/import": "a text may hold no steps",
    "POST /api/v1/projects/{project_id}/steps": "a step without a word makes no picture",
    "PATCH /api/v1/steps/{step_id}": "a step without a word makes no picture",
    "POST /api/v1/projects/{project_id}/characters": "a name is given once",
    "PATCH /api/v1/characters/{character_id}": "a name is given once",
    "PUT /api/v1/characters/{character_id}/sheet": "bytes must be a picture",
    "POST /api/v1/steps/{step_id}/split": "each part must have a word",
    "POST /api/v1/sessions": "a prompt of blanks says nothing",
    "POST /api/v1/sessions/{session_id}/pictures": "a prompt of blanks says nothing",
    "POST /api/v1/keys": "a key must be of its vendor's kind",
    "POST /api/v1/keys/{key_id}/replace": "a key must be of its vendor's kind",
    "PUT /api/v1/projects/{project_id}/concept-picture": "bytes must be a picture",
    "POST /api/v1/frames/{frame_id}/takes": "bytes must be a picture",
    "POST /api/v1/runs/{run_id}/{verb}": "what one verb asks for means nothing to another",
    "POST /api/v1/frames/{frame_id}/{verb}": "what one verb asks for means nothing to another",
}
"""What fits the description and is refused all the same, and why."""


@schema.parametrize()
@settings(
    max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)  # fmt: skip
def test_every_call_keeps_to_its_description(case: "schemathesis.Case[Any]", made: StyleRun) -> None:
    token = a_token(made.project.owner, Scope.values)
    case.headers.pop("Idempotency-Key", None)  # with another body it is refused, as tests of its own tell
    beyond: list[Any] = [positive_data_acceptance] if case.operation.label in MORE_THAN_A_SHAPE else []
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=beyond)


def calls() -> list[Call]:
    described = api.get_openapi_schema()
    return [call for section in load_reference(described, "http://testserver") for call in section.calls]


def test_every_call_is_described_with_its_scope_and_an_answer() -> None:
    for call in calls():
        assert call.title != call.anchor.partition("_")[2].replace("_", " ").title(), f"{call.anchor} needs a summary"
        assert call.words, call.anchor
        assert call.scope in Scope.values, call.anchor
        assert any(reply.status < "300" for reply in call.replies), call.anchor


@pytest.mark.parametrize("call", [call for call in calls() if call.body], ids=lambda call: call.anchor)
def test_examples_of_bodies_fit_their_shape(call: Call) -> None:
    described: Any = json.loads(json.dumps(api.get_openapi_schema()))
    operation = described["paths"][call.path][call.method.lower()]
    shape = operation["requestBody"]["content"]["application/json"]["schema"]
    jsonschema_rs.validate(shape | {"components": described["components"]}, json.loads(call.body))


def test_no_body_passes_over_what_it_does_not_know() -> None:
    described = api.get_openapi_schema()
    bodies = [call for call in calls() if call.body and not call.path.startswith("/api/v1/keys")]
    assert bodies
    for call in bodies:
        operation = described["paths"][call.path][call.method.lower()]
        sent = operation["requestBody"]["content"]["application/json"]["schema"]
        shape = (sent if "$ref" in sent else sent["allOf"][0])["$ref"].rpartition("/")[2]
        assert described["components"]["schemas"][shape]["additionalProperties"] is False, call.anchor


@pytest.mark.parametrize("call", calls(), ids=lambda call: call.anchor)
def test_examples_can_be_typed_as_they_are(call: Call) -> None:
    for curl in call.curls:
        words = shlex.split(curl.replace("\\\n", ""))
        parts = [part for part in call.path.split("/") if not part.startswith("{")]
        assert words[0] == "curl"
        assert set(parts) <= set(words[-1].split("/"))
        assert "{" not in words[-1]  # curl would take it for a list
        sent = [json.loads(words[place + 1]) for place, word in enumerate(words) if word == "-d"]
        assert sent == ([json.loads(call.body)] if call.body else [])


def test_bytes_go_from_files_into_files() -> None:
    curls = {call.anchor: call.curls for call in calls()}
    assert '-H "Content-Type: image/png" \\\n  --data-binary @picture.png' in curls["projects_put_concept_picture"][0]
    assert "-o picture.png" in curls["takes_get_picture"][0]
    assert "-o export.zip" in curls["exports_get_file"][0]
    assert ["-N" in curl for curl in curls["events_events"]] == [False, True]


def test_examples_tell_in_the_order_of_the_description() -> None:
    body = next(call.body for call in calls() if call.anchor == "projects_create_project")
    assert list(json.loads(body))[-2:] == ["steps", "start"]


def test_what_is_one_of_several_is_told_with_all_of_them() -> None:
    replies = {call.anchor: call.replies[0].content for call in calls()}
    for anchor in ("runs_get_run", "runs_list_runs", "frames_get_frame", "takes_get_take"):
        content = replies[anchor]
        assert content is not None
        (status,) = (part for part in content.parts if part.name == "status")
        assert status.kind.startswith("one of ")
        assert "completed" in status.kind


def test_words_are_paragraphs_with_code_and_never_markup() -> None:
    assert prose("One\n`two` <b>\n\nThree") == "<p>One <code>two</code> &lt;b&gt;</p>\n<p>Three</p>"


def test_the_documentation_shows_every_call() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    for call in calls():
        assert f'id="{call.anchor}"' in page
