"""Picture files that people brought along, handed out after the check."""

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from storyboards.access import visible_projects
from storyboards.models import Picture, Project, Style
from storyboards.pictures import check, thumbnail


@require_safe
def concept_picture(request: HttpRequest, pk: int) -> HttpResponse:
    return picture_response(request, _concept(request, pk))


@require_safe
def concept_thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    return picture_response(request, _concept(request, pk), small=True)


def _concept(request: HttpRequest, pk: int) -> Picture:
    project: Project = get_object_or_404(visible_projects(request).select_related("concept_picture"), pk=pk)
    if project.concept_picture is None:
        raise Http404
    return project.concept_picture


@require_safe
def style_reference(request: HttpRequest, slug: str) -> HttpResponse:
    """For everybody who is logged in or may see at least one project here."""
    if not (request.user.is_authenticated or visible_projects(request).exists()):
        raise Http404
    style = get_object_or_404(Style.objects.select_related("reference_picture"), slug=slug)
    if style.reference_picture is None:
        raise Http404
    return picture_response(request, style.reference_picture)


def picture_response(request: HttpRequest, picture: Picture, small: bool = False) -> HttpResponse:
    """The stored file. A browser may keep it for itself, and asks whether it still holds: the check runs every time."""
    etag = f'"{picture.pk}-small"' if small else f'"{picture.pk}"'
    response = get_conditional_response(request, etag=etag) or (_small(picture) if small else file_response(picture))
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def file_response(picture: Picture) -> HttpResponse:
    """The file itself. Raises Http404 where it is lost."""
    return HttpResponse(_read(picture), content_type=picture.content_type)


def _read(picture: Picture) -> bytes:
    try:
        return picture.read()
    except FileNotFoundError as error:
        raise Http404("The file of this picture is lost.") from error


def _small(picture: Picture) -> HttpResponse:
    """Made on demand and kept in memory: few of these are looked at, and often."""
    key = f"thumbnail-{picture.sha256}"
    made: tuple[bytes, str] | None = cache.get(key)
    if made is None:
        small = thumbnail(check(_read(picture)))
        made = small.data, small.content_type
        cache.set(key, made)
    return HttpResponse(made[0], content_type=made[1])
