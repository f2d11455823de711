"""Starting whole projects: first what and how, then what it would make and cost, then it is done."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from generation.admin.verbs import Asked, SteeringAdmin
from generation.models import Strategy
from generation.pages.forms import StartForm, likely
from storyboards.models import Project

CHOSEN = "chosen"
"""The field that tells an answered form from a page just opened."""


class AdminStartForm(StartForm):
    strategy = forms.ChoiceField(choices=Strategy.choices)
    fresh = forms.BooleanField(required=False, label="Start over", help_text="A new run beside those there are.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("engine").empty_label = "As before, else each style's own"
        styles = self._choices("styles")
        styles.widget = forms.CheckboxSelectMultiple(choices=styles.choices)

    def fields_sent(self) -> list[tuple[str, str]]:
        """As hidden fields of the next page."""
        names = [name for name in self.fields if name in self.data]
        return [(CHOSEN, "1"), *((name, value) for name in names for value in self._sent(name))]

    def _sent(self, name: str) -> list[str]:
        getlist: Any = getattr(self.data, "getlist", None)
        return list(getlist(name))


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
            return self._ask(request, projects, form)
        return self.steer(request, Asked("start", "Make pictures", projects, form.start, hidden=form.fields_sent()))

    def _ask(self, request: HttpRequest, projects: list[Project], form: AdminStartForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Make pictures",
            "opts": self.opts,
            "form": form,
            "rows": projects,
            "checkbox": ACTION_CHECKBOX_NAME,
            "chosen": CHOSEN,
            "from_page": request.POST.get("from_page", ""),
        }
        return TemplateResponse(request, "admin/generation/start.html", context)
