"""Engines, LoRAs and workflows as staff set them up."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from generation.admin import optionhelp
from generation.models import Engine, EngineLora, Lora, LoraRole, Workflow
from generation.providers import configure, get_provider
from generation.providers.gemini import wishes as gemini
from generation.providers.graphs import filling, flux
from generation.providers.openai import wishes as openai
from generation.providers.sketch.options import NAMES as SKETCH
from tests.admin_rows import a_superuser, a_workflow
from tests.making import an_engine
from tests.simulator.client import Simulator

pytestmark = pytest.mark.django_db

API_GRAPH: dict[str, Any] = {
    "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-dev-fp8.safetensors", "weight_dtype": "default"}},
    "2": {
        "class_type": "DualCLIPLoader",
        "inputs": {
            "clip_name1": "clip_l.safetensors", "clip_name2": "t5xxl_fp8_e4m3fn.safetensors", "type": "flux",
        },
    },
    "3": {"class_type": "VAELoader", "inputs": {"vae_name": "ae.safetensors"}},
    "5": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["2", 0]}},
    "22": {"class_type": "BasicGuider", "inputs": {"model": ["1", 0], "conditioning": ["26", 0]}},
    "25": {"class_type": "RandomNoise", "inputs": {"noise_seed": 1}},
    "26": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["6", 0]}},
    "16": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
    "17": {
        "class_type": "BasicScheduler",
        "inputs": {"scheduler": "simple", "steps": 20, "denoise": 1.0, "model": ["1", 0]},
    },
    "13": {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {
            "noise": ["25", 0], "guider": ["22", 0], "sampler": ["16", 0], "sigmas": ["17", 0],
            "latent_image": ["5", 0],
        },
    },
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["13", 0], "vae": ["3", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "x"}},
}  # fmt: skip
"""As ComfyUI exports FLUX dev."""


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(a_superuser())
    return client


@pytest.fixture
def server(simulator: Simulator) -> Iterator[Simulator]:
    configure(settings.PROVIDERS | {"comfyui": {"hosts": (simulator.url("comfyui"),)}})
    yield simulator
    configure(settings.PROVIDERS)


@pytest.fixture
def ink(server: Simulator) -> Engine:
    return an_engine("ink", provider="comfyui", title="Ink Intensity", longest_side=512)


def a_lora(number: int = 0, role: str = LoraRole.STYLE, **fields: Any) -> Lora:
    return Lora.objects.create(title=f"LoRA {number}", file=f"x/{number}.safetensors", role=role, **fields)


def a_form(engine: Engine, *stack: tuple[Lora, str], **fields: Any) -> dict[str, Any]:
    """What the engine's page sends; the stack as LoRA and weight."""
    form: dict[str, Any] = {
        "title": engine.title, "slug": engine.slug, "provider": engine.provider, "model": engine.model,
        "options": json.dumps(engine.options), "number": engine.number or "", "enabled": "on",
        "position": engine.position, "longest_side": engine.longest_side, "timeout": engine.timeout,
        "max_parallel": engine.max_parallel, "max_attempts": engine.max_attempts,
        "workflow": engine.workflow_id or "", "fallback": engine.fallback_id or "",
        "styles-TOTAL_FORMS": 0, "styles-INITIAL_FORMS": 0,
        "stack-TOTAL_FORMS": len(stack), "stack-INITIAL_FORMS": 0,
    }  # fmt: skip
    for number, (lora, weight) in enumerate(stack):
        form |= {
            f"stack-{number}-lora": lora.pk,
            f"stack-{number}-weight": weight,
            f"stack-{number}-position": number + 1,
        }
    return form | fields


def save(root: Client, engine: Engine, *stack: tuple[Lora, str], **fields: Any) -> str:
    """The page's complaints; nothing where it was saved."""
    url = reverse("admin:generation_engine_change", args=[engine.pk])
    answer = root.post(url, a_form(engine, *stack, **fields))
    if answer.status_code == 302:
        return ""
    return answer.content.decode()


# --- engines ---------------------------------------------------------------------------------------------------------


