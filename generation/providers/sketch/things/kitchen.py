"""Food, and what it is made with."""

import math

from generation.providers.sketch.kinds import Place, Thing, thing
from generation.providers.sketch.pen import Pen


def cup(pen: Pen) -> None:
    pen.arc(0.76, 0.6, 0.19, -80, 80, width=4)
    pen.arc(0.76, 0.6, 0.19, -80, 80, "main", width=2)
    pen.poly([(0.1, 0.3), (0.78, 0.3), (0.72, 0.9), (0.62, 0.98), (0.26, 0.98), (0.16, 0.9)])
    pen.oval(0.44, 0.3, 0.34, 0.08, "brown")
    for x in (0.34, 0.54):
        pen.stroke([(x, 0.18), (x + 0.05, 0.11), (x, 0.06), (x + 0.05, 0.0)], "grey", curved=True)


def plate(pen: Pen) -> None:
    pen.oval(0.5, 0.6, 0.49, 0.36)
    pen.oval(0.5, 0.56, 0.32, 0.2, "main-", shaded=False)
    pen.oval(0.5, 0.55, 0.28, 0.16, "main", shaded=False, line=False)


def bowl(pen: Pen) -> None:
    pen.blob([(0.03, 0.34), (0.5, 0.36), (0.97, 0.34), (0.84, 0.78), (0.64, 0.96), (0.36, 0.96), (0.16, 0.78)])
    pen.oval(0.5, 0.32, 0.47, 0.16, "main-", shaded=False)
    pen.stroke([(0.14, 0.66), (0.5, 0.72), (0.86, 0.66)], "white", width=2, curved=True)


def pan(pen: Pen) -> None:
    for x in (0.04, 0.8):
        pen.limb([(x, 0.48), (x + 0.16, 0.48)], 0.1, "ink+")
    pen.rect(0.14, 0.32, 0.86, 0.96, r=0.1)
    pen.rect(0.1, 0.26, 0.9, 0.37, "metal")
    pen.disc(0.5, 0.16, 0.08, "ink+")


def kettle(pen: Pen) -> None:
    pen.arc(0.46, 0.34, 0.28, 190, 350, width=3)
    pen.poly([(0.72, 0.7), (0.96, 0.36), (0.99, 0.48), (0.76, 0.88)])
    pen.blob([(0.2, 0.46), (0.46, 0.36), (0.72, 0.46), (0.82, 0.94), (0.46, 0.98), (0.1, 0.94)])
    pen.disc(0.46, 0.34, 0.06, "ink+")


def bottle(pen: Pen) -> None:
    pen.rect(0.38, 0.02, 0.62, 0.1, "tan")
    pen.poly([(0.4, 0.1), (0.6, 0.1), (0.6, 0.28), (0.86, 0.42), (0.86, 0.98), (0.14, 0.98), (0.14, 0.42), (0.4, 0.28)])
    pen.rect(0.14, 0.54, 0.86, 0.82, "cream", shaded=False)
    pen.stroke([(0.3, 0.68), (0.7, 0.68)], "main-", width=2)


def jar(pen: Pen) -> None:
    pen.rect(0.1, 0.16, 0.9, 0.98, "glass", r=0.12)
    pen.rect(0.14, 0.42, 0.86, 0.94, "main", r=0.1, line=False)
    pen.rect(0.14, 0.02, 0.86, 0.17, "wood+")
    pen.rect(0.26, 0.52, 0.74, 0.76, "cream", shaded=False)


def glass(pen: Pen) -> None:
    pen.poly([(0.08, 0.04), (0.92, 0.04), (0.78, 0.97), (0.22, 0.97)], "white", shaded=False)
    pen.poly([(0.13, 0.36), (0.87, 0.36), (0.77, 0.94), (0.23, 0.94)], "main", line=False)
    pen.stroke([(0.26, 0.16), (0.3, 0.6)], "white", width=1.6)


def jug(pen: Pen) -> None:
    pen.arc(0.74, 0.48, 0.2, -90, 90, width=4.4)
    pen.arc(0.74, 0.48, 0.2, -90, 90, "main", width=2.4)
    pen.blob(
        [
            (0.04, 0.08),
            (0.2, 0.16),
            (0.7, 0.1),
            (0.68, 0.34),
            (0.84, 0.74),
            (0.66, 0.98),
            (0.24, 0.98),
            (0.08, 0.74),
            (0.22, 0.34),
        ]
    )
    pen.stroke([(0.12, 0.68), (0.46, 0.74), (0.8, 0.68)], "white", width=2.2, curved=True)


