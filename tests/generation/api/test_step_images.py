"""Step images, called as the earlier program did: asked every moment, by its own name for the project, to the end."""

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from generation import actions
from generation.models import Frame, RunStatus, Status, StyleRun, Take
from generation.planning import Variation
from storyboards.models import Project, Visibility
from tests.calling import Program, a_token
from tests.making import a_project, a_run, a_style, a_user, an_engine, frame, make_all
from tests.running import Environment, web, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sockets")]

NAME = "guides/2026/bird house"
NOT_STARTED = {
    "status": "not_started",
    "total_steps": 0,
    "completed_steps": 0,
    "failed_steps": 0,
    "progress": 0.0,
    "step_images": [],
    "started_at": None,
    "completed_at": None,
    "error": None,
}
ENDS = ("completed", "completed_with_errors", "failed")
"""Where their clients stop asking."""


def named_run(*texts: str, engine: dict[str, Any] | None = None, **project: Any) -> StyleRun:
    return a_run(
        a_project(*(texts or ("Saw", "Nail")), **{"external_id": NAME, **project}), engine=an_engine(**engine or {})
    )


# --- as the earlier clients behave -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(process_environment: Environment) -> Iterator[str]:
    with web(process_environment) as url:
        yield url


def asked(url: str, token: str = "") -> urllib.request.Request:
    return urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})


def test_a_client_polls_to_the_end_and_shows_the_pictures(server: str, process_environment: Environment) -> None:
    named_run("Saw the boards", "Nail the walls", "Put on the roof", engine={"options": {"seconds": 0.2}})
    address, token = f"{server}/step-images/{quote(NAME, safe='')}", a_token()
    seen: list[dict[str, Any]] = []
    with worker(process_environment):
        while not seen or seen[-1]["status"] not in ENDS:
            time.sleep(0.05)
            with urllib.request.urlopen(asked(address, token)) as answer:
                seen.append(json.loads(answer.read()))
            assert len(seen) < 600, seen[-1]
    assert {look["status"] for look in seen} == {"generating", "completed"}
    counts = [look["completed_steps"] for look in seen]
    assert counts == sorted(counts)
    assert set(counts) >= {0, 3}
    last = seen[-1]
    assert (last["total_steps"], last["failed_steps"], last["progress"], last["error"]) == (3, 0, 1.0, None)
    assert last["started_at"] <= last["step_images"][0]["generated_at"] <= last["completed_at"] <= time.time()
    for image in last["step_images"]:
        assert image["image_url"].startswith(f"{server}/images/{image['image_id']}?key=")
        with urllib.request.urlopen(asked(image["image_url"])) as picture:
            assert picture.headers["Content-Type"].startswith("image/")
            assert len(picture.read()) == int(picture.headers["Content-Length"])


# --- what it says ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (RunStatus.GENERATING, "generating"),
        (RunStatus.PAUSED, "generating"),
        (RunStatus.COMPLETED, "completed"),
        (RunStatus.COMPLETED_WITH_ERRORS, "completed_with_errors"),
        (RunStatus.FAILED, "failed"),
        (RunStatus.CANCELLED, "completed_with_errors"),
    ],
)
def test_runs_are_told_in_their_words(ours: str, theirs: str) -> None:
    run = named_run()
    make_all()
    StyleRun.objects.filter(pk=run.pk).update(status=ours)
    assert Program().get(f"/step-images/{NAME}")["status"] == theirs


def test_a_cancelled_run_without_a_picture_has_failed_and_so_have_its_frames() -> None:
    actions.cancel(named_run(), None)
    told = Program().get(f"/step-images/{NAME}")
    assert (told["status"], told["completed_steps"], told["failed_steps"], told["progress"]) == ("failed", 0, 2, 0.0)
    assert [image["status"] for image in told["step_images"]] == ["failed", "failed"]
    assert told["error"] == "2 of 2 pictures could not be made. The run was cancelled."


