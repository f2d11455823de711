"""What tests of providers ask with."""

import io
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from generation.providers.base import ImageRequest, Reference, ReferenceRole

TEXT = "a lantern on a table"


def encoded(format_: str, colour: str = "teal") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (96, 64), colour).save(buffer, format_)
    return buffer.getvalue()


def reference(role: ReferenceRole = ReferenceRole.PREVIOUS, format_: str = "PNG", colour: str = "teal") -> Reference:
    return Reference(encoded(format_, colour), f"image/{format_.lower()}", role)


def request(model: str, **changes: Any) -> ImageRequest:
    """A picture of 1024 × 768 pixels, within 20 seconds unless said otherwise."""
    plain = ImageRequest(
        prompt=TEXT, scene=(TEXT,), look="clear", width=1024, height=768, seed=7, model=model, timeout=20
    )
    return replace(plain, **changes)


@dataclass
class Watched:
    """A call that nobody cancels, unless said so."""

    id: str = "call-1"
    resume: str | None = None
    unwanted: bool = False

    def started(self, remote_id: str) -> None:
        self.resume = remote_id

    def progress(self, done: int, total: int) -> None:
        """Nobody watches."""

    def cancelled(self) -> bool:
        return self.unwanted