def knife(pen: Pen) -> None:
    pen.blob([(0.36, 0.36), (0.7, 0.3), (0.98, 0.66), (0.7, 0.68), (0.36, 0.66)], "metal+")
    pen.rect(0.02, 0.36, 0.38, 0.66, "wood-", r=0.1)


def fork(pen: Pen) -> None:
    for y in (0.24, 0.5, 0.76):
        pen.limb([(0.7, y), (0.97, y)], 0.1, "metal+")
    pen.blob([(0.54, 0.36), (0.74, 0.16), (0.76, 0.84), (0.54, 0.64)], "metal+")
    pen.limb([(0.03, 0.5), (0.56, 0.5)], 0.2, "metal+")


def spoon(pen: Pen) -> None:
    pen.limb([(0.03, 0.5), (0.64, 0.5)], 0.2, "main")
    pen.oval(0.8, 0.5, 0.18, 0.4)
    pen.oval(0.79, 0.52, 0.11, 0.24, "main-", line=False, shaded=False)


def bread(pen: Pen) -> None:
    pen.blob(
        [(0.04, 0.5), (0.1, 0.2), (0.4, 0.08), (0.74, 0.12), (0.96, 0.36), (0.94, 0.86), (0.5, 0.97), (0.08, 0.88)]
    )
    for x in (0.26, 0.46, 0.66):
        pen.stroke([(x, 0.48), (x + 0.1, 0.22)], "cream", width=2.6)


def cake(pen: Pen) -> None:
    pen.oval(0.5, 0.92, 0.49, 0.08, "white")
    pen.rect(0.08, 0.46, 0.92, 0.92, "tan")
    pen.poly(
        [
            (0.08, 0.4),
            (0.92, 0.4),
            (0.92, 0.6),
            (0.8, 0.68),
            (0.7, 0.58),
            (0.58, 0.7),
            (0.46, 0.58),
            (0.34, 0.68),
            (0.22, 0.58),
            (0.08, 0.64),
        ]
    )
    pen.oval(0.5, 0.4, 0.42, 0.08)
    for x in (0.3, 0.5, 0.7):
        pen.rect(x - 0.025, 0.16, x + 0.025, 0.4, "sky", shaded=False)
        pen.oval(x, 0.1, 0.035, 0.07, "yellow", shaded=False)


def pie(pen: Pen) -> None:
    pen.blob([(0.04, 0.5), (0.2, 0.24), (0.5, 0.14), (0.8, 0.24), (0.96, 0.5), (0.5, 0.58)])
    pen.poly([(0.0, 0.5), (1.0, 0.5), (0.84, 0.95), (0.16, 0.95)], "metal")
    for x in (0.36, 0.5, 0.64):
        pen.stroke([(x, 0.28), (x, 0.4)], "main--", width=1.6)


def pizza(pen: Pen) -> None:
    pen.oval(0.5, 0.55, 0.49, 0.42, "tan")
    pen.oval(0.5, 0.53, 0.42, 0.34, "yellow", shaded=False)
    for x, y in ((0.34, 0.4), (0.6, 0.34), (0.7, 0.58), (0.44, 0.68), (0.24, 0.6)):
        pen.oval(x, y, 0.07, 0.065, "red", shaded=False)


def apple(pen: Pen) -> None:
    pen.stroke([(0.5, 0.26), (0.54, 0.06)], "wood--", width=2.4)
    pen.blob([(0.54, 0.16), (0.72, 0.02), (0.9, 0.1), (0.72, 0.22)], "leaf")
    pen.blob(
        [
            (0.5, 0.26),
            (0.72, 0.18),
            (0.96, 0.36),
            (0.9, 0.74),
            (0.64, 0.97),
            (0.5, 0.93),
            (0.36, 0.97),
            (0.1, 0.74),
            (0.04, 0.36),
            (0.28, 0.18),
        ]
    )
    pen.arc(0.36, 0.48, 0.18, 180, 250, "white", width=1.8)


def pear(pen: Pen) -> None:
    pen.stroke([(0.5, 0.12), (0.56, 0.0)], "wood--", width=2.4)
    pen.blob(
        [
            (0.5, 0.06),
            (0.68, 0.24),
            (0.78, 0.48),
            (0.95, 0.72),
            (0.72, 0.97),
            (0.28, 0.97),
            (0.05, 0.72),
            (0.22, 0.48),
            (0.32, 0.24),
        ]
    )


