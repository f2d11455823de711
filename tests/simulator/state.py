"""What the simulator was told, and what it saw."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.simulator.pictures import Look
from tests.simulator.windows import Rule, Windows


@dataclass
class Account:
    """Whom a vendor bills. `state`: "ok", or why it gets nothing; each vendor's module says which it knows."""

    vendor: str
    name: str
    state: str
    windows: Windows


@dataclass
class Key:
    """`alias` is what the log calls it; the secret itself is never written down. `state` as for accounts."""

    alias: str
    account: Account
    state: str

    @property
    def trouble(self) -> str:
        """Why this key gets nothing, or "ok"."""
        return self.state if self.state != "ok" else self.account.state


@dataclass
class Fault:
    """Trouble for the next `times` requests that match, after letting `skip` of them pass.

    `kind`: see `tests.simulator.exchange` for those every vendor has; the others are in the vendors' modules.
    `vendor`, `account`, `path` and `prompt` (parts of them) say which requests; empty matches all. `status`, `body`
    and `headers` are for kind "status"; `seconds` is how long a hang lasts or when to come back.
    """

    kind: str
    vendor: str = ""
    account: str = ""
    path: str = ""
    prompt: str = ""
    times: int = 1
    skip: int = 0
    status: int = 500
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 60.0

    def concerns(self, entry: "Entry") -> bool:
        return (
            self.vendor in ("", entry.vendor)
            and self.account in ("", entry.account)
            and self.path in entry.path
            and self.prompt in entry.prompt
        )


@dataclass
class Entry:
    """One request. `arrived` and `answered` are seconds of the server's monotonic clock; `answered` is None before."""

    number: int
    vendor: str
    method: str
    path: str
    arrived: float
    headers: dict[str, str]
    answered: float | None = None
    status: int = 0
    fault: str = ""
    account: str = ""
    key: str = ""
    model: str = ""
    prompt: str = ""
    size: str = ""
    quality: str = ""
    seed: int | None = None
    references: list[str] = field(default_factory=list)
    """sha256 of each picture sent along, in order."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Whatever else a vendor's module finds worth telling."""


@dataclass(frozen=True)
class Latency:
    """Seconds before an answer, and before one that turns away by 429."""

    seconds: float = 0.0
    refused: float = 0.0


@dataclass
class State:
    """All of it. `reset` forgets everything."""

    keys: dict[tuple[str, str], Key] = field(default_factory=dict)
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)
    latencies: dict[str, Latency] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By vendor, what its own module reads."""
    memory: dict[str, Any] = field(default_factory=dict)
    """What a vendor's module remembers between requests: jobs, histories."""
    in_flight: int = 0
    most_in_flight: int = 0

    def reset(self) -> None:
        for name, value in vars(State(in_flight=self.in_flight)).items():
            setattr(self, name, value)

    def add_account(self, description: Mapping[str, Any]) -> None:
        """Set an account, its keys and windows; one that was there is replaced."""
        vendor, name = description["vendor"], description["name"]
        rules = [Rule(**rule) for rule in description.get("windows", ())]
        account = Account(vendor, name, description.get("state", "ok"), Windows(rules))
        self.accounts[vendor, name] = account
        for alias, secret in description.get("keys", {}).items():
            self.keys[vendor, secret] = Key(alias, account, description.get("key_states", {}).get(alias, "ok"))

    def enter(self, vendor: str, method: str, path: str, headers: dict[str, str]) -> Entry:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        entry = Entry(len(self.log), vendor, method, path, time.monotonic(), headers)
        self.log.append(entry)
        return entry

    def leave(self, entry: Entry) -> None:
        entry.answered = time.monotonic()
        self.in_flight -= 1

    def take_fault(self, entry: Entry) -> Fault | None:
        """The first fault for this request; each is used up by as many requests as it was made for."""
        for fault in self.faults:
            if not fault.concerns(entry):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            if not fault.times:
                self.faults.remove(fault)
            return fault
        return None

    def counters(self) -> dict[str, Any]:
        """Requests in all, by vendor and status, and how many were under way at once."""
        by_vendor: dict[str, dict[str, int]] = {}
        for entry in self.log:
            count = by_vendor.setdefault(entry.vendor, {"requests": 0})
            count["requests"] += 1
            status = str(entry.status) if entry.status else "unanswered"
            count[status] = count.get(status, 0) + 1
        return {"in_flight": self.in_flight, "most_in_flight": self.most_in_flight, "vendors": by_vendor}


def as_json(entry: Entry) -> dict[str, Any]:
    return asdict(entry)
