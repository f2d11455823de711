"""Tools, materials and parts: what build guides and gardeners talk of."""

import math

from generation.providers.sketch.kinds import Place, thing
from generation.providers.sketch.pen import Pen


def plank(pen: Pen) -> None:
    pen.poly([(0.06, 0.1), (1.0, 0.1), (0.94, 0.55), (0.0, 0.55)])
    pen.rect(0.0, 0.55, 0.94, 0.92, "main-")
    pen.poly([(0.94, 0.55), (1.0, 0.1), (1.0, 0.5), (0.94, 0.92)], "main--", shaded=False)
    for y, x0, x1 in ((0.24, 0.14, 0.6), (0.38, 0.3, 0.84), (0.24, 0.7, 0.9)):
        pen.stroke([(x0, y), (x1, y)], "main-")


def log(pen: Pen) -> None:
    pen.rect(0.1, 0.08, 0.9, 0.92, "brown", r=0.2)
    pen.oval(0.88, 0.5, 0.11, 0.42, "tan")
    pen.oval(0.88, 0.5, 0.055, 0.22, "tan", shaded=False)
    for y in (0.3, 0.6):
        pen.stroke([(0.2, y), (0.6, y)], "brown-")


def screw(pen: Pen) -> None:
    pen.poly([(0.34, 0.24), (0.66, 0.24), (0.62, 0.8), (0.5, 0.99), (0.38, 0.8)])
    for step in range(5):
        y = 0.34 + step * 0.11
        pen.stroke([(0.26, y + 0.05), (0.74, y - 0.02)], "ink", width=1.6)
    pen.blob([(0.1, 0.24), (0.18, 0.06), (0.5, 0.01), (0.82, 0.06), (0.9, 0.24), (0.5, 0.27)])
    pen.stroke([(0.36, 0.12), (0.64, 0.12)], width=1.6)


def nail(pen: Pen) -> None:
    pen.poly([(0.38, 0.1), (0.62, 0.1), (0.6, 0.82), (0.5, 0.99), (0.4, 0.82)])
    pen.rect(0.06, 0.02, 0.94, 0.12)


def nut(pen: Pen) -> None:
    points = [
        (0.5 + 0.48 * math.cos(math.radians(turn)), 0.5 + 0.48 * math.sin(math.radians(turn)))
        for turn in range(0, 360, 60)
    ]
    pen.poly(points)
    pen.disc(0.5, 0.5, 0.22, "ink+", shaded=False)


def gear(pen: Pen) -> None:
    points = []
    for tooth in range(8):
        for turn, r in ((-16, 0.36), (-10, 0.49), (10, 0.49), (16, 0.36)):
            angle = math.radians(tooth * 45 + turn)
            points.append((0.5 + r * math.cos(angle), 0.5 + r * math.sin(angle)))
    pen.poly(points)
    pen.disc(0.5, 0.5, 0.14, "ink+", shaded=False)


def hammer(pen: Pen) -> None:
    pen.poly([(0.44, 0.26), (0.56, 0.26), (0.6, 0.97), (0.4, 0.97)], "wood")
    pen.rect(0.41, 0.66, 0.59, 0.97, "main", r=0.02)
    pen.poly([(0.08, 0.06), (0.7, 0.06), (0.98, 0.2), (0.74, 0.26), (0.08, 0.28)], "metal")
    pen.rect(0.02, 0.03, 0.16, 0.31, "metal-")


def saw(pen: Pen) -> None:
    teeth = [(0.94 - step * 0.06, 0.84 if step % 2 else 0.7) for step in range(11)]
    pen.poly([(0.3, 0.16), (0.98, 0.54), (0.98, 0.68), *teeth, (0.3, 0.78)], "metal+")
    pen.blob([(0.02, 0.3), (0.2, 0.1), (0.36, 0.2), (0.38, 0.76), (0.2, 0.94), (0.06, 0.8)])
    pen.oval(0.2, 0.5, 0.07, 0.18, "paper", shaded=False)


def drill(pen: Pen) -> None:
    pen.limb([(0.74, 0.25), (0.98, 0.25)], 0.035, "metal")
    pen.poly([(0.62, 0.12), (0.78, 0.19), (0.78, 0.31), (0.62, 0.4)], "ink+")
    pen.poly([(0.2, 0.38), (0.42, 0.38), (0.36, 0.78), (0.14, 0.78)], "ink+")
    pen.rect(0.06, 0.04, 0.64, 0.46, r=0.1)
    pen.rect(0.02, 0.76, 0.42, 0.97, "ink+", r=0.05)
    pen.rect(0.42, 0.46, 0.49, 0.6, "red")
    for x in (0.14, 0.2, 0.26):
        pen.stroke([(x, 0.15), (x, 0.32)], "main--", width=1.4)


