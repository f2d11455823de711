"""What tests with a browser share: a real web process, workers where a test wants them, and Chromium."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from config.processes import BASE_DIR
from generation.models import Worker
from tests.making import a_user
from tests.processes import wait_for

Opens = Callable[..., Page]


@pytest.fixture(scope="session")
def environment(django_db_setup: None, broker: object) -> dict[str, str]:
    """Of program processes that work on this test process's database, pictures and broker."""
    database = urlsplit(os.environ.get("DATABASE_URL", "sqlite://"))
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": f"{database.scheme}://{database.netloc}/{connection.settings_dict['NAME']}",
        "PUBLIC_URL": f"http://127.0.0.1:{_free_port()}",
        "DEBUG": "",
    }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def _start(environment: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
    log = (Path(settings.DATA_DIR) / f"{command[-1].replace('/', '-')}.log").open("ab")
    return subprocess.Popen(
        [sys.executable, *command], cwd=BASE_DIR, env=environment, stdout=log, stderr=subprocess.STDOUT
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def site(environment: dict[str, str]) -> Iterator[str]:
    """The address of a web process as in production."""
    address = environment["PUBLIC_URL"]
    port = str(urlsplit(address).port)
    process = _start(environment, "-m", "config.web", "-b", "127.0.0.1", "-p", port, "config.asgi:application")
    wait_for(lambda: _answers(int(port)), "the web process")
    yield address
    _stop(process)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def work(environment: dict[str, str], transactional_db: None) -> Iterator[Callable[[], None]]:
    """Call it, and from then on a worker makes pictures."""
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> None:
        started.append(_start(environment, "manage.py", "worker", "--threads", "3"))
        wait_for(lambda: Worker.objects.alive().exists() or None, "the worker")

    yield begin
    for process in started:
        _stop(process)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Ends with these tests: Playwright keeps an event loop running, which asynchronous tests cannot bear."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        message = "no chromium on this machine"
        pytest.fail(message) if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip(message)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # for the same loop's sake Django would refuse every query
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opens(site: str, chromium: Browser, transactional_db: None) -> Iterator[Opens]:
    """`opens("/projects/1/", user="ada", width=375, …)`: a page in a browser of its own; the rest are its options."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(path: str, user: str = "ada", width: int = 1280, **options: object) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 800}, base_url=site, **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(15_000)
        if user:
            context.add_cookies([{"name": "sessionid", "value": _session(user), "url": site}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
        if path:
            page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


def _session(name: str) -> str:
    client = Client()
    client.force_login(a_user(name))
    return client.cookies["sessionid"].value
