"""Exports: a project's pictures as one archive, asked for, waited for, fetched."""

from datetime import datetime
from typing import IO, Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict

from generation import packing
from generation.api.auth import ApiRequest, AsyncBearer, Bearer, Caller
from generation.api.description import file_answer
from generation.api.idempotency import once
from generation.api.paging import Page, Paging, paged
from generation.api.problems import Problem
from generation.api.throttles import stays
from generation.models import Export, ExportStatus, Scope
from generation.pages.exports import archive_answer, is_there
from generation.waiting import give_back_thread
from storyboards.models import Project

router = Router()

AN_ARCHIVE = file_answer("The archive.", ["application/zip"])


class ExportOut(Schema):
    """A ZIP of `generated_images/{style}/Shot_{n}/Beat_{b}.png`, `image_progress_{style}.json` and `project.json`."""

    id: int
    project: int
    status: str = Field(description="pending, making, ready, failed or expired")
    done: int = Field(description="Pictures that are in it so far.")
    total: int
    size: int | None = Field(description="bytes; null until it is ready")
    file_url: str | None = Field(description="Where to fetch it with your token; null until it is ready.")
    error: str
    created_at: datetime
    finished_at: datetime | None = None
    expires_at: datetime | None = Field(
        None, description="Until then, or until you have three newer ones, the file can be fetched."
    )
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 4, "project": 2, "status": "ready", "done": 3, "total": 3, "size": 402113,
                    "file_url": "https://boards.example.org/api/v1/exports/4/file", "error": "",
                    "created_at": "2026-11-20T09:16:00Z", "finished_at": "2026-11-20T09:16:02Z",
                    "expires_at": "2026-11-21T09:16:02Z",
                }
            ]
        }
    )  # fmt: skip


@router.get("/projects/{int:project_id}/exports", response=Page[ExportOut], summary="The exports of a project")
def list_exports(request: ApiRequest, project_id: int, paging: Query[Paging]) -> dict[str, Any]:
    """Those you asked for, newest first; to staff, everybody's."""
    user = request.auth.user
    project = get_object_or_404(Project.objects.visible_to(user), pk=project_id)
    page = paged(packing.visible_to(user).filter(project=project), paging)
    return page | {"items": [told(export) for export in page["items"]]}


@router.post(
    "/projects/{int:project_id}/exports",
    response={202: ExportOut},
    auth=Bearer(Scope.WRITE),
    summary="Ask for an export",
)
@once
def ask(request: ApiRequest, project_id: int) -> Status[ExportOut]:
    """Have its pictures packed, as many as there are. While one of yours is being packed you are told that one; when it
    is ready, only your newest three of this project are kept."""
    user = request.auth.user
    project = get_object_or_404(Project.objects.visible_to(user), pk=project_id)
    return Status(202, told(packing.ask(project, user)))


@router.get("/exports/{int:export_id}", response=ExportOut, summary="An export")
def get_export(request: ApiRequest, export_id: int) -> ExportOut:
    """How far it is, and where to fetch it."""
    return told(get_object_or_404(packing.visible_to(request.auth.user), pk=export_id))


@router.get(
    "/exports/{int:export_id}/file",
    auth=AsyncBearer(),
    url_name="export_file",
    openapi_extra=AN_ARCHIVE,
    summary="Fetch an export’s archive",
)
async def get_file(request: ApiRequest, export_id: int) -> HttpResponseBase:
    """The archive itself."""
    export, file = await database_sync_to_async(_opened)(request.auth, export_id)
    give_back_thread()
    return archive_answer(export, file, stays.counted(request.auth.user.pk))


def _opened(caller: Caller, export_id: int) -> tuple[Export, IO[bytes]]:
    export = get_object_or_404(packing.visible_to(caller.user).select_related("project"), pk=export_id)
    if export.status == ExportStatus.FAILED:
        raise Problem(404, f"There is no archive. {export.error}", "export_failed")
    if export.status != ExportStatus.READY:
        raise Problem(404, "This archive is not ready yet: ask for the export until it is.", "not_ready")
    if not is_there(export):
        raise Problem(410, "The time of this archive is over. Ask for a new one.", "gone")
    try:
        return export, export.file.open("rb")
    except FileNotFoundError as error:
        raise Problem(410, "The file of this archive is lost. Ask for a new one.", "gone") from error


def told(export: Export) -> ExportOut:
    ready = export.status == ExportStatus.READY
    there = is_there(export)
    path = reverse("v1:export_file", args=[export.pk])
    return ExportOut(
        id=export.pk,
        project=export.project_id,
        status="expired" if ready and not there else export.status,
        done=export.done,
        total=export.total,
        size=export.size if ready else None,
        file_url=f"{settings.PUBLIC_URL}{path}" if there else None,
        error=export.error,
        created_at=export.created_at,
        finished_at=export.finished_at,
        expires_at=export.expires_at if ready else None,
    )
