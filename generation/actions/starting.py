"""The verbs that people have. Page, admin and API call these functions and nothing else.

Each is one transaction. A verb that makes no sense now raises `Refusal` with words for the person and changes nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction

from generation import dispatch, frames, planning, settle
from generation.errors import AllMade, Refusal, Unready
from generation.models import (
    ACTIVE,
    OPEN,
    Engine,
    Frame,
    Hold,
    RunStatus,
    Status,
    Strategy,
    StyleRun,
    Switch,
    Take,
    TakeKind,
)
from generation.models.clock import database_now
from generation.planning import Variation
from generation.providers import PROVIDERS
from storyboards.models import Project, Step, Style

# --- a whole project -------------------------------------------------------------------------------------------------


def start(
    project: Project,
    *,
    user: User | None,
    styles: Sequence[Style],
    strategy: str,
    engine: Engine | None = None,
    fresh: bool = False,
    variation: Variation = planning.AS_USUAL,
    left_out: Mapping[int, Collection[int]] | None = None,
) -> list[StyleRun]:
    """Make the project's pictures in these styles: what is missing, with the list of steps as it is now.

    A list that only lost steps or changed its order is taken over, and nothing is made. `left_out`: by style, steps
    that no picture is wanted of.

    Without an `engine` each style is made as before, else by its own. A run of the same style, engine and strategy is
    gone on with (its snapshot stands, and `variation` says nothing), unless `fresh` asks for a new one. Raises Refusal
    where nothing can or need be made.
    """
    if not styles:
        raise Refusal("Choose at least one style.")
    if strategy not in Strategy.values:
        raise Refusal(f"There is no strategy “{strategy}”.")
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        _refuse_trash(project)
        steps, out = project.ordered_steps(), left_out or {}
        lists = {style.pk: [step for step in steps if step.pk not in out.get(style.pk, ())] for style in styles}
        planned = [
            _plan_run(project, lists[style.pk], style, strategy, engine, user, fresh=fresh, variation=variation)
            for style in styles
        ]
        if not any(changed or frames.with_open_take(run) for run, changed in planned):
            raise AllMade("Every picture exists already. Regenerate single ones, or start over for a new series.")
        runs = [run for run, _changed in planned]
        _get_going(runs, user)
    return runs


def _get_going(runs: Sequence[StyleRun], user: User | None) -> None:
    now = database_now()
    for run in runs:
        _reopen(run, now, resume=True)
        if not settle.finish_run(run, now):  # the only pictures that were still wanted may have left the list
            settle.refresh_status(run)
        frames.publish(run, "run.started", run.frames.current().values_list("pk", flat=True), user)
    dispatch.ring_on_commit()


def _plan_run(
    project: Project,
    steps: Sequence[Step],
    style: Style,
    strategy: str,
    engine: Engine | None,
    user: User | None,
    *,
    fresh: bool,
    variation: Variation,
) -> tuple[StyleRun, bool]:
    """The run, and whether its list of steps was another one before."""
    engine = engine or _usual_engine(project, style)
    if engine is None:
        raise Unready("No engine is switched on: staff can do that in the admin.")
    planning.check(steps, planning.own_prompts(steps, style.pk), engine, strategy, project.aspect_ratio, variation)
    planning.check_ready(engine, style)
    same = StyleRun.objects.filter(project=project, style=style, engine=engine, strategy=strategy).order_by("pk")
    run = same.active().last() or same.last()  # an older one is active where single pictures of it are made again
    if fresh and run is not None and run.is_active:
        raise Refusal(f"“{style}” is still being made: cancel it before you start over.")
    run = locked_run(run) if run and not fresh else frames.new_run(project, style, engine, strategy, user, variation)
    changed = frames.bring_up_to_date(run, steps)
    frames.want_missing(run, user)
    return run, changed


def _usual_engine(project: Project, style: Style) -> Engine | None:
    """The one that made this style's pictures last: going on must not begin a second series elsewhere."""
    last = StyleRun.objects.filter(project=project, style=style).select_related("engine").order_by("pk").last()
    return last.engine if last is not None and last.engine.enabled else Engine.objects.for_style(style)


