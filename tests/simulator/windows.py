"""How vendors count requests. Times are seconds of the server's monotonic clock, taken when a request arrives."""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Rule:
    """At most `amount` units in `seconds`.

    `kind`: "sliding", "sliding_counting_refused" (a refused request counts as well), "fixed" (counts start anew every
    `seconds`), "bucket" (`capacity` units at once, filled up by `amount` in `seconds`) or "day" (never again while
    the simulator runs). `unit`: "requests" or "input_images". `model`: only requests for it count; empty for all.
    """

    kind: str
    amount: int
    seconds: float = 60.0
    unit: str = "requests"
    capacity: int | None = None
    model: str = ""


class Window(Protocol):
    """One rule's memory."""

    def wait(self, now: float, units: int) -> float:
        """Seconds until so many units would be let in; 0 where they are now."""

    def take(self, now: float, units: int) -> None:
        """Count them."""

    def refused(self, now: float, units: int) -> None:
        """They were turned away, by this window or by another one."""


@dataclass
class Sliding:
    rule: Rule
    taken: deque[float] = field(default_factory=deque)

    def wait(self, now: float, units: int) -> float:
        while self.taken and self.taken[0] <= now - self.rule.seconds:
            self.taken.popleft()
        excess = len(self.taken) + units - self.rule.amount
        if excess <= 0:
            return 0.0
        if excess > len(self.taken):  # more than the window ever holds
            return self.rule.seconds
        return self.taken[excess - 1] + self.rule.seconds - now

    def take(self, now: float, units: int) -> None:
        self.taken.extend([now] * units)

    def refused(self, now: float, units: int) -> None:
        """It does not count."""


class SlidingCountingRefused(Sliding):
    def refused(self, now: float, units: int) -> None:
        self.take(now, units)


@dataclass
class Fixed:
    rule: Rule
    number: int = -1
    used: int = 0

    def wait(self, now: float, units: int) -> float:
        number = int(now // self.rule.seconds)
        if number != self.number:
            self.number, self.used = number, 0
        return 0.0 if self.used + units <= self.rule.amount else (number + 1) * self.rule.seconds - now

    def take(self, now: float, units: int) -> None:
        self.used += units

    def refused(self, now: float, units: int) -> None:
        """It does not count."""


@dataclass
class Bucket:
    rule: Rule
    level: float = -1.0
    filled_at: float = 0.0

    def wait(self, now: float, units: int) -> float:
        capacity = float(self.rule.capacity or self.rule.amount)
        rate = self.rule.amount / self.rule.seconds
        gained = (now - self.filled_at) * rate
        self.level = capacity if self.level < 0 else min(capacity, self.level + gained)
        self.filled_at = now
        return max(0.0, (units - self.level) / rate)

    def take(self, now: float, units: int) -> None:
        self.level -= units

    def refused(self, now: float, units: int) -> None:
        """It does not count."""


@dataclass
class Day:
    rule: Rule
    used: int = 0

    def wait(self, now: float, units: int) -> float:
        return 0.0 if self.used + units <= self.rule.amount else 86_400.0

    def take(self, now: float, units: int) -> None:
        self.used += units

    def refused(self, now: float, units: int) -> None:
        """It does not count."""


KINDS: dict[str, type[Sliding] | type[Fixed] | type[Bucket] | type[Day]] = {
    "sliding": Sliding,
    "sliding_counting_refused": SlidingCountingRefused,
    "fixed": Fixed,
    "bucket": Bucket,
    "day": Day,
}


@dataclass(frozen=True)
class Full:
    """Why a request was turned away, and for how many seconds."""

    rule: Rule
    wait: float
    used: int
    asked: int

    @property
    def daily(self) -> bool:
        return self.rule.kind == "day"


@dataclass
class Windows:
    """All windows of one account."""

    rules: list[Rule]
    memory: list[Window] = field(init=False)

    def __post_init__(self) -> None:
        self.memory = [KINDS[rule.kind](rule) for rule in self.rules]

    def admit(self, now: float, units: dict[str, int], model: str) -> Full | None:
        """Count a request in every window, or in none and say which one was full."""
        concerned = [
            (rule, window, units.get(rule.unit, 0))
            for rule, window in zip(self.rules, self.memory, strict=True)
            if rule.model in ("", model)
        ]
        waits = [(window.wait(now, asked), rule, asked) for rule, window, asked in concerned]
        wait, rule, asked = max(waits, key=lambda item: item[0], default=(0.0, None, 0))
        for _, window, count in concerned:
            (window.refused if wait else window.take)(now, count)
        return Full(rule, wait, rule.amount, asked) if rule and wait else None
