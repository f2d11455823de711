"""How much of a vendor's limits becomes pictures, beside two ways it was done before, in one run.

Run with `uv run python benchmarks/quota.py [--quick] [--kinds …]`. Three styles, each with a pool of two accounts of
its own, on vendors who count in four ways; our worker, the rotation and the back-off work beside each other on
accounts of their own, and the vendors' log is the only judge. "Wasted" are requests beyond one a picture, "twice"
pictures that were made once more.

Cold: 30 independent pictures a style at 10 a minute an account, 60 in all. The floor is 60 at once, 30 when the window
has passed, and one answer; vendors other than the strict window are asked in windows of 20 s.
Sustained: more pictures than can be made, 20 in 20 s an account. The share is taken account by account over whole
windows' worth of pictures: from the first one after the first window (it is not measured) to the one `n × 20` later,
the seconds that so many ought to take ÷ the seconds they took. 429s are counted from the beginning.
"""

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import stage
from rotations import BackOff, Crew, Rotation, Vendor

from generation import actions
from generation.models import Status, StyleRun, Take
from storyboards.models import Style
from tests.simulator.state import Entry
from tests.simulator.windows import Rule

STYLES = 3
ACCOUNTS_A_STYLE = 2
ANSWER_SECONDS = 3.0
THREADS = 128
OURS = "Throughline"
OTHERS: dict[str, type[Rotation] | type[BackOff]] = {"rotation": Rotation, "back-off": BackOff}
KINDS = {
    "sliding": "strict sliding window",
    "fixed": "fixed window",
    "bucket": "token bucket of 10",
    "sliding_counting_refused": "window, refused calls count",
}


@dataclass(frozen=True)
class Load:
    """`pictures` a style; an account allows `amount` in `seconds`. `windows` are measured; 0 for a cold start."""

    kind: str
    pictures: int
    amount: int
    seconds: int
    windows: int = 0

    @property
    def rule(self) -> Rule:
        capacity = min(10, self.amount) if self.kind == "bucket" else None
        return Rule(self.kind, self.amount, self.seconds, capacity=capacity)

    @property
    def patience(self) -> float:
        """Seconds after which the load ends."""
        if self.windows:
            return self.seconds * (self.windows + 1.4)
        return self.seconds * 1.5 + ANSWER_SECONDS * 2


@dataclass(frozen=True)
class Verdict:
    """What the vendors' log says of one contestant. `seconds` to the last picture; None where some were missing."""

    who: str
    made: int
    a_minute: float
    share: float
    seconds: float | None
    refused: int
    wasted: int
    twice: int


def loads(kinds: Sequence[str], quick: bool) -> Iterator[Load]:
    for kind in kinds:
        yield Load(kind, 30, 10, 60 if kind == "sliding" and not quick else 20)
        windows = 2 if quick else 6
        yield Load(kind, 2 * 20 * (windows + 2), 20, 20, windows)


def play(machine: stage.Machine, load: Load, number: int) -> list[Verdict]:
    """Let all work on it, the other ways a quarter of a window later: the first burst is each one's own."""
    styles = list(Style.objects.order_by("pk")[:STYLES])
    machine.simulator.reset()
    machine.simulator.latency(stage.VENDOR, ANSWER_SECONDS)
    names = {who: [[f"{number}-{who}-{style.slug}-{n}" for n in (1, 2)] for style in styles] for who in (OURS, *OTHERS)}
    for name in (name for pools in names.values() for pool in pools for name in pool):
        machine.simulator.account(stage.VENDOR, name, {name: stage.secret_of(name)}, load.rule)
    for style, accounts in zip(styles, names[OURS], strict=True):
        stage.pool(style, [stage.account(name, load.amount, load.seconds) for name in accounts])
    began = time.monotonic()
    runs = stage.start(machine.owner, machine.engine, f"load {number}", styles, load.pictures)
    time.sleep(load.seconds / 4)
    others_began = time.monotonic()
    crews = [_crew(machine, way, load, who, pool) for who, way in OTHERS.items() for pool in names[who]]
    ours = Take.objects.filter(run__in=runs).exclude(status=Status.COMPLETED)
    stage.wait_for(lambda: not ours.exists() and all(crew.has_ended() for crew in crews), 0.5, load.patience)
    _end(machine, runs, crews)
    log = machine.simulator.log(stage.VENDOR)
    begins = {who: began if who == OURS else others_began for who in names}
    return [judge(load, who, [entry for entry in log if f"-{who}-" in entry.account], begins[who]) for who in names]


