"""Pictures by FLUX from a program's call to the vendor's door: the stack of LoRAs, seeds, steps and files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from generation.errors import Refusal
from generation.models import Account, ApiKey, Call, Engine, EngineLora, Lora, LoraRole, Outcome, StyleRun, Workflow
from generation.providers import configure
from generation.registry import generate_batch, generate_image, styles
from storyboards.models import Project
from tests.making import a_user, an_engine
from tests.simulator.client import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "rpa_flow_4f9a77d1c0ffee"
SIZE: dict[str, Any] = {"width": 512, "height": 256}


@pytest.fixture(autouse=True)
def vendors(simulator: Simulator) -> Iterator[None]:
    """Providers as staff would set them up, at the simulator's door."""
    configure(
        settings.PROVIDERS
        | {
            "comfyui": {"hosts": (simulator.url("comfyui"),)},
            "runpod": settings.PROVIDERS["runpod"]
            | {
                "base_url": simulator.url("runpod"),
                "endpoints": {"main": "flux-main"},
                "polling_interval": 0.05,
            },
        }
    )
    simulator.account("runpod", "main", {"first": SECRET})
    yield
    configure(settings.PROVIDERS)


@pytest.fixture(autouse=True)
def loras() -> None:
    EngineLora.objects.all().delete()
    Lora.objects.all().delete()
    for title, file, role in (
        ("Ink", "ink.safetensors", LoraRole.STYLE),
        ("Film", "FILM-V3-FLUX.safetensors", LoraRole.CINEMATIC),
        ("Anna", "people/anna.safetensors", LoraRole.CHARACTER),
        ("Ben", "people/ben.safetensors", LoraRole.CHARACTER),
    ):
        Lora.objects.create(title=title, file=file, role=role)


@pytest.fixture(params=["comfyui", "runpod"])
def style(request: pytest.FixtureRequest) -> Engine:
    """Number 1: the style's own LoRA at 0.8, and the cinematic one."""
    Engine.objects.update(number=None)
    engine = an_engine("ink", provider=request.param, number=1, title="Ink Intensity", timeout=60)
    for position, (title, weight) in enumerate((("Film", None), ("Ink", 0.8)), start=1):
        lora = Lora.objects.get(title=title)
        EngineLora.objects.create(engine=engine, lora=lora, weight=weight, position=position)
    return engine


@pytest.fixture(autouse=True)
def key() -> None:
    a_key = ApiKey(account=Account.objects.create(provider="runpod", name="flow"), alias="flow")
    a_key.put(SECRET)
    a_key.save()


def sent(simulator: Simulator, engine: Engine) -> list[Any]:
    """What was asked of the vendor, request by request."""
    path = {"comfyui": "/prompt", "runpod": "/run"}[engine.provider]
    return [entry for entry in simulator.log(engine.provider) if entry.path.endswith(path)]


def test_a_call_with_two_characters_sends_the_stack_in_order_and_weighed(
    style: Engine, simulator: Simulator, tmp_path: Path
) -> None:
    made = generate_image(
        "Anna and Ben in the snow",
        1,
        **SIZE,
        steps=12,
        seed=77,
        character_loras=["Anna", ("people/ben.safetensors", 0.5)],
        user=a_user(),
        output=tmp_path,
    )
    assert made.error == ""
    (asked,) = sent(simulator, style)
    expected: list[tuple[str, Any]] = [
        ("ink.safetensors", 0.8),
        ("people/anna.safetensors", 0.75),
        ("people/ben.safetensors", 0.375),
        ("FILM-V3-FLUX.safetensors", 0.85),
    ]
    assert [tuple(lora) for lora in asked.facts["loras"]] == expected
    assert (asked.prompt, asked.seed, asked.size) == ("Anna and Ben in the snow", 77, "512x256")
    assert (made.seed, made.steps, made.size, made.style_id) == (77, 12, "512x256", 1)
    assert [(lora["file"], lora["strength"]) for lora in made.metadata["loras"]] == expected
    assert made.saved_path is not None
    assert Path(made.saved_path).parent == tmp_path / "1_Ink Intensity"
    assert Call.objects.get().outcome == Outcome.SUCCEEDED


def test_a_style_may_weigh_the_characters_of_its_calls(style: Engine, simulator: Simulator) -> None:
    Engine.objects.update(options={"character_weight": 0.6})
    generate_image("Anna and Ben", 1, **SIZE, user=a_user(), character_loras=["Anna", ("Ben", 1.0)])
    (asked,) = sent(simulator, style)
    assert ["people/anna.safetensors", pytest.approx(0.6 * 0.75)] in asked.facts["loras"]
    assert ["people/ben.safetensors", 0.75] in asked.facts["loras"], "what a call says goes before"
    assert styles()[0].character_weight == 0.6


def test_without_characters_the_style_stands_alone(style: Engine, simulator: Simulator) -> None:
    made = generate_image("a house", 1, **SIZE, user=a_user())
    (asked,) = sent(simulator, style)
    assert asked.facts["loras"] == [["ink.safetensors", 0.8], ["FILM-V3-FLUX.safetensors", 1.0]]
    assert asked.seed == made.seed >= 0, "−1 is drawn here: the vendor would refuse it"
    assert made.steps == 20


