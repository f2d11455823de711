"""Sequence sessions: what each call asks for, and all that is refused. With a real worker: `test_sequences_live.py`."""

import json
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from generation import actions, planning, sequences
from generation.errors import Refusal, Unready
from generation.models import Call, Engine, SequenceSession, Strategy, StyleEngine, StyleRun, Switch
from storyboards.editing import add_step, delete_step, trash_project
from storyboards.models import Project, Step
from tests.calling import Program
from tests.making import a_paid_engine, a_style, a_user, an_engine, frame, make_all, newest_take, statuses

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sequences")]

START, NEXT, INFO = "/start-image-sequence", "/generate-sequential-image", "/get-session-info"
END, SINGLE = "/end-image-sequence", "/generate-image"


@pytest.fixture(autouse=True)
def quick() -> Engine:
    """Comics are made at once, small and for nothing."""
    engine = an_engine()
    StyleEngine.objects.update_or_create(style=a_style("comic"), defaults={"engine": engine})
    return engine


def begun(prompt: str = "a cat in a garden") -> SequenceSession:
    return sequences.begin(a_user(), prompt, a_style("comic"))[0]


def facts(session: SequenceSession) -> tuple[int, str, int | None]:
    found = sequences.described(SequenceSession.objects.filter(pk=session.pk)).get()
    return found.image_count, found.initial_prompt, found.last_frame


# --- what is asked for -----------------------------------------------------------------------------------------------


def test_a_sequence_is_a_project_that_is_listed() -> None:
    session = begun("a  cat in a garden")
    project = session.project
    assert (project.title, project.owner, project.listed) == ("a cat in a garden", a_user(), True)
    assert [step.description for step in project.ordered_steps()] == ["a  cat in a garden"]
    assert (session.run.strategy, session.run.style.slug) == (Strategy.CHAINED, "comic")
    assert (make_all(), facts(session)) == (1, (1, "a  cat in a garden", frame(session.run, 1).pk))


def test_each_picture_is_made_from_the_one_before() -> None:
    session = begun()
    make_all()
    for prompt in ("a dog comes", "it rains"):
        sequences.ask_next(session, prompt, a_user())
        assert make_all() == 1
    takes = [newest_take(session.run, position) for position in (1, 2, 3)]
    assert [take.source_take for take in takes] == [None, takes[0], takes[1]]
    assert len({take.original for take in takes}) == 3
    assert [call.input_images for call in Call.objects.order_by("pk")] == [0, 1, 1], "it was sent indeed"
    assert "the next panel, which shows now:\nit rains" in takes[2].prompt
    assert not planning.stale_frames(session.run), "their digests are of the very pictures before them"
    assert facts(session) == (3, "a cat in a garden", frame(session.run, 3).pk)


def test_one_that_failed_stays_and_the_next_continues_from_the_last_good_one(quick: Engine) -> None:
    session = begun()
    make_all()
    sequences.ask_next(session, "a dog comes", a_user())
    actions.cancel_frame(frame(session.run, 2), None)
    sequences.ask_next(session, "it rains", a_user())
    assert make_all() == 1
    assert statuses(session.run) == ["completed", "cancelled", "completed"]
    assert newest_take(session.run, 3).source_take == newest_take(session.run, 1)
    assert facts(session)[0] == 2


def test_steps_that_people_added_meanwhile_come_before() -> None:
    session = begun()
    make_all()
    add_step(Step(project=session.project, description="a dog comes"), {})
    asked = sequences.ask_next(session, "it rains", a_user())
    assert asked.position == 3
    make_all()
    assert statuses(session.run) == ["completed"] * 3
    assert newest_take(session.run, 3).source_take == newest_take(session.run, 2)


def test_a_cancelled_run_goes_on() -> None:
    session = begun()
    actions.cancel(session.run, None)
    sequences.ask_next(session, "it rains", a_user())
    make_all()
    assert statuses(session.run) == ["cancelled", "completed"]


