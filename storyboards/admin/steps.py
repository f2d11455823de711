"""Steps: a row of their own with their prompts in each style, and the ordered list on their project's page."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from storyboards import editing
from storyboards.admin.parts import EMPTY, TrashFilter, TrashingAdmin, excerpt, in_trash, link
from storyboards.forms import read_variables
from storyboards.models import Project, Step, StepPrompt
from storyboards.signals import step_changed, steps_reordered
from storyboards.strategies import TRANSITION_RULE
from storyboards.variables import validate_plain_variables


class StepForm(forms.ModelForm[Step]):
    """`seen` is the version the person has been looking at: a page left open must not undo what others wrote since."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Step
        fields = editing.STEP_FIELDS
        help_texts = {"transition": TRANSITION_RULE}
        widgets = {
            name: forms.Textarea(attrs={"rows": 3, "cols": 60, "dir": "auto"}) for name in ("description", "variables")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        read_variables(self, validate_plain_variables)
        self.initial["seen"] = self.instance.version if self.instance.pk else None

    def clean_seen(self) -> int | None:
        seen: int | None = self.cleaned_data["seen"]
        if self.instance.pk and seen is not None and seen != self.instance.version:
            raise ValidationError("Somebody else has edited this step meanwhile. Open the page again to see it.")
        return seen


def save_step(step: Step, changed: list[str]) -> None:
    """Write a new step at the end, or the edited columns of an old one. The caller sends the signal."""
    if step.pk is None:
        step.position = step.project.steps.alive().count() + 1
        step.save()
        return
    step.version += 1
    step.save(update_fields=[*(name for name in changed if name in editing.STEP_FIELDS), "version", "updated_at"])


def save_steps(project: Project, formset: Any) -> None:
    """What was done to the list on its project's page, with one signal for all of it."""
    formset.save(commit=False)
    edited: list[tuple[Step, list[str]]] = [*formset.changed_objects, *((step, []) for step in formset.new_objects)]
    gone: list[Step] = formset.deleted_objects
    if not edited and not gone:
        return
    with editing.editing(project):
        for step in gone:
            step.remove()
        for step, changed in edited:
            save_step(step, changed)
        tell(project, [step for step, _ in edited] + gone)


def tell(project: Project, steps: list[Step]) -> None:
    if len(steps) == 1:
        step_changed.send(Step, project=project, step=steps[0])
    else:
        steps_reordered.send(Project, project=project)


class StepInline(admin.TabularInline[Step, Project]):
    """The ordered list. Film fields and prompts are on the step's own page."""

    model = Step
    form = StepForm
    fields = ["number", "title", "description", "shot", "beat", "transition", "seen"]
    readonly_fields = ["number"]
    extra = 0
    max_num = settings.MAX_STEPS
    classes = ["compact"]
    verbose_name_plural = "steps (new ones go to the end; deleted ones into the trash)"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Step]:
        return super().get_queryset(request).filter(deleted_at=None).order_by("position")

    def get_formset(
        self, request: HttpRequest, obj: Any = None, **kwargs: Any
    ) -> type[BaseInlineFormSet[Step, Project, Any]]:
        return super().get_formset(request, obj, validate_max=True, **kwargs)

    @admin.display(description="#")
    def number(self, step: Step) -> str:
        """Its place, leading to its own page."""
        return link(step, step.position) if step.pk else ""


class StepPromptInline(admin.TabularInline[StepPrompt, Step]):
    model = StepPrompt
    extra = 0
    verbose_name_plural = "its own prompts, one a style; each stands in for the step’s text there"


@admin.register(Step)
class StepAdmin(TrashingAdmin[Step]):
    form = StepForm
    list_display = ["label", "of_project", "words", "shot", "beat", "transition", "duration", "updated_at"]
    list_select_related = ["project"]
    list_filter = [TrashFilter, "transition", "updated_at"]
    search_fields = ["title", "description", "script_phrase", "dialogue", "prompts__text", "project__title"]
    date_hierarchy = "created_at"
    autocomplete_fields = ["project"]
    inlines = [StepPromptInline]
    actions = ["restore"]
    fieldsets = [
        (None, {"fields": ["project", "number", "title", "description", "seen"]}),
        ("Film", {"fields": ["shot", "beat", "transition", "duration", "script_phrase", "dialogue"]}),
        ("Variables", {"fields": ["variables"]}),
        ("Record", {"fields": ["version", "created_at", "updated_at", "deleted_at"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Step | None = None) -> list[str]:
        fixed = ["number", "version", "created_at", "updated_at", "deleted_at"]
        return ["project", *fixed] if obj else fixed

    def get_queryset(self, request: HttpRequest) -> QuerySet[Step]:
        return super().get_queryset(request).select_related("project")

    def save_model(self, request: HttpRequest, obj: Step, form: Any, change: bool) -> None:
        with editing.editing(obj.project):
            save_step(obj, form.changed_data)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The prompts are in place now: tell of the whole step, inside the page's transaction."""
        super().save_related(request, form, formsets, change)
        step_changed.send(Step, project=form.instance.project, step=form.instance)

    def trash(self, row: Step) -> None:
        editing.delete_step(row)

    def bring_back(self, row: Step) -> None:
        editing.restore_step(row)

    @admin.display(description="step", ordering="position")
    def label(self, step: Step) -> str:
        return EMPTY if in_trash(step) else str(step)

    @admin.display(description="number")
    def number(self, step: Step) -> str:
        return EMPTY if in_trash(step) or step.pk is None else str(step.position)

    @admin.display(description="project", ordering="project__title")
    def of_project(self, step: Step) -> str:
        return link(step.project)

    @admin.display(description="text")
    def words(self, step: Step) -> str:
        return excerpt(step.description or step.script_phrase or step.title)
