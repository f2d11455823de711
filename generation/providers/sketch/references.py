"""The pictures that come with a request: checked, decoded, and what they tell."""

import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image

from generation.errors import InvalidRequest
from generation.providers.base import ImageRequest, Reference, ReferenceRole
from generation.providers.sketch.looks import Colour
from generation.providers.sketch.memory import KEY, Memory, recall

UNUSED = (ReferenceRole.CONCEPT, ReferenceRole.MASK, ReferenceRole.CHARACTER, ReferenceRole.DRAFT)
"""Looked at, and nothing is taken from them but a concept's colours: sketch places things by its own rules."""
MAX_BYTES = 40_000_000
MAX_PIXELS = 40_000_000


@dataclass(frozen=True)
class Previous:
    """The picture to draw on."""

    image: Image.Image
    digest: str
    memory: Memory | None


def previous_of(request: ImageRequest) -> Previous | None:
    """The first picture of role PREVIOUS, as RGB. Raises InvalidRequest for bytes that are no picture."""
    for reference in request.references:
        if reference.role is ReferenceRole.PREVIOUS:
            image = _open(reference)
            return Previous(_flat(image), digest(reference), recall(image.info.get(KEY)))
    return None


def palette_of(request: ImageRequest) -> list[Colour]:
    """The dominant colours of the style's pictures; of the concept's where there is no style."""
    for role in (ReferenceRole.STYLE, ReferenceRole.CONCEPT):
        chosen = [reference for reference in request.references if reference.role is role]
        if chosen:
            return [colour for reference in chosen for colour in _dominant(_open(reference))]
    return []


def check_others(request: ImageRequest) -> None:
    """Raises InvalidRequest for a concept picture, mask, sheet or draft that is none, even where it is not needed."""
    for reference in request.references:
        if reference.role in UNUSED:
            _open(reference)


def digest(reference: Reference) -> str:
    """The sha256 of a picture's bytes, in hex."""
    return hashlib.sha256(reference.data).hexdigest()


def _open(reference: Reference) -> Image.Image:
    """Decoded; a PNG's text is in its `info`."""
    name = f"The {reference.role.value} picture"
    if len(reference.data) > MAX_BYTES:
        raise InvalidRequest(f"{name} is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        with warnings.catch_warnings():
            # Its size is judged below, in words of our own.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(reference.data), formats=("PNG", "JPEG", "WEBP"))
        if image.width * image.height > MAX_PIXELS:
            raise InvalidRequest(f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels.")
        image.load()
    except Image.DecompressionBombError as error:
        raise InvalidRequest(f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise InvalidRequest(f"{name} is no readable PNG, JPEG or WebP file.") from error
    return image


def _flat(image: Image.Image) -> Image.Image:
    """RGB on white."""
    if image.mode == "RGB":
        return image
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        image = paper
    return image.convert("RGB")


def _dominant(image: Image.Image) -> list[Colour]:
    small = _flat(image).resize((48, 48), Image.Resampling.BOX).quantize(colors=6, method=Image.Quantize.MEDIANCUT)
    flat = small.getpalette() or []
    found = [(flat[at], flat[at + 1], flat[at + 2]) for at in range(0, len(flat) - 2, 3)]
    return found[:6]
