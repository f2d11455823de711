"""The queue as people see it: all that waits in the order of turns, and others' names for nobody else."""

import re

import pytest
from django.test import Client

from generation import dispatch
from generation.models import Cap, Worker
from generation.models.clock import database_now
from generation.pages.board import load_board
from tests.making import a_project, a_run, a_user, an_engine

pytestmark = pytest.mark.django_db

TEXTS = ("a bird", "a cat", "a lamp")


@pytest.fixture(autouse=True)
def somebody_works() -> None:
    Worker.objects.create(name="w", threads=4, heartbeat_at=database_now())


def page_of(name: str) -> str:
    client = Client()
    client.force_login(a_user(name), backend="django.contrib.auth.backends.ModelBackend")
    return " ".join(re.sub(r"<[^>]+>", " ", client.get("/queue/").content.decode()).split())


def test_everything_stands_in_the_order_of_turns_and_others_runs_have_no_names() -> None:
    engine = an_engine("narrow", side=64, max_parallel=1)
    a_run(a_project(*TEXTS, owner=a_user("ada"), title="Secret of Ada"), "independent", engine)
    a_run(a_project(*TEXTS, owner=a_user("bo"), title="Of Bo"), "independent", engine)
    assert dispatch.claim() is not None, "Ada's first"
    seen = page_of("bo")
    assert "Secret" not in seen
    assert "ada" not in seen
    assert "Somebody else’s run, 3 pictures" in seen
    assert seen.index("Of Bo") < seen.index("position 1") < seen.index("Somebody else’s") < seen.index("position 2")


def test_whoever_is_at_his_cap_is_told_so_on_the_queue_and_on_the_board() -> None:
    run = a_run(a_project(*TEXTS), "independent", an_engine("wide", side=64))
    Cap.objects.create(user=run.project.owner, max_parallel=2, max_runs=3)
    other = a_run(a_project("a cup", title="Other"), "independent", an_engine("wide", side=64))
    assert "You may have 2 pictures made and 3 runs going at once." in page_of("ada")
    assert dispatch.claim(only=run)
    assert "your limit" not in page_of("ada")
    assert dispatch.claim(only=run)
    assert "Waiting your limit of 2 pictures at once" in page_of("ada")
    cards = load_board(other.project, editable=True).runs[0].cards
    assert [card.state.sentence() for card in cards] == ["Waiting: your limit of 2 pictures at once"]
    assert "limit" not in page_of("bo")


def test_the_page_swaps_itself_and_leaves_the_form_alone() -> None:
    a_run(a_project(*TEXTS), "independent")
    client = Client()
    client.force_login(a_user(), backend="django.contrib.auth.backends.ModelBackend")
    html = client.get("/queue/").content.decode()
    fresh = html[html.index("data-fresh") :]
    assert "csrfmiddlewaretoken" not in fresh, "it differs each time, and the part would be swapped for nothing"
    assert "generation/fresh.js" in html