def varied(project: Project, **choices: Any) -> StyleRun:
    wish: dict[str, Any] = {"styles": [a_style()], "strategy": "chained", "engine": an_engine()}
    return actions.start(project, user=project.owner, variation=Variation(**choices), **wish)[0]


def test_a_run_that_waits_for_approval_is_being_made() -> None:
    run = varied(a_project("Saw", "Nail", external_id=NAME), gate="frame")
    make_all()
    told = Program().get(f"/step-images/{NAME}")
    assert (told["status"], told["completed_steps"], told["progress"]) == ("generating", 1, 0.5)
    assert [image["status"] for image in told["step_images"]] == ["completed", "pending"]
    actions.approve(run, None)
    make_all()
    assert Program().get(f"/step-images/{NAME}")["status"] == "completed"


def test_pictures_that_were_taken_over_are_as_good_as_made() -> None:
    a_run(a_project("Saw", "Nail"))
    make_all()
    varied(a_project("Saw", "Nail", external_id=NAME), reuse=True)
    assert make_all() == 0
    told = Program().get(f"/step-images/{NAME}")
    assert (told["status"], told["completed_steps"], told["progress"]) == ("completed", 2, 1.0)
    assert all(image["image_url"] and image["generated_at"] for image in told["step_images"])


def test_what_is_made_finally_hides_none_of_the_others() -> None:
    run = named_run("Saw", "Nail")
    make_all()
    before = Program().get(f"/step-images/{NAME}")["step_images"]
    actions.approve_frame(frame(run, 1), None)
    actions.finalize(run, None, engine=an_engine("fine"))
    told = Program().get(f"/step-images/{NAME}")
    assert (told["status"], told["total_steps"], told["completed_steps"]) == ("completed", 2, 2)
    assert [image["image_id"] for image in told["step_images"]] == [image["image_id"] for image in before]


def test_what_failed_has_no_address_and_the_run_says_why() -> None:
    named_run("Saw", "Nail", "Paint", engine={"options": {"refuse_words": ["Nail"]}, "max_attempts": 1})
    make_all()
    told = Program().get(f"/step-images/{NAME}")
    assert (told["status"], told["progress"]) == ("completed_with_errors", pytest.approx(2 / 3))
    lost = told["step_images"][1]
    assert lost == {"step_number": 2, "image_id": None, "image_url": None, "status": "failed", "generated_at": None}
    assert told["error"].startswith("1 of 3 pictures could not be made. ")
    assert Take.objects.get(status=Status.FAILED).error_message in told["error"]


def test_what_is_being_made_says_so_and_what_waits_too() -> None:
    run = named_run()
    Frame.objects.filter(pk=frame(run, 1).pk).update(status=Status.GENERATING)
    images = Program().get(f"/step-images/{NAME}")["step_images"]
    assert [(image["step_number"], image["status"]) for image in images] == [(1, "generating"), (2, "pending")]


def test_one_step_is_told_alone() -> None:
    run = named_run()
    make_all()
    told = Program().get(f"/step-images/{NAME}/step/2")
    assert (told["step_number"], told["image_id"]) == (2, str(frame(run, 2).chosen_id))


@pytest.mark.parametrize(
    "path", [f"{NAME}/step/3", f"{NAME}/step/0", "nobody/step/1", f"{NAME}/step/99999999999999999999"]
)
def test_a_step_that_is_not_there_is_404(path: str) -> None:
    named_run()
    answer = Program().call("GET", f"/step-images/{path}")
    assert (answer.status_code, list(json.loads(answer.content))) == (404, ["detail"])


def test_the_newest_run_counts() -> None:
    first = named_run()
    make_all()
    actions.start(first.project, user=None, styles=[first.style], strategy="chained", engine=first.engine, fresh=True)
    assert Program().get(f"/step-images/{NAME}")["completed_steps"] == 0


# --- whose, and by which name ----------------------------------------------------------------------------------------


