"""Turns a request into a picture: reads the texts, finds places, draws, remembers."""

import hashlib
import io
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageChops

from generation.providers.base import ImageRequest, ReferenceRole
from generation.providers.sketch import backdrops, labels, references
from generation.providers.sketch.catalogue import BY_NAME
from generation.providers.sketch.kinds import Place
from generation.providers.sketch.looks import Look, find_look, tinted
from generation.providers.sketch.memory import Item, Memory
from generation.providers.sketch.pen import Box, Pen
from generation.providers.sketch.reading import Mention, Reading, read
from generation.providers.sketch.staging import INDOORS, Spot, Stage, Wanted, sized

MOST_NEW = 64
"""No picture gets more new things than this; a board of fifty steps has room for each of its things."""

_WEATHER = frozenset(("sun", "moon", "star", "cloud", "rain", "snow", "lightning", "rainbow", "planet"))
_ORDER = {Place.FAR: 0, Place.SKY: 1, Place.WALL: 2}


@dataclass(frozen=True)
class _Placed:
    item: Item
    spot: Spot


@dataclass(frozen=True)
class Drawing:
    """A finished picture: its PNG and what it shows."""

    data: bytes
    memory: Memory


def draw(request: ImageRequest, *, photographic: bool = False) -> Drawing:
    """Draw the request's picture. Raises InvalidRequest for references that cannot be read."""
    references.check_others(request)
    look = tinted(find_look(request.look), references.palette_of(request))
    previous = references.previous_of(request)
    texts = request.scene or (request.prompt,)
    readings = [read(text) for text in texts]
    board = _Board(request, look, texts, readings)
    if previous:
        board.continue_from(previous)
    else:
        board.begin()
    if photographic:
        board.add_grain()
    return board.finish()


