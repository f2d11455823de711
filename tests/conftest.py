"""What all tests share: one broker per test process, and the environment for processes that a test starts."""

import os
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.db import connection

from config.broker import launch, wait_ready
from generation.api.throttles import calls
from tests.simulator.client import Simulator, start_simulator

collect_ignore = [] if connection.vendor == "postgresql" else ["generation/test_pool.py"]
"""SQLite has no pool to count; `test_postgresql.py` runs what is about it."""


@pytest.fixture(scope="session", autouse=True)
def broker() -> Iterator[subprocess.Popen[bytes]]:
    """This test process's own broker; it dies with us even when we are killed."""
    process = launch(settings.DATA_DIR)
    wait_ready(settings.REDIS_URL)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def flushed_broker() -> Iterator[redis.Redis]:
    """A client of the broker, which is empty before and after the test."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()
        yield client
        client.flushall()


@pytest.fixture(scope="session")
def process_environment(django_db_setup: None) -> dict[str, str]:
    """The environment of a program process that works on the tests' own database, pictures and broker."""
    address = urlsplit(os.environ.get("DATABASE_URL", "sqlite://"))
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": f"{address.scheme}://{address.netloc}/{connection.settings_dict['NAME']}",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    """This test process's own vendors."""
    with start_simulator() as running:
        yield running


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    """The vendors, who know nobody and have seen nothing yet."""
    simulator_process.reset()
    return simulator_process


@pytest.fixture(autouse=True)
def nobody_has_called_yet() -> None:
    """Tokens of one test have the numbers of another's: their calls are not counted together."""
    calls.forget()
