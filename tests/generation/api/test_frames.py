"""Frames and takes over REST: what is waited for, what came, what it cost, and having it made again."""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation import actions, jobs
from generation.api.throttles import stays as open_now
from generation.api.v1.options import FrameOptions, RunOptions
from generation.models import Call, Frame, Hold, Outcome, Scope, StyleRun, Switch, Take, Worker
from generation.verbs import FRAME_VERBS, RUN_VERBS, TAKE_VERBS
from storyboards.models import Picture, Project, Step, Visibility
from tests.admin_rows import picture_bytes
from tests.calling import Program, a_token
from tests.making import (
    a_key,
    a_paid_engine,
    a_project,
    a_run,
    a_user,
    an_engine,
    frame,
    make_all,
    newest_take,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("waiting")]

TEXTS = ("Saw the boards", "Nail the walls", "Add a floor")


@pytest.fixture
def program() -> Program:
    return Program(a_user())


@pytest.fixture
def a_living_worker() -> Worker:
    return Worker.objects.create(name="test", threads=4, heartbeat_at=timezone.now())


@pytest.fixture
def run(a_living_worker: Worker) -> StyleRun:
    return a_run(a_project(*TEXTS))


@pytest.fixture
def made(run: StyleRun) -> StyleRun:
    make_all()
    return run


def unsigned(row: Any) -> Any:
    """Without what a picture's address is signed by: that depends on the time."""
    return row | {"image_url": row["image_url"] and row["image_url"].partition("?")[0]}


def told(program: Program, run: StyleRun, position: int) -> Any:
    """The same alone and among all of its run."""
    frames = [unsigned(row) for row in program.get(f"/api/v1/runs/{run.pk}/frames")["items"]]
    alone = unsigned(program.get(f"/api/v1/frames/{frame(run, position).pk}"))
    assert alone == frames[position - 1]
    return alone


# --- how it stands ---------------------------------------------------------------------------------------------------


def test_what_a_frame_waits_for_is_told_as_on_the_board(program: Program, run: StyleRun) -> None:
    assert told(program, run, 1)["waits_for"] == "Queued: position 1"
    assert told(program, run, 2)["waits_for"] == "Waiting: for step 1"
    assert (told(program, run, 2)["status"], told(program, run, 2)["image_url"]) == ("pending", None)
    actions.pause(run, run.project.owner)
    assert told(program, run, 2)["waits_for"] == "Paused: paused by ada"
    actions.resume(run, None)
    Switch.objects.create(provider="sketch", reason="The bill is too high")
    assert told(program, run, 1)["waits_for"].endswith(": The bill is too high")


def test_visitors_learn_that_it_is_held_and_not_why(program: Program, run: StyleRun) -> None:
    Project.objects.update(visibility=Visibility.PUBLIC)
    StyleRun.objects.update(hold=Hold.BUDGET, hold_reason="The budget of $5 for ada has no room for another picture.")
    assert "$5" in told(program, run, 1)["waits_for"]
    assert told(Program(a_user("bob")), run, 1)["waits_for"] == "On hold: its budget is used up"


def test_what_is_there_waits_for_nothing(program: Program, made: StyleRun) -> None:
    first = told(program, made, 1)
    take = newest_take(made, 1)
    assert (first["status"], first["waits_for"], first["stale"], first["error"]) == ("completed", "", "", "")
    assert first["take"] == take.pk
    assert first["image_url"].endswith(f"/images/{take.pk}")


def test_what_is_stale_says_why(program: Program, made: StyleRun) -> None:
    Step.objects.filter(frames=frame(made, 1)).update(title="Saw the beams")
    assert told(program, made, 1)["stale"] == "the text changed since"
    assert told(program, made, 2)["stale"] == ""
    actions.regenerate(frame(made, 1), None)
    make_all()
    assert told(program, made, 2)["stale"] == "made from an older picture than step 1 shows now"


