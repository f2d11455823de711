"""What every page may show: whether the emergency switch is thrown."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from generation.pages.stops import Stop, load_stops


def stops(request: HttpRequest) -> dict[str, Any]:
    """Read only where a template asks, and told to nobody but people who are logged in."""
    return {"stops": SimpleLazyObject(lambda: _stops(request))}


def _stops(request: HttpRequest) -> list[Stop]:
    user = getattr(request, "user", None)  # none where a request was refused before anybody asked who it is
    return load_stops() if user is not None and user.is_authenticated else []
