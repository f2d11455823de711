"""Pictures that cost money, made by real workers at a vendor's own protocol; the vendor's log decides."""

import signal
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta

import pytest
import redis
from django.db import connection
from django.utils import timezone

from generation.models import Call, Engine, Limit, Outcome, RunStatus, Status, Take
from tests.making import a_key, a_paid_engine, a_project, a_run, frame, statuses
from tests.processes import wait_for
from tests.running import Environment, wait_for_end, worker
from tests.simulator.client import Simulator
from tests.simulator.windows import Rule

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crashes")]

TEXTS = ("a table", "an apple", "a cat")
SECRET = "AIzaSyCanaryCanaryCanaryCanaryCanary0001"


@pytest.fixture
def vendors(process_environment: Environment, simulator: Simulator) -> Environment:
    """The environment of workers whose vendors are the simulator."""
    return process_environment | {
        "GEMINI_BASE_URL": simulator.url("gemini"),
        "RUNPOD_BASE_URL": simulator.url("runpod"),
        "RUNPOD_SERVER_100_ID": "flux-main",
        "POLLING_INTERVAL": "0.1",
    }


def paid(simulator: Simulator, vendor: str, path: str) -> list[str]:
    """The prompts that the vendor took money for, in order."""
    log = simulator.log(vendor)
    return [entry.prompt for entry in log if path in entry.path and entry.method == "POST" and entry.status == 200]


def as_if_leases_had_run_out() -> None:
    connection.close()
    Take.objects.filter(status=Status.GENERATING).update(lease_until=timezone.now() - timedelta(seconds=1))


# --- one limit, many processes ---------------------------------------------------------------------------------------


def test_four_workers_keep_one_limit_and_a_broker_that_restarts_changes_nothing(
    vendors: Environment, flushed_broker: redis.Redis, simulator: Simulator
) -> None:
    amount, seconds, late, pictures = 8, 5, 1, 24  # a loaded machine may send a second later than it meant to
    simulator.account("gemini", "one", {"first": SECRET}, Rule("sliding_counting_refused", amount, seconds - late))
    simulator.latency("gemini", 0.3)
    a_key(SECRET, amount=amount, seconds=seconds)
    engine = a_paid_engine(max_parallel=100)
    birds = [f"bird number {number}" for number in range(pictures)]
    run = a_run(a_project(*birds), "independent", engine)
    with ExitStack() as workers:
        for _ in range(4):
            workers.enter_context(worker(vendors, threads=8))
        wait_for(lambda: len(simulator.log("gemini")) >= 10, "the second window", 30)
        restart_broker(flushed_broker)
        assert wait_for_end(run, 90).status == RunStatus.COMPLETED
    log = [entry for entry in simulator.log("gemini") if "generateContent" in entry.path]
    assert [entry.status for entry in log] == [200] * pictures, "no refusal was provoked, nothing was made twice"
    starts = [start.timestamp() for start in Call.objects.values_list("sent_at", flat=True)]
    assert max(sum(first <= other < first + seconds for other in starts) for first in starts) == amount
    assert Limit.objects.get().cooling_until is None


def restart_broker(client: redis.Redis) -> None:
    """What a crash and a start do, with nothing kept."""
    client.flushall()
    client.connection_pool.disconnect()
    client.client_kill_filter(_type="normal", skipme=True)


# --- kill -9 at each point -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "paid_for"), [("claimed", 3), ("sent", 3), ("answered", 4), ("stored", 4), ("settled", 3)]
)
def test_nothing_is_paid_twice_but_the_call_in_flight(
    vendors: Environment, flushed_broker: redis.Redis, simulator: Simulator, point: str, paid_for: int
) -> None:
    simulator.account("gemini", "one", {"first": SECRET})
    a_key(SECRET, amount=1000)
    run = a_run(a_project(*TEXTS), "chained", a_paid_engine())
    with worker(vendors, DJANGO_SETTINGS_MODULE="tests.killing", KILL_AT=point) as victim:
        assert victim.wait(30) == -signal.SIGKILL
    as_if_leases_had_run_out()
    with worker(vendors):
        assert wait_for_end(run, 60).status == RunStatus.COMPLETED
    assert statuses(run) == ["completed"] * 3
    assert len(paid(simulator, "gemini", "generateContent")) == paid_for
    outcomes = Counter(Call.objects.values_list("outcome", flat=True))
    assert outcomes[Outcome.SUCCEEDED] == 3
    assert outcomes[Outcome.UNKNOWN] == (0 if point == "settled" else 1), "the ledger says what nobody knows"


@pytest.fixture
def at_runpod(simulator: Simulator) -> Engine:
    simulator.account("runpod", "one", {"first": SECRET})
    a_key(SECRET, amount=1000, provider="runpod")
    return a_paid_engine(
        "flux", provider="runpod", model="", options={"from_picture": "kontext", "endpoint": "flux-main"}, timeout=60
    )


def test_a_job_at_runpod_is_gone_on_with_by_another_worker_and_paid_once(
    vendors: Environment, flushed_broker: redis.Redis, simulator: Simulator, at_runpod: Engine
) -> None:
    simulator.latency("runpod", 3.0)
    run = a_run(a_project(*TEXTS[:2]), "chained", at_runpod)

    def begun() -> bool:
        connection.close()
        return Call.objects.exclude(remote_id="").exists()

    with worker(vendors) as victim:
        wait_for(begun, "a job at RunPod", 30)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    job = Call.objects.get().remote_id
    simulator.latency("runpod", 0.1)
    as_if_leases_had_run_out()
    with worker(vendors):
        assert wait_for_end(run, 60).status == RunStatus.COMPLETED
    assert len(paid(simulator, "runpod", "/run")) == 2, "one job a picture"
    first = Call.objects.order_by("pk")[0]
    assert (first.remote_id, first.outcome, Call.objects.count()) == (job, Outcome.SUCCEEDED, 2)
    assert frame(run, 2).chosen is not None


@pytest.mark.parametrize("point", ["answered", "stored"])
def test_a_picture_from_runpod_that_was_not_booked_is_fetched_again_and_not_made_again(
    vendors: Environment, flushed_broker: redis.Redis, simulator: Simulator, at_runpod: Engine, point: str
) -> None:
    run = a_run(a_project("a table"), "chained", at_runpod)
    with worker(vendors, DJANGO_SETTINGS_MODULE="tests.killing", KILL_AT=point) as victim:
        assert victim.wait(30) == -signal.SIGKILL
    as_if_leases_had_run_out()
    with worker(vendors):
        assert wait_for_end(run, 60).status == RunStatus.COMPLETED
    assert len(paid(simulator, "runpod", "/run")) == 1
    assert Call.objects.get().outcome == Outcome.SUCCEEDED
