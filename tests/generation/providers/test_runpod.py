"""RunPod: what it does beyond the contract, over real HTTP."""

import hashlib
import io
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from generation.errors import (
    BadPicture,
    Cancelled,
    Charged,
    EmptyAnswer,
    InvalidRequest,
    JobFailed,
    KeyRefused,
    MalformedAnswer,
    NoMoney,
    NoPicture,
    OutcomeUnknown,
    ProviderError,
)
from generation.providers.base import ImageResult, Reference, ReferenceRole
from generation.providers.runpod import RunPodProvider, body, outputs
from tests.generation.providers.asking import reference, request
from tests.generation.providers.calls import Call, WorkerDied
from tests.generation.providers.conftest import Fail
from tests.generation.providers.vendors import SECRET
from tests.simulator.client import Simulator
from tests.simulator.runpod import SHAPES
from tests.simulator.state import Entry

Ask = Callable[..., ImageResult]
Build = Callable[..., RunPodProvider]


@pytest.fixture
def build(simulator: Simulator) -> Build:
    def make(**changes: Any) -> RunPodProvider:
        settings: dict[str, Any] = {
            "base_url": simulator.url("runpod"),
            "endpoints": {"main": "flux-main", "alternative": " flux-alternative ", "fast": ""},
            "polling_interval": 0.05,
            "fetch_hosts": (urlsplit(simulator.address).netloc,),
        }
        return RunPodProvider(**(settings | changes))

    return make


@pytest.fixture
def provider(build: Build) -> RunPodProvider:
    return build()


@pytest.fixture
def ask(provider: RunPodProvider) -> Ask:
    def make(call: Call | None = None, **changes: Any) -> ImageResult:
        return provider.generate(request("flux", **changes), SECRET, call or Call())

    return make


def jobs(simulator: Simulator) -> list[Entry]:
    """The jobs that were really started, and paid."""
    return [entry for entry in simulator.log("runpod") if "job" in entry.facts]


def paths(simulator: Simulator, part: str) -> list[str]:
    return [entry.path for entry in simulator.log("runpod") if part in entry.path]


