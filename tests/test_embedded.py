"""The data directory's secrets and broker socket, and what the settings refuse."""

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.embedded import broker_socket, load_secrets, private_directory
from config.processes import BASE_DIR
from tests.processes import program_environment

GOOD_KEY = "q8#nVw2!zLr6@Tk0^Yb4&Hd9*Gs1(Mf5)Jx3_Pc7+Ea-Uo=Ri;Wv"
PRODUCTION = {
    "SECRET_KEY": GOOD_KEY,
    "PUBLIC_URL": "https://boards.example.org",
    "REDIS_URL": "redis://:password@broker.example.org/0",
    "DATABASE_URL": "sqlite:////nowhere/db.sqlite3",  # checks open no database
}


def check(data: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check", *options]
    environment = program_environment(data, **environment)
    return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first = load_secrets(tmp_path)
    assert set(first) == {"secret_key", "admin_password"}
    assert load_secrets(tmp_path) == first
    assert load_secrets(tmp_path / "another") != first


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_secrets(tmp_path / "made")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "made" / "secrets.json").stat().st_mode) == 0o600


def test_of_many_that_start_at_once_all_read_the_same_secrets(tmp_path: Path) -> None:
    for number in range(20):
        with ThreadPoolExecutor(8) as pool:
            seen = list(pool.map(load_secrets, [tmp_path / str(number)] * 8))
        assert all(secrets == seen[0] for secrets in seen)
        assert [path.name for path in (tmp_path / str(number)).iterdir()] == ["secrets.json"]


def test_a_socket_path_is_short_and_the_same_for_every_spelling(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 30) / ("name" * 30)
    assert len(str(broker_socket(deep)).encode()) < 104
    assert broker_socket(tmp_path / "a" / ".." / "b") == broker_socket(tmp_path / "b")
    assert broker_socket(tmp_path / "a") != broker_socket(tmp_path / "b")


def test_a_private_directory_is_closed_to_others_even_if_it_was_open(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir(mode=0o777)
    assert stat.S_IMODE(private_directory(open_to_all).stat().st_mode) == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        private_directory(theirs)


def test_a_directory_that_is_another_users_by_number_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(PermissionError):
        private_directory(tmp_path / "mine")


def test_a_link_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError):
        private_directory(tmp_path / "link")


@pytest.mark.parametrize("key", ["change-me-please-change-me-please-change-me", "a" * 60, "tiny"])
def test_a_sample_secret_key_is_refused(tmp_path: Path, key: str) -> None:
    refused = check(tmp_path, SECRET_KEY=key)
    assert refused.returncode != 0
    assert "SECRET_KEY is a sample or too short" in refused.stderr
    assert key not in refused.stderr.splitlines()[-1]


def test_a_shared_database_without_a_shared_secret_is_refused(tmp_path: Path) -> None:
    refused = check(tmp_path, DATABASE_URL="postgres://db.example.org/throughline")
    assert refused.returncode != 0
    assert "Set SECRET_KEY" in refused.stderr


def test_the_embedded_default_passes_the_checks_and_makes_its_secrets(tmp_path: Path) -> None:
    checked = check(tmp_path / "data")
    assert checked.returncode == 0, checked.stderr
    assert set(json.loads((tmp_path / "data" / "secrets.json").read_text())) == {"secret_key", "admin_password"}


def test_a_production_environment_passes_the_deployment_checks_and_keeps_no_secrets(tmp_path: Path) -> None:
    checked = check(tmp_path / "data", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert checked.returncode == 0, checked.stderr
    assert not (tmp_path / "data" / "secrets.json").exists()
