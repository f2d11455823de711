"""Runs: a project in one style, how far it is, and its frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django_stubs_ext import WithAnnotations

from generation.admin.parts import board_url, newest_thumbnail, run_badge, status_badge
from generation.admin.verbs import VerbAdmin
from generation.models import Call, Event, Frame, Status, StyleRun, Take
from generation.verbs import RUN_VERBS
from storyboards.admin.parts import ReadOnlyInline, as_json, count_of, link, list_link, thumbnail


class Figures(TypedDict):
    total: int
    done: int
    failed: int
    picture: int | None


if TYPE_CHECKING:
    FiguredRun = WithAnnotations[StyleRun, Figures]


def with_figures(runs: QuerySet[StyleRun]) -> QuerySet[StyleRun]:
    """Each with its counts of frames, by an index each: joining frames and takes would multiply them."""
    frames = Frame.objects.filter(removed=False)
    return runs.annotate(
        total=count_of(frames, "run"),
        done=count_of(frames.filter(chosen__isnull=False), "run"),
        failed=count_of(frames.filter(status=Status.FAILED), "run"),
    )


def progress(run: FiguredRun) -> str:
    failed = f", {run.failed} failed" if run.failed else ""
    return format_html(
        '<progress value="{}" max="{}"></progress> {}/{}{}', run.done, run.total or 1, run.done, run.total, failed
    )


class FrameInline(ReadOnlyInline[Frame, StyleRun]):
    model = Frame
    fk_name = "run"
    fields = ["number", "shown", "of_step", "state", "source", "approved", "locked", "removed"]
    ordering = ["position"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Frame]:
        return super().get_queryset(request).select_related("step", "chosen", "source", "run")

    @admin.display(description="#")
    def number(self, frame: Frame) -> str:
        return link(frame, str(frame.position))

    @admin.display(description="picture")
    def shown(self, frame: Frame) -> str:
        return thumbnail(frame.chosen.thumbnail_id if frame.chosen else None)

    @admin.display(description="step")
    def of_step(self, frame: Frame) -> str:
        return link(frame.step, frame.step.title or f"Step {frame.position}")

    @admin.display(description="status")
    def state(self, frame: Frame) -> str:
        return status_badge(frame)


@admin.register(StyleRun)
class StyleRunAdmin(VerbAdmin):
    verbs = RUN_VERBS
    kind = "run"
    references = {"run": "pk", "take": "takes", "frame": "frames", "call": "takes__calls"}
    related = ["project", "style", "engine", "created_by"]
    list_display = [
        "reference",
        "shown",
        "of_project",
        "style",
        "state",
        "progress",
        "engine",
        "from_what",
        "created_at",
    ]
    ordering = ["-pk"]
    list_filter = ["status", "hold", "gate", "reuse", "style", "engine", "strategy", "created_at"]
    search_fields = ["project__title", "project__owner__username", "created_by__username", "style__title"]
    search_help_text = "project, owner, style; or run-1, take-12, call-123"
    date_hierarchy = "created_at"
    inlines = [FrameInline]
    readonly_fields = ["shown_large", "state", "progress", "snapshot_shown", "lists"]
    fieldsets = [
        (None, {"fields": ["shown_large", "project", "style", "engine", "strategy", "state", "progress", "lists"]}),
        ("Course", {"fields": [
            "status", "hold", "hold_reason", "max_parallel", "turn", "priority", "served_at", "seed",
        ]}),
        ("How its pictures are made", {"fields": [
            "gate", "gate_after", "open_upto", "candidates", "reuse", "recipe", "draft", "branch_of", "branch",
        ]}),
        ("Record", {"fields": ["created_by", "created_at", "started_at", "completed_at"]}),
        ("As it was at the start", {"fields": ["snapshot_shown"], "classes": ["collapse"]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[StyleRun]:
        return with_figures(super().get_queryset(request)).annotate(picture=newest_thumbnail("run"))

    def view_on_site(self, run: StyleRun) -> str | None:
        return board_url(run)

    @admin.display(description="picture")
    def shown(self, run: FiguredRun) -> str:
        return thumbnail(run.picture)

    @admin.display(description="newest picture")
    def shown_large(self, run: FiguredRun) -> str:
        return thumbnail(run.picture, large=True)

    @admin.display(description="project", ordering="project__title")
    def of_project(self, run: StyleRun) -> str:
        return link(run.project)

    @admin.display(description="strategy", ordering="strategy")
    def from_what(self, run: StyleRun) -> str:
        return run.strategy

    @admin.display(description="state", ordering="status")
    def state(self, run: StyleRun) -> str:
        return run_badge(run)

    @admin.display(description="pictures")
    def progress(self, run: FiguredRun) -> str:
        return progress(run)

    @admin.display(description="snapshot")
    def snapshot_shown(self, run: StyleRun) -> str:
        return as_json(run.snapshot)

    @admin.display(description="lists")
    def lists(self, run: StyleRun) -> str:
        return format_html(
            "{} · {} · {}",
            list_link(Take, "takes", run__id__exact=run.pk),
            list_link(Call, "calls", take__run__id__exact=run.pk),
            list_link(Event, "events of the project", project__id__exact=run.project_id),
        )
