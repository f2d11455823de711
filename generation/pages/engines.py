"""What can make pictures, what is missing, and what a picture costs: the engines' page and the Generate form."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch

from generation.models import Engine, StyleEngine
from generation.models.engines import EngineQuerySet
from generation.pages import dollars
from generation.pages.prices import Asked, as_usual, prices_of
from generation.pages.stops import Stop, load_stops, stop_of
from generation.providers.base import Capabilities
from generation.readiness import Readiness, readiness_of_all
from storyboards.models import Style

USUAL_SHAPE = "4:3"
"""Prices on the engines' page are told for it."""


@dataclass(frozen=True)
class EngineView:
    """`price` in US dollars a picture: 0 is free, None is not known. `stop`: what keeps it from being asked now."""

    found: Readiness
    price: Decimal | None
    styles: list[Style]
    stop: Stop | None

    @property
    def engine(self) -> Engine:
        return self.found.engine

    @property
    def able(self) -> Capabilities:
        return self.engine.abilities

    @property
    def value(self) -> str:
        """As a form sends it."""
        return str(self.engine.pk)

    @property
    def style_ids(self) -> set[int]:
        return {style.pk for style in self.styles}

    @property
    def ready(self) -> bool:
        return self.found.ready

    @property
    def price_words(self) -> str:
        return dollars.price_of_one(self.price)


def _usually(engine: Engine) -> Asked:
    return as_usual(engine, USUAL_SHAPE)


def load_engines(
    engines: EngineQuerySet | None = None, asked: Callable[[Engine], Asked] = _usually
) -> list[EngineView]:
    """In their order, in a constant number of queries. `asked`: how a picture is asked for whose price is told."""
    places = Prefetch("styles", StyleEngine.objects.select_related("style"))
    wanted = (Engine.objects.all() if engines is None else engines).prefetch_related(places)
    listed = readiness_of_all(wanted)
    prices = prices_of({found.engine.pk: asked(found.engine) for found in listed})
    stops = load_stops()
    return [
        EngineView(found, prices[found.engine.pk], _styles(found.engine), _stop(found.engine, stops))
        for found in listed
    ]


def _styles(engine: Engine) -> list[Style]:
    return [place.style for place in engine.styles.all()]


def _stop(engine: Engine, stops: Iterable[Stop]) -> Stop | None:
    return stop_of(engine.provider, stops, costs_money=engine.needs_key)