def banana(pen: Pen) -> None:
    pen.blob(
        [
            (0.04, 0.16),
            (0.16, 0.14),
            (0.34, 0.46),
            (0.64, 0.5),
            (0.9, 0.32),
            (0.98, 0.42),
            (0.76, 0.86),
            (0.36, 0.9),
            (0.1, 0.56),
        ]
    )


def egg(pen: Pen) -> None:
    pen.blob([(0.5, 0.03), (0.82, 0.3), (0.95, 0.66), (0.74, 0.95), (0.26, 0.95), (0.05, 0.66), (0.18, 0.3)])


def carrot(pen: Pen) -> None:
    for dx in (-0.12, 0.0, 0.12):
        pen.blob([(0.84, 0.3), (0.9 + dx, 0.16), (0.96 + dx * 0.4, 0.0), (0.8 + dx, 0.12)], "green")
    pen.blob([(0.02, 0.96), (0.3, 0.5), (0.66, 0.2), (0.86, 0.26), (0.84, 0.48), (0.5, 0.76)])
    for x, y in ((0.6, 0.36), (0.44, 0.56)):
        pen.stroke([(x, y), (x + 0.1, y + 0.1)], "main-")


def cheese(pen: Pen) -> None:
    pen.poly([(0.03, 0.52), (0.9, 0.12), (0.97, 0.5)], "main+")
    pen.poly([(0.03, 0.52), (0.97, 0.5), (0.97, 0.95), (0.03, 0.95)])
    for x, y, r in ((0.24, 0.72, 0.09), (0.6, 0.82, 0.07), (0.76, 0.64, 0.1)):
        pen.oval(x, y, r * 0.8, r, "main-", shaded=False)


def ice_cream(pen: Pen) -> None:
    pen.poly([(0.16, 0.46), (0.84, 0.46), (0.5, 0.99)], "tan")
    for x0, x1 in ((0.36, 0.6), (0.64, 0.4)):
        pen.stroke([(x0, 0.48), (x1, 0.8)], "wood")
    pen.disc(0.5, 0.28, 0.24)
    pen.disc(0.5, 0.06, 0.05, "red")


def sandwich(pen: Pen) -> None:
    pen.poly([(0.04, 0.7), (0.96, 0.7), (0.9, 0.95), (0.1, 0.95)], "tan")
    pen.blob([(0.0, 0.62), (0.3, 0.7), (0.6, 0.62), (1.0, 0.7), (0.9, 0.5), (0.1, 0.5)], "green")
    pen.rect(0.06, 0.46, 0.94, 0.6, "red")
    pen.blob([(0.04, 0.46), (0.14, 0.16), (0.5, 0.06), (0.86, 0.16), (0.96, 0.46), (0.5, 0.5)], "tan")


def stove(pen: Pen) -> None:
    pen.shadow()
    pen.rect(0.04, 0.14, 0.96, 0.985)
    pen.rect(0.02, 0.08, 0.98, 0.16, "ink+")
    pen.rect(0.16, 0.42, 0.84, 0.86, "ink+", r=0.03)
    pen.rect(0.24, 0.5, 0.76, 0.78, "orange-", shaded=False)
    for turn in range(4):
        pen.disc(0.2 + turn * 0.2, 0.27, 0.05, "metal")


def fridge(pen: Pen) -> None:
    pen.shadow()
    pen.rect(0.06, 0.02, 0.94, 0.985, r=0.04)
    pen.stroke([(0.06, 0.36), (0.94, 0.36)])
    for y in (0.2, 0.44):
        pen.rect(0.16, y, 0.22, y + 0.12, "metal-")


def sink(pen: Pen) -> None:
    pen.arc(0.5, 0.22, 0.14, 180, 340, width=3.4)
    pen.rect(0.33, 0.2, 0.37, 0.44, "metal-")
    pen.rect(0.02, 0.42, 0.98, 0.56, "white")
    pen.poly([(0.1, 0.56), (0.9, 0.56), (0.78, 0.97), (0.22, 0.97)])


def candle(pen: Pen) -> None:
    pen.blob([(0.5, 0.0), (0.68, 0.2), (0.5, 0.32), (0.32, 0.2)], "orange", shaded=False)
    pen.rect(0.32, 0.34, 0.68, 0.94)
    pen.oval(0.5, 0.93, 0.46, 0.06, "yellow-")


