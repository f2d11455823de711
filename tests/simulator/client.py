"""Start the simulator, tell it what to do, read what it saw. Plain calls, good in any thread or process."""

import json
import os
import select
import signal
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from config.processes import forget, signal_group, spawn
from tests.simulator.state import Entry, Fault
from tests.simulator.windows import Rule

START_SECONDS = 30


class Simulator:
    """The running server. `address` has no slash at its end."""

    def __init__(self, address: str) -> None:
        self.address = address

    def url(self, vendor: str) -> str:
        """Where a vendor's own paths begin."""
        return f"{self.address}/{vendor}"

    def reset(self) -> None:
        """Forget accounts, faults, latencies, pictures, settings and the log."""
        self._tell("reset", {})

    def account(
        self,
        vendor: str,
        name: str,
        keys: Mapping[str, str],
        *windows: Rule,
        state: str = "ok",
        key_states: Mapping[str, str] | None = None,
    ) -> None:
        """An account with its keys (alias: secret) and windows; replaces the one of that name."""
        self._tell(
            "account",
            {
                "vendor": vendor,
                "name": name,
                "keys": dict(keys),
                "windows": [asdict(window) for window in windows],
                "state": state,
                "key_states": dict(key_states or {}),
            },
        )

    def fault(self, kind: str, vendor: str = "", **more: Any) -> None:
        """Queue trouble; see `Fault` for what else can be said."""
        self._tell("fault", asdict(Fault(kind, vendor, **more)))

    def latency(self, vendor: str, seconds: float, refused: float = 0.0) -> None:
        """How long answers take, and how long it takes to be turned away."""
        self._tell("latency", {"vendor": vendor, "seconds": seconds, "refused": refused})

    def picture(self, vendor: str, **look: Any) -> None:
        """What pictures are like; see `Look`."""
        self._tell("picture", {"vendor": vendor, **look})

    def settings(self, vendor: str, **settings: Any) -> None:
        """Whatever that vendor's module reads from its settings."""
        self._tell("settings", {"vendor": vendor, "settings": settings})

    def log(self, vendor: str = "", since: int = 0) -> list[Entry]:
        """All requests since the reset, in order of arrival."""
        entries = [Entry(**entry) for entry in self._ask(f"log?since={since}")]
        return [entry for entry in entries if vendor in ("", entry.vendor)]

    def counters(self) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("counters")
        return found

    def _tell(self, verb: str, said: object) -> None:
        data = json.dumps(said).encode()
        with urllib.request.urlopen(f"{self.address}/_control/{verb}", data, timeout=30):
            pass

    def _ask(self, what: str) -> Any:
        with urllib.request.urlopen(f"{self.address}/_control/{what}", timeout=30) as answer:
            return json.load(answer)


@contextmanager
def start_simulator(options: Sequence[str] = ()) -> Iterator[Simulator]:
    """A simulator of one's own, which ends with the block or with this process. Call it from the main thread."""
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "tests.simulator", "--announce", str(writing), *options]
    process = spawn(command, pass_fds=(writing,))
    os.close(writing)
    try:
        with open(reading, "rb") as pipe:
            said = pipe.readline() if select.select([pipe], [], [], START_SECONDS)[0] else b""
        if not said:
            raise RuntimeError("the simulator did not start")
        yield Simulator(f"http://127.0.0.1:{int(said)}")
    finally:
        signal_group(process, signal.SIGKILL)
        process.wait()
        forget(process)
