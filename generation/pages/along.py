"""Pictures that go with a prompt, as pages show them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from generation.attaching import Attached
from generation.models import Frame, StyleRun
from generation.providers.base import ReferenceRole
from storyboards.models import Character, Picture


@dataclass(frozen=True)
class Input:
    """A picture that goes with the prompt. `address` is empty where that very picture is not to be had: any longer, or
    yet. `page`: where it is told more of; `take_id`: of a picture that was made here."""

    role: ReferenceRole
    words: str
    address: str = ""
    page: str = ""
    take_id: int | None = None


@dataclass(frozen=True)
class Along:
    """What must be read to show them. `drafts`: by step, the frame of the run's draft; `people`: characters by name."""

    run: StyleRun
    drafts: Mapping[int, Frame]
    people: Mapping[str, Character]

    def show(self, attached: Attached, frame: Frame, source: Frame | None) -> Input:
        """`source`: the frame that `frame` continues from."""
        return SHOWN[attached.role](self, attached, frame, source)


def load_along(run: StyleRun, frames: Sequence[Frame]) -> Along:
    """A query for each that the run has: a draft, characters with sheets."""
    keeps = run.draft_id is not None and bool(run.snapshot.get("keep_composition"))
    drafts = Frame.objects.filter(run=run.draft_id, step__in=[frame.step_id for frame in frames]) if keeps else []
    sheeted = any(who["sheet"] for who in run.snapshot.get("characters", ()))
    characters = run.project.characters.select_related("sheet") if sheeted else []
    return Along(
        run,
        {draft.step_id: draft for draft in drafts},
        {who.name: who for who in characters},
    )


def _before(along: Along, attached: Attached, frame: Frame, source: Frame | None) -> Input:
    if source is None:
        return Input(attached.role, "The picture before")
    words = f"The picture before: step {source.step.known_as(source.position)}"
    if source.chosen_id is None:
        return Input(attached.role, f"{words}, which is still to be made")
    return Input(attached.role, words, _thumbnail(source.chosen_id), source.get_absolute_url(), source.chosen_id)


def _draft(along: Along, attached: Attached, frame: Frame, _source: Frame | None) -> Input:
    draft = along.drafts.get(frame.step_id)
    if draft is None or draft.chosen_id is None:
        return Input(attached.role, "The draft of this step, as it was then")
    address, page = _thumbnail(draft.chosen_id), draft.get_absolute_url()
    return Input(attached.role, "The draft of this step", address, page, draft.chosen_id)


def _thumbnail(take_id: int) -> str:
    return reverse("picture", args=[take_id, "thumbnail"])


def _style(along: Along, attached: Attached, _frame: Frame, _source: Frame | None) -> Input:
    style = along.run.style
    address = reverse("style_reference", args=[style.slug])
    return _kept(attached, f"The reference picture of “{style}”", style.reference_picture, address)


def _concept(along: Along, attached: Attached, _frame: Frame, _source: Frame | None) -> Input:
    project = along.run.project
    address = reverse("concept_thumbnail", args=[project.pk])
    return _kept(attached, "The concept: the finished thing", project.concept_picture, address)


def _sheet(along: Along, attached: Attached, _frame: Frame, _source: Frame | None) -> Input:
    who = along.people.get(attached.who)
    address = reverse("character_thumbnail", args=[who.pk]) if who else ""
    return _kept(attached, f"What {attached.who} looks like", who.sheet if who else None, address)


def _kept(attached: Attached, words: str, picture: Picture | None, address: str) -> Input:
    """A run goes by the pictures as they stood when it began."""
    if picture is None or picture.sha256 != attached.sha256:
        return Input(attached.role, f"{words}, as it was then")
    return Input(attached.role, words, address)


SHOWN: Mapping[ReferenceRole, Callable[[Along, Attached, Frame, Frame | None], Input]] = {
    ReferenceRole.PREVIOUS: _before,
    ReferenceRole.DRAFT: _draft,
    ReferenceRole.STYLE: _style,
    ReferenceRole.CONCEPT: _concept,
    ReferenceRole.CHARACTER: _sheet,
}
