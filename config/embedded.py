"""What the embedded default keeps on this machine: one data directory, its secrets, and the broker's socket.

Read by the settings, so nothing here may import Django's models or settings.
"""

import hashlib
import json
import os
import secrets
import stat
import tempfile
from pathlib import Path


def load_secrets(data_dir: Path) -> dict[str, str]:
    """The secrets of this data directory, made at the first call and kept in `secrets.json` for its owner only."""
    path = data_dir / "secrets.json"
    if not path.exists():
        _create_secrets(path)
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded


def _create_secrets(path: Path) -> None:
    """Write a whole file beside the place and link it there: of two processes that start at once one wins, both
    read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = {"secret_key": secrets.token_urlsafe(50), "admin_password": secrets.token_urlsafe(9)}
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")  # mode 0600
    with os.fdopen(handle, "w") as file:
        json.dump(made, file, indent=2)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)


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
