"""Pictures of takes, behind the same check as the pages that show them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from generation.models import Take
from generation.pages.pictures import picture_answer
from storyboards.access import opened_shares


@require_safe
def picture(request: HttpRequest, pk: int, variant: str) -> HttpResponse:
    """`variant` is original, display or thumbnail."""
    takes = Take.objects.visible_to(request.user, tuple(opened_shares(request.session)))
    take = get_object_or_404(takes.select_related("original", "display", "thumbnail"), pk=pk)
    return picture_answer(request, take, variant)
