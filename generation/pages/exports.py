"""Exports as people see them, and their archives as answers for whoever was let in already."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from generation import archives
from generation.exporting import safe
from generation.models import Export, ExportStatus
from generation.pages import wording
from generation.pages.wording import State
from storyboards.models import Project

CHUNK = 256 * 1024
"""Bytes that are in memory of a file on its way."""


@dataclass(frozen=True)
class ExportView:
    """`words`: how many pictures are in it; `there`: it can be fetched now."""

    export: Export
    state: State
    words: str
    there: bool


@dataclass(frozen=True)
class Exports:
    """`ready`: how many pictures one made now would hold. `asked`: one is being packed."""

    views: list[ExportView]
    ready: str
    steps: int
    asked: bool


def load_exports(project: Project, exports: Iterable[Export]) -> Exports:
    """Three queries."""
    views = [_view(export) for export in exports]
    count = archives.count_pictures(project)
    asked = any(view.state.key in ("queued", "generating") for view in views)
    return Exports(views, wording.amount(count) if count else "", project.steps.alive().count(), asked)


def is_there(export: Export) -> bool:
    in_time = export.expires_at is not None and export.expires_at > timezone.now()
    return export.status == ExportStatus.READY and bool(export.file) and in_time


def _view(export: Export) -> ExportView:
    pictures = wording.amount(export.total)
    words = pictures if export.done == export.total else f"{export.done} of {pictures}"
    return ExportView(export, _state(export), words, is_there(export))


def _state(export: Export) -> State:
    if export.status == ExportStatus.READY and not is_there(export):
        return State("cancelled", "Expired")
    return {
        ExportStatus.PENDING: State("queued", "Queued"),
        ExportStatus.MAKING: State("generating", "Being packed"),
        ExportStatus.READY: State("completed", "Ready"),
        ExportStatus.FAILED: State("failed", "Failed", export.error),
    }[ExportStatus(export.status)]


def archive_answer(export: Export, file: IO[bytes], meanwhile: AbstractContextManager[None]) -> StreamingHttpResponse:
    """The archive from its open `file`; `meanwhile` is entered as long as it is on its way."""
    headers = {
        "Content-Length": str(export.size),
        "Content-Disposition": content_disposition_header(True, f"{safe(export.project.title)}.zip") or "attachment",
        "Cache-Control": "private, no-store",
    }
    return StreamingHttpResponse(_chunks(file, meanwhile), content_type="application/zip", headers=headers)


async def _chunks(file: IO[bytes], meanwhile: AbstractContextManager[None]) -> AsyncIterator[bytes]:
    read = sync_to_async(file.read, thread_sensitive=False)
    with file, meanwhile:
        while chunk := await read(CHUNK):
            yield chunk
