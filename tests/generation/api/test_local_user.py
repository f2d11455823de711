"""The user `local`: who passes for a program on this machine, and when nobody does."""

import json
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from config.addresses import Address
from config.broker import remove_socket
from generation.api.auth import local_user
from tests.calling import Program
from tests.making import a_project, a_user
from tests.processes import Up

HERE = {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1"}
ALLOWED: list[dict[str, str]] = [
    {},
    {"HTTP_HOST": "localhost:8000"},
    {"HTTP_HOST": "[::1]:8000", "REMOTE_ADDR": "::1"},
    {"HTTP_ORIGIN": "http://localhost:3000"},
    {"HTTP_ORIGIN": "http://localhost:5173"},
    {"HTTP_ORIGIN": "http://127.0.0.1:8000"},
    {"CONTENT_TYPE": "application/json; charset=utf-8"},
]
REFUSED: list[dict[str, str]] = [
    {"HTTP_HOST": "boards.example.org"},
    {"HTTP_HOST": "127.0.0.1.example.org"},
    {"HTTP_HOST": "192.168.1.7:8000"},
    {"REMOTE_ADDR": "192.168.1.9"},
    {"REMOTE_ADDR": ""},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_ORIGIN": "https://elsewhere.example"},
    {"HTTP_ORIGIN": "http://localhost:3001"},
    {"HTTP_ORIGIN": "http://localhost:3000.example.org"},
    {"HTTP_ORIGIN": ""},
    {"HTTP_X_FORWARDED_FOR": "192.168.1.9"},
    {"HTTP_FORWARDED": "for=192.168.1.9"},
    {"HTTP_X_REAL_IP": "192.168.1.9"},
    {"HTTP_AUTHORIZATION": "Bearer tl_wrong"},
    {"HTTP_AUTHORIZATION": "Basic bG9jYWw6"},
    {"HTTP_AUTHORIZATION": ""},
]
NO_JSON = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain; application/json",
    "",
]


@pytest.fixture
def at_home(settings: Any) -> Any:
    settings.LOCAL_USER = True
    settings.ALLOWED_HOSTS = ["*"]
    settings.CORS_ALLOWED_ORIGINS = ["http://localhost:3000", "http://localhost:5173"]
    settings.TRUSTED_ORIGINS = ["http://127.0.0.1:8000"]
    return settings


def post(path: str = "/api/get-generation-progress", **more: str) -> int:
    sent: dict[str, Any] = HERE | more
    kind = sent.pop("CONTENT_TYPE", "application/json")
    return Client().generic("POST", path, b'{"projectPath": "x"}', content_type=kind, **sent).status_code


def get(path: str = "/step-images/x", **more: str) -> int:
    sent: dict[str, Any] = HERE | more
    return Client().get(path, **sent).status_code


@pytest.mark.django_db
@pytest.mark.parametrize("more", ALLOWED)
def test_a_program_on_this_machine_needs_no_token(at_home: Any, more: dict[str, str]) -> None:
    assert post(**more) == 200
    assert get(**{name: value for name, value in more.items() if name != "CONTENT_TYPE"}) == 200


@pytest.mark.django_db
@pytest.mark.parametrize("more", REFUSED)
def test_whoever_may_be_somebody_else_needs_one(at_home: Any, more: dict[str, str]) -> None:
    assert (post(**more), get(**more)) == (401, 401)
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", NO_JSON)
def test_a_page_can_send_a_form_unasked_and_so_nothing_but_json_counts(at_home: Any, kind: str) -> None:
    assert post(CONTENT_TYPE=kind) == 401


@pytest.mark.django_db
def test_a_page_without_an_origin_is_anybodys_whoever_else_may_call(at_home: Any) -> None:
    at_home.CORS_ALLOWED_ORIGINS = ["null"]
    assert (post(HTTP_ORIGIN="null"), get(HTTP_ORIGIN="null")) == (401, 401)


@pytest.mark.django_db
def test_it_is_off_unless_it_is_switched_on(at_home: Any) -> None:
    at_home.LOCAL_USER = False
    assert (post(), get()) == (401, 401)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/projects", "/images/1", "/projects/", "/admin/"])
def test_it_opens_nothing_but_the_earlier_systems(at_home: Any, path: str) -> None:
    assert get(path) in (302, 401, 404)
    assert not User.objects.exists()


