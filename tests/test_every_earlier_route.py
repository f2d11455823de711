"""Every call of the earlier systems, and every socket, by everybody: a new one without a row here fails."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from ninja import NinjaAPI
from websockets.asyncio.client import connect

from generation import routing, sequences
from generation.api.earlier import sequences as sequence_calls
from generation.api.earlier import step_images, style_runs
from generation.models import Scope, SequenceSession, StyleRun
from storyboards.models import Project
from tests.calling import ALL_BUT_ADMIN, Program, a_token
from tests.making import a_project, a_run, a_style, a_user, an_engine, make_all
from tests.running import Environment, cookie_of, web
from tests.sockets import code_of, page_socket, program_socket, read
from tests.test_every_route import everything, people

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sockets")]

SYSTEMS: tuple[NinjaAPI, ...] = (step_images.api, style_runs.api, sequence_calls.api)
NAME = {"projectPath": "films/one"}


@dataclass(frozen=True)
class Route:
    """`body` and `path` with {project} and {session} in it; `owner`, `other`, `chief`: the status each gets. Names and
    sessions are everybody's own: of another's one hears no more than of what there is not."""

    path: str
    body: Any = None
    scope: Scope | None = Scope.READ
    owner: int | None = 200
    other: int | None = 200
    chief: int | None = 200


WAITS = None
"""Whoever is let in waits for a worker's picture: `test_sequences.py` and `test_sequences_live.py` do."""
ROUTES = {
    "health": Route("/step-images/health", scope=None),
    "status": Route("/step-images/{project}"),
    "step": Route("/step-images/{project}/step/1", other=404),
    "generate_images": Route("/api/generate-images", NAME, Scope.RUN, other=404, chief=404),
    "generation_status": Route("/api/generation-status/films/one"),
    "generation_progress": Route("/api/get-generation-progress", NAME),
    "stop_generation": Route("/api/stop-generation", NAME, Scope.RUN, other=404, chief=404),
    "start_image_sequence": Route("/start-image-sequence", {"prompt": "a cup"}, Scope.RUN, WAITS, WAITS, WAITS),
    "generate_sequential_image": Route(
        "/generate-sequential-image", {"session_id": "{session}", "prompt": "tea"}, Scope.RUN, WAITS, 400, 400
    ),
    "get_session_info": Route("/get-session-info", {"session_id": "{session}"}, Scope.RUN, other=400, chief=400),
    "end_image_sequence": Route("/end-image-sequence", {"session_id": "{session}"}, Scope.RUN),
    "generate_image": Route("/generate-image", {"prompt": "a cup"}, Scope.RUN, WAITS, WAITS, WAITS),
}


def test_every_call_has_a_row_here() -> None:
    routers = [bound for api in SYSTEMS for bound in api._get_bound_routers()]
    views = [view for bound in routers for view in bound.path_operations.values()]
    assert {operation.view_func.__name__ for view in views for operation in view.operations} == set(ROUTES)


@pytest.fixture
def theirs() -> dict[str, str]:
    """The owner's project, made, and an open session of theirs whose first picture is made."""
    owner = a_user("owner")
    run = a_run(a_project("a table", owner=owner, external_id="films/one"), strategy="shots")
    secret = sequences.begin(owner, "a cup", a_style("comic"), an_engine())[1]
    make_all()
    return {"project": str(run.project_id), "session": secret}


def ask(program: Program, route: Route, theirs: dict[str, str]) -> int:
    path, body = (filled(json.dumps(part), theirs) for part in (route.path, route.body))
    return program.call("GET" if route.body is None else "POST", json.loads(path), json.loads(body)).status_code


def filled(text: str, theirs: dict[str, str]) -> str:
    for name, value in theirs.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def test_without_a_token_or_its_scope_nobody_is_let_in(theirs: dict[str, str]) -> None:
    before = everything()
    for name, route in ROUTES.items():
        if route.scope is not None:
            lacking = Program(people("owner"), set(Scope.values) - {route.scope})
            assert ask(Program(scopes=None), route, theirs) == 401, name
            assert ask(lacking, route, theirs) == 403, name
        assert everything() == before, name


@pytest.mark.parametrize("who", ["other", "chief"])
def test_strangers_hear_no_more_than_of_what_there_is_not(who: str, theirs: dict[str, str]) -> None:
    program, before = Program(people(who), Scope.values), of_the_owner()
    for name, route in ROUTES.items():
        if (expected := getattr(route, who)) is not WAITS:
            assert ask(program, route, theirs) == expected, name
        assert of_the_owner() == before, name


def of_the_owner() -> list[Any]:
    mine = Project.objects.filter(owner__username="owner")
    runs = StyleRun.objects.filter(project__in=mine)
    return [list(rows.values()) for rows in (mine, runs, SequenceSession.objects.filter(project__in=mine))]


def test_owners_are_let_in(theirs: dict[str, str]) -> None:
    program = Program(people("owner"))
    for name, route in ROUTES.items():
        if route.owner is not WAITS:
            assert ask(program, route, theirs) == route.owner, name


# --- sockets ---------------------------------------------------------------------------------------------------------

Opens = Callable[[str, Project, str], connect]
UNKNOWN = 4404
SOCKETS: dict[str, dict[str, int | None]] = {
    "ws/projects/<int:pk>/": {"anonymous": UNKNOWN, "other": UNKNOWN, "owner": None, "chief": None},
    "api/v1/projects/<int:pk>/socket": {
        "anonymous": 4401, "other": UNKNOWN, "owner": None, "chief": None, "owner without the scope": 4403,
    },
}  # fmt: skip
"""By address: who is closed out, with which code."""


@pytest.fixture(scope="module")
def server(process_environment: Environment) -> Iterator[str]:
    with web(process_environment) as url:
        yield url


def test_every_socket_has_a_row_here() -> None:
    assert {str(found.pattern) for found in [*routing.pages, *routing.programs]} == set(SOCKETS)


def opened(server: str, address: str, who: str) -> connect:
    """The owner's project's socket, as this visitor opens it."""
    project = a_project("a table", owner=a_user("owner"))
    name, _, lacking = who.partition(" without ")
    user = None if name == "anonymous" else people(name)
    if address.startswith("ws/"):
        return page_socket(server, project, cookie_of(user) if user else "")
    scopes = [scope for scope in ALL_BUT_ADMIN if not (lacking and scope == Scope.READ)]
    return program_socket(server, project.pk, a_token(user, scopes) if user else None)


@pytest.mark.parametrize(("address", "who"), [(address, who) for address, row in SOCKETS.items() for who in row])
async def test_sockets_open_for_whoever_may_look(server: str, address: str, who: str) -> None:
    opening = await sync_to_async(opened)(server, address, who)
    if SOCKETS[address][who] is not None:
        assert await code_of(opening) == SOCKETS[address][who]
        return
    async with opening as client:
        assert (await read(client))["type"] == "snapshot"
