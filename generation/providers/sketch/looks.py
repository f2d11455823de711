"""How a style looks: its colours by name, its line, its way of shading. A slug nobody knows gets a look of its own."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Colour = tuple[int, int, int]
Shading = Literal["wash", "hatch", "dots", "none"]

_NAMES = (
    "red orange yellow green leaf grass blue sky navy purple pink brown wood tan grey metal stone white cream black ink"
    " skin hair glass water cloth soil wall floor paper"
)

_SHEETS = {
    "illustration": (
        "d8604a e89650 f2c75c 86a85a 5e8752 b7c686 5b87b0 cfe3e6 3c4f74 8b6fa5 e59aa0 8d5d40 c08a5a dcb88a 9a9a94"
        " b7bec2 a9a69c fffaf0 f6e7c8 4a4442 3d3430 efc39c 6b4532 cfe6ea 8fbfca c9806b 86604a f0dcc0 d9b48a fbf4e4"
    ),
    "consistent": (
        "c4574b d98b4f e3bd62 7f9d78 56796a a9bb98 557a95 d6e0e2 34495e 7a6c91 d99a96 7c5a48 a97c56 cdb08a 8d9499"
        " aeb8bf a3a7a6 fcfbf7 efe6d6 3b4046 2c3640 e6bd9b 5a4238 c8dde2 86aebd 7f93a8 77604f e7e1d6 cbb59a f7f3ea"
    ),
    "comic": (
        "e8322e ff8a1f ffd21f 3fae49 1f8a45 8fd14f 1f78d1 8fd8f5 1b2f7a 8a3fb0 ff7fa8 7a3f1d c9793a edb565 8f959c"
        " b8c4d0 a7adb5 ffffff fff0bf 26262b 111114 ffc999 4a2a1a c4f0ff 3aa7e0 e0488b 7d4a26 fdeab4 e3a868 fffdf3"
    ),
    "clear": (
        "e0685c f0a35e f5d272 8cc187 6cab7b e3eedd 6fa3d4 f1f7fb 4b6a96 a58cc7 f0aab4 a8795a d9b083 e8d0ab b4bac0"
        " ccd4da c5cace ffffff f7f2e6 5b6570 3a4652 f4cfae 7d5e4c dcf0f7 a8d4ea 8fb4cf 9f8069 f4f6f8 eceff2 ffffff"
    ),
}


@dataclass(frozen=True)
class Look:
    """`line`, `wobble`, `slip`: pixels in a picture whose shorter side is 1024; `margin`: a share of that side."""

    slug: str
    colours: Mapping[str, Colour]
    line: float
    wobble: float
    slip: float  # how far the colour sits beside its outline, as in a cheap print
    shading: Shading
    margin: float
    plate: bool = False  # things stand on a bare drawn plate instead of in a landscape


def _parse(sheet: str) -> dict[str, Colour]:
    return {name: _colour(text) for name, text in zip(_NAMES.split(), sheet.split(), strict=True)}


def _colour(text: str) -> Colour:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


LOOKS = {
    look.slug: look
    for look in (
        Look("illustration", _parse(_SHEETS["illustration"]), 3.4, 1.9, 3.2, "wash", 0.035),
        Look("consistent", _parse(_SHEETS["consistent"]), 2.6, 0.7, 0.0, "hatch", 0.0),
        Look("comic", _parse(_SHEETS["comic"]), 5.6, 0.6, 0.0, "dots", 0.022),
        Look("clear", _parse(_SHEETS["clear"]), 2.4, 0.0, 0.0, "none", 0.0, plate=True),
    )
}


def find_look(slug: str) -> Look:
    """The look of a style. An unknown slug always gets the same look, made from its letters."""
    return LOOKS.get(slug) or _invent(slug)


def _invent(slug: str) -> Look:
    dice = hashlib.sha256(slug.encode("utf-8", "surrogatepass")).digest()
    base = (LOOKS["illustration"], LOOKS["consistent"], LOOKS["comic"])[dice[0] % 3]
    tone = (90 + dice[1] % 150, 90 + dice[2] % 150, 90 + dice[3] % 150)
    share = 0.1 + dice[4] / 255 * 0.2
    shadings: tuple[Shading, ...] = ("wash", "hatch", "dots")
    return replace(
        base,
        slug=slug,
        colours={name: mix(colour, tone, share) for name, colour in base.colours.items()},
        line=2.2 + dice[5] / 255 * 3,
        wobble=dice[6] / 255 * 2.2,
        shading=shadings[dice[7] % 3],
    )


def tinted(look: Look, dominant: Sequence[Colour]) -> Look:
    """The look with each colour drawn halfway to the nearest of a picture's dominant ones."""
    if not dominant:
        return look
    return replace(look, colours={name: _drawn_to(colour, dominant, name) for name, colour in look.colours.items()})


def _drawn_to(colour: Colour, dominant: Sequence[Colour], name: str) -> Colour:
    nearest = min(dominant, key=lambda other: distance(colour, other))
    return mix(colour, nearest, 0.15 if name in ("ink", "white") else 0.5)


def distance(one: Colour, other: Colour) -> int:
    """How different two colours are, squared."""
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with a share (0 … 1) of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def shade(colour: Colour, by: float) -> Colour:
    """Darker (below 0) or lighter (above 0), by a share of the way to a warm black or to white."""
    return mix(colour, (255, 255, 255) if by > 0 else (38, 26, 32), abs(by))
