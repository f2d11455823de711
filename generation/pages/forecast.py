"""What a start would make, cost and take, and what it warns of: the words of the Generate form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from generation import actions, linting
from generation.models import Engine, Gate
from generation.pages import dollars, wording
from generation.pages.estimate import Estimate, estimate
from generation.planning import Variation
from storyboards.models import Project, Style

TOO_FEW = "time not known yet"
STOPS: Mapping[str, str] = {
    Gate.FRAME: "After every picture it stops, and then it waits for your approval.",
    Gate.SHOT: "After every shot it stops, and then it waits for your approval.",
}
NOT_PAID = "What you do not let it make is not paid for."


@dataclass(frozen=True)
class Forecast:
    """`line` is all in one, `notes` what it is made of and what happens on the way. `refusal`: why nothing would start;
    `warnings` keep nobody from anything."""

    line: str
    notes: Sequence[str] = ()
    refusal: str = ""
    warnings: Sequence[str] = ()


@dataclass(frozen=True)
class Looked:
    """What is looked at. Without an `engine` each style is made as a start would have it made."""

    styles: Sequence[Style]
    strategy: str
    engine: Engine | None
    variation: Variation


def forecast(project: Project, act: Callable[[], object], wanted: Looked) -> Forecast:
    """Of `act`, which starts what is wanted. It is done and taken back: nothing stays of it."""
    found = estimate(project, act, [style.slug for style in wanted.styles])
    if found.refusal:
        return Forecast("Nothing would start", refusal=found.refusal)
    notes = [*_by_style(found, wanted.styles), *_reused(found), *_on_the_way(found, wanted.variation)]
    return Forecast(_line(found), notes, warnings=_warnings(project, wanted) if found.pictures else ())


def _warnings(project: Project, wanted: Looked) -> list[str]:
    """Each once, whatever number of styles it is about."""
    makers = {style: wanted.engine or actions.usual_engine(project, style) for style in wanted.styles}
    told = [
        advice.words
        for style, engine in makers.items()
        if engine is not None
        for advice in linting.warnings_for(project, style, wanted.strategy, engine)
    ]
    return list(dict.fromkeys(told))


def _line(found: Estimate) -> str:
    if not found.pictures:
        return "Nothing has to be made"
    time = TOO_FEW if found.seconds is None else wording.duration(found.seconds)
    return f"{dollars.price_of_many(found.pictures, found.cost)}, {time}"


def _by_style(found: Estimate, styles: Sequence[Style]) -> list[str]:
    """Where there are several."""
    if len(styles) < 2:
        return []
    words = {style: dollars.price_of_many(found.styles[style.slug], found.costs.get(style.slug)) for style in styles}
    return [f"{style}: {words[style] if found.styles[style.slug] else 'nothing to make'}." for style in styles]


def _reused(found: Estimate) -> list[str]:
    count = found.reused
    if not count:
        return []
    beside = " beside" if found.pictures else ""
    words = "exists already and is" if count == 1 else "exist already and are"
    return [f"{wording.amount(count)}{beside} {words} taken as {'it is' if count == 1 else 'they are'}, free."]


def _on_the_way(found: Estimate, variation: Variation) -> list[str]:
    if not found.pictures:
        return []
    each = variation.candidates
    several = f"Of each step {each} are made for you to choose from: each of them is counted here." if each > 1 else ""
    stops = _stops(variation)
    return list(filter(None, (several, f"{stops} {NOT_PAID}" if stops else "")))


def _stops(variation: Variation) -> str:
    if variation.gate != Gate.FIRST:
        return STOPS.get(variation.gate, "")
    first = wording.amount(variation.gate_after)
    return f"After the first {first} it stops, and then it waits for your approval."
