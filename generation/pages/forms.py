"""What people fill in to have pictures made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef

from generation import actions
from generation.models import Engine, Strategy, StyleRun
from generation.pages import choices, dollars
from generation.pages.choices import ChoicesForm, Qualities
from generation.pages.engines import EngineView, load_engines
from generation.pages.prices import Asked
from storyboards.models import Project, StepPrompt, Style
from storyboards.models.projects import BREAKS
from storyboards.strategies import STRATEGIES


class StartForm(ChoicesForm):
    """Styles, strategy and, where there is a choice, engine; and how the pictures are made."""

    styles = forms.ModelMultipleChoiceField(
        Style.objects.none(), error_messages={"required": "Choose at least one style."}
    )
    strategy = forms.ChoiceField(choices=[(name, title) for name, title, _why in STRATEGIES])
    engine = forms.ModelChoiceField(Engine.objects.none(), required=False)
    fresh = forms.BooleanField(required=False)
    field_order = ("styles", "strategy", "engine", "fresh")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("styles").queryset = Style.objects.all()
        self._choices("engine").queryset = Engine.objects.filter(enabled=True)

    def _choices(self, name: str) -> Any:
        return self.fields[name]

    def complaint(self) -> str:
        """The first thing that is wrong with it."""
        return next(str(errors[0]) for errors in self.errors.values())

    def start(self, project: Project, user: User | None) -> list[StyleRun]:
        """Do what it asks for, once it is valid. Raises Refusal."""
        chosen = self.cleaned_data
        return actions.start(
            project,
            user=user,
            styles=list(chosen["styles"]),
            strategy=chosen["strategy"],
            engine=chosen["engine"],
            fresh=chosen["fresh"],
            variation=self.variation(chosen["strategy"]),
            longest_side=chosen["size"],
        )


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
    """`asked` holds the fields, as they were sent or as they are proposed; of them `strategy` and `engine`. `pictures`:
    of one style. `before`: the project has runs, which no engine would mean again."""

    asked: StartForm
    styles: list[StyleChoice]
    strategies: list[tuple[str, str, str]]
    strategy: str
    engine: str
    engines: list[EngineView]
    qualities: list[Qualities]
    pictures: int
    before: bool

    @property
    def estimate(self) -> str:
        """What the styles that are ticked come to at most, made by their own engines. What a start would really make,
        a forecast finds out."""
        prices = [choice.price for choice in self.styles if choice.checked]
        known = [price for price in prices if price is not None]
        each = self.pictures * self._candidates()
        total = sum(known, Decimal(0)) * each if len(known) == len(prices) else None
        words = dollars.price_of_many(each * len(prices), total)
        return f"up to {words}" if self.before else words

    def _candidates(self) -> int:
        value = self.asked["candidates"].value()
        return value if isinstance(value, int) else 1

    @property
    def usable(self) -> list[EngineView]:
        """The one to draft with first."""
        return sorted((view for view in self.engines if view.ready), key=lambda view: view is not self.draft)

    @property
    def unready(self) -> list[EngineView]:
        """Listed with what they lack; nobody can choose them."""
        return [view for view in self.engines if not view.ready]

    @property
    def lacking(self) -> list[EngineView]:
        """What the ticked styles would be made by and that cannot make them."""
        makers = {choice.maker.engine.pk: choice.maker for choice in self.styles if choice.checked and choice.maker}
        return [maker for maker in makers.values() if not maker.ready]

    @property
    def drafts(self) -> EngineView | None:
        """A free engine to draft with, where there are others to make the pictures finally."""
        ready = [view for view in self.engines if view.ready]
        free = [view for view in ready if not view.engine.needs_key]
        return free[0] if free and len(free) < len(ready) else None

    @property
    def draft(self) -> EngineView | None:
        """The same, where a style's own engine is another one: drafting is a choice then."""
        paid = any(choice.maker is not None and choice.maker.engine.needs_key for choice in self.styles)
        return self.drafts if paid else None

    @property
    def open(self) -> bool:
        """Whether something is wrong with, or chosen among, what else there is to choose."""
        return any(self.asked[name].errors for name in ChoicesForm.base_fields) or self._chosen()

    def _chosen(self) -> bool:
        values = {name: self.asked[name].value() for name in ("quality", "size", "gate", "reanchor", "max_parallel")}
        return any(values.values()) or str(self.asked["candidates"].value()) != "1"


def likely(project: Project) -> dict[str, Any]:
    """Styles, strategy and choices as people most likely want them: like the last time, else as the steps were
    written."""
    last = StyleRun.objects.filter(project=project).select_related("engine").order_by("-pk").first()
    styles = {"styles": _likely_styles(project)}
    if last is None:
        return styles | {"strategy": _likely_strategy(project)}
    return styles | {"strategy": last.strategy} | choices.of_run(last, project)


def start_form(project: Project, pictures: int, sent: StartForm | None = None) -> Start:
    """`pictures`: how many steps there are. `sent`: what somebody filled in, which is kept."""
    makers = dict(StyleRun.objects.filter(project=project).order_by("pk").values_list("style", "engine"))
    asked = sent or StartForm(initial=likely(project), auto_id="start_%s")
    engines = load_engines(Engine.objects.filter(enabled=True), lambda engine: _asked(engine, project, asked))
    usable = [view.engine for view in engines if view.ready]
    ticked = {str(value) for value in asked["styles"].value() or ()}
    engine = str(asked["engine"].value() or "")
    choices.offer_sizes(asked, usable)
    return Start(
        asked=asked,
        styles=[
            StyleChoice(style, str(style.pk) in ticked, _maker(style, makers, engines)) for style in Style.objects.all()
        ],
        strategies=list(STRATEGIES),
        strategy=str(asked["strategy"].value()),
        engine=engine,
        engines=engines,
        qualities=choices.qualities_of(usable, engine, str(asked["quality"].value() or "")),
        pictures=pictures,
        before=bool(makers),
    )


def _asked(engine: Engine, project: Project, form: StartForm) -> Asked:
    """In the size and quality that are proposed, as far as it makes them."""
    able, quality, side = engine.abilities, form["quality"].value(), form["size"].value()
    overrides = {"quality": quality} if quality in able.qualities else {}
    size = choices.pixels(project, side) if isinstance(side, int) and side <= able.max_side else None
    return Asked(engine, size or engine.size(project.aspect_ratio), engine.options | overrides)


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
    cuts = project.steps.alive().filter(transition__in=BREAKS).exists()
    return Strategy.SHOTS if cuts else Strategy.CHAINED
