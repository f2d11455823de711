"""Style runs: shots of beats, all styles at once, told live over server-sent events.

`projectPath` is a program's name for a project and nothing else: no path on anybody's disk.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from channels.db import database_sync_to_async
from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.http import StreamingHttpResponse
from ninja import Field, NinjaAPI, Schema
from pydantic import AfterValidator, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from generation import commands
from generation.api.auth import ApiRequest, AsyncLocalOrBearer, LocalOrBearer
from generation.api.earlier.beats import Wanted, begin
from generation.api.earlier.live import lines
from generation.api.earlier.names import own_at, own_named
from generation.api.problems import Problem, speak
from generation.api.streams import event_stream
from generation.errors import Refusal
from generation.models import Frame, Scope, Strategy, StyleRun
from generation.verbs import MAY_BE_CHARGED
from storyboards.editing import is_text
from storyboards.models import Project

api = NinjaAPI(urls_namespace="style_runs", auth=LocalOrBearer(), docs_url=None, openapi_url=None)
speak(api)


def _named(text: str) -> str:
    if not text.strip() or not is_text(text):
        raise PydanticCustomError("name", "This must be a name, of letters that can be stored.")
    return text


class Camel(Schema):
    """Called as JavaScript calls things."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Named(Camel):
    project_path: Annotated[str, Field(max_length=200), AfterValidator(_named)]


class Storyboard(Named):
    prompts_by_style: Any = None


class Done(Camel):
    completed_beats: list[str]
    last_updated: str | None = None


class Progress(Schema):
    success: bool = True
    progress: dict[str, Done]


class Generating(Camel):
    success: bool = True
    is_generating: bool


class Stopped(Schema):
    success: bool = True
    message: str


@api.post("/generate-images", auth=AsyncLocalOrBearer(Scope.RUN))
async def generate_images(request: ApiRequest, body: Storyboard) -> StreamingHttpResponse:
    """Have the missing pictures made, and be told of each until all have ended. Whoever leaves stops nothing."""
    caller = request.auth
    if body.prompts_by_style:
        caller.need(Scope.WRITE)
    begun = await database_sync_to_async(begin)(caller.user, Wanted(body.project_path, body.prompts_by_style or None))
    return event_stream(lines(caller, begun))


@api.api_operation(["GET", "HEAD"], "/generation-status/{path:project}", response=Generating, by_alias=True)
def generation_status(request: ApiRequest, project: str) -> Generating:
    """Whether anything is being made of a project."""
    found = own_at(request.auth.user, project)
    return Generating(is_generating=found is not None and found.runs.active().exists())


@api.post("/get-generation-progress", response=Progress, by_alias=True)
def generation_progress(request: ApiRequest, body: Named) -> Progress:
    """By style, the beats that have their picture."""
    found = own_named(request.auth.user, body.project_path)
    return Progress(progress={} if found is None else {run.style.slug: _done(run) for run in _newest_runs(found)})


@api.post("/stop-generation", auth=LocalOrBearer(Scope.RUN), response=Stopped)
def stop_generation(request: ApiRequest, body: Named) -> Stopped:
    """End all runs of a project."""
    found = own_named(request.auth.user, body.project_path)
    if found is None:
        raise Problem(404, f"There is no project “{body.project_path}”.")
    stopped = [_stop(request.auth.user, run.pk) for run in found.runs.active().order_by("pk")]
    words = f"Stopped. Pictures made so far stay. {MAY_BE_CHARGED}"
    return Stopped(message=words if any(stopped) else "Nothing was being made.")


def _stop(user: User, run_id: int) -> bool:
    try:
        commands.perform(user, "run", run_id, "cancel")
    except Refusal:  # it has ended at this very moment
        return False
    return True


def _newest_runs(project: Project) -> list[StyleRun]:
    """The newest in each style of those that `generate-images` goes on with, in the styles' order."""
    shown = Frame.objects.current().filter(chosen__isnull=False).select_related("step", "chosen")
    runs = project.runs.filter(strategy=Strategy.SHOTS, draft=None).order_by("style__position", "pk")
    newest = {run.style_id: run for run in runs.select_related("style").prefetch_related(Prefetch("frames", shown))}
    return list(newest.values())


def _done(run: StyleRun) -> Done:
    frames = list(run.frames.all())
    ends = [frame.chosen.finished_at for frame in frames if frame.chosen and frame.chosen.finished_at]
    return Done(
        completed_beats=[frame.step.known_as(frame.position) for frame in frames],
        last_updated=_moment(max(ends, default=run.started_at)),
    )


def _moment(moment: datetime | None) -> str | None:
    """As JavaScript writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z" if moment else None
