"""The shapes of what people author: projects, steps, imports. Lengths are the models' own."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.conf import settings
from django.urls import reverse
from ninja import Field, Schema
from pydantic import ConfigDict, StrictBool

from generation.api.problems import invalid
from generation.api.v1.options import Choices
from generation.api.v1.values import (
    Body,
    LongText,
    Name,
    Place,
    ProjectVariables,
    Prompts,
    RowId,
    Seconds,
    ShortText,
    Slug,
    Source,
    StepText,
    StepTitle,
    StepVariables,
    Title,
    partial,
)
from generation.models import Strategy, StyleRun
from storyboards.editing import STEP_FIELDS, split_field
from storyboards.importing import ImportedProject, ImportedStep
from storyboards.importing.limits import check_limits
from storyboards.importing.words import unknown_style
from storyboards.models import AspectRatio, Project, Step, Style, Transition, Visibility
from storyboards.strategies import TRANSITION_RULE
from storyboards.views.trash import days_left

# --- steps -----------------------------------------------------------------------------------------------------------


class StepFields(Body):
    """What people write of a step. `duration` in seconds, kept to the hundredth."""

    title: StepTitle = ""
    description: StepText = Field("", description="What the picture must show, in plain words.")
    shot: ShortText = ""
    beat: ShortText = Field("", description="Like 1.1, 1.2 …")
    transition: Transition = Field(Transition.CONTINUES, description=TRANSITION_RULE)
    script_phrase: StepText = ""
    dialogue: StepText = ""
    duration: Seconds | None = Field(None, description="Seconds on the screen.")
    variables: StepVariables = Field("", description="Its own, one `hero = …` a line: they stand before the project's.")
    prompts: Prompts = Field(
        {},
        description="Its own prompt in a style, by the style's slug: a text, or `{text, whole}` where `whole` says "
        "whether it is sent as it is, without the style's template. An empty text means none.",
    )


class StepIn(StepFields):
    """A step needs at least a title, a description, a script phrase or a prompt."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"title": "Cut the board", "description": "A hand saw halfway through a pine board."},
                {"shot": "1", "beat": "1.1", "transition": "H", "prompts": {"clear": "A pine board on a bench."}},
            ]
        }
    )

    def imported(self, number: int) -> ImportedStep:
        """As importing knows it; its place in the list stands for the line it is found at."""
        own = {slug: prompt.text for slug, prompt in self.prompts.items() if prompt.text}
        whole = frozenset(slug for slug in own if self.prompts[slug].whole)
        return ImportedStep(**written(self, STEP_FIELDS), prompts=own, whole=whole, line=number)


class StepPatch(StepFields):
    """Only what is sent is written. `version` is that of the step you have read: 409 if somebody saved it since."""

    version: RowId
    model_config = ConfigDict(
        json_schema_extra=partial({"version": 1, "title": "Saw the board", "prompts": {"clear": ""}})
    )


class StepsIn(Body):
    """Many steps at once, all or none of them."""

    steps: list[StepIn] = Field(min_length=1, max_length=settings.MAX_STEPS)
    after: RowId | None = Field(None, description="Id of the step they go behind; left out: at the end.")
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"steps": [{"title": "Cut the board"}, {"title": "Sand the edges"}]}]}
    )


class MoveIn(Body):
    to: Place = Field(description="A direction, or the number it shall have; beyond the end is the end.")
    model_config = ConfigDict(json_schema_extra={"examples": [{"to": 1}, {"to": "down"}]})


class SplitIn(Body):
    """Where its text is parted: `at` a number of characters, or the `texts` of all parts themselves."""

    version: RowId
    at: RowId | None = None
    texts: list[StepText] | None = Field(None, min_length=2, max_length=50)
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"version": 1, "texts": ["Cut the board.", "Sand the edges."]}]}
    )


class StepOut(Schema):
    id: int
    project: int = Field(alias="project_id")
    position: int = Field(description="Its number, from 1.")
    title: str
    description: str
    shot: str
    beat: str
    transition: str
    script_phrase: str
    dialogue: str
    duration: float | None = Field(None, description="Seconds on the screen.")
    variables: str
    prompts: dict[str, str] = Field(description="By the style's slug.")
    whole_prompts: list[str] = Field(description="Slugs of the styles whose prompt is sent as it is.")
    version: int = Field(description="Send it back with a change.")
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_prompts(step: Step) -> dict[str, str]:
        return {prompt.style.slug: prompt.text for prompt in step.prompts.all()}

    @staticmethod
    def resolve_whole_prompts(step: Step) -> list[str]:
        return [prompt.style.slug for prompt in step.prompts.all() if prompt.whole]


# --- projects --------------------------------------------------------------------------------------------------------


class StartIn(Choices, Body):
    """Have pictures made as soon as the steps exist, in the same transaction. Needs the scope “run"."""

    strategy: Strategy
    styles: list[Slug] = Field(min_length=1, max_length=50)
    engine: Slug | None = Field(None, description="Left out: each style by its usual one.")
    model_config = ConfigDict(json_schema_extra={"examples": [{"strategy": "chained", "styles": ["clear"]}]})


class ProjectFields(Body):
    description: LongText = ""
    materials: LongText = Field("", description="One a line.")
    concept_prompt: LongText = Field("", description="The finished thing in words: every picture follows its look.")
    aspect_ratio: AspectRatio = AspectRatio.SQUARE
    name_future_steps: StrictBool = Field(False, description="Cumulative prompts name later steps as not to be seen.")
    variables: ProjectVariables = Field(
        "", description="Words that texts name as `$hero`: one `hero = …` a line; below `[shot 2]` those of that shot."
    )
    visibility: Visibility = Visibility.PRIVATE
    external_id: Name = Field("", description="What your system calls it; unique among your projects.")


