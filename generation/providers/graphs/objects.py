"""Whether a server can run a graph, by what it says of its own nodes (`/object_info`)."""

from collections.abc import Iterator, Mapping
from typing import Any

from generation.providers.answers import mapping
from generation.providers.graphs.values import Graph, Node, is_link

SHOWN_OPTIONS = 5
NUMBERS = ("INT", "FLOAT")


def problems(graph: Graph, objects: Mapping[str, Any]) -> list[str]:
    """What would keep the server from running the graph, as sentences; nothing where it can.

    Kinds that the server does not have, inputs that are missing, links to nowhere, values that are not on the server's
    lists (a model's or LoRA's file, for one) and numbers out of range. Files to be uploaded are not looked for.
    """
    found = [problem for node_id, node in graph.items() for problem in _node(graph, node_id, node, objects)]
    if not any(_described(node, objects).get("output_node") for node in graph.values()):
        found.append("No node saves a picture: the workflow needs SaveImage or the like.")
    return found


def _described(node: Node, objects: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(objects, node["class_type"])


def _node(graph: Graph, node_id: str, node: Node, objects: Mapping[str, Any]) -> Iterator[str]:
    title = f"Node {node_id} ({node['class_type']})"
    described = _described(node, objects)
    if not described:
        yield f"{title}: the server has no such node. Is the custom node installed there?"
        return
    required, optional = mapping(described, "input", "required"), mapping(described, "input", "optional")
    for name in required:
        if name not in node["inputs"]:
            yield f"{title}: the input “{name}” is missing."
    for name, value in node["inputs"].items():
        if is_link(value):
            if value[0] not in graph:
                yield f"{title}: “{name}” comes from node {value[0]}, which the workflow does not have."
        elif name in required or name in optional:
            yield from (f"{title}: {problem}" for problem in _value(name, value, {**optional, **required}[name]))


def _value(name: str, value: object, specification: object) -> Iterator[str]:
    kind, config = _read(specification)
    options = kind if isinstance(kind, list) else config.get("options") if kind == "COMBO" else None
    if isinstance(options, list):
        uploaded = any(flag.endswith("_upload") and said for flag, said in config.items())
        if value not in options and not uploaded:
            yield f"{name} “{value!s:.120}” is not on the server, which has {_listed(options)}."
    elif kind in NUMBERS:
        yield from _number(name, value, config)


def _read(specification: object) -> tuple[object, Mapping[str, Any]]:
    """Type and configuration: `[[options], {…}]` and `["COMBO", {"options": […]}]` are both in use."""
    if not isinstance(specification, list | tuple) or not specification:
        return None, {}
    config = specification[1] if len(specification) > 1 else {}
    return specification[0], mapping(config)


def _number(name: str, value: object, config: Mapping[str, Any]) -> Iterator[str]:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        yield f"{name} must be a number, not {value!r:.60}."
        return
    least, most = config.get("min"), config.get("max")
    if isinstance(least, int | float) and number < least:
        yield f"{name} {value} is less than the {least} that the server allows."
    if isinstance(most, int | float) and number > most:
        yield f"{name} {value} is more than the {most} that the server allows."


def _listed(options: list[Any]) -> str:
    if not options:
        return "nothing of that kind"
    shown = ", ".join(str(option) for option in options[:SHOWN_OPTIONS])
    return shown if len(options) <= SHOWN_OPTIONS else f"{shown} and {len(options) - SHOWN_OPTIONS} more"
