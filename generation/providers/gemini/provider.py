"""The provider itself: from a request to a wish, and from an answer to a result."""

import time
from collections.abc import Mapping
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING

from generation.providers.base import CallHandle, Capabilities, ImageRequest, ImageResult, Tariff
from generation.providers.connections import check_before_sending
from generation.providers.gemini import models, reading, wishes

if TYPE_CHECKING:
    from generation.providers.gemini.wire import Wire

CHECK_SECONDS = 15.0


class GeminiProvider:
    """Asks Gemini for one picture by one request.

    The picture has the aspect ratio and size the model knows that come nearest to those asked for. References go
    before the text, in order, each with a line saying what it is for where prompts do not. Masks are not taken.
    `api_version` is "v1beta" because "v1" was late to know `imageConfig`.
    """

    needs_key = True

    def __init__(
        self, base_url: str = "https://generativelanguage.googleapis.com", api_version: str = "v1beta"
    ) -> None:
        self._base_url = base_url
        self._api_version = api_version
        self._lock = Lock()
        self._made: Wire | None = None

    def capabilities(self, model: str, options: Mapping[str, object]) -> Capabilities:
        row = models.find(model)
        return Capabilities(max_references=row.references, max_side=row.longest_side)

    def tariff(self, model: str, width: int, height: int, options: Mapping[str, object]) -> Tariff:
        """By size: "512", "1K", "2K" or "4K"; models that know one size only make 1K."""
        return Tariff(size=wishes.size(models.find(model), width, height, options) or "1K")

    def warm_up(self) -> None:
        """The SDK takes half a second to import."""
        self._wire()

    def generate(self, request: ImageRequest, secret: str, call: CallHandle) -> ImageResult:
        deadline = time.monotonic() + request.timeout
        wish = wishes.wish(request)
        check_before_sending(secret, call)
        body = self._wire().generate(wish, secret, deadline - time.monotonic())
        return reading.result(body, request, secret)

    def check_options(self, options: Mapping[str, object]) -> None:
        wishes.check_options(options)

    def missing(self, model: str, options: Mapping[str, object]) -> list[str]:
        return [] if model else ["The name of a model is missing, for example gemini-3.1-flash-image."]

    def check_key(self, secret: str, options: Mapping[str, object]) -> None:
        check_before_sending(secret)
        self._wire().check_key(secret, CHECK_SECONDS)

    def _wire(self) -> "Wire":
        with self._lock:
            if self._made is None:
                module = import_module("generation.providers.gemini.wire")
                self._made = module.Wire(self._base_url, self._api_version)
            return self._made
