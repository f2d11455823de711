"""What an engine would send: the graph that is built, and how LoRAs are weighed; nothing is asked of anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from django import forms

from generation.errors import InvalidRequest, ProviderError
from generation.models import Engine
from generation.providers import PROVIDERS, get_provider, graphs
from generation.providers.graphs import flux
from generation.providers.graphs.values import Graph, Wanted
from generation.results import FLUX_PROVIDERS
from storyboards.models.projects import AspectRatio

PROMPT = "The text of the picture"


@runtime_checkable
class KnowsServer(Protocol):
    """A provider whose server tells what it can run."""

    def problems(self, graph: Graph, options: Mapping[str, object]) -> list[str]: ...


class ShapeForm(forms.Form):
    shape = forms.ChoiceField(choices=AspectRatio.choices, initial=AspectRatio.WIDE)


@dataclass(frozen=True)
class Preview:
    """`strengths`: file, role and strength of each LoRA in the order of the stack; `facts`: what else goes with a
    request; `problem`: why nothing can be built."""

    facts: dict[str, Any]
    strengths: list[tuple[str, str, float]]
    graph: Graph | None = None
    problem: str = ""


def preview(engine: Engine, shape: str) -> Preview:
    if engine.provider not in PROVIDERS:
        return Preview({}, [], problem=f"The provider {engine.provider} is not installed.")
    provider, options = get_provider(engine.provider), engine.request_options()
    try:
        provider.check_options(options)
        graph = build(engine, options, shape) if engine.provider in FLUX_PROVIDERS else None
    except InvalidRequest as error:
        return Preview(_facts(engine, options, shape), [], problem=str(error))
    strengths = flux.lora_strengths(options["loras"]) if "loras" in options else []
    return Preview(_facts(engine, options, shape), strengths, graph)


def build(engine: Engine, options: dict[str, object], shape: str) -> Graph:
    """Of a picture from text; a workflow that needs pictures gets names that stand for them."""
    width, height = engine.size(shape)
    most = graphs.abilities(options).max_references if "workflow" in options else 0
    pictures = tuple(f"picture-{number}.png" for number in range(1, most + 1))
    return graphs.build(options, Wanted(PROMPT, width, height, 0, pictures=pictures, model=engine.model))


def _facts(engine: Engine, options: dict[str, object], shape: str) -> dict[str, Any]:
    """In the order of the page."""
    provider = get_provider(engine.provider)
    able, (width, height) = provider.capabilities(engine.model, options), engine.size(shape)
    tariff = provider.tariff(engine.model, width, height, options)
    own = {name: value for name, value in options.items() if name not in ("workflow", "loras")}
    return {
        "Provider": engine.provider,
        "Model": engine.model or "its own",
        "Size": f"{width} × {height} pixels",
        "Price goes by": " ".join(filter(None, (tariff.size, tariff.quality))) or "one price for all",
        "Pictures sent along": f"at most {able.max_references}",
        "Seed": "is sent" if able.seeds else "is not known there",
        "Options": ", ".join(f"{name} = {value}" for name, value in own.items()) or "none",
        "Workflow": str(engine.workflow or "none: the graph of the house") if engine.provider in FLUX_PROVIDERS else "",
        "A call may take": f"{engine.timeout} s",
    }


def ask_server(engine: Engine, graph: Graph) -> list[str]:
    """What keeps the engine's server from running the graph, as sentences; nothing where it can."""
    provider = get_provider(engine.provider)
    if not isinstance(provider, KnowsServer):
        return ["This engine's server cannot be asked."]
    try:
        return provider.problems(graph, engine.request_options())
    except ProviderError as error:
        return [str(error)]
