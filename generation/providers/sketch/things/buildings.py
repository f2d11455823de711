"""Houses and what is built out of doors."""

from generation.providers.sketch.kinds import Place, thing
from generation.providers.sketch.pen import Pen


def panes(pen: Pen, x0: float, y0: float, x1: float, y1: float, glass: str = "glass") -> None:
    """A window with a cross."""
    pen.rect(x0, y0, x1, y1, glass)
    pen.stroke([((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)])
    pen.stroke([(x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)])


def house(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.rect(0.72, 0.08, 0.82, 0.34, "stone")
    pen.rect(0.1, 0.4, 0.9, 0.985, "cream")
    pen.poly([(0.0, 0.44), (0.5, 0.04), (1.0, 0.44)])
    for y in (0.2, 0.3, 0.38):
        half = (y - 0.06) * 1.16
        pen.stroke([(0.5 - half, y), (0.5 + half, y)], "main-", width=0.8)
    pen.rect(0.41, 0.6, 0.59, 0.985, "wood")
    pen.dot(0.555, 0.8, 0.014)
    for x in (0.16, 0.66):
        panes(pen, x, 0.56, x + 0.18, 0.74)
        pen.rect(x - 0.01, 0.75, x + 0.19, 0.79, "leaf", shaded=False)
    pen.disc(0.5, 0.29, 0.055, "glass")


def castle(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.rect(0.2, 0.42, 0.8, 0.985)
    _teeth(pen, 0.2, 0.8, 0.42, 5)
    for x in (0.02, 0.76):
        pen.rect(x + 0.01, 0.28, x + 0.21, 0.985, "main")
        _teeth(pen, x, x + 0.22, 0.28, 3)
        pen.rect(x + 0.09, 0.42, x + 0.14, 0.54, "ink+", shaded=False)
        pen.stroke([(x + 0.11, 0.2), (x + 0.11, 0.02)], width=1.2)
        pen.poly([(x + 0.11, 0.02), (x + 0.24, 0.07), (x + 0.11, 0.12)], "red")
    pen.poly([(0.4, 0.985), (0.4, 0.7), (0.44, 0.63), (0.5, 0.6), (0.56, 0.63), (0.6, 0.7), (0.6, 0.985)], "wood-")


def _teeth(pen: Pen, x0: float, x1: float, y: float, count: int) -> None:
    step = (x1 - x0) / (2 * count - 1)
    points = [(x0, y + 0.01)]
    for index in range(2 * count - 1):
        top = y - 0.07 if index % 2 == 0 else y
        points += [(x0 + index * step, top), (x0 + (index + 1) * step, top)]
    pen.poly([*points, (x1, y + 0.01)], shaded=False)


def tower(pen: Pen) -> None:
    pen.shadow()
    pen.poly([(0.22, 0.3), (0.78, 0.3), (0.84, 0.985), (0.16, 0.985)])
    pen.poly([(0.06, 0.32), (0.5, 0.02), (0.94, 0.32)], "red")
    pen.rect(0.38, 0.76, 0.62, 0.985, "wood-")
    for y in (0.4, 0.57):
        panes(pen, 0.38, y, 0.62, y + 0.1)


def lighthouse(pen: Pen) -> None:
    pen.shadow()
    pen.poly([(0.34, 0.24), (0.66, 0.24), (0.8, 0.985), (0.2, 0.985)], "white")
    for y0, y1 in ((0.36, 0.5), (0.64, 0.78)):
        in0, in1 = 0.34 - (y0 - 0.24) * 0.19, 0.34 - (y1 - 0.24) * 0.19
        pen.poly([(in0, y0), (1 - in0, y0), (1 - in1, y1), (in1, y1)])
    pen.rect(0.24, 0.22, 0.76, 0.26, "ink+")
    pen.rect(0.36, 0.11, 0.64, 0.22, "yellow")
    pen.poly([(0.28, 0.12), (0.5, 0.02), (0.72, 0.12)])
    pen.rect(0.42, 0.85, 0.58, 0.985, "wood-")


def skyscraper(pen: Pen) -> None:
    pen.shadow()
    pen.rect(0.12, 0.06, 0.88, 0.985)
    for row in range(7):
        for column in range(3):
            lit = (row * 3 + column + pen.variant) % 5 == 0
            x, y = 0.2 + column * 0.23, 0.13 + row * 0.11
            pen.rect(x, y, x + 0.15, y + 0.06, "yellow" if lit else "glass", shaded=False)
    pen.rect(0.38, 0.9, 0.62, 0.985, "wood-")


def shop(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.rect(0.06, 0.12, 0.94, 0.985, "cream")
    pen.rect(0.04, 0.05, 0.96, 0.17, "wood")
    pen.rect(0.12, 0.5, 0.56, 0.84, "glass")
    pen.rect(0.66, 0.5, 0.86, 0.985, "wood")
    for index in range(8):
        x = 0.04 + index * 0.115
        pen.poly([(x, 0.26), (x + 0.115, 0.26), (x + 0.115, 0.42), (x + 0.0575, 0.46), (x, 0.42)],
            "white" if index % 2 else "main",
                 shaded=False)  # fmt: skip


def barn(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.poly([(0.06, 0.985), (0.06, 0.44), (0.2, 0.2), (0.5, 0.04), (0.8, 0.2), (0.94, 0.44), (0.94, 0.985)])
    pen.stroke([(0.02, 0.48), (0.18, 0.19), (0.5, 0.02), (0.82, 0.19), (0.98, 0.48)], "white", width=2.2)
    pen.rect(0.32, 0.54, 0.68, 0.985, "main-")
    pen.stroke([(0.32, 0.54), (0.68, 0.98)], "white", width=1.6)
    pen.stroke([(0.68, 0.54), (0.32, 0.98)], "white", width=1.6)
    pen.rect(0.42, 0.26, 0.58, 0.4, "wood-")


def shed(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.poly([(0.08, 0.985), (0.08, 0.34), (0.92, 0.2), (0.92, 0.985)])
    for x in (0.22, 0.36, 0.64, 0.78):
        pen.stroke([(x, 0.34), (x, 0.98)], "main-")
    pen.poly([(0.0, 0.34), (0.0, 0.26), (1.0, 0.08), (1.0, 0.18)], "grey")
    pen.rect(0.4, 0.46, 0.64, 0.985, "main-")
    pen.dot(0.6, 0.74, 0.02)


def church(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.rect(0.36, 0.54, 0.96, 0.985, "cream")
    pen.poly([(0.3, 0.58), (0.42, 0.38), (0.92, 0.38), (1.0, 0.58)])
    pen.rect(0.1, 0.36, 0.4, 0.985, "cream")
    pen.poly([(0.06, 0.38), (0.25, 0.1), (0.44, 0.38)])
    pen.stroke([(0.25, 0.12), (0.25, 0.0)], width=1.6)
    pen.stroke([(0.21, 0.04), (0.29, 0.04)], width=1.6)
    pen.rect(0.19, 0.74, 0.31, 0.985, "wood-")
    for x in (0.5, 0.66, 0.82):
        pen.rect(x, 0.66, x + 0.07, 0.84, "glass")
    pen.disc(0.25, 0.5, 0.05, "white")


def tent(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.poly([(0.02, 0.97), (0.5, 0.05), (0.98, 0.97)])
    pen.poly([(0.34, 0.97), (0.5, 0.3), (0.66, 0.97)], "ink+", shaded=False)
    pen.poly([(0.5, 0.3), (0.66, 0.97), (0.78, 0.97)], "main+", shaded=False)
    pen.stroke([(0.5, 0.05), (0.5, 0.0)], width=2)


def bridge(pen: Pen) -> None:
    pen.blob([(0.0, 0.6), (0.25, 0.24), (0.5, 0.12), (0.75, 0.24), (1.0, 0.6), (1.0, 0.96), (0.84, 0.96), (0.7,
        0.62), (0.5, 0.5),
              (0.3, 0.62), (0.16, 0.96), (0.0, 0.96)])  # fmt: skip
    pen.stroke([(0.02, 0.66), (0.26, 0.32), (0.5, 0.22), (0.74, 0.32), (0.98, 0.66)], "main-", curved=True)


def fence(pen: Pen) -> None:
    for y in (0.4, 0.7):
        pen.rect(0.0, y, 1.0, y + 0.1)
    for index in range(7):
        x = 0.02 + index * 0.145
        pen.poly([(x, 0.98), (x, 0.18), (x + 0.045, 0.04), (x + 0.09, 0.18), (x + 0.09, 0.98)])


def wall(pen: Pen) -> None:
    pen.shadow(0.0, 1.0)
    pen.rect(0.0, 0.06, 1.0, 0.98)
    for row in range(5):
        y = 0.06 + row * 0.184
        pen.stroke([(0.0, y), (1.0, y)], "main-", width=0.8)
        for column in range(6):
            x = (column + 0.5 * (row % 2)) / 6 + 0.04
            pen.stroke([(x, y), (x, y + 0.184)], "main-", width=0.8)


def well(pen: Pen) -> None:
    pen.shadow()
    for x in (0.16, 0.78):
        pen.rect(x, 0.24, x + 0.06, 0.7, "wood")
    pen.poly([(0.0, 0.3), (0.5, 0.02), (1.0, 0.3)], "red")
    pen.stroke([(0.5, 0.26), (0.5, 0.52)], "tan", width=1.6)
    pen.poly([(0.42, 0.5), (0.58, 0.5), (0.56, 0.62), (0.44, 0.62)], "wood")
    pen.rect(0.08, 0.64, 0.92, 0.98)
    pen.stroke([(0.08, 0.8), (0.92, 0.8)], "main-")


def windmill(pen: Pen) -> None:
    pen.shadow()
    pen.poly([(0.36, 0.36), (0.64, 0.36), (0.76, 0.985), (0.24, 0.985)], "cream")
    pen.blob([(0.33, 0.38), (0.4, 0.24), (0.6, 0.24), (0.67, 0.38)])
    pen.rect(0.43, 0.78, 0.57, 0.985, "wood-")
    for dx, dy in ((0.4, -0.2), (-0.4, 0.2), (0.28, 0.26), (-0.28, -0.26)):
        pen.stroke([(0.5, 0.32), (0.5 + dx, 0.32 + dy)], width=2)
        pen.poly([(0.5 + dx * 0.25, 0.32 + dy * 0.25), (0.5 + dx, 0.32 + dy), (0.5 + dx - dy * 0.4,
            0.32 + dy + dx * 0.2),
                  (0.5 + dx * 0.25 - dy * 0.4, 0.32 + dy * 0.25 + dx * 0.2)], "white", shaded=False)  # fmt: skip
    pen.disc(0.5, 0.32, 0.03, "wood")


def door(pen: Pen) -> None:
    pen.rect(0.06, 0.02, 0.94, 0.985, "wood-")
    pen.rect(0.14, 0.06, 0.86, 0.985)
    for y0, y1 in ((0.12, 0.42), (0.54, 0.88)):
        pen.rect(0.24, y0, 0.76, y1, "main-")
    pen.disc(0.76, 0.49, 0.02, "yellow")


def window(pen: Pen) -> None:
    pen.rect(0.06, 0.04, 0.94, 0.9, "wood+")
    panes(pen, 0.14, 0.1, 0.86, 0.84)
    pen.stroke([(0.2, 0.34), (0.34, 0.2)], "white", width=1.6)
    pen.rect(0.0, 0.88, 1.0, 0.97, "wood")


def sign_post(pen: Pen) -> None:
    pen.shadow(0.3, 0.7)
    pen.rect(0.46, 0.1, 0.54, 0.98, "wood")
    pen.poly([(0.1, 0.12), (0.8, 0.12), (0.98, 0.24), (0.8, 0.36), (0.1, 0.36)])


def street_lamp(pen: Pen) -> None:
    pen.shadow(0.2, 0.8)
    pen.rect(0.45, 0.24, 0.55, 0.96, "ink+")
    pen.rect(0.32, 0.94, 0.68, 0.985, "ink+")
    pen.poly([(0.24, 0.08), (0.76, 0.08), (0.66, 0.24), (0.34, 0.24)], "yellow")
    pen.poly([(0.16, 0.09), (0.5, 0.01), (0.84, 0.09)], "ink+")


def traffic_light(pen: Pen) -> None:
    pen.shadow(0.2, 0.8)
    pen.rect(0.44, 0.4, 0.56, 0.985, "grey")
    pen.rect(0.22, 0.02, 0.78, 0.46, "ink+", r=0.04)
    for y, colour in ((0.1, "red"), (0.24, "yellow"), (0.38, "green")):
        pen.disc(0.5, y, 0.055, colour)


G = Place.GROUND
THINGS = [
    thing("house, cottage, hut, home, villa, cabin, farmhouse, farm, inn, mill", house, G, 0.52, 1.1,
        "red orange blue", many=2),
    thing("castle, palace, fortress, fort", castle, G, 0.56, 1.15, "stone", many=2),
    thing("tower, turret", tower, G, 0.6, 0.44, "stone", many=2),
    thing("lighthouse", lighthouse, G, 0.6, 0.42, "red", home="sea", many=2),
    thing("skyscraper, office building, apartment, building, block, hotel, hospital, factory, office tower",
        skyscraper, G, 0.6, 0.5,
          "blue grey stone", home="street"),
    thing("shop, store, bakery, cafe, café, restaurant, market, school, bank", shop, G, 0.46, 1.1, "red green blue",
        home="street", many=2),
    thing("barn, stable", barn, G, 0.5, 1.05, "red", home="meadow", many=2),
    thing("shed, garage, birdhouse, birdbox, nesting box, doghouse, kennel", shed, G, 0.3, 1.05, "wood tan", many=2),
    thing("church, chapel, cathedral, temple", church, G, 0.56, 0.95, "blue red", many=2),
    thing("tent, camp, teepee", tent, G, 0.3, 1.3, "orange green", many=2),
    thing("bridge", bridge, G, 0.24, 2.4, "stone", many=1),
    thing("fence, gate, railing", fence, G, 0.16, 2.0, "white wood", many=2),
    thing("brick wall, stone wall, garden wall", wall, G, 0.22, 2.0, "red", many=1),
    thing("well, fountain", well, G, 0.3, 0.8, "stone", many=2),
    thing("windmill, wind turbine", windmill, G, 0.56, 0.75, "red", home="meadow", many=2),
    thing("door, doorway, entrance, front door", door, G, 0.46, 0.52, "wood blue green", home="room"),
    thing("window", window, Place.WALL, 0.26, 0.9, "wood", home="room", many=2),
    thing("signpost, road sign, stop sign", sign_post, G, 0.26, 0.8, "yellow"),
    thing("street lamp, lamppost, streetlight, lantern post", street_lamp, G, 0.46, 0.26, "yellow", home="street",
        many=2),
    thing("traffic light, stoplight", traffic_light, G, 0.36, 0.3, "grey", home="street", many=2),
]  # fmt: skip
