"""Finds a free place for each thing: birds go up, what stands goes on the ground, small things on a table."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from generation.providers.sketch.catalogue import BY_NAME
from generation.providers.sketch.kinds import Place, Thing
from generation.providers.sketch.memory import Item
from generation.providers.sketch.pen import Box

_SHRINKS = (1.0, 0.86, 0.72, 0.58, 0.45, 0.34, 0.26)
_TOLERATED = 0.05  # the share of a thing that may be hidden before it rather shrinks
_COLUMNS = 13
_THIN = frozenset(("rug", "rainbow", "mountain", "hill", "island"))  # others may stand before these
_UNSHRUNK = (Place.PERSON, Place.LABEL)
INDOORS = frozenset(("room", "kitchen", "bench"))


@dataclass(frozen=True)
class Wanted:
    """A thing to place, its size in pixels before any shrinking, and its relation to another thing's name."""

    name: str
    place: Place
    width: float
    height: float
    relation: str = ""
    other: str = ""
    near: str = ""  # one of the same kind stands close by


@dataclass(frozen=True, order=True)
class Spot:
    """Where a thing is drawn, in pixels; below the row `cut` nothing of it is seen."""

    box: Box
    cut: int = 1 << 30

    @property
    def seen(self) -> Box:
        """The part that is seen."""
        return self.box[0], self.box[1], self.box[2], min(self.box[3], self.cut)


