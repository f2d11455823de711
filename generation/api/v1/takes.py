"""Takes: the pictures that were wanted of a frame, each with what was asked, what came, and what it cost."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from generation.api.auth import ApiRequest, Bearer, Caller
from generation.api.description import file_answer
from generation.api.idempotency import once
from generation.api.v1.options import perform
from generation.api.v1.shapes import TakeOut, TakeVerb, image_of
from generation.models import OPEN, Call, Scope, Take, TakeKind
from generation.models.runs import TakeQuerySet
from generation.pages import dollars, failures
from generation.pages.pictures import picture_answer
from storyboards.models import Project
from storyboards.pictures import EXTENSIONS

router = Router()

Variant = Annotated[
    Literal["original", "display", "thumbnail"],
    Query(description="As the provider made it, as WebP in full size, or at most 512 pixels a side."),
]
A_PICTURE = file_answer("The picture.", EXTENSIONS)
A_PICTURE["responses"][304] = {"description": "Still the picture that If-None-Match names."}


@router.get("/takes/{int:take_id}", response=TakeOut, summary="A take")
def get_take(request: ApiRequest, take_id: int) -> TakeOut:
    """What was asked, what came of it, and what it cost."""
    take = get_object_or_404(with_pictures(Take.objects.visible_to(request.auth.user)), pk=take_id)
    return told([take], request.auth)[0]


@router.get("/takes/{int:take_id}/picture", openapi_extra=A_PICTURE, summary="The picture of a take")
def get_picture(request: ApiRequest, take_id: int, variant: Variant = "original") -> HttpResponse:
    """Its picture, as bytes. Until the other variants are made, the original stands in for them."""
    takes = Take.objects.visible_to(request.auth.user).select_related("original", "display", "thumbnail")
    return picture_answer(request, get_object_or_404(takes, pk=take_id), variant)


@router.post(
    "/takes/{int:take_id}/{verb}", response=TakeOut, auth=Bearer(Scope.RUN), summary="Show a take, or put it away"
)
@once
def steer(request: ApiRequest, take_id: int, verb: TakeVerb) -> TakeOut:
    """Show this take in its frame, approve it, put it away or bring it back; the take as it then is."""
    perform(request.auth.user, "take", take_id, verb, None, "body")
    return get_take(request, take_id)


# --- as programs are told --------------------------------------------------------------------------------------------


def with_pictures(takes: TakeQuerySet) -> TakeQuerySet:
    """With what `told` tells of them."""
    return takes.select_related("original", "engine", "run__engine")


def told(takes: Sequence[Take], caller: Caller) -> list[TakeOut]:
    """Two queries, however many takes; one more where a picture was taken over."""
    calls: dict[int, list[Call]] = defaultdict(list)
    for call in Call.objects.filter(take__in=takes).order_by("pk"):
        calls[call.take_id or 0].append(call)
    projects = {take.run.project_id for take in takes}
    mine = set(Project.objects.editable_by(caller.user).filter(pk__in=projects).values_list("pk", flat=True))
    seen = _seen_origins(takes, caller)
    return [_told(take, calls[take.pk], caller, seen, editable=take.run.project_id in mine) for take in takes]


def _seen_origins(takes: Sequence[Take], caller: Caller) -> set[int]:
    """Of the takes whose picture was taken over, those that this person may see: whoever may look at a project need not
    know of its owner's others."""
    origins = [take.reused_from_id for take in takes if take.reused_from_id is not None]
    seen = Take.objects.visible_to(caller.user).filter(pk__in=origins)
    return set(seen.values_list("pk", flat=True)) if origins else set()


def _told(take: Take, calls: Sequence[Call], caller: Caller, seen: Collection[int], *, editable: bool) -> TakeOut:
    failure = failures.failure_of(take, calls[-1] if calls else None)
    return TakeOut(
        id=take.pk,
        frame=take.frame_id,
        kind=take.kind,
        candidate=take.candidate,
        put_away=take.put_away_at is not None,
        status=take.status,
        engine="" if take.kind == TakeKind.UPLOAD else (take.engine or take.run.engine).slug,
        seed=take.seed,
        prompt=take.prompt,
        image_url=image_of(take, caller),
        width=take.original.width if take.original else None,
        height=take.original.height if take.original else None,
        attempts=take.attempts,
        error=failure.sentences() if failure else "",
        error_code=take.error_code,
        charged=failures.charged_by(calls),
        cost=_cost(take, calls) if editable else None,
        made_from=take.source_take_id,
        reused_from=take.reused_from_id if take.reused_from_id in seen else None,
        created_at=take.created_at,
        finished_at=take.finished_at,
    )


def _cost(take: Take, calls: Sequence[Call]) -> Decimal | None:
    """While it is being made nobody knows it, as on the pages."""
    return None if take.status in OPEN else dollars.sum_of_calls(calls)
