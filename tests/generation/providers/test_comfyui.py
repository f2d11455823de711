"""ComfyUI: what it does beyond the contract, over real HTTP and websockets."""

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from generation.errors import (
    Cancelled,
    InvalidRequest,
    JobFailed,
    NoPicture,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Unavailable,
)
from generation.providers import graphs
from generation.providers.base import ImageResult, ReferenceRole
from generation.providers.comfyui import ComfyUIProvider, watching
from generation.providers.graphs.values import Wanted
from tests.generation.providers.asking import reference, request
from tests.generation.providers.calls import Call, WorkerDied
from tests.generation.providers.conftest import Fail
from tests.simulator.client import Simulator
from tests.simulator.state import Entry

Ask = Callable[..., ImageResult]


@pytest.fixture
def provider(simulator: Simulator) -> ComfyUIProvider:
    return ComfyUIProvider(hosts=(simulator.url("comfyui") + "/",))


@pytest.fixture
def ask(provider: ComfyUIProvider) -> Ask:
    def make(call: Call | None = None, **changes: Any) -> ImageResult:
        return provider.generate(request("flux", **changes), "", call or Call())

    return make


@pytest.fixture
def somebody(simulator: Simulator) -> Callable[[], str]:
    """Another user of the server, who puts a picture into its queue."""

    def put() -> str:
        graph = graphs.build({}, Wanted("somebody's", 64, 64, 1))
        answer = httpx2.post(f"{simulator.url('comfyui')}/prompt", json={"prompt": graph})
        return str(answer.json()["prompt_id"])

    return put


def posts(simulator: Simulator) -> list[Entry]:
    return [entry for entry in simulator.log("comfyui") if (entry.method, entry.path) == ("POST", "/prompt")]


def facts(simulator: Simulator, name: str) -> list[Any]:
    return [entry.facts[name] for entry in simulator.log("comfyui") if entry.facts.get(name)]


def wait_for(simulator: Simulator, prompt_id: str) -> dict[str, Any]:
    """The history of a picture that is over."""
    for _ in range(100):
        found = httpx2.get(f"{simulator.url('comfyui')}/history/{prompt_id}").json()
        if found:
            return dict(found[prompt_id])
        time.sleep(0.05)
    raise AssertionError(f"{prompt_id} never ended")


def test_the_picture_is_of_the_size_and_seed_asked_for(ask: Ask, simulator: Simulator) -> None:
    simulator.latency("comfyui", 0.2)
    result = ask(width=512, height=256, seed=2**31 - 1, options={"steps": 4})
    assert (result.content_type, result.seed, result.cost) == ("image/png", 2**31 - 1, 0.0)
    assert result.finish_reason == "success"
    assert 200 <= result.usage["milliseconds"] < 2000
    (post,) = posts(simulator)
    assert (post.size, post.seed, post.model) == ("512x256", 2**31 - 1, "flux1-dev-fp8.safetensors")


def test_progress_arrives_and_is_ours_alone(ask: Ask, simulator: Simulator, somebody: Callable[[], str]) -> None:
    simulator.latency("comfyui", 0.2)
    somebody()
    call = Call()
    ask(call)
    assert call.told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_servers_id_is_kept_as_soon_as_it_took_the_picture_on(ask: Ask, simulator: Simulator) -> None:
    call = Call(id="call-77")
    ask(call)
    assert call.ids == facts(simulator, "prompt_id")
    assert call.ids[0].startswith("call-77-")


def test_a_picture_that_another_worker_began_is_not_asked_for_again(ask: Ask, simulator: Simulator) -> None:
    simulator.latency("comfyui", 0.4)
    first = Call(dies=True)
    with pytest.raises(WorkerDied):
        ask(first)
    second = Call(id="call-2", resume=first.ids[0])
    assert ask(second).content_type == "image/png"
    assert len(posts(simulator)) == 1
    assert second.told, "even its progress is heard"
    assert second.ids == []


def test_a_finished_picture_is_fetched_without_waiting(ask: Ask, simulator: Simulator) -> None:
    first = Call()
    ask(first)
    begun = time.monotonic()
    ask(Call(resume=first.ids[0]))
    assert time.monotonic() - begun < 0.5
    assert len(posts(simulator)) == 1


