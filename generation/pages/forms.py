"""What people fill in to have pictures made."""

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef

from generation.models import Engine, Strategy, StyleRun
from storyboards.models import Project, StepPrompt, Style, Transition
from storyboards.strategies import STRATEGIES


class StartForm(forms.Form):
    """Styles, strategy and, where there is a choice, engine."""

    styles = forms.ModelMultipleChoiceField(
        Style.objects.none(), error_messages={"required": "Choose at least one style."}
    )
    strategy = forms.ChoiceField(choices=[(name, title) for name, title, _why in STRATEGIES])
    engine = forms.ModelChoiceField(Engine.objects.none(), required=False, empty_label="Each style's own")
    fresh = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("styles").queryset = Style.objects.all()
        self._choices("engine").queryset = Engine.objects.filter(enabled=True)

    def _choices(self, name: str) -> Any:
        return self.fields[name]

    def made_as_before(self) -> None:
        """Say what no engine means for a project that has runs."""
        self._choices("engine").empty_label = "As before"

    def strategies(self) -> list[tuple[str, str, str]]:
        """Value, name and one line that explains it."""
        return list(STRATEGIES)

    def complaint(self) -> str:
        """The first thing that is wrong with it."""
        return next(str(errors[0]) for errors in self.errors.values())


def start_form(project: Project) -> StartForm:
    """As people most likely want it: like the last time, else as the steps were written."""
    last = StyleRun.objects.filter(project=project).order_by("-pk").values_list("strategy", flat=True).first()
    form = StartForm(initial={"styles": _likely_styles(project), "strategy": last or _likely_strategy(project)})
    if last:
        form.made_as_before()
    return form


def _likely_styles(project: Project) -> list[int]:
    used = Exists(StyleRun.objects.filter(project=project, style=OuterRef("pk")))
    written = Exists(StepPrompt.objects.filter(step__project=project, style=OuterRef("pk")))
    styles = list(Style.objects.annotate(used=used, written=written).values_list("pk", "used", "written"))
    likely = [pk for pk, used, _ in styles if used] or [pk for pk, _, written in styles if written]
    return likely or [pk for pk, _, _ in styles[:1]]


def _likely_strategy(project: Project) -> Strategy:
    cuts = project.steps.alive().filter(transition=Transition.HARD_CUT).exists()
    return Strategy.SHOTS if cuts else Strategy.CHAINED
