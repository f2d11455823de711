"""Real program processes for tests: start `manage.py up`, see what it started, wait for what it does."""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from config.processes import BASE_DIR

Found = TypeVar("Found")
OURS = (
    "THROUGHLINE_DATA", "SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ALLOWED_HOSTS",
    "TRUSTED_ORIGINS", "LOCAL_USER", "CORS_ORIGINS",
)  # fmt: skip
CHILDREN = {"broker": "valkey-server", "web": "-m config.web", "worker": "manage.py worker"}


def program_environment(data: Path, **more: str) -> dict[str, str]:
    """What a person's shell would give the program, and where to keep its things."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return clean | {"DJANGO_SETTINGS_MODULE": "config.settings", "THROUGHLINE_DATA": str(data)} | more


def wait_for(find: Callable[[], Found | None], what: str, seconds: float = 30) -> Found:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for {what}")


def processes_of(data: Path) -> dict[int, str]:
    """Every living process that was started for this data directory, with its command line."""
    marker = f"THROUGHLINE_DATA={data}".encode()
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if marker in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended while we looked, or is somebody else's
    return found


class Up:
    """`manage.py up` with a data directory of its own, its output in a file."""

    def __init__(
        self, data: Path, *options: str, command: Sequence[str] = (sys.executable,), **environment: str
    ) -> None:
        self.data = data
        handle, name = tempfile.mkstemp(dir=data.parent, prefix="up-", suffix=".log")
        self.log = Path(name)
        with open(handle, "wb") as output:
            self.process = subprocess.Popen(
                [*command, "manage.py", "up", *options],
                cwd=BASE_DIR,
                env=program_environment(data, **environment),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        return self.log.read_text()

    def ready(self) -> "Up":
        wait_for(lambda: "Stop    Ctrl-C" in self.output or self.process.poll() is not None, "the greeting", 60)
        assert self.process.poll() is None, self.output
        return self

    @property
    def url(self) -> str:
        return self._said(r"Open +(http\S+)/")

    @property
    def password(self) -> str:
        return self._said(r"Log in +admin / (\S+)")

    def child(self, name: str) -> int | None:
        """The process of a child."""
        return next((pid for pid, line in processes_of(self.data).items() if CHILDREN[name] in line), None)

    def status(self, path: str) -> int:
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return int(answer.status)

    def gone(self) -> bool:
        return not processes_of(self.data)

    def _said(self, pattern: str) -> str:
        match = re.search(pattern, self.output)
        assert match, self.output
        return match[1]
