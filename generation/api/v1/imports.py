"""Text in: whatever the import page takes, as a new project or into one that is there."""

from typing import Any

from ninja import Router, Status

from generation.api.auth import ApiRequest, Bearer
from generation.api.idempotency import once
from generation.api.v1.authoring import ImportedOut, ImportFields, ImportIn, ImportInto, complain, style_slugs
from generation.api.v1.projects import editable, fresh, named, wish_of
from generation.models import Scope
from storyboards.importforms import ShapeForm
from storyboards.importing import ImportedProject, Problem, read
from storyboards.importing.storing import make_project, put_steps
from storyboards.models import Project

router = Router()

MOST_PROBLEMS = 50
"""That are told of one text, as on the page."""


@router.post(
    "/projects/import", response={201: ImportedOut}, auth=Bearer(Scope.WRITE), summary="Make a project of a text"
)
@once
def import_project(request: ApiRequest, body: ImportIn) -> Status[dict[str, Any]]:
    """A new project from a list, a table or JSON. A text with problems makes nothing; each is told with its line."""
    user, wish = request.auth.user, wish_of(request, body.start)
    found = _read(body, body.name)
    suggested = ShapeForm.suggestion(found)
    title = body.title or suggested["title"]
    if not title:
        complain([("body.title", "This text brings no title along: send one.")])
    fields = {"title": title, "aspect_ratio": body.aspect_ratio or suggested["aspect_ratio"]}
    with named(user, body.external_id):
        project = make_project(user, found, fields | {"external_id": body.external_id}, wish)
    return _answer(project, found)


@router.post(
    "/projects/{int:project_id}/import",
    response={201: ImportedOut},
    auth=Bearer(Scope.WRITE),
    summary="Bring a text into a project",
)
@once
def import_into(request: ApiRequest, project_id: int, body: ImportInto) -> Status[dict[str, Any]]:
    """More steps for a project, or others in the place of those it has."""
    project, wish = editable(request, project_id), wish_of(request, body.start)
    found = _read(body)
    put_steps(project, found.steps, body.mode == "replace", wish)
    return _answer(project, found)


def _read(body: ImportFields, name: str = "") -> ImportedProject:
    """Raises Problem where the text has some."""
    outcome = read(body.text, list(style_slugs()), name, body.format)
    complain((_place(problem), problem.message) for problem in outcome.problems[:MOST_PROBLEMS])
    return outcome.project


def _place(problem: Problem) -> str:
    return f"body.text, line {problem.line}" if problem.line else "body.text"


def _answer(project: Project, found: ImportedProject) -> Status[dict[str, Any]]:
    told = {"project": fresh(project), "imported": len(found.steps), "warnings": list(found.warnings)}
    return Status(201, told)
