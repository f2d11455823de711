"""Kills a random process of the running product every three seconds for a minute, and counts what was lost: nothing.

Run with `uv run python benchmarks/chaos.py [seed]`. 200 frames in four runs of every strategy, on an engine that
takes half a second a picture; the victims are the worker, the web server and the broker, each with SIGKILL, and now
and then the broker forgets everything instead. Afterwards every frame must have come to an end and no picture may
have been made twice.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

DATA = Path(tempfile.mkdtemp(prefix="throughline-chaos-"))
os.environ |= {"THROUGHLINE_DATA": str(DATA), "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR"}
HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

import django  # noqa: E402

django.setup()

import redis  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db.models import Count  # noqa: E402

from generation import actions  # noqa: E402
from generation.models import Call, Engine, Event, Frame, Outcome, Strategy, StyleRun, Take  # noqa: E402
from storyboards.models import Project, Step, Style  # noqa: E402

SECONDS = 60
EVERY = 3
FRAMES = 50
VICTIMS = {"worker": "manage.py worker", "web": "-m config.web", "broker": "valkey-server"}


def main() -> None:
    random.seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    log = DATA.with_suffix(".log")
    with log.open("wb") as output:
        command = [sys.executable, "manage.py", "up", "--port", "0", "--no-samples", "--threads", "4"]
        product = subprocess.Popen(command, cwd=HERE, stdout=output, stderr=output)
    try:
        wait_for(lambda: "Ctrl-C" in log.read_text(), 60, "the start")
        start_runs()
        killed = make_chaos()
        began = time.monotonic()
        wait_for(lambda: not StyleRun.objects.active().exists(), 300, "the end of all runs")
        report(killed, time.monotonic() - began)
    finally:
        product.send_signal(signal.SIGINT)
        product.wait()
        shutil.rmtree(DATA, ignore_errors=True)
        log.unlink()


def start_runs() -> None:
    owner = User.objects.get(username="admin")
    engine = Engine.objects.create(
        slug="chaos", title="Chaos", provider="sketch", longest_side=256, options={"seconds": 0.5}, max_attempts=99
    )
    for strategy in Strategy.values:
        project = Project.objects.create(owner=owner, title=strategy)
        Step.objects.bulk_create(
            Step(project=project, position=n, title=f"{n} birds", transition="H" if n % 5 == 1 else "C")
            for n in range(1, FRAMES + 1)
        )
        actions.start(project, user=owner, styles=[Style.objects.get(slug="clear")], strategy=strategy, engine=engine)


def make_chaos() -> Counter[str]:
    killed: Counter[str] = Counter()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        time.sleep(EVERY)
        what = random.choice([*VICTIMS, "flush"])
        killed[what] += flush() if what == "flush" else kill(VICTIMS[what])
    return killed


def kill(marker: str) -> bool:
    """The child with these words in its command line, of this data directory."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            ours = f"THROUGHLINE_DATA={DATA}".encode() in (entry / "environ").read_bytes().split(b"\0")
        except (OSError, UnicodeDecodeError):
            continue
        if ours and marker in command and re.search(r"python|valkey", command):
            os.kill(int(entry.name), signal.SIGKILL)
            return True
    return False


def flush() -> bool:
    try:
        redis.Redis.from_url(settings.REDIS_URL).flushall()
    except redis.RedisError:
        return False
    return True


def wait_for(true: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.2)


def report(killed: Counter[str], seconds: float) -> None:
    frames = Counter(Frame.objects.values_list("status", flat=True))
    twice = Take.objects.values("frame").annotate(n=Count("pk")).filter(n__gt=1).count()
    late = Take.objects.filter(kind="late").count()
    unknown = Call.objects.filter(outcome=Outcome.UNKNOWN).count()
    print(f"killed in {SECONDS} s: {dict(killed)}; the last run ended {seconds:.0f} s later")
    print(f"frames: {dict(frames)} of {4 * FRAMES}; lost: {4 * FRAMES - frames['completed'] - frames['failed']}")
    print(f"takes beyond one a frame: {twice} ({late} late answers); calls whose answer was lost: {unknown}")
    for project in Project.objects.all():
        numbers = list(Event.objects.filter(project=project).values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1)), "events have gaps"
    print("events: no gap, no double")


if __name__ == "__main__":
    main()
