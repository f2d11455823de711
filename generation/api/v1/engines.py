"""Engines: what can make pictures, what it lacks, and what a picture costs. Staff make them in the admin."""

from decimal import Decimal
from typing import Annotated, Any

from django.contrib.auth.models import User
from django.http import Http404
from ninja import Field, Path, Router, Schema

from generation.api.auth import ApiRequest
from generation.api.paging import Whole
from generation.models import Engine
from generation.pages.engines import EngineView, load_engines

router = Router()

FOR_STAFF = "Staff must still set it up."


class EngineOut(Schema):
    slug: str = Field(examples=["sketch"])
    title: str = Field(examples=["Sketch (offline)"])
    provider: str = Field(examples=["sketch"])
    model: str = Field(description="The vendor's name of the model.")
    ready: bool = Field(description="Whether it can make a picture.")
    missing: list[str] = Field(description="What keeps it from making one; the particulars are for staff.")
    stopped: str = Field(description="Whether staff have paused its calls, in words; what waits goes on afterwards.")
    price: Decimal | None = Field(
        description="US dollars a picture in 4:3; 0 is free, null where nobody knows.", examples=["0.067000"]
    )
    longest_side: int = Field(description="pixels")
    max_references: int = Field(description="How many pictures can be sent along with a request.")
    styles: list[str] = Field(description="Slugs of those it is the usual one of.")


@router.get("/engines", response=Whole[EngineOut], summary="All engines")
def list_engines(request: ApiRequest) -> dict[str, Any]:
    """All engines, in the order of the pages."""
    return {"items": [_told(view, request.auth.user) for view in load_engines()]}


@router.get("/engines/{slug:slug}", response=EngineOut, summary="An engine")
def get_engine(request: ApiRequest, slug: Path[Annotated[str, Field(examples=["sketch"])]]) -> dict[str, Any]:
    """One engine by its slug."""
    found = load_engines(Engine.objects.filter(slug=slug))
    if not found:
        raise Http404(f"There is no engine {slug}.")
    return _told(found[0], request.auth.user)


def _told(view: EngineView, user: User) -> dict[str, Any]:
    """As the page tells it."""
    engine, missing = view.engine, list(view.found.missing)
    return {
        "slug": engine.slug,
        "title": engine.title,
        "provider": engine.provider,
        "model": engine.model,
        "ready": view.ready,
        "missing": missing if user.is_staff or not missing else [FOR_STAFF],
        "stopped": f"{view.stop.what}." if view.stop is not None else "",
        "price": view.price,
        "longest_side": engine.longest_side,
        "max_references": engine.abilities.max_references,
        "styles": [style.slug for style in view.styles],
    }