def test_why_it_failed_is_told_with_what_it_cost_and_what_one_can_do(program: Program) -> None:
    run = a_run(a_project(*TEXTS), engine=an_engine(options={"refuse_words": ["walls"]}))
    make_all()
    failed = told(program, run, 2)
    assert failed["status"] == "failed"
    for words in ("The provider's policy does not allow", "It cost nothing.", "Edit the text", "Reference: call-"):
        assert words in failed["error"]
    (take,) = program.get(f"/api/v1/frames/{failed['id']}/takes")["items"]
    assert (take["error"], take["error_code"], take["charged"]) == (failed["error"], "refused", "no")
    assert take["image_url"] is None


def test_a_frame_whose_step_has_left_the_list_keeps_its_picture(program: Program, made: StyleRun) -> None:
    lost = frame(made, 3)
    made.project.steps.get(position=3).remove()
    a_run(made.project)
    gone = program.get(f"/api/v1/frames/{lost.pk}")
    assert (gone["stale"], gone["waits_for"], gone["take"]) == ("its step has left the list", "", lost.chosen_id)
    assert len(program.get(f"/api/v1/runs/{made.pk}/frames")["items"]) == 2


def test_frames_come_in_pages_in_order(program: Program, made: StyleRun) -> None:
    first = program.get(f"/api/v1/runs/{made.pk}/frames?limit=2")
    rest = program.get(f"/api/v1/runs/{made.pk}/frames?limit=2&cursor={first['next']}")
    assert [item["position"] for item in first["items"] + rest["items"]] == [1, 2, 3]
    assert rest["next"] is None


# --- staying with one ------------------------------------------------------------------------------------------------


class Waiting:
    """A program that waits, as many as there are, without a process of its own."""

    def __init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {a_token(a_user())}"}

    async def get(self, path: str) -> Any:
        answer = await AsyncClient().get(path, headers=self.headers)
        return answer.json() | {"_status": answer.status_code}


async def in_a_thread(work: Callable[[], object]) -> None:
    def thread() -> None:
        work()
        connection.close()

    await asyncio.get_running_loop().run_in_executor(None, thread)


async def begun(make: Callable[[], StyleRun]) -> tuple[Waiting, Frame]:
    found: list[Any] = []
    await in_a_thread(lambda: found.extend((Waiting(), frame(make(), 1))))
    return found[0], found[1]


async def test_a_program_can_stay_until_the_picture_has_come() -> None:
    waiting, first = await begun(lambda: a_run(a_project(*TEXTS)))
    stays = asyncio.create_task(waiting.get(f"/api/v1/frames/{first.pk}?wait=20"))
    await asyncio.sleep(0.5)
    assert not stays.done()
    await in_a_thread(jobs.make_next)
    there = await asyncio.wait_for(stays, 5)
    assert (there["_status"], there["status"]) == (200, "completed")
    assert there["image_url"]


async def test_those_who_stay_are_counted_while_they_do() -> None:
    waiting, first = await begun(lambda: a_run(a_project(*TEXTS)))
    waits = asyncio.create_task(waiting.get(f"/api/v1/frames/{first.pk}?wait=1"))
    await asyncio.sleep(0.5)
    assert len(open_now) == 1
    await waits
    assert len(open_now) == 0


async def test_whoever_stays_too_short_is_told_how_it_stands() -> None:
    waiting, first = await begun(lambda: a_run(a_project(*TEXTS)))
    began = time.monotonic()
    there = await waiting.get(f"/api/v1/frames/{first.pk}?wait=0.3")
    assert 0.3 <= time.monotonic() - began < 3
    assert (there["_status"], there["status"]) == (200, "pending")


@pytest.mark.parametrize("wait", ["-1", "301", "soon", "inf", "nan"])
def test_a_wait_that_makes_no_sense_is_told(program: Program, run: StyleRun, wait: str) -> None:
    assert program.call("GET", f"/api/v1/frames/{frame(run, 1).pk}?wait={wait}").status_code == 422


