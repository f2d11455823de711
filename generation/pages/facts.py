"""All rows that a board is made of, read in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Subquery, Sum

from generation.inputs import step_text
from generation.models import (
    LOST,
    OPEN,
    Call,
    Engine,
    EventStream,
    Frame,
    RunStatus,
    StyleRun,
    Take,
    TakeKind,
    Worker,
)
from generation.models.clock import database_now
from generation.pages import pace
from generation.pages.pace import Pace
from generation.pages.places import full_caps, queue_places
from generation.pages.stops import Stop, load_stops, stop_of
from generation.pages.waiting import Pair, rate_limits
from generation.prompts import StepText
from storyboards.models import Project, Step, StepPrompt


@dataclass(frozen=True)
class Facts:
    """Rows by what they belong to. `prompts` by step and style; `places`: of takes in their engine's queue.

    `sharing`: how many runs draw on an engine now; `threads`: pictures that living workers can make at once; `reasons`:
    by take, the error with which the run's own engine handed it on; `waits`: by engine and style, until when a rate
    limit lasts; `cap`: how many pictures the owner may have made at once, where so many are.
    """

    now: datetime
    steps: list[Step]
    frames: Mapping[int, list[Frame]]
    takes: Mapping[int, list[Take]]
    calls: Mapping[int, Call]
    prompts: Mapping[tuple[int, int], StepPrompt]
    places: Mapping[int, int]
    paces: Mapping[int, Pace]
    sharing: Mapping[int, int]
    threads: int
    reasons: Mapping[int, str]
    waits: Mapping[Pair, datetime]
    stops: Sequence[Stop]
    cap: int | None = None

    def wait(self, engine: Engine, style_id: int) -> datetime | None:
        return self.waits.get((engine.pk, style_id))

    def stop(self, engine: Engine) -> Stop | None:
        return stop_of(engine.provider, self.stops, costs_money=engine.needs_key)

    def latest(self, frame: Frame) -> Take | None:
        """The frame's open take, else the last one somebody asked for."""
        return latest_of(self.takes.get(frame.pk, []))

    def wanted(self, frame: Frame) -> int:
        """How many pictures of it are still to come."""
        return sum(take.status in OPEN for take in self.takes.get(frame.pk, ()))

    def texts(self, run: StyleRun, frames: Sequence[Frame]) -> dict[int, StepText]:
        """By frame: its words in the run's style, its own prompt there first."""
        own = {frame.pk: self.prompts.get((frame.step_id, run.style_id)) for frame in frames}
        return {frame.pk: step_text(run, frame.step, frame.position, own[frame.pk]) for frame in frames}


def latest_of(takes: Sequence[Take]) -> Take | None:
    """Of a frame's takes in order. A late answer was not asked for: it says nothing of how things stand."""
    asked = [take for take in takes if take.kind != TakeKind.LATE]
    return next((take for take in asked if take.status in OPEN), asked[-1] if asked else None)


def load_facts(project: Project, runs: Sequence[StyleRun]) -> Facts:
    takes = _takes(runs)
    latest = [latest_of(of_frame) for of_frame in takes.values()]
    lost = [take.pk for take in latest if take is not None and take.status in LOST]
    handed_on = [take.pk for of_frame in takes.values() for take in of_frame if take.engine_id is not None]
    calls = list(Call.objects.filter(take__in=[*lost, *handed_on]).select_related("take").order_by("pk"))
    now = database_now()
    prompts = StepPrompt.objects.filter(step__project=project, style__in=[run.style_id for run in runs])
    active = [run.engine_id for run in runs if run.is_active]
    return Facts(
        now=now,
        steps=project.ordered_steps(),
        frames=_frames(runs),
        takes=takes,
        calls={call.take_id or 0: call for call in calls},
        prompts={(prompt.step_id, prompt.style_id): prompt for prompt in prompts},
        places=queue_places(run.engine for run in runs if run.is_active),
        paces=pace.load_paces(active),
        sharing=_sharing(active),
        threads=Worker.objects.alive().aggregate(sum=Sum("threads"))["sum"] or 0,
        reasons=reasons_to_hand_on(calls),
        waits=rate_limits(_making(runs, takes), now),
        stops=load_stops(),
        cap=full_caps([project.owner_id]).get(project.owner_id),
    )


def reasons_to_hand_on(calls: Iterable[Call]) -> dict[int, str]:
    """By take that another engine makes: the last error of the run's own. `calls` are in order, with their takes."""
    return {
        call.take.pk: call.error_code
        for call in calls
        if call.take is not None and call.take.engine_id not in (None, call.engine_id) and call.error_code
    }


def _making(runs: Sequence[StyleRun], takes: Mapping[int, list[Take]]) -> list[tuple[Engine, int]]:
    """Engines that something is still wanted of, with the styles."""
    active = {run.pk: run for run in runs if run.is_active}
    elsewhere = {
        (take.engine, active[take.run_id].style_id)
        for of_frame in takes.values()
        for take in of_frame
        if take.engine is not None and take.run_id in active and take.status in OPEN
    }
    return list({(run.engine, run.style_id) for run in active.values()} | elsewhere)


def _frames(runs: Sequence[StyleRun]) -> dict[int, list[Frame]]:
    frames = (
        Frame.objects.filter(run__in=runs)
        .current()
        .select_related("step", "chosen__original", "chosen__thumbnail", "chosen__display")
        .defer("chosen__prompt")
    )
    by_run: dict[int, list[Frame]] = defaultdict(list)
    for frame in frames:
        by_run[frame.run_id].append(frame)
    return by_run


def _sharing(engine_ids: Iterable[int]) -> dict[int, int]:
    drawing = StyleRun.objects.filter(engine__in=set(engine_ids), status=RunStatus.GENERATING, hold="").order_by()
    return dict(drawing.values("engine").annotate(number=Count("pk")).values_list("engine", "number"))


def _takes(runs: Sequence[StyleRun]) -> dict[int, list[Take]]:
    by_frame: dict[int, list[Take]] = defaultdict(list)
    for take in Take.objects.filter(run__in=runs).select_related("engine").defer("prompt", "digest").order_by("pk"):
        by_frame[take.frame_id].append(take)
    return by_frame


def first_own_steps(branches: Sequence[StyleRun]) -> dict[int, str]:
    """By branch: what the first step is called whose picture is not that of the run that it comes from. One query, none
    without a branch."""
    if not branches:
        return {}
    shared = Take.objects.filter(frame=OuterRef("pk"), kind=TakeKind.REUSE)
    own = Frame.objects.current().filter(~Exists(shared), run=OuterRef("pk")).order_by("position")
    runs = StyleRun.objects.filter(pk__in=[run.pk for run in branches])
    first = {name: Subquery(own.values(name)[:1]) for name in ("step__beat", "position")}
    rows = runs.values_list("pk", *first.values())
    return {pk: f"beat {beat}" if beat else f"step {number}" for pk, beat, number in rows}


def last_number(project_id: int) -> int:
    return EventStream.objects.filter(project=project_id).values_list("last_number", flat=True).first() or 0
