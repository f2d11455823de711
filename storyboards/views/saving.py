"""A step saved piece by piece, while somebody writes it; for `autosave.js`."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.views.decorators.http import require_http_methods

from storyboards.access import PersonRequest, editable_step
from storyboards.editing import Conflict, change_step, is_text
from storyboards.models import Step, Style
from storyboards.stepforms import StepForm, StepPieceForm

OVERTAKEN = "Somebody else saved this step since you opened it. Nothing of yours is stored yet."


@login_required
@require_http_methods(["GET", "POST"])
def step_save(request: PersonRequest, pk: int) -> JsonResponse:
    """POST fields of a step and the `version` they were begun at, as a form or as JSON: those are stored, no others.

    200 with the new `version`; 409 with all that is stored now, where somebody else was faster; 422 with `errors` by
    field. GET tells what is stored.
    """
    step = editable_step(request, pk)
    if request.method != "POST":
        return JsonResponse(_state(step) | {"fields": _fields(step)})
    try:
        form = StepPieceForm(_sent(request), instance=step, styles=Style.objects.all())
    except ValidationError as error:
        return _refused({"body": error.messages})
    return _store(request, form) if form.is_valid() else _refused(form.errors)


def _sent(request: PersonRequest) -> Mapping[str, Any]:
    """Raises ValidationError where JSON is none, or holds what no field could."""
    if request.content_type != "application/json":
        return request.POST
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise ValidationError("This is not valid JSON.") from error
    if not isinstance(data, dict) or not all(map(_is_value, data.values())):
        raise ValidationError("Send an object of texts, numbers, true and false.")
    return {name: str(value) for name, value in data.items()}


def _is_value(value: object) -> bool:
    return is_text(value) if isinstance(value, str) else isinstance(value, int | float)


def _store(request: PersonRequest, form: StepPieceForm) -> JsonResponse:
    with form.catching():
        try:
            step = change_step(form.instance, form.cleaned_data["version"], form.written(), form.prompts())
        except Conflict:
            return _overtaken(request, form.instance.pk)
    return JsonResponse(_state(step)) if form.is_valid() else _refused(form.errors)


def _overtaken(request: PersonRequest, pk: int) -> JsonResponse:
    saved = editable_step(request, pk)
    return JsonResponse({"message": OVERTAKEN, **_state(saved), "fields": _fields(saved)}, status=409)


def _refused(errors: Mapping[str, Any]) -> JsonResponse:
    told = {name: " ".join(map(str, texts)) for name, texts in errors.items()}
    return JsonResponse({"message": " ".join(told.values()), "errors": told}, status=422)


def _state(step: Step) -> dict[str, Any]:
    return {"version": step.version, "saved_at": step.updated_at, "position": step.position}


def _fields(step: Step) -> dict[str, Any]:
    return StepForm(instance=step, styles=Style.objects.all()).values()
