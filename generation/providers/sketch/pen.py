"""A pen that draws in a unit box: x runs right and y runs down, both from 0 to 1, whatever the box measures."""

import math
import random
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw

from generation.providers.sketch.looks import Colour, Look, Shading, shade

Point = tuple[float, float]
Box = tuple[int, int, int, int]


class Pen:
    """Draws outlined, filled and shaded shapes of one thing.

    A fill is a colour's name in the look ("wood"), "main" for the thing's own colour, with "-" or "+" behind it for
    darker and lighter; each sign counts. Radii called `r` are shares of the box's height, so that a disc is round in
    any box.
    """

    def __init__(
        self,
        image: Image.Image,
        box: tuple[float, float, float, float],
        look: Look,
        *,
        main: str,
        unit: float,
        dice: random.Random,
    ) -> None:
        self.image, self.look, self.main, self.unit, self.dice = image, look, main, unit, dice
        self.left, self.top, self.width, self.height = box[0], box[1], box[2] - box[0], box[3] - box[1]
        self.variant = dice.randrange(1 << 16)
        self.flip = False
        self.draw = ImageDraw.Draw(image, "RGBA")
        # Small things get a thinner line, or they drown in ink.
        self.line = max(1.0, look.line * unit * min(1.0, 0.45 + min(self.width, self.height) / (unit * 330)))

    @property
    def aspect(self) -> float:
        """Width of the box in heights."""
        return self.width / self.height

    def colour(self, name: str) -> Colour:
        """The look's colour of this name, with its signs."""
        name = name.replace("main", self.main, 1) if name.startswith("main") else name
        bare = name.rstrip("+-")
        signs = name[len(bare) :]
        colour = self.look.colours[bare]
        for sign in signs:
            colour = shade(colour, 0.3 if sign == "+" else -0.24)
        return colour

    # Shapes

    def poly(self, points: Sequence[Point], fill: str = "main", *, line: bool = True, shaded: bool = True) -> None:
        """A shape with straight sides."""
        self._shape(self._pixels(points), fill, line, shaded)

    def blob(self, points: Sequence[Point], fill: str = "main", *, line: bool = True, shaded: bool = True) -> None:
        """A soft closed shape through the points."""
        self._shape(_closed_curve(self._pixels(points)), fill, line, shaded)

    def rect(self, x0: float, y0: float, x1: float, y1: float, fill: str = "main", *, line: bool = True,
             shaded: bool = True, r: float = 0.0) -> None:  # fmt: skip
        """A rectangle; `r` rounds its corners."""
        if not r:
            self.poly([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill, line=line, shaded=shaded)
            return
        rx = r / self.aspect
        corners = ((x1 - rx, y0 + r, -90), (x1 - rx, y1 - r, 0), (x0 + rx, y1 - r, 90), (x0 + rx, y0 + r, 180))
        points = [_on_circle(x, y, rx, r, start + turn) for x, y, start in corners for turn in (0, 30, 60, 90)]
        self.poly(points, fill, line=line, shaded=shaded)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: str = "main", *, line: bool = True,
             shaded: bool = True, tilt: float = 0.0) -> None:  # fmt: skip
        """An ellipse; `tilt` turns it, in degrees clockwise."""
        left, top = self._at((x, y))
        across, down = rx * self.width, ry * self.height
        count = 14 if max(across, down) < 12 * self.unit else 30
        sag = self.look.wobble * self.unit * 0.8
        phase = self.dice.random() * 6.3
        cos, sin = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
        points = []
        for step in range(count):
            angle = math.tau * step / count
            swing = sag * math.sin(2 * angle + phase)
            px, py = (across + swing) * math.cos(angle), (down - swing) * math.sin(angle)
            points.append((left + px * cos - py * sin, top + px * sin + py * cos))
        self._shape(points, fill, line, shaded)

    def disc(self, x: float, y: float, r: float, fill: str = "main", *, line: bool = True, shaded: bool = True) -> None:
        """A circle."""
        self.oval(x, y, r / self.aspect, r, fill, line=line, shaded=shaded)

    def dot(self, x: float, y: float, r: float, fill: str = "ink") -> None:
        """A small filled circle without outline."""
        self.disc(x, y, r, fill, line=False, shaded=False)

    def stroke(self, points: Sequence[Point], fill: str = "ink", *, width: float = 1.0, curved: bool = False) -> None:
        """A bare line; `width` in outlines."""
        pixels = self._pixels(points)
        self._trace(_open_curve(pixels) if curved else pixels, self.colour(fill), self.line * width)

    def limb(self, points: Sequence[Point], width: float, fill: str = "main", *, curved: bool = True) -> None:
        """A thick outlined line; `width` as a share of the box's height."""
        pixels = self._pixels(points)
        path = _open_curve(pixels) if curved else pixels
        thick = max(width * self.height, self.line)
        self._trace(path, self.colour("ink"), thick + 2 * self.line)
        self._trace(path, self.colour(fill), thick)

    def arc(
        self, x: float, y: float, r: float, start: float, end: float, fill: str = "ink", *, width: float = 1.0
    ) -> None:
        """A part of a circle's line, from `start` to `end` degrees clockwise from the right."""
        turns = [start + (end - start) * step / 10 for step in range(11)]
        self.stroke([_on_circle(x, y, r / self.aspect, r, turn) for turn in turns], fill, width=width)

    def shadow(self, x0: float = 0.08, x1: float = 0.92, y: float = 0.985, depth: float = 0.03) -> None:
        """The soft shadow under a thing that stands."""
        cx, cy, rx, ry = (x0 + x1) / 2, y, (x1 - x0) / 2, depth
        for grow in (1.0, 0.8, 0.6):
            self._ellipse(cx, cy, rx * grow, ry * grow, 22)

    # How it is done

    def _ellipse(self, x: float, y: float, rx: float, ry: float, alpha: int) -> None:
        left, top = self._at((x, y))
        across, down = rx * self.width, max(ry * self.height, 2.5 * self.unit)
        box = (left - across, top - down, left + across, top + down)
        self.draw.ellipse(box, fill=(*shade(self.look.colours["ink"], 0.0), alpha))

    def _at(self, point: Point) -> Point:
        x = 1 - point[0] if self.flip else point[0]
        return self.left + x * self.width, self.top + point[1] * self.height

    def _pixels(self, points: Sequence[Point]) -> list[Point]:
        sway = min(self.look.wobble * self.unit, self.height * 0.02)
        shake = self.dice.uniform
        return [(x + shake(-sway, sway), y + shake(-sway, sway)) for x, y in map(self._at, points)]

    def _shape(self, points: Sequence[Point], fill: str, line: bool, shaded: bool) -> None:
        colour = self.colour(fill)
        slip = self.look.slip * self.unit * min(1.0, self.height / (300 * self.unit)) if line else 0.0
        filled = [(x + slip, y + slip * 0.7) for x, y in points] if slip else points
        self.draw.polygon(filled, fill=colour)
        if shaded and self.look.shading != "none":
            self._shade(filled, colour)
        if line:
            self._trace([*points, points[0], points[1]], self.colour("ink"), self.line)

    def _trace(self, path: Sequence[Point], colour: Colour, width: float) -> None:
        whole = max(1, round(width))
        # Joints are dear, and in thin lines nobody sees them.
        self.draw.line(path, fill=colour, width=whole, joint="curve" if whole > 8 else None)
        if whole > 2:
            for x, y in (path[0], path[-1]):
                half = width / 2 - 0.5
                self.draw.ellipse((x - half, y - half, x + half, y + half), fill=colour)

    def _shade(self, points: Sequence[Point], colour: Colour) -> None:
        """Darken the crescent of a shape that is turned away from the light, which comes from the upper left."""
        left, top = math.floor(min(x for x, _ in points)), math.floor(min(y for _, y in points))
        right, bottom = math.ceil(max(x for x, _ in points)) + 1, math.ceil(max(y for _, y in points)) + 1
        size = (right - left, bottom - top)
        if min(size) < 14 * self.unit:
            return
        by = min(size) * 0.16
        mask = Image.new("L", size)
        draw = ImageDraw.Draw(mask)
        draw.polygon([(x - left, y - top) for x, y in points], fill=255)
        draw.polygon([(x - left - by, y - top - by * 0.8) for x, y in points], fill=0)
        self._lay(mask, (left, top), shade(colour, -0.2 if self.look.shading == "wash" else -0.34))

    def _lay(self, mask: Image.Image, at: tuple[int, int], colour: Colour) -> None:
        if self.look.shading != "wash":
            pattern = _pattern(self.look.shading, max(4, round(self.unit * (9 if self.look.shading == "dots" else 8))))
            mask = ImageChops.multiply(mask, _tiled(pattern, mask.size, at))
        self.image.paste(colour, (at[0], at[1], at[0] + mask.width, at[1] + mask.height), mask)


