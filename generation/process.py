"""Who this process is, once it works: its row, and whether it is about to stop."""

import threading

from generation.models import Worker


class Process:
    """`worker` is None where pictures are made outside a worker, as tests and management commands may."""

    def __init__(self) -> None:
        self.worker: Worker | None = None
        self.draining = threading.Event()
        self.look_again = threading.Event()
        """Something waits for a time that the beat does not know of yet."""


this_process = Process()
