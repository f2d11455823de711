"""The whole story, on the real broker, a real worker process and real pages: from a pasted recipe to a board."""

import io
from functools import partial

import pytest
import redis
from django.db import connection
from django.test import Client
from PIL import Image

from generation.models import Call, Event, Outcome, RunStatus, StyleRun
from storyboards.models import Project, Style
from tests.making import a_user, an_engine, frame
from tests.processes import wait_for
from tests.running import Environment, wait_for_end, worker

RECIPE = """\
# Window-sill herb box

A box of herbs for a kitchen window.

## Materials
- a wooden box
- soil
- basil seeds

## Steps
1. Put a wooden box on the table
2. Fill the box with soil
   Leave two fingers of room.
3. Plant a small plant in the box
4. A cat looks at the plant
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("sockets")
def test_from_a_pasted_recipe_to_a_finished_board(
    process_environment: Environment, flushed_broker: redis.Redis
) -> None:
    person = Client()
    person.force_login(a_user(), backend="django.contrib.auth.backends.ModelBackend")
    engine = an_engine(side=256)

    project = import_recipe(person)
    assert project.ordered_steps()[0].title == "Put a wooden box on the table"
    assert project.material_list() == ["a wooden box", "soil", "basil seeds"]

    with worker(process_environment):
        for _double_click in range(2):
            press_generate(person, project, engine.pk)
        run = StyleRun.objects.get()
        assert wait_for_end(run).status == RunStatus.COMPLETED
        assert Call.objects.filter(outcome=Outcome.SUCCEEDED).count() == 4, "a double click makes nothing twice"
        each_picture_is_on_the_board(person, project, run)
        a_regenerated_step_keeps_its_old_take(person, run)

    a_stranger_sees_nothing(project, run)
    numbers = list(Event.objects.filter(project=project).values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def import_recipe(person: Client) -> Project:
    preview = person.post("/import/", {"text": RECIPE})
    assert preview.status_code == 200
    assert "Fill the box with soil" in preview.content.decode()
    assert not Project.objects.exists(), "nothing is stored before the preview is confirmed"
    shape = {"title": "Window-sill herb box", "aspect_ratio": "1:1"}
    answer = person.post("/import/", {"text": RECIPE, "confirm": "1", **shape})
    assert answer.status_code == 302, answer.content.decode()
    return Project.objects.get()


def press_generate(person: Client, project: Project, engine: int) -> None:
    chosen = {"styles": [Style.objects.get(slug="clear").pk], "strategy": "chained", "engine": engine}
    answer = person.post(f"/projects/{project.pk}/start/", chosen)
    assert answer.status_code == 302


def each_picture_is_on_the_board(person: Client, project: Project, run: StyleRun) -> None:
    board = person.get(f"/projects/{project.pk}/").content.decode()
    assert "4 of 4" in board
    for take in run.takes.all():
        assert f"/takes/{take.pk}/" in board
        original = person.get(f"/takes/{take.pk}/original/")
        assert Image.open(io.BytesIO(original.getvalue())).size == (256, 256)
        wait_for(partial(is_webp, person, take.pk), "the full-size WebP", 20)


def is_webp(person: Client, take: int) -> bool:
    return person.get(f"/takes/{take}/display/")["Content-Type"] == "image/webp"


def a_regenerated_step_keeps_its_old_take(person: Client, run: StyleRun) -> None:
    third = frame(run, 3)
    first_take = third.chosen
    assert first_take is not None
    assert person.post(f"/frames/{third.pk}/regenerate/").status_code == 302

    def replaced() -> bool:
        connection.close()
        return frame(run, 3).chosen_id != first_take.pk

    wait_for(replaced, "the new take")
    page = person.get(f"/frames/{third.pk}/").content.decode()
    assert f"/takes/{first_take.pk}/" in page
    assert "older picture than step 3" in person.get(f"/projects/{run.project_id}/").content.decode()
    assert person.post(f"/takes/{first_take.pk}/choose/").status_code == 302
    assert frame(run, 3).chosen == first_take


def a_stranger_sees_nothing(project: Project, run: StyleRun) -> None:
    stranger = Client()
    stranger.force_login(a_user("eve"), backend="django.contrib.auth.backends.ModelBackend")
    take = run.takes.first()
    assert take is not None
    pages = (f"/projects/{project.pk}/", f"/frames/{frame(run, 1).pk}/", f"/takes/{take.pk}/original/")
    for page in pages:
        assert stranger.get(page).status_code == 404, page
    assert stranger.post(f"/runs/{run.pk}/cancel/").status_code == 404
