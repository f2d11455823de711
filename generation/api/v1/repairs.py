"""What is no longer as it would be made now, told as a plan before anything is spent."""

from collections.abc import Callable
from functools import partial

from django.contrib.auth.models import User
from ninja import Field, Schema
from pydantic import ConfigDict

from generation import actions, repairing
from generation.api.v1.shapes import EstimateOut
from generation.models import Frame, StyleRun
from generation.pages.estimate import Estimate, estimate
from generation.repairing import Repair

OF_RUNS: dict[str, Callable[[StyleRun, User], object]] = {
    "remake_stale": actions.remake_stale,
    "update": actions.update,
}
OF_FRAMES: dict[str, Callable[[Frame, User], object]] = {
    "regenerate": actions.regenerate,
    "regenerate_following": actions.regenerate_following,
}


class StaleOut(Schema):
    """A frame, and why its picture is not what would be made now."""

    frame: int
    step: int
    position: int
    why: str


class FollowsOut(Schema):
    """A frame whose picture is right by itself, but made from one that would be made again."""

    frame: int
    step: int
    position: int
    of: str = Field(description="The step whose picture it was made from.")


class ListOut(Schema):
    """How the list of steps differs from the one that the run was made with."""

    new: list[int] = Field(description="Steps that have no place in the run yet.")
    gone: list[int] = Field(description="Frames whose step has left the list.")
    moved: bool = Field(description="Whether the others stand in another order.")


class RepairOut(Schema):
    run: int
    stale: list[StaleOut]
    follows: list[FollowsOut]
    missing: list[int] = Field(description="Frames without a picture of which none is wanted.")
    locked: list[StaleOut] = Field(description="Stale ones that stay as they are until somebody unlocks them.")
    list: ListOut
    scopes: dict[str, EstimateOut] = Field(
        description="By verb, what it would make: `remake_stale` and `update`; with `frame` also `regenerate` and "
        "`regenerate_following` of that one."
    )
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "run": 3,
                    "stale": [{"frame": 12, "step": 8, "position": 2, "why": "the text changed since"}],
                    "follows": [{"frame": 13, "step": 9, "position": 3, "of": "2"}],
                    "missing": [], "locked": [],
                    "list": {"new": [], "gone": [], "moved": False},
                    "scopes": {
                        "remake_stale": {
                            "pictures": 2, "styles": {"clear": 2}, "reused": 0, "cost": "0.08", "seconds": 8.5,
                            "refusal": "",
                        }
                    },
                }
            ]
        }
    )  # fmt: skip


def repair_of(run: StyleRun, user: User, frame: Frame | None) -> RepairOut:
    """`run` with project, style and engine at hand; `frame`, one of its own, with run and project."""
    repair = repairing.plan(run)
    return RepairOut(
        run=run.pk,
        stale=[_stale(repair, pk, why) for pk, why in repair.stale.items()],
        follows=[_follows(repair.frames[pk], of) for pk, of in repair.follows.items()],
        missing=list(repair.missing),
        locked=[_stale(repair, pk, why) for pk, why in repair.locked.items()],
        list=_list_changes(run),
        scopes={name: EstimateOut.from_orm(told) for name, told in _scopes(run, user, frame).items()},
    )


def _scopes(run: StyleRun, user: User, frame: Frame | None) -> dict[str, Estimate]:
    acts = {name: partial(act, run, user) for name, act in OF_RUNS.items()}
    if frame is not None:
        acts |= {name: partial(act, frame, user) for name, act in OF_FRAMES.items()}
    return {name: estimate(run.project, act, [run.style.slug]) for name, act in acts.items()}


def _stale(repair: Repair, pk: int, why: str) -> StaleOut:
    frame = repair.frames[pk]
    return StaleOut(frame=pk, step=frame.step_id, position=frame.position, why=why)


def _follows(frame: Frame, of: str) -> FollowsOut:
    return FollowsOut(frame=frame.pk, step=frame.step_id, position=frame.position, of=of)


def _list_changes(run: StyleRun) -> ListOut:
    frames = dict(run.frames.current().values_list("step_id", "pk"))
    steps = [step.pk for step in run.project.ordered_steps()]
    kept = [step for step in frames if step in steps]
    return ListOut(
        new=[step for step in steps if step not in frames],
        gone=[pk for step, pk in frames.items() if step not in steps],
        moved=kept != [step for step in steps if step in frames],
    )
