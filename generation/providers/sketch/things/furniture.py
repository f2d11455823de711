"""What stands and hangs in a room."""

from generation.providers.sketch.kinds import Place, thing
from generation.providers.sketch.pen import Pen


def table(pen: Pen) -> None:
    pen.shadow(0.03, 0.97)
    for x in (0.16, 0.78):
        pen.rect(x, 0.18, x + 0.06, 0.86, "main--")
    for x in (0.04, 0.9):
        pen.rect(x, 0.2, x + 0.06, 0.985, "main-")
    pen.rect(0.06, 0.18, 0.94, 0.32, "main-")
    pen.poly([(0.08, 0.02), (0.92, 0.02), (1.0, 0.16), (0.0, 0.16)])
    pen.rect(0.0, 0.155, 1.0, 0.215)


def chair(pen: Pen) -> None:
    pen.shadow()
    for x in (0.12, 0.72):
        pen.rect(x, 0.02, x + 0.09, 0.94, "main-")
    for y in (0.06, 0.2):
        pen.rect(0.1, y, 0.84, y + 0.09)
    pen.poly([(0.14, 0.48), (0.82, 0.48), (0.96, 0.6), (0.02, 0.6)])
    pen.rect(0.02, 0.6, 0.96, 0.66, "main-")
    for x in (0.04, 0.84):
        pen.rect(x, 0.66, x + 0.1, 0.985)


def armchair(pen: Pen) -> None:
    pen.shadow()
    for x in (0.12, 0.8):
        pen.rect(x, 0.9, x + 0.08, 0.985, "wood-")
    pen.rect(0.12, 0.06, 0.88, 0.8, r=0.12)
    pen.rect(0.14, 0.52, 0.86, 0.74, "main+", r=0.06)
    pen.rect(0.1, 0.7, 0.9, 0.92)
    for x in (0.0, 0.8):
        pen.rect(x, 0.42, x + 0.2, 0.92, r=0.09)


def stool(pen: Pen) -> None:
    pen.shadow()
    pen.stroke([(0.26, 0.7), (0.74, 0.7)], "main-", width=2.4)
    for x0, x1 in ((0.26, 0.1), (0.5, 0.5), (0.74, 0.9)):
        pen.limb([(x0, 0.16), (x1, 0.96)], 0.065, "main-")
    pen.oval(0.5, 0.14, 0.46, 0.13)


def bench(pen: Pen) -> None:
    pen.shadow()
    for y in (0.06, 0.24):
        pen.rect(0.02, y, 0.98, y + 0.13)
    for x in (0.08, 0.84):
        pen.rect(x, 0.02, x + 0.06, 0.98, "ink+")
    pen.poly([(0.04, 0.5), (0.96, 0.5), (1.0, 0.62), (0.0, 0.62)])
    pen.rect(0.0, 0.62, 1.0, 0.7, "main-")


def bed(pen: Pen) -> None:
    pen.shadow()
    pen.rect(0.0, 0.06, 0.07, 0.985, "wood")
    pen.rect(0.93, 0.4, 1.0, 0.985, "wood")
    pen.rect(0.05, 0.62, 0.95, 0.86, "wood+")
    pen.rect(0.06, 0.48, 0.94, 0.68, "white", r=0.05)
    pen.blob([(0.08, 0.5), (0.1, 0.32), (0.28, 0.3), (0.32, 0.5), (0.2, 0.56)], "white")
    pen.blob([(0.34, 0.44), (0.66, 0.36), (0.94, 0.44), (0.95, 0.78), (0.64, 0.82), (0.36, 0.78)])
    pen.stroke([(0.36, 0.54), (0.64, 0.48), (0.93, 0.54)], "main+", width=2.4, curved=True)


def sofa(pen: Pen) -> None:
    pen.shadow()
    for x in (0.1, 0.86):
        pen.rect(x, 0.9, x + 0.04, 0.985, "wood-")
    pen.rect(0.06, 0.06, 0.94, 0.7, r=0.14)
    for x in (0.14, 0.5):
        pen.rect(x, 0.46, x + 0.36, 0.74, "main+", r=0.07)
    pen.rect(0.06, 0.7, 0.94, 0.92)
    for x in (0.0, 0.86):
        pen.rect(x, 0.34, x + 0.14, 0.92, r=0.12)
    pen.blob([(0.2, 0.3), (0.34, 0.28), (0.35, 0.52), (0.2, 0.54)], "yellow")


def shelf(pen: Pen) -> None:
    pen.shadow()
    pen.rect(0.02, 0.01, 0.98, 0.985)
    for row in range(4):
        y = 0.06 + row * 0.235
        pen.rect(0.1, y, 0.9, y + 0.185, "main--", shaded=False)
        _books(pen, 0.12, y + 0.185, row)


