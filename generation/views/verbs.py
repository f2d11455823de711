"""Verbs as forms: each posts, says what came of it, and goes back to where the person was."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_http_methods, require_POST

from generation.errors import Refusal
from generation.models import Frame, StyleRun, Take
from generation.pages.choices import offer_finals
from generation.pages.confirm import cost_of
from generation.verbs import VERBS, FinalForm, Verb
from storyboards.forms import form_status

DONE = {
    "pause": "Paused. What is being made at this moment is still finished.",
    "resume": "Goes on.",
    "cancel": "Cancelled. What was made so far stays.",
    "retry_failed": "Queued again.",
    "retry": "Queued again.",
    "regenerate": "Queued. The takes so far stay.",
    "regenerate_following": "Queued. The takes so far stay.",
    "choose": "This take is shown now.",
    "approve": "Approved. What waited for it goes on.",
    "unapprove": "The approval is taken back. What went on because of it stays.",
    "ungate": "The rest is made without waiting for anybody.",
    "update": "The list of steps is taken over, and what is missing or stale is made.",
    "remake_stale": "Queued. The takes so far stay.",
    "finalize": "A run of its own makes the approved pictures once more. The drafts stay.",
    "candidates": "Queued. The one that is shown stays until you choose another.",
    "lock": "Locked: nothing makes or shows another picture here.",
    "unlock": "Unlocked.",
    "branch": "A branch has begun. The pictures before this one are shared; nothing of them is paid again.",
    "put_away": "Put away. Nothing is lost.",
    "bring_back": "It is among the takes again.",
    "to_front": "It goes first among the runs of its owner.",
    "usual_turn": "It takes its usual turn again.",
    "prefer": "It goes before everybody's runs.",
}
INVERSE = {
    ("run", "to_front"): "usual_turn",
    ("run", "prefer"): "usual_turn",
    ("frame", "approve"): "unapprove",
    ("frame", "unapprove"): "approve",
    ("frame", "lock"): "unlock",
    ("frame", "unlock"): "lock",
    ("take", "put_away"): "bring_back",
    ("take", "bring_back"): "put_away",
}
"""What takes a verb back, on the same row."""


@require_http_methods(["GET", "HEAD", "POST"])
def run_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    runs = StyleRun.objects.editable_by(request.user).select_related("project", "style", "engine")
    run = get_object_or_404(runs, pk=pk)
    return _verb(request, Asked("run", verb, run, board_at(run), {"what": str(run.style), "project": run.project}))


@require_http_methods(["GET", "HEAD", "POST"])
def frame_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    frames = Frame.objects.editable_by(request.user).select_related("run__project", "run__style", "run__engine", "step")
    frame = get_object_or_404(frames, pk=pk)
    told = {"what": f"Step {frame.step.label()}, in “{frame.run.style}”", "project": frame.run.project}
    return _verb(request, Asked("frame", verb, frame, frame.get_absolute_url(), told))


@require_POST
def take_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    take = get_object_or_404(Take.objects.editable_by(request.user).select_related("frame__run__project"), pk=pk)
    return _verb(request, Asked("take", verb, take, take.frame.get_absolute_url(), {}))


@dataclass(frozen=True)
class Asked:
    """A verb that somebody asks for. `back`: the page to return to; `told`: what the question says of the target."""

    kind: str
    name: str
    target: Any
    back: str
    told: Mapping[str, object]

    def verb(self, user: User) -> Verb[Any]:
        known = VERBS[self.kind].get(self.name)
        if known is None or not known.open_to(user):
            raise Http404(f"There is no verb {self.name}.")
        return known


def _verb(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Ask on GET, do it on POST. A form that makes no sense, or of which only the price is asked, is shown again."""
    verb, posted = asked.verb(cast(User, request.user)), request.method == "POST"
    form = verb.form(request.POST if posted else None) if verb.form else None
    if not posted:
        return _ask(request, asked, form)
    if form is not None and not form.is_valid():
        return _complain(request, asked, form)
    if form is not None and "price" in request.POST:
        return _ask(request, asked, form)
    return _do(request, asked, form.cleaned_data if form else {})


def _do(request: HttpRequest, asked: Asked, options: Mapping[str, Any]) -> HttpResponse:
    user = cast(User, request.user)
    verb, to, undo = asked.verb(user), return_to(request, asked.back), _undo(asked)
    try:
        made = verb.act(asked.target, user, **options)
    except Refusal as refusal:
        return answer(request, to, str(refusal), wrong=True)
    to = board_at(made) if isinstance(made, StyleRun) else to
    return answer(request, to, DONE.get(asked.name, f"{verb.label}: done."), undo=undo)


def _ask(request: HttpRequest, asked: Asked, form: forms.Form | None) -> HttpResponse:
    """With number, price and time as far as they are known: a form without an answer may leave them open."""
    user = cast(User, request.user)
    verb = asked.verb(user)
    if isinstance(form, FinalForm):
        offer_finals(form, asked.target)
    options = _proposed(form)
    cost = None if options is None else cost_of(asked.name, verb, asked.target, user, options)
    noun = {"frame": "picture"}.get(asked.kind, asked.kind)
    context = {"verb": verb, "back": asked.back, "form": form, "cost": cost, "noun": noun, **asked.told}
    return render(request, "generation/confirm.html", context, status=form_status(*filter(None, [form])))


def _proposed(form: forms.Form | None) -> dict[str, Any] | None:
    """What the verb is done with if nobody changes anything; None where something has yet to be said."""
    if form is None:
        return {}
    sent = form if form.is_bound else type(form)({name: field.initial for name, field in form.fields.items()})
    return sent.cleaned_data if sent.is_valid() else None


def _complain(request: HttpRequest, asked: Asked, form: forms.Form) -> HttpResponse:
    if not is_script(request):
        return _ask(request, asked, form)
    words = [str(error) for errors in form.errors.values() for error in errors]
    return answer(request, asked.back, " ".join(words), wrong=True)


def _undo(asked: Asked) -> str:
    """Where to send a form that takes it back; "" where nothing does. Of choosing a take: the one that is shown now."""
    if asked.kind == "take" and asked.name in ("choose", "approve"):
        before = asked.target.frame.chosen_id
        return reverse("take_verb", args=[before, "choose"]) if before not in (None, asked.target.pk) else ""
    inverse = INVERSE.get((asked.kind, asked.name))
    return reverse(f"{asked.kind}_verb", args=[asked.target.pk, inverse]) if inverse else ""


def board_at(run: StyleRun) -> str:
    return f"{run.project.get_absolute_url()}#run-{run.pk}"


def return_to(request: HttpRequest, back: str) -> str:
    """To the page where the button was pressed, in the view that it was in."""
    page = request.POST.get("next") or request.GET.get("next", "")
    return page if url_has_allowed_host_and_scheme(page, allowed_hosts=None) else back


def is_script(request: HttpRequest) -> bool:
    """Whether a script of ours sent it, which shows the answer's words itself."""
    return request.headers.get("Accept") == "application/json"


def answer(request: HttpRequest, to: str, message: str, *, wrong: bool = False, undo: str = "") -> HttpResponse:
    """Scripts are told, everybody else is sent on. `undo`: the address of the verb that takes it back, offered beside
    the message."""
    if is_script(request):
        return JsonResponse({"message": message, "wrong": wrong, "undo": undo}, status=409 if wrong else 200)
    address = f"{undo}?{urlencode({'next': to})}" if undo else ""
    (messages.error if wrong else messages.success)(request, message, extra_tags=address)
    return redirect(to)
