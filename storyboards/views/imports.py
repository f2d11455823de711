"""Import in two steps: text in, and a preview of what it would make. Nothing is stored before the second."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render

from storyboards.access import PersonRequest, editable_project
from storyboards.forms import form_status
from storyboards.importforms import AppendForm, ImportForm, ShapeForm, StartForm
from storyboards.importing import Outcome, read
from storyboards.importing.storing import make_project, put_steps
from storyboards.models import Project, Style


@dataclass
class Import:
    """One request's import: who, into which project (None: a new one), from which text."""

    request: PersonRequest
    project: Project | None
    source: ImportForm
    styles: list[str] = field(default_factory=lambda: list(Style.objects.values_list("slug", flat=True)))

    def read(self) -> Outcome:
        return read(self.source.content(), self.styles, self.source.name(), self.source.cleaned_data["form"])


@login_required
def import_new(request: PersonRequest) -> HttpResponse:
    return _answer(Import(request, None, ImportForm(request.POST or None, request.FILES or None)))


@login_required
def project_import(request: PersonRequest, pk: int) -> HttpResponse:
    project = editable_project(request, pk)
    return _answer(Import(request, project, ImportForm(request.POST or None, request.FILES or None)))


def _answer(wanted: Import) -> HttpResponse:
    if not wanted.source.is_bound or not wanted.source.is_valid() or "change" in wanted.request.POST:
        return _show_source(wanted)
    outcome = wanted.read()
    if outcome.problems:
        return _show_source(wanted, outcome)
    return _confirm(wanted, outcome) if "confirm" in wanted.request.POST else _preview(wanted, outcome)


def _show_source(wanted: Import, outcome: Outcome | None = None) -> HttpResponse:
    """The form, with the text as it was read and what is wrong with it."""
    problems = outcome.problems if outcome else ()
    context = {
        "form": wanted.source.refilled(),
        "project": wanted.project,
        "problems": [(problem, wanted.source.line(problem.line)) for problem in problems[:50]],
        "more_problems": max(0, len(problems) - 50),
    }
    status = 422 if problems else form_status(wanted.source)
    return render(wanted.request, "storyboards/import.html", context, status=status)


def _preview(wanted: Import, outcome: Outcome) -> HttpResponse:
    start = StartForm(initial=StartForm.suggestion(outcome.project))
    shape = AppendForm() if wanted.project else ShapeForm(initial=ShapeForm.suggestion(outcome.project))
    return _show_preview(wanted, outcome, shape, start)


def _show_preview(
    wanted: Import, outcome: Outcome, shape: AppendForm | ShapeForm, start: StartForm
) -> HttpResponse:  # fmt: skip
    context = {
        "source": wanted.source.carried(),
        "project": wanted.project,
        "imported": outcome.project,
        "warnings": [*wanted.source.warnings, *outcome.project.warnings],
        "shape": shape,
        "start": start,
    }
    return render(wanted.request, "storyboards/import_preview.html", context, status=form_status(shape, start))


def _confirm(wanted: Import, outcome: Outcome) -> HttpResponse:
    start = StartForm(wanted.request.POST)
    shape = AppendForm(wanted.request.POST) if wanted.project else ShapeForm(wanted.request.POST)
    if start.is_valid() and shape.is_valid():
        with start.catching():
            project = _store(wanted, outcome, shape, start)
        if start.is_valid():
            messages.success(wanted.request, f"{len(outcome.project.steps)} steps are imported.")
            return redirect(project)
    return _show_preview(wanted, outcome, shape, start)


def _store(wanted: Import, outcome: Outcome, shape: AppendForm | ShapeForm, start: StartForm) -> Project:
    user, project, wish = wanted.request.user, wanted.project, start.wish(wanted.request.user)
    if project is None:
        return make_project(user, outcome.project, shape.cleaned_data, wish)
    put_steps(project, outcome.project.steps, shape.cleaned_data["steps"] == "replace", wish)
    return project
