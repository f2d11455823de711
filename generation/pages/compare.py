"""The picture that is shown beside another one: side by side, or one over the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from generation.models import Frame
from generation.pages.cards import PictureView, picture_view
from generation.pages.takes import Takes, TakeView
from storyboards.models import Picture

WAYS = {"side": "Side by side", "onion": "One over the other"}


@dataclass(frozen=True)
class Side:
    """One of the two pictures. Sizes in pixels; `page`: where it is told more of."""

    words: str
    small: str
    full: str
    small_width: int
    width: int
    height: int
    page: str = ""


@dataclass(frozen=True)
class Comparison:
    """`options`: what the shown picture may be compared with, by the name it has in the address; `other` is None
    where nothing is chosen (yet) or that is no longer to be had."""

    options: Mapping[str, str]
    value: str
    how: str
    shown: Side
    other: Side | None

    ways = WAYS


def load_comparison(frame: Frame, before: Frame | None, takes: Takes, value: str, how: str) -> Comparison | None:
    """None where no picture is shown. `frame` has its run with style, project and their pictures at hand; `before` its
    chosen take with its pictures."""
    if takes.chosen is None or takes.chosen.picture is None:
        return None
    sides = _sides(frame, before, takes)
    return Comparison(
        options={name: side.words for name, side in sides.items()},
        value=value,
        how=how if how in WAYS else "side",
        shown=_of_take(takes.chosen, takes.chosen.picture),
        other=sides.get(value),
    )


def _sides(frame: Frame, before: Frame | None, takes: Takes) -> dict[str, Side]:
    others = [view for view in takes.pictures if not view.chosen]
    return {
        **_take_before(takes, others),
        **_step_before(before),
        **_brought_along(frame),
        **{f"take-{view.take.pk}": _of_take(view, view.picture) for view in others if view.picture},
    }


def _take_before(takes: Takes, others: Sequence[TakeView]) -> dict[str, Side]:
    shown = takes.chosen.number if takes.chosen else 0
    before = next((view for view in others if view.number < shown), None)
    if before is None or before.picture is None:
        return {}
    return {"before": _of_take(before, before.picture, f"The take before, take {before.number}")}


def _step_before(before: Frame | None) -> dict[str, Side]:
    picture = picture_view(before.chosen) if before else None
    if before is None or picture is None:
        return {}
    words = f"The step before, step {before.step.known_as(before.position)}"
    return {"step": _of_picture(words, picture, before.get_absolute_url())}


def _brought_along(frame: Frame) -> dict[str, Side]:
    """Reference and concept, as they are now."""
    style, project = frame.run.style, frame.run.project
    sides = {}
    if style.reference_picture is not None:
        address = reverse("style_reference", args=[style.slug])
        sides["style"] = _of_file(f"The reference picture of “{style}”", style.reference_picture, address)
    if project.concept_picture is not None:
        address = reverse("concept_picture", args=[project.pk])
        sides["concept"] = _of_file("The concept: the finished thing", project.concept_picture, address)
    return sides


def _of_take(view: TakeView, picture: PictureView, words: str = "") -> Side:
    return _of_picture(words or f"Take {view.number}", picture, reverse("explain", args=[view.take.pk]))


def _of_picture(words: str, picture: PictureView, page: str) -> Side:
    small, full = (reverse("picture", args=[picture.take_id, variant]) for variant in ("thumbnail", "display"))
    return Side(words, small, full, picture.thumbnail_width, picture.width, picture.height, page)


def _of_file(words: str, picture: Picture, address: str) -> Side:
    return Side(words, address, address, picture.width, picture.width, picture.height)