def test_a_picture_the_server_forgot_is_unknown_and_not_asked_for_again(
    provider: ComfyUIProvider, simulator: Simulator, fail: Fail
) -> None:
    error = fail(provider, request("flux"), call=Call(resume="call-9-gone"))
    assert isinstance(error, OutcomeUnknown)
    assert posts(simulator) == []


@pytest.mark.parametrize("old", [False, True])
def test_cancelling_what_waits_leaves_what_runs_alone(
    ask: Ask, simulator: Simulator, somebody: Callable[[], str], old: bool
) -> None:
    simulator.settings("comfyui", old=old)
    simulator.latency("comfyui", 1.0)
    theirs = somebody()
    with pytest.raises(Cancelled):
        ask(Call(cancel_at=time.monotonic() + 0.3))
    assert wait_for(simulator, theirs)["status"]["status_str"] == "success"
    assert facts(simulator, "interrupted") == []
    (deleted,) = facts(simulator, "deleted")
    assert deleted == facts(simulator, "prompt_id")[1:]


def test_cancelling_what_runs_interrupts_it_and_nothing_else(
    ask: Ask, simulator: Simulator, somebody: Callable[[], str]
) -> None:
    simulator.latency("comfyui", 0.6)
    call = Call(cancel_at=time.monotonic() + 0.4)
    with ThreadPoolExecutor(1) as thread:
        ours = thread.submit(ask, call)
        while not posts(simulator):
            time.sleep(0.01)
        theirs = somebody()
        with pytest.raises(Cancelled):
            ours.result()
    assert facts(simulator, "interrupted") == facts(simulator, "named") == call.ids
    assert wait_for(simulator, theirs)["status"]["status_str"] == "success"


def test_a_picture_that_takes_too_long_is_taken_off_the_server(ask: Ask, simulator: Simulator) -> None:
    simulator.latency("comfyui", 3.0)
    begun, call = time.monotonic(), Call()
    with pytest.raises(OutcomeUnknown):
        ask(call, timeout=0.5)
    assert time.monotonic() - begun < 1.5
    assert facts(simulator, "interrupted") == call.ids


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("execution_error", JobFailed, "broke off in SamplerCustomAdvanced (node 13): shapes do not match"),
        ("out_of_memory", JobFailed, "graphics memory is too small"),
        ("interrupted", JobFailed, "Somebody interrupted"),
        ("vanish", JobFailed, "vanished from the server's queue"),
        ("no_image", NoPicture, "saved no picture"),
        ("branch", InvalidRequest, "Node 77 (LoraLoader)"),
    ],
)
def test_what_goes_wrong_on_the_server_is_told_in_words(
    provider: ComfyUIProvider, simulator: Simulator, fail: Fail, fault: str, kind: type[ProviderError], words: str
) -> None:
    simulator.fault(fault, "comfyui", path="/prompt")
    error = fail(provider, request("flux"))
    assert type(error) is kind
    assert words in str(error)
    assert "/home" not in str(error)
    assert len(str(error)) < 500


def test_interrupted_and_broken_off_are_told_apart(provider: ComfyUIProvider, simulator: Simulator, fail: Fail) -> None:
    for fault, reason in {"interrupted": "execution_interrupted", "execution_error": "execution_error"}.items():
        simulator.fault(fault, "comfyui", path="/prompt")
        assert fail(provider, request("flux")).finish_reason == reason


def test_half_a_workflow_is_taken_off_the_server_again(ask: Ask, simulator: Simulator) -> None:
    simulator.fault("branch", "comfyui", path="/prompt")
    with pytest.raises(InvalidRequest):
        ask()
    assert facts(simulator, "deleted") == [facts(simulator, "prompt_id")]


def test_a_history_that_is_written_late_is_waited_for(ask: Ask, simulator: Simulator) -> None:
    simulator.fault("late_history", "comfyui", path="/prompt")
    assert ask().content_type == "image/png"


