"""Server-sent events: an answer that goes on for as long as there is something to tell."""

from collections.abc import AsyncGenerator

from django.http import StreamingHttpResponse

STREAM = "text/event-stream"
ALIVE = ": alive\n\n"
"""A comment: clients pass over it, and the line stays open."""


def event_stream(lines: AsyncGenerator[str, None]) -> StreamingHttpResponse:
    """Nothing on the way may keep them back, or for later."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(lines, content_type=STREAM, headers=headers)