def _reopen(run: StyleRun, now: datetime, *, resume: bool = False) -> None:
    """Let a run go on that has something to make; a paused one only with `resume`."""
    if not frames.with_open_take(run) or (run.status == RunStatus.PAUSED and not resume):
        return
    _check_no_other_is_made(run)
    run.status, run.hold, run.hold_reason, run.completed_at = RunStatus.GENERATING, Hold.NONE, "", None
    run.started_at = run.started_at or now
    run.save(update_fields=["status", "hold", "hold_reason", "completed_at", "started_at"])


def _check_no_other_is_made(run: StyleRun) -> None:
    same = StyleRun.objects.filter(project=run.project, style=run.style, engine=run.engine, strategy=run.strategy)
    if same.active().exclude(pk=run.pk).exists():
        raise Refusal(f"Another series in “{run.style}” is being made: wait for it, or cancel it first.")


# --- a run -----------------------------------------------------------------------------------------------------------


def pause(run: StyleRun, user: User | None) -> None:
    """Start nothing more. Calls in flight finish, and their pictures are kept."""
    with transaction.atomic():
        paused = StyleRun.objects.filter(pk=run.pk, status=RunStatus.GENERATING).update(
            status=RunStatus.PAUSED, hold=Hold.PERSON, hold_reason=f"paused by {user}" if user else "paused"
        )
        if not paused:
            raise Refusal("Only a run that is being made can be paused.")
        frames.publish(run, "run.paused", frames.with_open_take(run), user)


def resume(run: StyleRun, user: User | None) -> None:
    """Go on after a pause."""
    with transaction.atomic():
        resumed = StyleRun.objects.filter(pk=run.pk, status=RunStatus.PAUSED).update(
            status=RunStatus.GENERATING, hold=Hold.NONE, hold_reason=""
        )
        if not resumed:
            raise Refusal("This run is not paused.")
        frames.publish(run, "run.resumed", frames.with_open_take(run), user)
        dispatch.ring_on_commit()


def cancel(run: StyleRun, user: User | None) -> None:
    """End it. Pictures made so far stay; a call in flight may still be charged, and its picture is kept as a take."""
    with transaction.atomic():
        touched = _cancel(run)
        if touched is None:
            raise Refusal("This run has ended already.")
        frames.publish(run, "run.cancelled", touched, user)
        dispatch.ring_on_commit()


def cancel_all(project: Project) -> None:
    """End every run of a project, inside the caller's transaction. All rows first, then the events: what is locked
    last stays last."""
    runs = list(project.runs.active().order_by("pk"))
    cancelled = [(run, _cancel(run)) for run in runs]
    for run, touched in cancelled:
        if touched is not None:
            frames.publish(run, "run.cancelled", touched, None)
    dispatch.ring_on_commit()


def _cancel(run: StyleRun) -> list[int] | None:
    """The frames this touches; None where the run has ended already."""
    now = database_now()
    ended = StyleRun.objects.filter(pk=run.pk, status__in=ACTIVE).update(
        status=RunStatus.CANCELLED, hold=Hold.NONE, hold_reason="", completed_at=now
    )
    return settle.cancelled(frames.with_open_take(run), now) if ended else None


def go_on(run: StyleRun, user: User | None) -> None:
    """Make the pictures that were never asked for, with the list of steps as it is now. Those that failed or were
    cancelled stay as they are. Raises Refusal where none is missing or the engine cannot make any."""
    with transaction.atomic():
        run = locked_run(run)
        _refuse_trash(run.project)
        planning.check_ready(run.engine, run.style)
        frames.bring_up_to_date(run, run.project.ordered_steps())
        if not frames.want_missing(run, user, again=False):
            raise Refusal("Every picture has been asked for already.")
        _reopen(run, database_now())
        frames.publish(run, "run.started", run.frames.current().values_list("pk", flat=True), user)
        dispatch.ring_on_commit()


