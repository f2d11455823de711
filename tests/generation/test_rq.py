"""Whoever can write to the broker still cannot have code run."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django_rq import get_queue
from rq.job import Callback, JobStatus

from generation.rq import FILES, thread_worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module that leaves a file when it is called or so much as imported; the file."""
    trace = tmp_path / "trace"
    (tmp_path / "evil.py").write_text(f"def act(*args):\n    open({str(trace)!r}, 'a').close()\nact()\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield trace
    sys.modules.pop("evil", None)


def work() -> None:
    thread_worker(FILES, "burst").work(burst=True, logging_level="CRITICAL")
    assert get_queue(FILES).is_empty()


def test_a_job_that_is_not_ours_is_not_run(flushed_broker: redis.Redis, evil: Path) -> None:
    job = get_queue(FILES).enqueue("evil.act")
    work()
    assert job.get_status() == JobStatus.FAILED
    assert not evil.exists()


@pytest.mark.parametrize("take", [0, "no number"])
def test_what_a_job_names_to_be_called_afterwards_is_not_called(
    flushed_broker: redis.Redis, evil: Path, take: object
) -> None:
    after = Callback("evil.act")
    get_queue(FILES).enqueue("generation.jobs.derive_files", take, on_success=after, on_failure=after)
    work()
    assert not evil.exists()
