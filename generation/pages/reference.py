"""The API's OpenAPI description as a page: every call with an example of what to send and what comes back."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Described = Mapping[str, Any]
DEEPEST = 6
"""Levels of a shape that an example shows."""
SAMPLES: dict[str, Any] = {"integer": 7, "number": 0.5, "boolean": True, "string": "text", "null": None}
FORMATS = {"date-time": "2026-01-31T12:00:00Z", "binary": "<bytes>"}
KINDS = {
    "integer": "number", "number": "number", "boolean": "true or false", "string": "text", "array": "list",
    "object": "object", "date-time": "time",
}  # fmt: skip
"""What people call them."""
FILES = {"image/png": "picture.png", "application/zip": "export.zip"}
"""By the type of what is no JSON: the file it is sent from, or stored in, in an example."""
STREAM = "text/event-stream"


@dataclass(frozen=True)
class Part:
    """Something in the address, the headers or an object. `place` is "" in an object."""

    name: str
    place: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True)
class Content:
    """An object that is sent or answered: an example as JSON, and what is to be said of its parts."""

    example: str
    parts: list[Part]


@dataclass(frozen=True)
class Reply:
    """What a call is answered with; no content where it has no body, or one that is no JSON."""

    status: str
    words: str
    content: Content | None


@dataclass(frozen=True)
class Call:
    """`curls`: the call as one types it, the second where it can stream. `body` is JSON, "" where none is sent."""

    anchor: str
    method: str
    path: str
    title: str
    words: str
    scope: str
    parameters: list[Part]
    sent: Content | None
    replies: list[Reply]
    curls: list[str]

    @property
    def body(self) -> str:
        return self.sent.example if self.sent else ""


@dataclass(frozen=True)
class Section:
    title: str
    words: str
    calls: list[Call]


def load_reference(schema: Described, public_url: str) -> list[Section]:
    """In the order in which the API lists its parts."""
    sections: dict[str, list[Call]] = {tag["name"]: [] for tag in schema["tags"]}
    for path, operations in schema["paths"].items():
        for method, described in operations.items():
            sections[described["tags"][0]].append(_call(path, method, described, schema, public_url))
    return [Section(tag["name"], tag["description"], sections[tag["name"]]) for tag in schema["tags"]]


def problem_example(schema: Described) -> str:
    """What every call that fails is answered with."""
    return _json(_example({"$ref": "#/components/schemas/ProblemOut"}, schema))


def _call(path: str, method: str, described: Described, schema: Described, public_url: str) -> Call:
    sent = _content(described.get("requestBody", {}), schema)
    return Call(
        anchor=described["operationId"],
        method=method.upper(),
        path=path,
        title=described["summary"],
        words=described.get("description", ""),
        scope=described["x-scope"],
        parameters=list(_parameters(described, schema)),
        sent=sent,
        replies=[_reply(status, reply, schema) for status, reply in sorted(described["responses"].items())],
        curls=list(_curls(public_url + path, method, described, schema)),
    )


# --- parts -----------------------------------------------------------------------------------------------------------


def _parameters(described: Described, schema: Described) -> Iterator[Part]:
    """All but those whose name in the address says everything."""
    for parameter in described.get("parameters", []):
        shape = parameter.get("schema", {})
        if parameter["in"] != "path" or "enum" in shape:
            words = parameter.get("description") or shape.get("description", "")
            yield Part(parameter["name"], parameter["in"], _kind(shape, schema), parameter["required"], words)


def _content(described: Described, schema: Described) -> Content | None:
    shape = described.get("content", {}).get("application/json", {}).get("schema")
    return Content(_json(_example(shape, schema)), list(_parts(shape, schema))) if shape else None


def _parts(shape: Described, schema: Described) -> Iterator[Part]:
    """Of an object, or of those in a list, what is one of several, and what its author has words for."""
    shape = _plainly(shape, schema)
    required = shape.get("required", [])
    for name, part in shape.get("properties", {}).items():
        if name == "items":
            yield from _parts(part, schema)
        elif "description" in part or "enum" in _plainly(part, schema):
            yield Part(name, "", _kind(part, schema), name in required, part.get("description", ""))
    if "items" in shape:
        yield from _parts(shape["items"], schema)


def _kind(shape: Described, schema: Described) -> str:
    """In words: what may stand there, or of which kind it is."""
    shape = _plainly(shape, schema)
    if "enum" in shape:
        return "one of " + ", ".join(map(str, shape["enum"]))
    return KINDS.get(shape.get("format", "")) or KINDS[shape.get("type", "string")]


def _plainly(shape: Described, schema: Described) -> Described:
    """The shape itself, or that of what may also be null."""
    return _resolved(_options(_resolved(shape, schema))[0], schema)


def _options(shape: Described) -> list[Described]:
    found: list[Described] = shape.get("anyOf") or shape.get("oneOf") or shape.get("allOf") or [shape]
    return found


def _reply(status: str, reply: Described, schema: Described) -> Reply:
    return Reply(status, reply.get("description", ""), _content(reply, schema))


# --- examples --------------------------------------------------------------------------------------------------------


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _curls(url: str, method: str, described: Described, schema: Described) -> Iterator[str]:
    """As it can be sent: the numbers in its address are made up."""
    for parameter in described.get("parameters", []):
        if parameter["in"] == "path":
            url = url.replace(f"{{{parameter['name']}}}", str(_example(parameter["schema"], schema)))
    answer = described["responses"].get("200", {}).get("content", {})
    sent = list(_sent(described.get("requestBody", {}).get("content", {}), schema))
    stored = [f"-o {file}" for kind, file in FILES.items() if kind in answer]
    yield _curl(method, *sent, *stored, url)
    if STREAM in answer:
        yield _curl(method, "-N", f'-H "Accept: {STREAM}"', url)


def _sent(content: Described, schema: Described) -> Iterator[str]:
    if "application/json" in content:
        body = json.dumps(_example(content["application/json"]["schema"], schema), ensure_ascii=False)
        yield '-H "Content-Type: application/json"'
        yield f"-d {shlex.quote(body)}"
    for kind, file in FILES.items():
        if kind in content:
            yield f'-H "Content-Type: {kind}"'
            yield f"--data-binary @{file}"


def _curl(method: str, *parts: str) -> str:
    verb = "" if method == "get" else f" -X {method.upper()}"
    return " \\\n  ".join([f'curl{verb} -H "Authorization: Bearer $TOKEN"', *parts])


def _example(shape: Described, schema: Described, depth: int = 0) -> Any:
    """The one that its author wrote, else one made up from its parts."""
    shape = _resolved(shape, schema)
    if shape.get("examples"):
        return _in_order(shape["examples"][0], shape, schema)
    for key in ("default", "const"):
        if key in shape and shape[key] is not None:
            return shape[key]
    if "enum" in shape:
        return shape["enum"][0]
    if depth >= DEEPEST:
        return None
    if (options := _options(shape)) != [shape]:
        return _example(options[0], schema, depth)
    return _made_up(shape, schema, depth)


def _in_order(value: Any, shape: Described, schema: Described) -> Any:
    """With its parts in the order in which they are described; pydantic sorts those of examples."""
    shape = _plainly(shape, schema)
    if isinstance(value, list):
        return [_in_order(item, shape.get("items", {}), schema) for item in value]
    if not isinstance(value, dict):
        return value
    parts: Described = shape.get("properties", {})
    names = [name for name in parts if name in value] + [name for name in value if name not in parts]
    return {name: _in_order(value[name], parts.get(name, {}), schema) for name in names}


def _made_up(shape: Described, schema: Described, depth: int) -> Any:
    kind = shape.get("type", "object" if "properties" in shape else "string")
    if kind == "object":
        return {name: _example(part, schema, depth + 1) for name, part in shape.get("properties", {}).items()}
    if kind == "array":
        return [_example(shape.get("items", {}), schema, depth + 1)]
    return FORMATS.get(shape.get("format", ""), SAMPLES.get(kind))


def _resolved(shape: Described, schema: Described) -> Described:
    """A reference followed; what stands beside it, like an example, goes before what it refers to."""
    reference = shape.get("$ref")
    if reference is None:
        return shape
    found = schema["components"]["schemas"][reference.rpartition("/")[2]]
    return {**_resolved(found, schema), **{key: value for key, value in shape.items() if key != "$ref"}}


# --- words -----------------------------------------------------------------------------------------------------------


def prose(text: str) -> SafeString:
    """Paragraphs, with what stands between backticks as code."""
    return format_html_join("\n", "<p>{}</p>", ((marked(part),) for part in text.split("\n\n")))


def marked(text: str) -> SafeString:
    """The same on one line."""
    parts = enumerate(" ".join(text.split()).split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if odd % 2 else part,) for odd, part in parts)
    )
