"""Exports: asked for by people, packed by a job of the `files` queue, gone when their time is over.

Whoever packs one holds its row by the name of the file that is to be: a random one each time, so that a worker that was
taken for dead changes nothing of what another one has made since. Meanwhile `expires_at` says until when the row is
held.
"""

import logging
import secrets
import time
import zipfile
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import IO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q, QuerySet
from redis.exceptions import RedisError

from generation import archives
from generation.archives import Place, Series
from generation.errors import Refusal
from generation.models import Export, ExportStatus
from generation.models.clock import database_now
from generation.rq import FILES, enqueue, queued
from storyboards.models import Project

logger = logging.getLogger(__name__)

HELD = timedelta(minutes=2)
"""How long an export belongs to a worker that gives no sign of life."""
SAVING = timedelta(minutes=15)
"""The same while a large file goes to a storage far away, which gives none."""
GIVEN_UP = timedelta(hours=1)
"""After this an export whose worker died is not tried again: it may be what kills them."""
RUNG = timedelta(seconds=30)
"""How long a job may be on its way before the export is rung for again."""
KEPT = 3
"""Archives of one project that a person has at a time: whoever asks every minute must not fill the disk in a day."""
TELL_EVERY = 1.0
"""Seconds between two signs of life."""
UNDER_WAY = (ExportStatus.PENDING, ExportStatus.MAKING)


class TakenOver(Exception):
    """Somebody else packs this export now, or nobody wants it any more."""


def visible_to(user: User, shares: Sequence[int] = ()) -> QuerySet[Export]:
    """Own ones of projects that this person may still see, also by the share links that were opened; all for staff."""
    exports = Export.objects.filter(project__in=Project.objects.visible_to(user, shares))
    return exports if user.has_perm("storyboards.view_project") else exports.filter(requested_by=user)


# --- asking for one --------------------------------------------------------------------------------------------------


def ask(project: Project, user: User) -> Export:
    """Have a project's pictures packed; the one that this person waits for already, where there is one. Raises Refusal
    where there is no picture yet."""
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        mine = Export.objects.filter(project=project, requested_by=user, status__in=UNDER_WAY).first()
        return mine or _create(project, user)


def _create(project: Project, user: User) -> Export:
    total = archives.count_pictures(project)
    if not total:
        raise Refusal("There is nothing to export yet: no picture of this project is made.")
    export = Export.objects.create(project=project, requested_by=user, total=total)
    transaction.on_commit(partial(ring, [export.pk]))
    return export


def ring(export_ids: Iterable[int]) -> None:
    """Best effort: `ring_missed` repairs."""
    try:
        for export_id in export_ids:
            enqueue(FILES, "generation.jobs.make_export", export_id)
    except RedisError as error:
        logger.warning("The broker cannot be reached; exports are made later: %s", type(error).__name__)


def ring_missed() -> None:
    """For exports that nobody packs, once nothing else waits in their queue: their job or their worker is lost."""
    now = database_now()
    never_begun = Q(status=ExportStatus.PENDING, created_at__lt=now - RUNG)
    missed = Export.objects.filter(never_begun | Q(status=ExportStatus.MAKING, expires_at__lt=now))
    ids = list(missed.order_by("pk").values_list("pk", flat=True)[:50])
    try:
        if ids and not queued(FILES):
            ring(ids)
    except RedisError as error:
        logger.debug("no broker: %s", error)


# --- packing it ------------------------------------------------------------------------------------------------------


def claim(export_id: int) -> Export | None:
    """The export, if it is ours to pack."""
    now = database_now()
    lost = Q(status=ExportStatus.MAKING, expires_at__lt=now)
    free = Export.objects.filter(Q(status=ExportStatus.PENDING) | lost, pk=export_id)
    export = free.select_related("project").first()
    if export is None:
        return None
    before = export.file.name or ""
    same = free.filter(file=before)
    if before and export.created_at < now - GIVEN_UP:
        _end(same, "Whoever packed it stopped before the end. It cost nothing; ask again.")
        return None
    name = f"exports/{secrets.token_hex(24)}.zip"
    held = {"started_at": now, "expires_at": now + HELD}
    if not same.update(status=ExportStatus.MAKING, file=name, done=0, **held):
        return None
    if before:
        default_storage.delete(before)  # what a worker that died may have left
    export.file.name = name
    return export