@lru_cache(maxsize=64)
def _pattern(kind: Shading, pitch: int) -> Image.Image:
    """One repeat of a halftone or hatching, white where the darker colour goes."""
    repeats = 12  # large tiles: pasting many small ones takes longer than drawing
    side = pitch * repeats
    tile = Image.new("L", (side, side))
    draw = ImageDraw.Draw(tile)
    for step in range(-1, 2 * repeats + 1):
        at = step * pitch
        if kind == "hatch":
            draw.line((at - side, side, at, 0), fill=255, width=max(1, pitch // 4))
            continue
        for row in range(repeats + 1):
            x, y = at + (row % 2) * pitch / 2, row * pitch
            draw.ellipse((x - pitch * 0.3, y - pitch * 0.3, x + pitch * 0.3, y + pitch * 0.3), fill=255)
    return tile


def _tiled(pattern: Image.Image, size: tuple[int, int], at: tuple[int, int]) -> Image.Image:
    """The pattern over a whole area, in step with the areas beside it."""
    sheet = Image.new("L", size)
    side = pattern.width
    for x in range(-(at[0] % side), size[0], side):
        for y in range(-(at[1] % side), size[1], side):
            sheet.paste(pattern, (x, y))
    return sheet


def _on_circle(x: float, y: float, rx: float, ry: float, degrees: float) -> Point:
    angle = math.radians(degrees)
    return x + rx * math.cos(angle), y + ry * math.sin(angle)


def _closed_curve(points: Sequence[Point]) -> list[Point]:
    around = [points[-1], *points, points[0], points[1]]
    return _curve(around)


def _open_curve(points: Sequence[Point]) -> list[Point]:
    if len(points) < 3:
        return list(points)
    return [*_curve([points[0], *points, points[-1]]), points[-1]]


def _curve(points: Sequence[Point], steps: int = 7) -> list[Point]:
    """A Catmull-Rom curve through all points but the first and the last, which only bend it."""
    path = []
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(points, points[1:], points[2:], points[3:], strict=False):
        for step in range(steps):
            t = step / steps
            path.append((_spline(ax, bx, cx, dx, t), _spline(ay, by, cy, dy, t)))
    return path


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
