"""How work travels: two queues, the jobs that may run, and RQ workers as threads of one process.

Whoever can write to Redis could otherwise make a worker call any function of Python, the JSON serializer notwithstanding.
"""

from django_rq import get_queue
from rq import Queue
from rq.exceptions import InvalidJobOperation
from rq.job import Job

ALLOWED = frozenset({"generation.jobs.make_next", "generation.jobs.derive_files"})


class AllowedJob(Job):
    """A job that calls one of `ALLOWED` and nothing else."""

    @property
    def func(self):  # type: ignore[no-untyped-def]
        if self.func_name not in ALLOWED:
            raise InvalidJobOperation(f"{self.func_name} is not a job of Throughline")
        return super().func


def pictures_queue() -> Queue:
    """One job a picture: `generation.jobs.make_next`."""
    return get_queue("pictures")


def files_queue() -> Queue:
    """What may come later: full-size WebP."""
    return get_queue("files")
