"""Whatever people carry, wear, read and play with."""

from generation.providers.sketch.kinds import Place, thing
from generation.providers.sketch.pen import Pen


def ball(pen: Pen) -> None:
    pen.shadow(0.1, 0.9, 0.96)
    pen.disc(0.5, 0.5, 0.47)
    pen.stroke([(0.06, 0.42), (0.5, 0.56), (0.94, 0.42)], "white", width=2.6, curved=True)
    pen.arc(0.36, 0.34, 0.16, 190, 260, "main+", width=2)


def book(pen: Pen) -> None:
    pen.poly([(0.02, 0.2), (0.5, 0.28), (0.98, 0.2), (0.98, 0.9), (0.5, 0.97), (0.02, 0.9)])
    for side in (-1, 1):
        pen.blob([(0.5, 0.24), (0.5 + side * 0.22, 0.1), (0.5 + side * 0.43, 0.14), (0.5 + side * 0.43, 0.82),
            (0.5 + side * 0.22, 0.78),
                  (0.5, 0.9)], "white")  # fmt: skip
        for y in (0.34, 0.48, 0.62):
            pen.stroke([(0.5 + side * 0.1, y), (0.5 + side * 0.36, y - 0.05)], "grey", width=0.9)


def hat(pen: Pen) -> None:
    pen.oval(0.5, 0.78, 0.49, 0.16)
    pen.blob([(0.22, 0.76), (0.26, 0.3), (0.4, 0.1), (0.6, 0.12), (0.74, 0.3), (0.78, 0.76), (0.5, 0.84)])
    pen.poly([(0.22, 0.58), (0.78, 0.58), (0.78, 0.74), (0.5, 0.79), (0.22, 0.74)], "ink+", shaded=False)


def bag(pen: Pen) -> None:
    pen.shadow()
    pen.arc(0.5, 0.3, 0.22, 180, 360, width=2.8)
    pen.rect(0.1, 0.26, 0.9, 0.97, r=0.12)
    pen.rect(0.24, 0.56, 0.76, 0.88, "main-", r=0.06)
    pen.stroke([(0.12, 0.46), (0.88, 0.46)], "main-", width=1.6)


def suitcase(pen: Pen) -> None:
    pen.shadow()
    pen.arc(0.5, 0.24, 0.16, 180, 360, width=2.8)
    pen.rect(0.02, 0.24, 0.98, 0.97, r=0.08)
    for x in (0.2, 0.72):
        pen.rect(x, 0.24, x + 0.08, 0.97, "wood-", shaded=False)


def umbrella(pen: Pen) -> None:
    pen.stroke([(0.5, 0.1), (0.5, 0.88), (0.56, 0.97), (0.66, 0.92)], width=2.6)
    pen.poly([(0.02, 0.5), (0.1, 0.28), (0.28, 0.12), (0.5, 0.06), (0.72, 0.12), (0.9, 0.28), (0.98, 0.5), (0.82,
        0.43), (0.66, 0.5), (0.5, 0.43),
              (0.34, 0.5), (0.18, 0.43)])  # fmt: skip
    for x in (0.34, 0.66):
        pen.stroke([(0.5, 0.07), (x, 0.48)], "main-")


def gift(pen: Pen) -> None:
    pen.shadow()
    pen.rect(0.1, 0.36, 0.9, 0.97)
    pen.rect(0.04, 0.26, 0.96, 0.44)
    pen.rect(0.42, 0.26, 0.58, 0.97, "yellow", shaded=False)
    for side in (-1, 1):
        pen.blob(
            [(0.5, 0.25), (0.5 + side * 0.12, 0.06), (0.5 + side * 0.32, 0.06), (0.5 + side * 0.28, 0.22)], "yellow"
        )


def key(pen: Pen) -> None:
    pen.limb([(0.3, 0.5), (0.95, 0.5)], 0.14, "main", curved=False)
    for x in (0.74, 0.88):
        pen.rect(x, 0.54, x + 0.06, 0.86, "main")
    pen.disc(0.2, 0.5, 0.4)
    pen.disc(0.2, 0.5, 0.18, "ink+", shaded=False)


def flag(pen: Pen) -> None:
    pen.shadow(0.05, 0.5)
    pen.rect(0.16, 0.02, 0.24, 0.98, "wood")
    pen.blob(
        [(0.24, 0.06), (0.44, 0.02), (0.7, 0.12), (0.98, 0.06), (0.96, 0.44), (0.7, 0.5), (0.46, 0.4), (0.24, 0.46)]
    )


