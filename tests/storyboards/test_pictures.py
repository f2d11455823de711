"""Pictures of every kind become a thumbnail and a WebP, and files on the disk are whole."""

import io
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from storyboards import pictures

SIZE = (1100, 800)
GREY = Image.new("L", SIZE, 118)
RED = Image.new("RGB", SIZE, (200, 40, 40))


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


ODD = {
    "palette": (encoded(RED.quantize(16)), (200, 40, 40)),
    "palette with a hole": (encoded(RED.quantize(16), transparency=0), (255, 255, 255)),
    "black and white": (encoded(Image.new("1", SIZE, 1)), (255, 255, 255)),
    "16 bits": (encoded(Image.new("I;16", SIZE, 118 * 257)), (118, 118, 118)),
    "grey with alpha": (encoded(GREY.convert("LA")), (118, 118, 118)),
    "ink": (encoded(RED.convert("CMYK"), "JPEG"), (200, 40, 40)),
    "a phone's, with a second picture behind it": (
        encoded(RED, "MPO", save_all=True, append_images=[RED]),
        (200, 40, 40),
    ),
    "a camera's word that cannot be read": (encoded(RED, exif=b"Exif\0\0rubbish!"), (200, 40, 40)),
    "wider than WebP can be": (encoded(Image.new("RGB", (20_000, 40), (200, 40, 40))), (200, 40, 40)),
}


@pytest.mark.parametrize(("data", "colour"), ODD.values(), ids=ODD.keys())
def test_every_kind_of_picture_can_be_shown(data: bytes, colour: tuple[int, int, int]) -> None:
    shown = Image.open(io.BytesIO(pictures.thumbnail(pictures.check(data)).data)).convert("RGB")
    assert max(shown.size) <= pictures.THUMBNAIL_SIDE
    middle = shown.getpixel((shown.width // 2, shown.height // 2))
    assert isinstance(middle, tuple)
    assert all(abs(is_ - wanted) < 4 for is_, wanted in zip(middle, colour, strict=True))
    large = pictures.display(pictures.check(data))
    assert large.content_type == "image/webp"
    assert max(large.width, large.height) >= 1100


def test_a_picture_is_turned_as_its_camera_said() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = pictures.display(pictures.check(encoded(RED, "JPEG", exif=exif.tobytes())))
    assert (turned.width, turned.height) == (800, 1100)


def test_pictures_that_move_are_no_pictures() -> None:
    moving = encoded(RED, "WEBP", save_all=True, append_images=[GREY.convert("RGB")])
    with pytest.raises(pictures.NotAPicture, match="moves"):
        pictures.check(moving)


@pytest.mark.django_db
def test_a_file_that_was_cut_short_is_not_taken_for_the_picture() -> None:
    data = encoded(Image.new("RGB", (64, 64), (1, 2, 3)))
    name = sha256(data).hexdigest()
    default_storage.save(f"pictures/{name[:2]}/{name}.png", ContentFile(data[:40]))
    assert pictures.store(pictures.check(data)).read() == data


@pytest.mark.django_db
def test_the_same_picture_is_one_row_and_one_file() -> None:
    data = encoded(Image.new("RGB", (64, 64), (3, 2, 1)))
    one = pictures.store(pictures.check(data))
    one.delete()
    assert pictures.store(pictures.check(data)).file.name == one.file.name
    assert pictures.store(pictures.check(data)).file.name == one.file.name
