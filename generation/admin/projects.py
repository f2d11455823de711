"""Projects with what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django_stubs_ext import WithAnnotations

from generation.admin.parts import newest_thumbnail, run_badge
from generation.admin.runs import progress, with_figures
from generation.admin.starting import StartingAdmin
from generation.models import Call, Frame, StyleRun, Take
from storyboards.admin import projects as authoring
from storyboards.admin import steps
from storyboards.admin.parts import ReadOnlyInline, count_of, in_trash, link, list_link, thumbnail
from storyboards.models import Project, Step

if TYPE_CHECKING:
    from generation.admin.runs import FiguredRun


class Pictured(TypedDict):
    picture: int | None


class Shown(TypedDict):
    picture: int | None
    run_count: int


class StepInline(steps.StepInline):
    """The ordered list, each step with the newest picture of it."""

    fields = ["number", "shown", "title", "description", "shot", "beat", "transition", "seen"]
    readonly_fields = ["number", "shown"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Step]:
        return super().get_queryset(request).annotate(picture=newest_thumbnail("step"))

    @admin.display(description="picture")
    def shown(self, step: WithAnnotations[Step, Pictured]) -> str:
        return thumbnail(step.picture if step.pk else None)


class RunInline(ReadOnlyInline[StyleRun, Project]):
    model = StyleRun
    fields = ["of_style", "of_engine", "strategy", "state", "progress", "created_at", "completed_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StyleRun]:
        runs = super().get_queryset(request).select_related("style", "engine", "project").defer("snapshot")
        return with_figures(runs)

    @admin.display(description="style")
    def of_style(self, run: StyleRun) -> str:
        return link(run, run.style)

    @admin.display(description="engine")
    def of_engine(self, run: StyleRun) -> str:
        return link(run.engine)

    @admin.display(description="state")
    def state(self, run: StyleRun) -> str:
        return run_badge(run)

    @admin.display(description="pictures")
    def progress(self, run: FiguredRun) -> str:
        return progress(run)


@admin.register(Project)
class ProjectAdmin(StartingAdmin, authoring.ProjectAdmin):
    change_form_template = "admin/generation/steered.html"
    list_display = ["title", "newest", "owner", "step_count", "run_count", "visible", "updated_at"]
    readonly_fields = [*authoring.ProjectAdmin.readonly_fields, "made", "history_links"]
    inlines = [StepInline, authoring.CharacterInline, RunInline]
    actions = ["start", "restore"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        runs = count_of(StyleRun.objects.all(), "project")
        return super().get_queryset(request).annotate(picture=newest_thumbnail("run__project"), run_count=runs)

    def get_fieldsets(self, request: HttpRequest, obj: Project | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return [*fieldsets, ("What is made of it", {"fields": ["made", "history_links"]})] if obj else fieldsets

    def get_inlines(self, request: HttpRequest, obj: Project | None) -> Any:
        return self.inlines if obj else [StepInline, authoring.CharacterInline]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        project = kwargs.get("obj")
        context["verbs"] = self._buttons(request, project) if project else []
        context["verb_query"] = "?trash=only" if in_trash(project) else ""
        context["checkbox"] = ACTION_CHECKBOX_NAME
        return super().render_change_form(request, context, *args, **kwargs)

    def _buttons(self, request: HttpRequest, project: Project) -> list[tuple[str, str]]:
        if in_trash(project):
            return [("restore", "Restore from the trash")] if super().has_delete_permission(request) else []
        return [("start", "Make pictures")] if self.has_steer_permission(request) else []

    @admin.display(description="picture")
    def newest(self, project: WithAnnotations[Project, Shown]) -> str:
        return thumbnail(project.picture or project.concept_picture_id)

    @admin.display(description="runs", ordering="run_count")
    def run_count(self, project: WithAnnotations[Project, Shown]) -> int:
        return project.run_count

    @admin.display(description="newest picture")
    def made(self, project: WithAnnotations[Project, Shown]) -> str:
        return thumbnail(project.picture, large=True)

    @admin.display(description="lists")
    def history_links(self, project: Project) -> str:
        """To the tables of the machine, filtered by this project."""
        return format_html(
            "{} · {} · {} · {}",
            list_link(StyleRun, "runs", project__id__exact=project.pk),
            list_link(Frame, "frames", run__project__id__exact=project.pk),
            list_link(Take, "takes", run__project__id__exact=project.pk),
            list_link(Call, "calls", project__id__exact=project.pk),
        )
