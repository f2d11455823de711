"""Static files, served by the web process itself."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # untyped
    """WhiteNoise without a thread for every request: Django runs all that lies behind a synchronous middleware in one,
    for as long as the answer takes."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]], *args: Any) -> None:
        super().__init__(get_response, *args)
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = super().__call__(request)
        found: HttpResponseBase = await answer if isawaitable(answer) else answer
        return found