def test_a_history_that_never_comes_is_an_unknown_outcome(
    ask: Ask, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "WRITES_HISTORY", 0.5)
    simulator.fault("no_history", "comfyui", path="/prompt")
    with pytest.raises(OutcomeUnknown, match="history does not have the picture"):
        ask()


def test_without_the_websocket_the_picture_still_comes(ask: Ask, simulator: Simulator) -> None:
    simulator.latency("comfyui", 0.3)
    simulator.fault("status", "comfyui", path="/ws", status=502)
    call = Call()
    assert ask(call).content_type == "image/png"
    assert call.told == []
    simulator.fault("socket_lost", "comfyui", path="/prompt")
    call = Call()
    assert ask(call).content_type == "image/png"
    assert call.told == [(1, 4)]


@pytest.mark.parametrize("path", ["/queue", "/history", "/view"])
@pytest.mark.parametrize("kind", ["status", "reset", "cut"])
def test_passing_trouble_while_waiting_costs_no_picture(ask: Ask, simulator: Simulator, path: str, kind: str) -> None:
    simulator.fault(kind, "comfyui", path=path, times=2, status=503)
    assert ask().content_type == "image/png"
    assert len(posts(simulator)) == 1


def test_a_file_that_is_gone_is_a_bad_picture(provider: ComfyUIProvider, simulator: Simulator, fail: Fail) -> None:
    simulator.fault("status", "comfyui", path="/view", status=404)
    assert fail(provider, request("flux")).code == "bad_picture"


class TestBeforeAnythingIsSent:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"options": {"loras": [{"file": f"{n}.safetensors"} for n in range(11)]}}, "10 LoRAs at most"),
            ({"options": {"steps": 0}}, "steps"),
            ({"width": 1000}, "multiple of 16"),
            ({"options": {"server": "http://169.254.169.254"}}, "server"),
            ({"options": {"workflow": {"nodes": []}}}, "Export (API)"),
        ],
    )
    def test_nonsense_is_refused(
        self, provider: ComfyUIProvider, simulator: Simulator, fail: Fail, changes: dict[str, Any], words: str
    ) -> None:
        error = fail(provider, request("flux", **changes))
        assert isinstance(error, InvalidRequest)
        assert words in str(error)
        assert simulator.log("comfyui") == []

    def test_a_lora_that_the_server_lacks_is_named(
        self, provider: ComfyUIProvider, simulator: Simulator, fail: Fail
    ) -> None:
        options = {"loras": [{"file": "nope.safetensors"}]}
        error = fail(provider, request("flux", options=options, references=(reference(),)))
        assert isinstance(error, InvalidRequest)
        assert "lora_name “nope.safetensors” is not on the server, which has FILM-V3-FLUX.safetensors" in str(error)
        assert {entry.path for entry in simulator.log("comfyui")} == {"/object_info"}

    def test_a_node_that_was_installed_a_moment_ago_is_found(self, ask: Ask, simulator: Simulator) -> None:
        simulator.settings("comfyui", without="FluxGuidance")
        with pytest.raises(InvalidRequest, match="FluxGuidance"):
            ask()
        simulator.settings("comfyui", without="")
        assert ask().content_type == "image/png"

    def test_the_list_of_nodes_is_asked_for_once(self, ask: Ask, simulator: Simulator) -> None:
        with ThreadPoolExecutor(8) as threads:
            assert len(list(threads.map(lambda _: ask(), range(8)))) == 8
        assert sum(entry.path == "/object_info" for entry in simulator.log("comfyui")) == 1

    def test_a_server_in_trouble_is_told_and_nothing_was_done(
        self, provider: ComfyUIProvider, simulator: Simulator, fail: Fail
    ) -> None:
        for kind, expected in {"status": Unavailable, "reset": Unavailable, "hang": Unavailable}.items():
            simulator.fault(kind, "comfyui", path="/object_info", status=500)
            assert type(fail(provider, request("flux", timeout=1))) is expected
        simulator.fault("status", "comfyui", path="/upload", status=429, headers={"Retry-After": "9"})
        error = fail(provider, request("flux", references=(reference(),)))
        assert isinstance(error, RateLimited)
        assert error.retry_after == 9
        assert posts(simulator) == []