def heavy(side: int) -> Reference:
    """A picture stored without compression: three bytes a pixel as PNG, and little as WebP."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(buffer, "PNG", compress_level=0)
    return Reference(buffer.getvalue(), "image/png", ReferenceRole.STYLE)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_that_workers_answer_in_is_understood(ask: Ask, simulator: Simulator, shape: str) -> None:
    simulator.settings("runpod", shape=shape)
    simulator.picture("runpod", format="WEBP")
    result = ask(width=128, height=64)
    assert result.content_type == "image/webp", "by the bytes, whatever the name says"
    assert Image.open(io.BytesIO(result.data)).size == (128, 64)
    assert result.finish_reason == "COMPLETED"
    assert result.seed == 7


def test_a_job_waits_then_runs_and_its_time_is_told(ask: Ask, simulator: Simulator) -> None:
    simulator.settings("runpod", queue_seconds=0.2)
    simulator.latency("runpod", 0.3)
    assert ask().usage == {"milliseconds": 300}
    assert len(paths(simulator, "/status/")) > 3
    assert len(jobs(simulator)) == 1


def test_the_jobs_id_is_kept_before_the_first_poll(ask: Ask, simulator: Simulator) -> None:
    call = Call(dies=True)
    with pytest.raises(WorkerDied):
        ask(call)
    assert call.ids == [jobs(simulator)[0].facts["job"]]
    assert paths(simulator, "/status/") == []


def test_a_job_that_another_worker_began_is_polled_and_never_run_again(ask: Ask, simulator: Simulator) -> None:
    first = Call(dies=True)
    with pytest.raises(WorkerDied):
        ask(first)
    assert ask(Call(id="call-2", resume=first.ids[0])).content_type == "image/png"
    assert len(paths(simulator, "/run")) == 1


def test_a_job_that_has_expired_is_unknown_and_never_run_again(
    provider: RunPodProvider, simulator: Simulator, fail: Fail
) -> None:
    error = fail(provider, request("flux"), call=Call(resume="gone-u1"))
    assert isinstance(error, OutcomeUnknown)
    assert paths(simulator, "/run") == []


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("job_failed", JobFailed, "Node Type: LoraLoader, Node ID: 4, Message: bad file"),
        ("job_broken", JobFailed, "the worker lost its temper"),
        ("validation", InvalidRequest, "nope.safetensors"),
        ("timed_out", JobFailed, "longer than RunPod allows"),
        ("job_cancelled", JobFailed, "cancelled the job"),
        ("no_image", NoPicture, "saved no picture"),
        ("empty", EmptyAnswer, "no output"),
        ("errors_only", JobFailed, "upload to the store failed"),
        ("text_only", NoPicture, "I would rather not, sorry."),
        ("odd", MalformedAnswer, "unknown kind"),
    ],
)
def test_a_job_that_ends_badly_says_why_and_how_long_it_worked(
    provider: RunPodProvider, simulator: Simulator, fail: Fail, fault: str, kind: type[ProviderError], words: str
) -> None:
    simulator.latency("runpod", 0.1)
    simulator.fault(fault, "runpod", path="/run")
    error = fail(provider, request("flux"))
    assert type(error) is kind
    assert words in str(error)
    assert error.usage == {"milliseconds": 100}
    assert error.charged is Charged.MAYBE
    for secret in ("Traceback", "handler.py", "worker-7f3", "/home"):
        assert secret not in str(error)


def test_what_a_worker_wants_of_reason_is_kept(provider: RunPodProvider, simulator: Simulator, fail: Fail) -> None:
    for fault, reason in {"no_image": "success_no_images", "timed_out": "TIMED_OUT", "job_failed": "FAILED"}.items():
        simulator.fault(fault, "runpod", path="/run")
        assert fail(provider, request("flux")).finish_reason == reason


@pytest.mark.parametrize("kind", ["status", "reset", "cut", "garbage"])
def test_passing_trouble_with_polls_costs_no_job(ask: Ask, simulator: Simulator, kind: str) -> None:
    simulator.latency("runpod", 0.2)
    simulator.fault(kind, "runpod", path="/status/", times=3, status=502)
    assert ask().content_type == "image/png"
    assert len(paths(simulator, "/run")) == 1


def test_polling_slows_down_when_asked_to(ask: Ask, simulator: Simulator) -> None:
    simulator.fault("status", "runpod", path="/status/", status=429, headers={"Retry-After": "0.5"})
    begun = time.monotonic()
    assert ask().content_type == "image/png"
    assert time.monotonic() - begun > 0.5
    assert len(paths(simulator, "/status/")) == 2


def test_a_key_that_dies_while_its_job_runs_may_have_been_charged(
    provider: RunPodProvider, simulator: Simulator, fail: Fail
) -> None:
    simulator.fault("status", "runpod", path="/status/", status=401)
    error = fail(provider, request("flux"))
    assert isinstance(error, KeyRefused)
    assert error.charged is Charged.MAYBE
    assert KeyRefused.charged is Charged.NO


class TestTime:
    def over(self, simulator: Simulator, provider: RunPodProvider, fail: Fail, least: float, **changes: Any) -> None:
        begun = time.monotonic()
        error = fail(provider, request("flux", **changes))
        assert isinstance(error, OutcomeUnknown)
        assert least < time.monotonic() - begun < least + 1.5
        assert len(paths(simulator, "/cancel/")) == 1, "nobody waits for it any more"

    def test_the_call_ends_with_its_deadline(self, build: Build, simulator: Simulator, fail: Fail) -> None:
        simulator.fault("stuck", "runpod", path="/run")
        self.over(simulator, build(), fail, 0.5, timeout=0.5)

    def test_the_whole_call_has_a_limit_of_its_own(self, build: Build, simulator: Simulator, fail: Fail) -> None:
        simulator.fault("stuck", "runpod", path="/run")
        self.over(simulator, build(sync_timeout=0.5), fail, 0.5, timeout=60)

    def test_waiting_in_the_queue_does_not_count_as_polling(self, build: Build, simulator: Simulator) -> None:
        simulator.settings("runpod", queue_seconds=1.0)
        provider = build(max_polling_duration=0.5, max_polling_attempts=8)
        assert provider.generate(request("flux"), SECRET, Call()).content_type == "image/png"

    def test_polls_of_a_running_job_are_counted(self, build: Build, simulator: Simulator, fail: Fail) -> None:
        simulator.fault("slow", "runpod", path="/run")
        self.over(simulator, build(max_polling_attempts=6), fail, 0.2)
        assert len(paths(simulator, "/status/")) == 7

    def test_a_running_job_is_polled_for_so_long(self, build: Build, simulator: Simulator, fail: Fail) -> None:
        simulator.fault("slow", "runpod", path="/run")
        self.over(simulator, build(max_polling_duration=0.5), fail, 0.5)

    def test_runpod_is_told_when_nobody_waits_any_more(self, ask: Ask, simulator: Simulator) -> None:
        ask(timeout=90)
        assert jobs(simulator)[0].facts["policy"] == {"executionTimeout": 90_000, "ttl": 240_000}


def test_cancelling_cancels_the_job(ask: Ask, simulator: Simulator) -> None:
    simulator.fault("slow", "runpod", path="/run")
    call = Call(cancel_at=time.monotonic() + 0.4)
    with pytest.raises(Cancelled) as caught:
        ask(call)
    assert paths(simulator, "/cancel/") == [f"/flux-main/cancel/{call.ids[0]}"]
    assert caught.value.charged is Charged.MAYBE


class TestKeysAndEndpoints:
    def test_no_credit_is_told(self, provider: RunPodProvider, simulator: Simulator, fail: Fail) -> None:
        simulator.account("runpod", "main", {"first": SECRET}, state="no_money")
        assert isinstance(fail(provider, request("flux")), NoMoney)

    @pytest.mark.parametrize(
        ("endpoint", "path"),
        [("main", "/flux-main/run"), ("alternative", "/flux-alternative/run"), ("flux-fast", "/flux-fast/run")],
    )
    def test_an_engine_chooses_the_endpoint(self, ask: Ask, simulator: Simulator, endpoint: str, path: str) -> None:
        ask(options={"endpoint": endpoint})
        assert paths(simulator, "/run") == [path]

    @pytest.mark.parametrize(
        ("endpoint", "variable"),
        [
            ("main", "RUNPOD_SERVER_100_ID"),
            ("alternative", "RUNPOD_SERVER_150_ID"),
            ("fast", "RUNPOD_SERVER_SCHNELL_ID"),
        ],
    )
    def test_what_is_missing_is_told_by_the_name_of_its_variable(self, endpoint: str, variable: str) -> None:
        (told,) = RunPodProvider().missing("flux", {"endpoint": endpoint})
        assert told == f"{variable} is not set: RunPod's endpoint “{endpoint}” has no id."

    def test_nothing_is_missing_where_an_id_is_given(self, provider: RunPodProvider) -> None:
        assert provider.missing("flux", {}) == []
        assert provider.missing("flux", {"endpoint": "abc123def"}) == []
        assert provider.missing("flux", {"endpoint": "fast"}) != [], "set, but to nothing"

    @pytest.mark.parametrize("endpoint", ["../other", "a/b", "a b c d", 7, "x?y=1z"])
    def test_an_endpoint_is_a_word_or_an_id(self, provider: RunPodProvider, endpoint: object) -> None:
        with pytest.raises(InvalidRequest):
            provider.check_options({"endpoint": endpoint})

    def test_an_unknown_endpoint_is_told(self, provider: RunPodProvider, simulator: Simulator, fail: Fail) -> None:
        error = fail(provider, request("flux", options={"endpoint": "nowhere1"}))
        assert isinstance(error, InvalidRequest)
        assert "no such endpoint" in str(error)


class TestWhatIsSent:
    def test_loras_go_in_order_with_their_strengths(self, ask: Ask, simulator: Simulator) -> None:
        loras = [
            {"file": "FILM-V3-FLUX.safetensors", "role": "cinematic", "weight": 1.0},
            {"file": "people/anna.safetensors", "role": "character", "weight": 1.0},
            {"file": "ink.safetensors", "role": "style", "weight": 0.8, "url": "https://loras.example/ink"},
        ]
        ask(options={"loras": loras})
        (job,) = jobs(simulator)
        assert job.facts["loras"] == [
            ["ink.safetensors", 0.8], ["people/anna.safetensors", 0.85], ["FILM-V3-FLUX.safetensors", 0.95],
        ]  # fmt: skip
        assert job.facts["fetched"] == [{"name": "ink.safetensors", "url": "https://loras.example/ink"}]

    @pytest.mark.parametrize(
        "changes",
        [{"options": {"loras": [{"file": "a"}] * 11}}, {"width": 1000}, {"seed": -1}, {"options": {"steps": 0}}],
    )
    def test_nonsense_is_refused_before_anything_is_sent(
        self, provider: RunPodProvider, simulator: Simulator, fail: Fail, changes: dict[str, Any]
    ) -> None:
        assert isinstance(fail(provider, request("flux", **changes)), InvalidRequest)
        assert simulator.log("runpod") == []

    def test_the_seed_is_sent_and_told(self, ask: Ask, simulator: Simulator) -> None:
        assert ask(seed=2**31 - 1).seed == 2**31 - 1
        assert jobs(simulator)[0].seed == 2**31 - 1

    def test_pictures_have_names_of_their_call(self, ask: Ask, simulator: Simulator) -> None:
        pictures = (reference(), reference(ReferenceRole.STYLE, "JPEG"))
        ask(Call(id="call-5"), options={"from_picture": "kontext"}, references=pictures)
        assert jobs(simulator)[0].facts["images"] == ["call-5-1.png", "call-5-2.jpg"]

    def test_pictures_too_large_together_go_as_webp(self, ask: Ask, simulator: Simulator) -> None:
        small = reference()
        pictures = (small, heavy(1200), heavy(1200))
        ask(options={"from_picture": "kontext"}, references=pictures)
        (job,) = jobs(simulator)
        assert job.facts["bytes"] <= 10_000_000
        assert job.facts["images"] == [f"call-1-{n}.webp" for n in (1, 2, 3)]
        assert hashlib.sha256(small.data).hexdigest() not in job.references

    def test_pictures_that_stay_too_large_are_refused(
        self, provider: RunPodProvider, simulator: Simulator, fail: Fail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(body, "MOST_BYTES", 4000)
        error = fail(provider, request("flux", options={"from_picture": "kontext"}, references=(heavy(128),) * 4))
        assert isinstance(error, InvalidRequest)
        assert "too large for RunPod" in str(error)
        assert simulator.log("runpod") == []


class TestStore:
    def test_the_key_is_not_shown_to_the_store(self, ask: Ask, simulator: Simulator) -> None:
        simulator.settings("runpod", shape="s3")
        ask()
        assert len(paths(simulator, "/store/")) == 1  # it answers 400 to who brings a key

    def test_passing_trouble_with_the_store_costs_no_picture(self, ask: Ask, simulator: Simulator) -> None:
        simulator.settings("runpod", shape="s3")
        simulator.fault("status", "runpod", path="/store/", status=503)
        assert ask().content_type == "image/png"
        assert len(jobs(simulator)) == 1

    def test_a_store_nobody_allowed_is_not_asked(self, build: Build, simulator: Simulator, fail: Fail) -> None:
        simulator.settings("runpod", shape="s3")
        error = fail(build(fetch_hosts=()), request("flux"))
        assert isinstance(error, BadPicture)
        assert error.charged is Charged.YES
        assert paths(simulator, "/store/") == []


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        (None, EmptyAnswer),
        ([], EmptyAnswer),
        ({"images": [{"type": "base64", "data": "!!!!"}]}, MalformedAnswer),
        ({"images": [{"type": "base64", "data": ""}]}, NoPicture),
        ({"images": [{"type": "base64", "data": "data:image/png;base64,"}]}, EmptyAnswer),
        ({"images": "schlüssel"}, MalformedAnswer),
        ({"images": {"a": {"b": {"c": {"d": {"data": "eA=="}}}}}}, NoPicture),
        ({"error": json.dumps({"error_message": "no", "hostname": "h"})}, JobFailed),
        (7, MalformedAnswer),
        ("{not json", MalformedAnswer),
        ({"job_results": []}, MalformedAnswer),
    ],
)
def test_answers_without_a_picture_never_break_the_reader(output: object, kind: type[ProviderError]) -> None:
    with pytest.raises(ProviderError) as caught:
        outputs.first_picture(output, {"milliseconds": 5})
    assert type(caught.value) is kind
    assert caught.value.usage == {"milliseconds": 5}


@pytest.mark.parametrize("text", ["eHh4-_8=", "eHh4-_8", "data:image/png;base64,eHh4+/8=", "eHh4\n+/8=\n"])
def test_base64_of_either_alphabet_is_read(text: str) -> None:
    assert outputs.first_picture([text], {}) == b"xxx\xfb\xff"
