"""The program's own settings on a data directory that lives as long as this test process (one per pytest-xdist worker).

A settings module and not a fixture, because pytest-django reads the settings before it reads any conftest.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from config.embedded import broker_socket

os.environ["THROUGHLINE_DATA"] = tempfile.mkdtemp(prefix="throughline-test-")
os.environ.pop("REDIS_URL", None)  # always a broker of our own: tests flush it and kill it

from config.settings import *  # noqa: F403
from config.settings import DATA_DIR, DATABASES

atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
atexit.register(shutil.rmtree, broker_socket(DATA_DIR).parent, ignore_errors=True)

# Processes and threads see a file; each would get a database in memory to itself.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": Path(DATA_DIR) / "test.sqlite3"}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one takes half a second a password
