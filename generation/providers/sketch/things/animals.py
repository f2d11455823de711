"""Animals. Those on four legs share one body."""

from functools import partial

from generation.providers.sketch.kinds import Place, thing
from generation.providers.sketch.pen import Pen


def _eye(pen: Pen, x: float, y: float, r: float = 0.025) -> None:
    pen.dot(x, y, r)
    pen.dot(x + r * 0.2, y - r * 0.4, r * 0.35, "white")


def _four_legs(
    pen: Pen, top: float, width: float, xs: tuple[float, ...] = (0.24, 0.36, 0.6, 0.72), foot: str = "main-"
) -> None:
    for index, x in enumerate(xs):
        pen.limb([(x, top), (x, 0.955)], width, "main-" if index % 2 else "main")
        pen.oval(x + 0.012, 0.965, width * 0.62 / pen.aspect, 0.028, foot, shaded=False)


def dog(pen: Pen) -> None:
    pen.shadow()
    pen.limb([(0.2, 0.52), (0.08, 0.38), (0.1, 0.24)], 0.07)
    _four_legs(pen, 0.66, 0.09)
    pen.blob([(0.16, 0.52), (0.3, 0.44), (0.6, 0.46), (0.76, 0.44), (0.8, 0.62), (0.7, 0.76), (0.4, 0.74), (0.2, 0.72)])
    pen.rect(0.63, 0.47, 0.83, 0.54, "red", r=0.02)
    pen.blob(
        [(0.62, 0.28), (0.66, 0.14), (0.8, 0.1), (0.89, 0.2), (0.99, 0.3), (0.98, 0.42), (0.84, 0.5), (0.68, 0.46)]
    )
    pen.blob([(0.68, 0.14), (0.6, 0.2), (0.57, 0.4), (0.64, 0.44), (0.7, 0.3)], "main--")
    pen.oval(0.975, 0.31, 0.028, 0.03, "ink", shaded=False)
    _eye(pen, 0.82, 0.24)
    pen.stroke([(0.84, 0.41), (0.9, 0.42), (0.96, 0.39)], curved=True)


def cat(pen: Pen) -> None:
    pen.shadow(0.1, 0.8)
    pen.limb([(0.7, 0.9), (0.93, 0.86), (0.95, 0.62), (0.86, 0.5)], 0.065)
    pen.blob([(0.3, 0.45), (0.6, 0.45), (0.76, 0.7), (0.74, 0.95), (0.5, 0.98), (0.22, 0.95), (0.2, 0.7)])
    pen.blob([(0.36, 0.58), (0.54, 0.58), (0.56, 0.8), (0.45, 0.86), (0.34, 0.8)], "cream", line=False, shaded=False)
    for x in (0.36, 0.53):
        pen.oval(x, 0.94, 0.09, 0.045, "cream")
    for side in (-1, 1):
        pen.poly([(0.45 + side * 0.3, 0.24), (0.45 + side * 0.28, 0.0), (0.45 + side * 0.06, 0.1)])
        pen.poly(
            [(0.45 + side * 0.25, 0.17), (0.45 + side * 0.24, 0.07), (0.45 + side * 0.14, 0.12)], "pink", line=False
        )
    pen.blob(
        [(0.14, 0.3), (0.22, 0.14), (0.45, 0.08), (0.68, 0.14), (0.76, 0.3), (0.66, 0.46), (0.45, 0.51), (0.24, 0.46)]
    )
    for x in (0.33, 0.57):
        pen.oval(x, 0.27, 0.05, 0.05, "white", shaded=False)
        pen.oval(x, 0.275, 0.026, 0.038, "ink", shaded=False, line=False)
    pen.poly([(0.42, 0.345), (0.48, 0.345), (0.45, 0.375)], "pink", shaded=False)
    pen.arc(0.41, 0.375, 0.03, 0, 150, width=0.8)
    pen.arc(0.49, 0.375, 0.03, 30, 180, width=0.8)
    for side in (-1, 1):
        for y in (0.34, 0.39):
            pen.stroke([(0.45 + side * 0.16, 0.375), (0.45 + side * 0.4, y)], width=0.6)