def screwdriver(pen: Pen) -> None:
    pen.limb([(0.44, 0.5), (0.92, 0.5)], 0.16, "metal")
    pen.poly([(0.9, 0.34), (0.99, 0.3), (0.99, 0.7), (0.9, 0.66)], "metal-", shaded=False)
    pen.rect(0.02, 0.12, 0.46, 0.88, r=0.3)
    pen.stroke([(0.1, 0.5), (0.38, 0.5)], "main-", width=2)


def wrench(pen: Pen) -> None:
    pen.limb([(0.22, 0.5), (0.8, 0.5)], 0.24, "main")
    pen.blob(
        [(0.74, 0.3), (0.86, 0.06), (0.99, 0.16), (0.88, 0.4), (0.88, 0.6), (0.99, 0.84), (0.86, 0.94), (0.74, 0.7)]
    )
    pen.disc(0.14, 0.5, 0.38)
    pen.disc(0.14, 0.5, 0.16, "ink+", shaded=False)


def pliers(pen: Pen) -> None:
    for side in (-1, 1):
        pen.limb([(0.5, 0.4), (0.5 + side * 0.28, 0.66), (0.5 + side * 0.24, 0.95)], 0.1, "main")
        pen.poly([(0.5, 0.44), (0.5 + side * 0.2, 0.3), (0.5 + side * 0.12, 0.03), (0.5 + side * 0.02, 0.06)], "metal")
    pen.disc(0.5, 0.38, 0.07, "metal-")


def scissors(pen: Pen) -> None:
    for side in (-1, 1):
        pen.arc(0.5 + side * 0.22, 0.8, 0.14, 0, 360, width=4.6)
        pen.arc(0.5 + side * 0.22, 0.8, 0.14, 0, 360, "main", width=2.6)
        pen.poly(
            [(0.5 + side * 0.14, 0.66), (0.5 + side * 0.02, 0.54), (0.5 - side * 0.3, 0.02), (0.5 - side * 0.08, 0.4)],
            "metal+",
        )
    pen.dot(0.5, 0.52, 0.025)


def axe(pen: Pen) -> None:
    pen.poly([(0.5, 0.04), (0.64, 0.04), (0.6, 0.97), (0.46, 0.97)], "wood")
    pen.blob([(0.66, 0.1), (0.66, 0.32), (0.36, 0.34), (0.06, 0.48), (0.02, 0.2), (0.1, 0.0), (0.4, 0.12)])


def shovel(pen: Pen) -> None:
    pen.limb([(0.5, 0.12), (0.5, 0.66)], 0.055, "wood")
    pen.limb([(0.26, 0.07), (0.74, 0.07)], 0.05, "wood")
    pen.blob([(0.14, 0.62), (0.5, 0.58), (0.86, 0.62), (0.8, 0.84), (0.5, 0.99), (0.2, 0.84)])


def rake(pen: Pen) -> None:
    pen.limb([(0.5, 0.03), (0.5, 0.8)], 0.04, "wood")
    for x in (0.1, 0.3, 0.5, 0.7, 0.9):
        pen.limb([(x, 0.82), (x, 0.96)], 0.02, "metal")
    pen.rect(0.04, 0.78, 0.96, 0.84)


def ladder(pen: Pen) -> None:
    pen.shadow(0.0, 1.0)
    for x in (0.16, 0.84):
        pen.limb([(x, 0.02), (x, 0.97)], 0.035)
    for step in range(7):
        y = 0.1 + step * 0.13
        pen.limb([(0.2, y), (0.8, y)], 0.022)


def glue(pen: Pen) -> None:
    pen.poly([(0.44, 0.02), (0.56, 0.02), (0.66, 0.24), (0.34, 0.24)], "orange")
    pen.poly([(0.3, 0.24), (0.7, 0.24), (0.9, 0.4), (0.9, 0.98), (0.1, 0.98), (0.1, 0.4)], "white")
    pen.rect(0.1, 0.5, 0.9, 0.84, "main")
    pen.blob([(0.5, 0.55), (0.66, 0.7), (0.5, 0.79), (0.34, 0.7)], "white", shaded=False)


