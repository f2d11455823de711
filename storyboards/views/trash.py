"""What people have thrown away in the last thirty days, and the way back."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from storyboards.access import PersonRequest
from storyboards.editing import restore_project, restore_step
from storyboards.models import Project, Step
from storyboards.models.projects import TRASH_KEPT

MOST = 200
"""Of projects, and of steps, that the page shows: the last ones."""


@dataclass(frozen=True)
class Trashed:
    """A row of the page."""

    row: Project | Step
    deleted_at: datetime
    days_left: int


def days_left(deleted_at: datetime) -> int:
    """How many days it can still be brought back; the last one counts."""
    return max(1, math.ceil((deleted_at + TRASH_KEPT - timezone.now()).total_seconds() / 86_400))


def undoable(request: HttpRequest, words: str, address: str) -> None:
    """Say so, with a button that takes it back by a POST to this address."""
    messages.success(request, words, extra_tags=address)


@login_required
@require_GET
def trash(request: PersonRequest) -> HttpResponse:
    own = Project.objects.filter(owner=request.user)
    steps = Step.objects.in_trash().filter(project__in=own).select_related("project")
    context = {"projects": _trashed(own.in_trash()[:MOST]), "steps": _trashed(steps[:MOST]), "kept": TRASH_KEPT.days}
    return render(request, "storyboards/trash.html", context)


def _trashed(rows: Iterable[Project | Step]) -> list[Trashed]:
    return [Trashed(row, row.deleted_at, days_left(row.deleted_at)) for row in rows if row.deleted_at]


@login_required
@require_POST
def project_restore(request: PersonRequest, pk: int) -> HttpResponse:
    project = get_object_or_404(Project.objects.restorable_by(request.user), pk=pk)
    if not _restored(request, partial(restore_project, project)):
        return redirect("trash")
    messages.success(request, f"“{project.title}” is back. What was being made of it stays stopped until you go on.")
    return redirect(project)


@login_required
@require_POST
def step_restore(request: PersonRequest, pk: int) -> HttpResponse:
    step = get_object_or_404(Step.objects.restorable_by(request.user), pk=pk)
    if not _restored(request, partial(restore_step, step)):
        return redirect("trash")
    messages.success(request, f"Step {step.position} is back in its place.")
    return redirect(f"{reverse('project_edit', args=[step.project_id])}#step-{step.pk}")


def _restored(request: HttpRequest, restore: Callable[[], object]) -> bool:
    """Whether there was room for it; the next page says so where not."""
    try:
        restore()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    return True
