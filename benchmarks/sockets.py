"""How soon those who watch a project are told, what is lost on a line that breaks, and what watching and waiting hold.

Run with `uv run python benchmarks/sockets.py [--sockets 1 1000] [--pictures 20] [--dropped 100] [--waiting 100]`. All
of it is one machine: simulator, worker, broker, daphne, and the clients in a process of their own, on as many cores as
there are. The pictures of one run are made one after another; every client is told of each.

- told after: from the vendor's answer (its own clock) to the client's receipt, over all pictures and clients; what
  checking, storing and settling a picture takes is in it. Of these the line “settled” is from the event's own time,
  which is taken right before its transaction ends.
- memory: what the kernel counts as resident of daphne (`VmRSS`), before and with so many idle sockets.
- lost, doubled: numbers, of clients behind a TCP proxy that drops all connections every two seconds.
- waiting calls: threads of daphne and its open databases, before and while they wait.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stage
from inflight import resident

from config.addresses import listen
from config.processes import spawn
from generation import actions
from generation.models import ApiToken, Event, Scope, StyleRun
from storyboards.models import Project, Step, Style

ANSWER_SECONDS = 0.5
DROP_EVERY = 2.0
SETTLE_SECONDS = 3.0
"""After opening, before memory and threads are looked at."""
WATCHERS = Path(__file__).with_name("watchers.py")


@dataclass(frozen=True)
class Scene:
    """A machine with its web process, and somebody's token."""

    machine: stage.Machine
    server: str
    process: int
    token: str
    style: Style


# --- what there is ---------------------------------------------------------------------------------------------------


