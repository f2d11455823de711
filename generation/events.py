"""A project's numbered history: `publish` writes it, and a hint tells pages to look."""

import asyncio
import logging
import threading
from collections.abc import Coroutine, Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from redis.exceptions import RedisError

from generation.models import Event, EventStream

logger = logging.getLogger(__name__)

HINT_TIMEOUT = 2
"""Seconds after which a hint is dropped: whoever misses it reads the table at the next tick."""


def publish(project_id: int, kind: str, *, frames: Iterable[int] = (), actor: str = "", **payload: Any) -> int:
    """Write one change that people see and return its number. The last statement of the transaction that made the
    change.

    The stream's row is the last lock of every transaction, so numbers have no gaps and commit in order.
    """
    assert connection.in_atomic_block, "an event belongs to the transaction of its change"
    number = _next_number(project_id)
    payload["frames"] = list(frames)
    Event.objects.create(project_id=project_id, number=number, kind=kind, payload=payload, actor=actor)
    transaction.on_commit(partial(hint, project_id, {"type": "feed.hint", "number": number}))
    return number


def _next_number(project_id: int) -> int:
    stream = EventStream.objects.filter(project_id=project_id)
    if not stream.update(last_number=F("last_number") + 1):
        EventStream.objects.bulk_create([EventStream(project_id=project_id)], ignore_conflicts=True)
        stream.update(last_number=F("last_number") + 1)
    return stream.values_list("last_number", flat=True).get()


def forget_old() -> int:
    """Drop events past their days; return how many. Whoever returns from longer ago gets a snapshot."""
    oldest_kept = timezone.now() - timedelta(days=settings.EVENTS_KEPT_DAYS)
    return Event.objects.filter(at__lt=oldest_kept).delete()[0]


def publish_progress(project_id: int, frame_id: int, done: int, total: int) -> None:
    """Tell those who watch how far a picture is. Not numbered and not stored: the next one makes up for a lost one."""
    hint(project_id, {"type": "feed.progress", "frame": frame_id, "done": done, "total": total})


def group_name(project_id: int) -> str:
    """The channel group of a project's feed."""
    return f"project-{project_id}"


def hint(project_id: int, message: dict[str, Any]) -> None:
    """Send to the project's feeds without waiting, best effort: a failed hint never fails the work."""
    _messenger().send(_group_send(group_name(project_id), message))


async def _group_send(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    assert layer is not None
    try:
        await asyncio.wait_for(layer.group_send(group, message), HINT_TIMEOUT)
    except (TimeoutError, OSError, RedisError) as error:
        logger.debug("hint dropped: %s", error)


class _Messenger:
    """One event loop in a thread: `async_to_sync` would open a connection to the broker for every single message."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="hints", daemon=True).start()

    def send(self, message: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(message, self._loop)


_lock = threading.Lock()
_messengers: list[_Messenger] = []


def _messenger() -> _Messenger:
    with _lock:
        if not _messengers:
            _messengers.append(_Messenger())
        return _messengers[0]