def make(export: Export) -> None:
    """Pack what was claimed. One picture at a time is in memory."""
    try:
        with TemporaryFile() as file:
            done = _pack(export, file)
            size = file.tell()
            _still_ours(export, SAVING, done=done)
            default_storage.save(_name(export), File(file))
        _finish(export, done, size)
    except TakenOver:
        logger.info("Export %s is no longer ours.", export.pk)


def fail(export: Export, reference: str) -> None:
    """What nobody foresaw ends it; the person may ask again."""
    if _end(_ours(export), f"Something went wrong on our side (reference {reference}). It cost nothing; ask again."):
        default_storage.delete(_name(export))


def _end(exports: QuerySet[Export], error: str) -> int:
    failed = ExportStatus.FAILED
    return exports.update(status=failed, file="", error=error, finished_at=database_now(), expires_at=None)


def _pack(export: Export, file: IO[bytes]) -> int:
    """Write the archive; return how many pictures are in it."""
    series = archives.load_series(export.project)
    places = [place for one in series for place in one.places]
    with zipfile.ZipFile(file, "w") as archive:
        lost = _put_pictures(export, archive, places)
        _put_texts(archive, export.project, series, lost)
    return len(places) - len(lost)


def _put_pictures(export: Export, archive: zipfile.ZipFile, places: Sequence[Place]) -> set[str]:
    """The paths of those that could not be put in: one lost file must not keep the others from their people."""
    lost: set[str] = set()
    told = time.monotonic()
    for number, place in enumerate(places):
        if time.monotonic() >= told + TELL_EVERY:
            _still_ours(export, HELD, done=number - len(lost), total=len(places))
            told = time.monotonic()
        try:
            archive.writestr(place.path, archives.png_of(place.picture))
        except (FileNotFoundError, ValueError):
            logger.exception("Picture %s of export %s", place.picture.pk, export.pk)
            lost.add(place.path)
    return lost


def _put_texts(archive: zipfile.ZipFile, project: Project, series: Sequence[Series], lost: set[str]) -> None:
    for name, text in archives.texts(project, series, lost):
        archive.writestr(name, text, zipfile.ZIP_DEFLATED)


def _still_ours(export: Export, held: timedelta, **progress: int) -> None:
    """A sign of life. Raises TakenOver where it comes too late."""
    if not _ours(export).update(expires_at=database_now() + held, **progress):
        raise TakenOver


def _ours(export: Export) -> QuerySet[Export]:
    return Export.objects.filter(pk=export.pk, status=ExportStatus.MAKING, file=_name(export))


def _name(export: Export) -> str:
    return str(export.file.name)


def _finish(export: Export, done: int, size: int) -> None:
    now = database_now()
    over = now + timedelta(hours=settings.EXPORTS_KEPT_HOURS)
    made = {"status": ExportStatus.READY, "done": done, "size": size, "finished_at": now, "expires_at": over}
    if not _ours(export).update(**made):
        default_storage.delete(_name(export))
        raise TakenOver
    others = Export.objects.filter(project=export.project_id, requested_by=export.requested_by_id)
    _remove(_with_file(others).order_by("-pk")[KEPT:])


# --- its end ---------------------------------------------------------------------------------------------------------


def remove_expired() -> int:
    """Delete the files of those whose time is over; return how many. The rows stay and tell of it."""
    return _remove(_with_file(Export.objects.filter(expires_at__lt=database_now())))


def _with_file(exports: QuerySet[Export]) -> QuerySet[Export]:
    return exports.filter(status=ExportStatus.READY).exclude(file="")


def _remove(exports: QuerySet[Export]) -> int:
    found = list(exports.values_list("pk", "file"))
    for export_id, name in found:
        default_storage.delete(name)
        Export.objects.filter(pk=export_id).update(file="")
    return len(found)