def fox(pen: Pen) -> None:
    pen.shadow()
    pen.blob([(0.22, 0.6), (0.04, 0.62), (0.0, 0.36), (0.1, 0.26), (0.2, 0.42)])
    pen.blob([(0.0, 0.42), (0.02, 0.28), (0.1, 0.24), (0.12, 0.36)], "white")
    _four_legs(pen, 0.66, 0.075, foot="ink+")
    pen.blob([(0.16, 0.52), (0.4, 0.46), (0.66, 0.46), (0.78, 0.6), (0.68, 0.74), (0.36, 0.72), (0.18, 0.7)])
    for x in (0.66, 0.82):
        pen.poly([(x - 0.05, 0.24), (x, 0.04), (x + 0.07, 0.22)], "main-")
    pen.blob([(0.6, 0.3), (0.7, 0.18), (0.84, 0.18), (0.9, 0.3), (1.0, 0.42), (0.84, 0.52), (0.66, 0.48)])
    pen.blob([(0.7, 0.42), (0.84, 0.4), (0.99, 0.42), (0.84, 0.51), (0.7, 0.5)], "white", shaded=False)
    pen.oval(0.985, 0.41, 0.022, 0.025, "ink", shaded=False)
    _eye(pen, 0.82, 0.31)


def horse(pen: Pen) -> None:
    pen.shadow()
    pen.blob([(0.16, 0.42), (0.04, 0.5), (0.03, 0.78), (0.1, 0.74), (0.17, 0.52)], "main--")
    _four_legs(pen, 0.6, 0.07, foot="ink+")
    pen.blob(
        [(0.14, 0.46), (0.3, 0.38), (0.56, 0.4), (0.72, 0.38), (0.78, 0.54), (0.68, 0.66), (0.4, 0.66), (0.18, 0.64)]
    )
    pen.poly([(0.74, 0.06), (0.78, -0.02), (0.81, 0.08)])
    pen.blob(
        [
            (0.6, 0.44),
            (0.66, 0.2),
            (0.74, 0.06),
            (0.84, 0.08),
            (0.98, 0.24),
            (0.95, 0.31),
            (0.84, 0.26),
            (0.8, 0.42),
            (0.76, 0.56),
        ]
    )
    pen.blob([(0.62, 0.44), (0.6, 0.24), (0.7, 0.06), (0.79, 0.04), (0.72, 0.16), (0.7, 0.3), (0.66, 0.42)], "main--")
    _eye(pen, 0.83, 0.16, 0.018)
    pen.dot(0.955, 0.24, 0.01)


def cow(pen: Pen) -> None:
    pen.shadow()
    pen.stroke([(0.1, 0.38), (0.04, 0.52), (0.05, 0.68)], width=1.6, curved=True)
    _four_legs(pen, 0.7, 0.085, (0.18, 0.3, 0.58, 0.7), "ink+")
    pen.blob([(0.08, 0.36), (0.4, 0.3), (0.76, 0.32), (0.8, 0.56), (0.7, 0.76), (0.4, 0.78), (0.12, 0.74)])
    for x, y, rx, ry in ((0.26, 0.44, 0.1, 0.09), (0.52, 0.6, 0.09, 0.1), (0.56, 0.38, 0.07, 0.05)):
        pen.oval(x, y, rx, ry, "ink+", line=False, shaded=False, tilt=20)
    for side in (-1, 1):
        pen.limb([(0.84 + side * 0.06, 0.18), (0.84 + side * 0.09, 0.06)], 0.03, "cream")
        pen.oval(0.84 + side * 0.12, 0.24, 0.06, 0.035, "main", tilt=side * 20)
    pen.blob([(0.74, 0.2), (0.84, 0.14), (0.94, 0.2), (0.94, 0.4), (0.84, 0.46), (0.74, 0.4)])
    pen.oval(0.84, 0.42, 0.11, 0.075, "pink")
    for x in (0.79, 0.89):
        pen.dot(x, 0.42, 0.014)
        _eye(pen, x, 0.27, 0.022)


