"""Who sees which page, and what its forms do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from generation import actions
from generation.models import Event, Frame, StyleRun, Take
from generation.verbs import FRAME_VERBS, RUN_VERBS, TAKE_VERBS
from storyboards.access import SESSION_KEY
from storyboards.models import Project, ShareLink, Visibility
from tests.making import a_project, a_run, a_style, a_user, an_engine, frame, make_all, newest_take

pytestmark = pytest.mark.django_db(transaction=True)


def logged_in(name: str) -> Client:
    client = Client()
    client.force_login(a_user(name))
    return client


@pytest.fixture
def run() -> StyleRun:
    """Ada's, of two steps, made."""
    run = a_run(a_project("Saw the boards", "Nail the walls", owner=a_user("ada")))
    make_all()
    return run


def addresses(run: StyleRun) -> list[str]:
    """Every page of a run that shows something."""
    take = run.takes.latest("pk")
    return [
        reverse("board", args=[run.project_id]),
        reverse("board_changes", args=[run.project_id]),
        reverse("frame", args=[frame(run, 1).pk]),
        *(reverse("picture", args=[take.pk, variant]) for variant in ("original", "display", "thumbnail")),
    ]


def statuses(client: Client, run: StyleRun) -> set[int]:
    return {client.get(address).status_code for address in addresses(run)}


def test_the_owner_sees_all_pages_and_others_do_not_learn_that_they_exist(run: StyleRun) -> None:
    assert statuses(logged_in("ada"), run) == {200}
    assert statuses(logged_in("ben"), run) == {404}
    assert statuses(Client(), run) == {404}


def test_staff_who_may_view_projects_see_them(run: StyleRun) -> None:
    clerk = a_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_project"))
    assert statuses(logged_in("clerk"), run) == {200}


def test_a_public_project_is_seen_without_a_login_and_offers_nothing_to_press(run: StyleRun) -> None:
    Project.objects.update(visibility=Visibility.PUBLIC)
    assert statuses(Client(), run) == {200}
    for address in addresses(run)[:3:2]:
        html = Client().get(address).content.decode()
        assert "formaction" not in html
        assert "<form" not in html


def test_a_share_link_opens_an_unlisted_project_until_it_is_revoked(run: StyleRun) -> None:
    Project.objects.update(visibility=Visibility.UNLISTED)
    link = ShareLink.objects.create(project=run.project)
    client = Client()
    assert statuses(client, run) == {404}
    session = client.session
    session[SESSION_KEY] = [link.pk]
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    assert statuses(client, run) == {200}
    link.delete()
    assert statuses(client, run) == {404}


def verbs(run: StyleRun) -> list[str]:
    """The address of every verb that needs no right of its own."""
    one, take = frame(run, 1), run.takes.earliest("pk")
    return [
        reverse("run_start", args=[run.project_id]),
        *(reverse("run_verb", args=[run.pk, name]) for name, verb in RUN_VERBS.items() if not verb.right),
        *(reverse("frame_verb", args=[one.pk, verb]) for verb in FRAME_VERBS),
        *(reverse("take_verb", args=[take.pk, verb]) for verb in TAKE_VERBS),
    ]


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.PUBLIC])
def test_nobody_else_can_use_a_verb(run: StyleRun, visibility: str) -> None:
    Project.objects.update(visibility=visibility)
    before = Event.objects.count()
    for client in (Client(), logged_in("ben")):
        assert {client.post(address).status_code for address in verbs(run)} == {404}
    assert Event.objects.count() == before


def test_nothing_changes_on_get(run: StyleRun) -> None:
    before = (Event.objects.count(), Take.objects.count())
    client = logged_in("ada")
    assert {client.get(address).status_code for address in verbs(run)} == {200, 405}
    assert (Event.objects.count(), Take.objects.count()) == before


def test_an_unknown_verb_is_not_there(run: StyleRun) -> None:
    assert logged_in("ada").post(reverse("run_verb", args=[run.pk, "explode"])).status_code == 404


def test_verbs_need_the_token_of_the_page(run: StyleRun) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_user("ada"))
    assert {client.post(address).status_code for address in verbs(run)} == {403}


# --- generate --------------------------------------------------------------------------------------------------------


def generate(client: Client, project: Project, **fields: object) -> str:
    """The page on which one ends."""
    form = {"styles": [a_style().pk], "strategy": "chained", "engine": an_engine().pk} | fields
    return client.post(reverse("run_start", args=[project.pk]), form, follow=True).content.decode()


