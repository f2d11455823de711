"""The simulated vendors are strict, count at arrival, write no secrets down and serve hundreds at once."""

import base64
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.simulator.client import Simulator
from tests.simulator.windows import Rule

SECRET = "a-secret-of-the-simulator"
CONTENTS = [{"role": "user", "parts": [{"text": "a lantern"}]}]
PICTURES_ONLY = {"responseModalities": ["IMAGE"]}


@pytest.fixture
def http(simulator: Simulator) -> Iterator[httpx2.Client]:
    for vendor in ("gemini", "openai"):
        simulator.account(vendor, "main", {"first": SECRET})
    with httpx2.Client(timeout=30, limits=httpx2.Limits(max_connections=None)) as client:
        yield client


def gemini(http: httpx2.Client, simulator: Simulator, body: object, **more: Any) -> httpx2.Response:
    model = more.pop("model", "gemini-3-pro-image")
    headers = more.pop("headers", {"x-goog-api-key": SECRET})
    url = f"{simulator.url('gemini')}/v1/models/{model}:generateContent"
    return http.post(url, json=body, headers=headers, **more)


def openai(http: httpx2.Client, simulator: Simulator, **fields: object) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {SECRET}"}
    body = {"model": "gpt-image-2", "prompt": "a lantern"} | fields
    return http.post(f"{simulator.url('openai')}/images/generations", json=body, headers=headers)


def wanted(**config: object) -> dict[str, object]:
    return {"contents": CONTENTS, "generationConfig": PICTURES_ONLY | config}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "contents is not specified"),
        (wanted() | {"colour": "red"}, 'Unknown name "colour"'),
        (wanted(imageConfig={"imageSize": "1k"}), "image_size"),
        (wanted(imageConfig={"image_size": "8K"}), "image_size"),
        (wanted(imageConfig={"aspectRatio": "16:10"}), "aspect_ratio"),
        (wanted(imageConfig={"outputMimeType": "image/png"}), 'Unknown name "outputMimeType"'),
        (wanted(seed=2**31), "seed"),
        (
            {"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]}]},
            "Unable to process input image",
        ),
    ],
)
def test_gemini_refuses_what_google_refuses(
    http: httpx2.Client, simulator: Simulator, body: object, message: str
) -> None:
    answer = gemini(http, simulator, body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["status"] == "INVALID_ARGUMENT"
    assert message in error["message"]


def test_gemini_takes_both_spellings_and_alphabets(http: httpx2.Client, simulator: Simulator) -> None:
    data = gemini(http, simulator, wanted()).json()["candidates"][0]["content"]["parts"][1]["inlineData"]["data"]
    url_safe = data.replace("+", "-").replace("/", "_")
    for part in (
        {"inlineData": {"mimeType": "image/png", "data": data}},
        {"inline_data": {"mime_type": "image/png", "data": url_safe}},
    ):
        body = {"contents": [{"parts": [part]}], "generation_config": {"response_modalities": ["IMAGE"]}}
        assert gemini(http, simulator, body).status_code == 200
    first, second = (entry.references for entry in simulator.log()[-2:])
    assert first == second != []


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 403), ({"x-goog-api-key": "nobodys"}, 400), ({"x-goog-api-key": SECRET}, 200)]
)
def test_gemini_knows_its_keys(http: httpx2.Client, simulator: Simulator, headers: dict[str, str], status: int) -> None:
    assert gemini(http, simulator, wanted(), headers=headers).status_code == status


