"""Frames: the place of one picture, with all its takes."""

from __future__ import annotations

from typing import Any, TypedDict

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django_stubs_ext import WithAnnotations

from generation import actions
from generation.admin.parts import status_badge
from generation.admin.verbs import VerbAdmin, person
from generation.errors import Refusal
from generation.models import Frame, Take
from generation.pages.frame import OwnPictureForm
from generation.verbs import FRAME_VERBS
from storyboards.admin.parts import EMPTY, ReadOnlyInline, count_of, excerpt, link, long_text, thumbnail
from storyboards.pictures import store


class TakeInline(ReadOnlyInline[Take, Frame]):
    model = Take
    fk_name = "frame"
    fields = [
        "of_take",
        "shown",
        "kind",
        "state",
        "error",
        "seed",
        "attempts",
        "requested_by",
        "created_at",
        "put_away_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Take]:
        return super().get_queryset(request).select_related("requested_by").defer("prompt")

    @admin.display(description="take")
    def of_take(self, take: Take) -> str:
        return link(take)

    @admin.display(description="picture")
    def shown(self, take: Take) -> str:
        return thumbnail(take.thumbnail_id)

    @admin.display(description="status")
    def state(self, take: Take) -> str:
        return status_badge(take)

    @admin.display(description="error")
    def error(self, take: Take) -> str:
        return excerpt(take.error_message or take.error_code)


class Counted(TypedDict):
    take_count: int


@admin.register(Frame)
class FrameAdmin(VerbAdmin):
    verbs = FRAME_VERBS
    linked = frozenset({"run__project__id__exact"})
    change_form_template = "admin/generation/frame.html"
    kind = "frame"
    references = {"frame": "pk", "take": "takes", "call": "takes__calls", "run": "run"}
    related = ["run__project", "run__style", "run__engine", "step", "chosen", "source"]
    list_display = [
        "reference",
        "shown",
        "of_project",
        "position",
        "of_step",
        "of_run",
        "state",
        "take_count",
        "approved",
        "locked",
        "removed",
    ]
    list_filter = [
        "status",
        "approved",
        "locked",
        "run__style",
        "run__engine",
        "run__strategy",
        "removed",
        "run__created_at",
    ]
    search_fields = ["run__project__title", "run__project__owner__username", "step__title", "step__description"]
    search_help_text = "project, owner, words of the step; or frame-1, take-12, call-123"
    ordering = ["-run", "position"]
    inlines = [TakeInline]
    readonly_fields = ["shown_large", "of_project", "of_run", "of_step", "step_text", "state", "followers"]
    fieldsets = [
        (None, {"fields": ["shown_large", "of_project", "of_run", "of_step", "step_text", "state"]}),
        ("Record", {"fields": [
            "run", "step", "position", "status", "source", "followers", "chosen", "approved", "locked", "removed",
        ]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Frame]:
        frames: QuerySet[Frame] = super().get_queryset(request)
        return frames.annotate(take_count=count_of(Take.objects.all(), "frame"))

    # --- somebody's own picture --------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        upload = self.admin_site.admin_view(self.upload)
        return [path("<int:pk>/upload/", upload, name="generation_frame_upload"), *super().get_urls()]

    def upload(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_steer_permission(request):
            raise PermissionDenied
        frame = get_object_or_404(self.get_queryset(request), pk=pk)
        form = OwnPictureForm(request.POST or None, request.FILES or None)
        if form.is_valid() and self._uploaded(request, frame, form):
            return HttpResponseRedirect(reverse("admin:generation_frame_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": f"A picture of your own for {frame}",
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "admin/generation/upload.html", context)

    def _uploaded(self, request: HttpRequest, frame: Frame, form: OwnPictureForm) -> bool:
        try:
            with transaction.atomic():
                take = actions.upload(frame, store(form.cleaned_data["picture"]), person(request))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return False
        self.log_change(request, frame, f"Picture uploaded as {take}.")
        self.message_user(request, f"The picture is shown now, as {take}.", "SUCCESS")
        return True

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        frame = kwargs.get("obj")
        if frame is not None and not (frame.locked or frame.removed) and self.has_steer_permission(request):
            context["upload"] = reverse("admin:generation_frame_upload", args=[frame.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    # --- cells -------------------------------------------------------------------------------------------------------

    def view_on_site(self, frame: Frame) -> str | None:
        return frame.get_absolute_url() if frame.run.project.deleted_at is None else None

    @admin.display(description="picture")
    def shown(self, frame: Frame) -> str:
        return thumbnail(frame.chosen.thumbnail_id if frame.chosen else None)

    @admin.display(description="chosen picture")
    def shown_large(self, frame: Frame) -> str:
        return thumbnail(frame.chosen.thumbnail_id if frame.chosen else None, large=True)

    @admin.display(description="project", ordering="run__project__title")
    def of_project(self, frame: Frame) -> str:
        return link(frame.run.project)

    @admin.display(description="run", ordering="run")
    def of_run(self, frame: Frame) -> str:
        return link(frame.run, f"{frame.run.style}, run {frame.run_id}")

    @admin.display(description="step", ordering="step__title")
    def of_step(self, frame: Frame) -> str:
        return link(frame.step, frame.step.title or f"Step {frame.position}")

    @admin.display(description="text")
    def step_text(self, frame: Frame) -> str:
        return long_text(frame.step.text())

    @admin.display(description="status", ordering="status")
    def state(self, frame: Frame) -> str:
        return status_badge(frame)

    @admin.display(description="takes", ordering="take_count")
    def take_count(self, frame: WithAnnotations[Frame, Counted]) -> int:
        return frame.take_count

    @admin.display(description="continued by")
    def followers(self, frame: Frame) -> str:
        frames = [(link(follower),) for follower in frame.successors.order_by("position")]
        return format_html_join(", ", "{}", frames) or EMPTY
