"""How work travels: two queues, the jobs that may run, and RQ workers as threads of one process.

Whoever can write to Redis could otherwise make a worker call any function of Python, the JSON serializer
notwithstanding.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django_rq import get_connection, get_queue
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import InvalidJobOperation
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty

ALLOWED = frozenset({"generation.jobs.make_next", "generation.jobs.derive_files", "generation.jobs.make_export"})

PICTURES = "pictures"
"""One job a picture."""
FILES = "files"
"""What may come later: full-size WebPs, exports."""
RING_TIMEOUT = 2.0
"""Seconds until a broker that does not answer counts as away."""


class AllowedJob(Job):
    """A job that calls one of `ALLOWED` and nothing else.

    What it names to be called afterwards is not even imported.
    """

    @property
    def func(self) -> Callable[..., Any]:
        if self.func_name not in ALLOWED:
            raise InvalidJobOperation(f"{self.func_name} is not a job of Throughline")
        function: Callable[..., Any] = super().func
        return function

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None


def enqueue(queue: str, job: str, *args: int) -> None:
    """Send a job once the transaction commits. Raises redis.RedisError where the broker is away."""
    _queue(queue).enqueue(job, *args, job_timeout=-1, result_ttl=0, failure_ttl=3600)


def queued(queue: str) -> int:
    """How many jobs wait. Raises redis.RedisError where the broker is away."""
    return int(_queue(queue).count)


@cache
def _queue(name: str) -> Queue:
    """One a process: django-rq opens a connection for every queue that it makes."""
    connection = get_connection(name)
    # A broker that hangs must not hang the page that rings.
    timeouts = {"socket_timeout": RING_TIMEOUT, "socket_connect_timeout": RING_TIMEOUT}
    connection.connection_pool.connection_kwargs.update(timeouts)
    connection.set_retry(Retry(NoBackoff(), 1))  # once, for a connection that a restarted broker has closed
    return get_queue(name, connection=connection)


class NoDeathPenalty(BaseDeathPenalty):
    """RQ's own timers interrupt nothing in a thread. Deadlines belong to the call and to the lease."""

    def setup_death_penalty(self) -> None:
        pass

    def cancel_death_penalty(self) -> None:
        pass


class ThreadWorker(SimpleWorker):
    """An RQ worker that lives in a thread: signals belong to its process, and so does stopping."""

    death_penalty_class = NoDeathPenalty

    def _install_signal_handlers(self) -> None:
        pass

    def subscribe(self) -> None:
        pass

    def unsubscribe(self) -> None:
        pass


def thread_worker(queue: str, name: str) -> ThreadWorker:
    """A worker of one queue (with two, RQ can lose a job) on a connection of its own."""
    connection = get_connection(queue)
    return ThreadWorker(
        [Queue(queue, connection=connection, job_class=AllowedJob, serializer=JSONSerializer)],
        name=name,
        connection=connection,
        job_class=AllowedJob,
        serializer=JSONSerializer,
    )