def test_nobody_waits_for_what_is_not_his(run: StyleRun) -> None:
    began = time.monotonic()
    assert Program(a_user("bob")).call("GET", f"/api/v1/frames/{frame(run, 1).pk}?wait=20").status_code == 404
    assert time.monotonic() - began < 5


# --- having it made again --------------------------------------------------------------------------------------------


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Frame, Take, Call))


def failed(run: StyleRun) -> None:
    actions.cancel_frame(frame(run, 1), None)


def all_made(run: StyleRun) -> None:
    make_all()


def untouched(run: StyleRun) -> None:
    pass


def approved(run: StyleRun) -> None:
    make_all()
    actions.approve_frame(frame(run, 2), None)


def locked(run: StyleRun) -> None:
    make_all()
    actions.lock(frame(run, 2), None)


def second_failed(run: StyleRun) -> None:
    actions.cancel_frame(frame(run, 2), None)


TRIED: list[tuple[Callable[[StyleRun], None], str, dict[str, Any], str, int]] = [
    (second_failed, "retry", {}, "pending", 2),
    (all_made, "regenerate", {}, "completed", 2),
    (all_made, "regenerate_following", {}, "completed", 2),
    (all_made, "candidates", {"count": 4}, "completed", 5),
    (all_made, "candidates", {}, "completed", 4),
    (untouched, "cancel", {}, "cancelled", 1),
    (all_made, "approve", {}, "completed", 1),
    (approved, "unapprove", {}, "completed", 1),
    (all_made, "lock", {}, "completed", 1),
    (locked, "unlock", {}, "completed", 1),
    (all_made, "branch", {}, "completed", 1),
]


@pytest.mark.parametrize(("before", "verb", "options", "status", "takes"), TRIED)
def test_every_verb_answers_the_frame_as_it_then_is(
    program: Program,
    run: StyleRun,
    before: Callable[[StyleRun], None],
    verb: str,
    options: dict[str, Any],
    status: str,
    takes: int,
) -> None:
    before(run)
    first = frame(run, 2)
    there = program.post(f"/api/v1/frames/{first.pk}/{verb}", options)
    assert (there["id"], there["status"], there["takes"]) == (first.pk, status, takes)
    assert (there["approved"], there["locked"]) == (verb == "approve", verb == "lock")
    assert (there.pop("began") is not None) == (verb == "branch")
    assert unsigned(there) == unsigned(program.get(f"/api/v1/frames/{first.pk}"))
    assert len(program.get(f"/api/v1/frames/{first.pk}/takes")["items"]) == takes
    wanted = {"regenerate": 1, "regenerate_following": 2, "candidates": takes - 1, "branch": 2}.get(verb)
    assert wanted is None or make_all() == wanted


def test_a_branch_shares_the_pictures_before_it(program: Program, made: StyleRun) -> None:
    path = f"/api/v1/frames/{frame(made, 3).pk}/branch"
    answer = program.post(path, Idempotency_Key="branch-1")
    branch = program.get(f"/api/v1/runs/{answer['began']}")
    assert (branch["branch_of"], branch["done"], branch["total"]) == (made.pk, 2, 3)
    assert program.post(path, Idempotency_Key="branch-1") == answer
    assert StyleRun.objects.count() == 2


@pytest.mark.parametrize(
    ("verb", "options", "at"),
    [
        ("candidates", {"count": 0}, "body.count"),
        ("candidates", {"count": 9}, "body.count"),
        ("candidates", {"count": "3"}, "body.count"),
        ("candidates", {"count": None}, "body.count"),
        ("candidates", {"number": 3}, "body.number"),
        ("regenerate", {"count": 3}, "body.count"),
    ],
)
def test_options_that_make_no_sense_are_told_where(
    program: Program, made: StyleRun, verb: str, options: dict[str, Any], at: str
) -> None:
    there = rows()
    wrong = program.post(f"/api/v1/frames/{frame(made, 1).pk}/{verb}", options, expect=422)
    assert [error["at"] for error in wrong["errors"]] == [at]
    assert rows() == there