def test_generate_pressed_twice_makes_nothing_twice() -> None:
    project = a_project("Saw the boards", "Nail the walls", owner=a_user("ada"))
    client = logged_in("ada")
    assert "Queued." in generate(client, project)
    generate(client, project)
    assert (StyleRun.objects.count(), Frame.objects.count(), Take.objects.count()) == (1, 2, 2)


@pytest.mark.parametrize(
    ("steps", "fields", "message"),
    [
        ((), {}, "There are no steps yet"),
        (("Saw",), {"styles": []}, "Choose at least one style."),
        (("Saw",), {"styles": [99999]}, "not one of the available choices"),
        (("Saw",), {"strategy": "backwards"}, "not one of the available choices"),
        (("Saw",), {"engine": "99999"}, "not one of the available choices"),
    ],
)
def test_generate_says_what_is_wrong_and_starts_nothing(
    steps: tuple[str, ...], fields: dict[str, object], message: str
) -> None:
    project = a_project(*steps, owner=a_user("ada"))
    assert message in generate(logged_in("ada"), project, **fields)
    assert not StyleRun.objects.exists()


def test_generate_says_so_where_only_the_list_is_taken_over(run: StyleRun) -> None:
    run.project.steps.get(position=2).remove()
    assert "follows the list of steps again" in generate(logged_in("ada"), run.project)
    assert (run.frames.current().count(), Take.objects.count()) == (1, 2)


def test_a_script_is_answered_in_words_and_everybody_else_is_sent_back(run: StyleRun) -> None:
    client = logged_in("ada")
    address = reverse("run_verb", args=[run.pk, "pause"])
    answer = client.post(address, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["wrong"]) == (409, True)
    board = f"/projects/{run.project_id}/"
    assert client.post(address).headers["Location"] == f"{board}#run-{run.pk}"
    assert client.post(address, {"next": f"{board}?view=list"}).headers["Location"] == f"{board}?view=list"
    assert client.post(address, {"next": "https://evil.example/"}).headers["Location"] == f"{board}#run-{run.pk}"


def test_the_confirm_page_tells_number_cost_time_and_what_becomes_stale(run: StyleRun) -> None:
    html = logged_in("ada").get(reverse("frame_verb", args=[frame(run, 1).pk, "regenerate"])).content.decode()
    for words in ("1 picture", "free", "too few pictures", "step 2"):
        assert words in html


def test_the_question_before_cancelling_is_not_answered_with_cancel_alone(run: StyleRun) -> None:
    first, client = frame(run, 1), logged_in("ada")
    for address, noun in (("run_verb", "run"), ("frame_verb", "picture")):
        row = run if noun == "run" else first
        html = client.get(reverse(address, args=[row.pk, "cancel"])).content.decode()
        assert f"Cancel this {noun}</button>" in html


def test_only_what_continues_from_the_renewed_picture_becomes_stale() -> None:
    run = a_run(a_project("One", "Two", "Three", owner=a_user("ada")))
    make_all()
    html = logged_in("ada").get(reverse("frame_verb", args=[frame(run, 1).pk, "regenerate"])).content.decode()
    assert "step 2:" in html
    run.frames.filter(position=2).update(chosen=None, status="failed")
    html = logged_in("ada").get(reverse("frame_verb", args=[frame(run, 1).pk, "regenerate"])).content.decode()
    assert "step 3:" in html


def test_a_picture_that_is_made_again_can_be_cancelled_and_not_asked_for_twice(run: StyleRun) -> None:
    first, client = frame(run, 1), logged_in("ada")
    actions.regenerate(first, None)
    html = client.get(first.get_absolute_url()).content.decode()
    assert "verb-cancel" in html
    assert "verb-regenerate" not in html
    client.post(reverse("frame_verb", args=[first.pk, "cancel"]))
    html = client.get(first.get_absolute_url()).content.decode()
    assert "verb-cancel" not in html
    assert "verb-regenerate" in html


# --- pictures --------------------------------------------------------------------------------------------------------


