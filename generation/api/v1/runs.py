"""Runs: started, foreseen, read and steered."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

from django.contrib.auth.models import User
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Status
from pydantic import ConfigDict, StrictBool

from generation import commands, gates, holds
from generation.api.auth import ApiRequest, Bearer
from generation.api.idempotency import once
from generation.api.paging import Page, Paging, Whole, paged
from generation.api.v1.authoring import StartIn
from generation.api.v1.frames import frames_of
from generation.api.v1.options import NO_RUN_OPTIONS, RunOptions, perform
from generation.api.v1.repairs import RepairOut, repair_of
from generation.api.v1.shapes import EstimateOut, FrameOut, RunOut, RunSteered, RunVerb
from generation.commands import Wish
from generation.models import Call, Frame, Hold, RunStatus, Scope, StyleRun, Switch
from generation.models import Status as FrameStatus
from generation.models.runs import StyleRunQuerySet
from generation.pages.estimate import Estimate, estimate
from storyboards.models import Project

router = Router()

RowQuery = Annotated[int | None, Query(ge=1, le=2**63 - 1, description="One of its frames.")]


class RunsIn(StartIn):
    """What pictures are wanted. A run of the same style, engine and strategy is gone on with: what it has already is
    not made again."""

    fresh: StrictBool = Field(False, description="A new series beside those there are.")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"strategy": "shots", "styles": ["clear"], "size": 1024, "candidates": 2, "gate": "shot", "reuse": True}
            ]
        }
    )

    def wish(self) -> Wish:
        return Wish(self.styles, self.strategy, self.engine, self.fresh, choices=self.choices())


class Search(Paging):
    project: int | None = Field(None, ge=1, le=2**63 - 1)
    status: RunStatus | None = None


# --- reading ---------------------------------------------------------------------------------------------------------


@router.get("/runs", response=Page[RunOut], summary="Your runs")
def list_runs(request: ApiRequest, search: Query[Search]) -> dict[str, Any]:
    """The runs of your own projects, newest first; with `project` those of one that you may see."""
    user = request.auth.user
    runs = StyleRun.objects.filter(project__in=Project.objects.owned_by(user))
    if search.project is not None:
        runs = StyleRun.objects.visible_to(user).filter(project__in=[search.project])
    if search.status is not None:
        runs = runs.filter(status=search.status)
    page = paged(_with_names(runs), search)
    return page | {"items": told(page["items"], user)}


@router.get("/runs/{int:run_id}", response=RunOut, summary="A run")
def get_run(request: ApiRequest, run_id: int) -> RunOut:
    """How far it is, what holds it, what it has cost."""
    user = request.auth.user
    run = get_object_or_404(_with_names(StyleRun.objects.visible_to(user)), pk=run_id)
    return told([run], user)[0]


@router.get("/runs/{int:run_id}/frames", response=Page[FrameOut], summary="The frames of a run")
def list_frames(request: ApiRequest, run_id: int, paging: Query[Paging]) -> dict[str, Any]:
    """The places of its pictures, in order: what is there, what is waited for, what is stale."""
    runs = StyleRun.objects.visible_to(request.auth.user).select_related("project", "style", "engine")
    run = get_object_or_404(runs, pk=run_id)
    page = paged(Frame.objects.current().filter(run=run), paging, by="position")
    return page | {"items": frames_of(run, request.auth, only={frame.pk for frame in page["items"]})}


def _with_names(runs: StyleRunQuerySet) -> StyleRunQuerySet:
    return runs.select_related("style", "engine")


def told(runs: Sequence[StyleRun], user: User) -> list[RunOut]:
    """Five queries, however many runs. They have style and engine at hand."""
    counts = _counts(runs)
    switches = holds.stopped_providers()
    waiting = _waiting(runs)
    spent = _spent(runs)
    projects = {run.project_id for run in runs}
    mine = set(Project.objects.editable_by(user).filter(pk__in=projects).values_list("pk", flat=True))
    return [
        _told(
            run,
            counts.get(run.pk, (0, 0, 0)),
            _held(run, switches, editable=run.project_id in mine),
            waiting.get(run.pk, []),
            spent.get(run.pk, Decimal(0)),
            editable=run.project_id in mine,
        )
        for run in runs
    ]


def _told(
    run: StyleRun,
    counts: tuple[int, int, int],
    held: tuple[str, str],
    waiting: list[int],
    spent: Decimal,
    *,
    editable: bool,
) -> RunOut:
    total, done, failed = counts
    hold, why = held
    return RunOut(
        id=run.pk,
        project=run.project_id,
        style=run.style.slug,
        engine=run.engine.slug,
        strategy=run.strategy,
        status=run.status,
        hold=hold,
        hold_reason=why,
        seed=run.seed,
        done=done,
        failed=failed,
        total=total,
        progress=done / total if total else 0.0,
        turn=run.turn,
        priority=run.priority,
        **_choices(run.snapshot),
        max_parallel=run.max_parallel,
        gate=run.gate,
        gate_after=run.gate_after,
        open_upto=run.open_upto,
        waits_for_approval_of=waiting,
        candidates=run.candidates,
        reuse=run.reuse,
        draft=run.draft_id,
        branch_of=run.branch_of_id,
        spent=spent if editable else None,
        created_at=run.created_at,
        started_at=run.started_at,
        completed_at=run.completed_at,
    )


def _held(run: StyleRun, switches: dict[str, Switch], *, editable: bool) -> tuple[str, str]:
    """What holds it, and in words. As on the board: what visitors are told names neither people nor money. The switch
    is not written on runs."""
    switch = holds.stops(run.engine, switches) if run.status == RunStatus.GENERATING and not run.hold else None
    if switch is not None:
        return Hold.EMERGENCY, str(switch)
    why = run.hold_reason if editable or run.hold == Hold.PERSON else ""
    return run.hold, why or (run.get_hold_display() if run.hold else "")


def _choices(snapshot: dict[str, Any]) -> dict[str, Any]:
    """What a run was begun with and keeps. Runs from before there was a choice have none."""
    return {
        "width": snapshot["width"],
        "height": snapshot["height"],
        "quality": snapshot.get("overrides", {}).get("quality", ""),
        "keep_composition": snapshot.get("keep_composition", False),
        "reanchor": snapshot.get("reanchor", 0),
    }


def _counts(runs: Sequence[StyleRun]) -> dict[int, tuple[int, int, int]]:
    """By run: all places, those with a picture, those that failed."""
    frames = Frame.objects.filter(run__in=runs, removed=False).order_by().values("run")
    rows = frames.annotate(
        total=Count("pk"),
        done=Count("pk", filter=Q(chosen__isnull=False)),
        failed=Count("pk", filter=Q(status=FrameStatus.FAILED)),
    )
    return {row["run"]: (row["total"], row["done"], row["failed"]) for row in rows}


def _waiting(runs: Sequence[StyleRun]) -> dict[int, list[int]]:
    """By run that waits for approval: the frames that are to be approved."""
    held = {run.pk: run for run in runs if run.hold == Hold.APPROVAL}
    by_run: dict[int, list[Frame]] = defaultdict(list)
    for frame in Frame.objects.current().filter(run__in=held).select_related("step") if held else ():
        by_run[frame.run_id].append(frame)
    segments = {pk: gates.segment(held[pk], frames) for pk, frames in by_run.items()}
    return {pk: [frame.pk for frame in segment if not frame.approved] for pk, segment in segments.items()}


def _spent(runs: Sequence[StyleRun]) -> dict[int, Decimal]:
    calls = Call.objects.filter(take__run__in=runs).order_by().values("take__run")
    rows = calls.annotate(dollars=Sum(Coalesce("cost", "reserved_cost")))
    return dict(rows.values_list("take__run", "dollars"))


# --- making ----------------------------------------------------------------------------------------------------------


@router.post(
    "/projects/{int:project_id}/start",
    response={202: Whole[RunOut]},
    auth=Bearer(Scope.RUN),
    summary="Have pictures made",
)
@once
def start(request: ApiRequest, project_id: int, body: RunsIn) -> Status[dict[str, Any]]:
    """Have a project's missing pictures made; the runs that do it. Sent twice it makes nothing twice."""
    user = request.auth.user
    runs = commands.start(user, project_id, body.wish())
    there = {run.pk: run for run in _with_names(StyleRun.objects.filter(pk__in=[run.pk for run in runs]))}
    return Status(202, {"items": told([there[run.pk] for run in runs], user)})


