"""Exports as people see them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from generation import archives
from generation.models import Export, ExportStatus
from generation.pages import wording
from generation.pages.wording import State
from storyboards.models import Project


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
