"""What each model takes and makes. Rows, because vendors change them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

STEP = 16
LONGEST_EDGE = 3840
FEWEST_PIXELS, MOST_PIXELS = 655_360, 8_294_400
LONGEST_RATIO = 3.0
QUALITIES = ("low", "medium", "high")
Size = tuple[int, int]


@dataclass(frozen=True)
class Model:
    """`sizes` in pixels; empty where any multiples of 16 within the bounds above will do. `qualities`: cheapest
    first."""

    sizes: tuple[Size, ...] = ()
    qualities: tuple[str, ...] = QUALITIES

    @property
    def longest_side(self) -> int:
        return max((max(size) for size in self.sizes), default=LONGEST_EDGE)


REFERENCES = 16
"""How many pictures may go with a prompt, a mask aside."""
MOST_CHARACTERS = 32_000
"""Of a prompt: a longer one is refused."""
THREE = ((1024, 1024), (1536, 1024), (1024, 1536))
FINER = Model(qualities=(*QUALITIES, "xhigh", "max"))
BY_PREFIX: Mapping[str, Model] = {
    "gpt-image-2.5": FINER,
    "gpt-image-1": Model(THREE),
    "chatgpt-image": Model(THREE),
}
"""The first that the name begins with; all others are as the newest."""
NEWEST = Model()


def find(name: str) -> Model:
    return next((row for prefix, row in BY_PREFIX.items() if name.startswith(prefix)), NEWEST)


def nearest_size(model: Model, width: int, height: int) -> Size:
    """The allowed size that comes nearest to the wanted one; of three, the one of the nearest shape."""
    if model.sizes:
        return min(model.sizes, key=lambda size: abs(math.log(size[0] / size[1]) - math.log(width / height)))
    ratio = min(max(width / height, 1 / LONGEST_RATIO), LONGEST_RATIO)
    pixels = min(max(width * height, FEWEST_PIXELS), MOST_PIXELS)
    edge = min(1.0, LONGEST_EDGE / math.sqrt(pixels * max(ratio, 1 / ratio)))
    ideal = (math.sqrt(pixels * ratio) * edge, math.sqrt(pixels / ratio) * edge)
    candidates = [(wide, high) for wide in _steps(ideal[0]) for high in _steps(ideal[1]) if allowed(wide, high)]
    return min(candidates, key=lambda size: _distance(size, ideal))


def allowed(width: int, height: int) -> bool:
    """Whether a model without a list of sizes makes this one; both must be multiples of 16."""
    long, short = max(width, height), min(width, height)
    return FEWEST_PIXELS <= width * height <= MOST_PIXELS and long <= LONGEST_EDGE and long <= LONGEST_RATIO * short


def _steps(side: float) -> list[int]:
    """Multiples of 16 around a side."""
    below = int(side // STEP) * STEP
    return [below + STEP * number for number in (-1, 0, 1, 2) if below + STEP * number > 0]


def _distance(size: Size, ideal: tuple[float, float]) -> float:
    return abs(math.log(size[0] / ideal[0])) + abs(math.log(size[1] / ideal[1]))