def basket(pen: Pen) -> None:
    pen.arc(0.5, 0.5, 0.42, 180, 360, width=4.4)
    pen.arc(0.5, 0.5, 0.42, 180, 360, "main", width=2.4)
    pen.poly([(0.03, 0.48), (0.97, 0.48), (0.84, 0.97), (0.16, 0.97)])
    for y in (0.62, 0.76):
        pen.stroke([(0.08, y), (0.92, y)], "main-", width=1.4)
    for step in range(1, 7):
        pen.stroke([(step / 7, 0.5), (0.14 + step / 7 * 0.72, 0.96)], "main-")


def grapes(pen: Pen) -> None:
    pen.stroke([(0.5, 0.2), (0.54, 0.0)], "wood--", width=2.4)
    for row, count in enumerate((4, 4, 3, 2, 1)):
        for index in range(count):
            pen.disc(0.5 + (index - (count - 1) / 2) * 0.24, 0.26 + row * 0.155, 0.1, shaded=math.sin(row + index) > 0)


def _small(names: str, draw: object, height: float, aspect: float, mains: str, home: str = "", many: int = 3) -> Thing:
    assert callable(draw)
    return thing(names, draw, Place.SMALL, height, aspect, mains, home=home, many=many)


THINGS = [
    _small("cup, mug, teacup, coffee cup, coffee, tea, cocoa", cup, 0.13, 0.98, "blue red white yellow", "kitchen"),
    _small("plate, dish, saucer, tray", plate, 0.07, 2.6, "white", "kitchen"),
    _small("bowl, basin, soup, porridge, mixing bowl, salad", bowl, 0.11, 1.6, "blue red", "kitchen"),
    _small("pan, saucepan, cooking pot, frying pan, casserole", pan, 0.14, 1.4, "metal red", "kitchen"),
    _small("kettle, teapot, coffee pot", kettle, 0.15, 1.15, "red metal blue", "kitchen"),
    _small("bottle, wine, flask, oil, vinegar, milk, juice, bottle of water, water bottle", bottle, 0.2, 0.38,
        "leaf blue", many=2),
    _small("jar, jam, honey, tin, can, pickle", jar, 0.13, 0.75, "orange red", "kitchen"),
    _small("glass, tumbler, water glass, water, lemonade, beer", glass, 0.12, 0.7, "water"),
    _small("jug, pitcher, vase", jug, 0.17, 0.8, "blue white", "kitchen", 2),
    _small("knife, blade, dagger", knife, 0.045, 4.2, "metal", many=2),
    _small("fork", fork, 0.045, 4.2, "metal", "kitchen", 2),
    _small("spoon, ladle, wooden spoon", spoon, 0.045, 4.2, "metal wood", "kitchen", 2),
    _small("bread, loaf, toast, bun, dough, roll", bread, 0.11, 1.7, "wood+", "kitchen", 2),
    _small("cake, birthday cake, cupcake, muffin", cake, 0.17, 1.15, "pink white", "kitchen", 2),
    _small("pie, tart, quiche", pie, 0.11, 1.8, "tan", "kitchen", 2),
    _small("pizza, pancake", pizza, 0.08, 2.4, "yellow", "kitchen", 2),
    _small("apple, fruit, peach, tomato, orange fruit, cherry", apple, 0.1, 0.95, "red green"),
    _small("pear, avocado, lemon, lime", pear, 0.12, 0.72, "green yellow"),
    _small("banana", banana, 0.09, 1.7, "yellow"),
    _small("egg", egg, 0.075, 0.78, "cream white"),
    _small("carrot, vegetable, parsnip", carrot, 0.12, 1.1, "orange"),
    _small("cheese, butter", cheese, 0.1, 1.4, "yellow", "kitchen", 2),
    _small("ice cream, icecream, sundae", ice_cream, 0.17, 0.55, "pink cream"),
    _small("sandwich, burger, hamburger", sandwich, 0.11, 1.4, "tan", "kitchen", 2),
    _small("grapes, grape, berry, blueberry, raspberry", grapes, 0.13, 0.9, "purple green", many=1),
    _small("candle, candlestick", candle, 0.14, 0.45, "cream red"),
    _small("basket, hamper, picnic", basket, 0.15, 1.2, "tan wood", many=2),
    thing("stove, oven, cooker, hob", stove, Place.GROUND, 0.34, 0.9, "white", home="kitchen", top=0.1, many=1),
    thing("fridge, refrigerator, freezer", fridge, Place.GROUND, 0.5, 0.52, "sky white", home="kitchen", top=0.02,
        many=1),
    thing("sink, washbasin, tap, faucet", sink, Place.GROUND, 0.22, 1.2, "white", home="kitchen", many=1),
]  # fmt: skip
