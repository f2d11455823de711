"""Labels: small signs that name what cannot be drawn."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from PIL import ImageFont

from generation.providers.sketch.pen import Pen

_FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
_LONGEST = 16  # letters of one line


def key_words(words: Sequence[str], text: str) -> tuple[str, ...]:
    """Up to three short lines: the words, or the start of a text that has none, such as one of emoji."""
    lines = words or [text[:_LONGEST]]
    return tuple(filter(None, (_tidy(line) for line in lines[:3])))


def _tidy(word: str) -> str:
    shown = "".join(
        letter for letter in word[: _LONGEST * 4] if unicodedata.category(letter)[0] not in "CZ" or letter == " "
    )
    shown = " ".join(shown.split())
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1].rstrip() + "…"


def measure(lines: Sequence[str], size: float) -> tuple[float, float]:
    """Width and height in pixels of a sign with these lines in letters of this size."""
    widest = max((_face(100).getlength(line) for line in lines), default=100.0) / 100
    board = len(lines) * 1.3 + 0.7
    return (widest + 2.0) * size, (board + 1.1) * size


def draw(pen: Pen, lines: Sequence[str], *, hung: bool) -> None:
    """A sign on a stake or, `hung`, without one; in the pen's box."""
    rows = len(lines) * 1.3 + 0.7
    foot = rows / (rows + 1.1)
    if not hung:
        pen.shadow(0.36, 0.64, depth=0.02)
        pen.rect(0.47, foot - 0.02, 0.53, 0.985, "wood")
    pen.rect(0.01, 0.02, 0.99, foot, "cream", r=0.05)
    letter = pen.height / (rows + 1.1)
    for row, line in enumerate(lines):
        _write(pen, line, (0.35 + 0.65 + row * 1.3) * letter, letter)


def _write(pen: Pen, line: str, middle: float, size: float) -> None:
    at = (pen.left + pen.width / 2, pen.top + middle)
    face = _face(max(6, round(size * min(1.0, pen.width * 0.9 / max(1.0, _face(100).getlength(line) / 100 * size)))))
    pen.draw.text(at, line, font=face, fill=pen.colour("ink"), anchor="mm")


def _face(size: int) -> ImageFont.FreeTypeFont:
    """The shipped font. Opened anew each time: FreeType's faces are not made for several threads."""
    return ImageFont.truetype(str(_FONT), size, layout_engine=ImageFont.Layout.BASIC)
