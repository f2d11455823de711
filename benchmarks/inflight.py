"""Memory of one worker process with 500 calls in flight, on pictures of 20 KB and of 1.5 MB.

Run with `uv run python benchmarks/inflight.py [--calls 500] [--kilobytes 20 1500] [--seconds …]`. Limits are out of
the way, and there is work for two rounds. Memory is what the kernel counts as resident (`VmRSS`) of the worker process
and all that it started, looked at 20 times a second: before the work, the most with 95% of the calls in flight by the
vendors' own count, and the most at any time. Each size has a machine of its own.

A call takes 3 s, and longer where so many could not fly at once: 500 calls of 3 s are 167 starts and ends a second,
which no two cores keep up with; what memory depends on is how many are in flight. `--seconds` says how long.
"""

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import stage

from generation import actions
from generation.models import Status, Take
from storyboards.models import Style

ANSWER_SECONDS = 3.0
ROUNDS = 2
STARTS_A_SECOND = 15
"""What a busy machine of two cores keeps up with."""
AIMS = {20: 350, 1500: 600}
"""MiB by kilobytes of a picture."""
MIB = 1024 * 1024


@dataclass
class Seen:
    """Resident bytes, looked at again and again."""

    idle: int
    peak: int = 0
    most_in_flight: int = 0
    full: list[int] = field(default_factory=list)
    """With all calls in flight."""


def resident(pid: int) -> int:
    """Bytes of a process and all that it started."""
    return sum(_resident(process) for process in _family(pid))


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _family(int(child))


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def noise(kilobytes: int) -> int:
    """The side in pixels of a square of noise that makes a PNG so large; the ground beside it takes 5 KB."""
    return max(1, round(math.sqrt((kilobytes - 5) * 1000 / 3)))


def measure(machine: stage.Machine, calls: int, kilobytes: int, seconds: float) -> Seen:
    machine.simulator.latency(stage.VENDOR, seconds)
    machine.simulator.picture(stage.VENDOR, photographic=True, noise=noise(kilobytes))
    style = Style.objects.order_by("pk")[0]
    key = stage.account("plenty", 1_000_000, 60)
    machine.simulator.account(stage.VENDOR, "plenty", {"plenty": stage.secret_of("plenty")})
    stage.pool(style, [key])
    pid = machine.workers[0].pid
    seen = Seen(idle=resident(pid))
    runs = [
        run
        for part in range(ROUNDS)
        for run in stage.start(machine.owner, machine.engine, f"part {part}", [style], calls)
    ]
    watch(machine, pid, calls, seen)
    for run in runs:
        if run.takes.exclude(status=Status.COMPLETED).exists():
            actions.cancel(run, machine.owner)
    return seen


def watch(machine: stage.Machine, pid: int, calls: int, seen: Seen) -> None:
    """Until all is made."""
    open_takes = Take.objects.filter(status__in=[Status.PENDING, Status.GENERATING])
    next_look = 0.0
    while time.monotonic() < next_look or open_takes.exists():
        now = resident(pid)
        seen.peak = max(seen.peak, now)
        if time.monotonic() >= next_look:
            next_look = time.monotonic() + 0.5
            flying = machine.simulator.counters()["in_flight"]
            seen.most_in_flight = max(seen.most_in_flight, flying)
            if flying >= calls * 0.95:
                seen.full.append(now)
        time.sleep(0.05)


def report(calls: int, kilobytes: int, seen: Seen) -> None:
    full = f"{max(seen.full) / MIB:6.0f}" if seen.full else "     –"
    aim = AIMS.get(kilobytes)
    print(
        f"{kilobytes:6} KB {seen.idle / MIB:8.0f} {full:>10} {seen.peak / MIB:8.0f} MiB"
        f"   {seen.most_in_flight} of {calls} in flight at most{f', aim: under {aim} MiB' if aim else ''}",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--kilobytes", type=int, nargs="+", default=list(AIMS))
    parser.add_argument("--seconds", type=float, help="how long a call takes")
    options = parser.parse_args(arguments)
    seconds = options.seconds or max(ANSWER_SECONDS, options.calls / STARTS_A_SECOND)
    print(f"{'picture':>9} {'idle':>8} {'in flight':>10} {'peak':>8}     calls of {seconds:.0f} s")
    for kilobytes in options.kilobytes:
        with stage.machine(options.calls) as machine:
            report(options.calls, kilobytes, measure(machine, options.calls, kilobytes, seconds))


if __name__ == "__main__":
    main()