def paint(pen: Pen) -> None:
    pen.arc(0.5, 0.3, 0.28, 190, 350, width=1.8)
    pen.rect(0.08, 0.28, 0.92, 0.96, "metal+")
    pen.rect(0.08, 0.46, 0.92, 0.8, "main", shaded=False)
    pen.oval(0.5, 0.28, 0.42, 0.1)
    pen.blob([(0.6, 0.3), (0.8, 0.3), (0.8, 0.5), (0.72, 0.62), (0.66, 0.5)], "main", shaded=False)


def brush(pen: Pen) -> None:
    pen.limb([(0.04, 0.5), (0.54, 0.5)], 0.3, "wood")
    pen.rect(0.52, 0.16, 0.7, 0.84, "metal")
    pen.blob([(0.7, 0.14), (0.9, 0.24), (0.99, 0.5), (0.9, 0.76), (0.7, 0.86)], "tan")
    pen.blob([(0.84, 0.2), (0.94, 0.28), (0.99, 0.5), (0.94, 0.72), (0.84, 0.8)], "main")


def tape(pen: Pen) -> None:
    pen.disc(0.44, 0.5, 0.44)
    pen.disc(0.44, 0.5, 0.22, "paper", shaded=False)
    pen.poly([(0.5, 0.8), (1.0, 0.8), (0.97, 0.87), (1.0, 0.95), (0.46, 0.95)])


def ruler(pen: Pen) -> None:
    pen.rect(0.01, 0.14, 0.99, 0.86)
    for step in range(1, 16):
        pen.stroke([(step / 16, 0.16), (step / 16, 0.5 if step % 4 else 0.68)], width=0.9)


def rope(pen: Pen) -> None:
    for y in (0.74, 0.56, 0.38):
        pen.oval(0.48, y, 0.44, 0.22)
        pen.oval(0.48, y - 0.02, 0.27, 0.11, "main--", shaded=False)
    pen.limb([(0.84, 0.66), (0.96, 0.82), (0.98, 0.92)], 0.1)


def box(pen: Pen) -> None:
    pen.shadow()
    pen.rect(0.06, 0.34, 0.94, 0.98)
    pen.poly([(0.06, 0.34), (0.2, 0.16), (0.8, 0.16), (0.94, 0.34)], "main--")
    pen.poly([(0.06, 0.34), (0.0, 0.14), (0.14, 0.02), (0.2, 0.16)], "main+")
    pen.poly([(0.94, 0.34), (1.0, 0.14), (0.86, 0.02), (0.8, 0.16)], "main+")
    pen.rect(0.4, 0.34, 0.6, 0.56, "main+", shaded=False)


def wheel(pen: Pen) -> None:
    pen.disc(0.5, 0.5, 0.48, "ink+")
    pen.disc(0.5, 0.5, 0.33)
    for turn in range(0, 360, 45):
        angle = math.radians(turn)
        pen.stroke([(0.5, 0.5), (0.5 + 0.32 * math.cos(angle), 0.5 + 0.32 * math.sin(angle))], width=1.2)
    pen.disc(0.5, 0.5, 0.09, "metal")


def flower_pot(pen: Pen) -> None:
    pen.poly([(0.12, 0.3), (0.88, 0.3), (0.74, 0.97), (0.26, 0.97)])
    pen.oval(0.5, 0.12, 0.4, 0.1, "soil", shaded=False)
    pen.rect(0.04, 0.12, 0.96, 0.34)


def soil(pen: Pen) -> None:
    pen.blob(
        [(0.02, 0.94), (0.2, 0.56), (0.4, 0.3), (0.54, 0.14), (0.7, 0.36), (0.86, 0.66), (0.98, 0.94), (0.5, 0.99)]
    )
    for x, y in ((0.34, 0.66), (0.5, 0.44), (0.62, 0.72), (0.76, 0.82), (0.22, 0.84)):
        pen.dot(x, y, 0.035, "main--")


def seed(pen: Pen) -> None:
    for x, y, tilt in ((0.3, 0.36, 40), (0.7, 0.34, -30), (0.5, 0.74, 10)):
        pen.oval(x, y, 0.13, 0.2, tilt=tilt)


def bucket(pen: Pen) -> None:
    pen.arc(0.5, 0.32, 0.3, 185, 355, width=1.8)
    pen.poly([(0.06, 0.28), (0.94, 0.28), (0.78, 0.97), (0.22, 0.97)])
    pen.oval(0.5, 0.28, 0.44, 0.09, "main-", shaded=False)
    pen.stroke([(0.14, 0.56), (0.86, 0.56)], "main-", width=2)