def sheep(pen: Pen) -> None:
    pen.shadow()
    for x in (0.3, 0.42, 0.58, 0.68):
        pen.limb([(x, 0.7), (x, 0.96)], 0.06, "ink+")
    wool = [(0.2, 0.34), (0.34, 0.2), (0.52, 0.24), (0.68, 0.22), (0.8, 0.36), (0.84, 0.54), (0.76, 0.72), (0.58,
        0.78), (0.4, 0.8),
            (0.22, 0.72), (0.12, 0.54)]  # fmt: skip
    for x, y in wool:
        pen.disc(x, y, 0.12, shaded=False)
    pen.oval(0.48, 0.5, 0.36, 0.28, line=False)
    pen.blob([(0.78, 0.26), (0.92, 0.24), (0.97, 0.42), (0.9, 0.54), (0.8, 0.48)], "ink+")
    pen.oval(0.77, 0.3, 0.06, 0.035, "ink+", tilt=25)
    pen.dot(0.89, 0.36, 0.035, "white")
    pen.dot(0.9, 0.365, 0.018)


def pig(pen: Pen) -> None:
    pen.shadow()
    pen.arc(0.06, 0.45, 0.07, 0, 320, "main-", width=1.6)
    _four_legs(pen, 0.74, 0.1)
    pen.blob([(0.1, 0.5), (0.3, 0.26), (0.64, 0.26), (0.82, 0.46), (0.78, 0.72), (0.5, 0.82), (0.18, 0.76)])
    pen.poly([(0.66, 0.26), (0.68, 0.08), (0.78, 0.22)], "main-")
    pen.disc(0.77, 0.42, 0.22)
    pen.poly([(0.78, 0.24), (0.84, 0.1), (0.9, 0.28)], "main-")
    pen.oval(0.9, 0.46, 0.07, 0.09, "main-")
    pen.dot(0.885, 0.46, 0.02)
    pen.dot(0.92, 0.46, 0.02)
    _eye(pen, 0.78, 0.36)


def bear(pen: Pen, belly: str = "main+") -> None:
    pen.shadow()
    for side in (-1, 1):
        pen.disc(0.5 + side * 0.24, 0.08, 0.075)
        pen.dot(0.5 + side * 0.24, 0.08, 0.035, "main+")
        pen.limb([(0.5 + side * 0.28, 0.48), (0.5 + side * 0.38, 0.66)], 0.12)
        pen.oval(0.5 + side * 0.23, 0.92, 0.2, 0.075, "main-")
    pen.blob([(0.3, 0.4), (0.7, 0.4), (0.82, 0.7), (0.7, 0.93), (0.3, 0.93), (0.18, 0.7)])
    pen.oval(0.5, 0.7, 0.2, 0.16, belly, line=False, shaded=False)
    pen.disc(0.5, 0.24, 0.2)
    pen.oval(0.5, 0.31, 0.15, 0.085, "main+", shaded=False)
    pen.oval(0.5, 0.275, 0.055, 0.03, "ink", shaded=False)
    for x in (0.38, 0.62):
        _eye(pen, x, 0.2, 0.024)
    pen.arc(0.5, 0.315, 0.035, 20, 160, width=0.8)


