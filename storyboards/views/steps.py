"""One step: write it, move it, copy it, throw it away."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from storyboards.access import PersonRequest, editable_project, editable_step
from storyboards.editing import Conflict, add_step, delete_step, duplicate_step, edit_step, move_step, split_step
from storyboards.forms import form_status
from storyboards.models import Project, Step, Style
from storyboards.stepforms import MoveForm, SplitForm, StepForm
from storyboards.views.trash import undoable

LONGEST_NUMBER = 18
"""Digits of a step's number in an address: no step has more."""


@login_required
def step_add(request: PersonRequest, pk: int) -> HttpResponse:
    """At the end, or behind the step that `after` names."""
    project = editable_project(request, pk)
    after = _after(request, project)
    form = StepForm(request.POST or None, instance=Step(project=project), styles=Style.objects.all())
    if request.method == "POST" and form.is_valid() and _stored(form, after):
        return _after_adding(request, form.instance)
    return _show_new(request, project, form, after)


def _after(request: HttpRequest, project: Project) -> Step | None:
    number = request.GET.get("after", "")
    if len(number) > LONGEST_NUMBER:
        raise Http404("There is no such step.")
    return get_object_or_404(project.steps.alive(), pk=number) if number.isdecimal() else None


def _stored(form: StepForm, after: Step | None) -> bool:
    """Whether there was room for it; the form says so where not."""
    with form.catching():
        add_step(form.instance, form.prompts(), after)
    return form.is_valid()


def _after_adding(request: HttpRequest, step: Step) -> HttpResponse:
    messages.success(request, f"Step {step.position} is added.")
    if "another" in request.POST:
        return redirect(f"{reverse('step_add', args=[step.project_id])}?after={step.pk}")
    return redirect(step.project)


def _show_new(request: HttpRequest, project: Project, form: StepForm, after: Step | None) -> HttpResponse:
    number = after.position + 1 if after else project.steps.alive().count() + 1
    context = {"form": form, "project": project, "after": after, "number": number}
    return render(request, "storyboards/step_add.html", context, status=form_status(form))


@login_required
def step_edit(request: PersonRequest, pk: int) -> HttpResponse:
    step = editable_step(request, pk)
    form = StepForm(request.POST or None, instance=step, styles=Style.objects.all())
    if request.method == "POST" and form.is_valid():
        try:
            edit_step(step, form.cleaned_data["version"] or 0, form.prompts())
        except Conflict:
            return _show_conflict(request, form)
        back = _back(request, step)
        messages.success(request, _saved(step, back))
        return redirect(back)
    return _show_edit(request, form, form_status(form))


def _saved(step: Step, back: str) -> str:
    """Whoever does not go back to the board is led there: it tells what has become stale by it."""
    words, board = f"Step {step.position} is saved.", step.project.get_absolute_url()
    if urlsplit(back).path == board:
        return words
    return format_html('{} <a href="{}#row-{}">See its pictures</a>', words, board, step.pk)


def _show_conflict(request: HttpRequest, form: StepForm) -> HttpResponse:
    """Both texts, nothing stored. Saving once more, now knowing of the other text, puts one's own in its place."""
    saved = editable_step(request, form.instance.pk)
    form.data = {**form.data.dict(), "version": str(saved.version)} if isinstance(form.data, QueryDict) else form.data
    return _show_edit(request, form, 409, conflict=form.conflict(saved))


def _show_edit(request: HttpRequest, form: StepForm, status: int, **more: object) -> HttpResponse:
    step = form.instance
    context = {"form": form, "step": step, "project": step.project, "back": _back(request, step), **more}
    return render(request, "storyboards/step_edit.html", context, status=status)


def _back(request: HttpRequest, step: Step) -> str:
    """To the page that led here, which `next` names, else to the step's row in the list."""
    page = request.GET.get("next", "")
    return page if url_has_allowed_host_and_scheme(page, allowed_hosts=None) else _row(step)


def _row(step: Step) -> str:
    return f"{reverse('project_edit', args=[step.project_id])}#step-{step.pk}"


def _back_to_list(step: Step) -> HttpResponseRedirect:
    """The list of steps, at this step's row."""
    return redirect(_row(step))


@login_required
@require_POST
def step_move(request: PersonRequest, pk: int) -> HttpResponse:
    """A script that asks for JSON is told the new order of all steps."""
    step = editable_step(request, pk)
    form = MoveForm(request.POST)
    wrong = " ".join(str(text) for texts in form.errors.values() for text in texts)
    if not wrong:
        move_step(step, form.place())
    if not request.accepts("text/html"):
        return _new_order(step, wrong)
    if wrong:
        messages.error(request, wrong)
    return _back_to_list(step)


def _new_order(step: Step, wrong: str) -> JsonResponse:
    order = list(step.project.steps.alive().values_list("pk", flat=True))
    return JsonResponse({"order": order, "message": wrong}, status=422 if wrong else 200)


@login_required
@require_POST
def step_duplicate(request: PersonRequest, pk: int) -> HttpResponse:
    step = editable_step(request, pk)
    try:
        copy = duplicate_step(step)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _back_to_list(step)
    messages.success(request, f"Step {step.position} has a copy: step {copy.position}.")
    return _back_to_list(copy)


@login_required
def step_split(request: PersonRequest, pk: int) -> HttpResponse:
    step = editable_step(request, pk)
    form = SplitForm(request.POST or None, initial={"text": SplitForm.suggestion(step), "version": step.version})
    if request.method == "POST" and form.is_valid():
        with form.catching():
            parts = split_step(step, form.cleaned_data["version"], form.cleaned_data["text"])
        if form.is_valid():
            messages.success(request, f"Step {step.position} is split into {len(parts)} steps.")
            return _back_to_list(step)
    context = {"form": form, "step": step, "project": step.project}
    return render(request, "storyboards/step_split.html", context, status=form_status(form))


@login_required
def step_delete(request: PersonRequest, pk: int) -> HttpResponse:
    step = editable_step(request, pk)
    if request.method == "POST":
        delete_step(step)
        undoable(request, f"“{step.label()}” is in the trash.", reverse("step_restore", args=[step.pk]))
        return redirect(f"{reverse('project_edit', args=[step.project_id])}#steps")
    return render(request, "storyboards/step_delete.html", {"step": step, "project": step.project})
