"""A workflow of one's own: a graph that somebody exported, with named places to fill.

Options: `{"workflow": {"graph": {…}, "places": {"prompt": ["6", "text"], "seed": ["25", "noise_seed"], …}}}`. A place
is a node and the name of one of its inputs, or a list of such pairs. `output` is a node alone: the one whose picture
counts.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any

from generation.errors import InvalidRequest
from generation.providers.graphs import values
from generation.providers.graphs.values import Graph, Wanted

FROM_REQUEST = ("prompt", "seed", "width", "height")
FROM_OPTIONS = ("steps", "guidance", "denoise")
"""Filled when the engine's options have them, else the graph's own values stay."""
NAMES = ("workflow", "loras", *FROM_OPTIONS)
OTHERS = ("batch", "mask", "output")
REFERENCE = re.compile(r"reference_([1-9][0-9]?)")

NOT_API_FORMAT = (
    "This is a workflow saved for ComfyUI's editor. Export it with “Workflow → Export (API)” and use that file: it has "
    "a class_type for each node."
)
NEEDS_PICTURE = (
    "This workflow starts from a picture, and there is none: give the style a reference picture or the project a "
    "concept picture, or choose a workflow without a place for one."
)


def check_workflow(graph: object, places: object) -> None:
    """Raise InvalidRequest, in words for staff, where the graph is none or a place is not in it."""
    nodes = check_graph(graph)
    named = values.mapping("places", places)
    for name, place in named.items():
        _check_name(name)
        _check_place(nodes, name, place)
    if "prompt" not in named:
        raise InvalidRequest("The workflow has no place for the prompt: say which input of which node takes the text.")
    _check_references(named)


def check_options(options: Mapping[str, object]) -> None:
    """The same for an engine's options."""
    workflow = _workflow(options)
    check_workflow(workflow["graph"], workflow["places"])
    if options.get("loras"):
        raise InvalidRequest("LoRAs cannot be added to a workflow of one's own: load them in the workflow itself.")
    _numbers(options)


def fill(options: Mapping[str, object], picture: Wanted) -> Graph:
    """A copy of the graph with all places filled. Raises InvalidRequest where picture and places do not fit."""
    check_options(options)
    workflow = _workflow(options)
    graph: Graph = copy.deepcopy(dict(workflow["graph"]))
    for name, value in _values(options, workflow["places"], picture).items():
        for node, field in _pairs(workflow["places"].get(name, [])):
            graph[node]["inputs"][field] = value
    return graph


def reference_places(options: Mapping[str, object]) -> int:
    """How many pictures the workflow takes."""
    return sum(bool(REFERENCE.fullmatch(name)) for name in _workflow(options)["places"])


def has_place(options: Mapping[str, object], name: str) -> bool:
    return name in _workflow(options)["places"]


def output_node(options: Mapping[str, object]) -> str:
    place = _workflow(options)["places"].get("output", "")
    return _node_of(place)


def _workflow(options: Mapping[str, object]) -> Mapping[str, Any]:
    workflow = values.mapping("workflow", options.get("workflow"))
    if "graph" not in workflow:
        raise InvalidRequest(NOT_API_FORMAT if "nodes" in workflow else "“workflow” must have a “graph”.")
    return {"graph": workflow["graph"], "places": values.mapping("places", workflow.get("places", {}))}


def _numbers(options: Mapping[str, object]) -> dict[str, object]:
    ranges = {"guidance": (0.0, 100.0), "denoise": (0.01, 1.0)}
    read: dict[str, object] = {
        name: values.number(name, options[name], *limits) for name, limits in ranges.items() if name in options
    }
    if "steps" in options:
        read["steps"] = values.whole("steps", options["steps"], 1, 150)
    return read


def _values(options: Mapping[str, object], places: Mapping[str, Any], picture: Wanted) -> dict[str, object]:
    filled = {name: getattr(picture, name) for name in FROM_REQUEST} | _numbers(options) | {"batch": 1}
    if picture.mask and "mask" not in places:
        raise InvalidRequest("This workflow has no place for a mask.")
    if picture.mask:
        filled["mask"] = picture.mask
    return filled | _pictures(places, picture.pictures)


def _pictures(places: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, object]:
    """The last picture also fills the places that are left over: what the graph names there is not on the server."""
    wanted = sorted((name for name in places if REFERENCE.fullmatch(name)), key=lambda name: int(name.split("_")[1]))
    if len(names) > len(wanted):
        raise InvalidRequest(f"This workflow takes {len(wanted)} pictures, not {len(names)}.")
    if wanted and not names:
        raise InvalidRequest(NEEDS_PICTURE)
    return {place: names[min(n, len(names) - 1)] for n, place in enumerate(wanted)}


def check_graph(graph: object) -> Mapping[str, Any]:
    """The nodes. Raises InvalidRequest, in words for staff, for what is no graph in the API format."""
    nodes = values.mapping("graph", graph)
    if isinstance(nodes.get("nodes"), list):
        raise InvalidRequest(NOT_API_FORMAT)
    if not nodes:
        raise InvalidRequest("The workflow is empty.")
    for node_id, node in nodes.items():
        if not isinstance(node, Mapping) or not isinstance(node.get("class_type"), str):
            raise InvalidRequest(f"Node {node_id:.40} has no class_type. {NOT_API_FORMAT}")
        if not isinstance(node.get("inputs"), Mapping):
            raise InvalidRequest(f"Node {node_id:.40} ({node['class_type']:.60}) has no inputs.")
    return nodes


def _check_name(name: str) -> None:
    if name not in (*FROM_REQUEST, *FROM_OPTIONS, *OTHERS) and not REFERENCE.fullmatch(name):
        known = ", ".join((*FROM_REQUEST, *FROM_OPTIONS, *OTHERS))
        raise InvalidRequest(f"Unknown place “{name:.60}”. There are: {known}, reference_1, reference_2 and so on.")


def _check_place(nodes: Mapping[str, Any], name: str, place: object) -> None:
    if name == "output":
        _check_node(nodes, name, _node_of(place))
        return
    pairs = _pairs(place)
    if not pairs:
        raise InvalidRequest(f'The place “{name}” must be a node and an input, like ["6", "text"].')
    for node, field in pairs:
        _check_node(nodes, name, node)
        if field not in nodes[node]["inputs"]:
            raise InvalidRequest(
                f"The place “{name}” is to be the input “{field:.60}” of node {node} "
                f"({nodes[node]['class_type']:.60}), which has no such input."
            )


def _check_node(nodes: Mapping[str, Any], name: str, node: str) -> None:
    if node not in nodes:
        raise InvalidRequest(f"The place “{name}” is to be in node {node:.40}, which the workflow does not have.")


def _check_references(places: Mapping[str, Any]) -> None:
    numbers = sorted(int(found[1]) for name in places if (found := REFERENCE.fullmatch(name)))
    if numbers != list(range(1, len(numbers) + 1)):
        raise InvalidRequest("Places for pictures must count from reference_1 without a gap.")


def _pairs(place: object) -> list[tuple[str, str]]:
    """A place as pairs of node and input; nothing where it is of no such shape."""
    if not isinstance(place, list | tuple):
        return []
    several = place if all(isinstance(pair, list | tuple) for pair in place) else [place]
    good = all(len(pair) == 2 and isinstance(pair[0], str | int) and isinstance(pair[1], str) for pair in several)
    return [(str(node), field) for node, field in several] if good else []


def _node_of(place: object) -> str:
    node = place[0] if isinstance(place, list | tuple) and place else place
    return str(node) if isinstance(node, str | int) else ""
