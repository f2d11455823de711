"""What ComfyUI says, in words for people: refusals, failures and the picture in its history."""

from collections.abc import Iterator, Mapping
from typing import Any

from generation.errors import JobFailed, NoPicture, ProviderError
from generation.providers import answers
from generation.providers.redaction import redact

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
    parts = [error.get("message"), error.get("details")] if isinstance(error, Mapping) else [error]
    told = " ".join(str(part) for part in parts if part) or "it does not say why"
    return f"ComfyUI refuses the workflow: {redact(told)}"


def failure(told: Mapping[str, Any], usage: Mapping[str, int] | None = None) -> ProviderError:
    """An `execution_error`: which node broke off, and why; without its traceback."""
    node = redact(f"{told.get('node_type', 'a node')} (node {told.get('node_id', '?')})")
    kind, message = str(told.get("exception_type", "")), str(told.get("exception_message", ""))
    if any(mark in kind + message for mark in OUT_OF_MEMORY):
        message = "the server's graphics memory is too small for this picture, or in use by others"
    return JobFailed(f"ComfyUI broke off in {node}: {redact(message)}", finish_reason=FAILED, usage=usage)


def interrupted(usage: Mapping[str, int] | None = None) -> ProviderError:
    return JobFailed("Somebody interrupted the picture on the server.", finish_reason=INTERRUPTED, usage=usage)


def picture(entry: Mapping[str, Any], output_node: str) -> Mapping[str, Any]:
    """The saved picture in a history entry: of the output node, else the first. Raises what the entry says went
    wrong."""
    status = answers.word(entry, "status", "status_str")
    if status == "error":
        raise _failed(dict(_messages(entry)), milliseconds(entry))
    outputs = answers.mapping(entry, "outputs")
    nodes = [output_node] if output_node else list(outputs)
    images = [image for node in nodes for image in answers.items(outputs, node, "images")]
    saved = [answers.mapping(image) for image in images if answers.text(image, "type") == "output"]
    if not saved:
        raise NoPicture(
            "The workflow saved no picture: it needs SaveImage or the like.",
            finish_reason=status,
            usage=milliseconds(entry),
        )
    return saved[0]


def milliseconds(entry: Mapping[str, Any]) -> dict[str, int]:
    """How long the server worked, where it says so."""
    told = [told.get("timestamp") for _, told in _messages(entry)]
    stamps = [stamp for stamp in told if isinstance(stamp, int)]
    return {"milliseconds": stamps[-1] - stamps[0]} if len(stamps) > 1 else {}


def _failed(messages: Mapping[str, Mapping[str, Any]], usage: Mapping[str, int]) -> ProviderError:
    """Interrupted work is an error too in the server's eyes; only the messages tell them apart."""
    if INTERRUPTED in messages:
        return interrupted(usage)
    return failure(messages.get(FAILED, {}), usage)


def _messages(entry: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for message in answers.items(entry, "status", "messages"):
        if isinstance(message, list) and len(message) == 2 and isinstance(message[1], Mapping):
            yield str(message[0]), message[1]


def _node_errors(nodes: object) -> Iterator[str]:
    for node_id, node in answers.mapping(nodes).items():
        title = f"Node {node_id} ({answers.text(node, 'class_type') or '?'})"
        for error in map(answers.mapping, answers.items(node, "errors")):
            told = [str(error[part]) for part in ("message", "details") if error.get(part)]
            yield redact(f"{title}: {': '.join(told) or error.get('type')}") + "."
