"""The data directory's secrets and broker socket, and what the settings refuse."""

import base64
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


SECRETS = {"secret_key", "admin_password", "encryption_key"}


def check(data: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check", *options]
    environment = program_environment(data, **environment)
    return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first = load_secrets(tmp_path)
    assert set(first) == SECRETS
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
        assert files(tmp_path / str(number)) == {"secrets.json", ".secrets.lock"}


def files(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def old_file(directory: Path) -> dict[str, str]:
    """As an earlier version left it, which knew nothing of encryption."""
    kept = {"secret_key": "an old secret key", "admin_password": "an old password"}
    (directory / "secrets.json").write_text(json.dumps(kept))
    return kept


def test_an_older_file_gets_the_secret_that_it_lacks_and_keeps_the_rest(tmp_path: Path) -> None:
    kept = old_file(tmp_path)
    (tmp_path / "secrets.json").chmod(0o600)
    first = load_secrets(tmp_path)
    assert first == kept | {"encryption_key": first["encryption_key"]}
    assert len(base64.urlsafe_b64decode(first["encryption_key"])) == 32
    assert load_secrets(tmp_path) == first == json.loads((tmp_path / "secrets.json").read_text())
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_processes_that_find_an_older_file_at_once_add_the_same_secret(tmp_path: Path) -> None:
    kept = old_file(tmp_path)
    tell = "import json, pathlib, sys; from config.embedded import load_secrets as load; "
    tell += "sys.stdin.read(); print(json.dumps(load(pathlib.Path(sys.argv[1]))))"
    command = [sys.executable, "-c", tell, str(tmp_path)]
    started = [
        subprocess.Popen(command, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()  # now, all of them
    seen = [json.load(process.stdout) for process in started if process.stdout is not None]
    assert [process.wait() for process in started] == [0] * 6
    assert all(secrets == seen[0] for secrets in seen)
    assert set(seen[0]) == SECRETS
    assert kept.items() <= seen[0].items()
    assert files(tmp_path) == {"secrets.json", ".secrets.lock"}


def test_a_value_of_another_version_is_kept_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps(old_file(tmp_path) | {"of_tomorrow": "kept"}))
    assert load_secrets(tmp_path)["of_tomorrow"] == "kept"
    assert json.loads((tmp_path / "secrets.json").read_text())["of_tomorrow"] == "kept"


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
    assert set(json.loads((tmp_path / "data" / "secrets.json").read_text())) == SECRETS


def test_a_production_environment_passes_the_deployment_checks_and_keeps_no_secrets(tmp_path: Path) -> None:
    checked = check(tmp_path / "data", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert checked.returncode == 0, checked.stderr
    assert not (tmp_path / "data" / "secrets.json").exists()


def test_without_encryption_keys_production_starts_all_the_same(tmp_path: Path) -> None:
    """Pictures are made with keys from the environment then; `tests/generation/test_keys.py` shows what is refused."""
    show = "from django.conf import settings; print(settings.ENCRYPTION_KEYS)"
    command = [sys.executable, "-c", f"import django; django.setup(); {show}"]
    environment = program_environment(tmp_path / "data", **PRODUCTION)
    shown = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stdout.strip()) == (0, "[]"), shown.stderr


@pytest.mark.parametrize("key", ["too short", "x" * 44])
def test_an_encryption_key_that_is_none_is_refused_without_saying_it(tmp_path: Path, key: str) -> None:
    good = base64.urlsafe_b64encode(b"b" * 32).decode()
    refused = check(tmp_path, ENCRYPTION_KEYS=f"{good},{key}")
    assert refused.returncode != 0
    assert "ENCRYPTION_KEYS" in refused.stderr.splitlines()[-1]
    assert key not in refused.stderr
    assert check(tmp_path, ENCRYPTION_KEYS=good).returncode == 0
