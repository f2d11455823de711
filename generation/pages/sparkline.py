"""A row of small bars, drawn on the server: no script, and no style of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HEIGHT = 24
"""Units of the drawing; a minute is 4 wide."""
WIDTH_OF_MINUTE = 4


@dataclass(frozen=True)
class Bar:
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Sparkline:
    """`words` say what the bars show."""

    bars: list[Bar]
    width: int
    height: int
    words: str


def draw(by_minute: Mapping[datetime, int], now: datetime, minutes: int) -> Sparkline:
    """The last `minutes`, oldest first."""
    this = now.astimezone(UTC).replace(second=0, microsecond=0)
    counts = [by_minute.get(this - timedelta(minutes=ago), 0) for ago in range(minutes - 1, -1, -1)]
    most = max(counts)
    bars = [
        Bar(place * WIDTH_OF_MINUTE, HEIGHT - HEIGHT * count / most, HEIGHT * count / most)
        for place, count in enumerate(counts)
        if count
    ]
    words = f"{sum(counts)} requests in {minutes} minutes, at most {most} in one" if most else "no request lately"
    return Sparkline(bars, minutes * WIDTH_OF_MINUTE, HEIGHT, words)
