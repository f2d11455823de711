"""What the API tells of what is made: names, units, and where to go from there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import ConfigDict, WithJsonSchema

from generation.api.auth import Caller
from generation.api.links import picture_url
from generation.errors import Charged
from generation.models import Gate, RunStatus, Status, Strategy, Take, TakeKind
from generation.verbs import FRAME_VERBS, RUN_VERBS, TAKE_VERBS, Verb


def _one_of(words: Iterable[str], *examples: str) -> WithJsonSchema:
    """Told in the API's description. A verb that is none of them is a 404, as every address where there is nothing."""
    return WithJsonSchema({"type": "string", "enum": list(words)} | ({"examples": [*examples]} if examples else {}))


def _verb_of(verbs: Mapping[str, Verb[Any]], *examples: str) -> WithJsonSchema:
    """The same, with what each verb does: as its function is described."""
    shape = _one_of(verbs, *examples).json_schema
    told = (f"`{name}`: {' '.join((verb.act.__doc__ or '').split())}" for name, verb in verbs.items())
    return WithJsonSchema((shape or {}) | {"description": "\n".join(told)})


RunVerb = Annotated[str, _verb_of(RUN_VERBS, "finalize")]
FrameVerb = Annotated[str, _verb_of(FRAME_VERBS, "candidates")]
TakeVerb = Annotated[str, _verb_of(TAKE_VERBS)]
OneStatus = Annotated[str, _one_of(Status.values)]

LINK = "Absolute, signed, good for 24 hours; null without a picture."


class TakeOut(Schema):
    """One wanted picture of a frame. `charged` and `cost` are of all calls made for it."""

    id: int
    frame: int
    kind: Annotated[str, _one_of(TakeKind.values)]
    candidate: int = Field(description="Which of several that were wanted at once, from 0.")
    put_away: bool = Field(description="Whether it is out of the strip of takes; it can be brought back.")
    status: OneStatus
    engine: str = Field(description="What made it; empty: nothing did, it is somebody’s own picture.")
    seed: int
    prompt: str
    image_url: str | None = Field(None, description=LINK)
    width: int | None = Field(None, description="pixels")
    height: int | None = Field(None, description="pixels")
    attempts: int
    error: str = Field(
        description="What happened, whether it cost money, and what one can do; empty if nothing failed."
    )
    error_code: str
    charged: Charged
    cost: Decimal | None = Field(
        None, description="US dollars; null where nobody knows (yet), and for those who may not change the project."
    )
    made_from: int | None = Field(None, description="The take whose picture was sent along.")
    reused_from: int | None = Field(None, description="The take that existed already: this one was not paid again.")
    created_at: datetime
    finished_at: datetime | None = None
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 31, "frame": 12, "kind": "first", "candidate": 0, "put_away": False, "status": "completed",
                    "engine": "sketch", "seed": 1204,
                    "prompt": "Nail the walls to the floor.",
                    "image_url": "https://boards.example.org/images/31?key=WzMxLDIsNV0",
                    "width": 1024, "height": 1024, "attempts": 1, "error": "", "error_code": "", "charged": "no",
                    "cost": "0.000000", "made_from": 30, "reused_from": None, "created_at": "2026-11-20T09:15:00Z",
                    "finished_at": "2026-11-20T09:15:04Z",
                }
            ]
        }
    )  # fmt: skip


class FrameOut(Schema):
    """The place of one picture: one step in one run."""

    id: int
    run: int
    step: int
    position: int
    status: OneStatus
    waits_for: str = Field("", description="In words, while it waits.")
    take: int | None = Field(None, description="The take that is shown.")
    image_url: str | None = Field(None, description=LINK)
    stale: str = Field("", description="Why its picture is not what would be made now, in words; empty if it is.")
    error: str = Field("", description="Why the last try brought no picture, in words; empty if it did.")
    source: int | None = Field(None, description="The frame whose picture it continues from.")
    locked: bool = Field(description="Its picture stays: nothing makes or shows another.")
    approved: bool = Field(description="Somebody has approved the picture that it shows.")
    takes: int = Field(description="How many were wanted of it, those put away included.")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 12, "run": 3, "step": 8, "position": 2, "status": "pending",
                    "waits_for": "Waiting: for step 1", "take": None, "image_url": None, "stale": "", "error": "",
                    "source": 11, "locked": False, "approved": False, "takes": 1,
                }
            ]
        }
    )  # fmt: skip