def test_a_step_that_was_deleted_is_not_made_again() -> None:
    session = begun()
    make_all()
    sequences.ask_next(session, "a dog comes", a_user())
    make_all()
    delete_step(session.project.ordered_steps()[1])
    sequences.ask_next(session, "it rains", a_user())
    make_all()
    assert newest_take(session.run, 2).source_take == frame(session.run, 1).chosen
    assert facts(session) == (2, "a cat in a garden", session.run.frames.current().get(position=2).pk)


REFUSED: list[tuple[Callable[[StyleRun], object], str]] = [
    (lambda run: None, "still being made"),
    (lambda run: Switch.objects.create(provider="sketch"), "still being made (On hold: calls of sketch are paused)"),
    (lambda run: actions.pause(run, a_user("bo")), "This sequence is paused by bo"),
    (lambda run: trash_project(run.project), "in the trash"),
    (lambda run: (make_all(), Engine.objects.update(enabled=False)), "switched off"),
]


@pytest.mark.parametrize(("befalls", "words"), REFUSED)
def test_a_next_picture_that_cannot_be_made_now_is_refused(befalls: Callable[[StyleRun], object], words: str) -> None:
    session = begun()
    befalls(session.run)
    with pytest.raises(Refusal, match=re.escape(words)):
        sequences.ask_next(session, "it rains", a_user())
    assert session.project.steps.count() == session.run.frames.count() == session.run.takes.count() == 1


TOO_LONG = "x" * 20_001
BAD_PROMPTS = ["", " \n ", "a\0b", "\ud83d half", TOO_LONG]


@pytest.mark.parametrize("prompt", BAD_PROMPTS)
def test_a_prompt_that_cannot_be_used_makes_nothing(prompt: str) -> None:
    for ask in (begun, lambda prompt: sequences.ask_single(a_user(), prompt, a_style("comic"))):
        with pytest.raises(ValidationError, match="prompt"):
            ask(prompt)
    assert not Project.objects.exists()


def test_an_engine_that_is_not_ready_is_refused_and_nothing_stays() -> None:
    with pytest.raises(Unready, match="cannot make pictures now"):
        sequences.begin(a_user(), "a cat", a_style("comic"), a_paid_engine())
    assert not Project.objects.exists()


def test_of_two_that_ask_at_once_one_is_refused() -> None:
    session = begun()
    make_all()
    both = threading.Barrier(2)

    def ask(prompt: str) -> str:
        both.wait()
        try:
            sequences.ask_next(session, prompt, a_user())
        except Refusal as refusal:
            return str(refusal)
        finally:
            connection.close()
        return "asked"

    for round_ in range(3):
        with ThreadPoolExecutor(2) as threads:
            answers = sorted(threads.map(ask, ("it rains", "it snows")))
        assert answers[0].startswith("The picture before is still being made")
        assert answers[1] == "asked"
        assert session.project.steps.count() == session.run.takes.count() == 2 + round_
        make_all()


# --- over HTTP, without waiting --------------------------------------------------------------------------------------


