"""Verbs as forms: each posts, says what came of it, and goes back to where the person was."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from generation.errors import Refusal
from generation.models import Frame, StyleRun, Take
from generation.pages.frame import cost_of
from generation.verbs import FRAME_VERBS, RUN_VERBS, TAKE_VERBS

DONE = {
    "pause": "Paused. What is being made at this moment is still finished.",
    "resume": "Goes on.",
    "cancel": "Cancelled. What was made so far stays.",
    "retry_failed": "Queued again.",
    "retry": "Queued again.",
    "regenerate": "Queued. The takes so far stay.",
    "regenerate_following": "Queued. The takes so far stay.",
    "choose": "This take is shown now.",
}


@require_http_methods(["GET", "HEAD", "POST"])
def run_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    run = get_object_or_404(StyleRun.objects.editable_by(request.user).select_related("project", "style"), pk=pk)
    back = f"{run.project.get_absolute_url()}#run-{run.pk}"
    extra = {"project": run.project, "what": str(run.style), "noun": "run"}
    return _verb(request, RUN_VERBS, verb, run, back, extra)


@require_http_methods(["GET", "HEAD", "POST"])
def frame_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    frames = Frame.objects.editable_by(request.user).select_related("run__project", "run__style", "run__engine", "step")
    frame = get_object_or_404(frames, pk=pk)
    what = f"Step {frame.step.label()}, in “{frame.run.style}”"
    cost = cost_of(frame, verb) if request.method != "POST" else None
    extra = {"project": frame.run.project, "what": what, "cost": cost, "noun": "picture"}
    return _verb(request, FRAME_VERBS, verb, frame, frame.get_absolute_url(), extra)


@require_POST
def take_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    take = get_object_or_404(Take.objects.editable_by(request.user).select_related("frame__run__project"), pk=pk)
    return _verb(request, TAKE_VERBS, verb, take, take.frame.get_absolute_url(), {})


def _verb(
    request: HttpRequest, verbs: dict[str, Any], name: str, target: Any, back: str, extra: dict[str, object]
) -> HttpResponse:
    """Ask on GET, do it on POST."""
    if name not in verbs:
        raise Http404(f"There is no verb {name}.")
    verb = verbs[name]
    if request.method != "POST":
        return render(request, "generation/confirm.html", {"verb": verb, "target": target, "back": back, **extra})
    to = return_to(request, back)
    try:
        verb.act(target, request.user)
    except Refusal as refusal:
        return answer(request, to, str(refusal), wrong=True)
    return answer(request, to, DONE.get(name, f"{verb.label}: done."))


def return_to(request: HttpRequest, back: str) -> str:
    """To the page where the button was pressed, in the view that it was in."""
    page = request.POST.get("next", "")
    return page if url_has_allowed_host_and_scheme(page, allowed_hosts=None) else back


def answer(request: HttpRequest, to: str, message: str, *, wrong: bool = False) -> HttpResponse:
    """A script that sent the form shows the words itself; everybody else is sent on."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"message": message, "wrong": wrong}, status=409 if wrong else 200)
    (messages.error if wrong else messages.success)(request, message)
    return redirect(to)