@pytest.mark.parametrize(
    ("before", "verb", "words"),
    [
        (untouched, "retry", "This picture has not failed."),
        (untouched, "regenerate", "This picture is being made already."),
        (untouched, "regenerate_following", "This picture is being made already."),
        (all_made, "cancel", "Nothing is being made of this step."),
    ],
)
def test_a_verb_that_makes_no_sense_now_is_refused_and_changes_nothing(
    program: Program, run: StyleRun, before: Callable[[StyleRun], None], verb: str, words: str
) -> None:
    before(run)
    there = rows()
    refused = program.post(f"/api/v1/frames/{frame(run, 1).pk}/{verb}", expect=409)
    assert (refused["code"], refused["detail"], refused["charged"]) == ("refused", words, "no")
    assert rows() == there


def test_there_are_tests_of_every_verb() -> None:
    assert set(FRAME_VERBS) == {verb for _before, verb, *_told in TRIED}
    assert set(TAKE_VERBS) == set(OF_TAKES)
    assert not any(verb.form for verb in TAKE_VERBS.values()), "their calls take no body"
    for shape, verbs in ((RunOptions, RUN_VERBS), (FrameOptions, FRAME_VERBS)):
        asked = [name for verb in verbs.values() if verb.form for name in verb.form.base_fields]
        assert sorted(shape.model_fields) == sorted(asked)


def test_asked_twice_under_one_key_one_take_is_made(program: Program, made: StyleRun) -> None:
    path = f"/api/v1/frames/{frame(made, 1).pk}/regenerate"
    first = program.post(path, Idempotency_Key="again-1")
    make_all()
    assert program.post(path, Idempotency_Key="again-1") == first
    assert frame(made, 1).takes.count() == 2


# --- takes -----------------------------------------------------------------------------------------------------------


def test_a_take_tells_what_was_asked_what_came_and_what_it_was_made_from(program: Program, made: StyleRun) -> None:
    take = newest_take(made, 2)
    there = program.get(f"/api/v1/takes/{take.pk}")
    assert (there["frame"], there["kind"], there["status"], there["engine"]) == (
        take.frame_id, "first", "completed", "quick",
    )  # fmt: skip
    assert (there["width"], there["height"], there["attempts"]) == (96, 96, 1)
    assert "Nail the walls" in there["prompt"]
    assert there["made_from"] == newest_take(made, 1).pk
    assert (there["charged"], Decimal(there["cost"])) == ("no", Decimal(0))


def a_call(take: Take, **fields: Any) -> None:
    defaults = {"provider": "gemini", "outcome": Outcome.FAILED, "finished_at": timezone.now()}
    Call.objects.create(
        take=take, project=take.run.project, project_title="", step_number=1, attempt=1, fence=1,
        sent_at=timezone.now(), **defaults | fields,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("calls", "charged", "cost"),
    [
        ([], "no", "0"),
        ([{"charged": "no", "cost": Decimal(0)}], "no", "0"),
        ([{"charged": "yes", "cost": Decimal("0.04")}, {"charged": "no", "cost": Decimal(0)}], "yes", "0.04"),
        ([{"charged": "maybe", "reserved_cost": Decimal("0.05")}, {"cost": Decimal(0)}], "maybe", "0.05"),
        ([{"charged": "yes"}], "yes", None),
        ([{"provider": "sketch", "charged": "maybe", "cost": Decimal(0)}], "no", "0"),
    ],
)  # fmt: skip
def test_what_a_take_cost_is_the_sum_of_its_calls(
    program: Program, calls: list[dict[str, Any]], charged: str, cost: str | None
) -> None:
    a_key()
    run = a_run(a_project(*TEXTS, visibility=Visibility.PUBLIC), engine=a_paid_engine())
    take = newest_take(run, 1)
    for fields in calls:
        a_call(take, **fields)
    path = f"/api/v1/takes/{take.pk}"
    assert program.get(path)["cost"] is None, "nobody knows while it is being made"
    actions.cancel(run, None)
    there = program.get(path)
    assert there["charged"] == charged
    assert (there["cost"] if cost is None else Decimal(there["cost"])) == (cost if cost is None else Decimal(cost))
    assert Program(a_user("bob")).get(path)["cost"] is None, "it is told to those who pay"


