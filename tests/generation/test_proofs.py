"""The exact prompts before they are sent: on the page and for programs; nothing is stored by looking."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation import proofs
from generation.models import Engine, StyleRun, Take
from generation.pages.proofs import load_sheet, stored_run
from storyboards import pictures
from storyboards.models import Project, Visibility
from tests.calling import Program
from tests.making import a_project, a_run, a_style, a_user, an_engine, frame, make_all
from tests.storyboards.conftest import picture_bytes

pytestmark = pytest.mark.django_db(transaction=True)


def page(user: User, project: Project, query: str = "") -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(f"{reverse('prompts', args=[project.pk])}{query}")


def api(project: Project, query: str = "") -> Any:
    return Program(project.owner).get(f"/api/v1/projects/{project.pk}/prompts{query}")


@pytest.mark.parametrize("strategy", ["chained", "shots", "cumulative", "independent"])
def test_what_is_shown_before_is_what_is_sent_word_for_word(strategy: str) -> None:
    project = a_project("a table", "$hero sits", "a lamp", cuts=[3], variables="hero = Mia")
    project.characters.create(name="Mia", look="red", sheet=pictures.store(pictures.check(picture_bytes())))
    engine = an_engine()
    before = [proof.prompt for proof in proofs.of_new(proofs.unsaved(project, a_style(), engine, strategy))]
    run = a_run(project, strategy, engine)
    begun = [proof.prompt for proof in proofs.of_run(run)]
    make_all()
    made = [proof.prompt for proof in proofs.of_run(stored_run(project, run.pk))]
    sent = list(run.takes.order_by("position").values_list("prompt", flat=True))
    assert before == begun == made == sent
    roles = [[picture.role for picture in proof.attached] for proof in proofs.of_run(run)]
    assert [len(found) for found in roles] == list(
        run.takes.order_by("position").values_list("calls__input_images", flat=True)
    )


def test_a_picture_whose_source_failed_is_shown_as_it_will_be_made() -> None:
    engine = an_engine(options={"refuse_words": ["Nail"]}, max_attempts=1)
    run = a_run(a_project("Saw the boards", "Nail the walls", "Paint the roof"), engine=engine)
    make_all()
    sources = [proof.source for proof in proofs.of_run(run)]
    assert [source and source.position for source in sources] == [None, 1, 1]


def test_the_page_shows_prompts_pictures_and_warnings_beside_them() -> None:
    project = a_project("Wide shot, a table", "Close-up of a <b>cup</b>")
    project.concept_picture = pictures.store(pictures.check(picture_bytes()))
    project.save()
    an_engine()
    answer = page(project.owner, project, "?style=clear&strategy=chained&engine=quick")
    shown = answer.content.decode()
    assert "Wide shot, a table" in shown
    assert "&lt;b&gt;cup&lt;/b&gt;" in shown
    assert "Image 1, concept: The concept: the finished thing" in shown
    assert reverse("concept_thumbnail", args=[project.pk]) in shown
    assert "Image 1, previous: The picture before: step 1, which is still to be made" in shown
    assert "Starts from the picture of step 1." in shown
    assert "1 thing to look at first" in shown
    assert shown.count("keeps the camera of the one before") == 3  # at the top, and beside both steps
    assert re.search(r"\d+ of 100000 characters", shown)
    assert "data-copy" in shown
    assert not StyleRun.objects.exists()
    assert not Take.objects.exists()


def test_a_sheet_is_shown_as_long_as_it_is_the_one_that_goes_along() -> None:
    project = a_project("Mia at a table")
    mia = project.characters.create(name="Mia", look="red", sheet=pictures.store(pictures.check(picture_bytes())))
    run = a_run(project)
    address = reverse("character_thumbnail", args=[mia.pk])
    assert address in page(project.owner, project, f"?run={run.pk}").content.decode()
    mia.sheet = pictures.store(pictures.check(picture_bytes(size=(50, 50))))
    mia.save()
    shown = page(project.owner, project, f"?run={run.pk}").content.decode()
    assert address not in shown
    assert "What Mia looks like, as it was then" in shown
    mia.delete()
    assert page(project.owner, project, f"?run={run.pk}").status_code == 200


def test_of_a_run_it_shows_its_snapshot_and_pictures() -> None:
    project = a_project("a table", "a lamp")
    run = a_run(project)
    make_all()
    a_style().__class__.objects.filter(slug="clear").update(look="watercolour")
    shown = page(project.owner, project, f"?run={run.pk}").content.decode()
    assert "watercolour" not in shown
    assert reverse("picture", args=[frame(run, 1).chosen_id, "thumbnail"]) in shown
    assert f'id="frame-{frame(run, 2).pk}"' in shown
    assert "watercolour" in page(project.owner, project).content.decode()


@pytest.mark.parametrize("query", ["?run=1x", "?run=99999", "?run=", "?run=-1", "?run=" + "9" * 40])
def test_a_run_that_is_none_is_not_found(query: str) -> None:
    project = a_project("a table")
    assert page(project.owner, project, query).status_code == 404


def test_runs_of_others_are_not_reached_through_ones_own_project() -> None:
    other = a_run(a_project("a secret", owner=a_user("ben")))
    own = a_project("a table")
    assert page(own.owner, own, f"?run={other.pk}").status_code == 404
    answer = Program(own.owner).call("GET", f"/api/v1/projects/{own.pk}/prompts?run={other.pk}")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("query", "at", "message"),
    [
        ("style=none", "query.style", "There is no style “none”."),
        ("style=clear&engine=none", "query.engine", "There is no engine “none” that is switched on."),
    ],
)
def test_a_program_is_told_which_choice_there_is_not(query: str, at: str, message: str) -> None:
    own = a_project("a table")
    an_engine()
    answer = Program(own.owner).call("GET", f"/api/v1/projects/{own.pk}/prompts?{query}")
    assert answer.status_code == 422
    assert json.loads(answer.content)["errors"] == [{"at": at, "message": message}]


def test_who_may_look_but_not_change_sees_no_prompts() -> None:
    project = a_project("a table", visibility=Visibility.PUBLIC)
    assert page(a_user("ben"), project).status_code == 404
    answer = Program(a_user("ben")).call("GET", f"/api/v1/projects/{project.pk}/prompts")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("?style=none&strategy=chained", "style"),
        ("?style=clear&strategy=upwards", "strategy"),
        ("?style=clear&strategy=chained&engine=none", "engine"),
    ],
)
def test_what_does_not_exist_is_said_and_nothing_is_shown(query: str, name: str) -> None:
    project = a_project("a table")
    answer = page(project.owner, project, query)
    assert answer.status_code == 200
    assert name in answer.context["form"].errors
    assert "a table" not in answer.content.decode()
    refused = Program(project.owner).call("GET", f"/api/v1/projects/{project.pk}/prompts{query}")
    assert refused.status_code == 422
    assert f"query.{name}" in refused.content.decode()


def test_without_steps_or_engines_it_says_so() -> None:
    empty = a_project()
    assert "There are no steps yet." in page(empty.owner, empty).content.decode()
    Engine.objects.update(enabled=False)
    project = a_project("a table")
    assert "No engine is switched on" in page(project.owner, project).content.decode()
    refused = Program(project.owner).call("GET", f"/api/v1/projects/{project.pk}/prompts")
    assert refused.status_code == 409
    assert "No engine is switched on" in refused.content.decode()


def test_programs_read_the_same() -> None:
    project = a_project("Wide shot, a table", "Close-up")
    an_engine()
    told = api(project, "?style=comic&strategy=chained&engine=quick")
    assert (told["run"], told["style"], told["strategy"], told["engine"]) == (None, "comic", "chained", "quick")
    first, second = told["items"]
    assert first["characters"] == len(first["prompt"])
    assert (first["label"], first["starts"], first["references"]) == ("1", "from text alone", [])
    assert second["references"] == [
        {"role": "previous", "words": "The picture before: step 1, which is still to be made", "image_url": None}
    ]
    assert [warning["kind"] for warning in told["warnings"]] == ["camera"]
    assert second["warnings"][0]["steps"] == [first["step"], second["step"]]
    run = a_run(project, engine=an_engine())
    make_all()
    of_run = api(project, f"?run={run.pk}")
    assert of_run["run"] == run.pk
    url = of_run["items"][1]["references"][0]["image_url"]
    assert Client().get(url.partition("//")[2].partition("/")[2].join(["/", ""])).status_code == 200


def test_a_long_board_is_read_with_as_many_queries_as_a_short_one() -> None:
    def queries(count: int, run: bool) -> int:
        project = a_project(*[f"Mia and bird {n}" for n in range(count)])
        project.characters.create(name="Mia", look="red", sheet=pictures.store(pictures.check(picture_bytes())))
        query = f"?run={a_run(project).pk}" if run else ""
        client = Client()
        client.force_login(project.owner, backend="django.contrib.auth.backends.ModelBackend")
        address = f"{reverse('prompts', args=[project.pk])}{query}"
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    for run in (False, True):
        assert queries(40, run) == queries(2, run) <= 22


def test_what_a_sheet_says_of_a_cumulative_start() -> None:
    project = a_project("a table", "a lamp")
    sheet = load_sheet(proofs.unsaved(project, a_style(), an_engine(), "cumulative"))
    assert [row.starts for row in sheet.rows] == ["from text alone", "from the texts of steps 1 to 2"]