class TestReferences:
    def test_a_picture_is_uploaded_and_painted_over(self, ask: Ask, simulator: Simulator) -> None:
        before = reference()
        ask(references=(before,))
        (post,) = posts(simulator)
        assert post.references == [hashlib.sha256(before.data).hexdigest()]
        assert post.size == "1024x768"

    def test_the_name_that_the_server_gives_is_used(self, ask: Ask, simulator: Simulator) -> None:
        before = reference()
        name = hashlib.sha256(before.data).hexdigest()[:24] + "-1.png"
        files, fields = {"image": (name, b"other bytes")}, {"subfolder": "throughline"}
        httpx2.post(f"{simulator.url('comfyui')}/upload/image", files=files, data=fields)
        ask(references=(before,))
        assert posts(simulator)[0].references == [hashlib.sha256(before.data).hexdigest()]

    def test_a_mask_goes_with_its_picture(self, ask: Ask, simulator: Simulator) -> None:
        ask(references=(reference(), reference(ReferenceRole.MASK, "PNG", "white")))
        assert len(posts(simulator)[0].references) == 2


def own_workflow() -> dict[str, Any]:
    """Two pictures are saved; the first by a node that nobody asked for."""
    graph = graphs.build({}, Wanted("words", 64, 64, 1))
    saver = next(node for node in graph.values() if node["class_type"] == "SaveImage")
    graph = {"90": {"class_type": "PreviewImage", "inputs": {"images": saver["inputs"]["images"]}}} | graph
    ids = {node["class_type"]: node_id for node_id, node in graph.items()}
    places = {
        "prompt": [ids["CLIPTextEncode"], "text"],
        "seed": [ids["RandomNoise"], "noise_seed"],
        "width": [[ids["EmptySD3LatentImage"], "width"], [ids["ModelSamplingFlux"], "width"]],
        "height": [[ids["EmptySD3LatentImage"], "height"], [ids["ModelSamplingFlux"], "height"]],
        "output": ids["SaveImage"],
    }
    return {"workflow": {"graph": graph, "places": places}}


def test_a_workflow_of_ones_own_is_run_with_its_places_filled(ask: Ask, simulator: Simulator) -> None:
    result = ask(width=512, height=256, seed=5, prompt="new words", options=own_workflow())
    (post,) = posts(simulator)
    assert (post.prompt, post.seed, post.size) == ("new words", 5, "512x256")
    assert result.seed == 5


def test_the_picture_of_the_named_node_counts(ask: Ask, provider: ComfyUIProvider) -> None:
    options = own_workflow()
    assert ask(options=options).content_type == "image/png"
    options["workflow"]["places"]["output"] = "90"
    with pytest.raises(NoPicture):
        ask(options=options)


def test_an_engine_may_choose_among_the_allowed_servers(simulator: Simulator) -> None:
    first, second = "http://127.0.0.1:9", simulator.url("comfyui")
    provider = ComfyUIProvider(hosts=(first, second))
    assert provider.generate(request("flux", options={"server": second}), "", Call()).data
    provider.check_key("", {"server": second})
    with pytest.raises(Unavailable):
        provider.check_key("", {})


def test_what_is_missing_is_told_to_staff() -> None:
    assert "COMFYUI_HOSTS" in ComfyUIProvider().missing("", {})[0]
    provider = ComfyUIProvider(hosts=("http://127.0.0.1:8188",))
    assert provider.missing("", {}) == []
    assert provider.missing("", {"server": "http://127.0.0.1:22"}) != []
    with pytest.raises(InvalidRequest):
        provider.check_options({"server": "http://127.0.0.1:22"})
    assert provider.needs_key is False


def test_a_server_that_needs_no_picture_takes_none_from_plain_options() -> None:
    provider = ComfyUIProvider(hosts=("http://127.0.0.1:8188",))
    assert provider.capabilities("flux", {}).max_references == 1
    assert provider.capabilities("flux", {"from_picture": "kontext"}).max_references == 4
    assert provider.capabilities("flux", own_workflow()).max_references == 0
    assert provider.capabilities("flux", {"steps": "many"}).max_references == 0
