"""One take explained: everything that was sent for it, and who may see which part."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation import actions, dispatch, settle
from generation.errors import Refused
from generation.models import Call, Lora, StyleRun, Take
from generation.pages.explain import load_explanation
from storyboards import pictures
from storyboards.models import ShareLink, Style, Visibility
from tests.making import a_named_key, a_project, a_run, a_user, an_engine, make_all, newest_take
from tests.storyboards.conftest import picture_bytes

pytestmark = pytest.mark.django_db(transaction=True)

REMOTE = "job-7f3a"


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def staff(name: str, *rights: str) -> User:
    person = a_user(name, is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return User.objects.get(pk=person.pk)


@pytest.fixture
def run() -> StyleRun:
    """Ada's, of two steps, made; the second picture's call was paid for, with a key."""
    run = a_run(a_project("Saw the boards", "Nail the walls", owner=a_user("ada")))
    make_all()
    key = a_named_key(alias="north")
    newest_take(run, 2).calls.update(
        cost=Decimal("0.07"), charged="yes", remote_id=REMOTE, finish_reason="STOP",
        usage={"image_out": 1290, "milliseconds": 4020}, key=key, account=key.account, provider_seconds=3.4,
    )  # fmt: skip
    return run


def page_of(take: Take, user: User | None = None) -> str:
    client = logged_in(user) if user else Client()
    answer = client.get(reverse("explain", args=[take.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


# --- who sees what ---------------------------------------------------------------------------------------------------


def test_those_who_may_not_see_the_project_do_not_learn_that_the_take_exists(run: StyleRun) -> None:
    address = reverse("explain", args=[newest_take(run, 1).pk])
    assert logged_in(a_user("ben")).get(address).status_code == 404
    assert logged_in(staff("clerk")).get(address).status_code == 404
    assert Client().get(address).status_code == 404


def test_the_owner_sees_money_and_the_vendors_words_but_no_key(run: StyleRun) -> None:
    page = page_of(newest_take(run, 2), run.project.owner)
    for words in (
        "Nail the walls",
        "$0.07",
        REMOTE,
        "STOP",
        "1290 tokens of pictures answered, 4.0 s of the vendor&#x27;s machine",
        "after 3.4 s",
        "chained",
    ):
        assert words in page
    assert "north" not in page


def test_a_visitor_sees_how_it_was_made_and_nothing_of_money_or_the_vendors_ids(run: StyleRun) -> None:
    run.project.visibility = Visibility.PUBLIC
    run.project.save()
    for page in (page_of(newest_take(run, 2)), page_of(newest_take(run, 2), a_user("ben"))):
        assert "Nail the walls" in page
        assert "after 3.4 s" in page
        for words in ("$0.07", "0.07", REMOTE, "1290", "north", "Cost"):
            assert words not in page


def test_whoever_has_a_share_link_sees_it_until_the_link_is_revoked(run: StyleRun) -> None:
    run.project.visibility = Visibility.UNLISTED
    run.project.save()
    link = ShareLink.objects.create(project=run.project)
    visitor = Client()
    address = reverse("explain", args=[newest_take(run, 2).pk])
    assert visitor.get(address).status_code == 404
    visitor.get(link.get_absolute_url())
    page = visitor.get(address)
    assert page.status_code == 200
    assert REMOTE not in page.content.decode()
    link.delete()
    assert visitor.get(address).status_code == 404


def test_keys_are_told_to_staff_who_look_after_them(run: StyleRun) -> None:
    take = newest_take(run, 2)
    assert "north" not in page_of(take, staff("olga", "view_project", "view_call"))
    page = page_of(take, staff("finn", "view_project", "view_call", "view_apikey"))
    assert "north" in page
    assert "secret-of-sketch" not in page
    call = take.calls.get()
    assert call.key is not None
    assert call.key.secret not in page


def test_the_frame_page_links_to_it_and_keeps_money_from_visitors(run: StyleRun) -> None:
    run.project.visibility = Visibility.PUBLIC
    run.project.save()
    address = newest_take(run, 2).frame.get_absolute_url()
    page = logged_in(run.project.owner).get(address).content.decode()
    assert reverse("explain", args=[newest_take(run, 2).pk]) in page
    assert "$0.07" in page
    assert "$0.07" not in Client().get(address).content.decode()


# --- what it says ----------------------------------------------------------------------------------------------------


def test_it_shows_the_picture_it_was_made_from(run: StyleRun) -> None:
    first, second = newest_take(run, 1), newest_take(run, 2)
    explained = load_explanation(second, run.project.owner)
    assert [(given.words, given.address) for given in explained.sent.inputs] == [
        ("The picture before: step 1", reverse("picture", args=[first.pk, "thumbnail"]))
    ]
    assert load_explanation(first, run.project.owner).sent.inputs == []


def test_a_chains_first_picture_shows_the_references_it_went_by() -> None:
    project = a_project("Saw the boards")
    project.concept_picture = pictures.store(pictures.check(picture_bytes()))
    project.save()
    style = Style.objects.get(slug="clear")
    style.reference_picture = pictures.store(pictures.check(picture_bytes(size=(60, 60))))
    style.save()
    run = a_run(project)
    make_all()
    take = newest_take(run, 1)
    explained = load_explanation(take, project.owner)
    assert [given.words for given in explained.sent.inputs] == [
        "The reference picture of “Clear”", "The concept: the finished thing",
    ]  # fmt: skip
    assert all(Client().get(given.address).status_code in (200, 404) for given in explained.sent.inputs)
    style.reference_picture = None
    style.save()
    again = load_explanation(Take.objects.get(pk=take.pk), project.owner)
    first = again.sent.inputs[0]
    assert (first.words, first.address) == ("The reference picture of “Clear”, as it was then", "")


def test_options_are_told_without_secrets_and_addresses_and_loras_with_their_strength(
    run: StyleRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = run.engine
    engine.options = {"seconds": 0, "api_key": "hunter2", "host": "http://10.0.0.5:8188/x"}
    engine.save()
    engine.stack.create(lora=Lora.objects.create(title="Ink", file="ink.safetensors", weight=0.9), weight=0.85)
    page = page_of(newest_take(run, 2), run.project.owner)
    assert "ink.safetensors at 0.85" in page
    assert "(hidden)" in page
    assert "[address]" in page
    assert "hunter2" not in page
    assert "10.0.0.5" not in page


def test_a_failure_and_every_attempt_are_told_in_words() -> None:
    run = a_run(a_project("Saw the boards"), engine=an_engine(max_attempts=1))
    claim = dispatch.claim()
    assert claim is not None
    settle.failed(claim, Refused("Hands look wrong", finish_reason="IMAGE_SAFETY"))
    page = page_of(newest_take(run, 1), run.project.owner)
    for words in (
        "No picture has come: this is what would be sent now.",
        "policy does not allow",
        "Hands look wrong",
        "IMAGE_SAFETY",
        "Not charged",
        f"call-{Call.objects.get().pk}",
    ):
        assert words in page


def test_a_take_of_a_fallback_says_what_it_stands_in_for_and_why() -> None:
    engine = an_engine("strict", options={"refuse_words": ["hammer"]}, fallback=an_engine("lenient"), max_attempts=1)
    run = a_run(a_project("Swing the hammer"), engine=engine)
    make_all()
    take = newest_take(run, 1)
    assert take.status == "completed"
    words = "made by lenient because strict refused it"
    explained = load_explanation(take, run.project.owner)
    assert explained.stand_in == words
    assert [attempt.call.engine for attempt in explained.attempts] == [engine, take.engine]
    owner = logged_in(run.project.owner)
    for address in (run.project.get_absolute_url(), take.frame.get_absolute_url()):
        assert words.capitalize() in owner.get(address).content.decode()


def test_a_take_that_waits_has_nothing_to_tell_yet() -> None:
    run = a_run(a_project("Saw the boards"))
    page = page_of(newest_take(run, 1), run.project.owner)
    assert "Nothing has been sent yet: this is what would be sent now." in page
    assert "Saw the boards" in page
    assert "None was sent." in page


def test_ten_attempts_are_read_as_often_as_one(run: StyleRun) -> None:
    def queries() -> int:
        client = logged_in(run.project.owner)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("explain", args=[newest_take(run, 2).pk]))
        return len(captured)

    one = queries()
    call = newest_take(run, 2).calls.get()
    for _ in range(9):
        call.pk = None
        call.save()
    assert queries() == one <= 20


def test_markup_in_a_vendors_words_stays_text(run: StyleRun) -> None:
    newest_take(run, 2).calls.update(error_message="<script>alert(1)</script>", error_code="unavailable")
    page = page_of(newest_take(run, 2), run.project.owner)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_take_whose_source_failed_tells_which_picture_it_would_go_on_from() -> None:
    engine = an_engine(options={"refuse_words": ["Nail", "Paint"]}, max_attempts=1)
    run = a_run(a_project("Saw the boards", "Nail the walls", "Paint the roof"), engine=engine)
    make_all()
    sent = load_explanation(newest_take(run, 3), run.project.owner).sent
    assert not sent.kept
    assert "Paint the roof" in sent.prompt
    assert [given.words for given in sent.inputs] == ["The picture before: step 1"]


def test_a_failed_take_of_a_step_that_has_left_the_list_has_no_prompt() -> None:
    run = a_run(a_project("Saw the boards", "Nail the walls"), engine=an_engine(options={"refuse_words": ["Nail"]}))
    make_all()
    run.frames.filter(position=2).update(removed=True)
    assert "This step has left the list." in page_of(newest_take(run, 2), run.project.owner)


# --- what was not made -----------------------------------------------------------------------------------------------


def test_an_own_picture_is_explained_without_prompt_engine_or_requests(run: StyleRun) -> None:
    own = actions.upload(run.frames.get(position=1), pictures.store(pictures.check(picture_bytes())), a_user("ada"))
    html = page_of(own, a_user("ada"))
    assert "Somebody’s own picture: nothing was sent" in html
    assert "Brought" in html
    for absent in ("prompt-name", "<dt>Engine", "<dt>Seed", "The reference picture", "This step has left"):
        assert absent not in html


def test_a_picture_that_existed_already_leads_to_where_it_was_made(run: StyleRun) -> None:
    branch = actions.branch(run.frames.get(position=2), a_user("ada"))
    html = page_of(branch.takes.get(position=1), a_user("ada"))
    assert "nothing was made or paid for it here" in html
    assert reverse("explain", args=[run.takes.get(position=1).pk]) in html


def test_what_is_put_away_says_so(run: StyleRun) -> None:
    actions.regenerate(run.frames.get(position=1), a_user("ada"))
    make_all()
    old = run.takes.filter(position=1).earliest("pk")
    actions.put_away(old, a_user("ada"))
    assert "It is put away" in page_of(old, a_user("ada"))


def test_a_picture_made_with_a_sheet_shows_all_that_went_along() -> None:
    project = a_project("a table", "Mia sits down")
    project.characters.create(name="Mia", look="red", sheet=pictures.store(pictures.check(picture_bytes())))
    run = a_run(project)
    make_all()
    sent = load_explanation(newest_take(run, 2), project.owner).sent
    assert [given.words for given in sent.inputs] == ["The picture before: step 1", "What Mia looks like"]
    assert load_explanation(newest_take(run, 1), project.owner).sent.inputs == []
