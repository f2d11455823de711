"""One frame: its picture large, its takes, and what one can do with them."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from generation import actions
from generation.errors import Refusal
from generation.models import Frame
from generation.pages.board import Board, load_board
from generation.pages.cards import Card
from generation.pages.compare import load_comparison
from generation.pages.frame import OwnPictureForm, load_offers, neighbours
from generation.pages.takes import load_takes
from generation.views.verbs import answer, return_to
from storyboards.access import opened_shares
from storyboards.models import Project
from storyboards.pictures import store

AT_HAND = (
    "run__project__owner",
    "run__project__concept_picture",
    "run__style__reference_picture",
    "run__engine",
    "step",
)


@never_cache
@require_safe
def frame(request: HttpRequest, pk: int) -> HttpResponse:
    frames = Frame.objects.visible_to(request.user, tuple(opened_shares(request.session)))
    found = get_object_or_404(frames.select_related(*AT_HAND), pk=pk)
    return render(request, "generation/frame.html", _context(request, found))


def _context(request: HttpRequest, found: Frame) -> dict[str, Any]:
    project = found.run.project
    editable = Project.objects.editable_by(request.user).filter(pk=project.pk).exists()
    shown = load_board(project, editable=editable, only_run=found.run_id)
    before, after = neighbours(found.run, found)
    takes = load_takes(found, request.user, tuple(opened_shares(request.session)))
    return {
        "project": project,
        "board": shown,
        "frame": found,
        "run": found.run,
        "card": _card(shown, found),
        "takes": takes,
        "before": before,
        "after": after,
        "compare": load_comparison(found, before, takes, request.GET.get("with", ""), request.GET.get("how", "")),
        "offers": load_offers(found) if editable else None,
        "upload_max": settings.UPLOAD_MAX_BYTES,
    }


def _card(shown: Board, found: Frame) -> Card | None:
    """None for a frame whose step has left the list."""
    cards = (card for run in shown.runs for card in run.cards)
    return next((card for card in cards if card.frame_id == found.pk), None)


@require_POST
def frame_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody's own picture becomes a take."""
    found = get_object_or_404(Frame.objects.editable_by(request.user).select_related("run__project"), pk=pk)
    to = return_to(request, found.get_absolute_url())
    form = OwnPictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return answer(request, to, " ".join(map(str, form.errors["picture"])), wrong=True)
    try:
        _show_own(found, form, request.user if isinstance(request.user, User) else None)
    except Refusal as refusal:
        return answer(request, to, str(refusal), wrong=True)
    return answer(request, to, "Your picture is shown now. The takes so far stay.")


def _show_own(found: Frame, form: OwnPictureForm, user: User | None) -> None:
    with transaction.atomic():  # no row of a picture stays that was refused
        actions.upload(found, store(form.cleaned_data["picture"]), user)