def test_what_is_unknown_foreign_or_not_started_looks_alike() -> None:
    foreign = named_run(owner=a_user("ben"), external_id="ben's").project
    a_project("Saw", external_id="later")
    trashed = named_run(external_id="gone").project
    type(trashed).objects.filter(pk=trashed.pk).update(deleted_at=trashed.created_at)
    caller = Program()
    for name in ("nobody", "ben's", str(foreign.pk), "later", "gone", str(trashed.pk), "9" * 30, "-1", "%00"):
        assert caller.get(f"/step-images/{quote(name, safe='%')}") == NOT_STARTED, name


def test_our_number_opens_what_one_may_see() -> None:
    run = named_run(owner=a_user("ben"), visibility=Visibility.PUBLIC)
    assert Program().get(f"/step-images/{run.project_id}")["total_steps"] == 2


def test_ones_own_name_goes_before_our_number() -> None:
    other = named_run("a", "b", "c", external_id="")
    named_run(external_id=str(other.project_id))
    assert Program().get(f"/step-images/{other.project_id}")["total_steps"] == 2


@pytest.mark.parametrize("slash", ["", "/"])
def test_addresses_may_end_in_a_slash(slash: str) -> None:
    run = named_run()
    caller = Program()
    for name in (NAME, str(run.project_id)):
        assert caller.get(f"/step-images/{name}{slash}")["total_steps"] == 2
        assert caller.get(f"/step-images/{name}/step/2{slash}")["step_number"] == 2
    assert caller.get(f"/step-images/health{slash}") == {"status": "healthy"}


def test_a_name_may_end_as_the_address_of_a_step_does() -> None:
    named_run("a", "b", "c", external_id="course/step/2")
    assert Program().get("/step-images/course/step/2")["total_steps"] == 3
    named_run("a", "b", external_id="course")
    assert Program().get("/step-images/course/step/2")["step_number"] == 2
    assert Program().get("/step-images/course/step/2/step/3")["step_number"] == 3


def test_health_needs_no_token() -> None:
    assert Program(scopes=None).get("/step-images/health") == {"status": "healthy"}


@pytest.mark.parametrize("path", ["health", NAME, f"{NAME}/step/1"])
def test_what_can_be_read_can_be_asked_for_its_head(path: str) -> None:
    named_run()
    assert Program().call("HEAD", f"/step-images/{path}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/step-images/x", 405),
        ("GET", "/step-images/", 404),
        ("DELETE", "/step-images/health", 405),
    ],
)
def test_errors_have_their_shape(method: str, path: str, status: int) -> None:
    answer = Program().call(method, path, b"{")
    assert (answer.status_code, list(json.loads(answer.content))) == (status, ["detail"])


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 401), ({"Authorization": "Bearer tl_no"}, 401), ({"Cookie": "sessionid=1"}, 401)]
)
def test_without_a_token_nobody_is_let_in(headers: dict[str, str], status: int) -> None:
    answer = Client().get("/step-images/x", headers=headers)
    assert (answer.status_code, list(json.loads(answer.content))) == (status, ["detail"])


def test_a_log_in_is_no_token() -> None:
    browser = Client()
    browser.force_login(a_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/step-images/x").status_code == 401


def test_a_token_that_may_not_read_is_told_so() -> None:
    answer = Program(scopes=["write"]).call("GET", "/step-images/x")
    assert answer.status_code == 403
    assert "read" in json.loads(answer.content)["detail"]


def test_many_steps_take_no_more_questions() -> None:
    counts = []
    for number, name in ((2, "few"), (12, "many")):
        named_run(*map(str, range(number)), external_id=name, owner=a_user())
        make_all()
        caller = Program()
        caller.get(f"/step-images/{name}")
        with CaptureQueriesContext(connection) as queries:
            caller.get(f"/step-images/{name}")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def test_a_picture_keeps_its_address_from_one_look_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    named_run()
    make_all()
    caller, noon = Program(), 1_800_000_000
    urls = set()
    for second in (1, 3, 5):
        monkeypatch.setattr(time, "time", lambda now=noon + second: now)
        urls |= {image["image_url"] for image in caller.get(f"/step-images/{NAME}")["step_images"]}
    assert len(urls) == 2
    assert all(urlsplit(url).scheme for url in urls)
