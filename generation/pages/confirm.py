"""What one is told before a verb is done: how many pictures, what they cost, how long they take, what becomes stale."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from generation import frames
from generation.models import Frame, StyleRun
from generation.pages import dollars, wording
from generation.pages.estimate import Estimate, estimate
from generation.verbs import Verb

TOO_FEW = "not known yet: too few pictures were made by this engine"
MAKING = {
    "retry", "regenerate", "regenerate_following", "candidates", "branch",
    "retry_failed", "remake_stale", "update", "finalize",
}  # fmt: skip
"""Verbs that want new pictures."""
RENEWING: dict[str, Callable[[Frame], list[Frame]]] = {
    "retry": lambda frame: [frame],
    "regenerate": lambda frame: [frame],
    "regenerate_following": frames.following,
}
"""The frames that show another picture afterwards."""


@dataclass(frozen=True)
class Cost:
    """In words. `stale`: the numbers of steps built on what changes; `refusal`: why it would not be done at all."""

    pictures: str
    money: str
    time: str
    stale: str = ""
    refusal: str = ""

    @classmethod
    def of(cls, found: Estimate, stale: str = "") -> "Cost":
        return cls(
            pictures=wording.amount(found.pictures) if found.pictures else "nothing new",
            money=dollars.estimate(found.cost),
            time=TOO_FEW if found.seconds is None else wording.duration(found.seconds),
            stale=stale,
            refusal=found.refusal,
        )


def cost_of(
    name: str, verb: Verb[Any], target: StyleRun | Frame, user: User, options: Mapping[str, Any]
) -> Cost | None:
    """Found out by doing it and taking it back; None for what makes nothing."""
    if name not in MAKING:
        return None
    run = target if isinstance(target, StyleRun) else target.run
    found = estimate(run.project, lambda: verb.act(target, user, **options), [run.style.slug])
    stale = stale_after(target, RENEWING[name](target)) if isinstance(target, Frame) and name in RENEWING else ""
    return Cost.of(found, stale)


def stale_after(frame: Frame, renewed: Collection[Frame]) -> str:
    """Steps whose picture was made from one that is renewed, and that are not renewed themselves.

    What is made from those stays as it is until they change too; a frame without a picture is passed over.
    """
    new = {other.pk for other in renewed}
    built_on = set(new)
    stale = []
    for other in frame.run.frames.current().select_related("step"):
        if other.source_id not in built_on or other.pk in new:
            continue
        if other.chosen_id is None:
            built_on.add(other.pk)
        else:
            stale.append(other.step.known_as(other.position))
    return wording.listing(stale)
