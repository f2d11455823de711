"""People, and those who nearly are."""

from functools import partial

from generation.providers.sketch.kinds import Place, thing
from generation.providers.sketch.pen import Pen

HAIR = ("hair", "ink", "wood-", "orange-", "grey")


def face(pen: Pen, x: float, y: float, r: float, *, smile: bool = True) -> None:
    """Eyes, cheeks and a smile on a head of radius r."""
    wide = r / pen.aspect
    for side in (-1, 1):
        pen.dot(x + side * wide * 0.36, y + r * 0.02, r * 0.11)
        pen.dot(x + side * wide * 0.58, y + r * 0.38, r * 0.15, "pink")
    if smile:
        pen.arc(x, y + r * 0.2, r * 0.34, 25, 155, width=0.8)


def legs(pen: Pen, top: float, cloth: str = "navy", gap: float = 0.13) -> None:
    """Two legs with shoes."""
    for side in (-1, 1):
        pen.limb([(0.5 + side * gap, top), (0.5 + side * gap * 1.1, 0.94)], 0.06, cloth)
        pen.oval(0.5 + side * gap * 1.35, 0.965, 0.12, 0.026, "ink+", shaded=False)


def arms(pen: Pen, y: float, sleeve: str, width: float = 0.3) -> None:
    """Two arms, in one of three poses."""
    left = ((0.5 - width, y + 0.13), (0.5 - width * 1.25, y + 0.26))
    poses = (((0.5 + width, y + 0.13), (0.5 + width * 1.25, y + 0.26)), ((0.5 + width * 1.1, y + 0.05), (0.97,
        y - 0.12)),
             ((0.5 + width * 1.15, y + 0.14), (0.5 + width * 0.5, y + 0.2)))  # fmt: skip
    for path in (left, poses[pen.variant % 3]):
        pen.limb([(0.5 + (0.14 if path is not left else -0.14), y), *path], 0.048, sleeve)
        pen.disc(path[1][0], path[1][1], 0.032, "skin", shaded=False)


def man(pen: Pen) -> None:
    hair = HAIR[pen.variant % 5]
    pen.shadow()
    legs(pen, 0.6)
    arms(pen, 0.37, "main")
    pen.blob([(0.3, 0.36), (0.5, 0.31), (0.7, 0.36), (0.72, 0.5), (0.68, 0.66), (0.32, 0.66), (0.28, 0.5)])
    pen.disc(0.5, 0.18, 0.125, "skin")
    pen.blob([(0.2, 0.16), (0.25, 0.06), (0.5, 0.025), (0.76, 0.06), (0.8, 0.16), (0.66, 0.115), (0.45, 0.1)], hair)
    face(pen, 0.5, 0.2, 0.11)


def woman(pen: Pen) -> None:
    hair = HAIR[pen.variant % 5]
    pen.shadow()
    legs(pen, 0.7, "skin", 0.1)
    pen.blob([(0.24, 0.1), (0.5, 0.02), (0.76, 0.1), (0.86, 0.3), (0.74, 0.4), (0.26, 0.4), (0.14, 0.3)], hair)
    arms(pen, 0.38, "main", 0.29)
    pen.blob([(0.36, 0.34), (0.5, 0.32), (0.64, 0.34), (0.66, 0.5), (0.86, 0.8), (0.5, 0.83), (0.14, 0.8), (0.34, 0.5)])
    pen.disc(0.5, 0.19, 0.12, "skin")
    pen.blob([(0.22, 0.18), (0.28, 0.07), (0.5, 0.035), (0.73, 0.07), (0.78, 0.18), (0.6, 0.1), (0.42, 0.12)], hair)
    face(pen, 0.5, 0.21, 0.105)