def test_a_stack_is_saved_with_its_order_and_weights(root: Client, ink: Engine) -> None:
    style, film = a_lora(1, weight=0.9), a_lora(2, LoraRole.CINEMATIC)
    assert save(root, ink, (style, "0.5"), (film, ""), number=101, options='{"steps": 25}') == ""
    ink.refresh_from_db()
    assert (ink.number, ink.options) == (101, {"steps": 25})
    loras = ink.request_options()["loras"]
    assert loras == [
        {"file": style.file, "url": "", "role": "style", "weight": 0.5},
        {"file": film.file, "url": "", "role": "cinematic", "weight": 1.0},
    ]


def test_more_than_ten_loras_are_refused_and_nothing_is_saved(root: Client, ink: Engine) -> None:
    loras = [(a_lora(number), "1") for number in range(11)]
    assert "10 LoRAs at most, not 11" in save(root, ink, *loras, title="Changed")
    ink.refresh_from_db()
    assert (ink.title, ink.stack.count()) == ("Ink Intensity", 0)
    assert save(root, ink, *loras[:10]) == ""


def test_a_stack_that_is_too_large_can_be_put_right(root: Client, ink: Engine) -> None:
    places = [EngineLora.objects.create(engine=ink, lora=a_lora(number), position=number) for number in range(11)]
    kept = {
        f"stack-{number}-{name}": value
        for number, place in enumerate(places)
        for name, value in {"id": place.pk, "engine": ink.pk, "lora": place.lora_id, "position": number}.items()
    }
    counts = {"stack-TOTAL_FORMS": 11, "stack-INITIAL_FORMS": 11}
    assert "10 LoRAs at most" in save(root, ink, **kept, **counts)
    assert save(root, ink, **kept, **counts, **{"stack-3-DELETE": "on"}) == ""
    assert ink.stack.count() == 10


