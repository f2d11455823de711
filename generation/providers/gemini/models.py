"""What each model takes and makes. Rows, because vendors change them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
LONG_RATIOS = (*RATIOS, "1:4", "4:1", "1:8", "8:1")
SIDES = {"512": 512, "1K": 1024, "2K": 2048, "4K": 4096}
"""Pixels of a side of a square picture; others have as many pixels in all."""
TOLERANCE = 1.1
"""A picture wanted this much larger than a size is still made in it: the next one costs half as much again."""


MOST_CHARACTERS = 60_000
"""Of a prompt. The smallest model reads 32,768 tokens, each picture that goes along takes up to 1,290 of them, and a
token is about three characters where a text is not English."""


@dataclass(frozen=True)
class Model:
    """`references` is how many pictures may go with a prompt. `sizes` is what `imageSize` may be, smallest first;
    empty for a model that knows one size and refuses the field."""

    references: int
    sizes: tuple[str, ...]
    ratios: tuple[str, ...] = RATIOS

    @property
    def longest_side(self) -> int:
        """Pixels, of the widest picture it makes; at 21:9 a side is half as long again as a square's."""
        return int(SIDES[self.sizes[-1] if self.sizes else "1K"] * 1.5)


MODELS: Mapping[str, Model] = {
    "gemini-2.5-flash-image": Model(3, ()),
    "gemini-3.1-flash-lite-image": Model(14, ("1K",)),
    "gemini-3.1-flash-image": Model(14, ("512", "1K", "2K", "4K"), LONG_RATIOS),
    "gemini-3-pro-image": Model(14, ("1K", "2K", "4K")),
    "gemini-nano-banana-2.1": Model(14, ("1K",)),
}
NEWEST = Model(14, ("1K", "2K", "4K"))


def find(name: str) -> Model:
    """The row of a model; an unknown one gets what the newest can."""
    return MODELS.get(name.removeprefix("models/"), NEWEST)


def nearest_ratio(model: Model, width: int, height: int) -> str:
    """The aspect ratio the model knows that distorts the wanted one least."""
    wanted = math.log(width / height)
    return min(model.ratios, key=lambda ratio: abs(math.log(_value(ratio)) - wanted))


def nearest_size(model: Model, width: int, height: int) -> str:
    """The smallest size with as many pixels as wanted, "" where the model knows one only.

    By pixels and not by the longest side, because that is what a size means: 1K at 16:9 is 1376 × 768.
    """
    side = math.sqrt(width * height) / TOLERANCE
    return next((size for size in model.sizes if SIDES[size] >= side), model.sizes[-1] if model.sizes else "")


def _value(ratio: str) -> float:
    wide, high = ratio.split(":")
    return int(wide) / int(high)
