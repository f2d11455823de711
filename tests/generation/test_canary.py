"""Keys with a recognisable text, put in on every way there is: the text is found nowhere afterwards."""

import base64
import io
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.views.debug import ExceptionReporter
from pytest_django import Settings

from config.environment_keys import read_keys
from generation import dispatch, keys, pasting, vault
from generation.errors import Refusal
from generation.models import ApiKey, Event
from tests.admin_rows import a_superuser, fill
from tests.calling import whole_body
from tests.generation.test_admin import MODELS, pages_of
from tests.making import a_project, a_run, a_user, make_all
from tests.test_every_address import ADDRESSES, address

pytestmark = pytest.mark.django_db(transaction=True)

MARK = "CaNaRyInThEmInE"
WAYS = ("form", "paste", "rotate", "environment", "wrong")
CANARIES = {way: f"AIzaSy{MARK}-{way:->18}" for way in WAYS}
TRACES = [MARK.encode(), *(base64.b64encode(b"x" * n + MARK.encode())[4:-4] for n in range(3))]
"""In the clear, and in base64 wherever it begins."""


def clean(text: str | bytes, where: object) -> None:
    data = text.encode() if isinstance(text, str) else text
    assert not any(trace in data for trace in TRACES), where


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(a_superuser(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def answers(root: Client, settings: Settings, caplog: pytest.LogCaptureFixture) -> Iterator[list[bytes]]:
    """What the browser got while every key was put in; every way ends with a key of its own."""
    caplog.set_level(logging.DEBUG)
    fill(2)
    got = [answer for put_in in (by_form, by_paste, by_rotation) for answer in put_in(root)]
    settings.ENVIRONMENT_KEYS = read_keys({"GEMINI_API_KEYS_CLEAR": f"work={CANARIES['environment']}"})
    keys.sync_environment()
    held = {key.reveal() for key in ApiKey.objects.all()}
    assert held >= {CANARIES[way] for way in WAYS if way != "wrong"}
    yield got
    for record in caplog.get_records("call") + caplog.get_records("setup"):
        clean(f"{record.getMessage()} {record.__dict__}", record.name)


def by_form(root: Client) -> Iterator[bytes]:
    page = reverse("admin:generation_apikey_add")
    wrong = {"provider": "openai", "new_secret": CANARIES["wrong"], "alias": CANARIES["wrong"]}
    for fields in (wrong, {"provider": "gemini", "new_secret": CANARIES["form"]}):
        yield root.post(page, fields, follow=True).content


def by_paste(root: Client) -> Iterator[bytes]:
    page = reverse("admin:generation_apikey_paste")
    wrong = f"{CANARIES['wrong']} {CANARIES['wrong']}\n{CANARIES['wrong']},alias-first"
    for provider in ("nobody", "openai", "gemini"):
        preview = root.post(page, {"provider": provider, "text": f"{wrong}\n{CANARIES['paste']}"})
        yield preview.content
    yield root.post(page, {"sealed": preview.context["sealed"]}, follow=True).content


def by_rotation(root: Client) -> Iterator[bytes]:
    page = reverse("admin:generation_apikey_rotate", args=[ApiKey.objects.earliest("pk").pk])
    for secret in (f"{CANARIES['wrong']} twice", CANARIES["form"], CANARIES["rotate"]):
        yield root.post(page, {"new_secret": secret}, follow=True).content


def test_no_page_says_it(answers: list[bytes], root: Client) -> None:
    for number, answer in enumerate(answers):
        clean(answer, number)
    run = a_run(a_project("a table", "an apple", owner=a_user("owner")))
    make_all()
    pages = [page for model in MODELS for page in pages_of(model)]
    keys_pages = [
        reverse(f"admin:generation_apikey_{name}", args=[key.pk])
        for key in ApiKey.objects.all()
        for name in ("change", "history", "delete", "rotate")
    ]
    product = [address(name, run) for name in ADDRESSES if name != "logout"]
    for page in (*pages, *keys_pages, reverse("admin:index"), *product):
        shown = root.get(page)
        clean(whole_body(shown), page)
        clean(str(shown.headers), page)


def test_no_row_says_it(answers: list[bytes]) -> None:
    assert LogEntry.objects.filter(content_type__model="apikey").count() >= 4
    clean(str(list(LogEntry.objects.values())), "trail")
    clean(str(list(Event.objects.values())), "events")
    for session in Session.objects.all():
        clean(str(session.get_decoded()), "session")
    dumped = io.StringIO()
    call_command("dumpdata", exclude=["django_rq"], stdout=dumped)  # its model has no table
    assert "generation.apikey" in dumped.getvalue()
    clean(dumped.getvalue(), "dumpdata")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="its file is read byte by byte")
def test_no_byte_of_the_database_says_it(answers: list[bytes]) -> None:
    file = Path(str(connection.settings_dict["NAME"]))
    found = [path for path in file.parent.glob(f"{file.name}*") if path.is_file()]
    assert ApiKey.objects.latest("pk").fingerprint.encode() in b"".join(path.read_bytes() for path in found)
    for path in found:
        clean(path.read_bytes(), path)


def test_no_job_and_nothing_else_in_the_broker_says_it(answers: list[bytes], flushed_broker: redis.Redis) -> None:
    a_run(a_project("a table"))
    dispatch.ring()
    stored = {name: flushed_broker.dump(name) for name in flushed_broker.scan_iter()}
    for name, value in stored.items():
        clean(name + (value or b""), name)


WRONG: list[Callable[[], object]] = [
    lambda: keys.add("openai", CANARIES["form"]),
    lambda: keys.add("gemini", CANARIES["form"]),
    lambda: keys.add("gemini", f"{CANARIES['wrong']} twice"),
    lambda: keys.add("gemini", CANARIES["wrong"], alias=CANARIES["wrong"]),
    lambda: keys.rotate(ApiKey.objects.earliest("pk"), CANARIES["form"]),
    lambda: pasting.paste(f"{CANARIES['wrong']}\n" * 300, "gemini"),
    lambda: vault.open_sealed(CANARIES["wrong"]),
    lambda: vault.from_environment(vault.fingerprint(CANARIES["wrong"])),
    lambda: ApiKey(secret=Fernet(Fernet.generate_key()).encrypt(CANARIES["wrong"].encode()).decode()).reveal(),
]


@pytest.mark.parametrize("wrong", WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_no_exception_and_no_report_of_one_says_it(wrong: Callable[[], object], answers: list[bytes]) -> None:
    """A report as it is sent to the admins: with the variables of every frame, and the settings."""
    try:
        wrong()
    except (Refusal, vault.Unreadable) as error:
        clean(f"{error!r} {error} {error.__context__!r} {error.__cause__!r}", "exception")
        reporter = ExceptionReporter(None, *sys.exc_info())
        clean(reporter.get_traceback_text(), "report")
        clean(reporter.get_traceback_html(), "page")
    else:
        pytest.fail("nothing was wrong")


def test_without_encryption_keys_it_is_not_kept_and_not_said(
    root: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings.ENCRYPTION_KEYS = []
    for page, fields in (("add", {"new_secret": CANARIES["form"]}), ("paste", {"text": CANARIES["paste"]})):
        answer = root.post(reverse(f"admin:generation_apikey_{page}"), {"provider": "gemini", **fields})
        assert "Set ENCRYPTION_KEYS" in answer.content.decode()
        clean(answer.content, page)
    assert not ApiKey.objects.exists()
    for record in caplog.records:
        clean(f"{record.getMessage()} {record.__dict__}", record.name)


def test_the_canary_is_heard_where_it_sings() -> None:
    """Or else all of the above would prove nothing."""
    sung = CANARIES["form"]
    texts: list[str | bytes] = [sung, *(base64.b64encode(b"y" * n + sung.encode()) for n in range(3))]
    for text in texts:
        with pytest.raises(AssertionError):
            clean(text, "here")
