"""Pictures on pages of other origins: what opens them, for how long, and what they are sent with."""

import json
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from generation import jobs
from generation.api.auth import LOCAL_SCOPES, Caller, local_user
from generation.api.links import picture_url
from generation.models import ApiToken, Scope, StyleRun
from storyboards.models import Project, Visibility
from tests.calling import Program
from tests.making import a_project, a_run, a_user, make_all, newest_take

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 3600


@pytest.fixture
def run() -> StyleRun:
    run = a_run(a_project("a table", "an apple"))
    make_all()
    return run


def a_caller(name: str = "ada") -> Caller:
    token, _ = ApiToken.objects.issue(a_user(name), "a program", [Scope.READ])
    return Caller(token.user, token, frozenset(token.scopes))


def relative(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def shown(url: str) -> HttpResponse:
    """By an <img>, which sends neither token nor cookie."""
    return Client().get(relative(url), headers={"Origin": "https://elsewhere.example"})  # type: ignore[return-value]


def status(url: str) -> int:
    answer = shown(url)
    if answer.status_code != 200:
        assert list(json.loads(answer.content)) == ["detail"]
    return answer.status_code


def test_a_key_opens_its_picture_as_webp_once_that_is_made(run: StyleRun) -> None:
    take = newest_take(run, 1)
    url = picture_url(take, a_caller())
    before = shown(url)
    assert (before["Content-Type"], before["Cache-Control"]) == ("image/png", "private, no-cache")
    jobs.derive_files(take.pk)
    answer = shown(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    take.refresh_from_db()
    assert take.display is not None
    assert answer.content == take.display.read()
    assert answer["Cache-Control"] == "private, max-age=86400, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not answer.cookies
    again = Client().get(relative(url), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert Client().head(relative(url)).status_code == 200


def test_its_address_is_absolute(run: StyleRun, settings: object) -> None:
    settings.PUBLIC_URL = "https://boards.example.org"  # type: ignore[attr-defined]
    assert picture_url(newest_take(run, 1), a_caller()).startswith("https://boards.example.org/images/")


@pytest.mark.parametrize(("hours", "expected"), [(0, 200), (23.99, 200), (25.01, 404)])
def test_a_key_is_good_for_a_day(run: StyleRun, monkeypatch: pytest.MonkeyPatch, hours: float, expected: int) -> None:
    url, now = picture_url(newest_take(run, 1), a_caller()), time.time()
    monkeypatch.setattr("generation.api.links.time.time", lambda: now + hours * HOUR)
    assert status(url) == expected


ENDS: dict[str, Callable[[Project, ApiToken, User], object]] = {
    "the token is revoked": lambda project, token, user: token.revoke(),
    "the token is past its day": lambda project, token, user: ApiToken.objects.update(expires_at=token.created_at),
    "the account is closed": lambda project, token, user: User.objects.filter(pk=user.pk).update(is_active=False),
    "the project is in the trash": lambda project, token, user: Project.objects.update(deleted_at=project.created_at),
    "the project is private": lambda project, token, user: Project.objects.update(visibility=Visibility.PRIVATE),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_key_is_void_when(end: str, run: StyleRun) -> None:
    project = run.project
    Project.objects.update(visibility=Visibility.PUBLIC)
    caller = a_caller("ben")
    url = picture_url(newest_take(run, 1), caller)
    assert status(url) == 200
    assert caller.token is not None
    ENDS[end](project, caller.token, caller.user)
    assert status(url) == 404


def test_a_key_opens_no_other_picture_and_none_that_was_changed(run: StyleRun) -> None:
    url = picture_url(newest_take(run, 1), a_caller())
    other = newest_take(run, 2).pk
    key = urlsplit(url).query
    assert status(f"/images/{other}?{key}") == 404
    for wrong in (key[:-1], key + "x", "key=", "key=a:b", "key=%00", ""):
        assert status(f"/images/{newest_take(run, 1).pk}?{wrong}") == 404, wrong


def test_a_key_for_a_take_without_a_picture_opens_nothing() -> None:
    run = a_run(a_project("a table"))
    assert status(picture_url(newest_take(run, 1), a_caller())) == 404


def test_a_lost_file_is_404_in_their_shape(run: StyleRun) -> None:
    take = newest_take(run, 1)
    assert take.original is not None
    take.original.file.delete(save=False)
    assert status(picture_url(take, a_caller())) == 404


def test_a_token_opens_it_without_a_key(run: StyleRun) -> None:
    path = f"/images/{newest_take(run, 1).pk}"
    assert Program(a_user()).call("GET", path).status_code == 200
    assert Program(a_user("ben")).call("GET", path).status_code == 404
    assert Program(scopes=None).call("GET", path).status_code == 404
    assert Program(a_user(), ["write"]).call("GET", path).status_code == 403


def test_a_log_in_opens_nothing_here(run: StyleRun) -> None:
    browser = Client()
    browser.force_login(run.project.owner, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get(f"/images/{newest_take(run, 1).pk}").status_code == 404


def test_keys_of_the_user_local_end_with_its_mode(run: StyleRun, settings: object) -> None:
    settings.LOCAL_USER = True  # type: ignore[attr-defined]
    user = local_user()
    assert user is not None
    Project.objects.update(owner=user)
    url = picture_url(newest_take(run, 1), Caller(user, None, LOCAL_SCOPES))
    assert status(url) == 200
    settings.LOCAL_USER = False  # type: ignore[attr-defined]
    assert status(url) == 404


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/images/x", 404),
        ("GET", "/images/", 404),
        ("POST", "/images/1", 405),
        ("GET", f"/images/{'9' * 30}", 404),
    ],
)
def test_errors_have_their_shape(method: str, path: str, expected: int) -> None:
    answer = Program().call(method, path)
    assert (answer.status_code, list(json.loads(answer.content))) == (expected, ["detail"])
