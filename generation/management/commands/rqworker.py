"""`manage.py rqworker`: django-rq's own command, with our serializer, jobs and worker: one picture at a time."""

from argparse import ArgumentParser
from typing import Any

from django_rq.management.commands import rqworker

from generation.rq import PICTURES
from generation.worker import WorkerProcess


class Command(rqworker.Command):
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)  # type: ignore[no-untyped-call]
        parser.set_defaults(
            serializer="rq.serializers.JSONSerializer",
            job_class="generation.rq.AllowedJob",
            worker_class="rq.SimpleWorker",  # no fork: the leases are kept by threads of this process
        )

    def handle(self, *args: Any, **options: Any) -> None:
        queues = args or (PICTURES,)
        process = WorkerProcess(threads=int(PICTURES in queues))
        process.register()
        try:
            super().handle(*queues, **options)  # type: ignore[no-untyped-call]
        finally:
            process.deregister()
