"""Keeps child processes running while this one lives, and stops them in order.

One thread and a tick: the kernel ends children when the *thread* that forked them ends, so it must be the main one.
"""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from config.broker import BrokerError
from config.processes import forget, signal_group

logger = logging.getLogger(__name__)

TICK = 0.1
STEADY = 3.0
"""A child that lived this many seconds starts again at once; one that did not waits longer each time."""
LONGEST_WAIT = 10.0
HURRIED = 0.5
"""What is left of a child's patience once somebody is in a hurry."""


@dataclass
class Child:
    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    patience: float
    """Seconds between asking it to stop and killing it."""
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    early_deaths: int = 0
    due: float = 0.0

    def launch(self) -> None:
        self.started = time.monotonic()
        self.process = self.start()

    def watch(self) -> None:
        """Notice that it has ended, or start it again when its time has come."""
        if self.process is None:
            if time.monotonic() >= self.due:
                self._launch_again()
        elif (code := self.process.poll()) is not None:
            self._bury(self.process)
            self._wait(_in_words(code))

    def stop(self, hurried: Callable[[], bool]) -> None:
        """Ask it to end and wait; kill it when its time is up."""
        if self.process is None:
            return
        self.process.terminate()
        asked = time.monotonic()
        while self.process.poll() is None and time.monotonic() - asked < (HURRIED if hurried() else self.patience):
            time.sleep(TICK / 2)
        if self.process.poll() is None:
            logger.warning("%s does not end: killed", self.name)
        self._bury(self.process)

    def _launch_again(self) -> None:
        try:
            self.launch()
        except BrokerError as error:  # something of the one before is still there
            self._wait(str(error))

    def _wait(self, reason: str) -> None:
        self.process = None
        steady = time.monotonic() - self.started >= STEADY
        self.early_deaths = 0 if steady else self.early_deaths + 1
        delay = min(LONGEST_WAIT, 0.5 * 2 ** (self.early_deaths - 2)) if self.early_deaths > 1 else 0.0
        self.due = time.monotonic() + delay
        logger.warning("%s %s: starting it again%s", self.name, reason, f" in {delay:g} s" if delay else "")

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        """Kill what is left of it, and of what it started."""
        signal_group(process, signal.SIGKILL)
        process.wait()
        forget(process)
        self.process = None


@dataclass
class Supervisor:
    children: list[Child] = field(default_factory=list)
    interrupts: list[float] = field(default_factory=list)
    """When somebody asked us to stop."""
    parent: int = field(default_factory=os.getppid)

    def start(self, child: Child) -> None:
        self.children.append(child)
        child.launch()

    def named(self, name: str) -> list[Child]:
        return [child for child in self.children if child.name == name]

    def tick(self) -> None:
        for child in self.children:
            child.watch()

    def run(self) -> None:
        """Watch the children until somebody asks us to stop."""
        while not self.interrupts and not self._left_alone():
            self.tick()
            time.sleep(TICK)

    def stop(self) -> None:
        """Stop the children, the last started first. A second Ctrl-C kills what is still there."""
        self.listen()
        for child in reversed(self.children):
            child.stop(self._hurried)

    def listen(self) -> None:
        """From now on a signal is noted and no longer breaks in anywhere."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number is not signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        # A terminal, a process group and `uv run` may each deliver the same Ctrl-C: one second of them is one.
        if not self.interrupts or (number == signal.SIGINT and time.monotonic() - self.interrupts[-1] > 1):
            self.interrupts.append(time.monotonic())

    def _hurried(self) -> bool:
        return len(self.interrupts) > 1

    def _left_alone(self) -> bool:
        """Whether the `uv run` that started us was killed: it cannot pass that signal on."""
        return "UV_RUN_RECURSION_DEPTH" in os.environ and os.getppid() != self.parent


def _in_words(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
