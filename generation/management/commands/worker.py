"""`manage.py worker`: make pictures, many at once."""

import os
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from generation.worker import WorkerProcess


class Command(BaseCommand):
    help = "Make pictures until SIGTERM or Ctrl-C; then finish those in flight and leave."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--threads", type=int, default=8, help="pictures made at once (default 8)")
        parser.add_argument("--patience", type=float, default=60, help="seconds to wait for pictures in flight (60)")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        process = WorkerProcess(options["threads"])
        process.register()
        process.start_threads()
        self.stdout.write(f"Worker ready: {options['threads']} pictures at once.")
        while not stop.wait(0.5) and process.is_whole():
            pass  # a signal that the kernel hands to another thread is seen only when this one wakes
        drained = process.drain(options["patience"])
        process.deregister()
        self.stdout.flush()
        # RQ's threads block on the broker for minutes; nothing of theirs is worth waiting for.
        os._exit(0 if drained and stop.is_set() else 1)