class _Board:
    """One picture in the making."""

    def __init__(self, request: ImageRequest, look: Look, texts: Sequence[str], readings: Sequence[Reading]) -> None:
        self.request, self.look, self.texts, self.readings = request, look, texts, readings
        self.size = (request.width, request.height)
        self.unit = min(self.size) / 1024
        self.dice = random.Random(_seed(request.seed, *texts[-1:]))  # noqa: S311 - drawing needs repeatable dice
        margin = round((look.margin + 0.012) * min(self.size))
        self.free: Box = (margin, margin, self.size[0] - margin, self.size[1] - margin)
        self.drawn: list[Box] = []
        styles = [reference for reference in request.references if reference.role is ReferenceRole.STYLE]
        self.styles = tuple(references.digest(reference) for reference in styles)

    # The two ways to begin

    def begin(self) -> None:
        """A fresh sheet: the whole scene."""
        name = backdrops.choose(self.readings)
        ground = round(backdrops.horizon(name, self.look) * self.size[1])
        self.memory = Memory(self.size, name, ground, styles=self.styles, seed=self.request.seed)
        self.image = self._backdrop(name)
        self.drawn.append((0, 0, *self.size))
        mentions = _wanted([mention for reading in self.readings for mention in reading.mentions], ())
        self.memory = replace(self.memory, scale=self._scale(mentions))
        self._add(mentions, _unlabelled(self.texts, self.readings, (), bare=not mentions))

    def continue_from(self, previous: references.Previous) -> None:
        """The previous picture with what the newest text adds."""
        image = previous.image
        memory = previous.memory or Memory(image.size, "", round(image.height * 0.6))
        lineage = (*memory.lineage, previous.digest)
        self.memory = replace(memory.resized(self.size), lineage=lineage, styles=self.styles, seed=self.request.seed)
        self.image = image if image.size == self.size else image.resize(self.size, Image.Resampling.LANCZOS)
        newest = self.readings[-1]
        mentions = _wanted(newest.mentions, self.memory.items)
        bare = not newest.mentions
        self._add(mentions, _unlabelled(self.texts[-1:], [newest], self.memory.items, bare=bare))

    # Placing

    def _add(self, mentions: Sequence[Mention], signs: Sequence[tuple[str, ...]]) -> None:
        stage = Stage(self.memory.backdrop, self.memory.horizon, self.free, list(self.memory.items), self.dice)
        fresh: list[_Placed] = []
        for mention in sorted(_fitted(mentions), key=_placing_order):
            fresh += [self._placed(stage, mention, turn) for turn in range(mention.count)]
        fresh += [self._sign(stage, lines, alone=not mentions and not self.memory.items) for lines in signs]
        for placed in sorted(fresh, key=lambda placed: _drawing_order(placed.item, stage)):
            self._stamp(placed)
        self.memory = replace(self.memory, items=(*self.memory.items, *(placed.item for placed in fresh)))

    def _placed(self, stage: Stage, mention: Mention, turn: int) -> _Placed:
        thing = mention.thing
        room = (self.free[2] - self.free[0], self.free[3] - self.free[1])
        width, height = sized(thing, min(self.size), self.memory.scale, stage.backdrop, room)
        near = thing.name if turn else ""
        wanted = Wanted(thing.name, thing.place, width, height, mention.relation, mention.other, near)
        spot = stage.place(wanted)
        item = Item(thing.name, spot.seen, mention.colour)
        stage.items.append(item)
        return _Placed(item, spot)

    def _sign(self, stage: Stage, lines: tuple[str, ...], *, alone: bool) -> _Placed:
        width, height = labels.measure(lines, min(self.size) * (0.07 if alone else 0.036))
        shrink = min(1.0, (self.free[2] - self.free[0]) * 0.8 / width, (self.free[3] - self.free[1]) * 0.6 / height)
        spot = stage.place(Wanted("label", Place.LABEL, width * shrink, height * shrink))
        item = Item("label", spot.box, words=lines)
        stage.items.append(item)
        return _Placed(item, spot)

    def _scale(self, mentions: Sequence[Mention]) -> float:
        """Few things are drawn large, many small: by the width of what stands on the ground."""
        unit = min(self.size)
        standing = [mention for mention in mentions if mention.thing.place in (Place.GROUND, Place.PERSON)]
        across = sum(mention.count * mention.thing.height * mention.thing.aspect * unit for mention in standing)
        if not standing:
            return max(1.0, 1.75 - 0.15 * sum(mention.count for mention in mentions))
        tallest = max(mention.thing.height for mention in mentions)
        return min(1.8, max(1.0, 0.56 / tallest), max(0.6, math.sqrt(1.1 * self.size[0] / across)))

    # Drawing

    def _backdrop(self, name: str) -> Image.Image:
        times = 2 if self.size[0] * self.size[1] <= 1_600_000 else 1
        image = Image.new("RGB", (self.size[0] * times, self.size[1] * times), self.look.colours["paper"])
        outdoors = name not in INDOORS and not self.look.plate
        night = outdoors and any(reading.night for reading in self.readings)
        pen = self._pen(
            image, (0, 0, *image.size), times, "paper", backdrops.at_night(self.look) if night else self.look, name
        )
        backdrops.paint(pen, name)
        pen.look = self.look
        backdrops.frame(pen)
        return image.reduce(times) if times > 1 else image

    def _stamp(self, placed: _Placed) -> None:
        """Draw one thing, enlarged and reduced again for smooth edges; pixels it does not touch stay as they are."""
        left, top, right, bottom = placed.spot.box
        pad = round(max(right - left, bottom - top) * 0.05 + (self.look.line + self.look.slip) * self.unit) + 2
        below = min(self.size[1], bottom + pad, placed.spot.cut)
        region = (max(0, left - pad), max(0, top - pad), min(self.size[0], right + pad), below)
        times = 3 if (region[2] - region[0]) * (region[3] - region[1]) < 60_000 else 2
        crop = self.image.crop(region)
        large = crop.resize((crop.width * times, crop.height * times), Image.Resampling.NEAREST)
        box = tuple((edge - region[index % 2]) * times for index, edge in enumerate(placed.spot.box))
        self._draw_item(large, (box[0], box[1], box[2], box[3]), times, placed.item)
        self.image.paste(large.reduce(times), region)
        self.drawn.append(region)

    def _draw_item(self, image: Image.Image, box: Box, times: int, item: Item) -> None:
        thing = BY_NAME.get(item.name)
        if thing is None:
            hung = item.box[3] < self.memory.horizon
            labels.draw(self._pen(image, box, times, "cream", self.look, item.words), item.words, hung=hung)
            return
        pen = self._pen(image, box, times, thing.mains[0], self.look, (item.name, item.box))
        pen.main = item.colour or thing.mains[pen.variant % len(thing.mains)]
        if item.name in _WEATHER and self.memory.backdrop in INDOORS:
            pen = self._window(pen, image, box, times, item)
        elif thing.place is Place.SMALL:
            pen.shadow()
        pen.flip = thing.turns and bool(pen.variant & 64)
        thing.draw(pen)

    def _window(self, pen: Pen, image: Image.Image, box: Box, times: int, item: Item) -> Pen:
        """Indoors the weather is seen through a window."""
        pen.rect(0, 0, 1, 1, "wood+")
        night = item.name in ("moon", "star")
        pen.rect(0.07 / pen.aspect, 0.07, 1 - 0.07 / pen.aspect, 0.93, "navy" if night else "sky")
        across, down = round((box[2] - box[0]) * 0.2), round((box[3] - box[1]) * 0.2)
        inner = (box[0] + across, box[1] + down, box[2] - across, box[3] - down)
        return self._pen(image, inner, times, pen.main, self.look, item.name)

    def _pen(self, image: Image.Image, box: Box, times: int, main: str, look: Look, salt: object) -> Pen:
        dice = random.Random(_seed(self.request.seed, repr(salt)))  # noqa: S311
        return Pen(image, box, look, main=main, unit=self.unit * times, dice=dice)

    # Ending

    def add_grain(self) -> None:
        """Noise as a photo has it, where something was drawn, so that the file weighs what a photo weighs."""
        for left, top, right, bottom in self.drawn[:1] if not self.memory.lineage else self.drawn:
            size = (right - left, bottom - top)
            noise = Image.frombytes("RGB", size, self.dice.randbytes(size[0] * size[1] * 3)).point(
                lambda value: value // 20
            )
            part = ImageChops.subtract(self.image.crop((left, top, right, bottom)), noise)
            self.image.paste(part, (left, top))

    def finish(self) -> Drawing:
        memory = replace(self.memory, drawn=tuple(self.drawn))
        out = io.BytesIO()
        self.image.save(out, "PNG", compress_level=1, pnginfo=memory.chunk())
        return Drawing(out.getvalue(), memory)