@dataclass
class Stage:
    """The picture as far as it is filled; pixels. `free` is the rectangle inside the frame."""

    backdrop: str
    horizon: int
    free: Box
    items: list[Item]
    dice: random.Random
    tally: dict[str, int] = field(default_factory=dict)
    shrunk: dict[str, float] = field(default_factory=dict)  # how small the last of each kind had to be

    def place(self, wanted: Wanted) -> Spot:
        """The best spot for a thing, shrunk only when there is no room. Never fails."""
        wish = self._wish(wanted)
        support = self.support(wanted)
        if support:
            said = wanted.relation == "on"
            spot, fits = self._best(wanted, wish, support, _SHRINKS if said else _SHRINKS[:4])
            if fits or said:
                return spot
        # Dwarfs look odder than people who stand before something, and a label must be read.
        spot, fits = self._best(wanted, wish, None, _SHRINKS if wanted.place not in _UNSHRUNK else _SHRINKS[:4])
        if not fits and wanted.place is Place.LABEL:
            return self._best(replace(wanted, place=Place.SKY), wish, None, _SHRINKS[:5])[0]
        return spot

    def _best(self, wanted: Wanted, wish: float, support: Item | None, shrinks: Sequence[float]) -> tuple[Spot, bool]:
        """The best spot for a thing, as large as it fits, and whether it does fit."""
        best: tuple[float, Spot] | None = None
        # One of a flock is no larger than those before it, and where they had to shrink there is no need to try again.
        most = 1.0 if support or wanted.name == "label" else self.shrunk.get(wanted.name, 1.0)
        for shrink in [size for size in shrinks if size <= most] or shrinks[-1:]:
            cost, hidden, spot = min(self._offers(wanted, shrink, wish, support))
            if not support:
                self.shrunk[wanted.name] = shrink
            if hidden <= (3 * _TOLERATED if support else _TOLERATED):
                return spot, True
            if best is None or cost < best[0]:
                best = (cost, spot)
        assert best is not None
        return best[1], False

    def support(self, wanted: Wanted) -> Item | None:
        """What a thing is to stand on: what the text says, else a table for small things."""
        if wanted.relation == "on":
            return self._find(wanted.other)
        if wanted.place is not Place.SMALL or wanted.relation in ("under", "beside", "front"):
            return None
        tables = [item for item in self.items if item.name in ("table", "chair", "stool", "bench", "drawers", "bed")]
        return max(tables, key=lambda item: (item.name == "table", _area(item.box)), default=None)

    # Offers

    def _offers(
        self, wanted: Wanted, shrink: float, wish: float, support: Item | None
    ) -> Iterator[tuple[float, float, Spot]]:
        if support:
            return self._priced(self._on(support, wanted, shrink), wish, support, shrink, thin=False)
        over = self._find(wanted.other) if wanted.relation in ("under", "front", "behind") else None
        return self._priced(self._standing(wanted, shrink), wish, over, shrink, thin=wanted.name in _THIN)

    def _priced(
        self, spots: Iterator[tuple[float, Spot]], wish: float, beneath: Item | None, shrink: float, *, thin: bool
    ) -> Iterator[tuple[float, float, Spot]]:
        width = self.free[2] - self.free[0]
        obstacles = self._obstacles(beneath, thin=thin)
        for taste, spot in spots:
            hidden, hiding = _clash(spot.seen, obstacles)
            off = abs((spot.box[0] + spot.box[2]) / 2 - wish) / width
            yield 12 * hidden + 5 * hiding + 0.9 * off + taste + (1 - shrink), hidden + hiding, spot

    def _on(self, support: Item, wanted: Wanted, shrink: float) -> Iterator[tuple[float, Spot]]:
        left, top, right, bottom = support.box
        level = BY_NAME[support.name].top if support.name in BY_NAME else None
        foot = top + (bottom - top) * (level if level is not None else 0.08)
        width, height = wanted.width * shrink, wanted.height * shrink
        inset = (right - left) * 0.06
        room = max(0.0, right - left - 2 * inset - width)
        for column in range(_COLUMNS):
            x = left + inset + room * column / (_COLUMNS - 1) if room else (left + right - width) / 2
            for row in (0.0, 0.06) if level is not None and level < 0.2 else (0.0,):
                yield 0.02 * row, self._spot(x, foot + (bottom - top) * row - height, width, height)

    def _standing(self, wanted: Wanted, shrink: float) -> Iterator[tuple[float, Spot]]:
        for row, line in enumerate(self._feet(wanted)):
            upright = wanted.place not in (Place.SKY, Place.WALL, Place.FAR)
            depth = self._depth(line) if upright else 1.0
            width, height = wanted.width * shrink * depth, wanted.height * shrink * depth
            foot = line + height if self._hangs(wanted.place) else line
            room = max(0.0, self.free[2] - self.free[0] - width)
            for column in range(_COLUMNS):
                x = self.free[0] + room * (column + 0.22 * ((row % 3) - 1)) / (_COLUMNS - 1)
                yield 0.05 * row, self._spot(x, foot - height, width, height)
        if wanted.place is Place.PERSON and not wanted.relation:
            yield from self._behind_table(wanted, shrink)

    def _behind_table(self, wanted: Wanted, shrink: float) -> Iterator[tuple[float, Spot]]:
        """People may stand behind a table: all of them below its edge is left out."""
        table = self._find("table")
        if not table:
            return
        left, top, right, bottom = table.box
        edge = round(top + (bottom - top) * 0.035)
        width, height = wanted.width * shrink, wanted.height * shrink
        foot = max(bottom - (bottom - top) * 0.3, edge + height * 0.25)
        for column in range(_COLUMNS):
            x = left + max(0.0, right - left - width) * column / (_COLUMNS - 1)
            if foot - height < edge - height * 0.35:
                box = _box(x, foot - height, width, height)
                yield 0.0, Spot(self._clip(box), edge)

    def _feet(self, wanted: Wanted) -> Sequence[float]:
        """Rows to stand on, the best first; for what hangs, rows of its top edge."""
        _, top, _, bottom = self.free
        band = bottom - self.horizon
        other = self._find(wanted.other) if wanted.relation in ("under", "beside", "front", "behind") else None
        if other and wanted.place not in (Place.SKY, Place.FAR):
            push = {"front": 0.16, "behind": -0.12}.get(wanted.relation, 0.0) * band
            rows = (0.0, 0.12, -0.1, 0.25) if wanted.relation == "beside" else (0.02, 0.1)
            return [min(max(other.box[3] + push + row * band, self.horizon + 0.05 * band), bottom) for row in rows]
        if self._hangs(wanted.place):
            air = self.horizon - top
            return [top + air * (share + self.dice.uniform(0, 0.05)) for share in (0.07, 0.2, 0.33, 0.46, 0.6)]
        if wanted.place is Place.FAR:
            return [self.horizon + 0.03 * band, self.horizon + 0.08 * band]
        return [self.horizon + band * share for share in self._rows(wanted)]

    def _rows(self, wanted: Wanted) -> tuple[float, ...]:
        share = wanted.height / (self.free[3] - self.free[1])
        if self.backdrop == "bench":
            return (0.62, 0.34, 0.84, 0.2)
        if wanted.name == "table":
            return (0.78, 0.9, 0.66, 0.5)
        if share > 0.38:
            return (0.36, 0.2, 0.52, 0.7)
        if share > 0.22:
            return (0.56, 0.4, 0.74, 0.26, 0.9)
        return (0.74, 0.88, 0.58, 0.42, 0.97, 0.28)

    def _hangs(self, place: Place) -> bool:
        return place is Place.SKY or (place is Place.WALL and self.backdrop in INDOORS)

    def _depth(self, foot: float) -> float:
        return 0.8 + 0.36 * (foot - self.horizon) / max(1, self.free[3] - self.horizon)

    # What is good and bad

    def _wish(self, wanted: Wanted) -> float:
        """The column a thing would like best."""
        left, _, right, _ = self.free
        related = self._find(wanted.other) if wanted.relation else None
        if related:
            middle = (related.box[0] + related.box[2]) / 2
            return related.box[2] + wanted.width * 0.6 if wanted.relation == "beside" else middle
        kin = self._find(wanted.near) if wanted.near else None
        if kin:
            return kin.box[2] + wanted.width * 0.62
        level = "sky" if self._hangs(wanted.place) else "far" if wanted.place is Place.FAR else "ground"
        if wanted.name == "table":
            return (left + right) / 2
        turn = self.tally[level] = self.tally.get(level, -1) + 1
        spots = {"sky": (0.76, 0.24, 0.5, 0.9, 0.1), "far": (0.68, 0.26, 0.5)}.get(
            level, (0.38, 0.72, 0.14, 0.88, 0.54)
        )
        return left + (right - left) * (spots[turn % len(spots)] + self.dice.uniform(-0.04, 0.04))

    def _obstacles(self, beneath: Item | None, *, thin: bool) -> list[Box]:
        return [_solid(item) for item in self.items if item is not beneath and (thin or item.name not in _THIN)]

    def _spot(self, x: float, y: float, width: float, height: float) -> Spot:
        return Spot(self._clip(_box(x, y, width, height)))

    def _find(self, name: str) -> Item | None:
        return next((item for item in reversed(self.items) if item.name == name), None)

    def _clip(self, box: Box) -> Box:
        """The box moved inside the free rectangle; too large, it is cut."""
        left, top, right, bottom = box
        if self.free[0] <= left and self.free[1] <= top and right <= self.free[2] and bottom <= self.free[3]:
            return box
        across = max(0, self.free[0] - left) or min(0, self.free[2] - right)
        down = max(0, self.free[1] - top) or min(0, self.free[3] - bottom)
        moved = (left + across, top + down, right + across, bottom + down)
        return (
            max(moved[0], self.free[0]),
            max(moved[1], self.free[1]),
            min(moved[2], self.free[2]),
            min(moved[3], self.free[3]),
        )


