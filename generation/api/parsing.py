"""How bodies are read: JSON as its standard has it, and said to be JSON."""

import json
from typing import Any, NoReturn, cast

from django.http import HttpRequest
from ninja.parser import Parser

from generation.api.problems import Problem


class StrictJson(Parser):
    """Python's own reader also takes NaN and Infinity, which no database and no answer of ours could hold."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        if not is_json(request.content_type or ""):
            raise Problem(415, "Send the body as JSON: Content-Type: application/json.")
        text = request.body.decode("utf-8-sig")
        data = json.loads(text, parse_constant=_refuse)
        if "\\ud" in text.lower():
            _check_text(data)
        return cast(dict[str, Any], data)


def is_json(content_type: str) -> bool:
    return content_type == "application/json" or content_type.endswith("+json")


def _check_text(data: object) -> None:
    """Half of a surrogate pair can be written in JSON, and is no text."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Problem(422, "A text in it holds half of a surrogate pair: signs that are no text.") from error


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON's.")
