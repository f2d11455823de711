"""The page of one picture: its takes in words, what each verb would cost, comparisons, and pictures of one's own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import ExifTags, Image
from pytest_django import Settings

from generation import actions
from generation.models import Frame, Gate, Hold, Status, StyleRun, Take, TakeKind
from generation.pages.compare import Comparison, load_comparison
from generation.pages.confirm import Cost, cost_of
from generation.pages.frame import load_offers, neighbours
from generation.pages.rehearsal import rehearse
from generation.pages.takes import Takes, load_takes
from generation.planning import MOST_CANDIDATES, Variation
from generation.verbs import FRAME_VERBS
from storyboards import pictures
from storyboards.models import Picture, Project, Style, Visibility
from tests.making import a_paid_engine, a_project, a_style, a_user, an_engine, frame, make_all
from tests.storyboards.conftest import picture_bytes

pytestmark = pytest.mark.django_db(transaction=True)


def logged_in(name: str) -> Client:
    client = Client()
    client.force_login(a_user(name))
    return client


def page_of(place: Frame, query: str = "", name: str = "ada") -> str:
    answer = logged_in(name).get(place.get_absolute_url() + query)
    assert answer.status_code == 200
    return answer.content.decode()


def a_made_run(*texts: str, **variation: Any) -> StyleRun:
    """Ada's, of three steps unless others are given, made as far as that may be."""
    project = a_project(*(texts or ("Saw the boards", "Nail the walls", "Put on the roof")))
    run = actions.start(
        project,
        user=project.owner,
        styles=[a_style()],
        strategy="chained",
        engine=an_engine(),
        variation=Variation(**variation),
    )[0]
    make_all()
    return StyleRun.objects.get(pk=run.pk)


def an_own_picture(**options: Any) -> Picture:
    return pictures.store(pictures.check(picture_bytes(**options)))


def takes_of(place: Frame, name: str = "ada") -> Takes:
    place = Frame.objects.select_related("run__project", "run__engine", "run__style", "step").get(pk=place.pk)
    return load_takes(place, a_user(name) if name else AnonymousUser())


# --- the strip -------------------------------------------------------------------------------------------------------


def retried(place: Frame) -> None:
    Frame.objects.filter(pk=place.pk).update(chosen=None, status=Status.FAILED)
    actions.retry(place, a_user())


KIND_OF_THE_NEWEST: dict[str, Callable[[Frame], object]] = {
    "first make": lambda place: None,
    "made again": lambda place: actions.regenerate(place, a_user()),
    "retry": retried,
    "candidate 3 of 3": lambda place: actions.candidates(place, a_user()),
    "one of several": lambda place: actions.candidates(place, a_user(), count=1),
    "own picture": lambda place: actions.upload(place, an_own_picture(), a_user()),
    "late answer": lambda place: Take.objects.filter(frame=place).update(kind=TakeKind.LATE),
}


@pytest.mark.parametrize("words", KIND_OF_THE_NEWEST)
def test_each_take_says_in_words_where_it_came_from(words: str) -> None:
    place = frame(a_made_run(), 1)
    KIND_OF_THE_NEWEST[words](place)
    make_all()
    assert takes_of(place).strip[0].kind == words
    assert f"<span>{words}</span>" in page_of(place)


def test_a_take_tells_when_by_what_with_which_seed_for_how_much_and_for_whom() -> None:
    run = a_made_run()
    actions.regenerate(frame(run, 2), a_user("ben", is_superuser=True))
    make_all()
    html = page_of(frame(run, 2))
    newest = takes_of(frame(run, 2)).strip[0].take
    assert newest.finished_at is not None
    for words in ("quick", f"seed {newest.seed}", "free", "asked for by ben", f"{newest.finished_at:%H:%M}"):
        assert words in html