def lantern(pen: Pen) -> None:
    pen.arc(0.5, 0.16, 0.1, 180, 360, width=1.8)
    pen.poly([(0.2, 0.26), (0.5, 0.1), (0.8, 0.26)], "ink+")
    pen.rect(0.24, 0.26, 0.76, 0.86, "yellow+")
    pen.blob([(0.5, 0.4), (0.62, 0.62), (0.5, 0.78), (0.38, 0.62)], "orange", shaded=False)
    pen.rect(0.16, 0.84, 0.84, 0.97, "ink+")


def phone(pen: Pen) -> None:
    pen.rect(0.1, 0.02, 0.9, 0.98, "ink+", r=0.08)
    pen.rect(0.18, 0.12, 0.82, 0.84, "main", shaded=False)
    pen.disc(0.5, 0.91, 0.035, "metal")


def camera(pen: Pen) -> None:
    pen.rect(0.3, 0.08, 0.6, 0.26, "ink+")
    pen.rect(0.02, 0.22, 0.98, 0.96, r=0.1)
    pen.disc(0.5, 0.58, 0.3, "metal")
    pen.disc(0.5, 0.58, 0.2, "navy")
    pen.dot(0.46, 0.52, 0.05, "white")
    pen.rect(0.78, 0.32, 0.9, 0.42, "yellow", shaded=False)


def chest(pen: Pen) -> None:
    pen.shadow()
    pen.blob([(0.04, 0.46), (0.08, 0.18), (0.3, 0.06), (0.7, 0.06), (0.92, 0.18), (0.96, 0.46), (0.5, 0.5)])
    pen.rect(0.04, 0.44, 0.96, 0.97)
    for x in (0.14, 0.78):
        pen.rect(x, 0.1, x + 0.08, 0.97, "yellow-", shaded=False)
    pen.rect(0.42, 0.38, 0.58, 0.6, "yellow")
    pen.dot(0.5, 0.5, 0.03)


def map_sheet(pen: Pen) -> None:
    pen.poly(
        [
            (0.02, 0.12),
            (0.34, 0.04),
            (0.66, 0.12),
            (0.98, 0.04),
            (0.98, 0.88),
            (0.66, 0.96),
            (0.34, 0.88),
            (0.02, 0.96),
        ],
        "cream",
    )
    pen.stroke([(0.14, 0.7), (0.34, 0.5), (0.54, 0.6), (0.76, 0.34)], "red", width=1.8, curved=True)
    for end in ((0.7, 0.24, 0.84, 0.42), (0.84, 0.24, 0.7, 0.42)):
        pen.stroke([(end[0], end[1]), (end[2], end[3])], "red", width=2)


def crown(pen: Pen) -> None:
    pen.poly([(0.06, 0.95), (0.02, 0.2), (0.28, 0.54), (0.5, 0.06), (0.72, 0.54), (0.98, 0.2), (0.94, 0.95)])
    for x, y in ((0.26, 0.78), (0.5, 0.74), (0.74, 0.78)):
        pen.disc(x, y, 0.07, "red")


def sword(pen: Pen) -> None:
    pen.poly([(0.4, 0.64), (0.4, 0.14), (0.5, 0.01), (0.6, 0.14), (0.6, 0.64)], "metal+")
    pen.stroke([(0.5, 0.12), (0.5, 0.62)], "metal-")
    pen.rect(0.06, 0.63, 0.94, 0.7, "yellow")
    pen.rect(0.41, 0.7, 0.59, 0.9, "wood-")
    pen.disc(0.5, 0.94, 0.05, "yellow")


def guitar(pen: Pen) -> None:
    pen.rect(0.45, 0.08, 0.55, 0.6, "wood-")
    pen.rect(0.4, 0.01, 0.6, 0.12, "ink+")
    pen.blob(
        [(0.5, 0.44), (0.76, 0.5), (0.72, 0.66), (0.94, 0.84), (0.5, 0.99), (0.06, 0.84), (0.28, 0.66), (0.24, 0.5)]
    )
    pen.disc(0.5, 0.66, 0.075, "ink+", shaded=False)
    pen.stroke([(0.5, 0.12), (0.5, 0.86)], "cream")


def drum(pen: Pen) -> None:
    pen.rect(0.04, 0.28, 0.96, 0.9)
    for step in range(5):
        x = 0.04 + step * 0.184
        pen.stroke([(x, 0.3), (x + 0.092, 0.86), (x + 0.184, 0.3)], "yellow", width=1.4)
    pen.oval(0.5, 0.26, 0.46, 0.16, "cream")
    pen.limb([(0.4, 0.22), (0.12, 0.04)], 0.05, "wood")
    pen.limb([(0.6, 0.22), (0.9, 0.04)], 0.05, "wood")


def shoe(pen: Pen) -> None:
    pen.blob([(0.06, 0.2), (0.3, 0.16), (0.48, 0.42), (0.86, 0.56), (0.97, 0.82), (0.5, 0.88), (0.06, 0.84)])
    pen.rect(0.04, 0.8, 0.98, 0.96, "white", r=0.06)
    for x in (0.38, 0.46, 0.54):
        pen.stroke([(x, 0.5), (x + 0.08, 0.38)], "white", width=1.8)


