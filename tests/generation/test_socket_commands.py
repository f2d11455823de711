"""Commands over a socket: every verb there is, for those who may, in their order; whatever else is sent is refused."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from generation import actions, protocol, verbs
from generation.commands import TARGETS
from generation.models import ApiToken, Event, Gate, RunStatus, Scope, StyleRun, Switch, Take
from generation.planning import Variation
from generation.protocol import COMMANDS, LONGEST_LINE, LONGEST_MESSAGE, MOST_REFUSED, OnTarget, Release, Start, Throw
from storyboards.models import Project, ShareLink, Visibility
from tests.calling import a_token
from tests.making import a_project, a_run, a_style, a_user, an_engine, frame, make_all, newest_take
from tests.running import Environment, cookie_of, web
from tests.sockets import Message, answer, ask, page_socket, program_socket, read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sockets")]

MAY_RUN = (Scope.READ, Scope.RUN)
VERBS = [(kind, verb) for kind, verbs in verbs.VERBS.items() for verb in verbs]


@pytest.fixture(scope="module")
def server(process_environment: Environment) -> Iterator[str]:
    with web(process_environment) as url:
        yield url


def with_runs_of_all_kinds() -> Project:
    """Ada's: a run that was made, one of whose pictures was made twice; one with pictures that are approved, locked and
    put away; one that was cancelled; one that waits for approval; one that is being made; one that is paused. The last
    step was written anew since."""
    project = a_project("a table", "an apple", owner=a_user())
    made = a_run(project)
    make_all()
    actions.regenerate(frame(made, 1), project.owner)
    make_all()
    judge(a_run(project, engine=an_engine("judged")), project.owner)
    actions.cancel(a_run(project, engine=an_engine("cancelled")), project.owner)
    a_gated_run(project)
    make_all()
    actions.to_front(a_run(project, engine=an_engine("going")), project.owner)
    actions.pause(a_run(project, engine=an_engine("paused")), project.owner)
    project.steps.filter(position=2).update(title="a pear")
    return project


def judge(run: StyleRun, user: User) -> None:
    make_all()
    first = newest_take(run, 1)
    actions.regenerate(frame(run, 1), user)
    make_all()
    actions.put_away(first, user)
    actions.approve_frame(frame(run, 1), user)
    actions.lock(frame(run, 2), user)


def a_gated_run(project: Project) -> StyleRun:
    return actions.start(
        project,
        user=project.owner,
        styles=[a_style()],
        strategy="chained",
        engine=an_engine("gated"),
        variation=Variation(gate=Gate.FRAME),
    )[0]


def going(project: Project) -> StyleRun:
    return StyleRun.objects.get(project=project, engine__slug="going")


OPTIONS: dict[str, dict[str, Any]] = {"run.finalize": {"engine": "fine"}, "frame.candidates": {"count": 2}}


def asked_for(project: Project, kind: str, verb: str) -> dict[str, Any]:
    """A command that makes sense."""
    options = {"options": OPTIONS[f"{kind}.{verb}"]} if f"{kind}.{verb}" in OPTIONS else {}
    return {"target": target_of(project, kind, verb)} | options


def target_of(project: Project, kind: str, verb: str) -> int:
    """One for which the verb makes sense."""
    rows, at_hand = TARGETS[kind]
    found = rows.filter(**{at_hand[0]: project}).order_by("pk")
    fitting: list[int] = [row.pk for row in found if verbs.VERBS[kind][verb].applies(row)]
    return fitting[0]


def everything() -> list[Any]:
    rows = (StyleRun.objects.order_by("pk"), Take.objects.order_by("pk"), Switch.objects.all(), Event.objects.all())
    return [list(found.values()) for found in rows]


@sync_to_async
def prepared() -> tuple[Project, str]:
    project = with_runs_of_all_kinds()
    return project, a_token(project.owner, MAY_RUN)


# --- what one may ask for --------------------------------------------------------------------------------------------


def test_every_verb_is_a_command() -> None:
    assert set(COMMANDS) == {f"{kind}.{verb}" for kind, verb in VERBS} | {
        "project.start", "switch.throw", "switch.release",
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "verb"), VERBS)
async def test_every_verb_does_what_it_does_elsewhere(server: str, kind: str, verb: str) -> None:
    project, token = await prepared()
    await sync_to_async(an_engine)("fine")
    if verbs.VERBS[kind][verb].right:
        await User.objects.filter(pk=project.owner_id).aupdate(is_superuser=True)
    asked = await sync_to_async(asked_for)(project, kind, verb)
    async with program_socket(server, project.pk, token) as client:
        before = (await read(client))["number"]
        await client.send(json.dumps({"id": "7", "command": f"{kind}.{verb}"} | asked))
        told: list[Message] = []
        while {message["type"] for message in told} < {"done", "event"}:
            told.append(await read(client))
    (done,) = (message for message in told if message["type"] == "done")
    assert done.pop("run", None) == await begun_by(verb)
    assert done == {"type": "done", "id": "7"}
    happened = next(message for message in told if message["type"] == "event")
    assert (happened["number"], happened["actor"]) == (before + 1, "ada")


async def begun_by(verb: str) -> int | None:
    """The run that there was not before."""
    return (await StyleRun.objects.alatest("pk")).pk if verb in ("finalize", "branch") else None


async def test_a_run_that_waits_goes_on_when_it_is_approved(server: str) -> None:
    project, token = await prepared()
    run = await StyleRun.objects.aget(project=project, engine__slug="gated")
    waits = await run.frames.aget(position=1)
    assert (run.hold, waits.status) == ("approval", "completed")
    async with program_socket(server, project.pk, token) as client:
        await read(client)
        await client.send(json.dumps({"id": "7", "command": "run.approve", "target": run.pk}))
        told = [await read(client), await read(client)]
        assert await sync_to_async(make_all)() == 3, "its second picture, and those of the run that is being made"
    (happened,) = (message for message in told if message["type"] == "event")
    next_one = await run.frames.aget(position=2)
    assert (happened["kind"], happened["run"]) == ("run.approved", run.pk)
    assert happened["frames"] == [waits.pk, next_one.pk]
    await run.arefresh_from_db()
    assert (run.status, run.hold) == ("completed", "")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "engine"),
    ({"engine": "none"}, "engine"),
    ({"size": 7}, "size"),
]


async def test_options_are_asked_for_by_name(server: str) -> None:
    project, token = await prepared()
    asked = await sync_to_async(asked_for)(project, "run", "finalize")
    before = await sync_to_async(everything)()
    async with program_socket(server, project.pk, token) as client:
        for options, wrong in WRONG:
            told = await ask(client, command="run.finalize", **asked | {"options": options})
            assert (told["code"], [error["at"] for error in told["errors"]]) == ("invalid", [f"options.{wrong}"])
    assert await sync_to_async(everything)() == before


async def test_a_start_is_made_as_it_was_chosen(server: str) -> None:
    project, token = await prepared()
    chosen = {"size": 128, "candidates": 2, "gate": "first", "gate_after": 2, "reuse": True, "max_parallel": 1}
    start = {"styles": ["clear"], "strategy": "independent", "engine": "quick"} | chosen
    async with program_socket(server, project.pk, token) as client:
        answered = await ask(client, command="project.start", **start)
    run = await StyleRun.objects.aget(pk=answered["runs"][0])
    assert (run.candidates, run.gate, run.gate_after, run.reuse, run.max_parallel) == (2, "first", 2, True, 1)
    assert run.snapshot["width"] == 128


async def test_a_verb_that_makes_no_sense_now_is_refused_as_everywhere(server: str) -> None:
    project, token = await prepared()
    run = await sync_to_async(going)(project)
    async with program_socket(server, project.pk, token) as client:
        assert await ask(client, command="run.resume", target=run.pk) == {
            "type": "refused", "id": "mine", "code": "refused", "detail": "This run is not paused.", "charged": "no",
        }  # fmt: skip


async def test_a_project_is_started(server: str) -> None:
    project, token = await prepared()
    start = {
        "command": "project.start",
        "styles": ["consistent", "clear"],
        "strategy": "independent",
        "engine": "quick",
    }
    async with program_socket(server, project.pk, token) as client:
        answered = await ask(client, **start)
    runs = StyleRun.objects.filter(project=project, strategy="independent").order_by("pk")
    assert answered == {"type": "done", "id": "mine", "runs": [run.pk async for run in runs]}
    assert len(answered["runs"]) == 2


async def test_a_page_commands_with_its_person_s_rights(server: str) -> None:
    project, _token = await prepared()
    cookie = await sync_to_async(cookie_of)(project.owner)
    run = await sync_to_async(going)(project)
    async with page_socket(server, project, cookie) as client:
        assert (await ask(client, command="run.pause", target=run.pk))["type"] == "done"
        await sync_to_async(Session.objects.all().delete)()
        assert (await ask(client, command="run.resume", target=run.pk))["code"] == "unauthenticated"


async def test_commands_are_done_in_their_order(server: str) -> None:
    project, token = await prepared()
    run = await sync_to_async(going)(project)
    async with program_socket(server, project.pk, token) as client:
        for number in range(30):
            command = "run.resume" if number % 2 else "run.pause"
            await client.send(json.dumps({"id": str(number), "command": command, "target": run.pk}))
        answers = [await answer(client) for _ in range(30)]
    assert answers == [{"type": "done", "id": str(number)} for number in range(30)]


# --- who may ---------------------------------------------------------------------------------------------------------

EXAMPLES: dict[type[protocol.Asked], dict[str, Any]] = {
    Start: {"styles": ["clear"], "strategy": "independent"},
    Throw: {"provider": "sketch", "reason": "a test"},
    Release: {"provider": "sketch"},
}


def bodies(project: Project) -> dict[str, dict[str, Any]]:
    """By command: what would be done for the owner, or for staff."""
    found: dict[str, dict[str, Any]] = {}
    for name, command in COMMANDS.items():
        kind, verb = name.split(".")
        on_target = issubclass(command.takes, OnTarget)
        found[name] = asked_for(project, kind, verb) if on_target else EXAMPLES[command.takes]
    return found


def other(project: Project) -> str:
    return a_token(a_user("eve"), Scope.values)


def reader(project: Project) -> str:
    return a_token(project.owner, [Scope.READ, Scope.WRITE])


def staff_without_rights(project: Project) -> str:
    return a_token(a_user("clerk", is_staff=True), Scope.values)


@pytest.mark.parametrize(
    ("who", "code"), [(other, "not_found"), (staff_without_rights, "not_found"), (reader, "scope_missing")]
)
async def test_programs_without_the_right_change_nothing(server: str, who: Any, code: str) -> None:
    project, _token = await prepared()
    await sync_to_async(Project.objects.filter(pk=project.pk).update)(visibility=Visibility.PUBLIC)
    token = await sync_to_async(who)(project)
    before = await sync_to_async(everything)()
    async with program_socket(server, project.pk, token) as client:
        for name, body in (await sync_to_async(bodies)(project)).items():
            assert (await ask(client, command=name, **body))["code"] == code, name
    assert await sync_to_async(everything)() == before


def guest_of(project: Project, name: str = "") -> str:
    """The cookie of somebody who opened a share link, logged in or not."""
    Project.objects.filter(pk=project.pk).update(visibility=Visibility.UNLISTED)
    link = ShareLink.objects.create(project=project)
    guest = Client()
    if name:
        guest.force_login(a_user(name), backend="django.contrib.auth.backends.ModelBackend")
    guest.get(link.get_absolute_url())
    return f"sessionid={guest.cookies['sessionid'].value}"


@pytest.mark.parametrize(("name", "code"), [("", "unauthenticated"), ("eve", "not_found")])
async def test_who_looks_on_by_a_share_link_changes_nothing(server: str, name: str, code: str) -> None:
    project, _token = await prepared()
    cookie = await sync_to_async(guest_of)(project, name)
    before = await sync_to_async(everything)()
    async with page_socket(server, project, cookie) as client:
        assert (await read(client))["type"] == "snapshot"
        for command, body in (await sync_to_async(bodies)(project)).items():
            assert (await ask(client, command=command, **body))["code"] == code, command
    assert await sync_to_async(everything)() == before


async def test_things_of_another_project_are_not_there(server: str) -> None:
    project, token = await prepared()
    another = await sync_to_async(lambda: a_project("a lamp", owner=a_user()))()
    before = await sync_to_async(everything)()
    async with program_socket(server, another.pk, token) as client:
        for name, body in (await sync_to_async(bodies)(project)).items():
            if "target" in body:
                assert (await ask(client, command=name, **body))["code"] == "not_found", name
    assert await sync_to_async(everything)() == before


async def test_staff_steer_everything_and_the_switch_with_the_scope_for_it(server: str) -> None:
    project, _token = await prepared()
    chief = await sync_to_async(lambda: a_user("chief", is_staff=True, is_superuser=True))()
    run = await sync_to_async(going)(project)
    async with program_socket(server, project.pk, await sync_to_async(a_token)(chief, MAY_RUN)) as client:
        assert (await ask(client, command="run.pause", target=run.pk))["type"] == "done"
        assert (await ask(client, command="switch.throw", provider="all"))["code"] == "scope_missing"
    async with program_socket(server, project.pk, await sync_to_async(a_token)(chief, Scope.values)) as client:
        thrown = {"command": "switch.throw", "provider": "sketch", "reason": "smoke"}
        assert (await ask(client, **thrown))["type"] == "done"
        assert await Switch.objects.aget() == await Switch.objects.aget(provider="sketch", reason="smoke")
        assert (await ask(client, **thrown))["code"] == "refused"
        assert (await ask(client, command="switch.throw", provider="all"))["type"] == "done"
        assert await Switch.objects.filter(provider="").aexists()
        for provider in ("sketch", "all"):
            assert (await ask(client, command="switch.release", provider=provider))["type"] == "done"
        assert not await Switch.objects.aexists()


async def test_a_token_that_was_revoked_commands_nothing_more(server: str) -> None:
    project, token = await prepared()
    run = await sync_to_async(going)(project)
    async with program_socket(server, project.pk, token) as client:
        await read(client)
        await sync_to_async(revoke_all)()
        await client.send(json.dumps({"id": "1", "command": "run.pause", "target": run.pk}))
        with pytest.raises(ConnectionClosed):
            await read(client)
    assert client.close_code == 4401
    assert (await StyleRun.objects.aget(pk=run.pk)).status == RunStatus.GENERATING


def revoke_all() -> None:
    for token in ApiToken.objects.all():
        token.revoke()


# --- what is no command ----------------------------------------------------------------------------------------------

PAUSE: dict[str, Any] = {"id": "1", "command": "run.pause"}
START: dict[str, Any] = {"id": "1", "command": "project.start", "styles": ["clear"], "strategy": "chained"}
NO_NAMES: list[Any] = [None, 1, "", [], "x" * 101, "\ud800"]
NO_TARGETS: list[Any] = [None, "1", True, 1.0, 0, -1, 2**63, [1], {}]
NO_OPTIONS: list[Any] = [[], "4", {"count": "4"}, {"count": 0}, {"number": 4}]
RUBBISH: list[tuple[str, str | bytes | dict[str, Any]]] = [
    *(("unreadable", text) for text in ("", "{", "[]", "null", "7", '"run.pause"', "\x00", "[" * 9000, "1" * 9000)),
    ("unreadable", b"\xff\x00"),
    ("unreadable", json.dumps(PAUSE | {"target": 1}).encode()),
    ("too_large", "x" * (LONGEST_MESSAGE + 1)),
    ("too_large", json.dumps(PAUSE | {"target": 1, "more": "x" * 900_000})),
    *(("invalid", {"id": name, "command": "run.pause", "target": 1}) for name in NO_NAMES),
    ("invalid", {"command": "run.pause", "target": 1}),
    *(("unknown_command", {"id": "1", "command": name}) for name in ("run.burn", "", None, 1, ["run.pause"], "_start")),
    ("unknown_command", {"id": "1"}),
    *(("invalid", PAUSE | {"target": target}) for target in NO_TARGETS),
    ("invalid", PAUSE),
    ("invalid", PAUSE | {"target": 1, "why": "nothing"}),
    *(("invalid", START | {"styles": styles}) for styles in ("clear", [], [1], ["\x00"], ["\ud800"], ["clear"] * 51)),
    *(("invalid", START | {"strategy": strategy}) for strategy in (None, 1, "", "\x00")),
    ("invalid", START | {"fresh": "yes"}),
    ("invalid", START | {"engine": 1}),
    ("invalid", START | {"target": 1}),
    *(("invalid", START | {"gate": gate}) for gate in (None, 1, "always")),
    *(("invalid", START | {"candidates": count}) for count in (None, 0, 9, "2", 1.5, True)),
    *(("invalid", START | {"size": size}) for size in (0, 63, 4097, "1024")),
    *(("invalid", START | wrong) for wrong in ({"reuse": 1}, {"reanchor": -1}, {"max_parallel": 0}, {"quality": 1})),
    ("invalid", PAUSE | {"target": 1, "options": {}}),
    *(
        ("invalid", {"id": "1", "command": "frame.candidates", "target": 1, "options": options})
        for options in NO_OPTIONS
    ),
    ("refused", START | {"styles": ["none"]}),
    ("refused", START | {"strategy": "none"}),
    ("refused", START | {"engine": "none"}),
    ("not_found", PAUSE | {"target": 999_999}),
    ("not_found", PAUSE | {"target": 2**63 - 1}),
    ("invalid", {"id": "1", "command": "switch.throw"}),
    ("invalid", {"id": "1", "command": "switch.throw", "provider": ""}),
    ("invalid", {"id": "1", "command": "switch.throw", "provider": "sketch", "reason": "x" * 301}),
    ("scope_missing", {"id": "1", "command": "switch.throw", "provider": "sketch"}),
]


async def test_what_is_no_command_is_refused_and_changes_nothing(server: str) -> None:
    project, token = await prepared()
    run = await sync_to_async(going)(project)
    before = await sync_to_async(everything)()
    async with program_socket(server, project.pk, token) as client:
        for code, sent in RUBBISH:
            await client.send(json.dumps(sent) if isinstance(sent, dict) else sent)
            told = await answer(client)
            assert (told["type"], told["code"], told["charged"]) == ("refused", code, "no"), str(sent)[:100]
            assert told["id"] in (None, "1")
            assert told["detail"]
        assert await sync_to_async(everything)() == before
        assert (await ask(client, command="run.pause", target=run.pk))["type"] == "done"


async def test_a_refusal_says_what_is_wrong_and_where(server: str) -> None:
    project, token = await prepared()
    async with program_socket(server, project.pk, token) as client:
        told = await ask(client, command="run.pause", target="twelve")
    assert told["errors"] == [{"at": "target", "message": "Input should be a valid integer"}]


async def test_a_thousand_commands_at_once_are_all_answered(server: str) -> None:
    project, token = await prepared()
    run = await sync_to_async(going)(project)
    async with program_socket(server, project.pk, token) as client:
        await read(client)
        collecting = asyncio.create_task(collect(client, 1000))
        for number in range(1000):
            await client.send(json.dumps({"id": str(number), "command": "run.resume", "target": run.pk}))
        answers = await asyncio.wait_for(collecting, 60)
        codes = [told["code"] for told in answers]
        in_line = [int(told["id"]) for told in answers if told["code"] != "too_many"]
        assert {told["id"] for told in answers} == {str(number) for number in range(1000)}
        assert set(codes) <= {"refused", "throttled", "too_many"}
        assert len(in_line) >= LONGEST_LINE
        assert in_line == sorted(in_line)
        assert all(told["retry_after"] >= 1 for told in answers if told["code"] == "throttled")
    async with program_socket(server, project.pk, token) as client:
        assert (await read(client))["type"] == "snapshot"


async def test_whoever_floods_a_socket_loses_it(server: str) -> None:
    project, token = await prepared()
    async with program_socket(server, project.pk, token) as client:
        reading = asyncio.create_task(collect(client, 10 * MOST_REFUSED))
        with suppress(ConnectionClosed):
            for number in range(10 * MOST_REFUSED):
                await client.send(json.dumps({"id": str(number), "command": "run.resume", "target": 1}))
        with suppress(ConnectionClosed):
            await asyncio.wait_for(reading, 20)
        assert client.close_code == 4429


async def collect(client: ClientConnection, number: int) -> list[Message]:
    return [await answer(client) for _ in range(number)]


async def test_a_token_commands_only_so_often(server: str) -> None:
    project, token = await prepared()
    run = await sync_to_async(going)(project)
    async with program_socket(server, project.pk, token) as client:
        answers = [await ask(client, command="run.resume", target=run.pk) for _ in range(121)]
    assert {told["code"] for told in answers[:120]} == {"refused"}
    assert answers[120]["code"] == "throttled"
    assert 1 <= answers[120]["retry_after"] <= 60