def test_another_take_can_be_shown(program: Program, made: StyleRun) -> None:
    first = newest_take(made, 1)
    refused = program.post(f"/api/v1/takes/{first.pk}/choose", expect=409)
    assert refused["detail"] == "This take is shown already."
    actions.regenerate(frame(made, 1), None)
    pending = newest_take(made, 1)
    refused = program.post(f"/api/v1/takes/{pending.pk}/choose", expect=409)
    assert refused["detail"] == "This take has no picture."
    make_all()
    assert frame(made, 1).chosen_id == pending.pk
    there = program.post(f"/api/v1/takes/{first.pk}/choose")
    assert unsigned(there) == unsigned(program.get(f"/api/v1/takes/{first.pk}"))
    assert frame(made, 1).chosen_id == first.pk


OF_TAKES = ("choose", "approve", "put_away", "bring_back")


def test_a_take_is_chosen_approved_put_away_and_brought_back(program: Program, made: StyleRun) -> None:
    first = newest_take(made, 1)
    actions.regenerate(frame(made, 1), None)
    make_all()
    path, takes = f"/api/v1/takes/{first.pk}", f"/api/v1/frames/{first.frame_id}/takes"

    def listed(query: str = "") -> list[int]:
        return [take["id"] for take in program.get(f"{takes}{query}")["items"]]

    assert program.post(f"{path}/put_away")["put_away"] is True
    assert (listed(), listed("?put_away=true")) == ([newest_take(made, 1).pk], [first.pk])
    assert program.post(f"{path}/put_away", expect=409)["detail"] == "This take is put away already."
    assert program.post(f"{path}/bring_back")["put_away"] is False
    assert listed() == [newest_take(made, 1).pk, first.pk]
    program.post(f"{path}/approve")
    there = program.get(f"/api/v1/frames/{first.frame_id}")
    assert (there["take"], there["approved"], there["takes"]) == (first.pk, True, 2)
    assert program.post(f"{path}/put_away", expect=409)["detail"] == "This take is shown: choose another one first."


# --- somebody's own picture ------------------------------------------------------------------------------------------


def send(program: Program, frame_id: int, data: bytes, kind: str = "image/png", **headers: str) -> Any:
    sent = program.headers | {name.replace("_", "-"): value for name, value in headers.items()}
    return program.client.post(f"/api/v1/frames/{frame_id}/takes", data, content_type=kind, headers=sent)


def test_a_picture_of_one_s_own_is_shown_as_one_more_take(program: Program, made: StyleRun) -> None:
    second = frame(made, 2)
    answer = send(program, second.pk, picture_bytes())
    told = answer.json()
    assert (answer.status_code, told["kind"], told["status"], told["cost"]) == (201, "upload", "completed", "0")
    assert told["engine"] == "", "nothing made it"
    assert (told["width"], told["height"]) == (64, 48)
    assert unsigned(told) == unsigned(program.get(f"/api/v1/takes/{told['id']}"))
    assert program.get(f"/api/v1/frames/{second.pk}")["take"] == told["id"]
    assert program.get(f"/api/v1/frames/{frame(made, 3).pk}")["stale"]
    assert make_all() == 0


