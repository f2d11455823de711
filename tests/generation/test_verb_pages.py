"""Verbs as pages: what they ask, what they tell before they do it, and how they are taken back."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from generation import actions, frames, gates, jobs
from generation.models import Event, Export, Frame, Gate, StyleRun, Take
from generation.verbs import FRAME_VERBS, RUN_VERBS, TAKE_VERBS, VERBS, Verb
from generation.views.verbs import DONE
from storyboards.editing import add_step
from storyboards.models import Project, ShareLink, Step, Visibility
from tests.making import a_key, a_paid_engine, a_project, a_run, a_user, an_engine, frame, make_all, newest_take

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("Saw the boards", "Nail the walls", "Add the roof")


def logged_in(name: str = "ada") -> Client:
    client = Client()
    client.force_login(a_user(name))
    return client


@pytest.fixture
def run() -> StyleRun:
    """Ada's, of three steps, made."""
    run = a_run(a_project(*TEXTS, owner=a_user("ada")))
    make_all()
    return run


def address(target: StyleRun | Frame | Take, verb: str) -> str:
    return reverse(f"{target._meta.model_name.removeprefix('style')}_verb", args=[target.pk, verb])  # type: ignore[union-attr]


def ask(target: StyleRun | Frame, verb: str) -> str:
    answer = logged_in().get(address(target, verb))
    assert answer.status_code == 200
    return words(answer.content.decode())


def words(html: str) -> str:
    main = html[html.index("<main") :]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def do(target: StyleRun | Frame | Take, verb: str, **options: Any) -> str:
    """The page on which one ends."""
    return logged_in().post(address(target, verb), options, follow=True).content.decode()


# --- questions with a form -------------------------------------------------------------------------------------------


def test_a_question_with_a_form_tells_the_price_of_what_it_proposes(run: StyleRun) -> None:
    shown = ask(frame(run, 1), "candidates")
    assert "How many" in shown
    assert "Makes 3 pictures" in shown


def test_the_price_of_another_answer_is_told_and_nothing_is_done(run: StyleRun) -> None:
    before = Take.objects.count()
    shown = do(frame(run, 1), "candidates", count="5", price="1")
    assert "Makes 5 pictures" in words(shown)
    assert 'value="5"' in shown
    assert Take.objects.count() == before


def test_what_the_form_takes_is_done(run: StyleRun) -> None:
    do(frame(run, 1), "candidates", count="2")
    assert frame(run, 1).takes.count() == 3


@pytest.mark.parametrize(
    ("count", "message"),
    [("0", "greater than or equal to 1"), ("99", "less than or equal to 8"), ("x", "whole number"), ("", "required")],
)
def test_an_answer_that_makes_no_sense_stays_on_the_page_with_its_complaint(
    run: StyleRun, count: str, message: str
) -> None:
    before = Take.objects.count()
    answer = logged_in().post(address(frame(run, 1), "candidates"), {"count": count})
    assert answer.status_code == 422
    assert message in answer.content.decode()
    asked = logged_in().post(
        address(frame(run, 1), "candidates"), {"count": count}, headers={"accept": "application/json"}
    )
    assert (asked.status_code, message in asked.json()["message"]) == (409, True)
    assert Take.objects.count() == before


def test_approved_drafts_are_made_finally_in_a_run_of_their_own(run: StyleRun) -> None:
    final = an_engine("final")
    assert "No picture of this run is approved yet" in do(run, "finalize", engine=final.slug)
    actions.approve_frame(frame(run, 2), run.project.owner)
    assert "Made by" in ask(run, "finalize")
    shown = do(run, "finalize", engine=final.slug, quality="", longest_side="", price="1")
    assert "Makes 1 picture " in words(shown)
    assert StyleRun.objects.count() == 1
    shown = do(run, "finalize", engine=final.slug)
    assert "A run of its own makes the approved pictures" in shown
    made = StyleRun.objects.get(engine=final)
    assert (made.draft, made.frames.current().count()) == (run, 1)
    assert "2 steps are new" not in words(shown)
    assert "not approved as a draft" in words(shown)


