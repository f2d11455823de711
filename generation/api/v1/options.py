"""What verbs and starts ask for beside their target, as programs send it, over REST and sockets alike.

The verbs' own forms say the last word on what is asked for.
"""

from typing import Annotated, Any, Literal

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from ninja import Field
from ninja.params import functions as parameters
from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictBool, StrictInt

from generation import commands
from generation.api.problems import invalid
from generation.api.v1.values import Body, Quality, Slug, partial, whole
from generation.models import StyleRun
from generation.planning import LEAST_SIDE, MOST_AT_ONCE, MOST_CANDIDATES, MOST_SIDE

Position = Annotated[StrictInt, Field(ge=1, le=2**31 - 1), BeforeValidator(whole)]
Pixels = Annotated[StrictInt, Field(ge=LEAST_SIDE, le=MOST_SIDE), BeforeValidator(whole)]
Amount = Annotated[StrictInt, Field(ge=1, le=MOST_CANDIDATES), BeforeValidator(whole)]
Pictures = Annotated[StrictInt, Field(ge=1, le=settings.MAX_STEPS), BeforeValidator(whole)]
Every = Annotated[StrictInt, Field(ge=0, le=settings.MAX_STEPS), BeforeValidator(whole)]
AtOnce = Annotated[StrictInt, Field(ge=1, le=MOST_AT_ONCE), BeforeValidator(whole)]

# --- of verbs --------------------------------------------------------------------------------------------------------


class RunOptions(Body):
    """Asked for by `finalize` and `approve`; the other verbs on runs ask for nothing."""

    upto: Position | None = Field(
        None, description="`approve`: the `open_upto` you have seen; where it is another by now, nothing is approved."
    )
    engine: Slug = Field("", description="`finalize`: what makes the approved pictures finally. It must be named.")
    quality: Quality = Field("", description="`finalize`: one of the engine’s `qualities`; empty: its own.")
    longest_side: Pixels | None = Field(None, description="`finalize`: pixels; null: the engine’s own.")
    keep_composition: StrictBool = Field(False, description="`finalize`: each draft goes along as a reference.")
    model_config = ConfigDict(
        json_schema_extra=partial({"engine": "sketch", "quality": "", "longest_side": 1024, "keep_composition": True})
    )


class FrameOptions(Body):
    """Asked for by `candidates`; the other verbs on frames ask for nothing."""

    count: Amount = Field(3, description="`candidates`: how many at once, 3 where it is left out. Each is paid for.")
    model_config = ConfigDict(json_schema_extra=partial({"count": 4}))


NO_RUN_OPTIONS: Any = parameters.Body(default_factory=RunOptions)
NO_FRAME_OPTIONS: Any = parameters.Body(default_factory=FrameOptions)
"""For bodies that may be left out."""


def perform(
    user: User, kind: str, pk: int, verb: str, options: Body | None, place: str, project_id: int | None = None
) -> StyleRun | None:
    """`commands.perform` with options as they were sent. Raises Problem that tells at `place` what is wrong with
    them."""
    given: dict[str, Any] = options.model_dump(exclude_unset=True) if options else {}
    try:
        return commands.perform(user, kind, pk, verb, project_id, given)
    except ValidationError as error:
        wrong = error.message_dict.items()
        raise invalid((f"{place}.{name}", " ".join(messages)) for name, messages in wrong) from error


# --- of starts -------------------------------------------------------------------------------------------------------


class Choices(BaseModel):
    """How the pictures are made. A run that is gone on with keeps its own where none of these is sent."""

    size: Pixels | None = Field(None, description="Pixels of the longest side; null: the engine’s own.")
    quality: Quality = Field("", description="One of the engine’s `qualities`; empty: its own.")
    candidates: Amount = Field(1, description="Pictures made of each step, to choose from. Each is paid for.")
    gate: Literal["", "frame", "shot", "first"] = Field(
        "",
        description="Wait for approval: after every picture, every shot, or once after the first ones. Empty: never.",
    )
    gate_after: Pictures = Field(1, description="How many pictures the gate `first` lets through.")
    reuse: StrictBool = Field(False, description="Take equal pictures of yours that exist already: they are free.")
    reanchor: Every = Field(0, description="Go by style and concept once more after so many pictures; 0: never.")
    max_parallel: AtOnce | None = Field(None, description="So many at once; null: as many as the engine allows.")

    def choices(self) -> dict[str, Any]:
        """What was sent of them."""
        return {name: getattr(self, name) for name in Choices.model_fields if name in self.model_fields_set}