def shirt(pen: Pen) -> None:
    pen.poly([(0.32, 0.04), (0.42, 0.12), (0.58, 0.12), (0.68, 0.04), (0.98, 0.24), (0.86, 0.46), (0.76, 0.38),
        (0.76, 0.97), (0.24, 0.97), (0.24, 0.38),
              (0.14, 0.46), (0.02, 0.24)])  # fmt: skip
    pen.stroke([(0.5, 0.14), (0.5, 0.94)], "main-")


def heart(pen: Pen) -> None:
    pen.blob(
        [(0.5, 0.26), (0.68, 0.05), (0.95, 0.16), (0.95, 0.46), (0.5, 0.97), (0.05, 0.46), (0.05, 0.16), (0.32, 0.05)]
    )


def coin(pen: Pen) -> None:
    for y in (0.76, 0.54, 0.32):
        pen.oval(0.5, y, 0.46, 0.2)
    pen.oval(0.5, 0.32, 0.3, 0.12, "main+", shaded=False)


def barrel(pen: Pen) -> None:
    pen.shadow()
    pen.blob([(0.14, 0.05), (0.86, 0.05), (0.97, 0.5), (0.86, 0.96), (0.14, 0.96), (0.03, 0.5)])
    for y in (0.26, 0.7):
        pen.rect(0.05, y, 0.95, y + 0.07, "metal-", shaded=False)
    for x in (0.34, 0.66):
        pen.stroke([(x, 0.07), (x, 0.94)], "main-")


def trophy(pen: Pen) -> None:
    for x, start in ((0.22, 90), (0.78, -90)):
        pen.arc(x, 0.28, 0.16, start, start + 180, width=2.4)
    pen.blob([(0.2, 0.05), (0.8, 0.05), (0.74, 0.42), (0.5, 0.6), (0.26, 0.42)])
    pen.rect(0.45, 0.58, 0.55, 0.8)
    pen.rect(0.26, 0.8, 0.74, 0.97, "wood-")


M, G = Place.SMALL, Place.GROUND
THINGS = [
    thing("ball, football, basketball, marble, orb", ball, M, 0.12, 1.0, "red blue yellow"),
    thing("book, notebook, diary, manual, atlas, story", book, M, 0.11, 1.7, "red blue green"),
    thing("hat, cap, helmet", hat, M, 0.1, 1.5, "wood red blue", many=2),
    thing("bag, backpack, rucksack, handbag, sack, satchel", bag, M, 0.18, 0.85, "wood blue red", many=2),
    thing("suitcase, briefcase, luggage, trunk case", suitcase, M, 0.18, 1.3, "wood blue", many=2),
    thing("umbrella, parasol", umbrella, M, 0.26, 0.95, "red blue yellow", many=2),
    thing("gift, present, surprise", gift, M, 0.16, 1.0, "red blue green"),
    thing("key", key, M, 0.06, 2.4, "yellow", many=2),
    thing("flag, banner", flag, G, 0.42, 0.7, "red blue green", many=2),
    thing("lantern, torch, flashlight", lantern, M, 0.16, 0.6, "yellow", many=2),
    thing("phone, telephone, smartphone, mobile, tablet", phone, M, 0.14, 0.52, "sky", many=2),
    thing("camera, projector", camera, M, 0.12, 1.35, "grey red", many=2),
    thing("chest, treasure, treasure chest, coffer", chest, M, 0.18, 1.3, "wood", many=2),
    thing("map, chart, blueprint", map_sheet, M, 0.13, 1.5, "cream", many=1),
    thing("crown, tiara", crown, M, 0.1, 1.4, "yellow", many=2),
    thing("sword, lance, spear", sword, M, 0.26, 0.34, "metal", many=2),
    thing("guitar, violin, fiddle, ukulele, cello", guitar, M, 0.3, 0.4, "orange wood", many=2),
    thing("drum, tambourine", drum, M, 0.15, 1.2, "red blue", many=2),
    thing("shoe, boot, sneaker, slipper", shoe, M, 0.1, 1.6, "red blue wood", many=2),
    thing("shirt, coat, jacket, sweater, dress, jumper", shirt, M, 0.18, 1.05, "blue red green", many=2),
    thing("heart, love", heart, M, 0.12, 1.05, "red pink"),
    thing("coin, money, gold", coin, M, 0.09, 1.4, "yellow", many=3),
    thing("barrel, cask, drum barrel", barrel, M, 0.22, 0.78, "wood", many=2),
    thing("trophy, cup trophy, medal, prize, goblet", trophy, M, 0.17, 0.8, "yellow", many=1),
]  # fmt: skip