@pytest.mark.django_db
def test_nobody_can_log_in_as_it_and_staff_can_close_it(at_home: Any) -> None:
    user = local_user()
    assert user is not None
    assert (user.username, user.has_usable_password(), user.is_staff) == ("local", False, False)
    assert local_user() == user
    User.objects.update(is_active=False)
    assert (post(), get()) == (401, 401)


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"password": "pass"}, {"is_staff": True}, {"is_superuser": True}])
def test_a_person_of_that_name_is_lent_to_nobody(at_home: Any, fields: dict[str, Any]) -> None:
    User.objects.create_user("local", **fields)
    assert (post(), get()) == (401, 401)


@pytest.mark.django_db
def test_a_token_goes_before_it(at_home: Any) -> None:
    a_project("a lamp", owner=a_user(), external_id="x")
    Program(a_user()).get("/step-images/x", host="127.0.0.1")
    assert not User.objects.filter(username="local").exists()


@pytest.mark.parametrize(
    ("host", "given", "expected"),
    [
        ("127.0.0.1", {}, "1"),
        ("127.0.0.2", {}, "1"),
        ("::1", {}, "1"),
        ("127.0.0.1", {"DATABASE_URL": "", "PUBLIC_URL": ""}, "1"),
        ("127.0.0.1", {"LOCAL_USER": "0"}, "0"),
        ("127.0.0.1", {"LOCAL_USER": "1"}, "1"),
        ("0.0.0.0", {}, "0"),
        ("::", {}, "0"),
        ("192.168.1.7", {}, "0"),
        ("0.0.0.0", {"LOCAL_USER": "1"}, "0"),
        ("127.0.0.1", {"DATABASE_URL": "postgres://db/boards"}, "0"),
        ("127.0.0.1", {"PUBLIC_URL": "https://boards.example.org"}, "0"),
        ("127.0.0.1", {"PUBLIC_URL": "https://boards.example.org", "LOCAL_USER": "1"}, "0"),
    ],
)
def test_up_says_whether_nobody_but_this_machine_can_call(host: str, given: dict[str, str], expected: str) -> None:
    assert Address(host, 8000).local_user(given) == expected


# --- with the real command -------------------------------------------------------------------------------------------

Start = Callable[..., Up]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Up] = []

    def start(*options: str, **more: str) -> Up:
        started.append(Up(tmp_path / "data", "--port", "0", "--no-samples", *options, **more))
        return started[-1].ready()

    yield start
    for up in started:
        up.process.kill()
        up.process.wait()
        remove_socket(up.data)


def call(url: str, sent: object = None, **headers: str) -> tuple[int, bytes]:
    data = None if sent is None else json.dumps(sent).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} | headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


BEATS = {
    "clear": [{"shot_number": 1, "beat_number": "1.1", "transition_type": "H", "ai_prompt": "a lamp on a table"}],
}


def of_processes(test: Callable[..., None]) -> Callable[..., None]:
    marked: Callable[..., None] = pytest.mark.xdist_group("processes")(
        pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")(test)
    )
    return marked


@of_processes
def test_the_plain_command_serves_a_program_without_a_token(start: Start) -> None:
    url = start().url
    status, told = call(f"{url}/api/generate-images", {"projectPath": "night/train", "promptsByStyle": BEATS})
    messages = [json.loads(line.removeprefix(b"data: ")) for line in told.splitlines() if line.startswith(b"data: ")]
    assert (status, messages[-1]) == (200, {"type": "complete", "result": {"success": True}})
    status, told = call(f"{url}/step-images/night/train")
    image = json.loads(told)["step_images"][0]
    assert (status, image["status"]) == (200, "completed")
    assert call(image["image_url"])[0] == 200
    assert call(f"{url}/step-images/night/train", Origin="https://elsewhere.example")[0] == 401
    assert call(f"{url}/step-images/night/train", Host="boards.example.org")[0] == 400


@of_processes
@pytest.mark.parametrize(("options", "more"), [(("--host", "0.0.0.0"), {"LOCAL_USER": "1"}), ((), {"LOCAL_USER": "0"})])
def test_whoever_opens_it_to_others_or_says_so_needs_tokens(
    start: Start, options: tuple[str, ...], more: dict[str, str]
) -> None:
    port = start(*options, **more).url.rsplit(":", 1)[1]
    for name in ("127.0.0.1", "localhost", socket.gethostname()):
        status, told = call(f"http://{name}:{port}/api/get-generation-progress", {"projectPath": "x"})
        assert (status, json.loads(told)["success"]) == (401, False)
        if not options:
            break
