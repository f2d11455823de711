"""Sequences through a real web server and a real worker: pictures in the answers, and nothing lost on the way."""

import base64
import hashlib
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection

from generation import actions
from generation.models import Engine, Frame, SequenceSession, Status, StyleEngine, Take
from storyboards.models import Project
from tests.calling import a_token
from tests.making import a_key, a_paid_engine, a_style, a_user, an_engine
from tests.processes import wait_for
from tests.running import Environment, web, worker
from tests.simulator.client import Simulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sequences")]

START, NEXT, INFO = "/start-image-sequence", "/generate-sequential-image", "/get-session-info"
END, SINGLE = "/end-image-sequence", "/generate-image"

Answer = tuple[int, dict[str, Any]]


@pytest.fixture(autouse=True)
def slow(flushed_broker: redis.Redis) -> Engine:
    """What draws comics: half a second each, so that there is something to wait for."""
    engine = an_engine(options={"seconds": 0.5, "refuse_words": ["blood"], "no_picture_words": ["nothing"]},
                       max_attempts=1, max_parallel=8)  # fmt: skip
    StyleEngine.objects.update_or_create(style=a_style("comic"), defaults={"engine": engine})
    return engine


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(64) as pool:
        yield pool


class Client:
    """A program of ada's."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.headers = {"Authorization": f"Bearer {a_token(a_user())}", "Content-Type": "application/json"}

    def post(self, path: str, timeout: float = 60, **body: object) -> Answer:
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), self.headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def start(self, prompt: str = "a cat in a garden") -> str:
        """The id of a session that has its first picture."""
        status, answer = self.post(START, prompt=prompt)
        assert status == 200, answer
        return str(answer["session_id"])


def originals() -> list[bytes]:
    """The pictures of the only project, in order, as the provider made them."""
    connection.close()
    frames = Frame.objects.order_by("position").select_related("chosen__original")
    return [frame.chosen.original.read() for frame in frames if frame.chosen and frame.chosen.original]


def lineage() -> list[int | None]:
    """For each picture in order, the position of the one that it was made from."""
    connection.close()
    takes = Take.objects.filter(status=Status.COMPLETED).order_by("position").select_related("source_take")
    return [take.source_take.position if take.source_take else None for take in takes]


def wanted(count: int) -> bool:
    connection.close()
    return Take.objects.filter(status__in=(Status.PENDING, Status.GENERATING)).count() == count


def test_five_calls_three_pictures(process_environment: Environment) -> None:
    with web(process_environment) as url, worker(process_environment):
        client = Client(url)
        status, first = client.post(START, prompt="a cat in a garden")
        assert (status, set(first)) == (200, {"success", "session_id", "image", "image_count"})
        session = first["session_id"]
        second = client.post(NEXT, session_id=session, prompt="a dog comes")[1]
        third = client.post(NEXT, session_id=session, prompt="it rains")[1]
        info = client.post(INFO, session_id=session)
        end = client.post(END, session_id=session)
        assert client.post(INFO, session_id=session) == (
            400,
            {"success": False, "error": "Invalid or missing session ID"},
        )
    assert [answer["image_count"] for answer in (first, second, third)] == [1, 2, 3]
    assert set(second) == set(third) == {"success", "image", "image_count"}
    assert info == (200, {"success": True, "image_count": 3, "initial_prompt": "a cat in a garden"})
    assert (end[0], set(end[1]), end[1]["success"]) == (200, {"success", "message"}, True)
    pictures = [base64.b64decode(answer["image"], validate=True) for answer in (first, second, third)]
    assert pictures == originals()
    assert len(set(pictures)) == 3
    assert lineage() == [None, 1, 2]
    assert Project.objects.get().listed


def test_a_vendor_gets_the_very_picture_that_the_program_got(
    process_environment: Environment, simulator: Simulator
) -> None:
    secret = "AIzaSyOfASequenceOfASequenceOfASequ0001"
    simulator.account("gemini", "one", {"first": secret})
    a_key(secret)
    StyleEngine.objects.update(engine=a_paid_engine(max_attempts=1))
    environment = process_environment | {"GEMINI_BASE_URL": simulator.url("gemini")}
    with web(environment) as url, worker(environment):
        client = Client(url)
        first = client.post(START, prompt="a cat in a garden")[1]
        simulator.fault("no_image", "gemini")
        failed = client.post(NEXT, session_id=first["session_id"], prompt="nothing comes")
        second = client.post(NEXT, session_id=first["session_id"], prompt="a dog comes")[1]
    assert (failed[0], second["image_count"]) == (502, 2)
    sent = [entry.references for entry in simulator.log("gemini") if "generateContent" in entry.path]
    seen = hashlib.sha256(base64.b64decode(first["image"])).hexdigest()
    assert (sent[0], sent[-1]) == ([], [seen])


def test_a_single_picture_is_kept_out_of_the_list(process_environment: Environment) -> None:
    with web(process_environment) as url, worker(process_environment):
        status, answer = Client(url).post(SINGLE, prompt="a cat in a garden")
    assert (status, set(answer), answer["success"]) == (200, {"success", "image"}, True)
    assert [base64.b64decode(answer["image"])] == originals()
    project = Project.objects.get()
    assert (project.listed, project.owner, project.runs.get().style.slug) == (False, a_user(), "comic")


def test_of_two_next_ones_at_once_one_gets_a_409(process_environment: Environment, threads: ThreadPoolExecutor) -> None:
    with web(process_environment) as url, worker(process_environment):
        client = Client(url)
        session = client.start()
        both = [threads.submit(client.post, NEXT, session_id=session, prompt=text) for text in ("it rains", "it snows")]
        (status, made), (refused, told) = sorted((call.result() for call in both), key=lambda answer: answer[0])
    assert (status, made["image_count"]) == (200, 2)
    assert refused == 409
    assert told["error"].startswith("The picture before is still being made")
    assert Project.objects.get().steps.count() == 2


def test_a_web_server_that_is_killed_while_it_waits_loses_nothing(
    process_environment: Environment, threads: ThreadPoolExecutor
) -> None:
    with web(process_environment) as url:
        client = Client(url)
        with worker(process_environment):
            session = client.start()
        waits = threads.submit(client.post, NEXT, session_id=session, prompt="a dog comes")
        wait_for(lambda: wanted(1), "the wish")
    assert waits.exception(10) is not None, "its connection is cut"
    with web(process_environment) as url, worker(process_environment):
        client.url = url
        wait_for(lambda: wanted(0), "the picture")
        assert client.post(INFO, session_id=session)[1]["image_count"] == 2
        assert client.post(NEXT, session_id=session, prompt="it rains")[1]["image_count"] == 3
    assert lineage() == [None, 1, 2], "also after everything was started anew"


def test_who_leaves_while_it_waits_loses_nothing(process_environment: Environment) -> None:
    with web(process_environment) as url, worker(process_environment):
        client = Client(url)
        session = client.start()
        with pytest.raises(TimeoutError):
            client.post(NEXT, session_id=session, prompt="a dog comes", timeout=0.3)
        wait_for(lambda: wanted(0), "the picture")
        assert client.post(NEXT, session_id=session, prompt="it rains")[1]["image_count"] == 3
    assert lineage() == [None, 1, 2]


@pytest.mark.parametrize(
    ("prompt", "status", "words"),
    [
        ("blood everywhere", 422, ["policy does not allow", "Edit the text"]),
        ("nothing at all", 502, ["without a picture", "Try again"]),
    ],
)
def test_a_picture_that_fails_says_what_pages_say(
    process_environment: Environment, prompt: str, status: int, words: list[str]
) -> None:
    with web(process_environment) as url, worker(process_environment):
        client = Client(url)
        session = client.start()
        answered, failed = client.post(NEXT, session_id=session, prompt=prompt)
        assert (answered, set(failed), failed["success"]) == (status, {"success", "error"}, False)
        for told in (*words, "It cost nothing.", "Reference: call-", f"{url}/projects/"):
            assert told in failed["error"]
        assert client.post(INFO, session_id=session)[1]["image_count"] == 1
        assert client.post(NEXT, session_id=session, prompt="it rains")[1]["image_count"] == 2
    assert lineage() == [None, 1], "it went on from the last good picture"


def test_what_takes_too_long_says_where_it_will_be(process_environment: Environment) -> None:
    with web(process_environment | {"API_WAIT_SECONDS": "1"}) as url:
        began = time.monotonic()
        status, answer = Client(url).post(START, prompt="a cat")
        assert 1 <= time.monotonic() - began < 3
    project = Project.objects.get()
    assert (status, answer["success"]) == (504, False)
    assert f"{url}/projects/{project.pk}/" in answer["error"]
    for words in ("within 1 s", "No worker is running", "Nothing is lost", "It cost nothing."):
        assert words in answer["error"]
    assert wanted(1)


def test_a_pause_ends_the_waiting(process_environment: Environment, threads: ThreadPoolExecutor) -> None:
    with web(process_environment) as url:
        client = Client(url)
        waits = threads.submit(client.post, START, prompt="a cat")
        wait_for(lambda: wanted(1), "the wish")
        run = SequenceSession.objects.get().run
        actions.pause(run, a_user("bo"))
        status, answer = waits.result(3)
        assert status == 503
        for words in ("paused by bo", "cost nothing", "Nothing is lost", f"{url}/projects/{run.project_id}/"):
            assert words in answer["error"]


def test_the_emergency_switch_ends_the_waiting(process_environment: Environment, threads: ThreadPoolExecutor) -> None:
    with web(process_environment) as url:
        waits = threads.submit(Client(url).post, START, prompt="a cat")
        wait_for(lambda: wanted(1), "the wish")
        actions.throw_switch("sketch", user=None)
        status, answer = waits.result(3)
    assert status == 503
    assert "calls of sketch are paused" in answer["error"]


def test_sixty_that_wait_hold_neither_a_thread_nor_a_connection(
    process_environment: Environment, threads: ThreadPoolExecutor
) -> None:
    with web(process_environment) as url:
        client = Client(url)
        assert client.post(INFO, session_id="nobody's")[0] == 400  # whatever is made at the first call is made
        server = pid_of(url)
        before = held(server)
        calls = [threads.submit(client.post, START, prompt=f"cat {number}") for number in range(60)]
        wait_for(lambda: wanted(60), "all wishes")
        time.sleep(2)
        threads_held, files_held = map(min, zip(*looks(server), strict=True))
        assert not any(call.done() for call in calls)
        assert threads_held <= before[0] + 2, "one reads events for all of them, one hints at theirs"
        assert files_held <= before[1]
        assert client.post(INFO, session_id="nobody's", timeout=5)[0] == 400, "others are served meanwhile"
        with worker(process_environment, threads=8):
            assert [call.result()[0] for call in calls] == [200] * 60


def pid_of(url: str) -> int:
    port = f"-p {url.rpartition(':')[2]}"
    lines = {int(entry.name): (entry / "cmdline") for entry in Path("/proc").glob("[0-9]*")}
    return next(pid for pid, line in lines.items() if port in line.read_bytes().replace(b"\0", b" ").decode())


def looks(pid: int, count: int = 20) -> Iterator[tuple[int, int]]:
    """What is held all the time shows in each of them; what is borrowed for a moment does not."""
    for _ in range(count):
        time.sleep(0.05)
        yield held(pid)


def held(pid: int) -> tuple[int, int]:
    """Threads of a process, and connections to the database that it has open."""
    threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    if connection.vendor == "postgresql":
        return threads, 0  # a pool keeps them: twelve, so that sixty who held one each would never all be let in
    name = str(connection.settings_dict["NAME"])
    targets = [target_of(file) for file in Path(f"/proc/{pid}/fd").iterdir()]
    return threads, targets.count(name)


def target_of(file: Path) -> str:
    """What an open file is; it may be closed while we look."""
    try:
        return os.readlink(file)
    except FileNotFoundError:
        return ""
