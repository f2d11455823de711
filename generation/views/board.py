"""A project's board: whole, and what of it has changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.models import Event
from generation.pages.board import Board, Row, load_board
from generation.pages.cards import Card
from generation.pages.forms import start_form
from storyboards.access import visible_projects
from storyboards.models import Project

VIEWS = {"grid": "Grid", "list": "List", "player": "Player"}
SOON = 24
"""Frames at the head of the queue whose words ("position 4") are sent with every change."""
EVENTS_AT_ONCE = 500
"""A page that missed more is better off reading everything."""
STILL_TO_COME = ("queued", "waiting", "held", "paused", "approval")
HOLDING = {"run.held", "run.released", "run.paused", "run.resumed", "run.approved", "run.cancelled"}
"""What changes the words of every picture that is still to come or waits to be looked at, and need not name it."""
RELOAD = {"run.started", "run.branched", "steps.changed", "project.changed", "project.deleted"}
"""What changes more of a page than frames and headings."""


@dataclass(frozen=True)
class Look:
    """What the address says of how the board is shown. `step` counts rows from 1."""

    view: str
    step: int
    run: int | None

    @classmethod
    def from_query(cls, query: QueryDict) -> "Look":
        view = query.get("view", "grid")
        return cls(view if view in VIEWS else "grid", _number(query.get("step")) or 1, _number(query.get("run")))

    def query(self, **changes: object) -> str:
        """The address's query with some of it changed; what is as usual is left out."""
        values = {"view": self.view, "step": self.step, "run": self.run} | changes
        usual = {"view": "grid", "step": 1, "run": None}
        query = QueryDict(mutable=True)
        query.update({name: str(value) for name, value in values.items() if value != usual[name]})
        return f"?{query.urlencode()}"


@never_cache
@require_safe
def board(request: HttpRequest, pk: int) -> HttpResponse:
    project = get_object_or_404(visible_projects(request).select_related("owner", "concept_picture"), pk=pk)
    look = Look.from_query(request.GET)
    shown = _load(request, project, look)
    context = _context(shown, look) | {"form": start_form(project, len(shown.rows)) if shown.editable else None}
    return render(request, "generation/board.html", context)


@never_cache
@require_safe
def board_changes(request: HttpRequest, pk: int) -> JsonResponse:
    """What a page that knows all up to `since` has to swap: fragments by element id, and the number it then knows."""
    project = get_object_or_404(visible_projects(request).select_related("owner", "concept_picture"), pk=pk)
    look = Look.from_query(request.GET)
    shown = _load(request, project, look)
    since = _number(request.GET.get("since")) or 0
    events = _events(project, since, shown.number)
    if events is None:
        return JsonResponse({"number": shown.number, "reload": True, "events": [], "fragments": []})
    labels = {card.frame_id: card.step.label for run in shown.runs for card in run.cards}
    return JsonResponse(
        {
            "number": shown.number,
            "reload": any(event.kind in RELOAD for event in events),
            "active": shown.active,
            "asks": shown.asks,
            "done": shown.done,
            "total": shown.total,
            "events": [_event(event, labels) for event in events],
            "fragments": _fragments(request, shown, look, _touched(events, shown)),
        }
    )


def _load(request: HttpRequest, project: Project, look: Look) -> Board:
    editable = Project.objects.editable_by(request.user).filter(pk=project.pk).exists()
    return load_board(project, editable=editable, only_run=look.run, user=request.user)


def _context(shown: Board, look: Look) -> dict[str, Any]:
    place = min(max(look.step, 1), len(shown.rows) or 1)
    return {
        "board": shown,
        "project": shown.project,
        "look": look,
        "look_url": f"{shown.project.get_absolute_url()}{look.query()}",
        "place": place,
        "rows": _rows_in_view(shown, look),
        "steps": [(row, look.query(step=number)) for number, row in enumerate(shown.rows, start=1)],
        "views": [(name, title, look.query(view=name)) for name, title in VIEWS.items()],
        "previous": look.query(step=place - 1) if place > 1 else "",
        "next": look.query(step=place + 1) if place < len(shown.rows) else "",
        "single": len(shown.runs) < 2,
    }


def _rows_in_view(shown: Board, look: Look) -> list[Row]:
    if look.view != "player":
        return shown.rows
    place = min(max(look.step, 1), len(shown.rows) or 1)
    return shown.rows[place - 1 : place]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


# --- changes ---------------------------------------------------------------------------------------------------------


def _events(project: Project, since: int, upto: int) -> list[Event] | None:
    """All between the two numbers, or None where they are too many or no longer kept."""
    if upto - since > EVENTS_AT_ONCE or since > upto:
        return None
    events = list(Event.objects.filter(project=project, number__gt=since, number__lte=upto).order_by("number"))
    return events if len(events) == upto - since else None


def _event(event: Event, labels: Mapping[int | None, str]) -> dict[str, Any]:
    """What a page says of it. The first frame of an event is the one it is about, the rest follow from it."""
    about = next(iter(event.payload.get("frames", [])), None)
    return {
        "number": event.number,
        "kind": event.kind,
        "actor": event.actor,
        "label": labels.get(about, ""),
        "finished": bool(event.payload.get("finished")),
    }


def _touched(events: Sequence[Event], shown: Board) -> set[int]:
    named = {frame for event in events for frame in event.payload.get("frames", [])}
    if not any(event.kind in HOLDING for event in events):
        return named
    cards = (card for run in shown.runs for card in run.cards)
    return named | {card.frame_id for card in cards if card.frame_id and card.state.key in STILL_TO_COME}


def _fragments(request: HttpRequest, shown: Board, look: Look, touched: set[int]) -> list[dict[str, str]]:
    """Headings, step buttons, and the cards that may look different."""
    context = _context(shown, look)
    return [
        *(
            _fragment(request, f"run-{run.run.pk}", "generation/_run.html", {"run": run} | context)
            for run in shown.runs
        ),
        _fragment(request, "step-nav", "generation/_steps.html", context),
        *([_fragment(request, "spent", "generation/_spent.html", context)] if shown.spent else []),
        *(
            _fragment(request, card.dom_id, "generation/_card.html", {"card": card} | context)
            for card in _changed_cards(context["rows"], touched)
        ),
    ]


def _changed_cards(rows: Iterable[Row], touched: set[int]) -> list[Card]:
    """Those that events named, those at the head of the queue, and those whose picture may have become stale."""
    cards = [card for row in rows for card in row.cards if card.frame_id is not None]
    moving = [card.frame_id for card in cards if card.state.key in ("generating", "queued", "waiting")][:SOON]
    wanted = touched.union(moving, _made_from(cards, touched))
    return [card for card in cards if card.frame_id in wanted]


def _made_from(cards: Iterable[Card], changed: set[int]) -> Iterator[int]:
    """Frames whose picture continues from one of these, past frames without a picture. `cards` are in order."""
    sources = set(changed)
    for card in cards:
        if card.frame_id is not None and card.source_id in sources:
            yield card.frame_id
            if card.picture is None:
                sources.add(card.frame_id)


def _fragment(request: HttpRequest, dom_id: str, template: str, context: dict[str, Any]) -> dict[str, str]:
    return {"id": dom_id, "html": render_to_string(template, context, request)}
