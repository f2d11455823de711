"""What ComfyUI says, in words for people: refusals, failures and the picture in its history."""

from collections.abc import Iterator, Mapping
from typing import Any

from generation.errors import JobFailed, NoPicture, ProviderError
from generation.providers.wire import shown

UNREACHABLE = "The ComfyUI server cannot be reached."
INTERRUPTED = "execution_interrupted"
FAILED = "execution_error"
OUT_OF_MEMORY = ("OutOfMemory", "out of memory")
SHOWN_ERRORS = 3


def refusal(said: Mapping[str, Any]) -> str:
    """Why a graph was not taken on, or not wholly."""
    found = list(_node_errors(said.get("node_errors")))
    if found:
        more = f" And {len(found) - SHOWN_ERRORS} more." if len(found) > SHOWN_ERRORS else ""
        return "ComfyUI refuses the workflow. " + " ".join(found[:SHOWN_ERRORS]) + more
    error = said.get("error")
    if isinstance(error, Mapping):
        told = " ".join(str(error.get(part) or "") for part in ("message", "details"))
        return f"ComfyUI refuses the workflow: {shown(told)}"
    return f"ComfyUI refuses the workflow: {shown(error or 'it does not say why')}"


def failure(told: Mapping[str, Any], usage: Mapping[str, int] | None = None) -> ProviderError:
    """An `execution_error`: which node broke off, and why; without its traceback."""
    node = f"{told.get('node_type', 'a node')} (node {told.get('node_id', '?')})"
    kind, message = str(told.get("exception_type", "")), str(told.get("exception_message", ""))
    if any(mark in kind + message for mark in OUT_OF_MEMORY):
        message = "the server's graphics memory is too small for this picture, or in use by others"
    return JobFailed(f"ComfyUI broke off in {node}: {shown(message)}", finish_reason=FAILED, usage=usage)


def interrupted(usage: Mapping[str, int] | None = None) -> ProviderError:
    return JobFailed("Somebody interrupted the picture on the server.", finish_reason=INTERRUPTED, usage=usage)


def picture(entry: Mapping[str, Any], output_node: str) -> Mapping[str, Any]:
    """The saved picture in a history entry: of the output node, else the first. Raises what the entry says went
    wrong."""
    status = entry.get("status") or {}
    if status.get("status_str") == "error":
        raise _failed(dict(_messages(status)), milliseconds(entry))
    outputs = entry.get("outputs") or {}
    nodes = [output_node] if output_node else list(outputs)
    images = [image for node in nodes for image in (outputs.get(node) or {}).get("images") or []]
    saved = [image for image in images if image.get("type") == "output"]
    if not saved:
        raise NoPicture(
            "The workflow saved no picture: it needs SaveImage or the like.",
            finish_reason=str(status.get("status_str", "")),
            usage=milliseconds(entry),
        )
    found: Mapping[str, Any] = saved[0]
    return found


def milliseconds(entry: Mapping[str, Any]) -> dict[str, int]:
    """How long the server worked, where it says so."""
    stamps = [told["timestamp"] for _, told in _messages(entry.get("status") or {}) if "timestamp" in told]
    return {"milliseconds": int(stamps[-1] - stamps[0])} if len(stamps) > 1 else {}


def _failed(messages: Mapping[str, Mapping[str, Any]], usage: Mapping[str, int]) -> ProviderError:
    """Interrupted work is an error too in the server's eyes; only the messages tell them apart."""
    if INTERRUPTED in messages:
        return interrupted(usage)
    return failure(messages.get(FAILED, {}), usage)


def _messages(status: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for message in status.get("messages") or []:
        if isinstance(message, list) and len(message) == 2 and isinstance(message[1], Mapping):
            yield str(message[0]), message[1]


def _node_errors(nodes: object) -> Iterator[str]:
    if not isinstance(nodes, Mapping):
        return
    for node_id, node in nodes.items():
        for error in node.get("errors") or []:
            told = error.get("details") or error.get("message") or error.get("type")
            yield f"Node {node_id} ({node.get('class_type', '?')}): {error.get('message', '')}: {shown(told)}."
