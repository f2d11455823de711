"""The pictures that vendors answer with: real ones, made once for each size, and broken ones."""

import base64
import io
import os
import struct
import zlib
from dataclasses import dataclass, field
from functools import cache

from PIL import Image

NOISE_SIDE = 710
"""Pixels of a side that no encoder can shrink: about 1.5 MB."""
BOMB_SIDE = 20_000


@dataclass(frozen=True)
class Served:
    """A picture as it goes out. `base64` is kept, because 200 answers a second leave no time to encode it."""

    data: bytes
    content_type: str
    base64: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "base64", base64.b64encode(self.data))


@dataclass(frozen=True)
class Look:
    """`photographic`: about 1.5 MB that nothing shrinks, or 3 bytes a pixel of a square whose side is `noise`.
    `format`: "PNG", "JPEG" or "WEBP"."""

    photographic: bool = False
    format: str = "PNG"
    noise: int = NOISE_SIDE


@cache
def good(width: int, height: int, look: Look) -> Served:
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    if look.photographic:
        side = min(look.noise, width, height)
        image.paste(Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)))
    buffer = io.BytesIO()
    image.save(buffer, look.format, quality=97)
    return Served(buffer.getvalue(), f"image/{look.format.lower()}")


@cache
def corrupt(width: int, height: int) -> Served:
    """Begins like a PNG of the right size, and is noise from the middle on."""
    data = good(width, height, Look()).data
    return Served(data[: len(data) // 2] + os.urandom(len(data) // 2), "image/png")


@cache
def bomb() -> Served:
    """A PNG of a few kilobytes that grows to 400 million pixels."""
    row = b"\0" * (BOMB_SIDE // 8 + 1)
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(row) for _ in range(BOMB_SIDE)) + packer.flush()
    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 1, 0, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", pixels), _chunk(b"IEND", b""))
    return Served(b"\x89PNG\r\n\x1a\n" + b"".join(chunks), "image/png")


@cache
def gif() -> Served:
    buffer = io.BytesIO()
    Image.new("P", (16, 16)).save(buffer, "GIF")
    return Served(buffer.getvalue(), "image/gif")


@cache
def svg() -> Served:
    text = '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>alert(1)</script></svg>'
    return Served(text.encode(), "image/svg+xml")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
