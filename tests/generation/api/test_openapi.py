"""The API keeps to its own description: schemathesis asks for all that it allows, and for much that it does not."""

import json
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
from generation.pages.reference import Call, load_reference
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
    "POST /api/v1/projects/import": "a text may hold no steps",
    "POST /api/v1/projects/{project_id}/import": "a text may hold no steps",
    "POST /api/v1/projects/{project_id}/steps": "a step without a word makes no picture",
    "PATCH /api/v1/steps/{step_id}": "a step without a word makes no picture",
    "POST /api/v1/sessions": "a prompt of blanks says nothing",
    "POST /api/v1/sessions/{session_id}/pictures": "a prompt of blanks says nothing",
    "POST /api/v1/keys": "a key must be of its vendor's kind",
    "POST /api/v1/keys/{key_id}/replace": "a key must be of its vendor's kind",
    "PUT /api/v1/projects/{project_id}/concept-picture": "bytes must be a picture",
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
        assert call.title, call.anchor
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
        shape = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert described["components"]["schemas"][shape]["additionalProperties"] is False, call.anchor


def test_the_documentation_shows_every_call() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    for call in calls():
        assert f'id="{call.anchor}"' in page
