"""Why a picture looks as it does: all that was sent for one take, and what came of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.models import Take
from generation.pages.explain import load_explanation
from storyboards.access import opened_shares

AT_HAND = (
    "frame__step",
    "run__project__owner",
    "run__project__concept_picture",
    "run__style__reference_picture",
    "run__engine__workflow",
    "engine__workflow",
    "source_take__frame__step",
    "original",
    "display",
    "thumbnail",
    "requested_by",
)


@never_cache
@require_safe
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    shares = tuple(opened_shares(request.session))
    takes = Take.objects.visible_to(request.user, shares)
    take = get_object_or_404(takes.select_related(*AT_HAND), pk=pk)
    return render(request, "generation/explain.html", {"explained": load_explanation(take, request.user, shares)})
