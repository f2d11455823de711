"""The provider itself: from a request to a wish, and from an answer to a result."""

import time
from collections.abc import Mapping
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING

from generation.providers.base import CallHandle, Capabilities, ImageRequest, ImageResult, Tariff
from generation.providers.connections import check_before_sending
from generation.providers.openai import models, reading, wishes

if TYPE_CHECKING:
    from generation.providers.openai.wire import Wire

CHECK_SECONDS = 15.0


class OpenAIProvider:
    """Asks OpenAI for one PNG by one request: from text alone, or as an edit of the pictures that go with it.

    The picture has the size the model makes that comes nearest to the one asked for. There are no seeds. A picture
    of role MASK says where the first of the others may change.
    """

    needs_key = True

    def __init__(self, base_url: str = "https://api.openai.com/v1") -> None:
        self._base_url = base_url
        self._lock = Lock()
        self._made: Wire | None = None

    def capabilities(self, model: str, options: Mapping[str, object]) -> Capabilities:
        row = models.find(model)
        return Capabilities(
            max_references=models.REFERENCES, max_side=row.longest_side, seeds=False, qualities=row.qualities
        )

    def tariff(self, model: str, width: int, height: int, options: Mapping[str, object]) -> Tariff:
        """By size ("1024x1536") and quality."""
        return Tariff(wishes.size(models.find(model), width, height), wishes.quality(options))

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
        return [] if model else ["The name of a model is missing, for example gpt-image-2."]

    def check_key(self, secret: str, options: Mapping[str, object]) -> None:
        check_before_sending(secret)
        self._wire().check_key(secret, CHECK_SECONDS)

    def _wire(self) -> "Wire":
        with self._lock:
            if self._made is None:
                self._made = import_module("generation.providers.openai.wire").Wire(self._base_url)
            return self._made
