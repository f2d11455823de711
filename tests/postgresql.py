"""A PostgreSQL of our own for a while: an empty one in a temporary directory, gone afterwards."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.processes import spawn
from tests.processes import wait_for
from tests.running import free_port

USER = "tests"
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=QUIT")
"""Before a command of root's: the server refuses to be root. It dies with us all the same."""
OPTIONS = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=127.0.0.1",
    "log_min_messages=fatal",
)  # fmt: skip
"""Nothing in it outlives a crash, and nothing needs to."""


def programs() -> Path | None:
    """Where `initdb` and `pg_ctl` are, in the newest version: Debian keeps them off the path."""
    on_path = shutil.which("pg_ctl")
    if on_path is not None:
        return Path(on_path).resolve().parent
    found = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    return max((path.parent for path in found), key=lambda path: float(path.parent.name), default=None)


@contextmanager
def start_postgresql(where: Path) -> Iterator[str]:
    """The address of a server on a free port of this machine, which asks for a password."""
    with tempfile.TemporaryDirectory(prefix="throughline-postgresql-") as kept:
        password, port, data = secrets.token_hex(16), free_port(), f"{kept}/data"
        Path(kept, "password").write_text(password)
        as_nobody = _give_away(Path(kept))
        made = (f"--username={USER}", f"--pwfile={kept}/password", "--auth=scram-sha-256", "--encoding=UTF8")
        initdb = [*as_nobody, str(where / "initdb"), "-D", data, *made, "--no-locale", "--no-sync"]
        subprocess.run(initdb, cwd="/", check=True, stdout=subprocess.DEVNULL)
        options = [f"--{option}" for option in (*OPTIONS, f"port={port}", f"unix_socket_directories={kept}")]
        server = spawn([*as_nobody, str(where / "postgres"), "-D", data, *options])
        try:
            ask = [str(where / "pg_isready"), "--quiet", "--host=127.0.0.1", f"--port={port}"]
            wait_for(lambda: subprocess.run(ask, check=False).returncode == 0, "PostgreSQL")
            yield f"postgres://{USER}:{password}@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait()


def _give_away(directory: Path) -> tuple[str, ...]:
    """What goes before the server's commands."""
    if os.geteuid() != 0:
        return ()
    for path in (directory, *directory.iterdir()):
        shutil.chown(path, "nobody", "nogroup")
    return NOBODY
