"""What people fill in to have pictures made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef

from generation.models import Engine, Strategy, StyleRun
from generation.pages import dollars
from generation.pages.engines import EngineView, load_engines
from storyboards.models import Project, StepPrompt, Style, Transition
from storyboards.strategies import STRATEGIES


class StartForm(forms.Form):
    """Styles, strategy and, where there is a choice, engine."""

    styles = forms.ModelMultipleChoiceField(
        Style.objects.none(), error_messages={"required": "Choose at least one style."}
    )
    strategy = forms.ChoiceField(choices=[(name, title) for name, title, _why in STRATEGIES])
    engine = forms.ModelChoiceField(Engine.objects.none(), required=False)
    fresh = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("styles").queryset = Style.objects.all()
        self._choices("engine").queryset = Engine.objects.filter(enabled=True)

    def _choices(self, name: str) -> Any:
        return self.fields[name]

    def complaint(self) -> str:
        """The first thing that is wrong with it."""
        return next(str(errors[0]) for errors in self.errors.values())


# --- the form as a page shows it -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StyleChoice:
    """`maker`: what makes it unless another engine is chosen."""

    style: Style
    checked: bool
    maker: EngineView | None

    @property
    def price(self) -> Decimal | None:
        return self.maker.price if self.maker else None


@dataclass(frozen=True)
class Start:
    """`pictures`: of one style. `before`: the project has runs, which no engine would mean again."""

    styles: list[StyleChoice]
    strategies: list[tuple[str, str, str]]
    strategy: str
    engines: list[EngineView]
    pictures: int
    before: bool

    @property
    def estimate(self) -> str:
        """What the styles that are ticked come to, made by their own engines."""
        prices = [choice.price for choice in self.styles if choice.checked]
        known = [price for price in prices if price is not None]
        total = sum(known, Decimal(0)) * self.pictures if len(known) == len(prices) else None
        words = dollars.price_of_many(self.pictures * len(prices), total)
        return f"up to {words}" if self.before else words

    @property
    def usable(self) -> list[EngineView]:
        return [view for view in self.engines if view.ready]

    @property
    def unready(self) -> list[EngineView]:
        """Listed with what they lack; nobody can choose them."""
        return [view for view in self.engines if not view.ready]

    @property
    def lacking(self) -> list[EngineView]:
        """What the ticked styles would be made by and that cannot make them."""
        makers = {choice.maker.engine.pk: choice.maker for choice in self.styles if choice.checked and choice.maker}
        return [maker for maker in makers.values() if not maker.ready]


def likely(project: Project) -> dict[str, Any]:
    """Styles and strategy as people most likely want them: like the last time, else as the steps were written."""
    last = StyleRun.objects.filter(project=project).order_by("-pk").values_list("strategy", flat=True).first()
    return {"styles": _likely_styles(project), "strategy": last or _likely_strategy(project)}


def start_form(project: Project, pictures: int) -> Start:
    """`pictures`: how many steps there are."""
    makers = dict(StyleRun.objects.filter(project=project).order_by("pk").values_list("style", "engine"))
    engines = load_engines(Engine.objects.filter(enabled=True), project.aspect_ratio)
    wanted = likely(project)
    return Start(
        styles=[
            StyleChoice(style, style.pk in wanted["styles"], _maker(style, makers, engines))
            for style in Style.objects.all()
        ],
        strategies=list(STRATEGIES),
        strategy=wanted["strategy"],
        engines=engines,
        pictures=pictures,
        before=bool(makers),
    )


def _maker(style: Style, makers: Mapping[int, int], engines: Iterable[EngineView]) -> EngineView | None:
    """As `actions.start` finds it: the one that made the style's pictures last, the style's own, the first one."""
    by_id = {view.engine.pk: view for view in engines}
    own = next((view for view in by_id.values() if style.pk in view.style_ids), None)
    return by_id.get(makers.get(style.pk, 0)) or own or next(iter(by_id.values()), None)


def _likely_styles(project: Project) -> list[int]:
    used = Exists(StyleRun.objects.filter(project=project, style=OuterRef("pk")))
    written = Exists(StepPrompt.objects.filter(step__project=project, style=OuterRef("pk")))
    styles = list(Style.objects.annotate(used=used, written=written).values_list("pk", "used", "written"))
    likely = [pk for pk, used, _ in styles if used] or [pk for pk, _, written in styles if written]
    return likely or [pk for pk, _, _ in styles[:1]]


def _likely_strategy(project: Project) -> Strategy:
    cuts = project.steps.alive().filter(transition=Transition.HARD_CUT).exists()
    return Strategy.SHOTS if cuts else Strategy.CHAINED
