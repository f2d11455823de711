"""Whatever carries people."""

from generation.providers.sketch.kinds import Place, thing
from generation.providers.sketch.pen import Pen


def tyre(pen: Pen, x: float, y: float, r: float) -> None:
    """A wheel with a hub."""
    pen.disc(x, y, r, "ink+", shaded=False)
    pen.disc(x, y, r * 0.5, "metal", shaded=False)


def car(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.blob([(0.02, 0.76), (0.04, 0.5), (0.2, 0.42), (0.3, 0.12), (0.5, 0.06), (0.66, 0.12), (0.78, 0.42), (0.96,
        0.52), (0.98, 0.78),
              (0.5, 0.84)])  # fmt: skip
    pen.poly([(0.28, 0.42), (0.34, 0.18), (0.48, 0.15), (0.48, 0.42)], "glass", shaded=False)
    pen.poly([(0.52, 0.42), (0.52, 0.15), (0.62, 0.18), (0.71, 0.42)], "glass", shaded=False)
    pen.stroke([(0.5, 0.46), (0.5, 0.78)], "main-")
    pen.stroke([(0.53, 0.54), (0.58, 0.54)], width=1.3)
    pen.disc(0.945, 0.6, 0.05, "yellow", shaded=False)
    for x in (0.23, 0.77):
        tyre(pen, x, 0.8, 0.17)


def bus(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.rect(0.02, 0.08, 0.98, 0.84, r=0.1)
    for x in (0.08, 0.25, 0.42, 0.59):
        pen.rect(x, 0.2, x + 0.13, 0.46, "glass", shaded=False)
    pen.rect(0.78, 0.2, 0.94, 0.5, "glass", shaded=False)
    pen.stroke([(0.03, 0.6), (0.97, 0.6)], "main-", width=2)
    pen.disc(0.95, 0.7, 0.04, "yellow", shaded=False)
    for x in (0.24, 0.76):
        tyre(pen, x, 0.84, 0.14)


def truck(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.rect(0.02, 0.1, 0.62, 0.78, "cream")
    pen.stroke([(0.1, 0.44), (0.54, 0.44)], "main", width=3)
    pen.poly([(0.64, 0.78), (0.64, 0.22), (0.82, 0.22), (0.92, 0.5), (0.98, 0.54), (0.98, 0.78)])
    pen.poly([(0.7, 0.48), (0.7, 0.29), (0.8, 0.29), (0.87, 0.48)], "glass", shaded=False)
    pen.rect(0.02, 0.76, 0.98, 0.83, "ink+", shaded=False)
    for x in (0.18, 0.42, 0.82):
        tyre(pen, x, 0.84, 0.14)


def tractor(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.rect(0.78, 0.2, 0.83, 0.5, "ink+")
    pen.rect(0.42, 0.44, 0.94, 0.74)
    pen.poly([(0.18, 0.6), (0.24, 0.14), (0.54, 0.14), (0.58, 0.6)], "glass")
    pen.rect(0.18, 0.06, 0.6, 0.14)
    tyre(pen, 0.28, 0.68, 0.3)
    tyre(pen, 0.82, 0.8, 0.18)


def bicycle(pen: Pen) -> None:
    pen.shadow(0.05, 0.95)
    for x in (0.2, 0.8):
        pen.arc(x, 0.7, 0.26, 0, 360, "ink", width=2.2)
        for turn in (0, 60, 120):
            pen.arc(x, 0.7, 0.005, turn, turn + 1)
            pen.stroke([(x - 0.08, 0.7 - 0.16), (x + 0.08, 0.7 + 0.16)], "grey", width=0.6)
    for path in (((0.2, 0.7), (0.36, 0.34), (0.68, 0.34), (0.46, 0.72), (0.2, 0.7)), ((0.46, 0.72), (0.34, 0.26)),
                 ((0.8, 0.7), (0.66, 0.2))):  # fmt: skip
        pen.stroke(path, "ink", width=4.4)
        pen.stroke(path, "main", width=2.4)
    pen.limb([(0.27, 0.22), (0.41, 0.22)], 0.05, "ink+")
    pen.stroke([(0.58, 0.2), (0.67, 0.14), (0.76, 0.2)], width=2.4)
    pen.disc(0.46, 0.72, 0.05, "metal")


def boat(pen: Pen) -> None:
    pen.rect(0.47, 0.04, 0.5, 0.74, "wood")
    pen.poly([(0.52, 0.06), (0.52, 0.64), (0.9, 0.64)], "white")
    pen.poly([(0.45, 0.14), (0.45, 0.64), (0.16, 0.64)], "cream")
    pen.poly([(0.47, 0.04), (0.34, 0.07), (0.47, 0.1)], "red", shaded=False)
    pen.blob([(0.03, 0.7), (0.5, 0.75), (0.97, 0.7), (0.84, 0.94), (0.5, 0.97), (0.18, 0.94)])
    for x in (0.06, 0.4, 0.72):
        pen.stroke([(x, 0.97), (x + 0.08, 0.95), (x + 0.18, 0.975)], "white", width=1.6, curved=True)


def ship(pen: Pen) -> None:
    for x, colour in ((0.42, "red"), (0.6, "red")):
        pen.rect(x, 0.14, x + 0.1, 0.44, colour)
        pen.rect(x, 0.14, x + 0.1, 0.2, "ink+", shaded=False)
    pen.rect(0.24, 0.42, 0.8, 0.66, "white")
    for x in (0.32, 0.44, 0.56, 0.68):
        pen.disc(x, 0.54, 0.045, "glass", shaded=False)
    pen.poly([(0.02, 0.62), (0.98, 0.62), (0.86, 0.95), (0.14, 0.95)])
    pen.stroke([(0.05, 0.7), (0.95, 0.7)], "white", width=1.6)


def train(pen: Pen) -> None:
    pen.shadow(0.02, 0.98)
    pen.rect(0.1, 0.14, 0.36, 0.78, "main-")
    pen.rect(0.15, 0.22, 0.31, 0.44, "glass")
    pen.rect(0.05, 0.06, 0.41, 0.14, "ink+")
    pen.rect(0.34, 0.36, 0.9, 0.74, r=0.1)
    pen.poly([(0.7, 0.36), (0.66, 0.1), (0.84, 0.1), (0.8, 0.36)], "ink+")
    pen.disc(0.56, 0.33, 0.07, "yellow")
    pen.poly([(0.86, 0.74), (0.99, 0.92), (0.8, 0.92)], "red")
    pen.rect(0.06, 0.74, 0.88, 0.82, "ink+", shaded=False)
    for x, r in ((0.2, 0.15), (0.44, 0.11), (0.62, 0.11), (0.79, 0.11)):
        tyre(pen, x, 0.98 - r, r)


def plane(pen: Pen) -> None:
    pen.poly([(0.02, 0.14), (0.12, 0.12), (0.24, 0.44), (0.1, 0.46)], "main-")
    pen.poly([(0.46, 0.4), (0.34, 0.06), (0.44, 0.06), (0.66, 0.4)], "grey+")
    pen.blob([(0.06, 0.42), (0.3, 0.36), (0.76, 0.34), (0.98, 0.52), (0.8, 0.66), (0.4, 0.66), (0.12, 0.54)], "white")
    pen.stroke([(0.12, 0.54), (0.9, 0.57)], "main", width=3)
    for x in (0.34, 0.44, 0.54, 0.64):
        pen.disc(x, 0.46, 0.04, "glass", shaded=False)
    pen.poly([(0.82, 0.4), (0.92, 0.46), (0.82, 0.48)], "glass", shaded=False)
    pen.poly([(0.42, 0.58), (0.64, 0.58), (0.4, 0.96), (0.28, 0.96)])


def rocket(pen: Pen) -> None:
    pen.blob([(0.4, 0.84), (0.5, 1.0), (0.6, 0.84)], "orange")
    for side in (-1, 1):
        pen.poly(
            [(0.5 + side * 0.2, 0.56), (0.5 + side * 0.44, 0.76), (0.5 + side * 0.4, 0.92), (0.5 + side * 0.16, 0.8)]
        )
    pen.blob(
        [(0.5, 0.01), (0.7, 0.2), (0.76, 0.5), (0.68, 0.84), (0.5, 0.86), (0.32, 0.84), (0.24, 0.5), (0.3, 0.2)],
        "white",
    )
    pen.blob([(0.5, 0.01), (0.62, 0.1), (0.7, 0.2), (0.5, 0.23), (0.3, 0.2), (0.38, 0.1)])
    pen.disc(0.5, 0.4, 0.085, "sky")
    pen.stroke([(0.29, 0.68), (0.71, 0.68)], "main", width=2.4)


def balloon(pen: Pen) -> None:
    for x in (0.4, 0.6):
        pen.stroke([(x, 0.66), (0.5 + (x - 0.5) * 0.8, 0.84)])
    pen.blob(
        [
            (0.5, 0.01),
            (0.84, 0.1),
            (0.97, 0.34),
            (0.8, 0.56),
            (0.6, 0.72),
            (0.4, 0.72),
            (0.2, 0.56),
            (0.03, 0.34),
            (0.16, 0.1),
        ]
    )
    pen.blob(
        [(0.5, 0.02), (0.66, 0.14), (0.7, 0.36), (0.58, 0.71), (0.42, 0.71), (0.3, 0.36), (0.34, 0.14)],
        "cream",
        shaded=False,
    )
    pen.blob(
        [(0.5, 0.02), (0.55, 0.2), (0.56, 0.4), (0.53, 0.71), (0.47, 0.71), (0.44, 0.4), (0.45, 0.2)],
        "main",
        shaded=False,
    )
    pen.rect(0.39, 0.84, 0.61, 0.985, "tan")
    pen.stroke([(0.39, 0.9), (0.61, 0.9)], "wood")


def toy_balloon(pen: Pen) -> None:
    pen.stroke([(0.5, 0.66), (0.44, 0.8), (0.54, 0.9), (0.5, 0.99)], curved=True)
    pen.poly([(0.44, 0.7), (0.5, 0.63), (0.56, 0.7)], shaded=False)
    pen.blob([(0.5, 0.02), (0.86, 0.12), (0.92, 0.4), (0.5, 0.66), (0.08, 0.4), (0.14, 0.12)])
    pen.arc(0.4, 0.26, 0.14, 180, 260, "white", width=1.8)


def kite(pen: Pen) -> None:
    pen.stroke([(0.5, 0.66), (0.36, 0.78), (0.5, 0.88), (0.4, 0.99)], curved=True)
    for x, y in ((0.4, 0.77), (0.46, 0.9)):
        pen.poly(
            [(x - 0.1, y - 0.03), (x + 0.1, y + 0.03), (x + 0.1, y - 0.03), (x - 0.1, y + 0.03)], "yellow", shaded=False
        )
    pen.poly([(0.5, 0.02), (0.9, 0.28), (0.5, 0.68), (0.1, 0.28)])
    pen.poly([(0.5, 0.02), (0.9, 0.28), (0.5, 0.28)], "main+", shaded=False)
    pen.poly([(0.1, 0.28), (0.5, 0.28), (0.5, 0.68)], "yellow", shaded=False)


G, S = Place.GROUND, Place.SKY
PAINTS = "red blue yellow green"
THINGS = [
    thing("car, automobile, taxi, cab, police car, limousine, vehicle, van", car, G, 0.24, 2.1, PAINTS,
        home="street", turns=True),
    thing("bus, coach, tram, trolley, minibus", bus, G, 0.3, 2.1, "yellow red blue", home="street", turns=True, many=2),
    thing("truck, lorry, fire engine, fire truck, delivery van", truck, G, 0.3, 1.9, PAINTS, home="street",
        turns=True, many=2),
    thing("tractor, digger, excavator", tractor, G, 0.3, 1.3, "green red", home="meadow", turns=True, many=2),
    thing("bicycle, bike, motorcycle, motorbike, scooter, cycle", bicycle, G, 0.24, 1.5, PAINTS, turns=True, many=2),
    thing("boat, sailboat, sailing boat, yacht, raft, canoe, rowing boat", boat, G, 0.34, 1.0, "red blue wood",
        home="sea", many=2),
    thing("ship, steamer, ferry, submarine", ship, G, 0.32, 1.7, "navy red", home="sea", turns=True, many=2),
    thing("train, locomotive, engine, steam train", train, G, 0.3, 1.8, "green red blue", turns=True, many=1),
    thing("plane, airplane, aeroplane, aircraft, jet, helicopter, drone", plane, S, 0.18, 1.9, "blue red",
        turns=True, many=2),
    thing("rocket, spaceship, spacecraft, space shuttle, missile", rocket, S, 0.4, 0.6, "red", many=2),
    thing("hot air balloon, airship, zeppelin", balloon, S, 0.36, 0.72, "red blue orange", many=2),
    thing("balloon", toy_balloon, S, 0.22, 0.56, "red blue yellow green"),
    thing("kite", kite, S, 0.26, 0.7, "red blue", many=2),
]  # fmt: skip
