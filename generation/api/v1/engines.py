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
    sizes: list[str] = Field(
        description="As the vendor names those it makes; empty: any size from `min_side` to `max_side`.",
        examples=[["1K", "2K"]],
    )
    min_side: int = Field(description="pixels")
    max_side: int = Field(description="pixels")
    qualities: list[str] = Field(
        description="What `quality` may be, cheapest first; empty: there is no choice.", examples=[["low", "high"]]
    )
    max_references: int = Field(description="How many pictures can be sent along with a request.")
    seeds: bool = Field(description="Whether a seed makes the same picture again.")
    edits: bool = Field(description="Whether it can go on from a picture, as “chained” and “shots” need it.")
    masks: bool = Field(description="Whether a mask may say which part of a picture is painted anew.")
    max_prompt: int = Field(description="Characters of a prompt that it reads.")
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
    engine, able, missing = view.engine, view.able, list(view.found.missing)
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
        "sizes": able.sizes,
        "min_side": able.min_side,
        "max_side": able.max_side,
        "qualities": able.qualities,
        "max_references": able.max_references,
        "seeds": able.seeds,
        "edits": able.edits,
        "masks": able.masks,
        "max_prompt": able.max_prompt,
        "styles": [style.slug for style in view.styles],
    }
