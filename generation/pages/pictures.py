"""A take's picture as an answer, for whoever was let in already."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified

from generation.models import Take
from storyboards.models import Picture
from storyboards.pictures import EXTENSIONS
from storyboards.views.pictures import file_response

FOR_GOOD = "private, max-age=86400, immutable"
"""A take's picture never changes, but the right to see it may."""
FOR_NOW = "private, no-cache"


def picture_answer(request: HttpRequest, take: Take, variant: str) -> HttpResponse:
    """`variant` is original, display or thumbnail; until the others are made, the original stands in for them."""
    exact: Picture | None = getattr(take, variant)
    found = exact or take.original
    if found is None:
        raise Http404("This take has no picture.")
    etag = f'"{take.pk}-{found.pk}"'
    known = request.headers.get("If-None-Match") == etag
    response: HttpResponse = HttpResponseNotModified() if known else file_response(found)
    response["ETag"] = etag
    response["Cache-Control"] = FOR_GOOD if exact else FOR_NOW
    response["Content-Disposition"] = f'inline; filename="step-{take.position}.{EXTENSIONS[found.content_type]}"'
    return response