def lion(pen: Pen) -> None:
    pen.shadow()
    pen.limb([(0.16, 0.54), (0.05, 0.4), (0.08, 0.24)], 0.035)
    pen.disc(0.08, 0.22, 0.05, "wood-")
    _four_legs(pen, 0.68, 0.09)
    pen.blob([(0.14, 0.5), (0.36, 0.44), (0.7, 0.44), (0.74, 0.64), (0.6, 0.76), (0.3, 0.74), (0.16, 0.7)])
    pen.disc(0.76, 0.34, 0.31, "orange-")
    pen.disc(0.78, 0.35, 0.19)
    pen.oval(0.83, 0.43, 0.09, 0.075, "cream", shaded=False)
    pen.oval(0.84, 0.39, 0.035, 0.028, "ink", shaded=False)
    for x in (0.74, 0.86):
        _eye(pen, x, 0.3, 0.024)


def elephant(pen: Pen) -> None:
    pen.shadow()
    pen.stroke([(0.07, 0.4), (0.03, 0.6)], width=1.6)
    _four_legs(pen, 0.66, 0.15, (0.17, 0.29, 0.49, 0.61), "main--")
    pen.blob([(0.06, 0.4), (0.2, 0.2), (0.5, 0.18), (0.68, 0.3), (0.7, 0.6), (0.5, 0.74), (0.2, 0.74), (0.08, 0.64)])
    pen.limb([(0.84, 0.4), (0.93, 0.56), (0.91, 0.78), (0.97, 0.82)], 0.09)
    pen.disc(0.77, 0.34, 0.22)
    pen.blob([(0.68, 0.16), (0.54, 0.14), (0.48, 0.36), (0.56, 0.56), (0.7, 0.48)], "main-")
    pen.limb([(0.82, 0.5), (0.88, 0.58)], 0.03, "white")
    _eye(pen, 0.82, 0.3, 0.022)


def rabbit(pen: Pen) -> None:
    pen.shadow()
    pen.disc(0.16, 0.8, 0.08, "white")
    pen.blob([(0.2, 0.66), (0.44, 0.5), (0.66, 0.58), (0.74, 0.8), (0.66, 0.97), (0.26, 0.97), (0.14, 0.84)])
    for x, lean in ((0.6, -0.06), (0.74, 0.06)):
        pen.oval(x + lean, 0.16, 0.07, 0.17, tilt=lean * 220)
        pen.oval(x + lean, 0.17, 0.03, 0.11, "pink", line=False, shaded=False, tilt=lean * 220)
    pen.disc(0.68, 0.42, 0.17)
    pen.oval(0.36, 0.95, 0.16, 0.04, "main+")
    pen.oval(0.68, 0.95, 0.1, 0.04, "main+")
    _eye(pen, 0.72, 0.38, 0.026)
    pen.dot(0.83, 0.43, 0.02, "pink-")


def mouse(pen: Pen) -> None:
    pen.shadow()
    pen.stroke([(0.2, 0.9), (0.04, 0.84), (0.06, 0.6), (0.0, 0.5)], "pink-", width=1.6, curved=True)
    pen.blob([(0.14, 0.9), (0.2, 0.55), (0.5, 0.4), (0.8, 0.6), (1.0, 0.84), (0.86, 0.97), (0.3, 0.97)])
    pen.disc(0.62, 0.36, 0.2)
    pen.disc(0.62, 0.37, 0.11, "pink", line=False)
    _eye(pen, 0.82, 0.66, 0.035)
    pen.dot(0.98, 0.83, 0.04, "pink-")


def bird(pen: Pen) -> None:
    pen.blob([(0.2, 0.6), (0.02, 0.5), (0.0, 0.66), (0.16, 0.76)], "main-")
    pen.blob([(0.14, 0.62), (0.4, 0.42), (0.62, 0.36), (0.84, 0.48), (0.8, 0.74), (0.56, 0.88), (0.3, 0.84)])
    pen.oval(0.56, 0.76, 0.2, 0.09, "cream", line=False, shaded=False)
    pen.disc(0.76, 0.42, 0.2)
    pen.poly([(0.89, 0.36), (1.0, 0.45), (0.88, 0.5)], "orange", shaded=False)
    pen.blob([(0.6, 0.56), (0.5, 0.2), (0.3, 0.02), (0.24, 0.3), (0.34, 0.6)], "main-")
    _eye(pen, 0.8, 0.38, 0.045)


