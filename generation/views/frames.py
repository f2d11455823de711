"""One frame: its picture large, its takes, and the three ways to have it made again."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.models import Frame
from generation.pages.board import Board, VerbView, load_board
from generation.pages.cards import Card
from generation.pages.frame import load_takes, neighbours
from generation.verbs import FRAME_VERBS
from storyboards.access import opened_shares
from storyboards.models import Project


@never_cache
@require_safe
def frame(request: HttpRequest, pk: int) -> HttpResponse:
    frames = Frame.objects.visible_to(request.user, tuple(opened_shares(request.session)))
    found = get_object_or_404(frames.select_related("run__project__owner", "run__style", "run__engine", "step"), pk=pk)
    return render(request, "generation/frame.html", _context(request, found))


def _context(request: HttpRequest, found: Frame) -> dict[str, Any]:
    project = found.run.project
    editable = Project.objects.editable_by(request.user).filter(pk=project.pk).exists()
    shown = load_board(project, editable=editable, only_run=found.run_id)
    before, after = neighbours(found.run, found)
    takes = load_takes(found)
    return {
        "project": project,
        "board": shown,
        "frame": found,
        "run": found.run,
        "card": _card(shown, found),
        "takes": takes,
        "chosen": next((view for view in takes if view.chosen), None),
        "before": before,
        "after": after,
        "verbs": _verbs(found) if editable else [],
    }


def _card(shown: Board, found: Frame) -> Card | None:
    """None for a frame whose step has left the list."""
    cards = (card for run in shown.runs for card in run.cards)
    return next((card for card in cards if card.frame_id == found.pk), None)


def _verbs(found: Frame) -> list[VerbView]:
    return [VerbView(name, verb.label, verb.confirm) for name, verb in FRAME_VERBS.items() if verb.applies(found)]
