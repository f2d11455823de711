"""Answers that no SDK was made for, over real HTTP: each ends in one of our errors, and within the deadline."""

from collections.abc import Mapping

import pytest

from generation.errors import EmptyAnswer, MalformedAnswer, OutcomeUnknown
from generation.providers.base import Provider
from tests.generation.providers.asking import request
from tests.generation.providers.conftest import Fail
from tests.generation.providers.vendors import VENDORS, Vendor
from tests.simulator.client import Simulator

SERVERS = [vendor for vendor in VENDORS if "request" not in vendor.cannot]
STATUSES = (200, 201, 202, 204, 206, 300, 302, 304, 400, 401, 403, 404, 409, 422, 429, 451, 499, 500, 501, 520, 599)
BODIES = {
    "nothing": "",
    "null": "null",
    "text": '"text"',
    "number": "7",
    "list": "[]",
    "list of two": '[{"error": {"code": 1}}, 2]',
    "text for an error": '{"error": "no", "message": 5, "status": []}',
    "wrong types": '{"error": {"message": {}, "details": {"a": 1}, "code": {}, "status": 3, "type": []}}',
    "wrong answer": '{"candidates": {"a": 1}, "data": {"b": 2}, "usageMetadata": [], "usage": "x", "created": "now"}',
    "nulls": '{"candidates": [null], "data": [null], "usage": null, "promptFeedback": null}',
    "deep": "[" * 50_000,
    "page": "<html><body>Service Unavailable</body></html>",
    "bad letters": "\udcff\udcfe{",
    "huge number": '{"error": {"code": 1' + "0" * 5_000 + "}}",
}


@pytest.fixture(params=SERVERS, ids=lambda vendor: vendor.name)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    found: Vendor = request.param
    return found


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_any_body_under_any_status_is_an_error_of_ours(
    vendor: Vendor, body: str, providers: Mapping[str, Provider], simulator: Simulator, fail: Fail
) -> None:
    for status in STATUSES:
        simulator.fault("status", vendor.name, path=vendor.paid, status=status, body=body)
        error = fail(providers[vendor.name], request(vendor.model, options=vendor.options))
        assert str(error)
    assert len([entry for entry in simulator.log() if entry.fault]) == len(STATUSES)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content-Encoding": "gzip"}, OutcomeUnknown),
        ({"Content-Type": "application/json; charset=no-such-thing"}, MalformedAnswer),
        ({"Content-Type": "text/event-stream"}, MalformedAnswer),
        ({"Content-Type": "image/png"}, MalformedAnswer),
        ({"Content-Type": "\x7f"}, OutcomeUnknown),
    ],
    ids=str,
)
def test_headers_that_lie_about_the_body_are_survived(
    vendor: Vendor,
    headers: dict[str, str],
    expected: type[Exception],
    providers: Mapping[str, Provider],
    simulator: Simulator,
    fail: Fail,
) -> None:
    simulator.fault("status", vendor.name, path=vendor.paid, status=200, body="[1, 2", headers=headers)
    assert type(fail(providers[vendor.name], request(vendor.model, options=vendor.options))) is expected


def test_nothing_at_all_is_an_empty_answer(
    vendor: Vendor, providers: Mapping[str, Provider], simulator: Simulator, fail: Fail
) -> None:
    simulator.fault("status", vendor.name, path=vendor.paid, status=200)
    error = fail(providers[vendor.name], request(vendor.model, options=vendor.options))
    assert isinstance(error, EmptyAnswer | MalformedAnswer)
