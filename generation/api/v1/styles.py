"""Styles: how pictures can look. Staff make them in the admin."""

from typing import Annotated, Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Router, Schema

from generation.api.auth import ApiRequest
from generation.api.paging import Whole
from storyboards.models import Style

router = Router()


class StyleOut(Schema):
    slug: str = Field(examples=["clear"])
    title: str = Field(examples=["Clear"])
    look: str = Field(description="In words for the model.", examples=["clear technical drawing, even thin line"])
    avoid: str = Field(description="What must not be in the picture.", examples=["photorealism, text"])
    has_reference: bool = Field(description="Whether the first picture of every chain is made after a picture.")
    templates: dict[str, str] = Field(
        description="Of its prompts: first, next, cumulative. $step and the like are filled in.",
        examples=[{"first": "$step", "next": "$step", "cumulative": "$steps"}],
    )
    engine: str | None = Field(None, description="Slug of its usual one; null: the first that is switched on.")

    @staticmethod
    def resolve_has_reference(style: Style) -> bool:
        return style.reference_picture_id is not None

    @staticmethod
    def resolve_templates(style: Style) -> dict[str, str]:
        return style.templates()

    @staticmethod
    def resolve_engine(style: Style) -> str | None:
        usual = getattr(style, "default_engine", None)
        return usual.engine.slug if usual is not None else None


@router.get("/styles", response=Whole[StyleOut], summary="All styles")
def list_styles(request: ApiRequest) -> dict[str, Any]:
    """All styles, in the order of the pages."""
    return {"items": _told()}


@router.get("/styles/{slug:slug}", response=StyleOut, summary="A style")
def get_style(request: ApiRequest, slug: Path[Annotated[str, Field(examples=["clear"])]]) -> Style:
    """One style by its slug."""
    return get_object_or_404(_told(), slug=slug)


def _told() -> QuerySet[Style]:
    return Style.objects.select_related("default_engine__engine")
