"""Starting whole projects: first what and how, then what it would make and cost, then it is done."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from generation.admin.verbs import CHOSEN, Asked, SteeringAdmin, sent_fields
from generation.models import Strategy
from generation.pages.forms import StartForm, likely
from storyboards.models import Project

ABOUT = "Every picture that is missing. A run of the same style, engine and strategy is continued."


class AdminStartForm(StartForm):
    strategy = forms.ChoiceField(choices=Strategy.choices)
    fresh = forms.BooleanField(required=False, label="Start over", help_text="A new run beside those there are.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("engine").empty_label = "As before, else each style's own"
        styles = self._choices("styles")
        styles.widget = forms.CheckboxSelectMultiple(choices=styles.choices)


class StartingAdmin(SteeringAdmin):
    """Of projects."""

    @admin.action(description="Make pictures", permissions=["steer"])
    def start(self, request: HttpRequest, queryset: QuerySet[Project]) -> HttpResponse | None:
        projects = self.take_rows(request, queryset.filter(deleted_at=None))
        if not projects:
            return None
        answered = CHOSEN in request.POST
        form = AdminStartForm(request.POST if answered else None, initial=likely(projects[0]))
        if not form.is_valid():
            return self.ask(request, "start", "Make pictures", projects, form, ABOUT)
        return self.steer(request, Asked("start", "Make pictures", projects, form.start, hidden=sent_fields(form)))