class ProjectIn(ProjectFields):
    title: Title
    steps: list[StepIn] = Field([], max_length=settings.MAX_STEPS)
    start: StartIn | None = None
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Bird house",
                    "external_id": "orders/4711",
                    "materials": "pine board\nwood glue",
                    "steps": [{"title": "Cut the board"}, {"title": "Glue the walls"}],
                    "start": {"strategy": "chained", "styles": ["clear"]},
                }
            ]
        }
    )


class ProjectPatch(ProjectFields):
    """Only what is sent is written."""

    title: Title = ""
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "Bird house for tits", "visibility": "public"}]}
    )


class RunBrief(Schema):
    id: int
    style: str
    engine: str
    strategy: str
    status: str

    @staticmethod
    def resolve_style(run: StyleRun) -> str:
        return run.style.slug

    @staticmethod
    def resolve_engine(run: StyleRun) -> str:
        return run.engine.slug


class ProjectOut(Schema):
    id: int
    title: str
    description: str
    materials: str
    concept_prompt: str
    concept_picture_url: str | None = Field(None, description="Needs your token; null where there is none.")
    aspect_ratio: str
    name_future_steps: bool
    variables: str
    visibility: str
    external_id: str = Field(description="Told to those who may change the project; empty for others.")
    steps: int = Field(alias="step_count", description="How many there are.")
    runs: list[RunBrief]
    url: str = Field(description="Its board, for people.")
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_external_id(project: Project, context: Mapping[str, Any]) -> str:
        """It may be another system's number of an order or a customer."""
        user = context["request"].auth.user
        mine = project.owner_id == user.pk or user.has_perm("storyboards.change_project")
        return project.external_id if mine else ""

    @staticmethod
    def resolve_concept_picture_url(project: Project) -> str | None:
        address = reverse("v1:concept_picture", args=[project.pk])
        return f"{settings.PUBLIC_URL}{address}" if project.concept_picture_id is not None else None

    @staticmethod
    def resolve_url(project: Project) -> str:
        return project.public_url()


# --- the trash -------------------------------------------------------------------------------------------------------


class Trashed(Schema):
    """In the trash, to be brought back for thirty days."""

    id: int
    title: str
    deleted_at: datetime
    days_left: int

    @staticmethod
    def resolve_days_left(row: Project | Step) -> int:
        return days_left(row.deleted_at) if row.deleted_at else 0


class TrashedStep(Trashed):
    project: int = Field(alias="project_id")
    deleted_from: int | None = Field(None, description="The number it had, and gets again.")


class TrashOut(Schema):
    """The last first. Steps of a project that is in the trash itself come back with it."""

    projects: list[Trashed]
    steps: list[TrashedStep]


# --- imports ---------------------------------------------------------------------------------------------------------


class ImportFields(Body):
    text: Source
    format: Literal["", "list", "table", "json"] = Field("", description="Empty: recognised by itself.")
    start: StartIn | None = None


class ImportIn(ImportFields):
    """A new project. Title and shape are suggested by the text where they are left out."""

    name: Name = Field("", description="The file's, like planter.csv.")
    title: Title | None = None
    external_id: Name = ""
    aspect_ratio: AspectRatio | None = None
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "Bird house", "text": "1. Cut the board\n2. Glue the walls"}]}
    )


class ImportInto(ImportFields):
    mode: Literal["append", "replace"] = Field("append", description="replace: the steps there go into the trash.")
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "title,shot\nOpen the door,2", "mode": "append"}]}
    )


class ImportedOut(Schema):
    project: ProjectOut
    imported: int = Field(description="How many steps came in.")
    warnings: list[str] = Field(description="What was read otherwise than one might think.")


# --- from bodies to rows ---------------------------------------------------------------------------------------------


Wrong = tuple[str, str]
"""Where, and what about it."""


def written(body: Body, names: tuple[str, ...]) -> dict[str, Any]:
    """What was sent of these fields, as rows hold it."""
    return {name: _as_stored(getattr(body, name)) for name in names if name in body.model_fields_set}


def _as_stored(value: object) -> object:
    return Decimal(str(value)).quantize(Decimal("0.01")) if isinstance(value, float) else value


def imported_steps(steps: Sequence[StepIn]) -> tuple[ImportedStep, ...]:
    """What importing would have read. Raises Problem with all that is wrong with them."""
    found = tuple(step.imported(number) for number, step in enumerate(steps, start=1))
    complain(_wrong_steps(found) if found else ())
    return found


def _wrong_steps(steps: tuple[ImportedStep, ...]) -> Iterator[Wrong]:
    for problem in check_limits(ImportedProject(steps=steps)):
        yield f"body.steps.{problem.line - 1}", problem.message
    slugs = style_slugs()
    for step in steps:
        yield from wrong_styles(step.prompts, slugs, f"body.steps.{step.line - 1}.prompts")


def parted(step: Step, at: int | None) -> list[str]:
    """Its text in two, at so many characters. Raises Problem where none of both ways to say it was taken."""
    if at is None:
        raise invalid([("body", "Send `at`, a number of characters, or `texts`, the text of each part.")])
    text = getattr(step, split_field(step))
    return [text[:at], text[at:]]


def wrong_styles(named: Iterable[str], slugs: Collection[str], place: str) -> Iterator[Wrong]:
    for slug in named:
        if slug not in slugs:
            yield f"{place}.{slug}", unknown_style(slug, list(slugs))


def style_slugs() -> dict[str, int]:
    """All styles' ids by their slugs, in their order."""
    return dict(Style.objects.values_list("slug", "pk"))


def complain(wrong: Iterable[Wrong]) -> None:
    """Raises Problem where anything is wrong."""
    if found := list(wrong):
        raise invalid(found)