def duck(pen: Pen) -> None:
    pen.shadow()
    pen.blob([(0.1, 0.5), (0.24, 0.62), (0.5, 0.56), (0.7, 0.52), (0.82, 0.72), (0.7, 0.94), (0.3, 0.96), (0.08, 0.8)])
    pen.poly([(0.86, 0.28), (1.0, 0.33), (0.97, 0.4), (0.84, 0.4)], "orange", shaded=False)
    pen.blob(
        [(0.56, 0.58), (0.6, 0.4), (0.56, 0.2), (0.7, 0.06), (0.86, 0.14), (0.88, 0.34), (0.78, 0.44), (0.8, 0.66)]
    )
    pen.blob([(0.26, 0.7), (0.44, 0.64), (0.6, 0.72), (0.5, 0.86), (0.34, 0.84)], "main-")
    _eye(pen, 0.77, 0.24, 0.035)


def hen(pen: Pen) -> None:
    pen.shadow()
    for x in (0.42, 0.56):
        pen.stroke([(x, 0.8), (x, 0.97), (x + 0.08, 0.97)], "orange-", width=1.8)
    pen.blob([(0.04, 0.3), (0.2, 0.46), (0.44, 0.5), (0.6, 0.4), (0.66, 0.16), (0.8, 0.1), (0.88, 0.26), (0.82, 0.6),
        (0.62, 0.84),
              (0.34, 0.84), (0.12, 0.64)])  # fmt: skip
    for x in (0.7, 0.77, 0.84):
        pen.disc(x, 0.08, 0.045, "red", shaded=False)
    pen.poly([(0.87, 0.2), (0.99, 0.26), (0.87, 0.31)], "orange", shaded=False)
    pen.oval(0.86, 0.38, 0.035, 0.06, "red", shaded=False)
    pen.blob([(0.26, 0.6), (0.46, 0.54), (0.56, 0.66), (0.4, 0.74)], "main-")
    _eye(pen, 0.79, 0.22, 0.03)


def owl(pen: Pen) -> None:
    pen.blob([(0.14, 0.06), (0.5, 0.14), (0.86, 0.06), (0.9, 0.4), (0.84, 0.8), (0.5, 0.98), (0.16, 0.8), (0.1, 0.4)])
    pen.oval(0.5, 0.7, 0.24, 0.2, "cream", shaded=False)
    for side in (-1, 1):
        pen.disc(0.5 + side * 0.19, 0.33, 0.15, "white", shaded=False)
        _eye(pen, 0.5 + side * 0.17, 0.34, 0.07)
        pen.blob([(0.5 + side * 0.38, 0.45), (0.5 + side * 0.44, 0.7), (0.5 + side * 0.3, 0.88)], "main-")
    pen.poly([(0.43, 0.42), (0.57, 0.42), (0.5, 0.53)], "orange", shaded=False)


def fish(pen: Pen) -> None:
    pen.blob([(0.24, 0.5), (0.02, 0.16), (0.06, 0.5), (0.02, 0.84)], "main-")
    pen.blob([(0.36, 0.24), (0.5, 0.0), (0.64, 0.14)], "main-")
    pen.blob([(0.2, 0.5), (0.42, 0.2), (0.72, 0.18), (0.98, 0.5), (0.72, 0.82), (0.42, 0.8)])
    for x in (0.42, 0.54):
        pen.arc(x, 0.5, 0.2, -60, 60, "main--")
    pen.disc(0.8, 0.42, 0.09, "white", shaded=False)
    pen.dot(0.815, 0.42, 0.05)


