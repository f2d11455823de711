"""The command line and the client as people and programs use them: processes of their own, a real web server, a real
worker. What no server of ours does on purpose (to lose an answer) is done by one that stands between."""

import ast
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis

from config.processes import BASE_DIR
from generation import client as module
from generation.client import Client, Problem
from generation.models import Call, Event, Scope, StyleRun, Take
from storyboards.models import Project
from tests.calling import a_token
from tests.making import a_project, a_run, a_user, an_engine, make_all
from tests.processes import wait_for
from tests.running import Environment, free_port, web, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("client")]

COMMAND = [sys.executable, "-m", "generation.client"]
LIST = "# Bird house\n\n1. Cut the board\n2. Nail the walls\n3. Put the roof on\n"


@pytest.fixture(scope="module")
def server(process_environment: Environment) -> Iterator[str]:
    with web(process_environment) as url:
        yield url


@pytest.fixture(autouse=True)
def _empty_broker(flushed_broker: redis.Redis) -> None:
    """Nothing of the test before rings here."""


def shell(url: str, token: str, **more: str) -> dict[str, str]:
    """What a person's shell gives the command: nothing of Django."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"THROUGHLINE_URL": url, "THROUGHLINE_TOKEN": token, "PYTHONPATH": str(BASE_DIR)} | more


def throughline(
    url: str, *words: str, token: str | None = None, stdin: bytes = b"", **more: str
) -> subprocess.CompletedProcess[bytes]:
    environment = shell(url, a_token() if token is None else token, **more)
    return subprocess.run(
        [*COMMAND, *words], env=environment, cwd="/", input=stdin, capture_output=True, timeout=60, check=False
    )


def documents(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


@contextmanager
def watching(url: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command as it runs, from its first line on."""
    process = subprocess.Popen(
        [*COMMAND, *words],
        env=shell(url, a_token()),
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


# --- from a text to an archive ---------------------------------------------------------------------------------------


def test_a_text_becomes_a_project_pictures_and_an_archive(
    server: str, process_environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "bird.md").write_text(LIST)
    imported = throughline(server, "import", str(tmp_path / "bird.md"), "--external-id", "orders/7")
    project = Project.objects.get()
    assert (
        imported.stdout.decode() == f"Project {project.pk}, “Bird house”: 3 steps.\nBoard: {board(server, project)}\n"
    )

    an_engine()
    with worker(process_environment):
        made = throughline(server, "run", "ext:orders/7", "--style", "clear", "--style", "comic", "--watch")
        assert (made.returncode, made.stderr) == (0, b"")
        exported = throughline(server, "export", "ext:orders/7", "--output", str(tmp_path))
        assert (exported.returncode, exported.stderr) == (0, b"")

    lines = made.stdout.decode().splitlines()
    assert lines[0].split() == ["clear,", "sketch:", "0", "of", "3,", "$0.00,", "generating"]
    assert lines[-2:] == ["6 of 6 pictures are made. Cost so far: $0.00.", f"Board: {board(server, project)}"]
    assert len(set(lines)) == len(lines), "a line tells what is new"
    archive = tmp_path / f"throughline-{project.pk}.zip"
    assert sum(name.endswith(".png") for name in zipfile.ZipFile(archive).namelist()) == 6
    assert f"6 pictures in {archive}".encode() in exported.stdout


def board(server: str, project: Project) -> str:
    return f"{server}/projects/{project.pk}/"


def test_a_list_from_standard_input_may_begin_at_once(server: str) -> None:
    words = ("import", "-", "--title", "From a pipe", "--style", "clear", "--strategy", "independent", "--json")
    told = documents(throughline(server, *words, stdin=b"1. a\n2. b\n").stdout)
    assert [(one["type"], one["imported"], one["project"]["title"]) for one in told] == [("import", 2, "From a pipe")]
    run = StyleRun.objects.get()
    assert (run.strategy, run.frames.count()) == ("independent", 2)


def test_programs_are_told_in_objects_of_one_line(server: str, process_environment: Environment) -> None:
    project = a_project("a table", "an apple", owner=a_user())
    with worker(process_environment):
        made = throughline(server, "--json", "run", str(project.pk), "--style", "clear", "--watch")
    told = documents(made.stdout)
    assert made.returncode == 0
    assert {one["type"] for one in told[:-1]} == {"run"}
    assert [one["done"] for one in told[:-1]] == sorted(one["done"] for one in told[:-1])
    end = told[-1]
    assert (end["type"], end["done"], end["failed"], end["total"]) == ("end", 2, 0, 2)
    assert end["board"] == board(server, project)


def test_a_run_waits_for_whoever_approves_it(server: str) -> None:
    project = a_project("a table", "an apple", owner=a_user())
    how = ("--gate", "frame", "--candidates", "2", "--size", "128", "--reuse")
    throughline(server, "run", str(project.pk), "--style", "clear", "--engine", an_engine().slug, *how)
    run = StyleRun.objects.get()
    assert (run.gate, run.candidates, run.reuse, run.snapshot["width"]) == ("frame", 2, True, 128)
    assert make_all() == 2
    assert b"on hold: " in throughline(server, "status", str(project.pk)).stdout
    approved = throughline(server, "approve", str(run.pk))
    assert (approved.returncode, approved.stdout) == (0, b"clear, quick: approved, 1 of 2 pictures are made.\n")
    assert throughline(server, "approve", str(run.pk)).returncode == 2
    assert make_all() == 2


def test_what_failed_is_told_with_its_reason_and_what_it_cost(server: str) -> None:
    run = a_run(
        a_project("a table", "a knife", owner=a_user()), "independent", an_engine(options={"refuse_words": ["knife"]})
    )
    make_all()
    for command in ("status", "watch"):
        told = throughline(server, command, str(run.project_id))
        lines = told.stdout.decode().splitlines()
        assert told.returncode == 1
        assert lines[0].split()[2:] == ["1", "of", "2,", "1", "failed,", "$0.00,", "completed"]
        assert lines[1] == "1 of 2 pictures are made, 1 failed. Cost so far: $0.00."
        assert lines[2].startswith("  clear, picture 2: The provider's policy does not allow this picture.")
        assert "It cost nothing." in lines[2]
    failures = documents(throughline(server, "status", str(run.project_id), "--json").stdout)[-1]["failures"]
    assert [(failure["style"], failure["position"]) for failure in failures] == [("clear", 2)]


def test_without_styles_the_run_goes_on_in_those_that_it_has(server: str) -> None:
    run = a_run(a_project("a table", owner=a_user()), "independent", style="comic")
    run.takes.all().delete()
    told = throughline(server, "run", str(run.project_id), "--json")
    assert told.returncode == 0
    assert [(one["id"], one["style"]) for one in documents(told.stdout)[:-1]] == [(run.pk, "comic")]


# --- what is refused -------------------------------------------------------------------------------------------------

NOTHING_THERE = "http://127.0.0.1:9"
SECRET = "tl_a-secret-that-nobody-may-see-0001"
Row = tuple[tuple[str, ...], dict[str, Any], int, str]
REFUSED: dict[str, Row] = {
    "no token": (("status", "1"), {"token": ""}, 3, "needs a token of yours: make one at {server}/tokens/."),
    "a wrong token": (("status", "1"), {"token": SECRET}, 3, "opens nothing (any more): make one at {server}/tokens/."),
    "a token that is none": (("status", "1"), {"token": f"{SECRET}\nx"}, 3, "needs a token"),
    "a token file that is not there": (("status", "1", "--token-file", "/nowhere"), {}, 2, "/nowhere: No such file"),
    "a token among the words": (("status", "1", "--token", SECRET), {}, 2, "unrecognized arguments"),
    "no server": (("status", "1", "--url", NOTHING_THERE), {}, 3, f"{NOTHING_THERE} cannot be reached: "),
    "no address": (("status", "1", "--url", "boards"), {}, 2, "like https://boards.example.org"),
    "an open way": (("status", "1", "--url", "http://b.example"), {}, 2, "everybody on the way could read your token"),
    "a server of somebody else": (("status", "1", "--url", "{server}/about"), {}, 2, "is not Throughline’s API: 404"),
    "an unknown project": (("run", "999999", "--style", "clear"), {}, 2, "There is nothing here, or it is not yours."),
    "an unknown name": (("status", "ext:nobody"), {}, 2, "None of your projects has the external id “nobody”."),
    "no project": (("status", "bird"), {}, 2, "“bird” is no project: give its number, or ext: and its external id."),
    "no style": (("run", "{project}"), {}, 2, "Say in which --style the pictures are to be made. There are: "),
    "an unknown style": (("run", "{project}", "--style", "clera"), {}, 2, "There is no style “clera”."),
    "an unknown strategy": (
        ("run", "{project}", "--style", "clear", "--strategy", "wild"), {}, 2, "\n  strategy: Input should be",
    ),
    "wrong lines": (
        ("import", "-", "--title", "x"), {"stdin": b"title,shot,transition\nfine,1,C\nbad,1,Z\n"}, 2,
        "\n  text, line 3: Column “transition”: “Z” is no transition",
    ),
    "no text": (("import", "-"), {"stdin": b"\xff\xfe"}, 2, "What is in - is not text in UTF-8."),
    "no file": (("import", "/nowhere.md"), {}, 2, "/nowhere.md: No such file or directory."),
    "a strategy without a style": (("import", "-", "--strategy", "shots"), {"stdin": b"1. a"}, 2, "in which --style"),
    "no directory": (("export", "{project}", "--output", "/nowhere/x.zip"), {}, 2, "There is no directory /nowhere."),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_said_in_one_line_and_changes_nothing(server: str, name: str) -> None:
    project = a_project("a table", owner=a_user())
    words, how, code, said = REFUSED[name]
    fill = {"server": server, "project": project.pk}
    told = throughline(server, *(word.format(**fill) for word in words), **how)
    error = told.stderr.decode()
    assert (told.returncode, told.stdout) == (code, b""), error
    assert said.format(**fill) in error
    assert "Traceback" not in error
    assert SECRET not in error or name == "a token among the words"
    assert (Project.objects.count(), Take.objects.count()) == (1, 0)


def test_where_every_picture_exists_all_is_well(server: str) -> None:
    run = a_run(a_project("a table", owner=a_user()))
    a_run(run.project, strategy="independent")
    make_all()
    words = ("run", str(run.project_id), "--style", "clear", "--strategy", "chained", "--engine", "quick")
    told = throughline(server, *words, "--watch")
    assert (told.returncode, told.stderr) == (0, b"")
    assert told.stdout.decode().splitlines()[:3] == [
        "Every picture exists already. Regenerate single ones, or start over for a new series.",
        "clear, quick:        1 of 1, $0.00, completed",
        "1 of 1 pictures are made. Cost so far: $0.00.",
    ]
    assert [line["type"] for line in documents(throughline(server, *words, "--json").stdout)] == [
        "all_made",
        "run",
        "end",
    ]
    assert Take.objects.count() == 2


@pytest.mark.parametrize("command", ["status", "watch"])
def test_where_no_picture_was_asked_for_that_is_said(server: str, command: str) -> None:
    told = throughline(server, command, str(a_project("a table", owner=a_user()).pk))
    assert (told.returncode, told.stdout.decode().splitlines()[0]) == (0, "No pictures are asked for yet.")


def test_what_other_peoples_pictures_cost_is_not_told(server: str) -> None:
    run = a_run(a_project("a table", owner=a_user("bob"), visibility="public"))
    make_all()
    told = throughline(server, "status", str(run.project_id))
    assert told.stdout.decode().splitlines()[:2] == [
        "clear, quick:        1 of 1, completed",
        "1 of 1 pictures are made.",
    ]
    assert documents(throughline(server, "status", str(run.project_id), "--json").stdout)[-1]["spent"] is None


def test_other_peoples_projects_are_as_if_there_were_none(server: str) -> None:
    theirs = a_project("a table", owner=a_user("eve"), external_id="x")
    assert throughline(server, "run", str(theirs.pk), "--style", "clear").returncode == 2
    assert throughline(server, "status", "ext:x").returncode == 2


def test_a_token_that_may_only_read_starts_nothing(server: str) -> None:
    project = a_project("a table", owner=a_user())
    reader = a_token(project.owner, [Scope.READ])
    refused = throughline(server, "run", str(project.pk), "--style", "clear", token=reader)
    assert (refused.returncode, Take.objects.count()) == (3, 0)
    assert "lacks the scope “run”" in refused.stderr.decode()


def test_programs_are_told_problems_as_an_object(server: str) -> None:
    told = json.loads(throughline(server, "status", "999999", "--json").stderr)
    assert (told["type"], told["status"], told["code"], told["charged"]) == ("problem", 404, "not_found", "no")


def test_a_token_may_lie_in_a_file(server: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{a_token()}\n")
    project = a_project("a table", owner=a_user())
    told = throughline(server, "status", str(project.pk), "--token-file", str(tmp_path / "token"), token="")
    assert told.returncode == 0


def test_a_token_for_this_machine_is_shown_to_no_proxy(server: str) -> None:
    project = a_project("a table", owner=a_user())
    assert throughline(server, "status", str(project.pk), HTTP_PROXY=NOTHING_THERE).returncode == 0


# --- while it is watched ---------------------------------------------------------------------------------------------


def test_ctrl_c_ends_the_watching_and_not_the_work(server: str) -> None:
    project = a_project("a table", "an apple", owner=a_user())
    with watching(server, "run", str(project.pk), "--style", "clear", "--watch") as process:
        process.send_signal(signal.SIGINT)
        _output, error = process.communicate(timeout=20)
        assert process.returncode == 130
    assert error.decode().strip() == (
        f"The work goes on. Look again: throughline watch {project.pk}, or {board(server, project)}"
    )
    assert make_all() == 2


def test_who_reads_the_output_may_have_seen_enough(server: str) -> None:
    project = a_project("a table", "an apple", owner=a_user())
    with watching(server, "run", str(project.pk), "--style", "clear", "--watch") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        make_all()
        assert (process.wait(20), process.stderr.read()) == (1, b"")


def test_a_server_that_starts_anew_is_waited_for_and_nothing_is_done_twice(process_environment: Environment) -> None:
    project = a_project(*"abcdef", owner=a_user())
    an_engine(options={"seconds": 0.4})
    port = free_port()
    with worker(process_environment), ExitStack() as stack:
        with web(process_environment, port) as url:
            words = ("run", str(project.pk), "--style", "clear", "--engine", "quick", "--watch")
            running = stack.enter_context(watching(url, *words))
            wait_for(lambda: Take.objects.filter(status="completed").exists(), "a picture")
        assert running.poll() is None
        with web(process_environment, port):
            output, error = running.communicate(timeout=40)
    assert running.returncode == 0
    (waited,) = error.decode().splitlines()
    assert waited.startswith(f"Trying again: {url} ")
    assert output.decode().splitlines()[-2] == "6 of 6 pictures are made. Cost so far: $0.00."
    assert (StyleRun.objects.count(), Take.objects.count(), Call.objects.count()) == (1, 6, 6)


class Weak(BaseHTTPRequestHandler):
    """A server that tells of an event, and then for five calls cannot say what there is now."""

    calls = 0

    def do_GET(self) -> None:
        run = {
            "id": 1,
            "style": "clear",
            "engine": "quick",
            "hold": "",
            "done": 0,
            "failed": 0,
            "total": 1,
            "spent": "0",
        }
        status = 200
        if "/events" in self.path:
            said = 'data: {"type": "snapshot"}\n\n'
        elif "/runs" in self.path:
            Weak.calls += 1
            status = 503 if 1 < Weak.calls < 7 else 200
            state = {"status": "generating"} if Weak.calls == 1 else {"status": "completed", "done": 1}
            said = json.dumps({"items": [run | state], "next": None})
        else:
            said = json.dumps({"id": 1, "url": "the board", "runs": []})
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *words: object) -> None:
        """To nobody."""


@pytest.fixture
def weak() -> Iterator[str]:
    Weak.calls = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Weak) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_who_watches_is_patient_with_every_call_and_told_once(weak: str) -> None:
    told = throughline(weak, "watch", "1", token="tl_x")
    assert told.returncode == 0
    (waited,) = told.stderr.decode().splitlines()
    assert waited.startswith("Trying again: What answers at ")
    assert told.stdout.decode().splitlines()[-1] == "Board: the board"


def test_programs_that_watch_are_told_of_waiting_as_an_object(weak: str) -> None:
    (waited,) = documents(throughline(weak, "watch", "1", "--json", token="tl_x").stderr)
    assert (waited["type"], waited["status"], waited["code"]) == ("waiting", 503, "not_ours")


def test_on_a_terminal_the_words_that_it_waits_go_when_it_goes_on(weak: str) -> None:
    code, sent = on_a_terminal(80, shell(weak, "tl_x"), "watch", "1")
    assert code == 0
    assert "Trying again: " in sent
    assert what_is_seen(sent) == [
        "clear, quick:        ████████████████████  1 of 1, $0.00, completed",
        "1 of 1 pictures are made. Cost so far: $0.00.",
        "Board: the board",
        "",
    ]


# --- on a terminal ---------------------------------------------------------------------------------------------------


def on_a_terminal(columns: int, environment: dict[str, str], *words: str) -> tuple[int, str]:
    """The exit code, and all that was sent to the terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([*COMMAND, *words], env=environment, cwd="/", stdout=theirs, stderr=theirs)
    os.close(theirs)
    sent = b""
    with suppress(OSError):  # how the end of a terminal is told
        while piece := os.read(ours, 65536):
            sent += piece
    os.close(ours)
    return process.wait(), sent.decode()


def what_is_seen(sent: str) -> list[str]:
    """The lines of a terminal that was sent this."""
    lines, row = [""], 0
    for up, clear, end, text in re.findall(r"\x1b\[(\d+)F|(\x1b\[J)|(\r\n)|([^\x1b\r\n]+)", sent):
        if up:
            row -= int(up)
        elif clear:
            lines[row:] = [""]
        elif end:
            row += 1
            lines += [""] * (row == len(lines))
        else:
            lines[row] += text
    return lines


def test_on_a_terminal_each_style_has_a_bar_that_grows_where_it_stands(
    server: str, process_environment: Environment
) -> None:
    project = a_project("a table", "a knife", "an apple", "a cup", owner=a_user())
    an_engine(options={"seconds": 0.3, "refuse_words": ["knife"]})
    words = ["run", str(project.pk), "--style", "clear", "--style", "illustration", "--engine", "quick", "--watch"]
    with worker(process_environment):
        code, sent = on_a_terminal(80, shell(server, a_token()), *words)
    lines = what_is_seen(sent)
    assert code == 1
    assert lines[:3] == [
        "clear, quick:        ███████████████×××××  3 of 4, 1 failed, $0.00, completed",
        "illustration, quick: ███████████████×××××  3 of 4, 1 failed, $0.00, completed",
        "6 of 8 pictures are made, 2 failed. Cost so far: $0.00.",
    ]
    bars = re.findall(r"clear, quick: +(█*)×*░*  ", sent)
    assert list(map(len, bars)) == sorted(map(len, bars))
    assert len(set(bars)) > 2, "it grew"


def test_on_a_narrow_terminal_no_line_is_broken(server: str) -> None:
    run = a_run(a_project("a table", owner=a_user()))
    make_all()
    _code, sent = on_a_terminal(40, shell(server, a_token()), "status", str(run.project_id))
    assert what_is_seen(sent)[0] == "clear, quick:        ██████████████████"


def test_a_terminal_obeys_nothing_that_a_title_says(server: str) -> None:
    text = json.dumps({"title": "\x1b[2JGone\x07", "steps": [{"title": "a"}]}).encode()
    told = throughline(server, "import", "-", stdin=text)
    assert told.returncode == 0
    assert "“ [2JGone ”" in told.stdout.decode()


# --- the client, for programs ----------------------------------------------------------------------------------------


def test_events_come_in_order_and_once_although_the_server_starts_anew(process_environment: Environment) -> None:
    project = a_project(*"abc", owner=a_user())
    a_run(project)
    port = free_port()
    with web(process_environment, port) as url:
        events = Client(url, a_token()).events(project.pk, after=0)
        numbers = [next(events)["number"]]
    make_all()
    last = Event.objects.filter(project=project).latest("number").number
    with web(process_environment, port):
        while numbers[-1] < last:
            numbers.append(next(events)["number"])
    assert numbers == list(range(1, last + 1))


class Between(ThreadingHTTPServer):
    """Stands before a server and does to each request what comes next in `plan`; after that it hands them on."""

    def __init__(self, server: str, *plan: str) -> None:
        super().__init__(("127.0.0.1", 0), Hand)
        self.server, self.plan, self.keys = server, list(plan), list[str]()
        self.url = f"http://127.0.0.1:{self.server_port}"


class Hand(BaseHTTPRequestHandler):
    server: Between

    def do_POST(self) -> None:
        self.server.keys.append(self.headers["Idempotency-Key"])
        plan = self.server.plan.pop(0) if self.server.plan else ""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if plan.isdecimal():  # an answer of its own
            self.send_response(int(plan))
            self.send_header("Retry-After", "1")
            self.end_headers()
        elif plan != "close before":
            request = urllib.request.Request(self.server.server + self.path, body, dict(self.headers), method="POST")
            with urllib.request.urlopen(request) as answer:
                said = answer.read()
            if plan != "close behind":
                self.send_response(answer.status)
                self.end_headers()
                self.wfile.write(said)

    def log_message(self, *words: object) -> None:
        """To nobody."""


@contextmanager
def between(server: str, *plan: str) -> Iterator[Between]:
    with Between(server, *plan) as stands:
        thread = threading.Thread(target=stands.serve_forever, daemon=True)
        thread.start()
        yield stands
        stands.shutdown()
        thread.join()


@pytest.mark.parametrize("trouble", ["close before", "close behind", "502", "503", "429"])
def test_what_is_lost_on_the_way_is_sent_again_and_done_once(server: str, trouble: str) -> None:
    a_user()
    with between(server, trouble) as stands:
        made = Client(stands.url, a_token()).import_text(LIST, external_id="7")
    assert [project.pk for project in Project.objects.all()] == [made["project"]["id"]]
    assert len(stands.keys) == 2
    assert len(set(stands.keys)) == 1
    assert len(stands.keys[0]) == 36


def test_two_calls_have_two_keys(server: str) -> None:
    with between(server) as stands:
        client = Client(stands.url, a_token())
        client.import_text(LIST)
        client.import_text(LIST)
    assert len(set(stands.keys)) == Project.objects.count() == 2


def test_an_answer_that_never_comes_is_told_as_perhaps_charged(server: str) -> None:
    project = a_project("a table", owner=a_user())
    with between(server, *["close behind"] * 9) as stands, pytest.raises(Problem) as lost:
        Client(stands.url, a_token(), patience=1.5).start(project.pk, ["clear"])
    assert (lost.value.code, lost.value.charged, len(set(stands.keys))) == ("unreachable", "maybe", 1)
    assert "It may have cost money." in str(lost.value)
    assert StyleRun.objects.count() == 1


def test_who_is_sent_away_for_long_is_told_so_at_once(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    with between(server, "429") as stands, pytest.raises(Problem) as sent_away:
        Client(stands.url, a_token()).import_text(LIST)
    assert (sent_away.value.status, sent_away.value.retry_after, len(stands.keys)) == (429, 1.0, 1)


class Half(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half of it")

    def log_message(self, *words: object) -> None:
        """To nobody."""


def test_a_download_that_breaks_off_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("of last week")
    with ThreadingHTTPServer(("127.0.0.1", 0), Half) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        client = Client(f"http://127.0.0.1:{server.server_port}", "tl_x")
        with pytest.raises(Problem) as lost:
            client.download("exports/1/file", tmp_path / "x.zip")
    assert lost.value.code == "unreachable"
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("x.zip", "of last week")]


@pytest.mark.parametrize(
    "url", ["http://boards.example.org", "http://192.168.1.7:8000", "http://localhost.evil.example"]
)
def test_a_token_travels_unencrypted_to_other_machines_only_if_told_so(url: str) -> None:
    with pytest.raises(Problem) as refused:
        Client(url, "tl_x")
    assert refused.value.code == "usage"
    Client(url, "tl_x", insecure=True)


@pytest.mark.parametrize(
    "url", ["https://boards.example.org", "http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"]
)
def test_to_this_machine_and_by_https_it_may_travel(url: str) -> None:
    Client(url, "tl_x")


# --- what it is made of ----------------------------------------------------------------------------------------------


def test_it_needs_the_standard_library_and_httpx2_alone() -> None:
    """So that it may be copied elsewhere. For our own packages and Django import-linter holds it, too."""
    tree = ast.parse(Path(module.__file__).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    named = {node.module or "." if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports}
    assert {name.partition(".")[0] for name in named} - sys.stdlib_module_names == {"httpx2"}


def test_it_starts_without_django() -> None:
    look = "import sys, generation.client; print([name for name in sys.modules if name.startswith('django')])"
    told = subprocess.run([sys.executable, "-c", look], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
