"""What the embedded default keeps on this machine: one data directory, its secrets, and the broker's socket.

Read by the settings, so nothing here may import Django's models or settings.
"""

import base64
import fcntl
import hashlib
import json
import os
import secrets
import stat
import tempfile
from pathlib import Path


def load_secrets(data_dir: Path) -> dict[str, str]:
    """The secrets of this data directory, made at the first call and kept in `secrets.json` for its owner only.

    A file of an earlier version gets what it lacks; what is in it stays.
    """
    path = data_dir / "secrets.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / ".secrets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two processes that start at once one makes them, both read them
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        made = _new_secrets() | kept
        if made != kept:
            _write_secrets(path, made)
    return made


def _new_secrets() -> dict[str, str]:
    return {
        "secret_key": secrets.token_urlsafe(50),
        "admin_password": secrets.token_urlsafe(9),
        "encryption_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }


def _write_secrets(path: Path, made: dict[str, str]) -> None:
    """A whole file put into its place: nobody reads half of one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")  # mode 0600
    with os.fdopen(handle, "w") as file:
        json.dump(made, file, indent=2)
    os.replace(temporary, path)


def broker_socket(data_dir: Path) -> Path:
    """Where the embedded broker of this data directory listens.

    The same for every process that names the same directory, and short: a socket's path ends at 107 bytes.
    """
    digest = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"throughline-{os.getuid()}-{digest}" / "broker.sock"


def private_directory(path: Path) -> Path:
    """Make the directory for this user alone. Raises PermissionError where somebody else has made it first."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode):
        raise PermissionError(f"{path} belongs to somebody else")
    path.chmod(0o700)
    return path
