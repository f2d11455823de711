"""Projects with their steps. Registered by whoever makes the pictures, with runs and verbs beside them."""

from __future__ import annotations

from typing import Any, TypedDict

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django_stubs_ext import WithAnnotations

from storyboards import editing
from storyboards.admin.parts import TrashFilter, TrashingAdmin, badge, count_of, in_trash, thumbnail
from storyboards.admin.steps import StepInline, save_steps
from storyboards.forms import ProjectForm
from storyboards.models import Character, Project, Step
from storyboards.signals import project_changed

WRITTEN = [*editing.PROJECT_FIELDS, "owner", "external_id", "concept_picture", "updated_at"]
"""Columns that the page writes. Others may have changed since the row was read."""


class Counted(TypedDict):
    step_count: int


class CharacterInline(admin.TabularInline[Character, Project]):
    model = Character
    fields = ["shown", "name", "look"]
    readonly_fields = ["shown"]
    extra = 0
    max_num = editing.MOST_CHARACTERS
    classes = ["compact"]
    verbose_name_plural = "characters (their sheets are uploaded on the project’s own page)"

    @admin.display(description="sheet")
    def shown(self, character: Character) -> str:
        return thumbnail(character.sheet_id)


class ProjectAdmin(TrashingAdmin[Project]):
    form = ProjectForm
    list_display = ["title", "cover", "owner", "step_count", "visible", "updated_at"]
    list_select_related = ["owner"]
    list_filter = [TrashFilter, "visibility", "updated_at", ("owner", admin.RelatedOnlyFieldListFilter)]
    list_per_page = 50
    search_fields = ["title", "description", "external_id", "owner__username", "steps__title", "steps__description"]
    search_help_text = "title, texts of the project and its steps, owner, external id"
    date_hierarchy = "created_at"
    autocomplete_fields = ["owner"]
    inlines = [StepInline, CharacterInline]
    actions = ["restore"]
    readonly_fields = ["cover_large", "created_at", "updated_at", "deleted_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        return super().get_queryset(request).annotate(step_count=count_of(Step.objects.alive(), "project"))

    def get_list_display(self, request: HttpRequest) -> Any:
        """Where things from the trash are among them, it says so."""
        shown = super().get_list_display(request)
        return [*shown, "state"] if TrashFilter.parameter_name in request.GET else shown

    def get_fieldsets(self, request: HttpRequest, obj: Project | None = None) -> Any:
        editable = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        uploads = ["concept_upload", "concept_remove"] if editable else []
        return [
            (None, {"fields": ["title", "owner", "description", "materials"]}),
            ("Pictures", {"fields": ["aspect_ratio", "concept_prompt", "cover_large", *uploads, "name_future_steps"]}),
            ("Variables", {"fields": ["variables"]}),
            ("Access", {"fields": ["visibility", "external_id"]}),
            ("Record", {"fields": ["created_at", "updated_at", "deleted_at"], "classes": ["collapse"]}),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}

    def view_on_site(self, project: Project) -> str | None:
        return None if in_trash(project) else project.get_absolute_url()

    # --- saving ------------------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:
        obj.concept_picture = form.concept_picture()
        if not change:
            obj.save()
        elif form.changed_data:
            with editing.editing(obj):
                obj.save(update_fields=WRITTEN)
                project_changed.send(Project, project=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is Step:
            save_steps(form.instance, formset)
            return
        super().save_formset(request, form, formset, change)
        if formset.model is Character and formset.has_changed():
            project_changed.send(Project, project=form.instance)

    def trash(self, row: Project) -> None:
        editing.trash_project(row)

    def bring_back(self, row: Project) -> None:
        editing.restore_project(row)

    # --- cells -------------------------------------------------------------------------------------------------------

    @admin.display(description="picture")
    def cover(self, project: Project) -> str:
        return thumbnail(project.concept_picture_id)

    @admin.display(description="concept picture")
    def cover_large(self, project: Project) -> str:
        return thumbnail(project.concept_picture_id, large=True)

    @admin.display(description="steps", ordering="step_count")
    def step_count(self, project: WithAnnotations[Project, Counted]) -> int:
        return project.step_count

    @admin.display(description="visibility", ordering="visibility")
    def visible(self, project: Project) -> str:
        return project.visibility

    @admin.display(description="state", ordering="deleted_at")
    def state(self, project: Project) -> str:
        return badge("cancelled", "in the trash") if in_trash(project) else ""