def retry_failed(run: StyleRun, user: User | None) -> None:
    """The same again for every frame that failed or was cancelled."""
    with transaction.atomic():
        run = locked_run(run)
        lost = list(_without_picture(run))
        if not lost:
            raise Refusal("Nothing has failed here.")
        _make(run, lost, TakeKind.RETRY, user)


def _without_picture(run: StyleRun) -> models.QuerySet[Frame]:
    lost = run.frames.current().filter(chosen=None, status__in=(Status.FAILED, Status.CANCELLED))
    return lost.without_open_take().select_related("run")


# --- a frame ---------------------------------------------------------------------------------------------------------


def retry(frame: Frame, user: User | None) -> None:
    """The same again after a failure."""
    with transaction.atomic():
        frame = _locked_frame(frame)
        if frame.status not in (Status.FAILED, Status.CANCELLED):
            raise Refusal("This picture has not failed.")
        _make(frame.run, [frame], TakeKind.RETRY, user)


def regenerate(frame: Frame, user: User | None) -> None:
    """One more take, with a seed of its own. The takes so far stay and can be chosen again."""
    with transaction.atomic():
        frame = _locked_frame(frame)
        _make(frame.run, [frame], TakeKind.REGENERATE, user)


def regenerate_following(frame: Frame, user: User | None) -> None:
    """One more take of this frame and of all that come after it, each made from the new one before."""
    with transaction.atomic():
        frame = _locked_frame(frame)
        busy = set(frames.with_open_take(frame.run))
        following = [frame] if frame.removed else frames.following(frame)
        again = [other for other in following if other.pk not in busy]
        _make(frame.run, again, TakeKind.REGENERATE, user)


def cancel_frame(frame: Frame, user: User | None) -> None:
    """Do not make this picture now. A call in flight may still be charged; the chain goes on without it."""
    with transaction.atomic():
        frame = _locked_frame(frame)
        now = database_now()
        touched = settle.cancelled([frame.pk], now)
        if not touched:
            raise Refusal("Nothing is being made of this step.")
        settle.finish_run(frame.run, now)
        frames.publish(frame.run, "frame.cancelled", touched, user)
        dispatch.ring_on_commit()


def _is_wanted(frame: Frame) -> bool:
    """Whether a take of it is open; a frame that is made again stays completed meanwhile."""
    return frame.takes.filter(status__in=OPEN).exists()


def _make(run: StyleRun, wanted: Sequence[Frame], kind: TakeKind, user: User | None) -> None:
    """Open takes for these frames and let the run go on."""
    busy = set(frames.with_open_take(run))
    if not wanted or any(frame.pk in busy for frame in wanted):
        raise Refusal("This picture is being made already.")
    if any(frame.removed for frame in wanted):
        raise Refusal("This step has left the list: nobody would see the new picture.")
    _refuse_trash(run.project)
    frames.want(wanted, kind, user)
    _reopen(run, database_now())
    frames.publish(run, "take.wanted", [frame.pk for frame in wanted], user)
    dispatch.ring_on_commit()


# --- a take ----------------------------------------------------------------------------------------------------------


def choose(take: Take, user: User | None) -> None:
    """Show this take in its frame. Frames made from another one become stale; nothing is made again."""
    with transaction.atomic():
        frame = _locked_frame(take.frame)
        if take.status != Status.COMPLETED:
            raise Refusal("This take has no picture.")
        if frame.chosen_id == take.pk:
            raise Refusal("This take is shown already.")
        Frame.objects.filter(pk=frame.pk).update(chosen=take, status=Status.COMPLETED)
        settle.refresh_status(frame.run)
        touched = [frame.pk, *frame.successors.values_list("pk", flat=True)]
        frames.publish(frame.run, "take.chosen", touched, user)


def _refuse_trash(project: Project) -> None:
    if project.deleted_at is not None:
        raise Refusal("The project is in the trash.")


def locked_run(run: StyleRun) -> StyleRun:
    """Verbs on one run wait for each other: a double click must not want two pictures. The project comes first, as in
    `start`: two runs of one combination must not begin at once."""
    Project.objects.select_for_update(no_key=True).get(pk=run.project_id)
    return StyleRun.objects.select_for_update(of=("self",), no_key=True).select_related("project").get(pk=run.pk)