def test_an_own_picture_has_no_seed_and_no_engine() -> None:
    place = frame(a_made_run("Saw the boards"), 1)
    actions.upload(place, an_own_picture(), a_user())
    own = takes_of(place).strip[0]
    assert (own.engine, own.cost, own.chosen) == ("", "", True)
    assert "seed 0<" not in page_of(place)


def test_what_is_put_away_is_folded_and_comes_back() -> None:
    place = frame(a_made_run(), 1)
    actions.regenerate(place, a_user())
    make_all()
    old = place.takes.earliest("pk")
    client = logged_in("ada")
    client.post(reverse("take_verb", args=[old.pk, "put_away"]))
    takes = takes_of(place)
    assert [view.number for view in takes.strip] == [2]
    assert [view.number for view in takes.put_away] == [1]
    assert "Put away (1)" in page_of(place)
    assert "2 takes" not in client.get(place.run.project.get_absolute_url()).content.decode()
    client.post(reverse("take_verb", args=[old.pk, "bring_back"]))
    assert [view.number for view in takes_of(place).strip] == [2, 1]
    assert "2 takes" in client.get(place.run.project.get_absolute_url()).content.decode()


def test_a_picture_that_existed_already_says_where_to_those_who_may_see_that() -> None:
    first = a_made_run("Saw the boards")
    second = a_made_run("Saw the boards", reuse=True)
    Project.objects.filter(pk=second.project_id).update(visibility=Visibility.PUBLIC, title="The second")
    Project.objects.filter(pk=first.project_id).update(title="The hidden one")
    assert second.takes.get().kind == TakeKind.REUSE
    assert "take 1 of step 1 in “The hidden one”" in page_of(frame(second, 1))
    html = page_of(frame(second, 1), name="ben")
    assert "existed already" in html
    assert "hidden one" not in html


def test_twelve_takes_ask_the_database_no_more_than_two() -> None:
    place = frame(a_made_run("Saw the boards"), 1)

    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            logged_in("ada").get(place.get_absolute_url())
        return len(asked)

    for _ in range(2):
        actions.regenerate(place, a_user())
        make_all()
    few = questions()
    actions.candidates(place, a_user(), count=8)
    make_all()
    assert questions() <= few + 1  # the work's own thumbnails and calls are read at once


# --- what may be done ------------------------------------------------------------------------------------------------


def verbs_of(place: Frame) -> dict[int, set[str]]:
    takes = takes_of(place)
    return {view.number: set(view.verbs) for view in (*takes.strip, *takes.put_away)}


def test_takes_may_be_shown_and_put_away_but_not_the_one_that_is_shown() -> None:
    place = frame(a_made_run(), 1)
    actions.regenerate(place, a_user())
    make_all()
    assert verbs_of(place) == {1: {"choose", "put_away"}, 2: set()}
    actions.put_away(place.takes.earliest("pk"), a_user())
    assert verbs_of(place) == {1: {"choose", "bring_back"}, 2: set()}


def test_a_locked_picture_says_so_and_offers_no_other() -> None:
    run = a_made_run()
    place = frame(run, 1)
    actions.regenerate(place, a_user())
    make_all()
    actions.lock(place, a_user())
    html = page_of(place)
    assert verbs_of(place) == {1: {"put_away"}, 2: set()}
    assert "Locked." in html
    assert "verb-unlock" in html
    for absent in ("verb-regenerate", "several-count", "own-picture", "Show this take"):
        assert absent not in html
    assert "unlock it first" not in page_of(place, name=visitor_of(run))


def visitor_of(run: StyleRun) -> str:
    Project.objects.filter(pk=run.project_id).update(visibility=Visibility.PUBLIC)
    return "ben"


def test_visitors_see_takes_and_comparisons_and_no_button() -> None:
    run = a_made_run()
    place = frame(run, 2)
    actions.candidates(place, a_user())
    make_all()
    html = page_of(place, "?with=step", name=visitor_of(run))
    assert "3 to choose from" in html
    assert "compare-under" in html
    for absent in ('form="verbs"', "own-picture", "Put away", "Choose and"):
        assert absent not in html