def _books(pen: Pen, x: float, foot: float, row: int) -> None:
    for index in range(7):
        wide = 0.07 + (index * 3 + row) % 3 * 0.018
        high = 0.11 + (index * 5 + row * 2) % 4 * 0.016
        if (index + row) % 5 != 4:
            pen.rect(
                x,
                foot - high,
                x + wide,
                foot,
                ("red", "blue", "yellow", "green", "cream", "purple")[(index + row * 2) % 6],
                shaded=False,
            )
        x += wide + 0.005


def cupboard(pen: Pen) -> None:
    pen.shadow()
    for x in (0.1, 0.8):
        pen.rect(x, 0.92, x + 0.1, 0.985, "main--")
    pen.rect(0.03, 0.04, 0.97, 0.94)
    pen.rect(0.0, 0.01, 1.0, 0.07, "main-")
    for x0, x1, knob in ((0.08, 0.48, 0.44), (0.52, 0.92, 0.56)):
        pen.rect(x0, 0.12, x1, 0.88, "main+")
        pen.disc(knob, 0.5, 0.018, "yellow")


def drawers(pen: Pen) -> None:
    pen.shadow()
    pen.rect(0.04, 0.08, 0.96, 0.96)
    pen.rect(0.0, 0.02, 1.0, 0.11, "main-")
    for y in (0.16, 0.43, 0.7):
        pen.rect(0.1, y, 0.9, y + 0.21, "main+")
        for x in (0.3, 0.7):
            pen.disc(x, y + 0.105, 0.025, "yellow")


def lamp(pen: Pen) -> None:
    pen.shadow(0.2, 0.8)
    pen.rect(0.47, 0.3, 0.53, 0.95, "ink+")
    pen.oval(0.5, 0.955, 0.26, 0.03, "ink+")
    pen.poly([(0.26, 0.02), (0.74, 0.02), (0.96, 0.34), (0.04, 0.34)])
    pen.stroke([(0.7, 0.34), (0.7, 0.44)])
    pen.dot(0.7, 0.45, 0.015)


def table_lamp(pen: Pen) -> None:
    pen.blob([(0.4, 0.5), (0.6, 0.5), (0.72, 0.8), (0.6, 0.97), (0.4, 0.97), (0.28, 0.8)], "blue")
    pen.poly([(0.28, 0.03), (0.72, 0.03), (0.95, 0.5), (0.05, 0.5)])


def picture(pen: Pen) -> None:
    pen.rect(0.02, 0.04, 0.98, 0.96, "wood")
    pen.rect(0.1, 0.13, 0.9, 0.87, "sky")
    pen.disc(0.7, 0.32, 0.09, "yellow", shaded=False)
    pen.poly([(0.1, 0.87), (0.1, 0.66), (0.34, 0.44), (0.56, 0.7), (0.68, 0.58), (0.9, 0.78), (0.9, 0.87)], "green")


def clock(pen: Pen) -> None:
    pen.disc(0.5, 0.5, 0.47)
    pen.disc(0.5, 0.5, 0.37, "white")
    for x, y in ((0.5, 0.18), (0.82, 0.5), (0.5, 0.82), (0.18, 0.5)):
        pen.dot(x, y, 0.03)
    pen.stroke([(0.5, 0.26), (0.5, 0.5), (0.68, 0.6)], width=1.8)


def mirror(pen: Pen) -> None:
    pen.oval(0.5, 0.5, 0.48, 0.48)
    pen.oval(0.5, 0.5, 0.38, 0.4, "glass")
    pen.stroke([(0.34, 0.4), (0.52, 0.22)], "white", width=2)
    pen.stroke([(0.36, 0.54), (0.66, 0.26)], "white", width=2)


def rug(pen: Pen) -> None:
    pen.oval(0.5, 0.5, 0.49, 0.46)
    pen.oval(0.5, 0.5, 0.38, 0.33, "main+", shaded=False)
    pen.oval(0.5, 0.5, 0.26, 0.2, "main", shaded=False)


def curtain(pen: Pen) -> None:
    pen.rect(0.0, 0.0, 1.0, 0.05, "wood")
    for side in (-1, 1):
        pen.blob(
            [
                (0.5 + side * 0.46, 0.04),
                (0.5 + side * 0.1, 0.04),
                (0.5 + side * 0.24, 0.5),
                (0.5 + side * 0.3, 0.97),
                (0.5 + side * 0.47, 0.97),
            ]
        )


def fireplace(pen: Pen) -> None:
    pen.rect(0.08, 0.16, 0.92, 0.985)
    for y in (0.3, 0.46, 0.62, 0.78):
        pen.stroke([(0.08, y), (0.92, y)], "main-", width=0.8)
    pen.rect(0.0, 0.04, 1.0, 0.16, "wood")
    pen.poly([(0.26, 0.985), (0.26, 0.5), (0.36, 0.38), (0.64, 0.38), (0.74, 0.5), (0.74, 0.985)], "ink+")
    pen.blob([(0.5, 0.52), (0.6, 0.68), (0.66, 0.86), (0.5, 0.95), (0.34, 0.86), (0.42, 0.7)], "orange")
    pen.blob([(0.5, 0.7), (0.56, 0.84), (0.5, 0.93), (0.44, 0.84)], "yellow", line=False)