def watering_can(pen: Pen) -> None:
    pen.arc(0.2, 0.52, 0.22, 90, 290, width=3)
    pen.poly([(0.64, 0.8), (0.9, 0.24), (0.97, 0.3), (0.72, 0.94)])
    pen.poly([(0.82, 0.18), (0.94, 0.08), (1.0, 0.34), (0.96, 0.38)], "main-")
    pen.rect(0.2, 0.36, 0.72, 0.97, r=0.05)
    pen.arc(0.46, 0.36, 0.24, 185, 355, width=3)


def brick(pen: Pen) -> None:
    pen.poly([(0.02, 0.36), (0.14, 0.08), (0.98, 0.08), (0.88, 0.36)], "main+")
    pen.rect(0.02, 0.36, 0.88, 0.94)
    pen.poly([(0.88, 0.36), (0.98, 0.08), (0.98, 0.62), (0.88, 0.94)], "main-", shaded=False)


def pencil(pen: Pen) -> None:
    pen.poly([(0.1, 0.2), (0.82, 0.2), (0.82, 0.8), (0.1, 0.8)])
    pen.poly([(0.82, 0.2), (0.99, 0.5), (0.82, 0.8)], "tan", shaded=False)
    pen.poly([(0.94, 0.4), (0.99, 0.5), (0.94, 0.6)], "ink", shaded=False)
    pen.rect(0.01, 0.2, 0.11, 0.8, "pink")
    pen.stroke([(0.12, 0.5), (0.8, 0.5)], "main-")


def paper(pen: Pen) -> None:
    pen.poly([(0.08, 0.03), (0.7, 0.03), (0.92, 0.2), (0.92, 0.97), (0.08, 0.97)], "white")
    pen.poly([(0.7, 0.03), (0.7, 0.2), (0.92, 0.2)], "cream", shaded=False)
    for y, end in ((0.34, 0.8), (0.5, 0.74), (0.66, 0.8), (0.82, 0.5)):
        pen.stroke([(0.2, y), (end, y)], "main", width=1.2)


def pipe(pen: Pen) -> None:
    pen.rect(0.06, 0.2, 0.94, 0.8)
    for x in (0.0, 0.88):
        pen.rect(x, 0.06, x + 0.12, 0.94, "main-", r=0.05)


def battery(pen: Pen) -> None:
    pen.rect(0.36, 0.02, 0.64, 0.1, "metal")
    pen.rect(0.1, 0.08, 0.9, 0.98, "ink+", r=0.08)
    pen.rect(0.1, 0.1, 0.9, 0.4, "main", shaded=False)
    pen.stroke([(0.36, 0.64), (0.64, 0.64)], "white", width=2)
    pen.stroke([(0.5, 0.56), (0.5, 0.72)], "white", width=2)


def light_bulb(pen: Pen) -> None:
    pen.blob([(0.5, 0.02), (0.86, 0.14), (0.92, 0.42), (0.66, 0.72), (0.34, 0.72), (0.08, 0.42), (0.14, 0.14)])
    pen.stroke([(0.4, 0.7), (0.38, 0.44), (0.5, 0.52), (0.62, 0.44), (0.6, 0.7)], "orange", width=1.4)
    pen.rect(0.34, 0.72, 0.66, 0.92, "metal")
    pen.stroke([(0.34, 0.82), (0.66, 0.82)])


def toolbox(pen: Pen) -> None:
    pen.arc(0.5, 0.36, 0.26, 190, 350, width=3)
    pen.rect(0.02, 0.34, 0.98, 0.97)
    pen.rect(0.02, 0.34, 0.98, 0.52, "main-")
    pen.rect(0.44, 0.46, 0.56, 0.6, "metal")


def broom(pen: Pen) -> None:
    pen.limb([(0.5, 0.03), (0.5, 0.68)], 0.035, "wood")
    pen.blob([(0.36, 0.66), (0.64, 0.66), (0.92, 0.97), (0.5, 0.99), (0.08, 0.97)])
    for x in (0.3, 0.5, 0.7):
        pen.stroke([(0.5 + (x - 0.5) * 0.5, 0.74), (x, 0.94)], "main-")


