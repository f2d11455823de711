"""Where a scene is: a landscape, a room, a workbench. Chosen by the words and things of the texts."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from generation.providers.sketch.kinds import Place
from generation.providers.sketch.looks import Look, mix
from generation.providers.sketch.pen import Pen
from generation.providers.sketch.reading import Reading


def choose(readings: Iterable[Reading]) -> str:
    """The backdrop that the texts hint at most; a named place counts double. "studio" where nothing can be drawn."""
    votes: Counter[str] = Counter()
    kinds: Counter[Place] = Counter()
    for reading in readings:
        votes.update({name: 2 * count for name, count in Counter(reading.settings).items()})
        for mention in reading.mentions:
            kinds[mention.thing.place] += 1
            if mention.thing.home:
                votes[mention.thing.home] += 1
    if votes:
        best = max(votes, key=lambda name: (votes[name], name))
        return _bench_or_room(best, votes, kinds)
    if not kinds:
        return "studio"
    return "meadow" if kinds[Place.SMALL] < sum(kinds.values()) else "bench"


def _bench_or_room(best: str, votes: Counter[str], kinds: Counter[Place]) -> str:
    """A workbench fills the picture, so it is none where people, houses or furniture stand about."""
    big = kinds[Place.PERSON] + kinds[Place.GROUND] + kinds[Place.FAR]
    if best in ("bench", "kitchen") and not big:
        return "bench"
    if best == "bench":
        outdoors = [name for name in votes if name not in ("bench", "room", "kitchen")]
        return outdoors[0] if outdoors else "meadow" if kinds[Place.SKY] else "room"
    return best


def horizon(name: str, look: Look) -> float:
    """Where the ground begins, as a share of the picture's height."""
    return 0.52 if look.plate and name != "bench" else _HORIZONS.get(name, 0.6)


def at_night(look: Look) -> Look:
    """The look for a backdrop in the dark; things keep their colours."""
    dark = {name: mix(colour, look.colours["navy"], 0.45) for name, colour in look.colours.items()}
    return replace(
        look, colours={**dark, "sky": look.colours["navy"], "ink": look.colours["ink"], "paper": look.colours["paper"]}
    )


def paint(pen: Pen, name: str) -> None:
    """Paint a whole picture's ground; the pen's box is the picture."""
    if pen.look.plate:
        _plate(pen, name)
    else:
        _PAINTERS.get(name, meadow)(pen)


def _sky(pen: Pen, foot: float, top: str = "sky", low: str = "paper") -> None:
    """A sky in soft bands; a comic's gets its dots from the pen's own shading."""
    bands = 40 if pen.look.shading == "wash" else 6
    upper, lower = pen.colour(top), pen.colour(low)
    edges = [round(pen.height * foot * band / bands) for band in range(bands + 1)]
    for band in range(bands):
        colour = mix(upper, lower, band / (bands - 1) * 0.8)
        pen.image.paste(colour, (0, edges[band], pen.image.width, edges[band + 1]))


def _hills(pen: Pen, y: float, fills: tuple[str, str]) -> None:
    pen.blob(
        [(-0.1, y + 0.2), (-0.06, y - 0.02), (0.18, y - 0.09), (0.42, y - 0.01), (0.6, y + 0.2)],
        fills[0],
        line=False,
        shaded=False,
    )
    pen.blob(
        [(0.3, y + 0.2), (0.46, y - 0.01), (0.74, y - 0.12), (1.06, y - 0.04), (1.1, y + 0.2)],
        fills[1],
        line=False,
        shaded=False,
    )


def _ground(pen: Pen, y: float, fill: str) -> None:
    pen.poly(
        [
            (-0.05, y + 0.01),
            (0.2, y),
            (0.5, y + 0.006),
            (0.8, y - 0.002),
            (1.05, y + 0.008),
            (1.05, 1.05),
            (-0.05, 1.05),
        ],
        fill,
        shaded=False,
    )
    pen.blob(
        [(-0.1, y + 0.24), (0.3, y + 0.16), (0.7, y + 0.26), (1.1, y + 0.2), (1.1, 1.1), (-0.1, 1.1)],
        fill + "+",
        line=False,
        shaded=False,
    )


def _tufts(pen: Pen, y: float, fill: str) -> None:
    for index in range(16):
        x, down = pen.dice.random(), y + 0.05 + (1 - y - 0.08) * pen.dice.random()
        lift = 0.012 + index % 3 * 0.004
        pen.stroke([(x - 0.007, down - lift * 0.8), (x, down), (x + 0.007, down - lift)], fill, width=0.8)