def _end(machine: stage.Machine, runs: Sequence[StyleRun], crews: Sequence[Crew]) -> None:
    """Begin nothing more, and wait for what is under way."""
    for run in runs:
        if run.takes.exclude(status=Status.COMPLETED).exists():
            actions.cancel(run, user=machine.owner)
    for crew in crews:
        crew.end()
    stage.wait_for(lambda: not machine.simulator.counters()["in_flight"], 0.2, 20)


def _crew(machine: stage.Machine, way: type[Rotation] | type[BackOff], load: Load, who: str, pool: list[str]) -> Crew:
    vendor = Vendor(machine.simulator.url(stage.VENDOR), stage.MODEL)
    prompts = [f"{who} {pool[0]} {number}" for number in range(load.pictures)]
    secrets = [stage.secret_of(name) for name in pool]
    return Crew(way(vendor, secrets, load.amount, load.seconds), prompts, THREADS // STYLES)


def judge(load: Load, who: str, log: Sequence[Entry], began: float) -> Verdict:
    good = [entry for entry in log if entry.status == 200 and entry.answered]
    prompts = Counter(entry.prompt for entry in good)
    last = max((entry.answered or 0.0 for entry in good), default=began) - began
    complete = len(prompts) == load.pictures * STYLES
    return Verdict(
        who,
        made=len(prompts),
        a_minute=len(prompts) / last * 60 if last else 0.0,
        share=share(load, good, began) if load.windows else 0.0,
        seconds=last if complete else None,
        refused=sum(entry.status == 429 for entry in log),
        wasted=len(log) - len(prompts),
        twice=len(good) - len(prompts),
    )


def share(load: Load, good: Sequence[Entry], began: float) -> float:
    """The mean of all accounts; one without a window's worth of pictures is counted over all windows."""
    accounts = STYLES * ACCOUNTS_A_STYLE
    by_account = {entry.account: [e.arrived for e in good if e.account == entry.account] for entry in good}
    shares = [_share(load, sorted(starts), began + load.seconds) for starts in by_account.values()]
    return statistics.fmean(shares + [0.0] * (accounts - len(shares)))


def _share(load: Load, starts: Sequence[float], warm: float) -> float:
    measured = [at for at in starts if at >= warm]
    whole = min(load.windows, (len(measured) - 1) // load.amount)
    if whole < 1:
        return len(measured) / (load.amount * load.windows)
    return whole * load.seconds / (measured[whole * load.amount] - measured[0])


def floor(load: Load) -> float:
    """Seconds for the pictures of a cold start at best: two windows' worth of them."""
    return load.seconds + ANSWER_SECONDS


def report(load: Load, verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        print(f"{KINDS[load.kind]:28} {verdict.who:12} {_result(load, verdict):32}", end="")
        print(f"{verdict.refused:6} {verdict.wasted:7} {verdict.twice:6}", flush=True)


def _result(load: Load, verdict: Verdict) -> str:
    if load.windows:
        return f"{verdict.a_minute:6.0f} a minute {verdict.share:8.2%}"
    if verdict.seconds is None:
        return f"{verdict.made} of {load.pictures * STYLES} in {load.patience:.0f} s"
    return f"{verdict.seconds:6.2f} s, floor {floor(load):.0f} s {verdict.seconds / floor(load) - 1:+8.2%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="two windows instead of six, no window of a minute")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    arguments = parser.parse_args()
    print(f"{'':28} {'':12} {'':32}{'429s':>6} {'wasted':>7} {'twice':>6}")
    with stage.machine(THREADS) as machine:
        for number, load in enumerate(loads(arguments.kinds, arguments.quick)):
            report(load, play(machine, load, number))


if __name__ == "__main__":
    main()
