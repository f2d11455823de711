"""Sequence sessions: one picture after the other, each made from the one before. A session is a project that grows."""

from datetime import datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_stubs_ext import WithAnnotations
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict

from generation import commands, sequences
from generation.api.auth import ApiRequest, Bearer, Caller
from generation.api.idempotency import once
from generation.api.paging import Page, Paging, paged
from generation.api.problems import Problem
from generation.api.v1.frames import frame_of
from generation.api.v1.shapes import FrameOut
from generation.api.v1.values import Body, Name, Slug, StepText
from generation.models import Scope, SequenceSession
from storyboards.models import Project

router = Router()

Prompt = Annotated[StepText, Field(min_length=1, description="What it shows.")]


class SessionIn(Body):
    """What a sequence begins with."""

    prompt: Prompt
    style: Slug = sequences.LOOK
    engine: Slug | None = Field(None, description="Left out: the style's own.")
    title: Name = Field("", description="Of the project; left out: the beginning of the prompt.")
    model_config = ConfigDict(json_schema_extra={"examples": [{"prompt": "A cat sits in a garden.", "style": "comic"}]})


class PromptIn(Body):
    """What happens next."""

    prompt: Prompt
    model_config = ConfigDict(json_schema_extra={"examples": [{"prompt": "It begins to rain."}]})


class SessionOut(Schema):
    """An open sequence, or one that has ended. Its project stays."""

    id: int
    project: int
    run: int
    initial_prompt: str
    image_count: int = Field(description="Pictures so far.")
    last_frame: int | None = Field(
        None, description="The place of the picture asked for last: GET /frames/{id}?wait=60 stays until it is there."
    )
    open: bool = Field(description="Whether the next picture can be asked for.")
    created_at: datetime
    expires_at: datetime = Field(description="Each use puts it off.")
    ended_at: datetime | None = None
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 4, "project": 12, "run": 7, "initial_prompt": "A cat sits in a garden.", "image_count": 1,
                    "last_frame": 31, "open": True, "created_at": "2026-11-20T09:15:00Z",
                    "expires_at": "2026-11-21T09:15:00Z", "ended_at": None,
                }
            ]
        }
    )  # fmt: skip

    @staticmethod
    def resolve_project(session: SequenceSession) -> int:
        return session.project_id

    @staticmethod
    def resolve_run(session: SequenceSession) -> int:
        return session.run_id

    @staticmethod
    def resolve_open(session: "WithAnnotations[SequenceSession, sequences.Facts]") -> bool:
        return session.is_open


# --- reading ---------------------------------------------------------------------------------------------------------


@router.get("/sessions", response=Page[SessionOut], summary="Your sessions")
def list_sessions(request: ApiRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Your sessions, newest first, also those that have ended."""
    return paged(sequences.described(SequenceSession.objects.filter(project__in=_projects(request.auth))), paging)


@router.get("/sessions/{int:session_id}", response=SessionOut, summary="A session")
def get_session(request: ApiRequest, session_id: int) -> Any:
    """How many pictures it has, and until when it is open."""
    return _owned(request.auth, session_id)


# --- asking ----------------------------------------------------------------------------------------------------------


@router.post("/sessions", response={201: SessionOut}, auth=Bearer(Scope.RUN), summary="Begin a session")
@once
def begin_session(request: ApiRequest, body: SessionIn) -> Status[Any]:
    """Open a sequence and ask for its first picture."""
    style = commands.styles_of([body.style])[0]
    engine = commands.engine_of(body.engine) if body.engine else None
    session, _ = sequences.begin(request.auth.user, body.prompt, style, engine, body.title)
    return Status(201, _owned(request.auth, session.pk))


@router.post(
    "/sessions/{int:session_id}/pictures",
    response={202: FrameOut},
    auth=Bearer(Scope.RUN),
    summary="Ask for the next picture",
)
@once
def ask_next(request: ApiRequest, session_id: int, body: PromptIn) -> Status[FrameOut]:
    """Ask for the next picture, made from the last one. Refused while that one is still being made."""
    session = _owned(request.auth, session_id)
    if not session.is_open:
        raise Problem(409, "This session is over. Its project stays; begin another session.", "session_over")
    session.prolong()
    return Status(202, frame_of(sequences.ask_next(session, body.prompt, request.auth.user), request.auth))


@router.delete("/sessions/{int:session_id}", response={204: None}, auth=Bearer(Scope.RUN), summary="End a session")
def end_session(request: ApiRequest, session_id: int) -> Status[Any]:
    """End it; the project stays, and a picture that is being made is made. Twice does no harm."""
    _owned(request.auth, session_id).end()
    return Status(204, None)


def _owned(caller: Caller, session_id: int) -> "WithAnnotations[SequenceSession, sequences.Facts]":
    sessions = SequenceSession.objects.filter(project__in=_projects(caller))
    return get_object_or_404(sequences.described(sessions), pk=session_id)


def _projects(caller: Caller) -> QuerySet[Project]:
    return Project.objects.owned_by(caller.user)
