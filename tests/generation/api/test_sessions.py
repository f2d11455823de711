"""Sequence sessions of our own API: by number, asked for and waited for in two calls."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import actions
from generation.models import Engine, Frame, SequenceSession, StyleEngine, StyleRun
from storyboards.editing import trash_project
from storyboards.models import Project
from tests.calling import Program
from tests.making import a_paid_engine, a_style, a_user, an_engine, make_all, newest_take

pytestmark = pytest.mark.django_db(transaction=True)

SESSIONS = "/api/v1/sessions"


@pytest.fixture(autouse=True)
def quick() -> Engine:
    engine = an_engine()
    StyleEngine.objects.update_or_create(style=a_style("comic"), defaults={"engine": engine})
    return engine


def begun(program: Program, **body: object) -> dict[str, Any]:
    session: dict[str, Any] = program.post(SESSIONS, {"prompt": "a cat in a garden"} | body, expect=201)
    return session


def test_a_session_grows_by_a_picture_at_a_time() -> None:
    program = Program()
    session = begun(program)
    address = f"{SESSIONS}/{session['id']}"
    assert (session["image_count"], session["initial_prompt"], session["open"]) == (0, "a cat in a garden", True)
    assert Frame.objects.get().pk == session["last_frame"]
    make_all()
    asked = program.post(f"{address}/pictures", {"prompt": "it rains"}, expect=202)
    assert {name: asked[name] for name in ("run", "position", "status", "take", "image_url")} == {
        "run": session["run"], "position": 2, "status": "pending", "take": None, "image_url": None,
    }  # fmt: skip
    assert asked["waits_for"] == "Queued: no worker is running"
    make_all()
    found = program.get(address)
    assert (found["image_count"], found["last_frame"]) == (2, asked["id"])
    run = StyleRun.objects.get(pk=session["run"])
    assert newest_take(run, 2).source_take == newest_take(run, 1)
    assert program.call("DELETE", address).status_code == 204
    assert program.call("DELETE", address).status_code == 204
    assert program.get(address)["open"] is False
    assert Project.objects.alive().filter(pk=session["project"]).exists()


def test_style_engine_and_title_can_be_chosen() -> None:
    session = begun(Program(), style="clear", engine=an_engine("slow").slug, title=" The cat ")
    run = StyleRun.objects.get(pk=session["run"])
    assert (run.style.slug, run.engine.slug, run.project.title) == ("clear", "slow", "The cat")


def test_its_id_is_a_number_and_its_secret_is_told_to_nobody() -> None:
    session = begun(Program())
    assert isinstance(session["id"], int)
    assert SequenceSession.objects.get().digest not in str(session)


def test_the_same_request_sent_twice_is_done_once() -> None:
    program = Program()
    first = program.post(SESSIONS, {"prompt": "a cat"}, expect=201, Idempotency_Key="one")
    assert program.post(SESSIONS, {"prompt": "a cat"}, expect=201, Idempotency_Key="one") == first
    make_all()
    pictures = f"{SESSIONS}/{first['id']}/pictures"
    asked = program.post(pictures, {"prompt": "it rains"}, expect=202, Idempotency_Key="two")
    assert program.post(pictures, {"prompt": "it rains"}, expect=202, Idempotency_Key="two") == asked
    assert Frame.objects.count() == 2


def test_the_next_picture_waits_for_the_one_before() -> None:
    program = Program()
    session = begun(program)
    refused = program.post(f"{SESSIONS}/{session['id']}/pictures", {"prompt": "it rains"}, expect=409)
    assert refused["detail"].startswith("The picture before is still being made")
    assert refused["charged"] == "no"
    assert Frame.objects.count() == 1


OVER: list[Callable[[SequenceSession], object]] = [
    lambda session: session.end(),
    lambda session: SequenceSession.objects.update(expires_at=timezone.now()),
]


@pytest.mark.parametrize("befalls", OVER)
def test_one_that_is_over_can_be_read_and_takes_no_prompt(befalls: Callable[[SequenceSession], object]) -> None:
    program = Program()
    session = begun(program)
    make_all()
    befalls(SequenceSession.objects.get())
    assert program.get(f"{SESSIONS}/{session['id']}")["open"] is False
    refused = program.post(f"{SESSIONS}/{session['id']}/pictures", {"prompt": "it rains"}, expect=409)
    assert refused["code"] == "session_over"
    assert Frame.objects.count() == 1


def test_use_prolongs_it() -> None:
    program = Program()
    session = begun(program)
    make_all()
    soon = timezone.now() + timedelta(minutes=1)
    SequenceSession.objects.update(expires_at=soon)
    program.post(f"{SESSIONS}/{session['id']}/pictures", {"prompt": "it rains"}, expect=202)
    assert SequenceSession.objects.get().expires_at > soon + timedelta(hours=1)


def test_other_peoples_and_trashed_ones_are_not_there() -> None:
    mine, other = Program(), Program(a_user("bo"))
    session = begun(mine)
    address = f"{SESSIONS}/{session['id']}"
    for method, path in (("GET", address), ("DELETE", address), ("POST", f"{address}/pictures")):
        assert other.call(method, path, {"prompt": "it rains"}).status_code == 404
    assert other.get(SESSIONS)["items"] == []
    assert SequenceSession.objects.get().ended_at is None
    trash_project(Project.objects.get())
    assert mine.call("GET", address).status_code == 404
    assert mine.get(SESSIONS)["items"] == []


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("POST", "/{}/pictures"), ("DELETE", "/{}")])
def test_it_takes_the_scope_that_may_spend(method: str, path: str) -> None:
    address = SESSIONS + path.format(begun(Program())["id"])
    for scopes, status in ((["read", "write"], 403), (None, 401)):
        assert Program(scopes=scopes).call(method, address, {"prompt": "it rains"}).status_code == status
    assert Frame.objects.count() == 1
    assert SequenceSession.objects.get().ended_at is None


WRONG: list[tuple[object, int, str]] = [
    ({}, 422, "prompt"),
    ({"prompt": ""}, 422, "prompt"),
    ({"prompt": "  "}, 422, "The prompt is empty."),
    ({"prompt": "a\0b"}, 422, "Null characters are not allowed"),
    ({"prompt": "\ud83d"}, 422, "half of a surrogate pair"),
    ({"prompt": "x" * 20_001}, 422, "prompt"),
    ({"prompt": 5}, 422, "prompt"),
    ({"prompt": "a cat", "steps": 3}, 422, "steps"),
    ({"prompt": "a cat", "title": "x" * 201}, 422, "title"),
    ({"prompt": "a cat", "title": "a\0b"}, 422, "title"),
    ({"prompt": "a cat", "style": "nobody-knows"}, 409, "There is no style"),
    ({"prompt": "a cat", "engine": "nobody-knows"}, 409, "There is no engine"),
    ({"prompt": "a cat", "engine": "paid"}, 409, "cannot make pictures now"),
    (b"{", 400, "not JSON"),
]


@pytest.mark.parametrize(("body", "status", "words"), WRONG)
def test_what_cannot_be_begun_is_told_and_makes_nothing(body: object, status: int, words: str) -> None:
    a_paid_engine()
    answer = Program().call("POST", SESSIONS, body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert words in answer.content.decode()
    assert not Project.objects.exists()


def test_a_list_takes_as_many_questions_for_ten_as_for_one() -> None:
    program = Program()

    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            program.get(SESSIONS)
        return len(queries)

    begun(program)
    one = questions()
    for _ in range(9):
        begun(program)
    make_all()
    assert questions() == one
    page = program.get(f"{SESSIONS}?limit=4")
    assert [session["image_count"] for session in page["items"]] == [1] * 4
    assert len(program.get(f"{SESSIONS}?limit=200&cursor={page['next']}")["items"]) == 6


def test_a_cancelled_sequence_goes_on() -> None:
    program = Program()
    session = begun(program)
    actions.cancel(StyleRun.objects.get(), None)
    asked = program.post(f"{SESSIONS}/{session['id']}/pictures", {"prompt": "it rains"}, expect=202)
    make_all()
    assert Frame.objects.get(pk=asked["id"]).chosen is not None


# --- in the admin ----------------------------------------------------------------------------------------------------

LIST = "/admin/generation/sequencesession/"


def test_staff_see_sessions_and_end_them_and_never_their_ids(client: Client) -> None:
    begun(Program())
    client.force_login(User.objects.create_superuser("root"))
    session = SequenceSession.objects.get()
    for page in (LIST, f"{LIST}{session.pk}/change/"):
        shown = client.get(page).content.decode()
        assert "a cat in a garden" in shown
        assert session.digest not in shown
    assert client.post(LIST, {"action": "end_sessions", "_selected_action": [session.pk]}).status_code == 302
    session.refresh_from_db()
    assert session.ended_at is not None
    assert LogEntry.objects.filter(object_id=session.pk).exists()


def test_staff_who_may_only_look_cannot_end_a_session(client: Client) -> None:
    begun(Program())
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_sequencesession"))
    client.force_login(viewer)
    session = SequenceSession.objects.get()
    assert client.get(LIST).status_code == 200
    client.post(LIST, {"action": "end_sessions", "_selected_action": [session.pk]})
    session.refresh_from_db()
    assert session.ended_at is None