def test_a_verb_that_would_be_refused_says_so_before_it_is_tried(run: StyleRun) -> None:
    shown = ask(run, "remake_stale")
    assert "Nothing is stale here." in shown
    assert shown.count("Make stale pictures again") == 1


def test_a_verb_that_needs_a_right_is_not_there_without_it(run: StyleRun, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []
    guarded: Verb[StyleRun] = Verb(
        "Prefer", lambda run, user: done.append(run), lambda run: True, right="generation.change_stylerun"
    )
    monkeypatch.setitem(RUN_VERBS, "prefer", guarded)
    board = reverse("board", args=[run.project_id])
    assert logged_in().post(address(run, "prefer")).status_code == 404
    assert "Prefer" not in logged_in().get(board).content.decode()
    a_user("ada").user_permissions.add(Permission.objects.get(codename="change_stylerun"))
    assert "Prefer" in logged_in().get(board).content.decode()
    assert logged_in().post(address(run, "prefer")).status_code == 302
    assert done == [run]


def test_every_verb_has_words_for_what_came_of_it(run: StyleRun) -> None:
    assert RUN_VERBS.keys() | FRAME_VERBS.keys() | TAKE_VERBS.keys() <= DONE.keys()


def offered(client: Client, run: StyleRun) -> set[tuple[str, str]]:
    """Kind and name of every verb that a page of the project has a button or link for now."""
    pages = [reverse("board", args=[run.project_id]), reverse("queue"), reverse("run_repair", args=[run.pk])]
    pages += [one.get_absolute_url() for one in run.frames.current()]
    html = "".join(client.get(page).content.decode() for page in pages)
    rows: dict[str, Any] = {"run": [run], "frame": run.frames.current(), "take": run.takes.all()}
    return {
        (kind, verb)
        for kind, verbs in VERBS.items()
        for verb in verbs
        if any(f'"{reverse(f"{kind}_verb", args=[row.pk, verb])}"' in html for row in rows[kind])
    }


def test_every_verb_is_offered_on_a_page_where_it_makes_sense() -> None:
    ada = a_user("ada", is_staff=True, is_superuser=True)
    run = a_run(a_project(*TEXTS, owner=ada))
    a_run(a_project("A lamp", owner=ada))
    client = logged_in()
    seen = offered(client, run)
    actions.pause(run, ada)
    seen |= offered(client, run)
    actions.resume(run, ada)
    actions.to_front(run, ada)
    seen |= offered(client, run)
    actions.cancel(run, ada)
    seen |= offered(client, run)
    StyleRun.objects.filter(pk=run.pk).update(gate=Gate.FRAME)
    actions.retry_failed(StyleRun.objects.get(pk=run.pk), ada)
    make_all()
    seen |= offered(client, run)
    actions.ungate(run, ada)
    make_all()
    actions.candidates(frame(run, 2), ada, count=2)
    make_all()
    seen |= offered(client, run)
    actions.put_away(newest_take(run, 2), ada)
    actions.approve_frame(frame(run, 1), ada)
    actions.lock(frame(run, 3), ada)
    seen |= offered(client, run)
    assert {(kind, verb) for kind, verbs in VERBS.items() for verb in verbs} - seen == set()


# --- undo ------------------------------------------------------------------------------------------------------------


def undo(html: str) -> None:
    """Press it, as the page has it."""
    [target] = re.findall(r'<form method="post" action="([^"]+)">(?:<input[^>]+>)?<button[^>]*>Undo<', html)
    assert "?next=" in target
    logged_in().post(target)


def test_choosing_another_take_can_be_undone(run: StyleRun) -> None:
    first = newest_take(run, 1)
    actions.regenerate(frame(run, 1), run.project.owner)
    make_all()
    second = newest_take(run, 1)
    html = do(first, "choose")
    assert frame(run, 1).chosen == first
    undo(html)
    assert frame(run, 1).chosen == second


@pytest.mark.parametrize(("verb", "mark"), [("lock", "locked"), ("approve", "approved")])
def test_marks_can_be_undone(run: StyleRun, verb: str, mark: str) -> None:
    html = do(frame(run, 1), verb)
    assert getattr(frame(run, 1), mark)
    undo(html)
    assert not getattr(frame(run, 1), mark)


def test_putting_away_can_be_undone_and_a_script_is_told_how(run: StyleRun) -> None:
    first = newest_take(run, 1)
    actions.regenerate(frame(run, 1), run.project.owner)
    make_all()
    undo(do(first, "put_away"))
    first.refresh_from_db()
    assert first.put_away_at is None
    told = logged_in().post(address(first, "put_away"), headers={"accept": "application/json"}).json()
    assert told["undo"] == address(first, "bring_back")


def test_what_cannot_be_taken_back_offers_no_undo(run: StyleRun) -> None:
    assert "Undo" not in do(frame(run, 1), "regenerate")


# --- repairs ---------------------------------------------------------------------------------------------------------


def repair(run: StyleRun) -> str:
    return words(logged_in().get(reverse("run_repair", args=[run.pk])).content.decode())


def test_a_run_that_is_as_it_should_be_has_nothing_to_repair(run: StyleRun) -> None:
    shown = repair(run)
    assert "Every picture is as it would be made now." in shown
    assert "Nothing is stale here." in shown
    assert "This run is up to date." in shown


def test_a_changed_text_leads_to_a_plan_with_price_and_time(run: StyleRun) -> None:
    Step.objects.filter(position=1).update(title="Plane the boards")
    before = (Event.objects.count(), Take.objects.count())
    shown = repair(run)
    for told in ("the text changed since", "Follows from step 1", "Follows from step 2", "Makes 3 pictures", "free"):
        assert told in shown, told
    assert (Event.objects.count(), Take.objects.count()) == before
    assert "Repair…" in do(run, "pause")  # whatever one ends with: the board leads here


def test_a_step_that_came_between_is_told_with_what_it_makes_stale(run: StyleRun) -> None:
    first = run.project.steps.get(position=1)
    add_step(Step(project=run.project, title="Sand the boards"), {}, after=first)
    shown = repair(run)
    assert "the run does not know this step yet" in shown
    assert "another step comes before it in the list now" in shown
    assert "Nothing is stale here." in shown
    assert "Makes 3 pictures" in shown


def test_locked_failed_and_deleted_steps_are_told_as_such(run: StyleRun) -> None:
    actions.lock(frame(run, 1), run.project.owner)
    Step.objects.filter(position=1).update(title="Plane the boards")
    run.frames.filter(position=2).update(chosen=None, status="failed")
    run.project.steps.get(position=3).remove()
    shown = repair(run)
    assert "Locked: stays" in shown
    assert "it failed" in shown
    assert "its step has left the list" in shown


def test_all_stale_pictures_are_made_again_from_there(run: StyleRun) -> None:
    Step.objects.filter(position=3).update(title="Add a red roof")
    assert "Queued." in do(run, "remake_stale")
    make_all()
    assert "Every picture is as it would be made now." in repair(run)


def test_a_plan_of_thirty_steps_reads_as_often_as_one_of_three() -> None:
    def queries(count: int) -> int:
        run = a_run(a_project(*(f"Step {number}" for number in range(count)), owner=a_user("ada")))
        make_all()
        Step.objects.filter(project=run.project).update(title="Another text")
        client = logged_in()
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("run_repair", args=[run.pk]))
        return len(captured)

    assert queries(30) == queries(3)