def test_candidates_stand_side_by_side_while_they_are_made_and_after() -> None:
    place = frame(a_made_run(), 2)
    actions.candidates(place, a_user(), count=2)
    takes = takes_of(place)
    assert [(view.number, view.kind, view.picture) for view in takes.candidates] == [
        (2, "candidate 1 of 2", None),
        (3, "candidate 2 of 2", None),
    ]
    make_all()
    assert [(view.key, set(view.verbs)) for view in takes_of(place).candidates] == [
        (key, {"choose", "approve", "put_away"}) for key in ("1", "2")
    ]
    assert verbs_of(place)[1] == set()
    actions.regenerate(place, a_user())
    assert takes_of(place).candidates == []


def test_at_a_gate_one_chooses_and_goes_on() -> None:
    run = a_made_run(candidates=2, gate=Gate.FRAME)
    assert run.hold == Hold.APPROVAL
    place = frame(run, 1)
    labels = {view.number: view.verbs.get("approve") for view in takes_of(place).candidates}
    assert labels == {1: "Approve and go on", 2: "Choose and go on"}
    logged_in("ada").post(reverse("take_verb", args=[place.takes.latest("pk").pk, "approve"]))
    run.refresh_from_db()
    assert (run.hold, frame(run, 1).approved, frame(run, 1).chosen) == (Hold.NONE, True, place.takes.latest("pk"))
    assert "Shown and approved" in page_of(place)


# --- what it would cost ----------------------------------------------------------------------------------------------


def notes(place: Frame) -> dict[str, str]:
    """By verb, what the page says it would make and make stale."""
    place = Frame.objects.select_related("run__engine", "run__project", "step").get(pk=place.pk)
    return {offer.name: offer.note for group in load_offers(place).groups.values() for offer in group}


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("verb", ["retry", "regenerate", "regenerate_following", "branch"])
def test_what_is_told_before_a_verb_is_what_it_does(verb: str, lost: bool) -> None:
    run = a_made_run("One", "Two", "Three", "Four", "Five")
    run.frames.filter(position=4).update(locked=True)
    if lost or verb == "retry":
        run.frames.filter(position=2).update(chosen=None, status=Status.FAILED)
    StyleRun.objects.filter(pk=run.pk).update(candidates=2)
    place = frame(run, 2 if verb == "retry" else 3)
    act = FRAME_VERBS[verb].act
    rehearsal = rehearse(place, run.project_id, lambda: act(place, a_user()))
    assert rehearsal.refusal == ""
    assert notes(place)[verb].startswith(f"{rehearsal.count} picture{'s' if rehearsal.count > 1 else ''}, free")


@pytest.mark.parametrize(
    ("verb", "stale"), [("regenerate", "Step 3 becomes stale"), ("regenerate_following", ""), ("branch", "")]
)
def test_what_becomes_stale_is_told(verb: str, stale: str) -> None:
    assert notes(frame(a_made_run(), 2))[verb].partition(". ")[2] == stale


def test_judging_makes_nothing_and_says_no_price() -> None:
    told = notes(frame(a_made_run(), 2))
    assert (told["approve"], told["lock"]) == ("", "")


def asked_about(place: Frame, verb: str, **options: int) -> Cost | None:
    return cost_of(verb, FRAME_VERBS[verb], place, a_user(), options)


@pytest.mark.parametrize(
    ("verb", "pictures", "stale"),
    [
        ("regenerate", "1 picture", "3"),
        ("regenerate_following", "2 pictures", ""),
        ("candidates", "3 pictures", ""),
        ("branch", "2 pictures", ""),
    ],
)
def test_the_question_before_a_verb_tells_the_same(verb: str, pictures: str, stale: str) -> None:
    cost = asked_about(frame(a_made_run(), 2), verb)
    assert cost is not None
    assert (cost.pictures, cost.stale, cost.refusal) == (pictures, stale, "")


