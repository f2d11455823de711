"""Where the values of a request most likely go in a workflow that somebody exported. A first answer: people look at
it and change it."""

from collections.abc import Iterator, Mapping

from generation.providers.graphs.values import Graph, is_link

FIELDS: Mapping[str, tuple[str, ...]] = {
    "seed": ("noise_seed", "seed"),
    "steps": ("steps",),
    "guidance": ("guidance",),
    "denoise": ("denoise",),
}
"""By place, the inputs that hold it. Filled in every node that has one, since they belong to one picture."""
TOWARDS_PROMPT = ("positive", "conditioning", "guider")
"""Links that lead from a sampler to the text that is wanted, and not to the one that is not."""
EMPTY_LATENTS = ("EmptySD3LatentImage", "EmptyLatentImage")

Place = list[str] | list[list[str]]


def guess(graph: Graph) -> dict[str, Place]:
    """Places as `filling` reads them; what cannot be told is left out."""
    found = {name: [pair for field in fields for pair in _inputs(graph, field)] for name, fields in FIELDS.items()}
    found["prompt"] = _prompt(graph)
    for side in ("width", "height"):
        found[side] = [[node_id, side] for node_id in _of_kind(graph, *EMPTY_LATENTS, "ModelSamplingFlux")]
    for number, node_id in enumerate(_of_kind(graph, "LoadImage"), start=1):
        found[f"reference_{number}"] = [[node_id, "image"]]
    places: dict[str, Place] = {name: _short(pairs) for name, pairs in found.items() if _writable(graph, pairs)}
    saving = _of_kind(graph, "SaveImage")
    return places | ({"output": [saving[0]]} if len(saving) == 1 else {})


def _inputs(graph: Graph, field: str) -> Iterator[list[str]]:
    for node_id, node in graph.items():
        if field in node["inputs"] and not is_link(node["inputs"][field]):
            yield [node_id, field]


def _of_kind(graph: Graph, *kinds: str) -> list[str]:
    return [node_id for node_id, node in graph.items() if node["class_type"] in kinds]


def _writable(graph: Graph, pairs: list[list[str]]) -> bool:
    """An input that comes from another node must not be cut off."""
    return bool(pairs) and all(
        field in graph[node]["inputs"] and not is_link(graph[node]["inputs"][field]) for node, field in pairs
    )


def _short(pairs: list[list[str]]) -> Place:
    return pairs[0] if len(pairs) == 1 else pairs


def _prompt(graph: Graph) -> list[list[str]]:
    """The texts that a sampler is led by; without a sampler, the only text there is."""
    texts = list(_inputs(graph, "text"))
    wanted = _led_by(graph)
    led = [pair for pair in texts if pair[0] in wanted]
    return led or (texts if len(texts) == 1 else [])


def _led_by(graph: Graph) -> set[str]:
    """Nodes upstream of what says what is wanted."""
    seen: set[str] = set()
    open_ones = [link for node in graph.values() for link in _towards(node["inputs"])]
    while open_ones:
        node_id = open_ones.pop()
        if node_id not in seen and node_id in graph:
            seen.add(node_id)
            open_ones += _towards(graph[node_id]["inputs"])
    return seen


def _towards(inputs: Mapping[str, object]) -> list[str]:
    links = (inputs.get(name) for name in TOWARDS_PROMPT)
    return [link[0] for link in links if is_link(link) and isinstance(link, list)]
