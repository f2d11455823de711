"""The program's own settings on a data directory that lives as long as this test process (one per pytest-xdist worker).

A settings module and not a fixture, because pytest-django reads the settings before it reads any conftest.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from config.embedded import broker_socket


def remove(data_dir: Path) -> None:
    shutil.rmtree(data_dir, ignore_errors=True)
    shutil.rmtree(broker_socket(data_dir).parent, ignore_errors=True)


def remove_abandoned() -> None:
    """What test processes left that were killed; the directory's name says whose it was."""
    for directory in Path(tempfile.gettempdir()).glob("throughline-test-*-*"):
        try:
            os.kill(int(directory.name.split("-")[2]), 0)
        except ProcessLookupError:
            remove(directory)
        except PermissionError:
            pass  # somebody else's, alive


remove_abandoned()
os.environ["THROUGHLINE_DATA"] = tempfile.mkdtemp(prefix=f"throughline-test-{os.getpid()}-")
os.environ.pop("REDIS_URL", None)  # always a broker of our own: tests flush it and kill it
for name in [name for name in os.environ if "_API_KEY" in name]:
    del os.environ[name]  # somebody's real ones: no test spends money
os.environ.setdefault("ENCRYPTION_KEYS", "dGhyb3VnaGxpbmUgdGVzdHMgc2VhbCB3aXRoIHRoaXM=")

from config.settings import *  # noqa: E402, F403
from config.settings import DATA_DIR, DATABASES  # noqa: E402

atexit.register(remove, DATA_DIR)

# Processes and threads see a file; each would get a database in memory to itself.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one takes half a second a password
