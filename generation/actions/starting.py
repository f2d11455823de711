"""Verbs that begin a run: a project in some styles, a branch of a run, the approved drafts on the final engine."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from generation import caps, dispatch, frames, gates, planning
from generation.actions.common import check_no_other_is_made, let_go, locked_frame, locked_run, refuse_trash, reopen
from generation.errors import AllMade, Refusal, Unready
from generation.models import Engine, Frame, Status, Strategy, StyleRun, Take, TakeKind
from generation.models.clock import database_now
from generation.planning import Variation
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
    longest_side: int | None = None,
    left_out: Mapping[int, Collection[int]] | None = None,
) -> list[StyleRun]:
    """Make the project's pictures in these styles: what is missing, with the list of steps as it is now.

    A list that only lost steps or changed its order is taken over, and nothing is made. `left_out`: by style, steps
    that no picture is wanted of. `longest_side`: pixels, where the engine's own is not wanted.

    Without an `engine` each style is made as before, else by its own. A run of the same style, engine and strategy is
    gone on with, unless `fresh` asks for a new one, or `variation` for another size, other options or anchors: its
    snapshot stands. Gate, candidates, reuse and how many at once are taken from `variation` where one is given. Raises
    Refusal where nothing can or need be made.
    """
    if not styles:
        raise Refusal("Choose at least one style.")
    if strategy not in Strategy.values:
        raise Refusal(f"There is no strategy “{strategy}”.")
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        refuse_trash(project)
        steps, out = project.ordered_steps(), left_out or {}
        lists = {style.pk: [step for step in steps if step.pk not in out.get(style.pk, ())] for style in styles}
        plan_run = partial(
            _plan_run, project, strategy, engine, user, longest_side=longest_side, fresh=fresh, variation=variation
        )
        with caps.minding_runs(project.owner):
            planned = [plan_run(lists[style.pk], style) for style in styles]
            if not any(changed or frames.with_open_take(run) for run, changed in planned):
                raise AllMade("Every picture exists already. Regenerate single ones, or start over for a new series.")
            runs = [run for run, _changed in planned]
            now = database_now()
            for run in runs:
                let_go(run, user, now, resume=True)
            dispatch.ring_on_commit()
    return runs


def _plan_run(
    project: Project,
    strategy: str,
    engine: Engine | None,
    user: User | None,
    steps: Sequence[Step],
    style: Style,
    *,
    longest_side: int | None,
    fresh: bool,
    variation: Variation,
) -> tuple[StyleRun, bool]:
    """The run, and whether its list of steps was another one before."""
    engine = engine or usual_engine(project, style)
    if engine is None:
        raise Unready("No engine is switched on: staff can do that in the admin.")
    if longest_side is not None:
        variation = replace(variation, size=engine.size(project.aspect_ratio, longest_side))
    planning.check(steps, planning.own_prompts(steps, style.pk), engine, strategy, project.aspect_ratio, variation)
    planning.check_ready(engine, style)
    same = StyleRun.objects.filter(project=project, style=style, engine=engine, strategy=strategy).order_by("pk")
    same = same.filter(draft=variation.draft)  # what is made finally is gone on with by its own verb alone
    run = same.active().last() or same.last()  # an older one is active where single pictures of it are made again
    anew = fresh or run is None or not _goes_on(run, variation)
    if anew and run is not None and run.is_active:
        raise Refusal(f"“{style}” is still being made: cancel it before you start over.")
    same_run = None if anew or run is None else locked_run(run)
    if same_run is None:
        check_no_other_is_made(StyleRun(project=project, style=style, engine=engine, strategy=strategy))
    run = same_run or frames.new_run(project, style, engine, strategy, user, variation)
    changed = frames.bring_up_to_date(run, steps)
    if anew or variation is not planning.AS_USUAL:
        frames.arrange(run, variation)
    frames.want_missing(run, user)
    return run, changed


def _goes_on(run: StyleRun, variation: Variation) -> bool:
    """Whether a run's pictures would be of one piece with those that are asked for now."""
    snapshot = run.snapshot
    same_size = variation.size is None or variation.size == (snapshot["width"], snapshot["height"])
    same_anchors = variation.reanchor in (0, snapshot.get("reanchor", 0))
    return (
        same_size
        and same_anchors
        and (not variation.overrides or dict(variation.overrides) == snapshot.get("overrides", {}))
    )


def usual_engine(project: Project, style: Style) -> Engine | None:
    """The one that made this style's pictures last: going on must not begin a second series elsewhere."""
    made = StyleRun.objects.filter(project=project, style=style, draft=None)
    last = made.select_related("engine").order_by("pk").last()
    return last.engine if last is not None and last.engine.enabled else Engine.objects.for_style(style)


# --- drafts ----------------------------------------------------------------------------------------------------------