M, G = Place.SMALL, Place.GROUND
B = "bench"
THINGS = [
    thing("plank, board, wooden board, panel, beam, slat, plywood, timber, lumber, side panel, batten", plank, M,
        0.07, 4.2, "tan wood", home=B, many=2),
    thing("log, trunk, firewood, branch, stick", log, M, 0.1, 2.4, "brown"),
    thing("screw, bolt", screw, M, 0.1, 0.42, "metal", home=B, many=4),
    thing("nail, tack, pin, peg, dowel", nail, M, 0.1, 0.3, "metal", home=B, many=4),
    thing("nut, washer", nut, M, 0.06, 1.0, "metal", home=B),
    thing("gear, cog, cogwheel", gear, M, 0.12, 1.0, "metal orange", home=B),
    thing("hammer, mallet, sledgehammer", hammer, M, 0.18, 0.72, "red blue", home=B, many=2),
    thing("saw, handsaw, hacksaw, jigsaw", saw, M, 0.11, 2.5, "wood", home=B, many=2),
    thing("drill, power drill, cordless drill", drill, M, 0.16, 1.3, "yellow blue", home=B, many=2),
    thing("screwdriver, chisel, awl", screwdriver, M, 0.05, 4.4, "red blue", home=B, many=2),
    thing("wrench, spanner, allen key, hex key", wrench, M, 0.06, 3.6, "metal", home=B, many=2),
    thing("pliers, pincers, clamp", pliers, M, 0.15, 0.7, "red", home=B, many=1),
    thing("scissors, shears", scissors, M, 0.15, 0.75, "red blue", many=1),
    thing("axe, hatchet", axe, M, 0.2, 0.62, "metal"),
    thing("shovel, spade, trowel", shovel, G, 0.32, 0.34, "metal", many=2),
    thing("rake, hoe, pitchfork", rake, G, 0.34, 0.4, "metal red", many=2),
    thing("ladder, stepladder, staircase, stairs", ladder, G, 0.5, 0.36, "tan wood", many=2),
    thing("glue, glue bottle, adhesive, wood glue, superglue", glue, M, 0.16, 0.5, "blue yellow", home=B, many=2),
    thing("paint, paint pot, varnish, lacquer, paint tin, stain, paint can", paint, M, 0.15, 0.9,
        "red blue green yellow", home=B, many=2),
    thing("brush, paintbrush, paint brush, roller", brush, M, 0.06, 3.4, "red blue green", home=B, many=2),
    thing("tape, masking tape, adhesive tape, tape measure, measuring tape", tape, M, 0.1, 1.15, "yellow tan",
        home=B, many=2),
    thing("ruler, yardstick, spirit level, level", ruler, M, 0.055, 5.0, "yellow", home=B, many=2),
    thing("rope, string, cord, yarn, thread, wire, cable, hose", rope, M, 0.12, 1.15, "tan", many=2),
    thing("box, crate, carton, package, parcel, cardboard box", box, M, 0.17, 1.15, "tan wood"),
    thing("wheel, tyre, tire", wheel, M, 0.17, 1.0, "grey red", many=4),
    thing("pot, flower pot, flowerpot, plant pot, planter", flower_pot, M, 0.16, 0.95, "orange- wood", many=2),
    thing("soil, dirt, compost, sand, gravel, cement, mud", soil, M, 0.11, 1.8, "soil", many=1),
    thing("seed, bean, grain, nut kernel, bulb onion, pebbles", seed, M, 0.07, 1.1, "wood tan", many=1),
    thing("bucket, pail", bucket, M, 0.17, 0.92, "blue red metal", many=2),
    thing("watering can", watering_can, M, 0.18, 1.2, "green blue", many=1),
    thing("brick, concrete block, cinder block", brick, M, 0.08, 1.9, "red", many=4),
    thing("pencil, pen, crayon, marker, chalk", pencil, M, 0.045, 5.0, "yellow red blue", many=2),
    thing("paper, sheet, letter, note, document, plan, sketch, drawing, sandpaper, cardboard", paper, M, 0.15, 0.76,
        "blue grey", many=2),
    thing("pipe, tube, hosepipe", pipe, M, 0.08, 3.0, "metal", many=2),
    thing("battery, power pack", battery, M, 0.12, 0.5, "orange", home=B, many=2),
    thing("light bulb, lightbulb, bulb, light", light_bulb, M, 0.14, 0.7, "yellow", many=2),
    thing("toolbox, tool box, tool, tools", toolbox, M, 0.17, 1.5, "red blue", home=B, many=1),
    thing("broom, mop, sweeper", broom, G, 0.4, 0.36, "yellow tan", many=1),
]  # fmt: skip