# --- exports ---------------------------------------------------------------------------------------------------------


def test_a_project_is_packed_and_fetched_by_its_people_alone(run: StyleRun) -> None:
    client, page = logged_in(), reverse("exports", args=[run.project_id])
    assert "3 pictures would be in it now." in words(client.get(page).content.decode())
    assert "It is being packed." in client.post(page, follow=True).content.decode()
    assert "Queued" in words(client.get(page).content.decode())
    export = Export.objects.get()
    file = reverse("export_file", args=[export.pk])
    assert client.get(file).status_code == 404
    jobs.make_export(export.pk)
    assert "Ready 3 pictures" in words(client.get(page).content.decode())
    archive = client.get(file)
    assert archive["Content-Type"] == "application/zip"
    assert archive["Content-Disposition"] == 'attachment; filename="Bird house.zip"'
    assert archive["Cache-Control"] == "private, no-store"
    assert {logged_in("ben").get(file).status_code, Client().get(file).status_code} == {404}
    Export.objects.update(expires_at=timezone.now())
    assert "Expired" in client.get(page).content.decode()
    assert client.get(file).status_code == 404


def test_who_came_by_a_share_link_exports_what_it_shows_while_it_does(run: StyleRun) -> None:
    Project.objects.update(visibility=Visibility.UNLISTED)
    link = ShareLink.objects.create(project=run.project)
    ben, page = logged_in("ben"), reverse("exports", args=[run.project_id])
    assert ben.get(page).status_code == 404
    assert page in ben.get(link.get_absolute_url(), follow=True).content.decode()
    assert "It is being packed." in ben.post(page, follow=True).content.decode()
    jobs.make_export(Export.objects.get().pk)
    file = reverse("export_file", args=[Export.objects.get().pk])
    assert file in ben.get(page).content.decode()
    assert ben.get(file).status_code == 200
    link.delete()
    assert {ben.get(page).status_code, ben.get(file).status_code} == {404}


