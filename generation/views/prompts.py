"""Every prompt of a project, exactly as it would be sent."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.models import StyleRun
from generation.pages.proofs import WishForm, load_sheet, stored_run, usual_wish, wished_run
from storyboards.models import Project


@never_cache
@require_safe
def prompts(request: HttpRequest, pk: int) -> HttpResponse:
    """`?run=`: of a run that has begun; else of one that `style`, `strategy` and `engine` describe, or a likely one."""
    projects = Project.objects.editable_by(request.user).select_related("concept_picture")
    project = get_object_or_404(projects, pk=pk)
    form = WishForm(request.GET if "style" in request.GET else usual_wish(project))
    run = stored_run(project, _number(request.GET["run"])) if "run" in request.GET else _wished(project, form)
    context: dict[str, Any] = {"project": project, "form": form, "run": run}
    return render(request, "generation/prompts.html", context | {"sheet": load_sheet(run) if run else None})


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Http404
    return int(text)


def _wished(project: Project, form: WishForm) -> StyleRun | None:
    return wished_run(project, **form.cleaned_data) if form.is_valid() else None
