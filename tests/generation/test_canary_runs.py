"""A key at work: vendors quote it in their errors, workers log, pages tell what went wrong. The text is nowhere."""

import json
import logging
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.test import Client

from generation import holds
from generation.models import ApiKey, Call, Event, Outcome, StyleRun, Take
from generation.providers import configure
from tests.admin_rows import a_superuser, fill
from tests.calling import whole_body
from tests.generation.test_admin import MODELS, pages_of
from tests.generation.test_canary import MARK, clean
from tests.making import a_key, a_paid_engine, a_project, a_run, a_user, make_all
from tests.simulator.client import Simulator
from tests.test_every_address import ADDRESSES, address

pytestmark = pytest.mark.django_db(transaction=True)

CANARIES = {
    "gemini": f"AIzaSy{MARK}-at-work-0001",
    "openai": f"sk-proj-{MARK}-at-work-0002",
    "runpod": f"rpa_{MARK}-at-work-0003",
}
MODELS_OF = {"gemini": "gemini-3.1-flash-image", "openai": "gpt-image-2", "runpod": ""}
PAID = {"gemini": "generateContent", "openai": "/images/", "runpod": "/run"}
STATUSES = (400, 401, 403, 404, 429, 500)


@pytest.fixture(autouse=True)
def vendors(simulator: Simulator) -> Iterator[None]:
    addresses = {name: settings.PROVIDERS[name] | {"base_url": simulator.url(name)} for name in CANARIES}
    addresses["runpod"] |= {"endpoints": {"main": "flux-main"}, "polling_interval": 0.05}
    configure(settings.PROVIDERS | addresses)
    for name, secret in CANARIES.items():
        simulator.account(name, "one", {"first": secret})
        a_key(secret, amount=1000, provider=name)
    yield
    configure(settings.PROVIDERS)


def run_into_trouble(provider: str, simulator: Simulator) -> StyleRun:
    """One picture that comes, and one for each status in which a vendor's words hold the whole key."""
    secret = CANARIES[provider]
    engine = a_paid_engine(provider, provider=provider, model=MODELS_OF[provider], max_attempts=1, timeout=20)
    texts = [f"trouble {status}" for status in STATUSES]
    project = a_project("a table", *texts, owner=a_user("owner"), title=provider)
    run = a_run(project, "independent", engine)
    words = f"Your API key {secret} was reported as leaked, see https://vendor.example/?key={secret}"
    for status in STATUSES:
        body = json.dumps({"error": {"message": words, "status": "X", "code": "x", "type": "x"}})
        simulator.fault("status", provider, path=PAID[provider], prompt=f"trouble {status}", status=status, body=body)
    for _ in range(len(texts) + 2):
        make_all()
        ApiKey.objects.update(enabled=True, disabled_reason="")
        holds.release()
    return run


@pytest.mark.parametrize("provider", list(CANARIES))
def test_a_key_at_work_is_said_by_nothing_that_anybody_reads(
    provider: str, simulator: Simulator, flushed_broker: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    run = run_into_trouble(provider, simulator)
    assert Call.objects.filter(outcome=Outcome.SUCCEEDED).exists()
    assert Call.objects.exclude(error_message="").count() >= len(STATUSES) - 1
    for rows in (Call, Take, Event, ApiKey, StyleRun):
        clean(str(list(rows.objects.values())), rows.__name__)
    fill(2)
    root = Client()
    root.force_login(a_superuser(), backend="django.contrib.auth.backends.ModelBackend")
    admin = [page for model in MODELS for page in pages_of(model)]
    takes = [f"/takes/{take.pk}/explain/" for take in run.takes.all()]
    for page in (*admin, *takes, *(address(name, run) for name in ADDRESSES if name != "logout")):
        clean(whole_body(root.get(page)), page)
    for name in flushed_broker.scan_iter():
        clean(name + (flushed_broker.dump(name) or b""), name)
    for record in caplog.records:
        clean(f"{record.getMessage()} {record.__dict__}", record.name)
