"""`manage.py up`: the whole product with one command. Broker, database, web and a worker, kept running until Ctrl-C."""

import os
import select
import signal
import socket
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections
from django.urls import reverse

from config import broker
from config.addresses import Address, listen
from config.embedded import load_secrets
from config.processes import BASE_DIR, spawn, take_lock
from config.supervisor import Child, Supervisor

ADMIN = "admin"
FIRST_PAGE_SECONDS = 60


class Command(BaseCommand):
    help = "Start Throughline: broker, database, web and worker. Ctrl-C finishes the work in hand and stops everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 is all of them")
        parser.add_argument("--port", type=int, default=8000, help="0 picks a free one")
        parser.add_argument("--data", type=Path, help="directory of database, pictures, secrets (THROUGHLINE_DATA)")
        parser.add_argument("--threads", type=_positive, help="how many pictures the worker makes at a time")
        parser.add_argument("--no-samples", action="store_true", help="start without sample boards the first time")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["data"] and options["data"].resolve() != settings.DATA_DIR:
            raise CommandError("Start with `manage.py up --data …`, or set THROUGHLINE_DATA.")
        os.umask(0o077)  # database, pictures and broker are this user's own
        for number in (
            signal.SIGINT,
            signal.SIGTERM,
        ):  # until the supervisor listens; a shell's background jobs have none
            signal.signal(number, signal.default_int_handler)
        with _only_one(options["host"], options["port"]) as server:
            self._serve(server, options)

    def _serve(self, server: socket.socket, options: dict[str, Any]) -> None:
        supervisor = Supervisor()
        try:
            log_in = self._start(supervisor, server, options)
            supervisor.listen()
            self._greet(server, log_in)
            supervisor.run()
            self.stdout.write("Stopping when the work in hand is done. Ctrl-C again stops at once.")
        except KeyboardInterrupt as error:
            raise CommandError("Stopped before it was ready.", returncode=130) from error
        except broker.BrokerError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        finally:
            supervisor.stop()
            broker.remove_socket(settings.DATA_DIR)

    def _start(self, supervisor: Supervisor, server: socket.socket, options: dict[str, Any]) -> str:
        """Bring everything up, and return the log-in to show."""
        if "REDIS_URL" not in os.environ:
            supervisor.start(Child("broker", partial(broker.launch, settings.DATA_DIR), patience=10))
        broker.wait_ready(settings.REDIS_URL, seconds=5)
        call_command("migrate", verbosity=0, interactive=False)
        first = not get_user_model().objects.exists()
        if first:
            get_user_model().objects.create_superuser(ADMIN, password=_generated_password())
        address = _address(server)
        environment = address.environment(os.environ) | {"THROUGHLINE_DATA": str(settings.DATA_DIR)}
        supervisor.start(_web(server, environment | {"LOCAL_USER": address.local_user(os.environ)}))
        supervisor.start(_worker(options["threads"], environment))
        if first and not options["no_samples"]:
            call_command("samples", owner=ADMIN, begin=True, stdout=StringIO())
        log_in = _log_in()
        _close_database()
        _wait_for_page(supervisor, server)
        return log_in

    def _greet(self, server: socket.socket, log_in: str) -> None:
        self.stdout.write(
            "\nThroughline is ready.\n"
            f"  Open    {self.style.SUCCESS(_address(server).url(os.environ) + '/')}\n"
            f"  Log in  {log_in}\n"
            f"  Data    {settings.DATA_DIR}\n"
            "  Stop    Ctrl-C\n"
        )
        self.stdout.flush()  # a pipe would keep it


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ArgumentTypeError("at least 1")
    return number


@contextmanager
def _only_one(host: str, port: int) -> Iterator[socket.socket]:
    """Hold the data directory and the port; say in words which of them somebody else has."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    path = settings.DATA_DIR / "up.lock"
    lock = take_lock(path)
    if lock is None:
        raise CommandError(f"Throughline is already running on {settings.DATA_DIR}: {path.read_text()}")
    with lock, _listening(host, port) as server:
        lock.truncate(0)
        lock.write(f"{_address(server).url(os.environ)} (process {os.getpid()})")
        lock.flush()
        yield server


def _listening(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except (OSError, OverflowError) as error:
        raise CommandError(
            f"Cannot listen on {host} port {port}: {error}. Choose another --port; 0 is a free one."
        ) from error


def _address(server: socket.socket) -> Address:
    host, port = server.getsockname()[:2]
    return Address(host, port)


def _web(server: socket.socket, environment: dict[str, str]) -> Child:
    command = [sys.executable, "-m", "config.web", "--fd", str(server.fileno()), "--verbosity", "0", "--no-server-name"]
    command.append("config.asgi:application")
    return Child("web", partial(spawn, command, environment, pass_fds=[server.fileno()]), patience=15)


def _worker(threads: int | None, environment: dict[str, str]) -> Child:
    """It ends when the pictures in hand are made; those that take longer than its patience are made again."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), "worker"]
    if threads is not None:
        command += ["--threads", str(threads)]
    return Child("worker", partial(spawn, command, environment), patience=75)


def _generated_password() -> str:
    return load_secrets(settings.DATA_DIR)["admin_password"]


def _log_in() -> str:
    """The generated log-in, as long as nobody has changed it."""
    user = get_user_model().objects.filter(username=ADMIN, is_active=True).first()
    if user is not None and user.check_password(_generated_password()):
        return f"{ADMIN} / {_generated_password()}"
    return "as before"


def _close_database() -> None:
    """This process is done with it: it keeps neither a connection nor PostgreSQL's pool."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        getattr(connection, "close_pool", lambda: None)()


def _wait_for_page(supervisor: Supervisor, server: socket.socket) -> None:
    """Return when the web process has answered. Raises CommandError where it does not, or keeps ending."""
    deadline = time.monotonic() + FIRST_PAGE_SECONDS

    def watch() -> None:
        supervisor.tick()
        if time.monotonic() > deadline or any(child.early_deaths > 2 for child in supervisor.named("web")):
            raise CommandError("The web process serves no page; the reason stands above.")

    while not _page_answers(_address(server), watch):
        watch()


def _page_answers(address: Address, watch: Callable[[], None]) -> bool:
    """Ask for the first page; `watch` is called while it is made."""
    host = urlsplit(address.url(os.environ)).netloc
    request = f"GET {reverse('login')} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    with suppress(ConnectionError), socket.create_connection(address.nearest()) as client:
        client.sendall(request.encode())
        while not select.select([client], [], [], 0.1)[0]:
            watch()
        return client.recv(1) != b""
    return False