def child(pen: Pen, *, girl: bool) -> None:
    hair = HAIR[pen.variant % 5]
    pen.shadow()
    legs(pen, 0.68, "skin" if girl else "blue-", 0.11)
    if girl:
        for side in (-1, 1):
            pen.blob([(0.5 + side * 0.3, 0.2), (0.5 + side * 0.46, 0.28), (0.5 + side * 0.4, 0.44),
                (0.5 + side * 0.28, 0.3)], hair)  # fmt: skip
    arms(pen, 0.5, "main", 0.27)
    hem = (0.84, 0.16) if girl else (0.7, 0.3)
    pen.blob([(0.34, 0.46), (0.5, 0.44), (0.66, 0.46), (hem[0], 0.76), (0.5, 0.79), (hem[1], 0.76)])
    pen.disc(0.5, 0.25, 0.185, "skin")
    pen.blob([(0.16, 0.24), (0.2, 0.1), (0.5, 0.03), (0.8, 0.1), (0.84, 0.24), (0.62, 0.15), (0.36, 0.16)], hair)
    face(pen, 0.5, 0.28, 0.16)


def baby(pen: Pen) -> None:
    pen.shadow()
    pen.blob([(0.2, 0.55), (0.5, 0.46), (0.8, 0.55), (0.86, 0.85), (0.5, 0.98), (0.14, 0.85)])
    for side in (-1, 1):
        pen.oval(0.5 + side * 0.25, 0.93, 0.15, 0.06, "main+")
        pen.oval(0.5 + side * 0.34, 0.66, 0.09, 0.09, "skin")
    pen.disc(0.5, 0.3, 0.26, "skin")
    pen.arc(0.5, 0.08, 0.06, 0, 270)
    face(pen, 0.5, 0.33, 0.22)


