"""The plan of a run's repairs, before anything is spent."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.models import StyleRun
from generation.pages.repair import load_repair
from generation.verbs import RUN_VERBS
from storyboards.access import PersonRequest


@never_cache
@require_safe
@login_required
def run_repair(request: PersonRequest, pk: int) -> HttpResponse:
    runs = StyleRun.objects.editable_by(request.user).select_related("project", "style", "engine")
    run = get_object_or_404(runs, pk=pk)
    found = load_repair(run, request.user)
    ways = [("remake_stale", RUN_VERBS["remake_stale"], found.stale), ("update", RUN_VERBS["update"], found.update)]
    context = {"run": run, "project": run.project, "rows": found.rows, "ways": ways}
    return render(request, "generation/repair.html", context)
