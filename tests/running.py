"""Workers and web servers as processes of their own, on a test's database and broker."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from config.processes import spawn
from generation.models import StyleRun
from tests.processes import wait_for

Environment = dict[str, str]


@contextmanager
def worker(environment: Environment, *, threads: int = 2, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py worker`, killed at the end however it went."""
    command = [sys.executable, "manage.py", "worker", "--threads", str(threads)]
    with _running(command, environment | more) as process:
        yield process


@contextmanager
def web(environment: Environment, port: int = 0) -> Iterator[str]:
    """The web process on this port, or on a free one; the address."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "config.web", "-b", "127.0.0.1", "-p", str(port), "config.asgi:application"]
    with _running(command, environment | {"PUBLIC_URL": url}):
        wait_for(lambda: _listens(port), "the web server", 30)
        yield url


def process_at(server: str) -> int:
    """The number of the process that serves this address."""
    port = server.rpartition(":")[2].encode()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes().split(b"\0")
            if b"config.web" in line and port in line:
                return int(entry.name)
    raise AssertionError("no web server")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _running(command: list[str], environment: Environment) -> Iterator[subprocess.Popen[bytes]]:
    process = spawn(command, environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def wait_for_end(run: StyleRun, seconds: float = 30) -> StyleRun:
    """The run once nothing of it is under way any more."""

    def ended() -> StyleRun | None:
        connection.close()
        now = StyleRun.objects.get(pk=run.pk)
        return None if now.is_active else now

    return wait_for(ended, f"the end of {run}", seconds)


def cookie_of(user: User) -> str:
    """The cookie header of somebody who is logged in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return f"sessionid={client.cookies['sessionid'].value}"