@router.post("/projects/{int:project_id}/estimate", response=EstimateOut, summary="What a start would cost")
def foresee(request: ApiRequest, project_id: int, body: RunsIn) -> Estimate:
    """What the same start would make, cost and take. It spends and stores nothing."""
    user = request.auth.user
    project = get_object_or_404(Project.objects.editable_by(user), pk=project_id)
    return estimate(project, partial(commands.start, user, project.pk, body.wish()), body.styles)


@router.get("/runs/{int:run_id}/repair", response=RepairOut, summary="What is stale, and what making it again costs")
def foresee_repair(request: ApiRequest, run_id: int, frame: RowQuery = None) -> RepairOut:
    """What is no longer as it would be made now, and what each way to make it again would make, cost and take: of the
    whole run, and with `frame` of that one. It spends and stores nothing."""
    user = request.auth.user
    runs = StyleRun.objects.editable_by(user).select_related("project", "style", "engine")
    run = get_object_or_404(runs, pk=run_id)
    chosen = get_object_or_404(run.frames.select_related("run__project"), pk=frame) if frame is not None else None
    return repair_of(run, user, chosen)


@router.post("/runs/{int:run_id}/{verb}", response=RunSteered, auth=Bearer(Scope.RUN), summary="Steer a run")
@once
def steer(request: ApiRequest, run_id: int, verb: RunVerb, body: RunOptions = NO_RUN_OPTIONS) -> RunSteered:
    """Pause, resume or end it, approve what it waits with, bring it up to date; the run as it then is.

    The body may be left out: `finalize` alone needs one, and `approve` can be told what you have seen."""
    begun = perform(request.auth.user, "run", run_id, verb, body, "body")
    return RunSteered(**get_run(request, run_id).model_dump(), began=begun.pk if begun else None)