def television(pen: Pen) -> None:
    pen.shadow(0.2, 0.8)
    pen.rect(0.46, 0.84, 0.54, 0.95, "ink+")
    pen.rect(0.28, 0.92, 0.72, 0.98, "ink+")
    pen.rect(0.02, 0.04, 0.98, 0.86, "ink+", r=0.04)
    pen.rect(0.07, 0.11, 0.93, 0.79, "sky-")
    pen.stroke([(0.16, 0.4), (0.34, 0.2)], "white", width=2)


def laptop(pen: Pen) -> None:
    pen.rect(0.14, 0.04, 0.86, 0.74, r=0.05)
    pen.rect(0.2, 0.12, 0.8, 0.66, "sky")
    for y, end in ((0.24, 0.6), (0.36, 0.72), (0.48, 0.5)):
        pen.stroke([(0.28, y), (end, y)], "blue", width=1.6)
    pen.poly([(0.12, 0.76), (0.88, 0.76), (1.0, 0.96), (0.0, 0.96)], "metal+")


def bathtub(pen: Pen) -> None:
    pen.shadow()
    for x in (0.2, 0.74):
        pen.rect(x, 0.84, x + 0.08, 0.985, "yellow")
    pen.blob([(0.1, 0.4), (0.5, 0.42), (0.92, 0.4), (0.84, 0.84), (0.5, 0.93), (0.18, 0.84)], "white")
    pen.rect(0.02, 0.34, 0.98, 0.44, "white", r=0.05)
    for x, y, r in ((0.3, 0.26, 0.1), (0.44, 0.2, 0.13), (0.58, 0.26, 0.1), (0.68, 0.3, 0.07)):
        pen.disc(x, y, r, "glass")


G, W, M = Place.GROUND, Place.WALL, Place.SMALL
THINGS = [
    thing("table, workbench, desk, dining table, counter, tabletop, worktop, kitchen table", table, G, 0.28, 2.4,
        "wood tan", home="room",
          top=0.09, many=2),
    thing("chair, seat, throne", chair, G, 0.32, 0.6, "wood tan", home="room", top=0.54, many=2),
    thing("armchair, rocking chair", armchair, G, 0.3, 0.95, "green red blue", home="room", top=0.6, many=2),
    thing("stool, footstool, bar stool", stool, G, 0.2, 0.8, "wood tan", home="room", top=0.14, many=2),
    thing("bench, park bench, pew", bench, G, 0.2, 1.8, "wood", top=0.56, many=2),
    thing("bed, cot, mattress, bunk", bed, G, 0.28, 1.7, "blue red green", home="room", top=0.5, many=2),
    thing("sofa, couch, settee", sofa, G, 0.28, 1.9, "green blue red", home="room", top=0.6, many=1),
    thing("bookshelf, bookcase, shelf, shelves, library", shelf, G, 0.5, 0.66, "wood", home="room", top=0.02, many=2),
    thing("cupboard, wardrobe, closet, cabinet", cupboard, G, 0.5, 0.7, "wood tan", home="room", top=0.02, many=2),
    thing("chest of drawers, dresser, drawer, sideboard", drawers, G, 0.28, 1.1, "wood tan", home="room", top=0.05,
        many=2),
    thing("lamp, floor lamp, standard lamp", lamp, G, 0.44, 0.4, "yellow", home="room", many=2),
    thing("table lamp, desk lamp, nightlight", table_lamp, M, 0.17, 0.75, "yellow", many=2),
    thing("painting, picture, poster, photo, photograph, frame, portrait", picture, W, 0.18, 1.25, "wood",
        home="room", many=2),
    thing("clock, watch, alarm clock", clock, W, 0.14, 1.0, "wood red", home="room", many=2),
    thing("mirror, looking glass", mirror, W, 0.26, 0.72, "yellow wood", home="room", many=2),
    thing("rug, carpet, mat", rug, G, 0.09, 4.4, "red blue", home="room", many=1),
    thing("curtain, drape", curtain, W, 0.34, 1.1, "red blue", home="room", many=1),
    thing("fireplace, hearth, chimney", fireplace, G, 0.42, 1.1, "stone", home="room", top=0.1, many=1),
    thing("television, tv, screen, monitor", television, G, 0.24, 1.5, "ink", home="room", many=2),
    thing("laptop, computer, notebook computer", laptop, M, 0.13, 1.4, "metal", many=2),
    thing("bathtub, bath, tub", bathtub, G, 0.26, 1.7, "white", home="room", many=1),
]  # fmt: skip