def butterfly(pen: Pen) -> None:
    for side in (-1, 1):
        pen.blob(
            [
                (0.5, 0.44),
                (0.5 + side * 0.2, 0.06),
                (0.5 + side * 0.46, 0.06),
                (0.5 + side * 0.44, 0.42),
                (0.5 + side * 0.2, 0.52),
            ]
        )
        pen.blob([(0.5, 0.5), (0.5 + side * 0.3, 0.54), (0.5 + side * 0.36, 0.84), (0.5 + side * 0.14, 0.84)], "main-")
        pen.dot(0.5 + side * 0.32, 0.24, 0.06, "cream")
        pen.stroke([(0.5, 0.2), (0.5 + side * 0.1, 0.02)])
    pen.oval(0.5, 0.5, 0.045, 0.32, "ink+", shaded=False)


def bee(pen: Pen) -> None:
    for x in (0.4, 0.58):
        pen.oval(x, 0.24, 0.13, 0.22, "glass", tilt=(x - 0.5) * 120)
    pen.oval(0.5, 0.62, 0.42, 0.32)
    for x in (0.36, 0.54):
        pen.oval(x, 0.62, 0.055, 0.29, "ink", line=False, shaded=False)
    _eye(pen, 0.78, 0.56, 0.06)


def snail(pen: Pen) -> None:
    pen.shadow()
    pen.blob(
        [(0.02, 0.95), (0.3, 0.78), (0.7, 0.78), (0.78, 0.4), (0.9, 0.36), (0.96, 0.6), (0.88, 0.95), (0.4, 0.98)],
        "tan",
    )
    for x in (0.82, 0.93):
        pen.stroke([(x, 0.42), (x + 0.03, 0.18)], width=1.3)
        pen.dot(x + 0.03, 0.16, 0.035)
    pen.disc(0.42, 0.5, 0.36)
    for r in (0.24, 0.12):
        pen.arc(0.42, 0.5, r, -90, 210, "main--", width=1.4)


def turtle(pen: Pen) -> None:
    pen.shadow()
    for x in (0.26, 0.64):
        pen.limb([(x, 0.74), (x - 0.03, 0.93)], 0.14, "green")
    pen.blob([(0.72, 0.7), (0.84, 0.44), (0.98, 0.5), (0.98, 0.72), (0.84, 0.84)], "green")
    pen.blob([(0.06, 0.78), (0.16, 0.34), (0.44, 0.14), (0.7, 0.34), (0.82, 0.78), (0.44, 0.86)])
    for x in (0.3, 0.46, 0.62):
        pen.oval(x, 0.52, 0.07, 0.12, "main-", shaded=False)
    _eye(pen, 0.91, 0.58, 0.035)


def frog(pen: Pen) -> None:
    pen.shadow()
    for side in (-1, 1):
        pen.oval(0.5 + side * 0.34, 0.84, 0.16, 0.12, "main-")
    pen.blob([(0.16, 0.6), (0.3, 0.26), (0.7, 0.26), (0.84, 0.6), (0.74, 0.94), (0.26, 0.94)])
    pen.oval(0.5, 0.76, 0.22, 0.16, "cream", line=False, shaded=False)
    for side in (-1, 1):
        pen.disc(0.5 + side * 0.2, 0.2, 0.14)
        pen.disc(0.5 + side * 0.2, 0.18, 0.09, "white", shaded=False)
        pen.dot(0.5 + side * 0.2, 0.19, 0.05)
    pen.stroke([(0.3, 0.5), (0.5, 0.58), (0.7, 0.5)], curved=True)


