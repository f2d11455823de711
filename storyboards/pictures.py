"""Check, store and shrink pictures: uploads here, vendors' answers in `generation`.

A file of 20 KB can ask for 800 MB of memory, so the size is read before the pixels are, and everything shown is encoded
anew.
"""

import hashlib
import io
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from storyboards.models import Picture

Image.MAX_IMAGE_PIXELS = settings.PICTURE_MAX_PIXELS
FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
THUMBNAIL_SIDE = 512
"""Longest side in pixels."""
WEBP_SIDE = 16_383
"""WebP itself ends here."""
WEBP_QUALITY = 85


class NotAPicture(ValueError):
    """These bytes are no picture we take; the message says why, in words for people."""


@dataclass(frozen=True)
class Checked:
    """A picture we take. Sizes in pixels."""

    data: bytes
    content_type: str
    width: int
    height: int
    image: Image.Image


def check(data: bytes, *, decode: bool = True) -> Checked:
    """Take a PNG, JPEG or WebP of one frame. Raises NotAPicture for anything else, before it can grow in memory.

    Without `decode`, a PNG's checksums are believed (1 ms, not 16 at 1024 px) and its pixels decoded once needed.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=tuple(FORMATS))
        if image.width * image.height > settings.PICTURE_MAX_PIXELS:
            raise NotAPicture(f"The picture has {image.width}×{image.height} pixels; 40 million are the most.")
        if (
            image.format != "MPO" and getattr(image, "n_frames", 1) > 1
        ):  # MPO: a phone's JPEG with a depth map behind it
            raise NotAPicture("The picture moves; a still one is needed.")
        if decode or image.format != "PNG":
            image.load()
        else:
            Image.open(io.BytesIO(data), formats=("PNG",)).verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAPicture("The picture is far too large: 40 million pixels are the most.") from error
    except UnidentifiedImageError as error:
        raise NotAPicture("This is not a PNG, JPEG or WebP picture.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if isinstance(error, NotAPicture):
            raise
        raise NotAPicture("The picture is damaged and cannot be read to its end.") from error
    content_type = FORMATS["JPEG" if image.format == "MPO" else image.format or ""]
    return Checked(data, content_type, image.width, image.height, image)


def store(checked: Checked) -> Picture:
    """The row of this picture, its file written unless it is there already. Names are the content's hash, never a
    person's."""
    sha256 = hashlib.sha256(checked.data).hexdigest()
    known = Picture.objects.filter(sha256=sha256).first()
    if known is not None:
        return known
    picture = Picture(
        sha256=sha256,
        file=_save_file(f"pictures/{sha256[:2]}/{sha256}.{EXTENSIONS[checked.content_type]}", checked.data),
        content_type=checked.content_type,
        width=checked.width,
        height=checked.height,
        size=len(checked.data),
    )
    try:
        with transaction.atomic():
            picture.save(force_insert=True)
    except IntegrityError:  # somebody stored the same one meanwhile
        return Picture.objects.get(sha256=sha256)
    return picture


def _save_file(name: str, data: bytes) -> str:
    """A file of this name may have been cut short, by a crash or a full disk: then ours gets a name of its own."""
    if default_storage.exists(name) and default_storage.size(name) == len(data):
        return name
    return default_storage.save(name, ContentFile(data))


def thumbnail(checked: Checked) -> Checked:
    """At most 512 pixels a side, quick to make: what a page shows first. JPEG takes 1 ms, WebP would take 10."""
    return _encode(_on_white(_shrink(_plain(checked.image), THUMBNAIL_SIDE)), "JPEG", quality=82)


def display(checked: Checked) -> Checked:
    """The picture in full size as WebP, turned as its camera said."""
    return _encode(_shrink(_plain(checked.image), WEBP_SIDE), "WEBP", quality=WEBP_QUALITY, method=4)


def as_png(checked: Checked) -> Checked:
    """The same picture without loss, turned as its camera said."""
    return checked if checked.content_type == FORMATS["PNG"] else _encode(_plain(checked.image), "PNG")


def _plain(image: Image.Image) -> Image.Image:
    """Upright in RGB or RGBA: palettes, ink and 16 bits can neither be reduced nor shown."""
    upright = _upright(image)
    if upright.mode.startswith("I"):  # conversion alone would make everything above 255 white
        upright = upright.point(lambda value: value / 256).convert("L")
    mode = "RGBA" if _has_alpha(upright) else "RGB"
    return upright if upright.mode == mode else upright.convert(mode)


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its camera said, where that can be read."""
    try:
        return ImageOps.exif_transpose(image)
    except (SyntaxError, ValueError):
        return image


def _shrink(image: Image.Image, side: int) -> Image.Image:
    factor = -(-max(image.size) // side)
    return image.reduce(factor) if factor > 1 else image


def _has_alpha(image: Image.Image) -> bool:
    return "A" in image.getbands() or "transparency" in image.info


def _on_white(image: Image.Image) -> Image.Image:
    """JPEG knows no transparency."""
    if image.mode == "RGB":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _encode(image: Image.Image, format_: str, **options: int) -> Checked:
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return Checked(buffer.getvalue(), FORMATS[format_], image.width, image.height, image)