@pytest.mark.parametrize(
    ("provider", "fields", "words"),
    [
        ("comfyui", {"options": '{"steps": 0}'}, "“steps” must be a whole number from 1 to 150"),
        ("comfyui", {"options": '{"brush": 1}'}, "Unknown option “brush”"),
        ("comfyui", {"options": "[1]"}, "Options are a JSON object"),
        ("sketch", {"options": '{"seconds": "x"}'}, "“seconds” must be a number"),
        ("comfyui", {"number": 116}, "Engine with this Number already exists"),
        ("nobody", {}, "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_said_at_the_form(
    provider: str, fields: dict[str, Any], words: str, root: Client, ink: Engine
) -> None:
    an_engine("sixteen", number=116)
    assert words in save(root, ink, **{"provider": provider} | fields)
    ink.refresh_from_db()
    assert ink.provider == "comfyui"


def test_loras_for_an_engine_that_takes_none_are_refused(root: Client) -> None:
    assert "Unknown option “loras”" in save(root, an_engine("drawn"), (a_lora(), "1"))


@pytest.mark.parametrize(
    ("weight", "words"), [("2.5", "less than or equal to 2"), ("-1", "greater than or equal to 0")]
)
def test_weights_have_a_range(weight: str, words: str, root: Client, ink: Engine) -> None:
    assert words in save(root, ink, (a_lora(), weight))


def test_an_engine_cannot_stand_in_for_itself(root: Client, ink: Engine) -> None:
    assert "cannot stand in for itself" in save(root, ink, fallback=ink.pk)
    other = an_engine("other")
    assert save(root, ink, fallback=other.pk) == ""
    ink.refresh_from_db()
    assert ink.fallback == other


def test_engines_of_a_lora_can_be_listed(root: Client, ink: Engine) -> None:
    lora = a_lora()
    EngineLora.objects.create(engine=ink, lora=lora)
    answer = root.get(reverse("admin:generation_engine_changelist"), {"loras__id__exact": lora.pk})
    assert [engine.slug for engine in answer.context["cl"].result_list] == ["ink"]


def test_every_option_is_explained() -> None:
    known = {
        "sketch": SKETCH,
        "gemini": gemini.OPTIONS,
        "openai": openai.OPTIONS,
        "comfyui": [name for name in ("server", *flux.NAMES) if name != "loras"],
        "runpod": [name for name in ("endpoint", *flux.NAMES) if name != "loras"],
    }
    for provider, names in known.items():
        explained = {name for line in optionhelp.OPTIONS[provider] for name in line.split(", ")}
        assert explained == set(names), provider
    assert set(filling.NAMES) - {"loras"} == {"workflow", "steps", "guidance", "denoise"}, "the page says so"
    assert optionhelp.OPTIONS.keys() == known.keys()


# --- what it would send ----------------------------------------------------------------------------------------------


def preview(root: Client, engine: Engine, **query: str) -> str:
    answer = root.get(reverse("admin:generation_engine_preview", args=[engine.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_preview_shows_strengths_and_graph(root: Client, ink: Engine) -> None:
    for number, (role, weight) in enumerate(
        [("cinematic", 1.0), ("character", 1.0), ("character", 0.8), ("style", 0.7)]
    ):
        EngineLora.objects.create(engine=ink, lora=a_lora(number, role, weight=weight), position=number)
    page = preview(root, ink)
    rows = [f"x/{number}.safetensors</td><td>{role}</td><td>{strength}" for number, role, strength in
            ((3, "style", 0.7), (1, "character", 0.75), (2, "character", 0.6), (0, "cinematic", 0.85))]  # fmt: skip
    places = [page.index(row) for row in rows]
    assert places == sorted(places)
    assert page.count("LoraLoader") == 4
    assert "The text of the picture" in page
    assert "512 × 288 pixels" in page
    assert "512 × 512 pixels" in preview(root, ink, shape="1:1")


def test_the_preview_of_other_engines_shows_the_request(root: Client) -> None:
    page = preview(root, an_engine("drawn", options={"seconds": 2}))
    assert "seconds = 2" in page
    assert "The graph" not in page


def test_the_preview_says_why_nothing_can_be_built(root: Client, ink: Engine) -> None:
    Engine.objects.filter(pk=ink.pk).update(options={"steps": 0})
    assert "“steps” must be a whole number" in preview(root, ink)


def test_the_preview_fills_a_workflow(root: Client, ink: Engine) -> None:
    Engine.objects.filter(pk=ink.pk).update(workflow=a_workflow(3))
    page = preview(root, ink)
    assert "The text of the picture" in page
    assert "a fox" not in page


def test_the_server_is_asked_only_on_demand(root: Client, ink: Engine, server: Simulator) -> None:
    EngineLora.objects.create(engine=ink, lora=Lora.objects.create(title="Ink", file="nowhere.safetensors"))
    url = reverse("admin:generation_engine_preview", args=[ink.pk])
    preview(root, ink)
    assert server.log() == []
    page = root.post(url, {"shape": "1:1"}).content.decode()
    assert "nowhere.safetensors” is not on the server" in page
    ink.stack.all().delete()
    assert "The server has all that this graph needs." in root.post(url, {"shape": "1:1"}).content.decode()
    assert not [entry for entry in server.log() if entry.path.endswith("/prompt")], "it makes nothing"


def test_previews_are_for_those_who_may_see_engines(ink: Engine) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    client = Client()
    client.force_login(clerk)
    url = reverse("admin:generation_engine_preview", args=[ink.pk])
    assert client.get(url).status_code == 403
    assert Client().get(url).status_code == 302
    clerk.user_permissions.add(Permission.objects.get(codename="view_engine"))
    assert client.get(url).status_code == 200


# --- workflows -------------------------------------------------------------------------------------------------------


def add_workflow(root: Client, data: bytes | None = None, **fields: Any) -> str:
    """The page's complaints; nothing where it was saved."""
    form: dict[str, Any] = {"title": "Own", "note": "", "graph": "", "places": "", **fields}
    if data is not None:
        form["upload"] = SimpleUploadedFile("workflow.json", data, "application/json")
    answer = root.post(reverse("admin:generation_workflow_add"), form)
    return "" if answer.status_code == 302 else answer.content.decode()


def test_an_uploaded_workflow_gets_its_places_guessed(root: Client) -> None:
    assert add_workflow(root, json.dumps(API_GRAPH).encode()) == ""
    workflow = Workflow.objects.get()
    assert workflow.graph == API_GRAPH
    assert workflow.places == {
        "prompt": ["6", "text"],
        "seed": ["25", "noise_seed"],
        "width": ["5", "width"],
        "height": ["5", "height"],
        "steps": ["17", "steps"],
        "guidance": ["26", "guidance"],
        "denoise": ["17", "denoise"],
        "output": ["9"],
    }
    engine = an_engine("own", provider="comfyui", workflow=workflow)
    get_provider("comfyui").check_options(engine.request_options())


def test_of_two_texts_the_wanted_one_is_the_prompt(root: Client) -> None:
    graph = API_GRAPH | {
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "ugly", "clip": ["2", 0]}},
        "30": {
            "class_type": "KSampler",
            "inputs": {"positive": ["26", 0], "negative": ["7", 0], "seed": 4, "steps": 20, "denoise": 1.0},
        },
    }
    assert add_workflow(root, json.dumps(graph).encode()) == ""
    places = Workflow.objects.get().places
    assert places["prompt"] == ["6", "text"]
    assert places["seed"] == [["25", "noise_seed"], ["30", "seed"]]


def test_a_pasted_workflow_keeps_the_places_one_writes(root: Client) -> None:
    places = {"prompt": ["6", "text"]}
    assert add_workflow(root, graph=json.dumps(API_GRAPH), places=json.dumps(places)) == ""
    assert Workflow.objects.get().places == places


@pytest.mark.parametrize(
    ("data", "fields", "words"),
    [
        (None, {}, "Choose a file, or paste the graph below."),
        (b"{", {}, "not JSON that can be read"),
        (b"\xff\xfe", {}, "not a text in UTF-8"),
        (b"[" * 100_000, {}, "not JSON that can be read"),
        (b'{"1": {"class_type": "X", "inputs": {"a": NaN}}}', {}, "not JSON that can be read"),
        (None, {"graph": "[" * 100_000}, "not JSON that can be read"),
        (None, {"graph": '{"1": NaN}'}, "not JSON that can be read"),
        (None, {"graph": "[1]"}, "must be a JSON object"),
        (b" " * (1024 * 1024 + 1), {}, "too large for a workflow"),
        (b'{"nodes": [], "links": []}', {}, "Export (API)"),
        (b'{"1": {"inputs": {}}}', {}, "has no class_type"),
        (b'{"1": {"class_type": "SaveImage", "inputs": {}}}', {}, "has no place for the prompt"),
        (json.dumps(API_GRAPH).encode(), {"places": '{"prompt": ["99", "text"]}'}, "in node 99"),
        (json.dumps(API_GRAPH).encode(), {"places": '{"prompt": ["6", "words"]}'}, "has no such input"),
        (json.dumps(API_GRAPH).encode(), {"places": '{"hue": ["6", "text"]}'}, "Unknown place “hue”"),
    ],
)
def test_what_is_no_workflow_is_refused_in_words(
    data: bytes | None, fields: dict[str, str], words: str, root: Client
) -> None:
    assert words in add_workflow(root, data, **fields)
    assert not Workflow.objects.exists()


def test_a_workflow_is_checked_on_a_server(root: Client, ink: Engine, server: Simulator) -> None:
    workflow = Workflow.objects.create(title="Own", graph=API_GRAPH, places={"prompt": ["6", "text"]})
    url = reverse("admin:generation_workflow_check", args=[workflow.pk])
    assert "Ink Intensity" in root.get(url).content.decode()
    assert server.log() == []
    assert "The server has all" in root.post(url, {"engine": ink.pk}).content.decode()
    workflow.graph["1"]["inputs"]["unet_name"] = "mine.safetensors"
    workflow.graph["40"] = {"class_type": "TeaTime", "inputs": {}}
    workflow.save()
    page = root.post(url, {"engine": ink.pk}).content.decode()
    assert "mine.safetensors” is not on the server" in page
    assert "Node 40 (TeaTime): the server has no such node" in page


def test_a_server_that_is_away_is_said_to_be(root: Client) -> None:
    configure(settings.PROVIDERS | {"comfyui": {"hosts": ("http://127.0.0.1:9",)}})
    engine, workflow = an_engine("ink", provider="comfyui"), a_workflow()
    url = reverse("admin:generation_workflow_check", args=[workflow.pk])
    page = root.post(url, {"engine": engine.pk}).content.decode()
    configure(settings.PROVIDERS)
    assert "The ComfyUI server cannot be reached." in page
    assert "127.0.0.1" not in page


def test_what_can_be_a_place_is_listed(root: Client) -> None:
    page = root.get(reverse("admin:generation_workflow_change", args=[a_workflow().pk])).content.decode()
    assert "RandomNoise (the seed)" in page
    assert "noise_seed = 0" in page