def _seed(number: int, *parts: str) -> int:
    digest = hashlib.sha256("\x00".join([str(number), *parts]).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big")


def _wanted(mentions: Sequence[Mention], there: Sequence[Item]) -> list[Mention]:
    """What is still to be drawn: a thing already there is the one that is meant, unless the text asks for more."""
    have: dict[tuple[str, str], int] = {}
    for item in there:
        _count(have, item.name, item.colour, 1)
    missing: list[Mention] = []
    for mention in mentions:
        name, colour = mention.thing.name, mention.colour
        count = mention.count if mention.more else mention.count - _seen(have, name, colour)
        if count > 0:
            missing.append(replace(mention, count=count))
            _count(have, name, colour, count)
    return missing


def _fitted(mentions: Sequence[Mention]) -> Sequence[Mention]:
    """At most `MOST_NEW` things: flocks get smaller first, then what was named first is left out."""
    for most in (12, 6, 3, 2, 1):
        mentions = [replace(mention, count=min(mention.count, most)) for mention in mentions]
        if sum(mention.count for mention in mentions) <= MOST_NEW:
            return mentions
    return mentions[-MOST_NEW:]


def _seen(have: dict[tuple[str, str], int], name: str, colour: str) -> int:
    """How many there are that a mention may mean: any colour, if it names none; those of no said colour, if it does."""
    if not colour:
        return sum(count for (kind, _), count in have.items() if kind == name)
    return have.get((name, colour), 0) or have.get((name, ""), 0)


def _count(have: dict[tuple[str, str], int], name: str, colour: str, count: int) -> None:
    have[name, colour] = have.get((name, colour), 0) + count


def _unlabelled(
    texts: Sequence[str], readings: Sequence[Reading], there: Sequence[Item], *, bare: bool
) -> list[tuple[str, ...]]:
    """A sign per text for words that cannot be drawn and that no sign shows yet."""
    shown = {word for item in there for word in item.words}
    signs: list[tuple[str, ...]] = []
    for text, reading in zip(texts, readings, strict=True):
        fallback = text.strip() if bare and not reading.mentions else ""
        if not reading.unknown and not fallback:
            continue
        lines = tuple(line for line in labels.key_words(reading.unknown, fallback) if line not in shown)
        shown.update(lines)
        if lines:
            signs.append(lines)
    return signs


def _placing_order(mention: Mention) -> tuple[int, int, float]:
    """Large things first; what stands on, under or before another comes after that one."""
    if mention.thing.top is not None and not mention.relation:
        return 0, 0, 0.0  # tables first: people stand around them
    related = 1 if mention.relation in ("on", "under", "front") else 0
    return (
        (2 if mention.thing.place is Place.SMALL else 0) + related,
        _ORDER.get(mention.thing.place, 3),
        -mention.thing.height,
    )


def _drawing_order(item: Item, stage: Stage) -> tuple[int, int]:
    """From the back to the front."""
    thing = BY_NAME.get(item.name)
    place = thing.place if thing else Place.GROUND
    if item.name == "rug":
        return 3, 0
    foot = item.box[3]
    if place is Place.SMALL:
        below = [other for other in stage.items if other is not item and _stands_on(item.box, other)]
        foot = max([foot, *(other.box[3] + 1 for other in below)])
    return (_ORDER.get(place, 4), foot)


def _stands_on(box: Box, other: Item) -> bool:
    thing = BY_NAME.get(other.name)
    middle = (box[0] + box[2]) // 2
    on_it = other.box[0] <= middle <= other.box[2] and other.box[1] <= box[3] < other.box[3]
    return bool(thing and thing.top is not None and on_it)