@contextmanager
def scene() -> Iterator[Scene]:
    """Limits are out of the way: vendors', and those of the API."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    unlimited = {"API_READS_A_MINUTE": "10000000", "API_WRITES_A_MINUTE": "10000000", "API_OPEN_AT_ONCE": "100000"}
    with stage.machine(2) as machine, web(dict(os.environ) | unlimited) as (server, process):
        style = Style.objects.order_by("pk")[0]
        stage.pool(style, [stage.account("plenty", 1_000_000, 60)])
        machine.simulator.account(stage.VENDOR, "plenty", {"plenty": stage.secret_of("plenty")})
        machine.simulator.latency(stage.VENDOR, ANSWER_SECONDS)
        _, token = ApiToken.objects.issue(machine.owner, "watchers", Scope.values)
        yield Scene(machine, server, process, token, style)


@contextmanager
def web(environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """daphne, as `up` starts it: the address, and its process."""
    listening = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    command = [sys.executable, "-m", "config.web", "--fd", str(listening.fileno()), "--verbosity", "0"]
    command.append("config.asgi:application")
    process = spawn(command, environment | {"PUBLIC_URL": address}, pass_fds=[listening.fileno()])
    try:
        yield address, process.pid
    finally:
        process.kill()
        process.wait()
        listening.close()


def project_of(scene: Scene, title: str, pictures: int) -> Project:
    project = Project.objects.create(owner=scene.machine.owner, title=title)
    Step.objects.bulk_create(
        Step(project=project, position=number, title=f"Put thing {number} on the table")
        for number in range(1, pictures + 1)
    )
    return project


def start(scene: Scene, project: Project) -> StyleRun:
    """One picture after another."""
    engine = scene.machine.engine
    return actions.start(project, user=project.owner, styles=[scene.style], strategy="chained", engine=engine)[0]


class Watchers:
    """Their process. `opened`: seconds until all were open."""

    def __init__(self, scene: Scene, *options: str) -> None:
        command = [sys.executable, str(WATCHERS), scene.server, *options]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=dict(os.environ) | {"WATCHER_TOKEN": scene.token},
        )
        self.opened: float = self._read()["seconds"]

    def end(self, last: int = 0) -> Any:
        """What they were told up to this number."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{last}\n")
        self.process.stdin.flush()
        told = self._read()
        self.process.wait()
        return told

    def _read(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


# --- what is measured ------------------------------------------------------------------------------------------------


def make(scene: Scene, project: Project) -> int:
    """All its pictures; the number of the last event, those of the full-size files included."""
    run = start(scene, project)
    stage.wait_for(lambda: not StyleRun.objects.get(pk=run.pk).is_active, 0.25)
    displayed = run.takes.exclude(display=None)
    stage.wait_for(lambda: displayed.count() == run.takes.count(), 0.25, 60)
    return Event.objects.filter(project=project).latest("number").number


def told_after(scene: Scene, sockets: int, pictures: int) -> None:
    project = project_of(scene, f"{sockets} sockets", pictures)
    before, answers = resident(scene.process), len(scene.machine.simulator.log(stage.VENDOR))
    watchers = Watchers(scene, "--project", str(project.pk), "--sockets", str(sockets))
    time.sleep(SETTLE_SECONDS)
    idle = resident(scene.process)
    told = watchers.end(make(scene, project))
    moments: dict[str, list[float]] = told["moments"]
    answered = [entry.answered for entry in scene.machine.simulator.log(stage.VENDOR)[answers:] if entry.answered]
    completed = Event.objects.filter(project=project, kind="frame.completed").order_by("number")
    offset = time.monotonic() - time.time()
    since_answer, since_settled = [], []
    for event, answer in zip(completed, answered, strict=True):
        since_answer += [moment - answer for moment in moments[str(event.number)]]
        since_settled += [moment - (event.at.timestamp() + offset) for moment in moments[str(event.number)]]
    print(f"{sockets:6} sockets, opened in {watchers.opened:.1f} s; lost {told['lost']}, doubled {told['doubled']}")
    print(f"       told after the vendor's answer   {spread(since_answer)}")
    print(f"       told after it was settled        {spread(since_settled)}")
    print(
        f"       memory {(idle - before) / 1024 / sockets:8.1f} KiB a socket, {idle / 2**20:.0f} MiB in all", flush=True
    )


def spread(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return "–"
    parts = statistics.quantiles(seconds, n=20, method="inclusive")
    return f"p50 {parts[9] * 1000:6.1f} ms   p95 {parts[18] * 1000:6.1f} ms   most {max(seconds) * 1000:6.1f} ms"


def dropped(scene: Scene, sockets: int, pictures: int) -> None:
    project = project_of(scene, "dropped", pictures)
    watchers = Watchers(scene, "--project", str(project.pk), "--sockets", str(sockets), "--drop-every", str(DROP_EVERY))
    last = make(scene, project)
    told = watchers.end(last)
    print(
        f"{sockets:6} sockets, {told['drops']} drops {DROP_EVERY:.0f} s apart, opened {told['opened']} times: of"
        f" {last} numbers each lost {told['lost']}, doubled {told['doubled']} (aim: none)",
        flush=True,
    )


def waiting(scene: Scene, calls: int) -> None:
    """Calls for a picture that does not come."""
    scene.machine.simulator.latency(stage.VENDOR, 60)
    run = start(scene, project_of(scene, "waiting", 1))
    path = f"/api/v1/frames/{run.frames.get().pk}?wait=60"
    before = threads(scene.process), databases(scene.process)
    watchers = Watchers(scene, "--call", path, "--sockets", str(calls))
    now = threads(scene.process), databases(scene.process)
    answered = watchers.end()["answered"]
    held = f"threads {before[0]} → {now[0]}, open databases {before[1]} → {now[1]} (aim: none more)"
    print(f"{calls:6} waiting calls: {held}; answered at once: {Counter(answered) or 'none'}", flush=True)
    actions.cancel(run, run.created_by)


def threads(process: int) -> int:
    return len(os.listdir(f"/proc/{process}/task"))


def databases(process: int) -> int:
    """Connections to SQLite are open files."""
    found = 0
    for entry in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            found += os.readlink(entry).endswith(".sqlite3")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--sockets", type=int, nargs="+", default=[1, 1000])
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--dropped", type=int, default=100, help="clients on the line that breaks")
    parser.add_argument("--waiting", type=int, default=100, help="calls that wait")
    options = parser.parse_args(arguments)
    with scene() as here:
        told_after(here, 1, 2)  # modules are loaded, threads are there
        print("–", flush=True)
        for sockets in options.sockets:
            told_after(here, sockets, options.pictures)
        dropped(here, options.dropped, options.pictures)
        waiting(here, options.waiting)


if __name__ == "__main__":
    main()
