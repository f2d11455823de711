"""Answers about jobs that no protocol knows: each ends in one of our errors, and nothing else escapes."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.errors import ProviderError
from generation.providers import answers, graphs
from generation.providers.base import Provider
from generation.providers.comfyui import words
from generation.providers.graphs import objects
from generation.providers.graphs.values import Wanted
from generation.providers.runpod import outputs, polling
from tests.generation.providers.asking import reference, request
from tests.generation.providers.calls import Call
from tests.generation.providers.conftest import Fail
from tests.generation.providers.vendors import SECRET
from tests.simulator.client import Simulator

KEYS = (
    "status", "status_str", "messages", "outputs", "images", "type", "filename", "9", "error", "errors", "node_errors",
    "message", "details", "output", "data", "url", "job_results", "executionTime", "input", "required", "optional",
    "image_url", "error_message", "timestamp", "class_type", "node_id", "exception_message",
)  # fmt: skip
WORDS = (
    "",
    "no",
    "\x00\ud800",
    "error",
    "output",
    "execution_error",
    "COMPLETED",
    "FAILED",
    "{}",
    '{"message": [1]}',
    "aGk=",
)
PLAIN = st.none() | st.booleans() | st.integers(-5, 5) | st.just(float("nan")) | st.sampled_from(WORDS)
JSON = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
OBJECT = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5)


@PATIENT
@given(OBJECT)
def test_whatever_a_job_says_can_be_read(job: dict[str, Any]) -> None:
    usage = polling.milliseconds(job)
    assert "\0" not in str(outputs.failure(job, usage, "secret"))
    with suppress(ProviderError):
        outputs.first_picture(job.get("output", job), usage)


@PATIENT
@given(OBJECT)
def test_whatever_a_history_says_can_be_read(entry: dict[str, Any]) -> None:
    words.milliseconds(entry)
    assert "\0" not in f"{words.refusal(entry)} {words.failure(entry)}"
    with suppress(ProviderError):
        words.picture(entry, "9")


@pytest.mark.parametrize("worked", [float("nan"), float("inf"), -5, True, "300", 1e300, None])
def test_what_is_no_time_is_not_counted(worked: object) -> None:
    assert polling.milliseconds({"executionTime": worked}) == {}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("99999999999", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
    ],
)
def test_when_to_come_back_is_seconds_or_nothing(said: str, seconds: float | None) -> None:
    assert answers.retry_after({"retry-after": said}) == seconds


def test_a_date_to_come_back_at_is_turned_into_seconds() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 57 < (answers.retry_after({"retry-after": date}) or 0) <= 60
    assert answers.retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00"}) is None


@PATIENT
@given(st.dictionaries(st.sampled_from(("SaveImage", "VAEDecode", "RandomNoise")), JSON))
def test_whatever_a_server_says_of_its_nodes_can_be_read(told: dict[str, Any]) -> None:
    assert objects.problems(graphs.build({}, Wanted("a kite", 512, 512, 0)), told)


STATUSES = (200, 201, 204, 206, 302, 400, 403, 409, 422, 451, 499, 500, 520, 599)
BODIES = {
    "nothing": "",
    "null": "null",
    "text": '"text"',
    "list": "[]",
    "odd": '{"id": 7, "prompt_id": {}, "status": [], "error": {"message": {}}, "node_errors": [1], "output": 3}',
    "odder": '{"prompt_id": "x", "node_errors": {"1": 2, "3": {"errors": [4]}}, "error": ["no"], "id": ""}',
    "deep": "[" * 50_000,
    "page": "<html><body>Service Unavailable</body></html>",
    "bad letters": "\udcff\udcfe{",
    "huge number": '{"error": 1' + "0" * 5_000 + "}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(("vendor", "path"), [("runpod", "/run"), ("comfyui", "/prompt"), ("comfyui", "/upload")])
def test_any_body_under_any_status_is_an_error_of_ours(
    vendor: str, path: str, body: str, providers: Mapping[str, Provider], simulator: Simulator, fail: Fail
) -> None:
    for status in STATUSES:
        simulator.fault("status", vendor, path=path, status=status, body=_sendable(body))
        assert str(fail(providers[vendor], request("flux", references=(reference(),))))
    assert len([entry for entry in simulator.log(vendor) if entry.path.endswith("/run")]) in (0, len(STATUSES))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(("vendor", "path"), [("runpod", "/status"), ("comfyui", "/queue"), ("comfyui", "/history")])
def test_odd_words_while_a_picture_is_made_cost_nothing(
    vendor: str, path: str, body: str, providers: Mapping[str, Provider], simulator: Simulator
) -> None:
    for status in (200, 500, 204):
        simulator.fault("status", vendor, path=path, status=status, body=_sendable(body))
        assert providers[vendor].generate(request("flux"), SECRET, Call()).content_type == "image/png"


def _sendable(body: str) -> str:
    return body.encode("utf-8", "replace").decode()
