"""One frame with all its takes, and what a verb on it would cost."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from generation import frames
from generation.models import OPEN, Call, Engine, Frame, Status, StyleRun, Take
from generation.pages import cards, dollars, pace, wording
from generation.pages.cards import PictureView, picture_view
from generation.pages.facts import reasons_to_hand_on
from generation.pages.pace import Pace
from generation.pages.prices import prices_of
from generation.pages.wording import Failure, State


@dataclass(frozen=True)
class TakeView:
    """One take in the strip.

    `cost` in words, once it is known; `choosable`: it has a picture and is not the one that is shown.
    `source`: the number of the step that it was made from; `stand_in`: why another engine made it.
    """

    take: Take
    number: int
    state: State
    picture: PictureView | None
    cost: str
    chosen: bool
    choosable: bool
    failure: Failure | None
    source: str
    stand_in: str


def load_takes(frame: Frame) -> list[TakeView]:
    """Newest first. Two queries."""
    related = ("original", "thumbnail", "display", "requested_by", "engine", "source_take__frame__step")
    takes = list(frame.takes.select_related(*related).order_by("pk"))
    calls: dict[int, list[Call]] = defaultdict(list)
    for call in Call.objects.filter(take__in=takes).select_related("take").order_by("pk"):
        calls[call.take_id or 0].append(call)
    views = [_take_view(frame, take, number, calls[take.pk]) for number, take in enumerate(takes, start=1)]
    return views[::-1]


def _take_view(frame: Frame, take: Take, number: int, calls: Sequence[Call]) -> TakeView:
    return TakeView(
        take=take,
        number=number,
        state=wording.take_state(take),
        picture=picture_view(take),
        cost="" if take.status in OPEN else dollars.cost_of_calls(calls),
        chosen=frame.chosen_id == take.pk,
        choosable=take.status == Status.COMPLETED and frame.chosen_id != take.pk,
        failure=wording.failure_of(take, calls[-1] if calls else None),
        source=cards.label(take.source_take.frame.step, take.source_take.position) if take.source_take else "",
        stand_in=cards.stand_in(frame.run, take, reasons_to_hand_on(calls)),
    )


# --- before a verb ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    """What one is told before it is done: `stale` are the numbers of steps built on what changes."""

    images: str
    money: str
    time: str
    stale: str


def cost_of(frame: Frame, verb: str) -> Cost | None:
    """None for verbs that make nothing."""
    if verb not in ("retry", "regenerate", "regenerate_following"):
        return None
    wanted = frames.following(frame) if verb == "regenerate_following" else [frame]
    engine = frame.run.engine
    known = pace.load_paces([engine.pk])[engine.pk]
    price = prices_of([engine], frame.run.project.aspect_ratio)[engine.pk]
    return Cost(
        images=wording.amount(len(wanted)),
        money=dollars.estimate(None if price is None else price * len(wanted)),
        time=_estimated_time(wanted, known, engine),
        stale=_stale_after(frame, {other.pk for other in wanted}),
    )


def _estimated_time(wanted: Sequence[Frame], known: Pace, engine: Engine) -> str:
    seconds = pace.seconds_left({frame.pk: frame.source_id for frame in wanted}, engine.max_parallel, known)
    if seconds is None or known.observations < wording.ENOUGH_OBSERVATIONS:
        return "not known yet: too few images were made by this engine"
    return f"{wording.duration(seconds)} (based on the last {known.observations} images)"


def _stale_after(frame: Frame, renewed: set[int]) -> str:
    """Steps whose picture was made from one that is renewed, and that are not renewed themselves.

    What is made from those stays as it is until they change too; a frame without a picture is passed over.
    """
    built_on = set(renewed)
    stale = []
    for other in frame.run.frames.current().select_related("step"):
        if other.source_id not in built_on or other.pk in renewed:
            continue
        if other.chosen_id is None:
            built_on.add(other.pk)
        else:
            stale.append(other.step.beat or str(other.position))
    return wording.listing(stale)


def neighbours(run: StyleRun, frame: Frame) -> tuple[Frame | None, Frame | None]:
    """The frames before and after it in its run."""
    current = list(run.frames.current().select_related("step"))
    place = next((at for at, other in enumerate(current) if other.pk == frame.pk), None)
    if place is None:
        return None, None
    return current[place - 1] if place else None, current[place + 1] if place + 1 < len(current) else None
