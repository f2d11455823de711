"""What benchmarks of the whole machine stand on: a database, a broker, vendors on loopback and worker processes.

Import it before anything of Django: it makes a data directory, which ends with `machine`, and sets Django up on it.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

DATA = Path(tempfile.mkdtemp(prefix="throughline-bench-"))
atexit.register(shutil.rmtree, DATA, ignore_errors=True)
os.environ |= {"THROUGHLINE_DATA": str(DATA), "DJANGO_SETTINGS_MODULE": "config.settings"}
os.environ.setdefault("LOG_LEVEL", "ERROR")  # refusals are counted, not read
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django  # noqa: E402

django.setup()

import rq  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django_rq import get_queue  # noqa: E402

from config.broker import launch, remove_socket, wait_ready  # noqa: E402
from config.processes import spawn  # noqa: E402
from generation import actions  # noqa: E402
from generation.models import Account, ApiKey, Engine, KeyPool, Limit, StyleRun  # noqa: E402
from generation.rq import PICTURES  # noqa: E402
from storyboards.models import Project, Step, Style  # noqa: E402
from tests.simulator.client import Simulator, start_simulator  # noqa: E402

VENDOR = "gemini"
MODEL = "gemini-2.5-flash-image"


@dataclass(frozen=True)
class Machine:
    """All of it, running."""

    simulator: Simulator
    workers: Sequence[subprocess.Popen[bytes]]
    owner: User
    engine: Engine


@contextmanager
def machine(threads: int, *, timeout: int = 120) -> Iterator[Machine]:
    """One worker process of so many threads, and an engine as wide; `timeout` is seconds of a call."""
    with ExitStack() as stack:
        stack.callback(_clear)
        stack.callback(remove_socket, DATA)
        simulator = stack.enter_context(start_simulator())
        stack.callback(end, launch(DATA))
        wait_ready(settings.REDIS_URL)
        call_command("migrate", verbosity=0)
        engine = Engine.objects.create(
            slug="bench", title="Bench", provider=VENDOR, model=MODEL, max_parallel=threads, timeout=timeout
        )
        account("known to the worker from its start", 1, 60)
        environment = dict(os.environ) | {"GEMINI_BASE_URL": simulator.url(VENDOR)}
        worker = spawn([sys.executable, "manage.py", "worker", "--threads", str(threads)], environment)
        stack.callback(end, worker)
        wait_for(lambda: _listening() >= threads)
        yield Machine(simulator, [worker], User.objects.create_user("bench"), engine)


def _clear() -> None:
    """All but the secrets, which this process has read."""
    connection.close()
    for path in DATA.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name.startswith("db.sqlite3"):
            path.unlink()


def _listening() -> int:
    """Threads of worker processes that wait for a job."""
    return rq.Worker.count(queue=get_queue(PICTURES))


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait()


def wait_for(true: Callable[[], object], every: float = 0.1, seconds: float = 600.0) -> bool:
    """Whether it became true in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def account(name: str, amount: int, seconds: int) -> ApiKey:
    """An account that allows so much, known to us by one key; its secret is `secret_of(name)`."""
    row = Account.objects.create(provider=VENDOR, name=name)
    Limit.objects.create(account=row, model=MODEL, amount=amount, seconds=seconds)
    key = ApiKey(account=row, alias=name)
    key.put(secret_of(name))
    key.save()
    return key


def secret_of(name: str) -> str:
    return f"AIza-benchmark-{name}"


def pool(style: Style, keys: Sequence[ApiKey]) -> None:
    """The keys that pictures in this style are made with from now on."""
    row, _ = KeyPool.objects.get_or_create(provider=VENDOR, title=style.slug)
    row.styles.set([style])
    row.keys.set(keys)


def start(owner: User, engine: Engine, title: str, styles: Sequence[Style], steps: int) -> list[StyleRun]:
    """So many pictures in each style, none of which waits for another."""
    project = Project.objects.create(owner=owner, title=title)
    Step.objects.bulk_create(
        Step(project=project, position=number, title=f"Put thing {number} of {title} on the table")
        for number in range(1, steps + 1)
    )
    return actions.start(project, user=owner, styles=styles, strategy="independent", engine=engine)
