"""What a drawable thing is: its words, where it belongs, how large it is, and the function that draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from generation.providers.sketch.pen import Pen


class Place(StrEnum):
    """Where a thing goes when the text does not say."""

    SKY = "sky"
    WALL = "wall"  # hangs on a wall indoors, stands outdoors
    FAR = "far"  # on the horizon, behind all else
    GROUND = "ground"
    PERSON = "person"
    SMALL = "small"  # on a table where there is one
    LABEL = "label"  # on the ground, or hung up where that is full


@dataclass(frozen=True)
class Thing:
    """`height` is a share of the picture's shorter side, `aspect` the width in heights, `mains` its usual colours.

    `home` names the backdrop that it calls for; `top` is where other things can stand on it, from 0 (top edge) to 1,
    or None; `many` is how many a plural without a number means.
    """

    name: str
    words: tuple[str, ...]
    draw: Callable[[Pen], None]
    place: Place
    height: float
    aspect: float
    mains: tuple[str, ...]
    home: str = ""
    top: float | None = None
    many: int = 3
    turns: bool = False  # may look to the left as well


def thing(
    names: str, draw: Callable[[Pen], None], place: Place, height: float, aspect: float, mains: str, *,
    home: str = "", top: float | None = None, many: int = 3, turns: bool = False,
) -> Thing:  # fmt: skip
    """One row of the table; `names` are separated by commas, the first is the thing's own."""
    words = tuple(name.strip() for name in names.split(","))
    return Thing(words[0], words, draw, place, height, aspect, tuple(mains.split()), home, top, many, turns)
