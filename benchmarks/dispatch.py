"""What choosing costs: one claim among 1,000 and among 100,000 pending takes, and 1,000 frames through four workers.

Run with `uv run python benchmarks/dispatch.py`, and with `DATABASE_URL=postgres://…` (and `SECRET_KEY`) for PostgreSQL.
Both sizes are measured in one run, turn about, so the machine's state is the same for both.
"""

import os
import statistics
import sys
import time
from contextlib import ExitStack

import stage  # first: it sets Django up

# isort: split
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from config.broker import launch, remove_socket, wait_ready
from config.processes import spawn
from generation import dispatch, planning
from generation.models import Engine, Frame, RunStatus, Status, StyleRun, Take, Worker
from storyboards.models import Project, Step, Style

FEW, MANY = 1_000, 100_000
FRAMES_A_RUN = 100
OWNERS = 20
CLAIMS = 60
TURNS = 3
FRAMES = 1_000
WORKERS = 4


def fill(engine: Engine, style: Style, takes: int) -> None:
    """Runs of a hundred pictures that could all begin at once, of twenty people."""
    owners = [User.objects.get_or_create(username=f"bench-{number}")[0] for number in range(OWNERS)]
    for number in range(takes // FRAMES_A_RUN):
        project = Project.objects.create(owner=owners[number % OWNERS], title=f"Board {number}")
        steps = Step.objects.bulk_create(
            Step(project=project, position=position, title=f"Step {position}")
            for position in range(1, FRAMES_A_RUN + 1)
        )
        run = StyleRun.objects.create(
            project=project, style=style, engine=engine, strategy="independent", status=RunStatus.GENERATING, seed=1,
            started_at=timezone.now(), snapshot=planning.snapshot(project, style, engine),
        )  # fmt: skip
        frames = Frame.objects.bulk_create(Frame(run=run, step=step, position=step.position) for step in steps)
        Take.objects.bulk_create(
            Take(frame=frame, run=run, position=frame.position, seed=1, ready_at=timezone.now()) for frame in frames
        )


def claims() -> float:
    """Milliseconds of one claim, the median."""
    taken = []
    for _ in range(CLAIMS):
        began = time.perf_counter()
        claim = dispatch.claim()
        taken.append(1000 * (time.perf_counter() - began))
        assert claim is not None
        put_back(claim.take_id)
    return statistics.median(taken)


def put_back(take_id: int) -> None:
    Take.objects.filter(pk=take_id).update(status=Status.PENDING, lease_until=None, worker=None)
    Take.objects.get(pk=take_id).calls.all().delete()


def measure_claims() -> None:
    style = Style.objects.get(slug="clear")
    engine = Engine.objects.create(slug="bench", title="Bench", provider="sketch", max_parallel=1000)
    found: dict[int, list[float]] = {}
    for takes in (FEW, MANY):
        fill(engine, style, takes - Take.objects.count())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as PostgreSQL does by itself within a minute: it would plan for empty tables
        found[takes] = [claims() for _ in range(TURNS)]
    few, many = (statistics.median(found[takes]) for takes in (FEW, MANY))
    print(f"one claim on {connection.vendor}, median of {TURNS} × {CLAIMS}")
    print(f"  among {FEW:>7,} pending takes  {few:7.2f} ms")
    print(f"  among {MANY:>7,} pending takes  {many:7.2f} ms   ratio {many / few:.2f} (aim: under 2)")


def measure_frames() -> None:
    """Drawing them is part of it: 64 px each, by the offline provider."""
    owner = User.objects.get_or_create(username="bench")[0]
    engine = Engine.objects.create(slug="instant", title="Instant", provider="sketch", max_parallel=64, longest_side=64)
    with ExitStack() as running:
        running.callback(remove_socket, stage.DATA)
        running.callback(stage.end, launch(stage.DATA))
        wait_ready(settings.REDIS_URL)
        command = [sys.executable, "manage.py", "worker", "--threads", "2"]
        for _ in range(WORKERS):
            running.callback(stage.end, spawn(command, dict(os.environ)))
        stage.wait_for(lambda: Worker.objects.alive().aggregate(sum=Sum("threads"))["sum"] == 2 * WORKERS)
        style = Style.objects.get(slug="clear")
        began = time.monotonic()
        runs = [run for title in ("one", "two") for run in stage.start(owner, engine, title, [style], FRAMES // 2)]
        stage.wait_for(lambda: not StyleRun.objects.active().exists())
        taken = time.monotonic() - began
    made = Frame.objects.filter(run__in=runs, status=Status.COMPLETED).count()
    print(f"{made:,} frames through {WORKERS} worker processes: {taken:.1f} s, {made / taken:.0f} a second")


def main() -> None:
    call_command("migrate", verbosity=0)
    measure_frames()
    StyleRun.objects.all().delete()
    measure_claims()


if __name__ == "__main__":
    main()
