"""`manage.py up` with real processes: it starts, heals, refuses and leaves nothing behind."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
import redis

from config.broker import remove_socket
from config.embedded import broker_socket
from config.processes import BASE_DIR
from tests.processes import Up, program_environment, wait_for

pytestmark = [
    pytest.mark.xdist_group("processes"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
Start = Callable[..., Up]


def end(up: Up) -> None:
    if up.process.poll() is None:
        up.process.kill()
    up.process.wait()
    remove_socket(up.data)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up(tmp_path_factory.mktemp("up") / "data", "--port", "0", "--no-samples").ready()
    yield up
    end(up)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts another one on the test's own data directory."""
    started: list[Up] = []

    def start(*options: str, samples: bool = False, **more: Any) -> Up:
        without = () if samples else ("--no-samples",)
        started.append(Up(tmp_path / "data", "--port", "0", *without, *options, **more))
        return started[-1]

    yield start
    for up in started:
        end(up)


def refusal(up: Up) -> str:
    assert up.process.wait(timeout=30) == 1
    assert "Traceback" not in up.output
    return up.output


def test_it_serves_the_log_in_page(running: Up) -> None:
    assert running.status("/login/") == 200


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_log_in_it_prints_works_in_the_form(running: Up, name: str) -> None:
    origin = running.url.replace("127.0.0.1", name)
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    browser.addheaders = [("Origin", origin)]
    form = browser.open(f"{origin}/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token, form
    fields = {"csrfmiddlewaretoken": token[1], "username": "admin", "password": running.password}
    browser.open(f"{origin}/login/?next=/admin/", urllib.parse.urlencode(fields).encode())
    with browser.open(f"{origin}/admin/") as page:
        assert page.url == f"{origin}/admin/"


def test_what_it_keeps_is_for_this_user_alone(running: Up) -> None:
    for kept in ("secrets.json", "db.sqlite3", "broker"):
        assert (running.data / kept).stat().st_mode & 0o077 == 0
    assert broker_socket(running.data).parent.stat().st_mode & 0o077 == 0


def test_the_secret_key_is_not_printed(running: Up) -> None:
    assert (running.data / "secrets.json").read_text().split('"secret_key": "')[1][:20] not in running.output


def test_a_second_start_on_the_same_data_is_refused(running: Up) -> None:
    second = Up(running.data, "--port", "0")
    assert f"already running on {running.data}: {running.url}" in refusal(second)
    assert running.status("/login/") == 200


def test_a_port_in_use_is_said(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        up = start("--port", str(other.getsockname()[1]))
        assert "Cannot listen on 127.0.0.1 port" in refusal(up)
    assert up.gone()


@pytest.mark.parametrize(
    ("url", "words"),
    [("redis://127.0.0.1:1/0", "redis://127.0.0.1:1/0 does not answer"), ("nonsense", "REDIS_URL is not an address")],
)
def test_a_bad_broker_address_is_said(start: Start, url: str, words: str) -> None:
    up = start(REDIS_URL=url)
    assert words in refusal(up)
    assert up.gone()


@pytest.mark.parametrize("name", ["broker", "web", "worker"])
def test_a_killed_child_is_started_again(running: Up, name: str) -> None:
    killed = wait_for(lambda: running.child(name), f"the {name}")
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: running.child(name) not in (None, killed), f"another {name}")
    assert f"{name} was killed by SIGKILL: starting it again" in running.output
    assert running.status("/login/") == 200  # while the web starts again, the request waits
    with redis.Redis(unix_socket_path=str(broker_socket(running.data))) as client:
        wait_for(client.ping, "the broker")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_leaves_no_process(start: Start, number: signal.Signals) -> None:
    up = start().ready()
    up.process.send_signal(number)
    assert up.process.wait(timeout=30) == 0
    assert up.gone()
    assert not broker_socket(up.data).parent.exists()


def test_stopping_while_it_starts_leaves_no_process(start: Start) -> None:
    up = start()
    wait_for(lambda: up.child("broker"), "the broker")
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(timeout=30) == 130
    assert up.gone()


def test_killing_it_leaves_no_orphan(start: Start) -> None:
    up = start().ready()
    up.process.kill()
    up.process.wait()
    wait_for(up.gone, "the children to end", 5)


def test_killing_uv_leaves_no_orphan(start: Start) -> None:
    uv = shutil.which("uv") or pytest.skip("without uv")
    up = start(command=[uv, "run", "--no-project", sys.executable]).ready()
    up.process.kill()
    up.process.wait()
    wait_for(up.gone, "everything to end", 15)


def test_the_log_in_is_printed_as_long_as_it_works(start: Start) -> None:
    first = start().ready()
    first.process.kill()
    first.process.wait()
    second = start().ready()
    assert second.password == first.password
    set_password(second.data, "another one")
    second.process.terminate()
    second.process.wait()
    third = start().ready()
    assert "Log in  as before" in third.output
    assert first.password not in third.output


def test_the_first_start_brings_sample_boards_and_a_later_one_does_not(start: Start) -> None:
    first = start(samples=True).ready()
    assert projects(first.data) > 0
    first.process.terminate()
    first.process.wait()
    forget_projects(first.data)
    second = start(samples=True).ready()
    assert projects(second.data) == 0


def test_a_first_start_may_be_empty(running: Up) -> None:
    assert projects(running.data) == 0


def projects(data: Path) -> int:
    with closing(sqlite3.connect(data / "db.sqlite3")) as database:
        return int(database.execute("SELECT count(*) FROM storyboards_project").fetchone()[0])


def set_password(data: Path, password: str) -> None:
    admin = "from django.contrib.auth.models import User; admin = User.objects.get()"
    shell(data, f"{admin}; admin.set_password({password!r}); admin.save()")


def forget_projects(data: Path) -> None:
    shell(data, "from storyboards.models import Project; Project.objects.all().delete()")


def shell(data: Path, code: str) -> None:
    command = [sys.executable, "manage.py", "shell", "-c", code]
    subprocess.run(command, cwd=BASE_DIR, env=program_environment(data), check=True, capture_output=True)
