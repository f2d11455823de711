"""What is asked over a project's socket, and how it is answered; `docs/protocol.md` tells it to those who ask."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from django.db import Error
from ninja.errors import ValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic import ValidationError as NotAsItMustBe

from generation import commands, verbs
from generation.api.auth import Caller
from generation.api.problems import TOLD, Problem, problem_of
from generation.api.throttles import calls
from generation.api.v1.options import Choices, FrameOptions, RunOptions, perform
from generation.models import Scope

LONGEST_MESSAGE = 16 * 1024
"""Characters."""
LONGEST_LINE = 100
"""Commands of one socket that wait for their answer."""
MOST_REFUSED = 2000
"""Commands that are refused because the line is full, until it is empty again: who sends more floods the socket."""
LARGEST = 2**63 - 1

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")]
Words = Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]


class Asked(BaseModel):
    """What every command says. Nothing is taken for something else, and nothing is passed over."""

    model_config = ConfigDict(strict=True, extra="forbid")

    id: Name
    command: Name


class OnTarget(Asked):
    target: int = Field(ge=1, le=LARGEST)


class OnRun(OnTarget):
    options: RunOptions | None = None


class OnFrame(OnTarget):
    options: FrameOptions | None = None


class Start(Asked, Choices):
    styles: list[Name] = Field(min_length=1, max_length=50)
    strategy: Name
    engine: Name | None = None
    fresh: bool = False


class Throw(Asked):
    provider: Name
    reason: Words = ""


class Release(Asked):
    provider: Name


@dataclass(frozen=True)
class Command:
    """`takes` is its shape, `scope` what a token needs for it; `act` returns what is told beside that it is done."""

    takes: type[Asked]
    scope: Scope
    act: Callable[[Caller, int, Any], dict[str, Any]]


def _perform(kind: str, verb: str, caller: Caller, project_id: int, asked: OnTarget) -> dict[str, Any]:
    options = getattr(asked, "options", None)
    begun = perform(caller.user, kind, asked.target, verb, options, "options", project_id)
    return {} if begun is None else {"run": begun.pk}


def _start(caller: Caller, project_id: int, asked: Start) -> dict[str, Any]:
    wish = commands.Wish(asked.styles, asked.strategy, asked.engine, asked.fresh, choices=asked.choices())
    return {"runs": [run.pk for run in commands.start(caller.user, project_id, wish)]}


def _throw(caller: Caller, _project_id: int, asked: Throw) -> dict[str, Any]:
    commands.throw_switch(caller.user, asked.provider, asked.reason)
    return {}


def _release(caller: Caller, _project_id: int, asked: Release) -> dict[str, Any]:
    commands.release_switch(caller.user, asked.provider)
    return {}


WITH_OPTIONS: dict[str, type[OnTarget]] = {"run": OnRun, "frame": OnFrame}
"""By kind of target: the shape of commands whose verb asks for something."""

COMMANDS: dict[str, Command] = {
    **{
        f"{kind}.{name}": Command(
            WITH_OPTIONS[kind] if verb.form else OnTarget, Scope.RUN, partial(_perform, kind, name)
        )
        for kind, known in verbs.VERBS.items()
        for name, verb in known.items()
    },
    "project.start": Command(Start, Scope.RUN, _start),
    "switch.throw": Command(Throw, Scope.ADMIN, _throw),
    "switch.release": Command(Release, Scope.ADMIN, _release),
}


FORESEEN: tuple[type[Exception], ...] = (Problem, Error, *TOLD)


# --- answers ---------------------------------------------------------------------------------------------------------


def answer(caller: Callable[[], Caller], project_id: int, text: str) -> str:
    """Do what a message asks for, with the rights that its sender has now; what to answer, as JSON.

    Raises Closed where the sender may not be here any more.
    """
    name = None
    try:
        asked = _read(text)
        name = _name(asked)
        return json.dumps({"type": "done", "id": name, **_do(caller(), project_id, asked)})
    except FORESEEN as error:
        return json.dumps(_refused(name, problem_of(error)))


def _do(caller: Caller, project_id: int, asked: dict[str, Any]) -> dict[str, Any]:
    calls.count(caller.name, "POST")
    command = COMMANDS.get(str(asked.get("command")))
    if command is None:
        raise Problem(422, f"There is no such command. There are: {', '.join(COMMANDS)}.", "unknown_command")
    try:
        told = command.takes.model_validate(asked)
    except NotAsItMustBe as error:
        raise ValidationError(error.errors(include_url=False, include_context=False, include_input=False)) from error  # type: ignore[arg-type]
    caller.need(command.scope)
    return command.act(caller, project_id, told)


def _read(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_MESSAGE:
        raise Problem(413, f"A message has at most {LONGEST_MESSAGE} characters.")
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Problem(400, "A message is text: one JSON object.")
    return asked


def _name(asked: dict[str, Any]) -> str:
    """What the sender calls its command."""
    try:
        return Asked(id=asked.get("id"), command="any").id  # type: ignore[arg-type]
    except NotAsItMustBe:
        raise Problem(422, "A command has an id: text of 1 to 100 characters.", "invalid") from None


def too_many(text: str) -> str:
    """The answer to what has no room in the line."""
    try:
        name = _name(_read(text))
    except Problem:
        name = None
    return json.dumps(
        _refused(name, Problem(429, f"{LONGEST_LINE} commands wait: send more as they are answered.", "too_many"))
    )


def _refused(name: str | None, problem: Problem) -> dict[str, Any]:
    refused: dict[str, Any] = {
        "type": "refused",
        "id": name,
        "code": problem.code,
        "detail": problem.detail,
        "charged": problem.charged.value,
    }
    if problem.errors:
        refused["errors"] = list(problem.errors)
    if "Retry-After" in problem.headers:
        refused["retry_after"] = int(problem.headers["Retry-After"])
    return refused
