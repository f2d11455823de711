"""What is asked of a model, from what a picture's request says. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generation.errors import InvalidRequest
from generation.providers.base import ImageRequest, Reference, ReferenceRole
from generation.providers.gemini import models

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "image_size": tuple(models.SIDES),
    "safety": ("BLOCK_NONE", "BLOCK_ONLY_HIGH", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_LOW_AND_ABOVE", "OFF"),
}
"""All options of an engine and what they may be. `image_size`: this one, whatever size is asked for. `safety`: from
which likelihood of harm on Google's filters block; left out, Google's own default holds."""
_MODEL = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)*")


@dataclass(frozen=True)
class Wish:
    """What is asked of the model. `content` goes out in this order; `size` and `safety` may be empty."""

    model: str
    content: Sequence[str | Reference]
    ratio: str
    size: str
    seed: int
    safety: str


def check_options(options: Mapping[str, object]) -> None:
    """Raise InvalidRequest, in words for staff, for options that make no sense."""
    for name, value in options.items():
        if name not in OPTIONS:
            raise InvalidRequest(f"Unknown option “{name}”. Gemini knows: {', '.join(OPTIONS)}.")
        if value not in OPTIONS[name]:
            raise InvalidRequest(f"“{name}” must be one of {', '.join(OPTIONS[name])}, not {value!r:.60}.")


def wish(request: ImageRequest) -> Wish:
    """Raises InvalidRequest for what the model cannot do."""
    row = models.find(request.model)
    _check(request, row)
    return Wish(
        request.model,
        [*request.references, request.prompt],
        models.nearest_ratio(row, request.width, request.height),
        size(row, request.width, request.height, request.options),
        request.seed,
        str(request.options.get("safety", "")),
    )


def _check(request: ImageRequest, row: models.Model) -> None:
    check_options(request.options)
    if not _MODEL.fullmatch(request.model):
        raise InvalidRequest("This cannot be the name of a Gemini model.")
    if len(request.references) > row.references:
        raise InvalidRequest(
            f"{request.model} takes {row.references} pictures with a request, not {len(request.references)}."
        )
    if any(reference.role is ReferenceRole.MASK for reference in request.references):
        raise InvalidRequest("Gemini takes no masks.")


def sizes(row: models.Model, options: Mapping[str, object]) -> tuple[str, ...]:
    """What `size` may be; "1K" for a model that knows one only."""
    chosen = str(options.get("image_size", ""))
    return (chosen,) if chosen in row.sizes else row.sizes or ("1K",)


def size(row: models.Model, width: int, height: int, options: Mapping[str, object]) -> str:
    """What to send as `imageSize`; "" for a model that refuses the field."""
    chosen = str(options.get("image_size", ""))
    return chosen if chosen in row.sizes else models.nearest_size(row, width, height)
