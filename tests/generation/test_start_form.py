"""The form that has pictures made: what it offers, what it takes, and what it says beforehand."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from generation import actions
from generation.models import Call, Engine, Event, Frame, Price, StyleRun, Take, TakeKind
from generation.pages.choices import of_run
from generation.pages.forms import likely, start_form
from generation.planning import Variation
from storyboards.models import Project
from tests.making import a_key, a_paid_engine, a_project, a_run, a_style, a_user, an_engine, make_all, statuses

pytestmark = pytest.mark.django_db

TEXTS = ("Saw the boards", "Nail the walls", "Add a floor")
CHOICES: dict[str, Any] = {"candidates": "1", "gate": "", "gate_after": "1"}


def client_of(project: Project) -> Client:
    client = Client()
    client.force_login(project.owner, backend="django.contrib.auth.backends.ModelBackend")
    return client


def filled(**fields: Any) -> dict[str, Any]:
    form = {"styles": [a_style().pk], "strategy": "chained", "engine": an_engine().pk, **CHOICES}
    return {name: value for name, value in (form | fields).items() if value is not None}


def send(project: Project, script: bool = False, **fields: Any) -> Any:
    headers = {"accept": "application/json"} if script else {}
    return client_of(project).post(reverse("run_start", args=[project.pk]), filled(**fields), headers=headers)


def look(project: Project, **fields: Any) -> Any:
    return send(project, script=True, look="1", **fields).json()


def nothing_stored() -> bool:
    return not (StyleRun.objects.exists() or Frame.objects.exists() or Take.objects.exists() or Event.objects.exists())


def an_openai_engine(slug: str = "gpt") -> Engine:
    a_key(f"secret-of-{slug}", provider="openai", amount=1000)
    return a_paid_engine(slug, provider="openai", model="gpt-image-2")


# --- what is offered -------------------------------------------------------------------------------------------------


def page_of(project: Project) -> str:
    html: str = client_of(project).get(project.get_absolute_url()).content.decode()
    return html


def test_a_new_project_is_asked_as_usual_and_takes_equal_pictures() -> None:
    page = page_of(a_project(*TEXTS))
    assert re.search(r'<input type="checkbox" name="reuse"[^>]* checked', page)
    assert re.search(r'<input type="number" name="candidates" value="1"[^>]*max="8"', page)
    assert '<details id="more-choices">' in page
    assert "Each is paid for." in page
    for words in ("Never", "After every picture", "After every shot", "Once, after the first pictures"):
        assert f">{words}</option>" in page


def test_quality_is_offered_where_an_engine_has_it_and_said_with_its_name() -> None:
    project = a_project(*TEXTS)
    assert 'name="quality"' not in page_of(project)
    engine = an_openai_engine()
    page = page_of(project)
    group = page[page.index(f'<optgroup label="gpt" data-engine="{engine.pk}">') :]
    assert re.findall(r'<option value="(\w+)"', group[: group.index("</optgroup>")]) == ["low", "medium", "high"]


def test_no_size_is_offered_that_no_engine_makes() -> None:
    Engine.objects.exclude(provider="sketch").update(enabled=False)
    offered = re.findall(r'<option value="(\d+)"[^>]*>\1 px', page_of(a_project(*TEXTS)))
    assert offered == ["512", "768", "1024", "1536", "2048"]


def test_the_choices_of_the_run_that_would_be_gone_on_with_are_shown() -> None:
    project, engine = a_project(*TEXTS, aspect_ratio="4:3"), an_openai_engine()
    chosen = Variation(
        size=(1536, 1152), overrides={"quality": "low"}, candidates=3, gate="first", gate_after=2, max_parallel=5
    )
    actions.start(project, user=None, styles=[a_style()], strategy="independent", engine=engine, variation=chosen)
    proposed = likely(project)
    assert {name: proposed[name] for name in ("quality", "size", "candidates", "gate", "gate_after", "reuse")} == {
        "quality": "low", "size": 1536, "candidates": 3, "gate": "first", "gate_after": 2, "reuse": False,
    }  # fmt: skip
    page = page_of(project)
    assert '<option value="low" selected>' in page
    assert '<option value="1536" selected>' in page
    assert '<option value="first" selected>' in page
    assert '<details id="more-choices" open>' in page
    assert "Another size begins a new series." in page


def test_a_run_that_began_in_another_shape_proposes_no_size() -> None:
    run = a_run(a_project(*TEXTS), engine=an_engine(side=512))
    assert of_run(run, run.project)["size"] is None
    run.project.aspect_ratio = "16:9"
    assert of_run(run, run.project)["size"] is None


def test_a_cumulative_run_does_not_propose_its_usual_two_at_once() -> None:
    assert of_run(a_run(a_project(*TEXTS), "cumulative"), a_project("x"))["max_parallel"] is None


def test_drafting_is_offered_where_a_style_is_made_for_money() -> None:
    a_key()
    paid = a_paid_engine(position=1)
    project = a_project(*TEXTS)
    page = page_of(project)
    assert "Draft with" in page
    assert "Make the approved ones finally…" in page
    form = start_form(project, 3)
    assert form.draft is not None
    assert form.draft.engine.slug == "sketch"
    assert form.usable[0] == form.draft
    paid.delete()
    assert "Draft with" not in page_of(project)


def test_twelve_engines_and_sixty_steps_are_read_as_often_as_few() -> None:
    def queries(project: Project) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("run_start", args=[project.pk]))
        return len(captured)

    few, many = a_project(*TEXTS), a_project(*(f"Step {number}" for number in range(60)))
    client = client_of(few)
    an_openai_engine()
    first = queries(few)
    for number in range(10):
        a_paid_engine(f"gpt-{number}", provider="openai", model="gpt-image-2")
    a_run(few)
    a_run(many)
    assert queries(many) == queries(few) <= first + 2


# --- what is taken ---------------------------------------------------------------------------------------------------


def test_every_choice_reaches_the_run() -> None:
    project = a_project(*TEXTS, aspect_ratio="1:1")
    answer = send(
        project, engine=an_openai_engine().pk, quality="low", size="1024", candidates="2", gate="first", gate_after="2",
        reuse="on", reanchor="3", max_parallel="4",
    )  # fmt: skip
    assert answer.status_code == 302
    run = StyleRun.objects.get()
    assert (run.candidates, run.gate, run.gate_after, run.reuse, run.max_parallel) == (2, "first", 2, True, 4)
    assert (run.snapshot["overrides"], run.snapshot["width"], run.snapshot["reanchor"]) == ({"quality": "low"}, 1024, 3)
    assert Take.objects.count() == 6


@pytest.mark.parametrize(("strategy", "usual"), [("independent", None), ("cumulative", 2)])
def test_a_bound_that_is_emptied_is_lifted_and_one_that_nobody_mentions_stays(strategy: str, usual: int | None) -> None:
    project = a_project(*TEXTS)
    send(project, strategy=strategy, max_parallel="1")
    send(project, strategy=strategy, candidates=None)
    assert StyleRun.objects.get().max_parallel == 1
    send(project, strategy=strategy, max_parallel="")
    assert StyleRun.objects.get().max_parallel == usual


def test_the_style_is_shown_again_only_where_pictures_go_on_from_each_other() -> None:
    send(a_project(*TEXTS), strategy="independent", reanchor="3")
    assert StyleRun.objects.get().snapshot["reanchor"] == 0


def test_a_form_without_choices_leaves_a_run_as_it_is() -> None:
    project = a_project(*TEXTS)
    send(project, candidates="3", gate="frame")
    send(project, candidates=None, gate=None, gate_after=None)
    run = StyleRun.objects.get()
    assert (run.candidates, run.gate) == (3, "frame")


@pytest.mark.parametrize(
    ("change", "runs"),
    [({}, 1), ({"size": "512"}, 2), ({"quality": "high"}, 2), ({"reanchor": "2"}, 2), ({"gate": "frame"}, 1)],
)
def test_another_size_quality_or_anchor_begins_a_new_series(change: dict[str, Any], runs: int) -> None:
    project, engine = a_project(*TEXTS, aspect_ratio="1:1"), an_openai_engine()
    send(project, engine=engine.pk, quality="low")
    actions.cancel(StyleRun.objects.get(), project.owner)
    send(project, engine=engine.pk, **({"quality": "low"} | change))
    assert StyleRun.objects.count() == runs


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"candidates": "0"}, "1 to 8 pictures can be made"),
    ({"candidates": "9"}, "1 to 8 pictures can be made"),
    ({"candidates": "many"}, "1 to 8 pictures can be made"),
    ({"gate": "always"}, "choose one of the list"),
    ({"gate": "first", "gate_after": "0"}, "after how many pictures it shall wait"),
    ({"size": "5"}, "A size is 64 to 4096 pixels"),
    ({"size": "huge"}, "A size is 64 to 4096 pixels"),
    ({"reanchor": "-1"}, "after how many pictures the style is shown again"),
    ({"max_parallel": "0"}, "how many pictures may be made at once"),
    ({"max_parallel": "x" * 50}, "how many pictures may be made at once"),
    ({"quality": "q" * 50}, "at most 40"),
    ({"styles": []}, "Choose at least one style."),
    ({"strategy": "backwards"}, "not one of the available choices"),
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"quality": "low"}, "“quick” has no choice of quality"),
    ({"size": "3072"}, "“quick” cannot make 3072×2304"),
]


@pytest.mark.parametrize(("fields", "words"), WRONG)
def test_what_makes_no_sense_is_said_beside_the_field_and_kept(fields: dict[str, Any], words: str) -> None:
    project = a_project(*TEXTS)
    answer = send(project, **({"reanchor": "6"} | fields))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert nothing_stored()
    for name, value in fields.items():
        if isinstance(value, str) and name not in ("strategy", "quality", "gate", "size"):
            assert re.search(rf'name="{name}" value="{value}"', page), name
    assert look(project, **fields)["wrong"]
    told = send(project, script=True, **fields)
    assert (told.status_code, told.json()["wrong"]) == (409, True)
    assert words in told.json()["message"]
    assert nothing_stored()


@pytest.mark.parametrize(("fields", "words"), REFUSED)
def test_what_the_engine_cannot_do_is_said_in_words_and_nothing_is_started(fields: dict[str, Any], words: str) -> None:
    project = a_project(*TEXTS, aspect_ratio="4:3")
    answer = send(project, candidates="4", **fields)
    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert 'name="candidates" value="4"' in answer.content.decode()
    assert words in look(project, **fields)["message"]
    assert nothing_stored()


def test_what_was_ticked_stays_ticked_where_something_else_is_wrong() -> None:
    project, other = a_project(*TEXTS), a_style("comic")
    page = send(project, styles=[other.pk], strategy="cumulative", fresh="on", candidates="0").content.decode()
    assert re.search(rf'value="{other.pk}" checked', page)
    assert not re.search(rf'name="styles" value="{a_style().pk}" checked', page)
    assert 'value="cumulative" checked' in page
    assert re.search(rf'name="engine" value="{an_engine().pk}" checked', page)


# --- what it would cost ----------------------------------------------------------------------------------------------


def test_looking_tells_number_cost_and_what_happens_on_the_way_and_stores_nothing() -> None:
    Price.objects.filter(provider="openai").update(per_reference=None)
    project, engine = a_project(*TEXTS, aspect_ratio="1:1"), an_openai_engine()
    told = look(project, engine=engine.pk, quality="low", candidates="4", gate="frame")
    assert told["message"] == "12 pictures, about $0.07, time not known yet"
    assert "Of each step 4 are made" in told["html"]
    assert "then it waits for your approval" in told["html"]
    dearer = look(project, engine=engine.pk, quality="high", candidates="4", gate="first", gate_after="2")
    assert dearer["message"].startswith("12 pictures, about $2.53")
    assert "After the first 2 pictures it stops" in dearer["html"]
    assert nothing_stored()


def test_several_styles_are_told_one_by_one() -> None:
    told = look(a_project(*TEXTS), styles=[a_style().pk, a_style("comic").pk])
    assert told["message"].startswith("6 pictures, free")
    for style in ("clear", "comic"):
        assert f"{a_style(style)}: 3 pictures, free." in told["html"]


@pytest.mark.django_db(transaction=True)
def test_equal_pictures_that_exist_are_told_and_cost_nothing() -> None:
    a_run_with_reuse(a_project(*TEXTS))
    make_all()
    again = a_project(*TEXTS, "Put on the roof")
    told = look(again, reuse="on")
    assert told["message"].startswith("1 picture, free")
    assert "3 pictures beside exist already and are taken as they are, free." in told["html"]
    assert look(again)["message"].startswith("4 pictures")
    send(again, reuse="on")
    run = StyleRun.objects.get(project=again)
    assert run.takes.filter(kind=TakeKind.REUSE).count() == 3
    assert statuses(run) == ["completed", "completed", "completed", "pending"]
    assert Call.objects.filter(project=again).count() == 0


def a_run_with_reuse(project: Project) -> StyleRun:
    send(project, reuse="on")
    return StyleRun.objects.get(project=project)


def test_without_a_script_the_same_page_comes_with_the_numbers() -> None:
    project = a_project(*TEXTS)
    answer = send(project, look="1", candidates="2", gate="shot")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "6 pictures, free" in page
    assert "After every shot it stops" in page
    assert 'name="candidates" value="2"' in page
    assert "formaction" not in page
    assert nothing_stored()


def test_looking_twice_and_starting_twice_makes_nothing_twice() -> None:
    project = a_project(*TEXTS)
    for looking in ("1", None, "1", None):
        send(project, look=looking)
    assert (StyleRun.objects.count(), Take.objects.count()) == (1, 3)


def test_what_would_be_refused_is_said_beforehand() -> None:
    assert "There are no steps yet" in look(a_project())["message"]
    project = a_project(*TEXTS)
    told = look(project, engine=a_paid_engine().pk)
    assert told["message"] == "“paid” cannot make pictures now. No key for gemini has been entered yet."
    assert escape("“paid” cannot make pictures now.") in told["html"]


def test_nobody_else_learns_what_a_start_would_cost() -> None:
    project = a_project(*TEXTS)
    stranger = Client()
    stranger.force_login(a_user("ben"), backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("run_start", args=[project.pk])
    assert {stranger.post(address, filled(look="1")).status_code, stranger.get(address).status_code} == {404}


def test_prices_beside_the_engines_follow_the_proposed_quality() -> None:
    Price.objects.filter(provider="openai").update(per_reference=None)
    project, engine = a_project(*TEXTS, aspect_ratio="1:1"), an_openai_engine()
    send(project, engine=engine.pk, quality="high")
    shown = {view.engine.slug: view.price for view in start_form(project, 3).engines}
    assert shown["gpt"] == Decimal("0.21072")


# --- warnings --------------------------------------------------------------------------------------------------------


def test_what_texts_may_do_to_pictures_is_said_before_it_is_paid_and_keeps_nobody_from_starting() -> None:
    project = a_project("Ada saws the boards", "Then she puts it there.")
    told = look(project, styles=[a_style().pk, a_style("comic").pk])
    assert told["wrong"] is False
    assert told["html"].count("Step 2 names nothing but") == 1
    assert "1 thing to look at in the texts first" in told["html"]
    assert "Step 2 names nothing but" in send(project, look="1").content.decode()
    assert send(project).status_code == 302
    assert StyleRun.objects.exists()


def test_texts_that_nothing_is_wrong_with_are_not_spoken_of() -> None:
    assert "to look at" not in look(a_project("A saw on a table", "A boat on a lake"), strategy="independent")["html"]
