"""The program's settings for a worker that dies at a named point.

`KILL_AT` is one of claimed, sent, answered, stored, settled.
"""

import logging
import os
import signal

from config.settings import *  # noqa: F403
from config.settings import LOGGING


class KillAt(logging.Handler):
    """Kills its own process, as the kernel or a power cut would, when the code says that it has come to this point."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == os.environ["KILL_AT"]:
            os.kill(os.getpid(), signal.SIGKILL)


LOGGING["handlers"]["killer"] = {"class": "tests.killing.KillAt"}  # type: ignore[index]
for name in ("generation.runner", "generation.jobs"):
    LOGGING["loggers"][name] = {"level": "DEBUG", "handlers": ["killer"]}  # type: ignore[index]
