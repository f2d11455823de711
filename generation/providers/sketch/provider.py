"""The provider itself: checks, rehearses, draws."""

import time
from collections.abc import Mapping

from generation.errors import Cancelled, InvalidRequest
from generation.providers.base import CallHandle, Capabilities, ImageRequest, ImageResult, Tariff
from generation.providers.sketch import composing, rehearsal
from generation.providers.sketch.options import parse

ABILITIES = Capabilities(max_references=4, min_side=64, max_side=2048, seeds=True, max_prompt=100_000)


class SketchProvider:
    """Draws pictures on this machine: at once, for nothing, and the same request always gives the same bytes.

    Pictures are RGB PNGs of exactly the size asked for. A picture of role PREVIOUS is drawn on; its pixels stay, but
    for the boxes of new things.

    Raises InvalidRequest for sizes, options and references that make no sense, Cancelled, and
    whatever the options of a rehearsal ask for (see `Options`).
    """

    needs_key = False

    def __init__(self) -> None:
        self._turnstile = rehearsal.Turnstile()

    def capabilities(self, model: str, options: Mapping[str, object]) -> Capabilities:
        return ABILITIES

    def tariff(self, model: str, width: int, height: int, options: Mapping[str, object]) -> Tariff:
        return Tariff()

    def warm_up(self) -> None:
        """Nothing is heavy here."""

    def generate(self, request: ImageRequest, secret: str, call: CallHandle) -> ImageResult:
        """Draw one picture. `secret` is not needed."""
        start = time.monotonic()
        options = parse(request.options)
        self._check(request)
        if options.rate_limit:
            self._turnstile.enter(options.rate_limit)
        error = rehearsal.trouble(options, request)
        drawing = None if error else composing.draw(request, photographic=options.photographic)
        if call.cancelled():
            raise Cancelled("Cancelled while the picture was being drawn.")
        rehearsal.wait_until(start + options.seconds, options.seconds, call, request.timeout)
        if drawing is None:
            raise error or InvalidRequest("Nothing to draw.")
        usage = {"things": len(drawing.memory.items), "depth": len(drawing.memory.lineage)}
        return ImageResult(drawing.data, "image/png", "drawn", request.model or "sketch", request.seed, 0.0, usage)

    def check_options(self, options: Mapping[str, object]) -> None:
        """Raise InvalidRequest, in words for staff, where an engine's options make no sense."""
        parse(options)

    def missing(self, model: str, options: Mapping[str, object]) -> list[str]:
        return []

    def check_key(self, secret: str, options: Mapping[str, object]) -> None:
        """There is none to refuse."""

    def _check(self, request: ImageRequest) -> None:
        least, most = ABILITIES.min_side, ABILITIES.max_side
        if not (least <= request.width <= most and least <= request.height <= most):
            raise InvalidRequest(
                f"Sketch draws pictures of {least} to {most} pixels a side, not {request.width} × {request.height}."
            )
        most_pictures = ABILITIES.max_references
        if len(request.references) > most_pictures:
            raise InvalidRequest(
                f"Sketch takes {most_pictures} pictures with a request, not {len(request.references)}."
            )