def meadow(pen: Pen) -> None:
    _sky(pen, 0.64)
    _hills(pen, 0.58, ("leaf++", "green+"))
    _ground(pen, 0.6, "grass")
    _tufts(pen, 0.6, "leaf")


def forest(pen: Pen) -> None:
    _sky(pen, 0.64)
    for row, (fill, y, size) in enumerate((("leaf++", 0.6, 0.3), ("leaf+", 0.62, 0.24))):
        for index in range(11):
            x = (index + row * 0.5) / 10.5
            high = size * (0.8 + pen.dice.random() * 0.5)
            pen.poly([(x - 0.055, y), (x, y - high), (x + 0.055, y)], fill, line=False, shaded=False)
    _ground(pen, 0.6, "grass-")
    _tufts(pen, 0.6, "leaf")


def snow(pen: Pen) -> None:
    _sky(pen, 0.64)
    _hills(pen, 0.58, ("sky", "sky+"))
    _ground(pen, 0.6, "white")
    for _ in range(26):
        pen.dot(pen.dice.random(), pen.dice.random() * 0.56, 0.004 + pen.dice.random() * 0.004, "white")


def desert(pen: Pen) -> None:
    _sky(pen, 0.64, "sky", "orange+")
    _hills(pen, 0.58, ("tan", "orange+"))
    _ground(pen, 0.6, "yellow+")
    for x, y in ((0.12, 0.74), (0.6, 0.7), (0.34, 0.9), (0.76, 0.86)):
        pen.stroke([(x, y), (x + 0.06, y - 0.008), (x + 0.13, y)], "tan-", curved=True)


def sea(pen: Pen) -> None:
    _sky(pen, 0.6)
    pen.poly([(-0.05, 0.56), (1.05, 0.56), (1.05, 1.05), (-0.05, 1.05)], "water", shaded=False)
    for index in range(22):
        x, y = pen.dice.random(), 0.6 + pen.dice.random() * 0.36
        wide = 0.02 + (y - 0.55) * 0.12
        pen.stroke([(x - wide, y), (x - wide / 2, y - 0.008), (x, y), (x + wide / 2, y - 0.008), (x + wide, y)],
                   "white" if index % 3 else "blue", curved=True, width=0.9)  # fmt: skip


def street(pen: Pen) -> None:
    _sky(pen, 0.66)
    for index in range(12):
        x, high = index / 11 - 0.05, 0.14 + pen.dice.random() * 0.2
        pen.rect(x, 0.62 - high, x + 0.085, 0.64, "sky-" if index % 2 else "stone+", line=False, shaded=False)
    pen.rect(-0.05, 0.62, 1.05, 0.7, "stone+", shaded=False)
    pen.rect(-0.05, 0.7, 1.05, 1.05, "grey", shaded=False)
    for index in range(6):
        pen.poly(
            [
                (index / 5.4, 0.84),
                (index / 5.4 + 0.09, 0.84),
                (index / 5.4 + 0.085, 0.855),
                (index / 5.4 - 0.008, 0.855),
            ],
            "white",
            line=False,
        )


def room(pen: Pen) -> None:
    pen.rect(-0.05, -0.05, 1.05, 0.68, "wall", line=False, shaded=False)
    for index in range(1, 14, 2):
        pen.rect(index / 13.5, -0.05, index / 13.5 + 0.037, 0.62, "wall+", line=False, shaded=False)
    _floor(pen, 0.64)
    pen.rect(-0.05, 0.605, 1.05, 0.645, "cream", shaded=False)


def _floor(pen: Pen, y: float) -> None:
    pen.rect(-0.05, y, 1.05, 1.05, "floor", shaded=False)
    for x in (-0.6, -0.3, -0.06, 0.14, 0.32, 0.5, 0.68, 0.86, 1.06, 1.3, 1.6):
        pen.stroke([(0.5 + (x - 0.5) * 0.72, y), (0.5 + (x - 0.5) * 1.35, 1.05)], "floor-", width=0.8)


def kitchen(pen: Pen) -> None:
    pen.rect(-0.05, -0.05, 1.05, 0.68, "wall+", line=False, shaded=False)
    step = 0.075
    rows = int(0.62 / step) + 1
    for row in range(rows):
        pen.stroke([(-0.05, row * step), (1.05, row * step)], "wall-", width=0.6)
    for column in range(int(pen.aspect / step) + 2):
        x = column * step / pen.aspect
        pen.stroke([(x, -0.05), (x, 0.62)], "wall-", width=0.6)
    pen.rect(-0.05, 0.6, 1.05, 0.645, "cream", shaded=False)
    _floor(pen, 0.64)


