"""The steps of a project: read as one list, brought in together, changed one by one."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Router, Status

from generation.api.auth import ApiRequest, Bearer
from generation.api.idempotency import once
from generation.api.paging import Whole
from generation.api.v1.authoring import (
    MoveIn,
    SplitIn,
    StepOut,
    StepPatch,
    StepsIn,
    complain,
    imported_steps,
    parted,
    style_slugs,
    written,
    wrong_styles,
)
from generation.api.v1.projects import editable
from generation.models import Scope
from storyboards.editing import (
    STEP_FIELDS,
    OwnPrompt,
    change_step,
    delete_step,
    duplicate_step,
    move_step,
    restore_step,
    split_step,
)
from storyboards.importing.storing import put_steps
from storyboards.models import Project, Step

router = Router()


@router.get("/projects/{int:project_id}/steps", response=Whole[StepOut], summary="The steps of a project")
def list_steps(request: ApiRequest, project_id: int) -> dict[str, Any]:
    """All steps of a project, in order. Numbers shift when steps come and go, so it is not told in pages."""
    project = get_object_or_404(Project.objects.visible_to(request.auth.user), pk=project_id)
    return {"items": _told(project.steps.alive())}


@router.post(
    "/projects/{int:project_id}/steps", response={201: Whole[StepOut]}, auth=Bearer(Scope.WRITE), summary="Add steps"
)
@once
def add_steps(request: ApiRequest, project_id: int, body: StepsIn) -> Status[dict[str, Any]]:
    """Many at once, at the end or behind `after`: all or, where one is wrong, none. Answers with the new ones."""
    project = editable(request, project_id)
    new = put_steps(project, imported_steps(body.steps), after=body.after)
    return Status(201, {"items": _told(project.steps.alive().filter(pk__in=new))})


@router.get("/steps/{int:step_id}", response=StepOut, summary="A step")
def get_step(request: ApiRequest, step_id: int) -> Step:
    """One step of a project that you may see."""
    seen = Project.objects.visible_to(request.auth.user)
    return get_object_or_404(_told(Step.objects.alive().filter(project__in=seen)), pk=step_id)


@router.patch("/steps/{int:step_id}", response=StepOut, auth=Bearer(Scope.WRITE), summary="Change a step")
def change(request: ApiRequest, step_id: int, body: StepPatch) -> Step:
    """Write what is sent and nothing else, if nobody has saved the step since you read this `version`."""
    step = _editable(request, step_id)
    slugs = style_slugs()
    complain(wrong_styles(body.prompts, slugs, "body.prompts"))
    prompts = {slugs[slug]: OwnPrompt(prompt.text, prompt.whole) for slug, prompt in body.prompts.items()}
    change_step(step, body.version, written(body, STEP_FIELDS), prompts)
    return _fresh(step)


@router.delete(
    "/steps/{int:step_id}", response={204: None}, auth=Bearer(Scope.WRITE), summary="Move a step to the trash"
)
def delete(request: ApiRequest, step_id: int) -> Status[None]:
    """Into the trash; the steps behind it close the gap."""
    delete_step(_editable(request, step_id))
    return Status(204, None)


@router.post("/steps/{int:step_id}/restore", response=StepOut, auth=Bearer(Scope.WRITE), summary="Bring a step back")
@once
def restore(request: ApiRequest, step_id: int) -> Step:
    """Out of the trash, to the number it had; one that is back stays where it is."""
    step = get_object_or_404(Step.objects.restorable_by(request.auth.user), pk=step_id)
    restore_step(step)
    return _fresh(step)


@router.post(
    "/steps/{int:step_id}/split", response={201: Whole[StepOut]}, auth=Bearer(Scope.WRITE), summary="Split a step"
)
@once
def split(request: ApiRequest, step_id: int, body: SplitIn) -> Status[dict[str, Any]]:
    """Share its text out among it and new steps behind it, which keep its shot and continue from the picture before.
    Answers with all of them, in order."""
    step = _editable(request, step_id)
    parts = split_step(step, body.version, body.texts or parted(step, body.at))
    return Status(201, {"items": _told(step.project.steps.alive().filter(pk__in=[part.pk for part in parts]))})


@router.post("/steps/{int:step_id}/move", response=StepOut, auth=Bearer(Scope.WRITE), summary="Move a step")
@once
def move(request: ApiRequest, step_id: int, body: MoveIn) -> Step:
    """To another place in the list."""
    step = _editable(request, step_id)
    move_step(step, str(body.to))
    return _fresh(step)


@router.post(
    "/steps/{int:step_id}/duplicate", response={201: StepOut}, auth=Bearer(Scope.WRITE), summary="Duplicate a step"
)
@once
def duplicate(request: ApiRequest, step_id: int) -> Status[Step]:
    """A copy with its prompts, right behind it."""
    return Status(201, _fresh(duplicate_step(_editable(request, step_id))))


def _editable(request: ApiRequest, step_id: int) -> Step:
    mine = Project.objects.editable_by(request.auth.user)
    return get_object_or_404(Step.objects.alive().filter(project__in=mine).select_related("project"), pk=step_id)


def _told(steps: QuerySet[Step]) -> QuerySet[Step]:
    """With their prompts: one query more."""
    return steps.prefetch_related("prompts__style")


def _fresh(step: Step) -> Step:
    """As it is now; 404 where it was deleted a moment ago."""
    return get_object_or_404(_told(Step.objects.alive()), pk=step.pk)
