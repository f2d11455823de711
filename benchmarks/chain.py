"""What Throughline adds to a chain: ten 1024 px photographic pictures on an engine that takes exactly one second each.

Run with `uv run python benchmarks/chain.py`. The same ten calls are made in a bare loop beside it, turn about in one
run, so the machine's state is the same for both. What is left between them is what claiming, checking, storing,
settling, events and the queue cost a step.
"""

import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

DATA = Path(tempfile.mkdtemp(prefix="throughline-bench-"))
os.environ |= {"THROUGHLINE_DATA": str(DATA), "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "WARNING"}
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from config.broker import launch, remove_socket, wait_ready  # noqa: E402
from config.processes import spawn  # noqa: E402
from generation import actions  # noqa: E402
from generation.models import Engine, RunStatus, StyleRun, Take, Worker  # noqa: E402
from generation.providers import get_provider  # noqa: E402
from generation.providers.base import ImageRequest, Reference, ReferenceRole  # noqa: E402
from storyboards.models import Project, Step, Style  # noqa: E402

STEPS = 10
TRIALS = 3
OPTIONS = {"seconds": 1.0, "photographic": True}
THINGS = ("apple", "cat", "lamp", "book", "bottle", "clock", "cup", "bird", "box", "rope")
TEXTS = [f"Put one {thing} on the table" for thing in THINGS]


class Unwatched:
    """The bare loop's call handle: nobody watches."""

    id = "bench"
    resume = None

    def started(self, remote_id: str) -> None:
        pass

    def progress(self, done: int, total: int) -> None:
        pass

    def cancelled(self) -> bool:
        return False


def bare_loop() -> tuple[float, int]:
    """The ten calls and nothing else; seconds, and the bytes of the last picture."""
    provider = get_provider("sketch")
    references: tuple[Reference, ...] = ()
    began = time.monotonic()
    for text in TEXTS:
        request = ImageRequest(
            text, (text,), "clear", 1024, 1024, seed=1, model="", timeout=60, references=references, options=OPTIONS
        )
        picture = provider.generate(request, "", Unwatched()).data
        references = (Reference(picture, "image/png", ReferenceRole.PREVIOUS),)
    return time.monotonic() - began, len(picture)


def product(owner: User, engine: Engine) -> float:
    """The same ten through button, queue, worker and database; seconds from the start to the run's end."""
    project = Project.objects.create(owner=owner, title="Benchmark")
    for number, text in enumerate(TEXTS, start=1):
        Step.objects.create(project=project, position=number, title=text)
    style = Style.objects.get(slug="clear")
    began = timezone.now()
    run = actions.start(project, user=owner, styles=[style], strategy="chained", engine=engine)[0]
    wait_for(lambda: not StyleRun.objects.get(pk=run.pk).is_active, 0.25)
    run.refresh_from_db()
    assert run.status == RunStatus.COMPLETED
    assert run.completed_at
    assert Take.objects.filter(run=run, original__isnull=False).count() == STEPS
    return (run.completed_at - began).total_seconds()


def wait_for(true: Callable[[], bool], every: float) -> None:
    while not true():
        time.sleep(every)


def measure() -> None:
    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("bench")
    engine = Engine.objects.create(slug="bench", title="Bench", provider="sketch", options=OPTIONS)
    bare_loop()  # modules and fonts are loaded on both sides
    product(owner, engine)
    bare, ours = [], []
    for _ in range(TRIALS):
        seconds, size = bare_loop()
        bare.append(seconds)
        ours.append(product(owner, engine))
    report(statistics.median(bare), statistics.median(ours), size)


def report(bare: float, ours: float, size: int) -> None:
    print(f"{STEPS} chained pictures of 1024 px ({size / 1e6:.1f} MB as PNG), 1 s each, median of {TRIALS} turns")
    print(f"bare loop    {bare:7.3f} s   {1000 * (bare / STEPS - 1):6.1f} ms a step over 1 s")
    print(f"Throughline  {ours:7.3f} s   {1000 * (ours / STEPS - 1):6.1f} ms a step over 1 s")
    print(f"difference   {1000 * (ours - bare) / STEPS:6.1f} ms a step (aim: under 25)   ratio {ours / bare:.3f}")


def main() -> None:
    broker = launch(DATA)
    wait_ready(settings.REDIS_URL)
    worker = None
    try:
        call_command("migrate", verbosity=0)
        worker = spawn([sys.executable, "manage.py", "worker", "--threads", "4"], dict(os.environ))
        wait_for(Worker.objects.exists, 0.05)
        measure()
    finally:
        for process in filter(None, (worker, broker)):
            process.send_signal(signal.SIGTERM)
            process.wait()
        remove_socket(DATA)
        shutil.rmtree(DATA, ignore_errors=True)


if __name__ == "__main__":
    main()
