"""Frames: the places of pictures. A program may stay with one until its picture has come."""

from collections.abc import Collection
from typing import Annotated, Any

from channels.db import database_sync_to_async
from django.db import transaction
from django.db.models import Count
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Status

from generation import actions, waiting
from generation.api.auth import ApiRequest, AsyncBearer, Bearer, Caller
from generation.api.idempotency import once
from generation.api.paging import Page, Paging, paged
from generation.api.throttles import stays
from generation.api.uploads import PICTURE_BODY, sent_picture
from generation.api.v1.options import NO_FRAME_OPTIONS, FrameOptions, perform
from generation.api.v1.shapes import FrameOut, FrameSteered, FrameVerb, TakeOut, image_of
from generation.api.v1.takes import told as takes_told
from generation.api.v1.takes import with_pictures
from generation.models import Frame, Scope, StyleRun, Take
from generation.pages.board import for_visitors
from generation.pages.cards import Card, run_cards
from generation.pages.facts import load_facts
from generation.pages.wording import State
from storyboards.models import Project
from storyboards.pictures import store

router = Router()

LONGEST_WAIT = 300
"""Seconds."""
WAITING = ("waiting", "queued", "paused", "held", "approval")
"""States of which people are told what they wait for."""
Seconds = Annotated[
    float, Query(ge=0, le=LONGEST_WAIT, description="Answer when nothing is wanted of it any more, at most so late.")
]


# --- reading ---------------------------------------------------------------------------------------------------------


@router.get("/frames/{int:frame_id}", response=FrameOut, auth=AsyncBearer(), summary="A frame, or wait for its picture")
async def get_frame(request: ApiRequest, frame_id: int, wait: Seconds = 0.0) -> FrameOut:
    """A frame as it is, or with `wait` as it is when its picture has come or cannot come: `status` tells which."""
    if wait:
        frame = await database_sync_to_async(_visible)(request.auth, frame_id)
        with stays.counted(request.auth.user.pk):
            await waiting.until_settled(frame.run.project_id, [frame.pk], wait)
    return await database_sync_to_async(_get)(request.auth, frame_id)


class TakeSearch(Paging):
    put_away: bool = Field(False, description="Those that were put away, and no others.")


@router.get("/frames/{int:frame_id}/takes", response=Page[TakeOut], summary="The takes of a frame")
def list_takes(request: ApiRequest, frame_id: int, search: Query[TakeSearch]) -> dict[str, Any]:
    """Every picture that was wanted of it and is not put away, newest first."""
    frame = _visible(request.auth, frame_id)
    takes = frame.takes.filter(put_away_at__isnull=not search.put_away)
    page = paged(with_pictures(takes), search)
    return page | {"items": takes_told(page["items"], request.auth)}


# --- steering --------------------------------------------------------------------------------------------------------


@router.post(
    "/frames/{int:frame_id}/takes",
    response={201: TakeOut},
    auth=Bearer(Scope.RUN),
    openapi_extra=PICTURE_BODY,
    summary="Show a picture of your own",
)
@once
def upload(request: ApiRequest, frame_id: int) -> Status[TakeOut]:
    """A picture of your own as one more take, which is shown at once: send the bytes of a PNG, JPEG or WebP as the
    body. It costs nothing; what was made from the picture before becomes stale."""
    user = request.auth.user
    frame = get_object_or_404(Frame.objects.editable_by(user).select_related("run__project"), pk=frame_id)
    picture = sent_picture(request)
    with transaction.atomic():
        take = actions.upload(frame, store(picture), user)
    return Status(201, takes_told([with_pictures(Take.objects.all()).get(pk=take.pk)], request.auth)[0])


@router.post(
    "/frames/{int:frame_id}/{verb}",
    response=FrameSteered,
    auth=Bearer(Scope.RUN),
    summary="Make a frame’s picture again, approve it, lock it",
)
@once
def steer(request: ApiRequest, frame_id: int, verb: FrameVerb, body: FrameOptions = NO_FRAME_OPTIONS) -> FrameSteered:
    """Have its picture made again, alone, with all that follow or several to choose from; give it up; approve or lock
    it; branch the run here. The frame as it then is.

    The body may be left out: `candidates` alone asks for something."""
    begun = perform(request.auth.user, "frame", frame_id, verb, body, "body")
    return FrameSteered(**_get(request.auth, frame_id).model_dump(), began=begun.pk if begun else None)


def _get(caller: Caller, frame_id: int) -> FrameOut:
    return frame_of(_visible(caller, frame_id), caller)


def _visible(caller: Caller, frame_id: int) -> Frame:
    frames = Frame.objects.visible_to(caller.user)
    related = ("run__project", "run__style", "run__engine", "chosen")
    return get_object_or_404(frames.select_related(*related), pk=frame_id)


# --- as programs are told --------------------------------------------------------------------------------------------


def frame_of(frame: Frame, caller: Caller) -> FrameOut:
    """With its run, and what the run is made of, at hand."""
    found = [] if frame.removed else frames_of(frame.run, caller, only={frame.pk})
    return found[0] if found else _told(frame, None, frame.takes.count(), caller)


def frames_of(run: StyleRun, caller: Caller, only: Collection[int] | None = None) -> list[FrameOut]:
    """In order. What each waits for and which is stale depends on the others, so all of the run is read: in a constant
    number of queries."""
    editable = Project.objects.editable_by(caller.user).filter(pk=run.project_id).exists()
    facts = load_facts(run.project, [run])
    if not editable:
        facts = for_visitors(facts, [run])
    frames = facts.frames.get(run.pk, [])
    cards = run_cards(run, frames, facts, editable)
    counts = _take_counts(run)
    return [
        _told(frame, card, counts.get(frame.pk, 0), caller)
        for frame, card in zip(frames, cards, strict=True)
        if only is None or frame.pk in only
    ]


def _take_counts(run: StyleRun) -> dict[int, int]:
    return dict(run.takes.order_by().values("frame").annotate(count=Count("pk")).values_list("frame", "count"))


def _told(frame: Frame, card: Card | None, takes: int, caller: Caller) -> FrameOut:
    """`card` is None for a frame whose step has left the list."""
    return FrameOut(
        id=frame.pk,
        run=frame.run_id,
        step=frame.step_id,
        position=frame.position,
        status=frame.status,
        waits_for=_waits_for(card.state) if card else "",
        take=frame.chosen_id,
        image_url=image_of(frame.chosen, caller),
        stale=card.stale if card else "its step has left the list",
        error=card.failure.sentences() if card and card.failure else "",
        source=frame.source_id,
        locked=frame.locked,
        approved=frame.approved,
        takes=takes,
    )


def _waits_for(state: State) -> str:
    return state.whole() if state.key in WAITING else ""
