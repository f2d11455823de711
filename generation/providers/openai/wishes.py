"""What is asked of a model, from what a picture's request says. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generation.errors import InvalidRequest
from generation.providers.base import ImageRequest, Reference, ReferenceRole
from generation.providers.openai import models

DEFAULT_QUALITY = "medium"
"""Not OpenAI's own "auto": what a picture costs would be known only afterwards, and budgets could not hold it."""
MODERATION = ("auto", "low")
OPTIONS = ("quality", "moderation")
"""All options of an engine. `quality`: see `models`; `moderation`: "auto" or "low", for pictures from text alone."""


@dataclass(frozen=True)
class Wish:
    """What is asked. `mask` may be None; `moderation` is sent for pictures from text, empty means OpenAI's own."""

    model: str
    prompt: str
    size: str
    quality: str
    moderation: str
    pictures: Sequence[Reference]
    mask: Reference | None


def check_options(options: Mapping[str, object], model: models.Model | None = None) -> None:
    """Raise InvalidRequest, in words for staff, for options that make no sense, with this model where one is given."""
    qualities = model.qualities if model else models.FINER.qualities
    for name, value in options.items():
        if name not in OPTIONS:
            raise InvalidRequest(f"Unknown option “{name}”. OpenAI knows: {', '.join(OPTIONS)}.")
        allowed = qualities if name == "quality" else MODERATION
        if value not in allowed:
            raise InvalidRequest(f"“{name}” must be one of {', '.join(allowed)}, not {value!r:.60}.")


def quality(options: Mapping[str, object]) -> str:
    return str(options.get("quality", DEFAULT_QUALITY))


def size(row: models.Model, width: int, height: int) -> str:
    return "{}x{}".format(*models.nearest_size(row, width, height))


def wish(request: ImageRequest) -> Wish:
    """Raises InvalidRequest for what the model cannot do."""
    row = models.find(request.model)
    check_options(request.options, row)
    pictures = [reference for reference in request.references if reference.role is not ReferenceRole.MASK]
    masks = [reference for reference in request.references if reference.role is ReferenceRole.MASK]
    _check_pictures(request.model, len(pictures), len(masks))
    return Wish(
        request.model,
        request.prompt,
        size(row, request.width, request.height),
        quality(request.options),
        str(request.options.get("moderation", "")),
        pictures,
        masks[0] if masks else None,
    )


def _check_pictures(model: str, pictures: int, masks: int) -> None:
    if not model:
        raise InvalidRequest("The name of a model is missing.")
    if pictures > models.REFERENCES:
        raise InvalidRequest(f"OpenAI takes {models.REFERENCES} pictures with a request, not {pictures}.")
    if masks > 1 or (masks and not pictures):
        raise InvalidRequest("OpenAI takes one mask, and only with a picture to change.")
