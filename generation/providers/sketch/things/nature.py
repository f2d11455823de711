"""Plants, weather and what is up in the sky."""

import math

from generation.providers.sketch.kinds import Place, thing
from generation.providers.sketch.pen import Pen


def tree(pen: Pen) -> None:
    pen.shadow(0.2, 0.8)
    pen.poly([(0.43, 0.5), (0.57, 0.5), (0.58, 0.9), (0.66, 0.985), (0.34, 0.985), (0.42, 0.9)], "wood-")
    pen.stroke([(0.5, 0.62), (0.5, 0.5)], "wood--", width=1.2)
    if pen.variant % 2:
        pen.blob(
            [(0.5, 0.02), (0.74, 0.08), (0.9, 0.3), (0.84, 0.54), (0.5, 0.63), (0.16, 0.54), (0.1, 0.3), (0.26, 0.08)]
        )
    else:
        pen.blob([(0.4, 0.03), (0.62, 0.04), (0.76, 0.14), (0.94, 0.24), (0.97, 0.42), (0.84, 0.56), (0.62, 0.58),
            (0.5, 0.64),
                  (0.34, 0.58), (0.12, 0.56), (0.02, 0.4), (0.1, 0.22), (0.24, 0.14)])  # fmt: skip
    for x, y in ((0.3, 0.26), (0.56, 0.18), (0.66, 0.4), (0.36, 0.46)):
        pen.arc(x, y, 0.035, 200, 340, "main--", width=0.9)


def apple_tree(pen: Pen) -> None:
    tree(pen)
    for x, y in ((0.3, 0.3), (0.52, 0.24), (0.72, 0.34), (0.42, 0.48), (0.64, 0.5), (0.2, 0.44)):
        pen.disc(x, y, 0.026, "red")


def pine(pen: Pen) -> None:
    pen.shadow(0.15, 0.85)
    pen.rect(0.44, 0.8, 0.56, 0.98, "wood-")
    for top, bottom, half in ((0.46, 0.86, 0.47), (0.24, 0.62, 0.37), (0.02, 0.38, 0.26)):
        pen.poly([(0.5, top), (0.5 + half, bottom), (0.5 + half * 0.4, bottom - 0.025), (0.5, bottom + 0.01),
                  (0.5 - half * 0.4, bottom - 0.025), (0.5 - half, bottom)])  # fmt: skip


def palm(pen: Pen) -> None:
    pen.shadow(0.25, 0.75)
    pen.limb([(0.46, 0.96), (0.48, 0.66), (0.56, 0.3)], 0.045, "wood")
    for dx, dy in ((-0.5, 0.1), (-0.38, -0.12), (0.4, 0.12), (0.34, -0.14), (-0.2, 0.24), (0.2, 0.26)):
        pen.blob(
            [
                (0.55, 0.26),
                (0.55 + dx * 0.5, 0.18 + dy * 0.2),
                (0.53 + dx, 0.26 + dy),
                (0.55 + dx * 0.5, 0.27 + dy * 0.4),
            ]
        )
    for x in (0.52, 0.6):
        pen.disc(x, 0.3, 0.03, "wood-")


def bush(pen: Pen) -> None:
    pen.shadow()
    pen.blob(
        [
            (0.04, 0.86),
            (0.06, 0.5),
            (0.24, 0.4),
            (0.36, 0.14),
            (0.6, 0.12),
            (0.74, 0.36),
            (0.94, 0.46),
            (0.97, 0.84),
            (0.5, 0.98),
        ]
    )
    for x, y in ((0.3, 0.56), (0.52, 0.36), (0.68, 0.62)):
        pen.arc(x, y, 0.09, 200, 340, "main--")


def flower(pen: Pen) -> None:
    pen.shadow(0.3, 0.7)
    pen.stroke([(0.5, 0.97), (0.47, 0.7), (0.5, 0.4)], "leaf", width=2.4, curved=True)
    pen.blob([(0.48, 0.84), (0.62, 0.66), (0.9, 0.62), (0.78, 0.8)], "leaf")
    pen.blob([(0.48, 0.92), (0.36, 0.76), (0.12, 0.72), (0.2, 0.88)], "leaf")
    for turn in range(0, 360, 60):
        angle = math.radians(turn + 10)
        pen.oval(0.5 + 0.26 * math.cos(angle), 0.28 + 0.15 * math.sin(angle), 0.2, 0.11, tilt=turn + 10, shaded=False)
    pen.disc(0.5, 0.28, 0.085, "yellow")


