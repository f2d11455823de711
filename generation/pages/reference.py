"""The API's OpenAPI description as a page: every call with an example of what to send and what comes back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Described = Mapping[str, Any]
DEEPEST = 6
"""Levels of a shape that an example shows."""
SAMPLES: dict[str, Any] = {"integer": 1, "number": 0.5, "boolean": True, "string": "text", "null": None}
FORMATS = {"date-time": "2026-01-31T12:00:00Z", "binary": "<bytes>"}


@dataclass(frozen=True)
class Parameter:
    """Something in the address or the headers."""

    name: str
    place: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True)
class Reply:
    """What a call is answered with; `example` is JSON, "" where it has no body or a problem's."""

    status: str
    words: str
    example: str


@dataclass(frozen=True)
class Call:
    """`curl`: the call as one types it. `body` is JSON, "" where nothing is sent."""

    anchor: str
    method: str
    path: str
    title: str
    words: str
    scope: str
    parameters: list[Parameter]
    body: str
    replies: list[Reply]
    curl: str


@dataclass(frozen=True)
class Section:
    title: str
    calls: list[Call]


def load_reference(schema: Described, public_url: str) -> list[Section]:
    """In the order in which the API lists its parts."""
    sections: dict[str, list[Call]] = {}
    for path, operations in schema["paths"].items():
        for method, described in operations.items():
            call = _call(path, method, described, schema, public_url)
            sections.setdefault(described.get("tags", ["other"])[0], []).append(call)
    return [Section(title, calls) for title, calls in sections.items()]


def _call(path: str, method: str, described: Described, schema: Described, public_url: str) -> Call:
    body = _body(described, schema)
    return Call(
        anchor=described["operationId"],
        method=method.upper(),
        path=path,
        title=described["summary"],
        words=described.get("description", ""),
        scope=described["x-scope"],
        parameters=[_parameter(parameter) for parameter in described.get("parameters", [])],
        body=body,
        replies=[_reply(status, reply, schema) for status, reply in sorted(described["responses"].items())],
        curl=_curl(public_url + path, method, body),
    )


def _parameter(parameter: Described) -> Parameter:
    shape = parameter.get("schema", {})
    kind = shape.get("type") or " or ".join(option.get("type", "text") for option in shape.get("anyOf", []))
    words = parameter.get("description") or shape.get("description", "")
    choices = ", ".join(map(str, shape.get("enum", [])))
    return Parameter(
        parameter["name"], parameter["in"], choices or kind.replace(" or null", ""), parameter["required"], words
    )


def _body(described: Described, schema: Described) -> str:
    content = described.get("requestBody", {}).get("content", {})
    shape = content.get("application/json", {}).get("schema")
    return _json(_example(shape, schema)) if shape else ""


def _reply(status: str, reply: Described, schema: Described) -> Reply:
    shape = reply.get("content", {}).get("application/json", {}).get("schema")
    return Reply(status, reply.get("description", ""), _json(_example(shape, schema)) if shape else "")


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _curl(url: str, method: str, body: str) -> str:
    lines = ["curl" + ("" if method == "get" else f" -X {method.upper()}"), '-H "Authorization: Bearer $TOKEN"']
    if body:
        lines += ['-H "Content-Type: application/json"', f"-d '{json.dumps(json.loads(body), ensure_ascii=False)}'"]
    return " \\\n  ".join([*lines, url])


def _example(shape: Described, schema: Described, depth: int = 0) -> Any:
    """The one that its author wrote, else one made up from its parts."""
    shape = _resolved(shape, schema)
    if shape.get("examples"):
        return shape["examples"][0]
    for key in ("default", "const"):
        if key in shape and shape[key] is not None:
            return shape[key]
    if "enum" in shape:
        return shape["enum"][0]
    if depth >= DEEPEST:
        return None
    if options := shape.get("anyOf") or shape.get("oneOf") or shape.get("allOf"):
        return _example(options[0], schema, depth)
    return _made_up(shape, schema, depth)


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
