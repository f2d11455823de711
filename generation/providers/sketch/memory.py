"""What a picture remembers of itself, in a text chunk of its PNG: what stands where, and what it grew from."""

import json
from dataclasses import dataclass, replace
from typing import Any

from PIL import PngImagePlugin

from generation.providers.sketch.pen import Box

KEY = "throughline"
_ITEMS_KEPT = 400


@dataclass(frozen=True)
class Item:
    """One thing in a picture; `box` in pixels. A label is an item named "label" with its words."""

    name: str
    box: Box
    colour: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Memory:
    """`horizon` is a pixel row, `scale` the size of things against the usual, `drawn` the boxes changed last,
    `lineage` the sha256 of the pictures before this one, oldest first, `styles` that of the style's pictures,
    `seed` the request's: two takes are two files even where the dice fell alike.
    """

    size: tuple[int, int]
    backdrop: str
    horizon: int
    scale: float = 1.0
    items: tuple[Item, ...] = ()
    drawn: tuple[Box, ...] = ()
    lineage: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    seed: int = 0

    def chunk(self) -> PngImagePlugin.PngInfo:
        """The text chunk to save the picture with."""
        info = PngImagePlugin.PngInfo()
        info.add_itxt(KEY, json.dumps(self._as_dict(), separators=(",", ":")), zip=len(self.items) > 40)
        return info

    def _as_dict(self) -> dict[str, Any]:
        items = [
            {"name": item.name, "box": item.box, "colour": item.colour, "words": item.words}
            for item in self.items[-_ITEMS_KEPT:]
        ]
        return {
            "version": 1,
            "size": self.size,
            "backdrop": self.backdrop,
            "horizon": self.horizon,
            "scale": round(self.scale, 4),
            "items": items,
            "drawn": self.drawn,
            "lineage": self.lineage,
            "depth": len(self.lineage),
            "styles": self.styles,
            "seed": self.seed,
        }

    def resized(self, size: tuple[int, int]) -> "Memory":
        """The same memory for the picture in another size."""
        if size == self.size:
            return self
        across, down = size[0] / self.size[0], size[1] / self.size[1]
        items = tuple(replace(item, box=_stretch(item.box, across, down)) for item in self.items)
        return replace(self, size=size, horizon=round(self.horizon * down), items=items)


def recall(text: object) -> Memory | None:
    """The memory in a picture's text; None for pictures from elsewhere, and for text that somebody tampered with."""
    if not isinstance(text, str):
        return None
    try:
        data = json.loads(text)
        return _from_dict(data)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def _from_dict(data: dict[str, Any]) -> Memory:
    width, height = (int(side) for side in data["size"])
    if not (0 < width <= 65535 and 0 < height <= 65535):
        raise ValueError("size")
    items = tuple(_item(entry) for entry in data["items"][-_ITEMS_KEPT:])
    return Memory(
        (width, height),
        str(data["backdrop"])[:40],
        min(max(int(data["horizon"]), 0), height),
        min(max(float(data["scale"]), 0.2), 3.0),
        items,
        lineage=tuple(str(entry)[:64] for entry in data["lineage"]),
    )


def _item(entry: dict[str, Any]) -> Item:
    left, top, right, bottom = (min(max(int(edge), -65535), 65535) for edge in entry["box"])
    words = tuple(str(word)[:80] for word in entry["words"][:3])
    return Item(
        str(entry["name"])[:40],
        (left, top, max(right, left + 1), max(bottom, top + 1)),
        str(entry["colour"])[:20],
        words,
    )


def _stretch(box: Box, across: float, down: float) -> Box:
    return round(box[0] * across), round(box[1] * down), round(box[2] * across), round(box[3] * down)