def tulip(pen: Pen) -> None:
    pen.shadow(0.3, 0.7)
    pen.stroke([(0.5, 0.97), (0.5, 0.4)], "leaf", width=2.4)
    pen.blob([(0.5, 0.96), (0.28, 0.8), (0.2, 0.5), (0.4, 0.7)], "leaf")
    pen.blob([(0.5, 0.96), (0.72, 0.84), (0.86, 0.58), (0.62, 0.72)], "leaf")
    pen.poly(
        [
            (0.22, 0.06),
            (0.38, 0.18),
            (0.5, 0.02),
            (0.62, 0.18),
            (0.78, 0.06),
            (0.8, 0.3),
            (0.64, 0.44),
            (0.36, 0.44),
            (0.2, 0.3),
        ]
    )


def grass(pen: Pen) -> None:
    for x in (0.1, 0.26, 0.42, 0.58, 0.74, 0.9):
        lean = (x - 0.5) * 0.3
        pen.poly([(x - 0.08, 0.98), (x + lean, 0.1 + abs(lean)), (x + 0.08, 0.98)], shaded=False)


def cactus(pen: Pen) -> None:
    pen.shadow(0.2, 0.8)
    pen.limb([(0.5, 0.62), (0.2, 0.6), (0.18, 0.34)], 0.13)
    pen.limb([(0.5, 0.5), (0.8, 0.48), (0.82, 0.24)], 0.12)
    pen.limb([(0.5, 0.95), (0.5, 0.12)], 0.2)
    for x in (0.44, 0.56):
        pen.stroke([(x, 0.16), (x, 0.9)], "main--")
    pen.disc(0.5, 0.05, 0.05, "pink")


def mushroom(pen: Pen) -> None:
    pen.shadow(0.2, 0.8)
    pen.blob([(0.38, 0.5), (0.62, 0.5), (0.68, 0.94), (0.5, 0.98), (0.32, 0.94)], "cream")
    pen.blob([(0.02, 0.5), (0.14, 0.2), (0.5, 0.04), (0.86, 0.2), (0.98, 0.5), (0.5, 0.6)])
    for x, y, r in ((0.3, 0.3, 0.06), (0.58, 0.2, 0.07), (0.76, 0.4, 0.05), (0.44, 0.46, 0.04)):
        pen.dot(x, y, r, "white")


def leaf(pen: Pen) -> None:
    pen.stroke([(0.1, 0.95), (0.3, 0.7)], "leaf--", width=2)
    pen.blob([(0.26, 0.74), (0.24, 0.34), (0.6, 0.08), (0.96, 0.04), (0.9, 0.4), (0.66, 0.72)])
    pen.stroke([(0.28, 0.72), (0.86, 0.14)], "main--")


def sprout(pen: Pen) -> None:
    pen.shadow(0.2, 0.8)
    pen.blob([(0.1, 0.98), (0.3, 0.86), (0.7, 0.86), (0.9, 0.98)], "soil")
    pen.stroke([(0.5, 0.9), (0.48, 0.6), (0.5, 0.4)], "leaf", width=2.6, curved=True)
    pen.blob([(0.5, 0.46), (0.3, 0.44), (0.06, 0.2), (0.36, 0.14)])
    pen.blob([(0.5, 0.42), (0.64, 0.14), (0.94, 0.06), (0.78, 0.36)])


def sun(pen: Pen) -> None:
    for turn in range(0, 360, 30):
        angle = math.radians(turn)
        far = 0.47 if turn % 60 else 0.5
        pen.poly([(0.5 + far * math.cos(angle), 0.5 + far * math.sin(angle)),
                  (0.5 + 0.34 * math.cos(angle - 0.16), 0.5 + 0.34 * math.sin(angle - 0.16)),
                  (0.5 + 0.34 * math.cos(angle + 0.16), 0.5 + 0.34 * math.sin(angle + 0.16))], "orange",
                      shaded=False)  # fmt: skip
    pen.disc(0.5, 0.5, 0.3)


def moon(pen: Pen) -> None:
    turns = range(-60, 241, 20)
    outer = [(0.46 + 0.44 * math.cos(math.radians(t + 90)), 0.5 + 0.46 * math.sin(math.radians(t + 90))) for t in turns]
    pen.blob([*outer, (0.44, 0.24), (0.34, 0.5), (0.5, 0.76)])


def star(pen: Pen) -> None:
    spikes = [(0.5 if step % 2 == 0 else 0.21, math.radians(step * 36 - 90)) for step in range(10)]
    pen.poly([(0.5 + r * math.cos(a), 0.52 + r * math.sin(a)) for r, a in spikes])