def test_nothing_made_is_nothing_to_export() -> None:
    project = a_project("Saw the boards", owner=a_user("ada"))
    page = reverse("exports", args=[project.pk])
    assert "There is nothing to export yet" in logged_in().get(page).content.decode()
    assert "There is nothing to export yet" in logged_in().post(page, follow=True).content.decode()
    assert not Export.objects.exists()


# --- where a run comes from ------------------------------------------------------------------------------------------


def test_branches_drafts_and_finals_say_where_they_come_from(run: StyleRun) -> None:
    assert "A branch has begun." in do(frame(run, 2), "branch")
    make_all()
    board = words(logged_in().get(run.project.get_absolute_url()).content.decode())
    assert "quick · chained · branch 1, from step 2" in board
    Step.objects.filter(position=2).update(beat="1.2")
    assert "branch 1, from beat 1.2" in words(logged_in().get(run.project.get_absolute_url()).content.decode())
    actions.approve_frame(frame(run, 1), run.project.owner)
    actions.finalize(run, run.project.owner, engine=an_engine("final"))
    board = words(logged_in().get(run.project.get_absolute_url()).content.decode())
    assert "final · chained · the approved drafts, made finally" in board
    assert "draft of the run by final" in board


def test_finals_are_offered_engines_that_are_ready_with_what_they_can_and_the_price_at_once(run: StyleRun) -> None:
    actions.approve_frame(frame(run, 1), run.project.owner)
    a_paid_engine("keyless", provider="gemini", model="gemini-2.5-flash-image")
    page = reverse("run_verb", args=[run.pk, "finalize"])
    html = logged_in().get(page).content.decode()
    assert [name for name in ("keyless", "sketch", "quick") if f'<option value="{name}"' in html] == ["sketch", "quick"]
    assert "Quality" not in html
    assert "1 picture" in html
    a_key("secret-of-gpt", provider="openai", amount=1000)
    an_engine("gpt", provider="openai", model="gpt-image-2")
    html = logged_in().get(page).content.decode()
    assert '<optgroup label="gpt">' in html
    assert '<option value="2048">2048 px</option>' in html


# --- approval on the board -------------------------------------------------------------------------------------------


def test_a_waiting_run_is_approved_from_its_board() -> None:
    run = a_run(a_project(*TEXTS, owner=a_user("ada")))
    StyleRun.objects.filter(pk=run.pk).update(gate=Gate.FRAME)
    run.refresh_from_db()
    gates.shut(run)
    frames.follow_frames(run)
    make_all()
    html = logged_in().get(run.project.get_absolute_url()).content.decode()
    assert "Waiting for approval" in words(html)
    assert "approve step 1 to go on" in words(html)
    assert f'formaction="{address(frame(run, 1), "approve")}"' in html
    assert f'formaction="{address(run, "approve")}"' in html
    assert "Approved." in do(run, "approve")
    make_all()
    assert frame(run, 2).chosen is not None
    assert frame(run, 3).chosen is None
