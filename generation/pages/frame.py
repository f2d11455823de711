"""One frame: what one may do with it, and what that would cost."""

from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.db.models import Q

from generation import frames
from generation.models import Frame, StyleRun
from generation.pages import dollars
from generation.pages.confirm import RENEWING, stale_after
from generation.pages.prices import as_begun, prices_of
from generation.planning import MOST_CANDIDATES
from generation.verbs import FRAME_VERBS, CandidatesForm
from storyboards.forms import PictureField

# --- what one may do -------------------------------------------------------------------------------------------------

GROUPS = {
    "Make again": ("retry", "regenerate", "regenerate_following"),
    "Being made": ("cancel",),
    "Judge": ("approve", "unapprove", "lock", "unlock"),
    "Another way from here": ("branch",),
}
KEYS = {"retry": "t", "regenerate": "r", "approve": "a", "lock": "l", "unlock": "l"}
"""The key of the keyboard that stands for a verb."""


@dataclass(frozen=True)
class Offer:
    """A verb that applies now. `note`: what it would cost; `asks`: whether there is a question before it."""

    name: str
    label: str
    asks: bool
    note: str = ""
    key: str = ""


@dataclass(frozen=True)
class Several:
    """How many more one may ask for at once, each number with its price."""

    choices: list[tuple[int, str]]
    usual: int
    note: str


@dataclass(frozen=True)
class Offers:
    """By group. `several`: None where none can be asked for; `on_choosing`: what showing another take would do."""

    groups: dict[str, list[Offer]]
    several: Several | None
    on_choosing: str


class OwnPictureForm(forms.Form):
    """Somebody's own picture, to be shown in a frame."""

    picture = PictureField(
        help_text="PNG, JPEG or WebP, shown at once as one more take. What was made from the one before is stale then.",
        error_messages={"required": "Choose a picture first."},
    )


def load_offers(frame: Frame) -> Offers:
    """Of those who may change the project."""
    applies = {name for name, verb in FRAME_VERBS.items() if verb.applies(frame)}
    prices = _Prices(frame)
    stale = stale_after(frame, [frame]) if frame.chosen_id is not None else ""
    groups = {
        title: [_offer(frame, name, prices) for name in names if name in applies] for title, names in GROUPS.items()
    }
    return Offers(
        groups={title: offers for title, offers in groups.items() if offers},
        several=_several(prices, stale) if "candidates" in applies else None,
        on_choosing=_becomes_stale(stale) if not frame.locked else "",
    )


def _offer(frame: Frame, name: str, prices: "_Prices") -> Offer:
    verb = FRAME_VERBS[name]
    note = ""
    if name in WANTED:
        count = len(WANTED[name](frame))
        stale = stale_after(frame, RENEWING[name](frame)) if name in RENEWING else ""
        note = ". ".join(filter(None, (dollars.price_of_many(count, prices.of(count)), _becomes_stale(stale))))
    return Offer(name, verb.label, bool(verb.confirm), note, KEYS.get(name, ""))


def _several(prices: "_Prices", stale: str) -> Several:
    numbers, note = range(1, MOST_CANDIDATES + 1), _becomes_stale(stale)
    return Several(
        choices=[(number, f"{number} more, {dollars.estimate(prices.of(number))}") for number in numbers],
        usual=int(CandidatesForm.base_fields["count"].initial),
        note=f"Once another one is chosen, {note[0].lower()}{note[1:]}" if note else "",
    )


def _becomes_stale(steps: str) -> str:
    return f"Step{'s' if ' ' in steps else ''} {steps} {'become' if ' ' in steps else 'becomes'} stale" if steps else ""


# --- what it would cost ----------------------------------------------------------------------------------------------


def _only(frame: Frame) -> list[Frame]:
    return [frame]


def _following(frame: Frame) -> list[Frame]:
    """What is being made is left alone."""
    return frames.idle(frame.run, frames.following(frame))


def _from_here(frame: Frame) -> list[Frame]:
    """What a branch makes: all from here on, and what is missing before, as often as its run makes each."""
    places = frame.run.frames.current().filter(Q(position__gte=frame.position) | Q(chosen=None))
    return [place for place in places.select_related("step") for _ in range(frame.run.candidates)]


WANTED = {
    "retry": _only,
    "regenerate": _only,
    "regenerate_following": _following,
    "branch": _from_here,
}
"""By verb, the places of the pictures it makes; one that is made several times is there as often."""


class _Prices:
    """What pictures of a frame's run cost."""

    def __init__(self, frame: Frame) -> None:
        self.one = prices_of({frame.run_id: as_begun(frame.run)})[frame.run_id]

    def of(self, count: int) -> Decimal | None:
        return None if self.one is None else self.one * count


def neighbours(run: StyleRun, frame: Frame) -> tuple[Frame | None, Frame | None]:
    """The frames before and after it in its run."""
    related = ("step", "chosen__original", "chosen__thumbnail", "chosen__display")
    current = list(run.frames.current().select_related(*related).defer("chosen__prompt"))
    place = next((at for at, other in enumerate(current) if other.pk == frame.pk), None)
    if place is None:
        return None, None
    return current[place - 1] if place else None, current[place + 1] if place + 1 < len(current) else None