def test_a_batch_is_asked_for_picture_by_picture(style: Engine, simulator: Simulator) -> None:
    made = generate_batch(["a house", "a boat"], "ink", **SIZE, user=a_user(), character_loras=["Ben"])
    assert [result.status for result in made] == ["completed", "completed"]
    asked = sent(simulator, style)
    assert [entry.prompt for entry in asked] == ["a house", "a boat"]
    assert [entry.seed for entry in asked] == [result.seed for result in made]
    assert {len(entry.facts["loras"]) for entry in asked} == {3}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"steps": 0}, "“steps” must be a whole number from 1 to 150"),
        ({"steps": 151}, "“steps” must be a whole number from 1 to 150"),
        ({"character_loras": [f"Extra {n}" for n in range(9)]}, "10 LoRAs at most, not 11"),
        ({"width": 4096}, "cannot make 4096×256"),
        ({"character_loras": ["Film"]}, "“Film” is a cinematic LoRA"),
    ],
)
def test_what_the_graph_cannot_hold_is_refused_before_anything_is_sent(
    wanted: dict[str, Any], words: str, style: Engine, simulator: Simulator
) -> None:
    for number in range(9):
        Lora.objects.create(title=f"Extra {number}", file=f"x/{number}.safetensors", role=LoraRole.CHARACTER)
    with pytest.raises(Refusal, match=words):
        generate_image("a house", 1, **SIZE | wanted, user=a_user())
    assert not Project.objects.exists()
    assert simulator.log() == []


def test_a_style_with_options_that_make_no_sense_is_refused(style: Engine) -> None:
    Engine.objects.update(options={"guidance": "much"})
    with pytest.raises(Refusal, match="“guidance” must be a number"):
        generate_image("a house", 1, **SIZE, user=a_user(), character_loras=["Anna"])
    assert "“guidance” must be a number" in styles()[0].missing[0]


def test_steps_for_a_workflow_without_a_place_for_them_are_refused(style: Engine) -> None:
    graph = {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "steps": 4}}}
    workflow = Workflow.objects.create(title="Own", graph=graph, places={"prompt": ["6", "text"]})
    style.stack.all().delete()
    Engine.objects.update(workflow=workflow)
    with pytest.raises(Refusal, match="has no place for steps"):
        generate_image("a house", 1, **SIZE, user=a_user(), steps=4)
    Workflow.objects.update(places={"prompt": ["6", "text"], "steps": ["6", "steps"]})
    assert generate_image("a house", 1, **SIZE, user=a_user(), steps=4, wait=0.1).steps == 4


def test_ten_loras_are_not_too_many(style: Engine) -> None:
    for number in range(8):
        Lora.objects.create(title=f"Extra {number}", file=f"x/{number}.safetensors", role=LoraRole.CHARACTER)
    wanted = [f"Extra {number}" for number in range(8)]
    made = generate_image("a house", 1, **SIZE, user=a_user(), character_loras=wanted, wait=20)
    assert len(made.metadata["loras"]) == 10


def test_the_registry_tells_what_a_style_is_made_of(style: Engine) -> None:
    (known,) = styles()
    assert (known.number, known.title, known.model_file) == (1, "Ink Intensity", "flux1-dev-fp8.safetensors")
    assert (known.style_lora, known.style_weight) == ("ink.safetensors", 0.8)
    assert (known.cinematic_lora, known.cinematic_weight) == ("FILM-V3-FLUX.safetensors", 1.0)
    assert known.character_weight is None
    assert (known.guidance, known.sampler, known.steps, known.missing) == (3.5, "euler", 20, [])


def test_what_is_missing_is_told_and_stops_a_call_before_anything_exists(style: Engine) -> None:
    configure(settings.PROVIDERS)
    (known,) = styles()
    variable = {"comfyui": "COMFYUI_HOSTS", "runpod": "RUNPOD_SERVER_100_ID"}[style.provider]
    assert variable in " ".join(known.missing)
    with pytest.raises(Refusal, match=variable):
        generate_image("a house", 1, **SIZE, user=a_user())
    assert not StyleRun.objects.exists()


def test_without_any_key_a_picture_is_refused_before_anything_exists(simulator: Simulator) -> None:
    Engine.objects.update(number=None)
    an_engine("ink", provider="runpod", number=1, title="Ink Intensity")
    ApiKey.objects.all().delete()
    (known,) = styles()
    assert known.missing
    with pytest.raises(Refusal, match="No key for runpod has been entered yet"):
        generate_image("a house", 1, **SIZE, user=a_user())
    assert not Project.objects.exists()
    assert sent(simulator, Engine.objects.get(number=1)) == []


def test_the_command_line_names_characters(style: Engine, simulator: Simulator) -> None:
    a_user()
    call_command("generate_image", "a house", "--style=1", "--lora=Anna:0.4", "--width=512", "--height=256")
    (asked,) = sent(simulator, style)
    assert ["people/anna.safetensors", pytest.approx(0.4 * 0.85)] in asked.facts["loras"]
