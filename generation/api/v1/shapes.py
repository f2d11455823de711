"""What the API tells of rows: names, units, and where to go from there."""

from datetime import datetime
from decimal import Decimal

from ninja import Field, Schema

from generation.api.auth import Caller
from generation.api.links import picture_url
from generation.errors import Charged
from generation.models import Take


class TakeOut(Schema):
    """One wanted picture of a frame. `charged` and `cost` (US dollars) are of all calls made for it."""

    id: int
    frame: int
    kind: str
    status: str
    engine: str
    seed: int
    prompt: str
    image_url: str | None = Field(None, description="Absolute, signed, good for 24 hours; null without a picture.")
    width: int | None = Field(None, description="pixels")
    height: int | None = Field(None, description="pixels")
    attempts: int
    error: str
    error_code: str
    charged: Charged
    cost: Decimal | None = Field(None, description="US dollars; null where nobody knows.")
    made_from: int | None = Field(None, description="The take whose picture was sent along.")
    created_at: datetime
    finished_at: datetime | None = None


class FrameOut(Schema):
    """The place of one picture: one step in one run."""

    id: int
    run: int
    step: int
    position: int
    status: str
    waits_for: str = Field("", description="In words, while it waits.")
    take: int | None = Field(None, description="The take that is shown.")
    image_url: str | None = Field(None, description="Absolute, signed, good for 24 hours; null without a picture.")
    stale: str = Field("", description="Why its picture is not what would be made now, in words; empty if it is.")


class RunOut(Schema):
    """A project in one style, by one engine, with one strategy."""

    id: int
    project: int
    style: str
    engine: str
    strategy: str
    status: str
    hold: str
    hold_reason: str
    seed: int
    done: int
    failed: int
    total: int
    progress: float = Field(description="0.0 to 1.0")
    spent: Decimal = Field(description="US dollars, reserved amounts included")
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None


def image_of(take: Take | None, caller: Caller) -> str | None:
    return picture_url(take, caller) if take is not None and take.original_id is not None else None
