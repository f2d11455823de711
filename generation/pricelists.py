"""What vendors' price lists said when they were last read, in US dollars: the rows a fresh installation begins with.

No Django here. What costs by the second has no row: what a second of a RunPod machine costs depends on the machine
that staff rent, and they enter it.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Any

CHECKED_ON = date(2026, 11, 1)
MILLION = 1_000_000

Row = dict[str, Any]

GEMINI_MODELS: dict[str, Row] = {
    "gemini-2.5-flash-image": {"per_picture": "0.039", "per_reference": "0.000077", "in": "0.30", "image_out": "30"},
    "gemini-3.1-flash-lite-image": {"per_picture": "0.0336", "image_out": "30"},
    "gemini-3.1-flash-image": {
        "per_picture": "0.067", "per_reference": "0.00056", "in": "0.50", "text_out": "3", "image_out": "60",
    },
    "gemini-3-pro-image": {
        "per_picture": "0.134", "per_reference": "0.0011", "in": "2", "text_out": "12", "image_out": "120",
    },
    "gemini-nano-banana-2.1": {"per_picture": "0.0336", "image_out": "30"},
}  # fmt: skip
"""By model; `in` is the price of a million tokens sent, of text and of pictures alike."""
GEMINI_SIZES = {
    "gemini-3.1-flash-image": {"512": "0.045", "1K": "0.067", "2K": "0.101", "4K": "0.151"},
    "gemini-3-pro-image": {"1K": "0.134", "2K": "0.134", "4K": "0.24"},
}

OPENAI_MODELS = ("gpt-image-2", "gpt-image-2.5-sunburst", "gpt-image-2.5-flare")
OPENAI_TOKENS = {"text_in": "5", "image_in": "8", "image_out": "30"}
OPENAI_SIZES = ((1024, 1024), (1024, 1536), (1536, 1024))
OPENAI_QUALITIES = {"low": 16, "medium": 48, "high": 96}
"""How finely a picture's shorter side is divided into tokens."""


def gpt_image_tokens(quality: str, width: int, height: int) -> int:
    """Tokens that gpt-image-2 answers with for a picture of this many pixels."""
    fine = OPENAI_QUALITIES[quality]
    short, long = sorted((width, height))
    return ceil(fine * round(fine * short / long) * (2_000_000 + width * height) / 4_000_000)


def _gemini() -> Iterator[Row]:
    for model, prices in GEMINI_MODELS.items():
        sent = {name: prices["in"] for name in ("text_in", "image_in") if "in" in prices}
        yield {"provider": "gemini", "model": model} | sent | {k: v for k, v in prices.items() if k != "in"}
        for size, price in GEMINI_SIZES.get(model, {}).items():
            yield {"provider": "gemini", "model": model, "size": size, "per_picture": price}


def _openai() -> Iterator[Row]:
    """The later models count as gpt-image-2 does as far as anybody knows: that reserves, and their tokens are booked.

    A size that is not listed reserves as the dearest one that is, and so does a quality: "auto" may be any.
    """
    for model in OPENAI_MODELS:
        about = {"provider": "openai", "model": model}
        dearest = {quality: max(_gpt_price(quality, *size) for size in OPENAI_SIZES) for quality in OPENAI_QUALITIES}
        yield about | {"per_picture": max(dearest.values())} | OPENAI_TOKENS
        for quality, price in dearest.items():
            yield about | {"quality": quality, "per_picture": price}
            for width, height in OPENAI_SIZES:
                kind = {"size": f"{width}x{height}", "quality": quality}
                yield about | kind | {"per_picture": _gpt_price(quality, width, height)}


def _gpt_price(quality: str, width: int, height: int) -> Decimal:
    return gpt_image_tokens(quality, width, height) * Decimal(OPENAI_TOKENS["image_out"]) / MILLION


PRICES: list[Row] = [row | {"checked_on": CHECKED_ON} for row in (*_gemini(), *_openai())]