def cloud(pen: Pen) -> None:
    pen.blob([(0.1, 0.9), (0.02, 0.66), (0.16, 0.46), (0.28, 0.2), (0.5, 0.08), (0.68, 0.24), (0.86, 0.34), (0.98,
        0.62), (0.9, 0.9),
              (0.5, 0.94)])  # fmt: skip
    pen.arc(0.36, 0.5, 0.14, 190, 290, "grey", width=0.8)
    pen.arc(0.66, 0.56, 0.12, 200, 310, "grey", width=0.8)


def _low_cloud(pen: Pen, fill: str) -> None:
    pen.blob([(0.1, 0.46), (0.02, 0.34), (0.16, 0.22), (0.3, 0.08), (0.52, 0.03), (0.7, 0.1), (0.88, 0.18), (0.98,
        0.34), (0.88, 0.46),
              (0.5, 0.49)], fill)  # fmt: skip


def rain(pen: Pen) -> None:
    for row in range(3):
        for column in range(5):
            x, y = 0.16 + column * 0.17 + row * 0.02, 0.58 + row * 0.15
            pen.stroke([(x, y), (x - 0.05, y + 0.1)], "blue", width=1.6)
    _low_cloud(pen, "grey")


def snow(pen: Pen) -> None:
    for row in range(3):
        for column in range(4):
            x, y = 0.2 + column * 0.19 + (row % 2) * 0.08, 0.6 + row * 0.14
            pen.disc(x, y, 0.028, "white", shaded=False)
    _low_cloud(pen, "grey+")


def lightning(pen: Pen) -> None:
    pen.poly([(0.52, 0.4), (0.34, 0.7), (0.48, 0.7), (0.38, 0.99), (0.68, 0.6), (0.54, 0.6), (0.66, 0.4)], "yellow")
    _low_cloud(pen, "grey-")


def rainbow(pen: Pen) -> None:
    for index, colour in enumerate(("red", "orange", "yellow", "green", "blue", "purple")):
        r = 0.94 - index * 0.085
        turns = [math.radians(180 + step * 9) for step in range(21)]
        path = [(0.5 + r * 0.5 * math.cos(t), 0.98 + r * math.sin(t)) for t in turns]
        pen.stroke(path, colour, width=max(1.0, 0.085 * pen.height / pen.line))


def planet(pen: Pen) -> None:
    pen.disc(0.5, 0.5, 0.34)
    pen.stroke([(0.35, 0.36), (0.62, 0.34)], "main-", width=2)
    pen.stroke([(0.36, 0.66), (0.66, 0.64)], "main-", width=2)
    ring = [
        (0.5 + 0.49 * math.cos(t / 10), 0.5 + 0.12 * math.sin(t / 10) - 0.1 * math.cos(t / 10)) for t in range(-6, 38)
    ]
    pen.stroke(ring, "ink", width=3.6)
    pen.stroke(ring, "tan", width=1.8)


def wind(pen: Pen) -> None:
    for y, end in ((0.3, 0.8), (0.52, 0.95), (0.74, 0.7)):
        pen.stroke([(0.04, y), (end - 0.12, y), (end, y - 0.06), (end - 0.02, y - 0.18), (end - 0.12, y - 0.14)],
            "blue", curved=True,
                   width=1.6)  # fmt: skip


def mountain(pen: Pen) -> None:
    pen.poly(
        [
            (0.0, 0.98),
            (0.14, 0.7),
            (0.24, 0.6),
            (0.42, 0.12),
            (0.5, 0.03),
            (0.6, 0.22),
            (0.7, 0.4),
            (0.78, 0.42),
            (1.0, 0.98),
        ]
    )
    pen.poly([(0.36, 0.28), (0.42, 0.12), (0.5, 0.03), (0.6, 0.22), (0.64, 0.3), (0.56, 0.26), (0.51, 0.35), (0.44,
        0.25)], "white",
             shaded=False)  # fmt: skip


def hill(pen: Pen) -> None:
    pen.blob([(0.0, 0.98), (0.2, 0.5), (0.5, 0.06), (0.8, 0.44), (1.0, 0.98), (0.5, 0.99)])


def island(pen: Pen) -> None:
    pen.blob([(0.0, 0.96), (0.2, 0.76), (0.5, 0.7), (0.8, 0.76), (1.0, 0.96), (0.5, 1.0)], "yellow+")
    pen.limb([(0.48, 0.78), (0.5, 0.5), (0.56, 0.26)], 0.035, "wood")
    for dx, dy in ((-0.24, 0.1), (-0.18, -0.14), (0.24, 0.12), (0.18, -0.12)):
        pen.blob(
            [
                (0.56, 0.24),
                (0.56 + dx * 0.5, 0.14 + dy * 0.3),
                (0.55 + dx, 0.24 + dy),
                (0.56 + dx * 0.5, 0.25 + dy * 0.4),
            ]
        )


