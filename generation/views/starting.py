"""The form that has pictures made: filled in, looked at, sent."""

from functools import partial
from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from generation.errors import Refusal
from generation.pages.forecast import Forecast, Looked, forecast
from generation.pages.forms import StartForm, start_form
from generation.views.verbs import answer, is_script
from storyboards.models import Project

QUEUED = "Queued. You may leave this page; the work goes on."
TAKEN_OVER = "The series follows the list of steps again. Every picture was there already."
INVALID, REFUSED = 422, 409


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def run_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Generate, or with `look` say what that would make and cost. Sent twice it makes nothing twice."""
    project = get_object_or_404(Project.objects.editable_by(request.user), pk=pk)
    if request.method != "POST":
        return _page(request, project)
    form = StartForm(request.POST, auto_id="start_%s")
    if "look" in request.POST:
        return _look(request, project, form)
    if not form.is_valid():
        return _complain(request, project, form, form.complaint(), INVALID)
    try:
        runs = form.start(project, cast(User, request.user))
    except Refusal as refusal:
        return _complain(request, project, form, str(refusal), REFUSED)
    return answer(request, project.get_absolute_url(), QUEUED if any(run.is_active for run in runs) else TAKEN_OVER)


def _look(request: HttpRequest, project: Project, form: StartForm) -> HttpResponse:
    """The same page with the numbers; a script gets the numbers alone."""
    foreseen = _foresee(project, cast(User, request.user), form)
    if not is_script(request):
        return _page(request, project, form, foreseen, status=INVALID if form.errors else 200)
    html = render_to_string("generation/_forecast.html", {"forecast": foreseen}, request)
    wrong = bool(foreseen.refusal)
    return JsonResponse({"message": foreseen.refusal or foreseen.line, "wrong": wrong, "html": html})


def _foresee(project: Project, user: User, form: StartForm) -> Forecast:
    if not form.is_valid():
        return Forecast("Nothing would start", refusal=form.complaint())
    chosen = form.cleaned_data
    wanted = Looked(list(chosen["styles"]), chosen["strategy"], chosen["engine"], form.variation(chosen["strategy"]))
    return forecast(project, partial(form.start, project, user), wanted)


def _complain(request: HttpRequest, project: Project, form: StartForm, words: str, status: int) -> HttpResponse:
    """What was filled in is kept: on the page of whoever has a script, else on this one."""
    if is_script(request):
        return answer(request, project.get_absolute_url(), words, wrong=True)
    return _page(request, project, form, Forecast("Nothing was started", refusal=words), status=status)


def _page(
    request: HttpRequest,
    project: Project,
    form: StartForm | None = None,
    foreseen: Forecast | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = start_form(project, project.steps.alive().count(), form)
    context = {"project": project, "form": shown, "forecast": foreseen}
    return render(request, "generation/start.html", context, status=status)