def _locked_frame(frame: Frame) -> Frame:
    """The frame as it is now, its run locked."""
    run = locked_run(frame.run)
    frame = Frame.objects.get(pk=frame.pk)
    frame.run = run
    return frame


# --- everything that costs money -------------------------------------------------------------------------------------


def throw_switch(provider: str, *, user: User | None, reason: str = "") -> None:
    """Start no call of this provider any more; "" stops all that cost money. Calls in flight finish, and what they
    bring is kept."""
    _refuse_unknown(provider)
    with transaction.atomic():
        try:  # not `get_or_create`: another may throw it and a third release it at this very moment
            with transaction.atomic():
                Switch.objects.create(provider=provider, thrown_by=user, reason=reason[:300])
        except IntegrityError:
            raise Refusal("It is paused already.") from None
        _tell_runs(provider, "run.held", user)


def release_switch(provider: str, *, user: User | None) -> None:
    """Let them start again."""
    _refuse_unknown(provider)
    with transaction.atomic():
        released, _ = Switch.objects.filter(provider=provider).delete()
        if not released:
            raise Refusal("It is not paused.")
        _tell_runs(provider, "run.released", user)
        dispatch.ring_on_commit()


def _refuse_unknown(provider: str) -> None:
    if provider and provider not in PROVIDERS:
        raise Refusal(f"There is no provider “{provider}”.")


def _tell_runs(provider: str, kind: str, user: User | None) -> None:
    """Boards of what is being made change their words. In the order of projects: two people may do it at once."""
    runs = StyleRun.objects.filter(status=RunStatus.GENERATING).select_related("engine").order_by("project_id", "pk")
    for run in runs.filter(engine__provider=provider) if provider else runs:
        if provider or run.engine.needs_key:
            frames.publish(run, kind, [], user)


# --- all verbs, for pages, admin and programs ------------------------------------------------------------------------

Target = TypeVar("Target", StyleRun, Frame, Take)


@dataclass(frozen=True)
class Verb(Generic[Target]):
    """A verb as people see it. `confirm` is what they are asked before; `applies` is whether it makes sense now."""

    label: str
    act: Callable[[Target, User | None], None]
    applies: Callable[[Target], bool]
    confirm: str = ""


MAY_BE_CHARGED = "A picture that is being made at this moment may still be charged; it is kept."

RUN_VERBS: dict[str, Verb[StyleRun]] = {
    "pause": Verb("Pause", pause, lambda run: run.status == RunStatus.GENERATING),
    "resume": Verb("Resume", resume, lambda run: run.status == RunStatus.PAUSED),
    "cancel": Verb("Cancel", cancel, lambda run: run.is_active, f"Pictures made so far stay. {MAY_BE_CHARGED}"),
    "retry_failed": Verb("Retry failed", retry_failed, lambda run: _without_picture(run).exists()),
}
FRAME_VERBS: dict[str, Verb[Frame]] = {
    "retry": Verb("Retry", retry, lambda frame: frame.status in (Status.FAILED, Status.CANCELLED)),
    "regenerate": Verb(
        "Regenerate this step",
        regenerate,
        lambda frame: frame.chosen_id is not None and not _is_wanted(frame),
        "A new take is made; the ones so far stay. Steps made from this one become stale.",
    ),
    "regenerate_following": Verb(
        "Regenerate this and all following",
        regenerate_following,
        lambda frame: frame.chosen_id is not None and not _is_wanted(frame),
        "New takes are made, each from the new one before it; the ones so far stay.",
    ),
    "cancel": Verb("Cancel", cancel_frame, _is_wanted, MAY_BE_CHARGED),
}
TAKE_VERBS: dict[str, Verb[Take]] = {
    "choose": Verb("Show this take", choose, lambda take: take.status == Status.COMPLETED),
}
VERBS: dict[str, dict[str, Verb[Any]]] = {"run": RUN_VERBS, "frame": FRAME_VERBS, "take": TAKE_VERBS}
