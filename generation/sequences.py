"""Pictures that a program asks for one after the other, each made from the one before; and single ones.

A sequence is a project like any other: its board shows it while it grows, and it stays when the session has ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce
from django_stubs_ext import WithAnnotations

from generation import actions, following, frames
from generation.errors import Charged, Refusal
from generation.models import OPEN, Call, Engine, Frame, RunStatus, SequenceSession, Strategy, StyleRun, Take
from generation.pages import failures
from storyboards.editing import add_step, check_prompt, create_project, create_singles, is_text, title_of
from storyboards.models import Project, Step, Style
from storyboards.models.projects import AspectRatio

LOOK = "comic"
"""The style where none is asked for."""
HELD = "held"
"""The code of a picture that is not made until a person does something about it."""


# --- asking ----------------------------------------------------------------------------------------------------------


def begin(
    user: User, prompt: str, style: Style, engine: Engine | None = None, title: str = ""
) -> tuple[SequenceSession, str]:
    """A session and its id, which nobody can be told again. Its first picture is wanted.

    Raises ValidationError for a prompt or a title that cannot be used, Refusal where no picture can be made.
    """
    text = check_prompt(prompt)
    if not is_text(title):
        raise ValidationError("The title must be text.")
    with transaction.atomic():
        project = create_project(Project(owner=user, title=title.strip() or title_of(text)), None)
        add_step(Step(project=project, description=text), {})
        run = _start(project, Strategy.CHAINED, style, engine)
        return SequenceSession.objects.begin(run)


def ask_next(session: SequenceSession, prompt: str, user: User) -> Frame:
    """The place of the next picture, which is made from the last one.

    Raises Refusal while the picture before is being made: of two that ask at once, one is refused. Raises
    ValidationError for a prompt that cannot be used, or one too many.
    """
    text = check_prompt(prompt)
    with transaction.atomic():
        run = actions.locked_run(session.run)
        _refuse_busy(run)
        step = add_step(Step(project=run.project, description=text), {})
        actions.go_on(run, user)
        return run.frames.get(step=step)


def ask_single(user: User, prompt: str, style: Style) -> Frame:
    """The place of a picture by itself. Raises as `begin` does."""
    text = check_prompt(prompt)
    with transaction.atomic():
        project = create_singles(user, [text], AspectRatio.SQUARE)
        return _start(project, Strategy.INDEPENDENT, style, None).frames.get()


def _start(project: Project, strategy: Strategy, style: Style, engine: Engine | None) -> StyleRun:
    return actions.start(project, user=project.owner, styles=[style], strategy=strategy, engine=engine)[0]


def _refuse_busy(run: StyleRun) -> None:
    """Asked under the run's lock. A run that was cancelled goes on; one that is paused, only its person lets go on."""
    if run.status == RunStatus.PAUSED:
        where = f"Resume it at {run.project.public_url()}, then ask again."
        raise Refusal(f"This sequence is {run.hold_reason or 'paused'}: nothing was asked for. {where}")
    if frames.with_open_take(run):
        why = following.stopped(run)
        raise Refusal(f"The picture before is still being made{f' ({why})' if why else ''}: nothing was asked for.")


# --- looking ---------------------------------------------------------------------------------------------------------


def find(user: User, secret: str) -> SequenceSession | None:
    """This person's open session of that id, which lives on for using it."""
    session = SequenceSession.objects.find(user, secret)
    if session is not None:
        session.prolong()
    return session


class Facts(TypedDict):
    image_count: int
    initial_prompt: str
    last_frame: int | None
    is_open: bool


def described(sessions: QuerySet[SequenceSession]) -> QuerySet[WithAnnotations[SequenceSession, Facts]]:
    """With what programs ask about a session, in the same query: its pictures so far; the prompt it began with,
    whatever steps people have put before it since; the frame at its end; whether it may still be used."""
    steps = Step.objects.filter(project=OuterRef("project")).order_by("pk")
    frames = Frame.objects.current().filter(run=OuterRef("run")).order_by("-position")
    pictures = Q(run__frames__removed=False, run__frames__chosen__isnull=False)
    return sessions.annotate(
        image_count=Count("run__frames", filter=pictures),
        initial_prompt=Coalesce(Subquery(steps.values("description")[:1]), Value(""), output_field=TextField()),
        last_frame=Subquery(frames.values("pk")[:1]),
        is_open=Exists(SequenceSession.objects.open().filter(pk=OuterRef("pk"))),
    )


@dataclass(frozen=True)
class Ended:
    """What became of a picture that somebody waits for: its bytes as the provider made them; else a code for programs
    and all that a person must know."""

    picture: bytes = b""
    code: str = ""
    words: str = ""


def outcome(frame_id: int) -> Ended | None:
    """None while there is something to wait for."""
    frame = Frame.objects.select_related("run__project", "chosen__original").filter(pk=frame_id).first()
    if frame is None:
        return Ended(code="cancelled", words="Its project was deleted before the picture was made.")
    if frame.chosen is not None and frame.chosen.original is not None:
        return Ended(frame.chosen.original.read())
    take = frame.takes.latest("pk")
    if take.status in OPEN:
        why = following.stopped(frame.run)
        return Ended(code=HELD, words=_held(frame, why)) if why else None
    return Ended(code=take.error_code or "cancelled", words=_failed(frame, take))


def _held(frame: Frame, why: str) -> str:
    calls = Call.objects.filter(take__frame=frame).exclude(charged=Charged.NO)
    money = failures.MONEY[Charged.MAYBE if calls.exists() else Charged.NO]
    return f"{why.rstrip('.')}. {money} {following.made_later(frame.run.project)}"


def _failed(frame: Frame, take: Take) -> str:
    failure = failures.failure(take, Call.objects.filter(take=take).order_by("pk").last())
    return f"{failure.sentences()} It is at {frame.run.project.public_url()}."


def still_being_made(frame_id: int, seconds: float) -> str:
    """What somebody is told who has waited for so many seconds."""
    run = Frame.objects.select_related("run__project", "run__engine").get(pk=frame_id).run
    why = "" if following.somebody_works() else " No worker is running at the moment."
    money = "It is charged once, however often you look." if run.engine.needs_key else failures.MONEY[Charged.NO]
    return f"The picture was not ready within {seconds:.0f} s.{why} {following.made_later(run.project)} {money}"