def test_a_picture_is_kept_by_its_viewer_alone_and_asked_for_once(run: StyleRun) -> None:
    take = run.takes.latest("pk")
    client = logged_in("ada")
    answer = client.get(reverse("picture", args=[take.pk, "thumbnail"]))
    assert answer.headers["Content-Type"].startswith("image/")
    assert answer.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get(reverse("picture", args=[take.pk, "thumbnail"]), headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_a_picture_whose_file_is_lost_is_not_there(run: StyleRun) -> None:
    take = newest_take(run, 1)
    assert take.original is not None
    take.original.file.storage.delete(str(take.original.file.name))
    assert logged_in("ada").get(reverse("picture", args=[take.pk, "original"])).status_code == 404


def test_the_original_stands_in_for_a_large_picture_that_is_not_made_yet_and_is_not_kept(run: StyleRun) -> None:
    Take.objects.update(display=None)
    answer = logged_in("ada").get(reverse("picture", args=[run.takes.latest("pk").pk, "display"]))
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"] == "private, no-cache"


# --- changes ---------------------------------------------------------------------------------------------------------


def changes(run: StyleRun, since: object, **query: str) -> dict[str, Any]:
    address = reverse("board_changes", args=[run.project_id])
    answer: dict[str, Any] = logged_in("ada").get(address, {"since": str(since), **query}).json()
    return answer


def test_a_page_is_sent_what_changed_since_its_number_and_nothing_else(run: StyleRun) -> None:
    number = Event.objects.filter(project=run.project).count()
    assert changes(run, number)["events"] == []
    actions.regenerate(frame(run, 2), run.project.owner)
    told = changes(run, number)
    assert told["number"] == number + 1
    assert [part["id"] for part in told["fragments"]] == [
        f"run-{run.pk}",
        "step-nav",
        f"frame-{frame(run, 2).pk}",
    ]


def test_the_fragment_is_the_same_as_on_the_page(run: StyleRun) -> None:
    page = logged_in("ada").get(reverse("board", args=[run.project_id])).content.decode()
    told = changes(run, 0)
    for part in told["fragments"]:
        assert "".join(part["html"].split()) in "".join(page.split())


@pytest.mark.parametrize("since", [999, -1, "x", 10**30])
def test_a_number_that_cannot_be_is_answered_with_everything(run: StyleRun, since: object) -> None:
    assert "number" in changes(run, since)


def test_history_that_is_no_longer_kept_asks_for_the_whole_page(run: StyleRun) -> None:
    Event.objects.filter(number__lte=2).delete()
    assert changes(run, 1)["reload"] is True


def test_new_steps_ask_for_the_whole_page(run: StyleRun) -> None:
    actions.start(run.project, user=None, styles=[a_style("comic")], strategy="chained", engine=an_engine())
    number = Event.objects.filter(project=run.project).latest("number").number
    assert changes(run, number - 1)["reload"] is True


# --- every page ------------------------------------------------------------------------------------------------------


def pages(run: StyleRun) -> Iterator[str]:
    board = reverse("board", args=[run.project_id])
    yield from (board, f"{board}?view=list", f"{board}?view=player&step=2", f"{board}?view=nonsense&step=-1&run=x")
    yield reverse("frame", args=[frame(run, 1).pk])
    yield reverse("frame_verb", args=[frame(run, 1).pk, "regenerate_following"])
    yield reverse("run_verb", args=[run.pk, "cancel"])
    yield from (reverse("queue"), reverse("login"), reverse("password_change"), "/nowhere/")


def test_no_page_holds_styles_or_scripts_of_its_own(run: StyleRun) -> None:
    """The content security policy would drop them."""
    client = logged_in("ada")
    for address in pages(run):
        html = client.get(address).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", html), address
        assert '<html lang="en">' in html, address


def test_a_board_weighs_little(run: StyleRun) -> None:
    client = logged_in("ada")
    html = client.get(reverse("board", args=[run.project_id])).content
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', html.decode()))
    assert len(html) + sum(len(b"".join(client.get(file))) for file in files) < 200_000


def test_the_queue_shows_own_runs_and_all_of_them_to_staff() -> None:
    a_run(a_project("Saw the boards", owner=a_user("ada"), title="Ada's"))
    a_run(a_project("Saw the boards", owner=a_user("ben"), title="Ben's"))
    a_user("root", is_superuser=True)
    seen = {name: logged_in(name).get("/queue/").content.decode() for name in ("ada", "ben", "root")}
    assert [("Ada&#x27;s" in html, "Ben&#x27;s" in html) for html in seen.values()] == [
        (True, False),
        (False, True),
        (True, True),
    ]
    assert "No worker is running" in seen["ada"]
    assert Client().get("/queue/").headers["Location"] == "/login/?next=/queue/"


def test_a_frame_whose_step_has_left_the_list_can_still_be_seen(run: StyleRun) -> None:
    run.frames.filter(position=2).update(removed=True)
    assert logged_in("ada").get(reverse("frame", args=[frame(run, 2).pk])).status_code == 200
