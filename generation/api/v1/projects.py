"""Projects: made with their steps and, if wanted, their pictures begun, in one transaction; read, changed, trashed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Query, Router, Status

from generation.api.auth import ApiRequest, Bearer
from generation.api.description import file_answer
from generation.api.idempotency import once
from generation.api.paging import Page, Paging, paged
from generation.api.problems import Problem
from generation.api.uploads import PICTURE_BODY, sent_picture
from generation.api.v1.authoring import (
    ProjectIn,
    ProjectOut,
    ProjectPatch,
    StartIn,
    TrashOut,
    imported_steps,
    written,
)
from generation.api.v1.values import Name
from generation.errors import Refusal
from generation.models import Scope, StyleRun
from storyboards.editing import PROJECT_FIELDS, change_project, restore_project, trash_project
from storyboards.importing import ImportedProject
from storyboards.importing.storing import StartWish, make_project
from storyboards.models import Project, Step
from storyboards.models.projects import ProjectQuerySet
from storyboards.pictures import EXTENSIONS, store
from storyboards.views.pictures import picture_response

router = Router()

MOST_TRASH = 200
FIELDS = (*PROJECT_FIELDS, "external_id")


class Search(Paging):
    external_id: Name | None = None
    q: Name = ""


@router.get("/projects", response=Page[ProjectOut], summary="Your projects")
def list_projects(request: ApiRequest, search: Query[Search]) -> dict[str, Any]:
    """Your own projects, the newest first. `external_id` finds one by your system's name, `q` searches in titles."""
    own = Project.objects.owned_by(request.auth.user).filter(listed=True)
    if search.external_id is not None:
        own = own.filter(external_id=search.external_id)
    if search.q:
        own = own.filter(title__icontains=search.q)
    return paged(told(own), search)


@router.post("/projects", response={201: ProjectOut}, auth=Bearer(Scope.WRITE), summary="Make a project")
@once
def create_project(request: ApiRequest, body: ProjectIn) -> Status[Project]:
    """A new project, with its steps and, with `start`, its pictures begun: all of it or, where something is refused,
    nothing."""
    user = request.auth.user
    wish = wish_of(request, body.start)
    if wish and not body.steps:
        raise Refusal("Write the steps first: each is one picture.")
    steps = imported_steps(body.steps)
    with named(user, body.external_id):
        project = make_project(user, ImportedProject(steps=steps), written(body, FIELDS), wish)
    return Status(201, fresh(project))


@router.get("/projects/{int:project_id}", response=ProjectOut, url_name="project", summary="A project")
def get_project(request: ApiRequest, project_id: int) -> Project:
    """A project of yours, or one that everybody may see."""
    return get_object_or_404(told(Project.objects.visible_to(request.auth.user)), pk=project_id)


@router.patch("/projects/{int:project_id}", response=ProjectOut, auth=Bearer(Scope.WRITE), summary="Change a project")
def change(request: ApiRequest, project_id: int, body: ProjectPatch) -> Project:
    """Write what is sent and nothing else."""
    project = editable(request, project_id)
    changes = written(body, FIELDS)
    if changes:
        with named(project.owner, body.external_id):
            change_project(project, changes)
    return fresh(project)


@router.delete(
    "/projects/{int:project_id}", response={204: None}, auth=Bearer(Scope.WRITE), summary="Move a project to the trash"
)
def trash(request: ApiRequest, project_id: int) -> Status[None]:
    """Into the trash, for thirty days. What is being made of it is cancelled."""
    trash_project(editable(request, project_id))
    return Status(204, None)


@router.post(
    "/projects/{int:project_id}/restore", response=ProjectOut, auth=Bearer(Scope.WRITE), summary="Bring a project back"
)
@once
def restore(request: ApiRequest, project_id: int) -> Project:
    """Out of the trash, with all it had. What was being made of it stays cancelled. One that is back stays as it is."""
    project = get_object_or_404(Project.objects.restorable_by(request.auth.user), pk=project_id)
    restore_project(project)
    return fresh(project)


@router.get("/trash", response=TrashOut, summary="Your trash")
def list_trash(request: ApiRequest) -> dict[str, Any]:
    """What you threw away in the last thirty days and can bring back: at most 200 projects and 200 steps."""
    own = Project.objects.filter(owner=request.auth.user)
    steps = Step.objects.in_trash().filter(project__in=own)
    return {"projects": own.in_trash()[:MOST_TRASH], "steps": steps[:MOST_TRASH]}


# --- concept picture -------------------------------------------------------------------------------------------------

PICTURE_ANSWER = file_answer("The picture.", EXTENSIONS)
CONCEPT = "/projects/{int:project_id}/concept-picture"


@router.get(CONCEPT, url_name="concept_picture", openapi_extra=PICTURE_ANSWER, summary="The concept picture")
def get_concept_picture(request: ApiRequest, project_id: int) -> HttpResponse:
    """The picture of the finished thing, as bytes."""
    project = get_object_or_404(Project.objects.visible_to(request.auth.user), pk=project_id)
    if project.concept_picture is None:
        raise Http404("This project has no concept picture.")
    return picture_response(request, project.concept_picture)


@router.put(
    CONCEPT,
    response=ProjectOut,
    auth=Bearer(Scope.WRITE),
    openapi_extra=PICTURE_BODY,
    summary="Set the concept picture",
)
def put_concept_picture(request: ApiRequest, project_id: int) -> Project:
    """The finished thing, whose look every picture follows: send the bytes of a PNG, JPEG or WebP as the body."""
    project = editable(request, project_id)
    change_project(project, {"concept_picture": store(sent_picture(request))})
    return fresh(project)


@router.delete(CONCEPT, response={204: None}, auth=Bearer(Scope.WRITE), summary="Take the concept picture away")
def delete_concept_picture(request: ApiRequest, project_id: int) -> Status[None]:
    """Take it away. Pictures that were made after it stay."""
    project = editable(request, project_id)
    if project.concept_picture_id is None:
        raise Http404("This project has no concept picture.")
    change_project(project, {"concept_picture": None})
    return Status(204, None)


# --- what these and imports share ------------------------------------------------------------------------------------


def editable(request: ApiRequest, project_id: int) -> Project:
    return get_object_or_404(Project.objects.editable_by(request.auth.user), pk=project_id)


def told(projects: ProjectQuerySet) -> ProjectQuerySet:
    """With all that an answer tells of them: two queries."""
    runs = StyleRun.objects.select_related("style", "engine").order_by("pk")
    steps = Count("steps", filter=Q(steps__deleted_at=None))
    return projects.annotate(step_count=steps).prefetch_related(Prefetch("runs", runs))


def fresh(project: Project) -> Project:
    """As it is now, for the answer."""
    return told(Project.objects.all()).get(pk=project.pk)


def wish_of(request: ApiRequest, start: StartIn | None) -> StartWish | None:
    """Raises Problem where the token may have no pictures made."""
    if start is None:
        return None
    request.auth.need(Scope.RUN)
    return StartWish(request.auth.user, start.strategy, list(start.styles), start.engine or "", start.choices())


@contextmanager
def named(owner: User, external_id: str) -> Iterator[None]:
    """Store a project under this name in another system, or say which one has it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        other = Project.objects.owned_by(owner).filter(external_id=external_id).first() if external_id else None
        if other is None:
            raise
        raise Problem(
            409,
            f"Project {other.pk} has this external_id already.",
            "external_id_taken",
            headers={"Location": settings.PUBLIC_URL + reverse("v1:project", args=[other.pk])},
        ) from None