def pond(pen: Pen) -> None:
    pen.oval(0.5, 0.5, 0.48, 0.44)
    for x, y, w in ((0.3, 0.36, 0.2), (0.5, 0.6, 0.26), (0.6, 0.26, 0.14)):
        pen.stroke([(x, y), (x + w, y)], "white")


def rock(pen: Pen) -> None:
    pen.shadow()
    pen.poly([(0.03, 0.92), (0.1, 0.5), (0.34, 0.12), (0.62, 0.06), (0.88, 0.4), (0.98, 0.9), (0.5, 0.98)])
    pen.stroke([(0.34, 0.14), (0.46, 0.42), (0.4, 0.6)], "main--")


def fire(pen: Pen) -> None:
    pen.shadow()
    for path in (((0.08, 0.96), (0.9, 0.84)), ((0.1, 0.84), (0.92, 0.96))):
        pen.limb(path, 0.08, "wood-")
    pen.blob(
        [
            (0.5, 0.02),
            (0.62, 0.24),
            (0.74, 0.36),
            (0.8, 0.62),
            (0.64, 0.86),
            (0.36, 0.86),
            (0.2, 0.64),
            (0.3, 0.4),
            (0.36, 0.5),
        ]
    )
    pen.blob([(0.52, 0.36), (0.62, 0.58), (0.6, 0.8), (0.42, 0.82), (0.36, 0.66)], "yellow", line=False, shaded=False)


S, G = Place.SKY, Place.GROUND
THINGS = [
    thing("tree, oak, birch, maple, willow, linden", tree, G, 0.52, 0.8, "leaf green", home="meadow"),
    thing("apple tree, cherry tree, fruit tree, orchard", apple_tree, G, 0.52, 0.8, "green", home="meadow"),
    thing("pine, fir, spruce, pine tree, fir tree, christmas tree, conifer, forest, wood, woods", pine, G, 0.5, 0.62,
        "leaf", home="forest"),
    thing("palm, palm tree", palm, G, 0.5, 0.8, "green", home="sea"),
    thing("bush, shrub, hedge", bush, G, 0.17, 1.5, "leaf green", home="meadow"),
    thing("flower, daisy, rose, sunflower, blossom, poppy, bouquet", flower, G, 0.18, 0.56,
        "red pink purple orange blue"),
    thing("tulip, lily, crocus", tulip, G, 0.18, 0.5, "red pink yellow"),
    thing("grass, weed, reed, wheat, corn", grass, G, 0.09, 1.5, "green", home="meadow"),
    thing("cactus", cactus, G, 0.28, 0.7, "green", home="desert"),
    thing("mushroom, toadstool, fungus", mushroom, G, 0.12, 0.95, "red wood", home="forest"),
    thing("leaf, foliage", leaf, Place.SMALL, 0.1, 1.0, "green orange"),
    thing("sprout, seedling, sapling, shoot, plant", sprout, Place.SMALL, 0.15, 0.9, "green"),
    thing("sun, sunshine, sunrise, sunset", sun, S, 0.2, 1.0, "yellow"),
    thing("moon, moonlight, crescent", moon, S, 0.16, 0.9, "yellow+"),
    thing("star, stars", star, S, 0.07, 1.05, "yellow", many=5),
    thing("cloud, fog, mist, smoke", cloud, S, 0.14, 1.9, "white"),
    thing("rain, shower, raindrop, drizzle", rain, S, 0.3, 1.2, "grey", many=2),
    thing("snow, snowflake, snowfall, blizzard", snow, S, 0.28, 1.2, "white", home="snow", many=2),
    thing("lightning, thunder, thunderstorm, storm", lightning, S, 0.32, 1.1, "yellow", many=2),
    thing("rainbow", rainbow, S, 0.3, 2.0, "red", many=1),
    thing("planet, saturn, earth, globe", planet, S, 0.22, 1.0, "orange blue purple", home="space"),
    thing("wind, breeze", wind, S, 0.12, 1.8, "blue"),
    thing("mountain, peak, volcano, alps, cliff", mountain, Place.FAR, 0.4, 1.6, "stone", many=2),
    thing("hill, slope", hill, Place.FAR, 0.18, 2.4, "grass", home="meadow", many=2),
    thing("island", island, Place.FAR, 0.3, 1.4, "leaf", home="sea", many=2),
    thing("pond, lake, puddle, pool, river, stream, brook", pond, G, 0.14, 3.2, "water", many=1),
    thing("rock, stone, boulder, pebble", rock, G, 0.12, 1.4, "stone"),
    thing("fire, campfire, bonfire, flame", fire, G, 0.2, 0.85, "orange red"),
]  # fmt: skip