def bench(pen: Pen) -> None:
    pen.rect(-0.05, -0.05, 1.05, 0.5, "wall", line=False, shaded=False)
    for index in range(9):
        x = index / 8.4
        pen.stroke([(x, -0.05), (x, 0.42)], "wall-", width=0.7)
    pen.rect(-0.05, 0.4, 1.05, 0.93, "wood+", shaded=False)
    for index in range(9):
        x, y = pen.dice.random() * 0.8, 0.45 + index * 0.052
        pen.stroke([(x, y), (x + 0.1, y + 0.005), (x + 0.24, y)], "wood", curved=True, width=0.9)
    pen.rect(-0.05, 0.93, 1.05, 1.05, "wood-", shaded=False)


def studio(pen: Pen) -> None:
    pen.rect(-0.05, -0.05, 1.05, 1.05, "paper", line=False, shaded=False)
    pen.blob(
        [(-0.1, 0.76), (0.3, 0.7), (0.7, 0.72), (1.1, 0.69), (1.1, 1.1), (-0.1, 1.1)], "cream", line=False, shaded=False
    )
    pen.stroke([(0.06, 0.735), (0.3, 0.7), (0.7, 0.72), (0.94, 0.7)], "stone", curved=True)


def space(pen: Pen) -> None:
    pen.rect(-0.05, -0.05, 1.05, 1.05, "navy-", line=False, shaded=False)
    for _ in range(60):
        pen.dot(pen.dice.random(), pen.dice.random() * 0.76, 0.0015 + pen.dice.random() * 0.003, "white")
    pen.blob([(-0.1, 0.84), (0.2, 0.75), (0.5, 0.73), (0.8, 0.75), (1.1, 0.84), (1.1, 1.2), (-0.1, 1.2)], "stone")
    for x, y, r in ((0.16, 0.86, 0.03), (0.5, 0.92, 0.04), (0.8, 0.84, 0.025)):
        pen.oval(x, y, r * 1.6, r * 0.5, "stone-", shaded=False)


def _plate(pen: Pen, name: str) -> None:
    """A bare slab seen from above and aside, as in an assembly guide."""
    pen.rect(-0.05, -0.05, 1.05, 1.05, "white", line=False, shaded=False)
    tones = {"sea": "water+", "space": "sky", "snow": "sky", "desert": "cream", "meadow": "grass", "forest": "grass"}
    tone = tones.get(name, "floor")
    back, front = (0.4 if name == "bench" else 0.52), 0.93
    pen.poly([(0.12, back), (0.88, back), (0.99, front), (0.01, front)], tone, shaded=False)
    pen.poly([(0.01, front), (0.99, front), (0.99, front + 0.03), (0.01, front + 0.03)], tone + "-", shaded=False)
    for step in range(1, 8):
        x = step / 8
        pen.stroke([(0.12 + 0.76 * x, back), (0.01 + 0.98 * x, front)], tone + "-", width=0.35)
    for y in (0.1, 0.23, 0.4, 0.64):
        down, inset = back + (front - back) * y, 0.12 - 0.11 * y
        pen.stroke([(inset, down), (1 - inset, down)], tone + "-", width=0.35)


def frame(pen: Pen) -> None:
    """The paper's edge around a picture, and its border."""
    if not pen.look.margin:
        return
    down = pen.look.margin * min(1.0, pen.aspect)
    across = down / pen.aspect
    for edge in (
        (-0.1, -0.1, 1.1, down),
        (-0.1, 1 - down, 1.1, 1.1),
        (-0.1, -0.1, across, 1.1),
        (1 - across, -0.1, 1.1, 1.1),
    ):
        pen.rect(*edge, "paper", line=False, shaded=False)
    corners = [
        (across, down),
        (1 - across, down),
        (1 - across, 1 - down),
        (across, 1 - down),
        (across, down),
        (1 - across, down),
    ]
    pen.stroke(corners, "ink", width=1.3)


_PAINTERS: dict[str, Callable[[Pen], None]] = {
    "meadow": meadow, "forest": forest, "snow": snow, "desert": desert, "sea": sea, "street": street, "room": room,
    "kitchen": kitchen, "bench": bench, "studio": studio, "space": space,
}  # fmt: skip

_HORIZONS = {"sea": 0.56, "street": 0.63, "room": 0.64, "kitchen": 0.64, "bench": 0.42, "studio": 0.71, "space": 0.76}
