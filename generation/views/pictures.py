"""Pictures of takes, behind the same check as the pages that show them."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from generation.models import Take
from storyboards.access import opened_shares
from storyboards.models import Picture
from storyboards.pictures import EXTENSIONS

FOR_GOOD = "private, max-age=86400, immutable"
"""A take's picture never changes, but the right to see it may."""
FOR_NOW = "private, no-cache"


@require_safe
def picture(request: HttpRequest, pk: int, variant: str) -> HttpResponse:
    """`variant` is original, display or thumbnail; until the large WebP is made, the original stands in for it."""
    takes = Take.objects.visible_to(request.user, tuple(opened_shares(request.session)))
    take = get_object_or_404(takes.select_related("original", "display", "thumbnail"), pk=pk)
    exact: Picture | None = getattr(take, variant)
    found = exact or take.original
    if found is None:
        raise Http404("This take has no picture.")
    etag = f'"{take.pk}-{found.pk}"'
    known = request.headers.get("If-None-Match") == etag
    response: HttpResponse = HttpResponseNotModified() if known else _whole(found)
    response["ETag"] = etag
    response["Cache-Control"] = FOR_GOOD if exact else FOR_NOW
    response["Content-Disposition"] = f'inline; filename="step-{take.position}.{EXTENSIONS[found.content_type]}"'
    return response


def _whole(found: Picture) -> HttpResponse:
    try:
        return HttpResponse(found.read(), found.content_type)
    except FileNotFoundError as error:
        raise Http404("The file of this picture is lost.") from error