@pytest.mark.parametrize("verb", ["lock", "approve", "cancel"])
def test_verbs_that_make_nothing_cost_nothing(verb: str) -> None:
    assert asked_about(frame(a_made_run(), 2), verb) is None


def test_the_price_of_several_is_told_for_each_number() -> None:
    run, paid = a_made_run(), a_paid_engine()
    StyleRun.objects.update(engine=paid, snapshot=run.snapshot | {"model": paid.model})
    offers = load_offers(Frame.objects.get(pk=frame(run, 2).pk))
    assert offers.several is not None
    prices = dict(offers.several.choices)
    assert sorted(prices) == list(range(1, MOST_CANDIDATES + 1))
    assert offers.several.usual == 3
    assert (prices[1], prices[3]) == ("1 more, about $0.05", "3 more, about $0.14")
    assert offers.several.note == "Once another one is chosen, step 3 becomes stale"


# --- compare ---------------------------------------------------------------------------------------------------------


def compared(place: Frame, value: str, how: str = "") -> Comparison:
    related = ("run__project__concept_picture", "run__style__reference_picture", "run__engine", "step")
    place = Frame.objects.select_related(*related).get(pk=place.pk)
    comparison = load_comparison(place, neighbours(place.run, place)[0], takes_of(place), value, how)
    assert comparison is not None
    return comparison


def test_the_shown_picture_is_compared_with_all_there_is() -> None:
    run = a_made_run()
    Style.objects.filter(pk=run.style_id).update(reference_picture=an_own_picture())
    Project.objects.filter(pk=run.project_id).update(concept_picture=an_own_picture(size=(10, 20)))
    place = frame(run, 2)
    actions.regenerate(place, a_user())
    make_all()
    old = place.takes.earliest("pk")
    assert list(compared(place, "").options) == ["before", "step", "style", "concept", f"take-{old.pk}"]
    for value in compared(place, "").options:
        other = compared(place, value).other
        assert other is not None
        assert {logged_in("ada").get(address).status_code for address in (other.small, other.full)} == {200}
        html = page_of(place, f"?with={value}&how=onion")
        assert other.small in html
        assert "compare-onion" in html
    assert compared(place, "concept").other == compared(place, "concept").other
    assert (compared(place, "concept").other.width, compared(place, "concept").other.height) == (10, 20)  # type: ignore[union-attr]


def test_the_take_before_is_the_one_before_the_shown_one() -> None:
    place = frame(a_made_run("Saw the boards"), 1)
    for _ in range(2):
        actions.regenerate(place, a_user())
        make_all()
    first, second, third = place.takes.order_by("pk")
    assert compared(place, "before").options["before"] == "The take before, take 2"
    actions.put_away(second, a_user())
    assert compared(place, "before").options["before"] == "The take before, take 1"
    actions.choose(first, a_user())
    assert "before" not in compared(place, "").options
    assert f"take-{third.pk}" in compared(place, "").options


@pytest.mark.parametrize("value", ["take-0", "take-x", "before", "style", "'\"><b>", "take-99999999999999999999"])
def test_what_is_not_to_be_had_is_not_compared(value: str) -> None:
    place = frame(a_made_run(), 1)
    actions.regenerate(place, a_user())
    make_all()
    actions.choose(place.takes.earliest("pk"), a_user())
    html = page_of(place, f"?with={value}&how=explode")
    assert "not to be had any more" in html
    assert "compare-under" not in html
    assert "<b>" not in html


def test_other_peoples_takes_are_not_compared() -> None:
    mine, other = frame(a_made_run(), 2), frame(a_made_run("Else"), 1)
    assert compared(mine, f"take-{other.chosen_id}").other is None


# --- a picture of one's own ------------------------------------------------------------------------------------------