def finalize(
    run: StyleRun,
    user: User | None,
    *,
    engine: Engine,
    quality: str = "",
    longest_side: int | None = None,
    keep_composition: bool = False,
) -> StyleRun:
    """Make the approved pictures of this run once more, by another engine or better; the run that does it. Called again
    it makes those that were approved since. `longest_side` in pixels; with `keep_composition` each draft goes along."""
    approved = run.frames.current().filter(approved=True, chosen__isnull=False).values_list("step_id", flat=True)
    left_out = set(run.project.steps.alive().values_list("pk", flat=True)) - set(approved)
    if not approved:
        raise Refusal("No picture of this run is approved yet: approve those that shall be made finally.")
    overrides = {"quality": quality} if quality else {}
    variation = Variation(overrides=overrides, draft=run, keep_composition=keep_composition)
    return start(
        run.project,
        user=user,
        styles=[run.style],
        strategy=run.strategy,
        engine=engine,
        variation=variation,
        longest_side=longest_side,
        left_out={run.style_id: left_out},
    )[0]


# --- branches --------------------------------------------------------------------------------------------------------


def branch(frame: Frame, user: User | None) -> StyleRun:
    """Begin a second series, a run of its own: it shares the pictures before this one, which are not paid again, and
    makes this and all that follow anew."""
    if frame.removed:
        raise Refusal("This step has left the list: a branch begins at one that is in it.")
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).select_related("owner").get(pk=frame.run.project_id)
        refuse_trash(project)
        with caps.minding_runs(project.owner):
            other = _branch_off(locked_frame(frame), user)
    return other


def _branch_off(frame: Frame, user: User | None) -> StyleRun:
    run = frame.run
    if not run.frames.current().filter(position__lt=frame.position).exists():
        raise Refusal("No picture comes before this one that a branch could share: start a new series instead.")
    planning.check_ready(run.engine, run.style)
    _refuse_twin(run, frame.position)
    other = _sibling(run, user)
    places = _copy_frames(run, other)
    _share_pictures(run, other, frame.position, places, user)
    gates.shut(other)
    frames.want_missing(other, user)
    reopen(other, database_now())
    frames.publish(other, "run.branched", list(places.values()), user)
    dispatch.ring_on_commit()
    return other


def _refuse_twin(run: StyleRun, before: int) -> None:
    """A double click must not pay for all that follows twice."""
    shared = run.frames.current().filter(position__lt=before, chosen__isnull=False)
    steps = set(shared.values_list("step_id", flat=True))
    for other in run.branches.active():
        if steps == set(other.takes.filter(kind=TakeKind.REUSE).values_list("frame__step_id", flat=True)):
            raise Refusal("A branch that begins here is being made: wait for it, or cancel it first.")


def _sibling(run: StyleRun, user: User | None) -> StyleRun:
    same = StyleRun.objects.filter(project=run.project, style=run.style, engine=run.engine, strategy=run.strategy)
    newest = same.aggregate(newest=Max("branch"))["newest"] or 0
    return StyleRun.objects.create(
        project=run.project,
        style=run.style,
        engine=run.engine,
        strategy=run.strategy,
        seed=frames.draw_seed(),
        snapshot=run.snapshot,
        recipe=run.recipe,
        max_parallel=run.max_parallel,
        candidates=run.candidates,
        gate=run.gate,
        gate_after=run.gate_after,
        draft=run.draft,
        branch_of=run,
        branch=newest + 1,
        created_by=user,
    )


def _copy_frames(run: StyleRun, other: StyleRun) -> dict[int, int]:
    """By frame of the one, the frame of the other, in order."""
    own = list(run.frames.current())
    copies = Frame.objects.bulk_create(
        [Frame(run=other, step_id=frame.step_id, position=frame.position) for frame in own]
    )
    places = {frame.pk: copy.pk for frame, copy in zip(own, copies, strict=True)}
    for frame, copy in zip(own, copies, strict=True):
        copy.source_id = places.get(frame.source_id or 0)
    Frame.objects.bulk_update(copies, ["source"], batch_size=200)
    return places


def _share_pictures(run: StyleRun, other: StyleRun, before: int, places: Mapping[int, int], user: User | None) -> None:
    shared = run.frames.current().filter(position__lt=before, chosen__isnull=False).select_related("chosen")
    takes = Take.objects.bulk_create(
        [_shared(frame.chosen, places[frame.pk], other, user) for frame in shared if frame.chosen is not None]
    )
    by_frame = {take.frame_id: take for take in takes}
    of_old = {frame.chosen_id: by_frame[places[frame.pk]].pk for frame in shared}
    for frame in shared:
        mine = by_frame[places[frame.pk]]
        mine.source_take_id = of_old.get(frame.chosen.source_take_id if frame.chosen else None)
        Frame.objects.filter(pk=mine.frame_id).update(
            chosen=mine, status=Status.COMPLETED, approved=frame.approved, locked=frame.locked
        )
    Take.objects.bulk_update(takes, ["source_take"], batch_size=200)


def _shared(take: Take, frame_id: int, run: StyleRun, user: User | None) -> Take:
    return Take(
        frame_id=frame_id,
        run=run,
        position=take.position,
        kind=TakeKind.REUSE,
        status=Status.COMPLETED,
        seed=take.seed,
        digest=take.digest,
        prompt=take.prompt,
        original=take.original,
        display=take.display,
        thumbnail=take.thumbnail,
        reused_from=take.reused_from or take,
        requested_by=user,
        started_at=database_now(),
        finished_at=database_now(),
    )
