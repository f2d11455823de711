"""A project's numbered history: page by page, or as it happens."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from django.db import Error
from django.http import Http404, JsonResponse, StreamingHttpResponse
from ninja import Field, Header, Query, Router, Schema
from pydantic import ConfigDict

from generation import feed, live
from generation.api.auth import ApiRequest, AsyncBearer
from generation.api.streams import ALIVE, STREAM, event_stream
from generation.api.throttles import stays
from generation.feed import Message
from generation.waiting import give_back_thread

logger = logging.getLogger(__name__)
router = Router()

COME_BACK_AFTER = 2000
"""Milliseconds a client waits before it comes back to a stream that broke."""
LARGEST = 2**63 - 1
EXAMPLE: dict[str, Any] = {
    "type": "event",
    "number": 7,
    "kind": "frame.completed",
    "at": "2026-11-20T12:00:00.123456+00:00",
    "actor": "",
    "run": 3,
    "frames": [12, 13],
    "take": 40,
    "finished": False,
}


class EventOut(Schema):
    """One change that people see. `docs/protocol.md` tells all kinds; one may carry more than is named here."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [EXAMPLE]})

    type: str = Field(description="“event”, as sockets and streams send them.")
    number: int = Field(description="1, 2, 3 … in every project, without gaps.")
    kind: str
    at: str = Field(description="ISO 8601")
    actor: str = Field(description="Who did it; empty where the machine did.")
    run: int | None = None
    frames: list[int] = Field(description="Those that look different now.")


class EventsOut(Schema):
    """In order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXAMPLE], "next": None, "last": 7}]})

    items: list[EventOut]
    next: int | None = Field(None, description="Send it as `after` for more; null where there is none yet.")
    last: int = Field(description="The number of the newest event, 0 before the first.")


class Wanted(Schema):
    after: int | None = Field(None, ge=0, le=LARGEST, description="Events behind this number.")
    limit: int = Field(100, ge=1, le=feed.CATCH_UP, description="Events at most; says nothing to a stream.")


STREAMED = {
    "responses": {
        200: {
            "content": {
                STREAM: {
                    "schema": {"type": "string"},
                    "example": "id: 7\nevent: event\ndata: {…}\n\n",
                }
            }
        }
    }
}


@router.get(
    "/projects/{project_id}/events",
    response=EventsOut,
    auth=AsyncBearer(),
    openapi_extra=STREAMED,
    summary="A project’s events",
)
async def events(
    request: ApiRequest,
    project_id: int,
    wanted: Query[Wanted],
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", description="Of a stream; goes before `after`.")
    ] = None,
) -> JsonResponse | StreamingHttpResponse:
    """Events of a project, in order.

    With `Accept: text/event-stream` the answer does not end: first what was missed since `Last-Event-ID` or `after`, or
    a snapshot without either or from too long ago, then every event as it happens.
    """
    assert request.auth.token is not None  # AsyncBearer lets nobody in without
    viewer = live.TokenViewer(request.auth.token.pk)
    try:
        await live.asked(live.look, viewer, project_id)
    except live.Closed:
        raise Http404 from None
    if STREAM in request.headers.get("Accept", ""):
        since = wanted.after if last_event_id is None else live.as_number(last_event_id)
        return event_stream(_stream(viewer, request.auth.user.pk, project_id, since))
    return JsonResponse(await live.asked(_page, project_id, wanted.after or 0, wanted.limit))


def _page(project_id: int, after: int, limit: int) -> dict[str, Any]:
    """As they are sent everywhere: through a schema they would lose what only some kinds carry."""
    last = feed.newest_number(project_id)
    items = feed.read_after(project_id, after, limit)
    more = bool(items) and items[-1]["number"] < last
    return {"items": items, "next": items[-1]["number"] if more else None, "last": last}


async def _stream(viewer: live.Viewer, person: int, project_id: int, since: int | None) -> AsyncGenerator[str, None]:
    """Ends when rights do."""
    give_back_thread()
    yield f"retry: {COME_BACK_AFTER}\n\n"
    try:
        with stays.counted(person):
            async with aclosing(live.messages(viewer, project_id, since)) as messages:
                async for message in messages:
                    yield _told(message)
    except live.Closed:
        return
    except Error as error:
        logger.warning("A stream of project %s ends: %r", project_id, error)


def _told(message: Message) -> str:
    if message is live.ALIVE:
        return ALIVE
    number = f"id: {message['number']}\n" if "number" in message else ""
    return f"{number}event: {message['type']}\ndata: {message.text}\n\n"