def test_gemini_knows_its_models(http: httpx2.Client, simulator: Simulator) -> None:
    assert gemini(http, simulator, wanted(), model="gemini-3-pro-image-preview").status_code == 404


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"style": "vivid"}, 400, "unknown_parameter"),
        ({"response_format": "b64_json"}, 400, "unknown_parameter"),
        ({"input_fidelity": "high"}, 400, "unknown_parameter"),
        ({"size": "1000x1000"}, 400, "invalid_value"),
        ({"size": "512x512"}, 400, "invalid_value"),
        ({"size": "3840x1024"}, 400, "invalid_value"),
        ({"quality": "hd"}, 400, "invalid_value"),
        ({"quality": "max"}, 400, "invalid_value"),
        ({"prompt": ""}, 400, "invalid_value"),
        ({"prompt": "x" * 32_001}, 400, "invalid_value"),
        ({"model": "gpt-image-1"}, 404, "model_not_found"),
        ({"model": "gpt-image-1.5", "size": "1360x768"}, 400, "invalid_value"),
        ({"model": "gpt-image-2.5-flare", "quality": "max"}, 200, None),
        ({"size": "1360x768"}, 200, None),
    ],
)
def test_openai_refuses_what_openai_refuses(
    http: httpx2.Client, simulator: Simulator, fields: dict[str, object], status: int, code: str | None
) -> None:
    answer = openai(http, simulator, **fields)
    assert answer.status_code == status
    assert answer.json().get("error", {}).get("code") == code


def test_openai_takes_sixteen_pictures_and_no_more(http: httpx2.Client, simulator: Simulator) -> None:
    picture = base64.b64decode(openai(http, simulator).json()["data"][0]["b64_json"])
    for number, status in ((16, 200), (17, 400)):
        files = [("image[]", (f"{index}.png", picture, "image/png")) for index in range(number)]
        answer = http.post(
            f"{simulator.url('openai')}/images/edits",
            data={"model": "gpt-image-2", "prompt": "a lantern"},
            files=files,
            headers={"Authorization": f"Bearer {SECRET}"},
        )
        assert answer.status_code == status


def test_no_secret_is_written_down(http: httpx2.Client, simulator: Simulator) -> None:
    gemini(http, simulator, wanted(), headers={}, params={"key": SECRET})
    openai(http, simulator)
    entries = simulator.log()
    assert [entry.key for entry in entries] == ["first", "first"]
    assert SECRET not in json.dumps([vars(entry) for entry in entries])


def test_requests_are_counted_when_they_arrive(http: httpx2.Client, simulator: Simulator) -> None:
    """Not when they are answered: two at once do not both get in."""
    simulator.account("gemini", "main", {"first": SECRET}, Rule("sliding", 1, 0.6))
    simulator.latency("gemini", 0.5)
    with ThreadPoolExecutor(2) as threads:
        statuses = sorted(threads.map(lambda _: gemini(http, simulator, wanted()).status_code, range(2)))
    assert statuses == [200, 429]
    refused = next(entry for entry in simulator.log() if entry.status == 429)
    assert refused.answered is not None
    assert refused.answered - refused.arrived < 0.4


def test_faults_go_to_those_they_are_meant_for_and_are_used_up(http: httpx2.Client, simulator: Simulator) -> None:
    simulator.fault("server_error", "gemini", prompt="lantern", skip=1, times=2)
    simulator.fault("overloaded", "gemini", prompt="windmill")
    statuses = [gemini(http, simulator, wanted()).status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    assert openai(http, simulator).status_code == 200


def test_trouble_that_no_vendor_has_is_refused(simulator: Simulator) -> None:
    with pytest.raises(OSError, match="400"):
        simulator.fault("earthquake", "gemini")


def test_500_slow_requests_are_served_at_once(http: httpx2.Client, simulator: Simulator) -> None:
    simulator.latency("gemini", 2.0)
    start = time.monotonic()
    with ThreadPoolExecutor(500) as threads:
        statuses = set(threads.map(lambda _: gemini(http, simulator, wanted()).status_code, range(500)))
    assert statuses == {200}
    counters = simulator.counters()
    assert counters["most_in_flight"] > 250
    assert counters["vendors"]["gemini"] == {"requests": 500, "200": 500}
    assert time.monotonic() - start < 30


def test_a_reset_forgets_everybody(http: httpx2.Client, simulator: Simulator) -> None:
    simulator.fault("server_error", "gemini")
    simulator.reset()
    assert gemini(http, simulator, wanted()).status_code == 400  # the key is unknown now
    simulator.account("gemini", "main", {"first": SECRET})
    assert gemini(http, simulator, wanted()).status_code == 200
    assert len(simulator.log()) == 2
