"""How ComfyUI checks a graph before it queues it, and what a simulated one reads from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulator.comfyui_nodes import NODES, SAVERS

Graph = Mapping[str, Any]


@dataclass(frozen=True)
class Checked:
    """`outputs` that can run, `node_errors` of those that cannot; `error` when nothing can."""

    outputs: list[str] = field(default_factory=list)
    node_errors: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None


def check(graph: object, files: Mapping[str, object]) -> Checked:
    """As `/prompt` does; `files` are those in the server's input folder."""
    if not isinstance(graph, Mapping) or not graph:
        return _refused("no_prompt", "No prompt provided", "No prompt provided")
    for node_id, node in graph.items():
        class_type = node.get("class_type") if isinstance(node, Mapping) else None
        if class_type is None:
            message = "Cannot execute because a node is missing the class_type property."
            return _refused("invalid_prompt", message, f"Node ID '#{node_id}'")
        if class_type not in NODES:
            message = f"Cannot execute because node {class_type} does not exist."
            return _refused("invalid_prompt", message, f"Node ID '#{node_id}'")
    savers = [node_id for node_id, node in graph.items() if node["class_type"] in SAVERS]
    if not savers:
        return _refused("prompt_no_outputs", "Prompt has no outputs", "")
    return _check_outputs(graph, savers, files)


def _check_outputs(graph: Graph, savers: list[str], files: Mapping[str, object]) -> Checked:
    good, found = [], {}
    for saver in savers:
        bad = {}
        for node_id in _needed(graph, saver):
            errors = list(_errors(graph, graph[node_id], files))
            if errors:
                bad[node_id] = {
                    "errors": errors, "dependent_outputs": [saver], "class_type": graph[node_id]["class_type"],
                }  # fmt: skip
        found.update(bad)
        if not bad:
            good.append(saver)
    if good:
        return Checked(good, found)
    refused = _refused("prompt_outputs_failed_validation", "Prompt outputs failed validation", "")
    return Checked([], found, refused.error)


def _needed(graph: Graph, node_id: str, seen: set[str] | None = None) -> set[str]:
    """The node and all it hangs on."""
    seen = seen if seen is not None else set()
    if node_id not in seen and node_id in graph:
        seen.add(node_id)
        for value in graph[node_id].get("inputs", {}).values():
            if is_link(value):
                _needed(graph, value[0], seen)
    return seen


def is_link(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def _errors(graph: Graph, node: Mapping[str, Any], files: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    required, optional, _ = NODES[node["class_type"]]
    inputs = node.get("inputs", {})
    for name in required:
        if name not in inputs:
            yield _error("required_input_missing", "Required input is missing", name, name, required[name], None)
    for name, value in inputs.items():
        specification = required.get(name) or optional.get(name)
        if specification is None:
            continue
        if is_link(value):
            yield from _link_errors(graph, name, value, specification)
        elif node["class_type"] == "LoadImage":
            if value in files:
                continue
            details = f"image - Invalid image file: {value}"
            yield _error("custom_validation_failed", "Custom validation failed for node", details, name, [], value)
        else:
            yield from _value_errors(name, value, specification)


def _link_errors(graph: Graph, name: str, link: list[Any], specification: list[Any]) -> Iterator[dict[str, Any]]:
    source = graph.get(link[0])
    if source is None:
        details = f"'{link[0]}' Traceback (most recent call last): KeyError"
        yield _error(
            "exception_during_inner_validation", "Exception when validating inner node", details, name, [], link
        )
        return
    outputs = NODES[source["class_type"]][2]
    received = outputs[link[1]] if link[1] < len(outputs) else "nothing"
    if received != specification[0]:
        details = f"{name}, received_type({received}) mismatch input_type({specification[0]})"
        yield _error(
            "return_type_mismatch", "Return type mismatch between linked nodes", details, name, specification, link
        )


def _value_errors(name: str, value: Any, specification: list[Any]) -> Iterator[dict[str, Any]]:
    """Choices of the third API generation are not checked here, but fail at run time."""
    kind, config = specification[0], specification[1] if len(specification) > 1 else {}
    if isinstance(kind, list) and value not in kind:
        yield _error("value_not_in_list", "Value not in list", f"{name}: '{value}' not in {kind}", name, kind, value)
    if kind not in ("INT", "FLOAT"):
        return
    try:
        number = float(value)
    except (TypeError, ValueError):
        yield _error("invalid_input_type", "Failed to convert an input value", name, name, specification, value)
        return
    if number < config.get("min", number):
        details = f"{name}: {value} less than min of {config['min']}"
        yield _error("value_smaller_than_min", "Value smaller than min", details, name, specification, value)
    if number > config.get("max", number):
        details = f"{name}: {value} bigger than max of {config['max']}"
        yield _error("value_bigger_than_max", "Value bigger than max", details, name, specification, value)


def _error(kind: str, message: str, details: str, name: str, config: object, value: object) -> dict[str, Any]:
    extra = {"input_name": name, "input_config": config, "received_value": value}
    return {"type": kind, "message": message, "details": details, "extra_info": extra}


def _refused(kind: str, message: str, details: str) -> Checked:
    return Checked(error={"type": kind, "message": message, "details": details, "extra_info": {}})


def values(graph: Graph, class_type: str) -> list[Mapping[str, Any]]:
    return [node["inputs"] for node in graph.values() if node.get("class_type") == class_type]


def first(graph: Graph, class_type: str, name: str, default: Any) -> Any:
    return next((inputs.get(name, default) for inputs in values(graph, class_type)), default)


def size(graph: Graph) -> tuple[int, int]:
    """Of the picture that the graph makes, in pixels."""
    for class_type in ("EmptySD3LatentImage", "ImageScale"):
        for inputs in values(graph, class_type):
            return int(inputs["width"]), int(inputs["height"])
    return 64, 64


def loras(graph: Graph) -> list[tuple[str, float]]:
    return [(inputs["lora_name"], inputs["strength_model"]) for inputs in values(graph, "LoraLoader")]