def dragon(pen: Pen) -> None:
    pen.shadow()
    pen.blob([(0.34, 0.46), (0.3, 0.04), (0.1, 0.16), (0.0, 0.4), (0.16, 0.36), (0.24, 0.5)], "main-")
    pen.limb([(0.24, 0.78), (0.08, 0.86), (0.03, 0.7)], 0.08)
    _four_legs(pen, 0.74, 0.1, (0.3, 0.4, 0.56, 0.66))
    pen.blob([(0.2, 0.7), (0.34, 0.5), (0.6, 0.5), (0.74, 0.64), (0.66, 0.84), (0.36, 0.88)])
    pen.blob(
        [
            (0.54, 0.6),
            (0.62, 0.36),
            (0.66, 0.16),
            (0.8, 0.1),
            (0.98, 0.24),
            (0.94, 0.34),
            (0.8, 0.34),
            (0.74, 0.5),
            (0.74, 0.7),
        ]
    )
    pen.blob([(0.46, 0.5), (0.5, 0.08), (0.3, 0.0), (0.22, 0.26), (0.32, 0.3), (0.36, 0.5)], "main-")
    for x in (0.68, 0.75):
        pen.poly([(x, 0.14), (x - 0.03, 0.0), (x + 0.05, 0.11)], "yellow", shaded=False)
    _eye(pen, 0.79, 0.2, 0.025)


A = Place.GROUND
THINGS = [
    thing("dog, puppy, hound, terrier, poodle", dog, A, 0.24, 1.2, "wood tan white grey", turns=True),
    thing("cat, kitten, kitty, tomcat", cat, A, 0.22, 0.85, "orange grey ink+ tan", turns=True),
    thing("fox, wolf, coyote", fox, A, 0.22, 1.35, "orange", home="forest", turns=True),
    thing("horse, pony, donkey, stallion, foal", horse, A, 0.4, 1.15, "wood brown white", home="meadow", turns=True),
    thing("cow, bull, ox, calf, cattle", cow, A, 0.32, 1.35, "white", home="meadow", turns=True),
    thing("sheep, lamb, goat", sheep, A, 0.24, 1.2, "white", home="meadow", turns=True),
    thing("pig, piglet, hog", pig, A, 0.22, 1.3, "pink", home="meadow", turns=True),
    thing("bear, panda", bear, A, 0.3, 0.72, "wood brown"),
    thing("lion, tiger, leopard", lion, A, 0.3, 1.25, "yellow", home="desert", turns=True),
    thing("elephant, mammoth", elephant, A, 0.42, 1.3, "grey", home="desert", turns=True),
    thing("rabbit, bunny, hare", rabbit, A, 0.2, 0.85, "tan white grey", turns=True),
    thing("mouse, rat, hamster", mouse, A, 0.1, 1.25, "grey tan", turns=True),
    thing("bird, sparrow, robin, crow, gull, seagull, swallow, pigeon, parrot, eagle", bird, Place.SKY, 0.12, 1.2,
          "blue red yellow", turns=True),
    thing("duck, goose, swan, duckling", duck, A, 0.16, 1.1, "yellow white", turns=True),
    thing("hen, chicken, rooster, cock, chick", hen, A, 0.18, 1.0, "white wood", home="meadow", turns=True),
    thing("owl", owl, Place.SKY, 0.17, 0.8, "wood", home="forest", many=2),
    thing("fish, goldfish, trout, salmon, shark, whale, dolphin", fish, A, 0.13, 1.6, "orange blue red", home="sea",
        turns=True),
    thing("butterfly, moth", butterfly, Place.SKY, 0.1, 1.1, "orange purple yellow"),
    thing("bee, wasp, bumblebee, insect, ladybird, beetle", bee, Place.SKY, 0.08, 1.1, "yellow", turns=True),
    thing("snail, slug", snail, A, 0.11, 1.3, "wood", turns=True),
    thing("turtle, tortoise", turtle, A, 0.15, 1.5, "leaf", turns=True),
    thing("frog, toad", frog, A, 0.14, 1.1, "green", home="meadow"),
    thing("dragon, dinosaur, monster, beast", dragon, A, 0.46, 1.15, "green red purple", turns=True),
    thing("teddy, teddy bear", partial(bear, belly="cream"), Place.SMALL, 0.2, 0.72, "tan"),
]  # fmt: skip
