"""What may stand behind the ? of an address: a misspelt name is told, not passed over."""

from collections.abc import Callable
from functools import wraps
from inspect import unwrap
from typing import Any

from django.http import HttpRequest
from ninja.operation import Operation

from generation.api.problems import invalid

Run = Callable[..., Any]


def know_query(run: Run) -> Run:
    """A decorator of all operations of an API: the request learns which names its operation takes."""
    operation: Operation = unwrap(run).__self__  # a bound method
    queries = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    known = {name for model in queries for name in model.__ninja_flatten_map__}

    @wraps(run)
    def knowing(request: HttpRequest, **kwargs: Any) -> Any:
        request.known_query = known  # type: ignore[attr-defined]
        return run(request, **kwargs)

    return knowing


def check_query(request: HttpRequest) -> None:
    """Raises Problem where the address asks for something that its operation does not know."""
    known: set[str] | None = getattr(request, "known_query", None)
    unknown = sorted(set(request.GET) - known) if known is not None else []
    if unknown:
        there = ", ".join(sorted(known or ())) or "none"
        words = f"There is no such parameter. There are: {there}."
        raise invalid((f"query.{name:.60}", words) for name in unknown[:10])