def told(program: Program, path: str, body: object, status: int) -> str:
    """The error of an answer that has this system's shape."""
    answer = program.call("POST", path, body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json"), answer.content
    found = json.loads(answer.content)
    assert set(found) == {"success", "error"}
    assert found["success"] is False
    assert "Traceback" not in found["error"]
    return str(found["error"])


@pytest.mark.parametrize("path", [NEXT, INFO])
@pytest.mark.parametrize("body", [{}, {"session_id": None}, {"session_id": 7}, {"session_id": ""}, {"session_id": "é"},
                                  {"session_id": "nobody's", "prompt": "it rains"}, {"session_id": ["a"]}])  # fmt: skip
def test_a_missing_or_unknown_session(path: str, body: object) -> None:
    assert told(Program(), path, body, 400) == "Invalid or missing session ID"


def test_a_session_is_unknown_to_others_and_once_it_is_over() -> None:
    session, secret = sequences.begin(a_user(), "a cat", a_style("comic"))
    mine, body = Program(), {"session_id": secret, "prompt": "it rains"}
    assert mine.post(INFO, body) == {"success": True, "image_count": 0, "initial_prompt": "a cat"}
    told(Program(a_user("bo")), INFO, body, 400)
    assert Program(a_user("bo")).post(END, body)["success"]
    assert mine.post(INFO, body)["success"], "nobody else can end it"
    for over in ({"ended_at": timezone.now()}, {"expires_at": timezone.now()}):
        SequenceSession.objects.update(**{"ended_at": None, "expires_at": timezone.now() + timedelta(hours=1)} | over)
        told(mine, INFO, body, 400)
        told(mine, NEXT, body, 400)
    SequenceSession.objects.update(ended_at=None, expires_at=timezone.now() + timedelta(hours=1))
    trash_project(session.project)
    told(mine, INFO, body, 400)


def test_the_end_succeeds_whatever_it_ends() -> None:
    session, secret = sequences.begin(a_user(), "a cat", a_style("comic"))
    for known in (secret, secret, "nobody's", "niemandé"):
        assert Program().post(END, {"session_id": known}) == {"success": True, "message": "Image sequence ended"}
    told(Program(), END, {}, 400)
    session.refresh_from_db()
    assert session.ended_at is not None
    assert Project.objects.alive().filter(pk=session.project_id).exists()


def test_addresses_may_end_in_a_slash() -> None:
    program = Program()
    for path in (NEXT, INFO):
        assert told(program, f"{path}/", {"session_id": "nobody's"}, 400) == "Invalid or missing session ID"
    assert program.post(f"{END}/", {"session_id": "nobody's"})["success"]
    for path in (START, SINGLE):
        assert "prompt is missing" in told(program, f"{path}/", {}, 400)
        told(program, f"{path}//", {}, 404)


def test_each_use_prolongs_a_session() -> None:
    session, secret = sequences.begin(a_user(), "a cat", a_style("comic"))
    soon = timezone.now() + timedelta(minutes=1)
    SequenceSession.objects.update(expires_at=soon)
    Program().post(INFO, {"session_id": secret})
    session.refresh_from_db()
    assert session.expires_at > soon + timedelta(hours=1)


BAD_BODIES: list[tuple[object, str]] = [
    (b"{", "not JSON"),
    (b"", "not as it must be"),
    (b"\xff", "not JSON"),
    ([], "prompt is missing"),
    ("text", "prompt is missing"),
    ({}, "prompt is missing"),
    ({"prompt": None}, "prompt is missing"),
    ({"prompt": 5}, "prompt is missing"),
    ({"prompt": ["a cat"]}, "prompt is missing"),
    *(({"prompt": prompt}, "The prompt") for prompt in BAD_PROMPTS),
]


@pytest.mark.parametrize(("body", "words"), BAD_BODIES)
def test_a_bad_body_makes_nothing(body: object, words: str) -> None:
    program = Program()
    assert words in told(program, START, body, 400)
    assert words in told(program, SINGLE, body, 400)
    assert not Project.objects.exists()


def test_a_bad_next_prompt_adds_no_step() -> None:
    session, secret = sequences.begin(a_user(), "a cat", a_style("comic"))
    make_all()
    told(Program(), NEXT, {"session_id": secret, "prompt": " "}, 400)
    assert session.project.steps.count() == 1


def test_whoever_may_not_is_told_so_in_this_systems_shape() -> None:
    for path in (START, NEXT, INFO, END, SINGLE):
        told(Program(scopes=None), path, {"prompt": "a cat"}, 401)
        told(Program(scopes=["read", "write"]), path, {"prompt": "a cat"}, 403)
        assert Program().call("GET", path).status_code == 405
    assert not Project.objects.exists()


def test_a_second_next_at_once_gets_a_409() -> None:
    session, secret = sequences.begin(a_user(), "a cat", a_style("comic"))
    assert "still being made" in told(Program(), NEXT, {"session_id": secret, "prompt": "it rains"}, 409)
    assert session.project.steps.count() == 1


def test_what_cannot_be_made_at_all_is_told_at_once() -> None:
    StyleEngine.objects.update(engine=a_paid_engine())
    assert "cannot make pictures now" in told(Program(), START, {"prompt": "a cat"}, 503)
    assert not Project.objects.exists()
