"""The list of projects, and one project's texts."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from storyboards.access import PersonRequest, editable_project
from storyboards.editing import create_project, save_project, trash_project
from storyboards.forms import NewProjectForm, ProjectForm, form_status
from storyboards.importforms import StartForm
from storyboards.importing import ImportedProject
from storyboards.importing.storing import put_steps
from storyboards.models import Project, Step
from storyboards.models.projects import ProjectQuerySet
from storyboards.samples import SAMPLES, Sample
from storyboards.views.trash import undoable

PAGE_SIZE = 24


@login_required
@require_GET
def projects(request: PersonRequest) -> HttpResponse:
    """One's own projects, the last edited first."""
    own = Project.objects.owned_by(request.user)
    context = {"samples": _samples_to_add(own), "has_singles": own.singles().exists()}
    return render(request, "storyboards/projects.html", _found(request, own.filter(listed=True)) | context)


@login_required
@require_GET
def singles(request: PersonRequest) -> HttpResponse:
    """One's own single pictures and batches, the newest first."""
    own = Project.objects.owned_by(request.user).singles()
    return render(request, "storyboards/singles.html", _found(request, own))


def _found(request: PersonRequest, own: ProjectQuerySet) -> dict[str, Any]:
    """A page of those that a search looks for."""
    query = request.GET.get("q", "").strip().replace("\0", "")[:200]
    page = Paginator(_with_counts(_search(own, query)), PAGE_SIZE).get_page(request.GET.get("page"))
    return {"page": page, "pages": _page_numbers(page), "query": query}


def _samples_to_add(own: ProjectQuerySet) -> list[Sample]:
    there = set(own.filter(external_id__startswith="sample-").values_list("external_id", flat=True))
    return [sample for sample in SAMPLES if sample.external_id not in there]


def _search(own: ProjectQuerySet, query: str) -> ProjectQuerySet:
    """Those that have every word somewhere in their own texts or in one of their steps'."""
    for word in query.split():
        in_step = Step.objects.alive().filter(project=OuterRef("pk"))
        in_step = in_step.filter(Q(title__icontains=word) | Q(description__icontains=word))
        own = own.filter(
            Q(title__icontains=word) | Q(description__icontains=word) | Q(materials__icontains=word) | Exists(in_step)
        )
    return own


def _with_counts(own: ProjectQuerySet) -> ProjectQuerySet:
    return (
        own.select_related("concept_picture")
        .annotate(step_count=Count("steps", filter=Q(steps__deleted_at=None), distinct=True))
        .order_by("-updated_at", "-pk")
    )


def _page_numbers(page: Page[Project]) -> list[int | str]:
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@login_required
def project_new(request: PersonRequest) -> HttpResponse:
    form = NewProjectForm(request.POST or None, request.FILES or None, instance=Project(owner=request.user))
    start = StartForm(request.POST or None, initial=StartForm.suggestion(ImportedProject()))
    if form.is_valid() and start.is_valid():
        with form.catching():
            _create(request, form, start)
        if form.is_valid():
            return _after_creating(request, form)
    context = {"form": form, "start": start}
    return render(request, "storyboards/project_new.html", context, status=form_status(form, start))


def _create(request: PersonRequest, form: NewProjectForm, start: StartForm) -> None:
    """The project, its steps and the wish for pictures: all of it or, where something is refused, nothing."""
    steps, wish = form.cleaned_data["steps"], start.wish(request.user)
    if wish and not steps:
        raise ValidationError("Write the steps first: each is one picture.")
    with transaction.atomic():
        project = create_project(form.instance, form.concept_picture())
        if steps:
            put_steps(project, steps, start=wish)


def _after_creating(request: PersonRequest, form: NewProjectForm) -> HttpResponse:
    if form.cleaned_data["steps"]:
        return redirect(form.instance)
    messages.success(request, "The project is there. Now give it its steps.")
    return redirect("project_edit", form.instance.pk)


@login_required
def project_edit(request: PersonRequest, pk: int) -> HttpResponse:
    project = editable_project(request, pk)
    form = ProjectForm(request.POST or None, request.FILES or None, instance=project)
    if request.method == "POST" and form.is_valid():
        save_project(project, form.concept_picture())
        messages.success(request, f"“{project.title}” is saved.")
        return redirect(project)
    context = {"form": form, "project": editable_project(request, pk), "steps": project.ordered_steps()}
    return render(request, "storyboards/project_edit.html", context, status=form_status(form))


@login_required
def project_delete(request: PersonRequest, pk: int) -> HttpResponse:
    project = editable_project(request, pk)
    if request.method == "POST":
        trash_project(project)
        undoable(request, f"“{project.title}” is in the trash.", reverse("project_restore", args=[project.pk]))
        return redirect("projects")
    return render(request, "storyboards/project_delete.html", {"project": project})
