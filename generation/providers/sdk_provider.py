"""What providers have in common that ask by a vendor's SDK: one request for one picture, and nothing kept."""

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from threading import Lock
from typing import Generic, Protocol, TypeVar

from generation.providers.base import CallHandle, ImageRequest, ImageResult
from generation.providers.beforehand import check_secret, check_wanted

CHECK_SECONDS = 15.0
Wish = TypeVar("Wish")
Wish_contra = TypeVar("Wish_contra", contravariant=True)


class Wire(Protocol[Wish_contra]):
    """A module's `Wire` that holds the SDK. `timeout` is seconds. Both raise a ProviderError."""

    def generate(self, wish: Wish_contra, secret: str, timeout: float) -> str | bytes:
        """The body of the answer, read by nobody yet."""

    def check_key(self, secret: str, timeout: float) -> None:
        """Ask for something that is free."""


class SDKProvider(Generic[Wish]):
    """Makes a wish of a request, and a result of the answer's body.

    `wire` is the name of the module with the SDK, imported by the first who calls: web processes only plan. Its class
    `Wire` is built with `addresses`. `example` is the name of a model.
    """

    needs_key = True

    def __init__(
        self,
        wire: str,
        *addresses: str,
        wish: Callable[[ImageRequest], Wish],
        result: Callable[[str | bytes, ImageRequest, str], ImageResult],
        check_options: Callable[[Mapping[str, object]], None],
        example: str,
    ) -> None:
        self._wire_module, self._addresses = wire, addresses
        self._wish, self._result, self._check_options = wish, result, check_options
        self._example = example
        self._lock = Lock()
        self._made: Wire[Wish] | None = None

    def warm_up(self) -> None:
        """An SDK takes half a second to import."""
        self._wire()

    def generate(self, request: ImageRequest, secret: str, call: CallHandle) -> ImageResult:
        deadline = time.monotonic() + request.timeout
        wish = self._wish(request)
        check_secret(secret)
        check_wanted(call)
        body = self._wire().generate(wish, secret, deadline - time.monotonic())
        return self._result(body, request, secret)

    def check_options(self, options: Mapping[str, object]) -> None:
        self._check_options(options)

    def missing(self, model: str, options: Mapping[str, object]) -> list[str]:
        return [] if model else [f"The name of a model is missing, for example {self._example}."]

    def check_key(self, secret: str, options: Mapping[str, object]) -> None:
        check_secret(secret)
        self._wire().check_key(secret, CHECK_SECONDS)

    def _wire(self) -> Wire[Wish]:
        with self._lock:
            if self._made is None:
                self._made = import_module(self._wire_module).Wire(*self._addresses)
            return self._made
