"""What many machines share is PostgreSQL: who locks what in which order, and how many connections are held, shows there
alone."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from config.processes import BASE_DIR
from tests.postgresql import programs, start_postgresql

pytestmark = pytest.mark.xdist_group("postgresql")

PARTS = {
    "claims": ["test_dispatch.py", "test_together.py", "test_together_paid.py"],
    "turns and caps": ["test_caps.py", "test_fairness.py", "test_places.py"],
    "stops and choices": ["test_gates.py", "test_candidates.py", "test_reuse.py", "test_branches.py"],
    "limits and budgets": ["test_limits.py", "test_budgets.py"],
    "API": ["api/test_idempotency.py", "api/test_sequences.py", "api/test_sessions.py"],
    "connections": ["test_pool.py", "api/test_waiting.py"],
}
"""Those that lock, count, sort, or keep connections; by what a failure is about."""
OURS = ("PYTEST_", "COV_", "THROUGHLINE_DATA")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    where = programs()
    if where is None:
        message = "no PostgreSQL on this machine: neither pg_ctl on the path nor Debian's"
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with start_postgresql(where) as found:
        yield found


@pytest.mark.parametrize("part", PARTS)
def test_it_is_the_same_on_postgresql(address: str, part: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environment = inherited | {
        "DATABASE_URL": address,
        "SECRET_KEY": "only-tests-on-a-server-for-a-while-know-this",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    files = [f"tests/generation/{name}" for name in PARTS[part]]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "--create-db", *files]
    ran = subprocess.run(
        command, check=False, cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=600
    )
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2_000:]
