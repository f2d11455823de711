"""The exact prompts of a project, before they are sent."""

from typing import Annotated

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict, WithJsonSchema

from generation.api.auth import ApiRequest, Caller
from generation.api.links import picture_url
from generation.api.problems import invalid
from generation.api.v1.values import Slug
from generation.errors import Refusal
from generation.linting import Advice
from generation.models import Strategy, StyleRun, Take
from generation.pages.along import Input
from generation.pages.proofs import Row, Sheet, WishForm, load_sheet, stored_run, usual_wish, wished_run
from generation.providers.base import ReferenceRole
from storyboards.models import Project

router = Router()

Role = Annotated[str, WithJsonSchema({"type": "string", "enum": list(ReferenceRole)})]


class Wanted(Schema):
    """Which run is meant: one that has begun, or one that might."""

    run: int | None = Field(None, ge=1, le=2**63 - 1, description="One that has begun; the others are left out then.")
    style: Slug | None = Field(None, description="Left out: as the project was made the last time.")
    strategy: Strategy | None = Field(None, description="Left out: as the last time, else as the steps were written.")
    engine: Slug | None = Field(None, description="Left out: the one that makes this style.")


class ReferenceOut(Schema):
    """A picture that goes along, in the order in which the prompt speaks of them."""

    role: Role
    words: str
    image_url: str | None = Field(
        None, description="Absolute, signed, good for 24 hours; of pictures that were made here."
    )


class WarningOut(Schema):
    """What is likely to go wrong, and what one can do. It keeps nobody from starting."""

    kind: str
    steps: list[int] = Field(description="Ids.")
    words: str


class PromptOut(Schema):
    """What would be sent for one step now."""

    step: int
    label: str
    prompt: str
    whole: bool = Field(description="The step's own whole prompt, without the style's template.")
    characters: int
    starts: str = Field(description="What its picture starts from, in words.")
    references: list[ReferenceOut]
    warnings: list[WarningOut]


class PromptsOut(Schema):
    """All prompts of a run, in order. `max_characters` is what its engine reads of each."""

    run: int | None = Field(None, description="null: nobody has started it.")
    style: str
    strategy: Strategy
    engine: str
    max_characters: int
    items: list[PromptOut]
    warnings: list[WarningOut]
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "run": None, "style": "clear", "strategy": "chained", "engine": "sketch", "max_characters": 100000,
                    "items": [
                        {
                            "step": 4, "label": "1", "prompt": "Saw the boards.\nOne picture, no frame, no lettering.",
                            "whole": False, "characters": 52, "starts": "from text alone", "references": [],
                            "warnings": [],
                        }
                    ],
                    "warnings": [],
                }
            ]
        }
    )  # fmt: skip


@router.get("/projects/{int:project_id}/prompts", response=PromptsOut, summary="The exact prompts")
def list_prompts(request: ApiRequest, project_id: int, wanted: Query[Wanted]) -> PromptsOut:
    """Word for word what would be sent now for every step, of a run or of one that might be started. Nothing is sent,
    stored or paid by asking."""
    projects = Project.objects.editable_by(request.auth.user).select_related("concept_picture")
    project = get_object_or_404(projects, pk=project_id)
    run = _wished(project, wanted) if wanted.run is None else stored_run(project, wanted.run)
    return _told(load_sheet(run), request.auth)


def _wished(project: Project, wanted: Wanted) -> StyleRun:
    asked = {"style": wanted.style, "strategy": wanted.strategy, "engine": wanted.engine}
    form = WishForm(usual_wish(project) | {name: str(value) for name, value in asked.items() if value is not None})
    if not form.is_valid():
        raise invalid((f"query.{name}", str(errors[0])) for name, errors in form.errors.items())
    run = wished_run(project, **form.cleaned_data)
    if run is None:
        raise Refusal("No engine is switched on: staff can do that in the admin.")
    return run


def _told(sheet: Sheet, caller: Caller) -> PromptsOut:
    run = sheet.run
    return PromptsOut(
        run=run.pk,
        style=run.style.slug,
        strategy=Strategy(run.strategy),
        engine=run.engine.slug,
        max_characters=sheet.most,
        items=[_prompt(row, caller) for row in sheet.rows],
        warnings=[_warning(advice) for advice in sheet.advice],
    )


def _prompt(row: Row, caller: Caller) -> PromptOut:
    return PromptOut(
        step=row.step.id,
        label=row.step.label,
        prompt=row.prompt,
        whole=row.whole,
        characters=row.characters,
        starts=row.starts,
        references=[_reference(given, caller) for given in row.inputs],
        warnings=[_warning(advice) for advice in row.advice],
    )


def _reference(given: Input, caller: Caller) -> ReferenceOut:
    url = None if given.take_id is None else picture_url(Take(pk=given.take_id), caller)
    return ReferenceOut(role=given.role, words=given.words, image_url=url)


def _warning(advice: Advice) -> WarningOut:
    return WarningOut(kind=advice.kind, steps=list(advice.steps), words=advice.words)
