"""What would be sent for every step, word for word: before a run begins, and of one that has begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from generation import linting, proofs
from generation.actions.starting import usual_engine
from generation.linting import Advice
from generation.models import Engine, Strategy, StyleRun
from generation.pages.along import Along, Input, load_along
from generation.pages.cards import StepView, step_view
from generation.pages.forms import likely
from generation.proofs import Proof
from storyboards.models import Project, Style
from storyboards.strategies import STRATEGIES


class WishForm(forms.Form):
    """Which run is meant: the addresses of pages and programs say it in the same words."""

    style = forms.ModelChoiceField(
        Style.objects.none(),
        to_field_name="slug",
        empty_label=None,
        error_messages={"invalid_choice": "There is no style “%(value)s”."},
    )
    strategy = forms.ChoiceField(choices=[(name, title) for name, title, _why in STRATEGIES])
    engine = forms.ModelChoiceField(
        Engine.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label="As the style is usually made",
        error_messages={"invalid_choice": "There is no engine “%(value)s” that is switched on."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("style", Style.objects.all()), ("engine", Engine.objects.filter(enabled=True))):
            field: Any = self.fields[name]
            field.queryset = choices


@dataclass(frozen=True)
class Row:
    """One step's prompt. `starts`: what its picture starts from; `advice`: what to look at in it first."""

    dom_id: str
    step: StepView
    prompt: str
    whole: bool
    starts: str
    inputs: list[Input]
    advice: list[Advice]

    @property
    def characters(self) -> int:
        return len(self.prompt)


@dataclass(frozen=True)
class Sheet:
    """All prompts of `run`, which is not stored where nobody has started it. `most`: characters that its engine
    reads."""

    run: StyleRun
    rows: list[Row]
    advice: list[Advice]
    most: int


def usual_wish(project: Project) -> dict[str, Any]:
    """As the project was made the last time, or as it most likely will be."""
    wanted = likely(project)
    style = Style.objects.filter(pk__in=wanted["styles"]).first()
    return {"style": style.slug if style else None, "strategy": wanted["strategy"]}


def stored_run(project: Project, number: int) -> StyleRun:
    """One of this project's; raises Http404 for any other."""
    runs = StyleRun.objects.filter(project=project).select_related("style__reference_picture", "engine__workflow")
    run = get_object_or_404(runs, pk=number)
    run.project = project
    return run


def wished_run(project: Project, style: Style, strategy: str, engine: Engine | None) -> StyleRun | None:
    """A run as a start would make it now, and not stored. None where there is no engine to make it."""
    maker = engine or usual_engine(project, style)
    return None if maker is None else proofs.unsaved(project, style, maker, strategy)


def load_sheet(run: StyleRun) -> Sheet:
    """The same number of queries however many steps there are. The run has project, style and engine at hand."""
    found = proofs.of_new(run) if run.pk is None else proofs.of_run(run)
    series = linting.series_of(run, found)
    advice = linting.lint(series)
    along = load_along(run, [proof.frame for proof in found])
    return Sheet(run, [_row(along, proof, advice) for proof in found], advice, series.max_prompt)


def _row(along: Along, proof: Proof, advice: Sequence[Advice]) -> Row:
    frame = proof.frame
    return Row(
        f"step-{frame.step_id}" if along.run.pk is None else f"frame-{frame.pk}",
        step_view(frame.step, frame.position),
        proof.prompt,
        proof.text.whole,
        _starts(along.run, proof),
        [along.show(picture, frame, proof.source) for picture in proof.attached],
        [one for one in advice if frame.step_id in one.steps],
    )


def _starts(run: StyleRun, proof: Proof) -> str:
    if proof.source is not None:
        source = step_view(proof.source.step, proof.source.position)
        return f"from the picture of step {source.label}"
    if run.strategy == Strategy.CUMULATIVE and proof.frame.position > 1:
        return f"from the texts of steps 1 to {proof.frame.position}"
    return "from text, and the pictures beside it" if proof.attached else "from text alone"