def crowd(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    coats = ("red", "blue", "green", "yellow", "purple", "orange", "cloth")
    for row, (y, count) in enumerate(((0.3, 6), (0.5, 5))):
        for place in range(count):
            x = (place + 0.7 + row * 0.3) / (count + 0.45)
            _bust(pen, x, y, coats[(place * 3 + row + pen.variant) % 7], HAIR[(place + row * 2) % 5])


def _bust(pen: Pen, x: float, y: float, coat: str, hair: str) -> None:
    wide = 0.16 / pen.aspect
    pen.blob(
        [(x - wide, y + 0.2), (x, y + 0.12), (x + wide, y + 0.2), (x + wide * 1.1, 0.98), (x - wide * 1.1, 0.98)], coat
    )
    pen.disc(x, y, 0.12, "skin")
    pen.blob([(x - wide * 0.8, y), (x - wide * 0.6, y - 0.12), (x + wide * 0.6, y - 0.12), (x + wide * 0.8, y), (x,
        y - 0.06)], hair)  # fmt: skip
    face(pen, x, y + 0.02, 0.1)


def robot(pen: Pen) -> None:
    pen.shadow()
    for side in (-1, 1):
        pen.rect(0.5 + side * 0.17 - 0.07, 0.74, 0.5 + side * 0.17 + 0.07, 0.93, "metal-")
        pen.rect(0.5 + side * 0.2 - 0.12, 0.91, 0.5 + side * 0.2 + 0.12, 0.98, "ink+", r=0.03)
        pen.limb([(0.5 + side * 0.3, 0.46), (0.5 + side * 0.43, 0.56), (0.5 + side * 0.4, 0.68)], 0.045, "metal-")
        pen.disc(0.5 + side * 0.4, 0.7, 0.04, "orange")
    pen.stroke([(0.5, 0.02), (0.5, 0.14)], width=1.4)
    pen.disc(0.5, 0.035, 0.032, "red")
    pen.rect(0.22, 0.1, 0.78, 0.36, r=0.06)
    pen.rect(0.2, 0.4, 0.8, 0.77, r=0.05)
    pen.rect(0.31, 0.48, 0.69, 0.64, "sky", r=0.02)
    pen.stroke([(0.34, 0.57), (0.42, 0.57), (0.46, 0.51), (0.52, 0.62), (0.56, 0.57), (0.66, 0.57)], "green-")
    for x, colour in ((0.36, "red"), (0.5, "yellow"), (0.64, "green")):
        pen.disc(x, 0.705, 0.018, colour)
    for x in (0.38, 0.62):
        pen.disc(x, 0.21, 0.05, "white")
        pen.dot(x, 0.215, 0.024)
    pen.stroke([(0.38, 0.305), (0.62, 0.305)], width=1.5)


def astronaut(pen: Pen) -> None:
    pen.shadow()
    pen.rect(0.16, 0.36, 0.84, 0.68, "grey", r=0.06)
    for side in (-1, 1):
        pen.limb([(0.5 + side * 0.14, 0.66), (0.5 + side * 0.16, 0.93)], 0.1, "white")
        pen.limb([(0.5 + side * 0.25, 0.42), (0.5 + side * 0.4, 0.52), (0.5 + side * 0.38, 0.64)], 0.075, "white")
    pen.rect(0.26, 0.35, 0.74, 0.72, "white", r=0.07)
    pen.rect(0.36, 0.5, 0.64, 0.6, "main", r=0.02)
    pen.disc(0.5, 0.2, 0.175, "white")
    pen.oval(0.52, 0.21, 0.25, 0.105, "navy")
    pen.stroke([(0.42, 0.16), (0.5, 0.15)], "white", width=1.6)


def crowned(pen: Pen, *, queen: bool) -> None:
    (woman if queen else man)(pen)
    if not queen:
        pen.blob([(0.34, 0.25), (0.5, 0.27), (0.66, 0.25), (0.6, 0.37), (0.5, 0.4), (0.4, 0.37)], "white")
    pen.poly(
        [(0.26, 0.09), (0.24, -0.01), (0.38, 0.045), (0.5, -0.02), (0.62, 0.045), (0.76, -0.01), (0.74, 0.09)], "yellow"
    )


def wizard(pen: Pen) -> None:
    pen.shadow()
    pen.limb([(0.9, 0.3), (0.88, 0.98)], 0.025, "wood")
    pen.disc(0.9, 0.27, 0.045, "sky")
    pen.blob([(0.32, 0.4), (0.5, 0.36), (0.68, 0.4), (0.84, 0.96), (0.5, 0.985), (0.16, 0.96)])
    pen.limb([(0.64, 0.47), (0.8, 0.56), (0.87, 0.52)], 0.06, "main-")
    pen.disc(0.5, 0.3, 0.1, "skin")
    face(pen, 0.5, 0.3, 0.1, smile=False)
    pen.blob([(0.34, 0.33), (0.5, 0.36), (0.66, 0.33), (0.6, 0.5), (0.5, 0.62), (0.4, 0.5)], "white")
    pen.blob(
        [(0.2, 0.24), (0.36, 0.2), (0.46, 0.06), (0.6, 0.01), (0.58, 0.1), (0.66, 0.2), (0.8, 0.24), (0.5, 0.275)],
        "main",
    )


def chef(pen: Pen) -> None:
    man(pen)
    pen.poly([(0.38, 0.42), (0.62, 0.42), (0.68, 0.72), (0.32, 0.72)], "white")
    pen.rect(0.27, 0.06, 0.73, 0.125, "white")
    pen.blob(
        [(0.27, 0.08), (0.16, 0.01), (0.32, -0.045), (0.5, -0.06), (0.68, -0.045), (0.84, 0.01), (0.73, 0.08)], "white"
    )


def knight(pen: Pen) -> None:
    pen.shadow()
    pen.limb([(0.86, 0.16), (0.86, 0.97)], 0.022, "wood")
    pen.poly([(0.86, 0.02), (0.93, 0.14), (0.86, 0.19), (0.79, 0.14)], "metal+")
    for side in (-1, 1):
        pen.limb([(0.5 + side * 0.13, 0.64), (0.5 + side * 0.14, 0.93)], 0.07, "metal")
        pen.oval(0.5 + side * 0.19, 0.965, 0.13, 0.027, "metal-", shaded=False)
    pen.limb([(0.68, 0.4), (0.8, 0.5), (0.85, 0.46)], 0.055, "metal")
    pen.blob([(0.3, 0.37), (0.5, 0.33), (0.7, 0.37), (0.7, 0.54), (0.76, 0.72), (0.5, 0.75), (0.24, 0.72), (0.3, 0.54)])
    pen.poly([(0.06, 0.42), (0.46, 0.42), (0.46, 0.58), (0.26, 0.72), (0.06, 0.58)], "white")
    pen.poly([(0.22, 0.42), (0.3, 0.42), (0.3, 0.69), (0.26, 0.72), (0.22, 0.69)], "main", line=False, shaded=False)
    pen.blob([(0.46, 0.08), (0.2, 0.04), (0.12, 0.16), (0.3, 0.12)], "main")
    pen.blob(
        [(0.3, 0.16), (0.36, 0.06), (0.5, 0.03), (0.64, 0.06), (0.7, 0.16), (0.68, 0.31), (0.5, 0.35), (0.32, 0.31)],
        "metal",
    )
    pen.rect(0.4, 0.16, 0.72, 0.21, "ink", shaded=False)
    for y in (0.25, 0.29):
        pen.stroke([(0.5, y), (0.66, y)])


def ghost(pen: Pen) -> None:
    pen.shadow(0.2, 0.8)
    pen.blob([(0.5, 0.02), (0.82, 0.2), (0.9, 0.6), (0.92, 0.92), (0.74, 0.84), (0.62, 0.95), (0.5, 0.85), (0.38, 0.95),
              (0.26, 0.84), (0.08, 0.92), (0.1, 0.6), (0.18, 0.2)], "white")  # fmt: skip
    for x in (0.37, 0.63):
        pen.oval(x, 0.32, 0.06, 0.065, "ink", shaded=False)
    pen.oval(0.5, 0.47, 0.06, 0.05, "ink", shaded=False)


def snowman(pen: Pen) -> None:
    pen.shadow()
    for side in (-1, 1):
        pen.stroke([(0.5 + side * 0.2, 0.5), (0.5 + side * 0.46, 0.38)], "wood-", width=1.8)
    pen.disc(0.5, 0.79, 0.195, "white")
    pen.disc(0.5, 0.5, 0.145, "white")
    pen.disc(0.5, 0.28, 0.11, "white")
    for y in (0.45, 0.52):
        pen.dot(0.5, y, 0.014)
    face(pen, 0.5, 0.27, 0.1)
    pen.poly([(0.5, 0.27), (0.74, 0.3), (0.5, 0.31)], "orange", shaded=False)
    pen.rect(0.32, 0.36, 0.68, 0.41, "main", r=0.02)
    pen.rect(0.26, 0.16, 0.74, 0.2, "ink+")
    pen.rect(0.34, 0.02, 0.66, 0.18, "ink+")


COATS = "red blue green yellow purple orange cloth"
P = Place.PERSON
THINGS = [
    thing("man, worker, farmer, carpenter, father, dad, grandfather, uncle, husband, builder, guy, gentleman, hero, "
          "player,"
          " sailor, fisherman, driver, soldier, person, somebody, someone, waiter, gardener, painter, teacher, "
                "doctor",
          man, P, 0.46, 0.44, COATS, many=3),
    thing("woman, mother, mum, mom, grandmother, aunt, wife, lady, nurse, heroine, waitress", woman, P, 0.45, 0.44,
        COATS),
    thing("boy, child, kid, son, brother, toddler, pupil", partial(child, girl=False), P, 0.32, 0.56, COATS),
    thing("girl, daughter, sister", partial(child, girl=True), P, 0.32, 0.58, COATS),
    thing("baby, infant", baby, P, 0.17, 0.85, "sky pink yellow"),
    thing("crowd, people, audience, group, family, team, friends, folk, villagers, everyone, everybody",
          crowd, P, 0.34, 2.1, "red", many=1),
    thing("robot, android, machine", robot, P, 0.42, 0.66, "metal sky orange"),
    thing("astronaut, cosmonaut, spaceman", astronaut, P, 0.44, 0.58, "blue red", home="space"),
    thing("king, emperor, prince", partial(crowned, queen=False), P, 0.46, 0.44, "purple red blue"),
    thing("queen, princess, empress", partial(crowned, queen=True), P, 0.45, 0.44, "pink purple blue"),
    thing("wizard, witch, magician, sorcerer", wizard, P, 0.5, 0.56, "purple navy"),
    thing("chef, cook, baker", chef, P, 0.46, 0.44, COATS),
    thing("knight, warrior, guard", knight, P, 0.46, 0.5, "red blue purple"),
    thing("ghost, spirit, phantom", ghost, P, 0.34, 0.72, "white"),
    thing("snowman", snowman, P, 0.42, 0.6, "red blue green", home="snow"),
]  # fmt: skip