class RunOut(Schema):
    """A project in one style, by one engine, with one strategy."""

    id: int
    project: int
    style: str
    engine: str
    strategy: Annotated[str, _one_of(Strategy.values)]
    status: Annotated[str, _one_of(RunStatus.values)]
    hold: str = Field(description="Why nothing of it starts: person, budget, approval, no_key, emergency; else empty.")
    hold_reason: str = Field(description="The same in words.")
    seed: int
    done: int
    failed: int
    total: int
    progress: float = Field(description="0.0 to 1.0")
    turn: int = Field(description="Higher goes first among the runs of its owner.")
    priority: int = Field(description="Higher goes before everybody’s: given by staff.")
    width: int = Field(description="Of its pictures, pixels.")
    height: int = Field(description="pixels")
    quality: str = Field(description="As it was chosen; empty: the engine’s own.")
    keep_composition: bool = Field(description="Whether each draft goes along as a reference.")
    reanchor: int = Field(description="It goes by style and concept once more after so many pictures; 0: never.")
    max_parallel: int | None = Field(None, description="So many at once; null: as many as the engine allows.")
    gate: Annotated[str, _one_of(Gate.values)] = Field(description="When it waits for approval; empty: never.")
    gate_after: int = Field(description="How many pictures the gate `first` lets through.")
    open_upto: int | None = Field(None, description="The last position made before somebody approves; null: all are.")
    waits_for_approval_of: list[int] = Field(description="Frames, while it waits for approval.")
    candidates: int = Field(description="Pictures made of each step, to choose from.")
    reuse: bool = Field(description="Whether equal pictures that exist already are taken, free.")
    draft: int | None = Field(None, description="The run whose approved pictures this one makes finally.")
    branch_of: int | None = Field(None, description="The run whose first pictures it shares.")
    spent: Decimal | None = Field(
        description="US dollars, reserved amounts included; null for those who may not change the project."
    )
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 3, "project": 2, "style": "clear", "engine": "sketch", "strategy": "chained",
                    "status": "generating", "hold": "", "hold_reason": "", "seed": 1204, "done": 1, "failed": 0,
                    "total": 3, "progress": 0.3333, "turn": 0, "priority": 0, "width": 1024, "height": 1024,
                    "quality": "", "keep_composition": False, "reanchor": 0, "max_parallel": None, "gate": "",
                    "gate_after": 1, "open_upto": None, "waits_for_approval_of": [], "candidates": 1, "reuse": False,
                    "draft": None, "branch_of": None, "spent": "0.000000", "created_at": "2026-11-20T09:15:00Z",
                    "started_at": "2026-11-20T09:15:00Z", "completed_at": None,
                }
            ]
        }
    )  # fmt: skip


class RunSteered(RunOut):
    """The run as it then is."""

    began: int | None = Field(description="The run that the verb began: `finalize` begins one.")


class FrameSteered(FrameOut):
    """The frame as it then is."""

    began: int | None = Field(description="The run that the verb began: `branch` begins one.")


class EstimateOut(Schema):
    """What a start would make. `seconds` is until the last picture, where nobody else wants the same engines."""

    pictures: int
    styles: dict[str, int] = Field(description="Pictures, by style.")
    reused: int = Field(description="Pictures that exist already and are taken over, free; not among `pictures`.")
    cost: Decimal | None = Field(description="US dollars; null where a price is not known.")
    seconds: float | None = Field(description="null: not known yet, too few pictures were made by this engine.")
    refusal: str = Field(description="Why it would be refused, in words; empty if it would not.")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "pictures": 6, "styles": {"clear": 3, "consistent": 3}, "reused": 0, "cost": "0.24",
                    "seconds": 12.5, "refusal": "",
                }
            ]
        }
    )  # fmt: skip


def image_of(take: Take | None, caller: Caller) -> str | None:
    return picture_url(take, caller) if take is not None and take.original_id is not None else None