def sized(thing: Thing, unit: float, scale: float, backdrop: str, room: tuple[int, int]) -> tuple[float, float]:
    """Width and height of a thing in pixels; `unit` is the picture's shorter side, `room` the largest it may be."""
    near = 1.0
    if thing.place is Place.SMALL:  # seen from close by on a workbench, from afar beside people
        near = {"bench": 1.75, "room": 0.75 / max(1.0, scale), "kitchen": 0.75 / max(1.0, scale)}.get(backdrop, 1.0)
    height = thing.height * unit * scale * near
    widest = 0.62 if thing.top is not None else 0.86
    height = min(height, room[1] * 0.74, room[0] * widest / thing.aspect)
    return height * thing.aspect, height


def _box(x: float, y: float, width: float, height: float) -> Box:
    return round(x), round(y), round(x) + max(4, round(width)), round(y) + max(4, round(height))


def _solid(item: Item) -> Box:
    """The part of a thing that others should not cover: there is room below a table."""
    left, top, right, bottom = item.box
    return (left, top, right, top + (bottom - top) * 2 // 5) if item.name == "table" else item.box


def _area(box: Box) -> int:
    return max(1, (box[2] - box[0]) * (box[3] - box[1]))


def _clash(box: Box, obstacles: Sequence[Box]) -> tuple[float, float]:
    """The share of a box that lies on others, and the largest share of another that it hides. The hottest loop here."""
    left, top, right, bottom = box
    hidden = hiding = 0.0
    for x0, y0, x1, y1 in obstacles:
        if x0 < right and left < x1 and y0 < bottom and top < y1:
            common = (min(right, x1) - max(left, x0)) * (min(bottom, y1) - max(top, y0))
            hidden += common
            hiding = max(hiding, common / ((x1 - x0) * (y1 - y0)))
    return hidden / _area(box), hiding
