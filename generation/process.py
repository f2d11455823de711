"""Who this process is, once it works: its row, and whether it is about to stop."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection

from generation.models import Worker

logger = logging.getLogger(__name__)


@contextmanager
def surviving_database() -> Iterator[None]:
    """A database that is away for a moment ends neither a thread nor a call; what was missed is done at the next
    turn. No connection is held afterwards."""
    try:
        yield
    except Error as error:
        logger.warning("The database did not answer: %s", error)
    finally:
        connection.close()


class Process:
    """`worker` is None where pictures are made outside a worker, as tests and management commands may."""

    def __init__(self) -> None:
        self.worker: Worker | None = None
        self.draining = threading.Event()
        self.claiming = threading.Lock()
        """Held from the look at `draining` to the end of a claim, so that who drains sees every take."""
        self.look_again = threading.Event()
        """Something waits for a time that the beat does not know of yet."""


this_process = Process()
