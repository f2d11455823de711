"""The emergency switch as people see it: what is paused, by whom, since when and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from generation.models import Switch


@dataclass(frozen=True)
class Stop:
    """A switch that is thrown. `provider` empty: it stops all paid calls."""

    provider: str
    by: str
    at: datetime
    reason: str

    @property
    def what(self) -> str:
        return f"Calls of {self.provider} are paused" if self.provider else "All paid calls are paused"

    @property
    def who(self) -> str:
        """ "All paid calls are paused by ada since": the time follows."""
        return f"{self.what}{f' by {self.by}' if self.by else ''} since"

    def for_visitors(self) -> "Stop":
        """Who did it and why is for those who are logged in or have pictures made."""
        return replace(self, by="", reason="")


def load_stops() -> list[Stop]:
    """The one that stops everything first. One query."""
    return [
        Stop(
            switch.provider,
            switch.thrown_by.get_username() if switch.thrown_by else "",
            switch.thrown_at,
            switch.reason,
        )
        for switch in Switch.objects.select_related("thrown_by")
    ]


def stop_of(provider: str, stops: Iterable[Stop], *, costs_money: bool) -> Stop | None:
    """What keeps this provider from being asked."""
    return next((stop for stop in stops if stop.provider == provider or (costs_money and not stop.provider)), None)