def test_a_picture_sent_twice_under_one_key_is_one_take(program: Program, made: StyleRun) -> None:
    second, data = frame(made, 2), picture_bytes()
    first = send(program, second.pk, data, Idempotency_Key="own-1")
    again = send(program, second.pk, data, Idempotency_Key="own-1")
    assert (again.status_code, again.headers["Idempotency-Replayed"], again.json()) == (201, "true", first.json())
    other = send(program, second.pk, picture_bytes(9), Idempotency_Key="own-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert second.takes.count() == 2


@pytest.mark.parametrize(
    ("data", "kind", "status", "code", "words"),
    [
        (b"no picture", "image/png", 422, "not_a_picture", "not a PNG, JPEG or WebP"),
        (picture_bytes()[:-30], "image/png", 422, "not_a_picture", "damaged"),
        (picture_bytes(), "application/json", 415, "unsupported_media_type", "Send the picture itself"),
        (picture_bytes(), "image/svg+xml", 415, "unsupported_media_type", "Send the picture itself"),
    ],
    ids=["rubbish", "cut short", "said to be JSON", "said to be SVG"],
)
def test_what_is_no_picture_is_told_and_nothing_is_stored(
    program: Program, made: StyleRun, data: bytes, kind: str, status: int, code: str, words: str
) -> None:
    there = (rows(), Picture.objects.count())
    answer = send(program, frame(made, 2).pk, data, kind)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert words in answer.json()["detail"]
    assert (rows(), Picture.objects.count()) == there


def test_a_locked_frame_takes_no_picture(program: Program, made: StyleRun) -> None:
    actions.lock(frame(made, 2), None)
    there = (rows(), Picture.objects.count())
    answer = send(program, frame(made, 2).pk, picture_bytes())
    assert (answer.status_code, answer.json()["detail"]) == (409, "This picture is locked: unlock it first.")
    assert (rows(), Picture.objects.count()) == there


def test_takes_come_newest_first_in_pages(program: Program, made: StyleRun) -> None:
    for _ in range(2):
        actions.regenerate(frame(made, 1), None)
        make_all()
    path = f"/api/v1/frames/{frame(made, 1).pk}/takes?limit=2"
    page = program.get(path)
    rest = program.get(f"{path}&cursor={page['next']}")
    ids = [take["id"] for take in page["items"] + rest["items"]]
    assert ids == sorted(frame(made, 1).takes.values_list("pk", flat=True), reverse=True)


def test_takes_take_as_many_queries_however_many_there_are(program: Program, made: StyleRun) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            program.get(f"/api/v1/frames/{frame(made, 1).pk}/takes")
        return len(captured)

    program.get("/api/v1/runs")  # notes that the token is used
    few = queries()
    for _ in range(2):
        actions.regenerate(frame(made, 1), None)
        make_all()
    assert queries() == few


# --- pictures --------------------------------------------------------------------------------------------------------


def test_a_picture_comes_as_bytes_in_three_variants(program: Program, made: StyleRun) -> None:
    take = newest_take(made, 1)
    assert take.original
    path = f"/api/v1/takes/{take.pk}/picture"
    original = program.call("GET", path)
    assert (original["Content-Type"], original.content) == ("image/png", take.original.read())
    early = program.call("GET", f"{path}?variant=display")
    assert (early.content, early["Cache-Control"]) == (original.content, "private, no-cache")
    jobs.derive_files(take.pk)
    assert program.call("GET", f"{path}?variant=display")["Content-Type"] == "image/webp"
    assert program.call("GET", f"{path}?variant=thumbnail")["Content-Type"] == "image/jpeg"
    assert program.call("GET", f"{path}?variant=tiny").status_code == 422


def test_a_picture_that_is_known_is_not_sent_again(program: Program, made: StyleRun) -> None:
    path = f"/api/v1/takes/{newest_take(made, 1).pk}/picture"
    etag = program.call("GET", path)["ETag"]
    again = program.call("GET", path, If_None_Match=etag)
    assert (again.status_code, again.content) == (304, b"")


def test_a_picture_that_is_not_there_is_not_found(program: Program, run: StyleRun, made: StyleRun) -> None:
    actions.regenerate(frame(run, 1), None)
    path = f"/api/v1/takes/{newest_take(run, 1).pk}/picture"
    assert program.call("GET", path).status_code == 404
    shown = frame(run, 1).chosen
    assert shown
    assert shown.original
    shown.original.file.delete(save=False)
    assert program.call("GET", f"/api/v1/takes/{shown.pk}/picture").status_code == 404


# --- whose they are --------------------------------------------------------------------------------------------------


def calls_about(run: StyleRun) -> list[tuple[str, str, Scope]]:
    """Method, path and scope of every call about a frame and a take."""
    frame_path, take_path = f"/api/v1/frames/{frame(run, 1).pk}", f"/api/v1/takes/{newest_take(run, 1).pk}"
    return [
        ("GET", frame_path, Scope.READ),
        ("GET", f"{frame_path}/takes", Scope.READ),
        ("POST", f"{frame_path}/takes", Scope.RUN),
        ("GET", take_path, Scope.READ),
        ("GET", f"{take_path}/picture", Scope.READ),
        *(("POST", f"{frame_path}/{verb}", Scope.RUN) for verb in FRAME_VERBS),
        *(("POST", f"{take_path}/{verb}", Scope.RUN) for verb in TAKE_VERBS),
    ]


def test_other_peoples_frames_and_takes_are_not_there(made: StyleRun) -> None:
    there = rows()
    bob, nobody = Program(a_user("bob")), Program(scopes=None)
    for method, path, _scope in calls_about(made):
        assert bob.call(method, path).status_code == 404, path
        assert nobody.call(method, path).status_code == 401, path
    assert rows() == there


def test_public_ones_can_be_looked_at_and_not_made_again(made: StyleRun) -> None:
    Project.objects.update(visibility=Visibility.PUBLIC)
    bob = Program(a_user("bob"))
    for method, path, _scope in calls_about(made):
        assert bob.call(method, path).status_code == (200 if method == "GET" else 404), path


def test_where_a_picture_was_before_is_told_to_those_alone_who_may_see_it() -> None:
    shared = actions.branch(frame(a_run_that_is_made(), 2), None)
    origin = a_run_that_is_made(title="Private")
    Project.objects.filter(pk=shared.project_id).update(visibility=Visibility.PUBLIC)
    Take.objects.filter(run=shared, position=1).update(reused_from=newest_take(origin, 1))
    path = f"/api/v1/takes/{newest_take(shared, 1).pk}"
    assert Program(a_user()).get(path)["reused_from"] == newest_take(origin, 1).pk
    visitor = Program(a_user("visitor"))
    assert visitor.get(path)["reused_from"] is None
    assert visitor.get(f"/api/v1/frames/{frame(shared, 1).pk}/takes")["items"][0]["reused_from"] is None


def a_run_that_is_made(**fields: Any) -> StyleRun:
    run = a_run(a_project(*TEXTS, **fields))
    make_all()
    return run


def test_a_token_without_the_scope_may_not(made: StyleRun) -> None:
    there = rows()
    for method, path, scope in calls_about(made):
        others = [other for other in (Scope.READ, Scope.WRITE, Scope.RUN, Scope.ADMIN) if other != scope]
        answer: Any = Program(a_user(), others).call(method, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), path
    assert rows() == there


def test_staff_see_everybodys(made: StyleRun) -> None:
    User.objects.create_superuser("root", password="pass")
    root = Program(User.objects.get(username="root"))
    for method, path, _scope in calls_about(made):
        if method == "GET":
            assert root.call(method, path).status_code == 200, path


@pytest.mark.parametrize("number", [0, 2**63, 10**30])
@pytest.mark.parametrize(
    "path", ["GET frames/{}", "GET frames/{}/takes", "POST frames/{}/retry", "GET takes/{}", "GET takes/{}/picture",
             "POST takes/{}/choose"],
)  # fmt: skip
def test_a_number_that_no_row_has_is_not_found(program: Program, path: str, number: int) -> None:
    method, _, where = path.format(number).partition(" ")
    assert program.call(method, f"/api/v1/{where}").status_code == 404