def send(place: Frame, data: bytes | None, name: str = "mine.png", user: str = "ada", **fields: str) -> Any:
    files = {} if data is None else {"picture": SimpleUploadedFile(name, data, "image/png")}
    headers = {"accept": "application/json"}
    return logged_in(user).post(reverse("frame_upload", args=[place.pk]), {**files, **fields}, headers=headers)


def test_an_own_picture_is_shown_at_once_and_what_was_built_on_the_old_one_is_stale() -> None:
    run = a_made_run()
    place = frame(run, 1)
    answer = send(place, picture_bytes())
    assert (answer.status_code, answer.json()["wrong"]) == (200, False)
    own = place.takes.latest("pk")
    place.refresh_from_db()
    assert (own.kind, place.chosen, own.requested_by, own.calls.count()) == (TakeKind.UPLOAD, own, a_user(), 0)
    assert "Stale:" in page_of(frame(run, 2))
    html = page_of(place)
    assert "own picture" in html
    assert "brought by ada" in html


BAD = {
    "no file": (None, "Choose a picture first."),
    "an empty file": (b"", "empty"),
    "a text": (b"Saw the boards", "not a PNG, JPEG or WebP"),
    "half a picture": (picture_bytes()[:60], "damaged"),
    "a picture of another kind": (picture_bytes("GIF"), "not a PNG, JPEG or WebP"),
    "a page": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a PNG"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_told_in_words_and_changes_nothing(kind: str) -> None:
    data, words = BAD[kind]
    place = frame(a_made_run(), 1)
    before = (Take.objects.count(), Picture.objects.count(), place.chosen_id)
    answer = send(place, data)
    assert (answer.status_code, answer.json()["wrong"]) == (409, True)
    assert words in answer.json()["message"]
    place.refresh_from_db()
    assert (Take.objects.count(), Picture.objects.count(), place.chosen_id) == before


def test_a_file_that_is_too_large_is_not_taken(settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 100
    place = frame(a_made_run(), 1)
    answer = send(place, picture_bytes(size=(400, 300)))
    assert "are the most" in answer.json()["message"]
    assert not place.takes.filter(kind=TakeKind.UPLOAD).exists()


@pytest.mark.parametrize(("mark", "words"), [("locked", "unlock it first"), ("removed", "left the list")])
def test_a_place_that_takes_no_picture_keeps_nothing(mark: str, words: str) -> None:
    place = frame(a_made_run(), 1)
    Frame.objects.filter(pk=place.pk).update(**{mark: True})
    before = Picture.objects.count()
    answer = send(place, picture_bytes())
    assert words in answer.json()["message"]
    assert (Picture.objects.count(), place.takes.count()) == (before, 1)


def test_others_bring_no_pictures() -> None:
    run = a_made_run()
    visitor_of(run)
    assert send(frame(run, 1), picture_bytes(), user="ben").status_code == 404
    assert not run.takes.filter(kind=TakeKind.UPLOAD).exists()


def test_without_a_script_one_comes_back_to_the_page_as_it_was() -> None:
    place = frame(a_made_run(), 1)
    here = f"{place.get_absolute_url()}?with=style&how=onion"
    for file in (SimpleUploadedFile("mine.png", picture_bytes()), SimpleUploadedFile("mine.png", b"no picture")):
        client = logged_in("ada")
        answer = client.post(reverse("frame_upload", args=[place.pk]), {"picture": file, "next": here})
        assert answer.headers["Location"] == here
    assert "not a PNG, JPEG or WebP" in client.get(here).content.decode()


def test_what_a_camera_hid_in_a_picture_is_not_kept() -> None:
    place = frame(a_made_run(), 1)
    hidden = Image.Exif()
    hidden[ExifTags.Base.Make] = "Camera of Ada"
    data = picture_bytes("JPEG", exif=hidden)
    assert b"Camera of Ada" in data
    send(place, data)
    original = place.takes.latest("pk").original
    assert original is not None
    assert b"Camera of Ada" not in original.read()
