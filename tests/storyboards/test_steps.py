"""Steps: added, inserted, moved, copied, deleted, and edited by two people at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.dispatch import Signal
from django.test import Client
from django.urls import reverse

from storyboards.models import Project, Step, Style, Transition
from storyboards.signals import step_changed, steps_reordered
from tests.storyboards.conftest import queries, titles


@contextmanager
def heard(signal: Signal) -> Iterator[list[dict[str, Any]]]:
    """What a signal said meanwhile."""
    said: list[dict[str, Any]] = []

    def listen(sender: object, **arguments: Any) -> None:
        said.append(arguments)

    signal.connect(listen)
    yield said
    signal.disconnect(listen)


def step(project: Project, title: str) -> Step:
    return project.steps.alive().get(title=title)


def add(page: Client, project: Project, after: Step | None = None, **fields: Any) -> int:
    address = reverse("step_add", args=[project.pk]) + (f"?after={after.pk}" if after else "")
    return page.post(address, {"title": "New", "transition": "C", **fields}).status_code


def test_a_new_step_goes_to_the_end(page: Client, board: Project) -> None:
    with heard(step_changed) as said:
        assert add(page, board) == 302
    assert titles(board) == ["Cut", "Thread", "Fill", "Plant", "New"]
    assert [arguments["step"].title for arguments in said] == ["New"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [("Cut", ["Cut", "New", "Thread", "Fill", "Plant"]), ("Plant", ["Cut", "Thread", "Fill", "Plant", "New"])],
)
def test_a_step_is_inserted_behind_another(page: Client, board: Project, after: str, expected: list[str]) -> None:
    add(page, board, after=step(board, after))
    assert titles(board) == expected


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 5000])
def test_behind_a_step_that_there_is_not_nothing_is_inserted(page: Client, board: Project, number: str) -> None:
    address = f"{reverse('step_add', args=[board.pk])}?after={number}"
    assert page.post(address, {"title": "New", "transition": "C"}).status_code == 404
    assert titles(board) == ["Cut", "Thread", "Fill", "Plant"]


def test_a_step_that_is_inserted_is_told_its_number(page: Client, board: Project) -> None:
    address = reverse("step_add", args=[board.pk])
    html = page.post(f"{address}?after={step(board, 'Cut').pk}", {"title": "New", "transition": "C"}, follow=True)
    assert "Step 2 is added." in html.content.decode()


@pytest.mark.parametrize(
    ("named", "ends"), [("/frames/7/", "/frames/7/"), ("https://evil.example/", "list"), ("", "list")]
)
def test_after_saving_one_is_where_one_came_from(page: Client, board: Project, named: str, ends: str) -> None:
    cut = step(board, "Cut")
    address = f"{reverse('step_edit', args=[cut.pk])}?next={named}"
    answer = page.post(address, {"title": "Saw", "transition": "C", "version": cut.version})
    row = f"{reverse('project_edit', args=[board.pk])}#step-{cut.pk}"
    assert answer.headers["Location"] == (row if ends == "list" else ends)


def test_a_step_of_another_project_is_no_place(page: Client, board: Project, make_board: Any) -> None:
    assert add(page, board, after=make_board("Else").steps.get()) == 404
    assert len(titles(board)) == 4


def test_another_can_be_written_at_once(page: Client, board: Project) -> None:
    address = reverse("step_add", args=[board.pk])
    answer = page.post(address, {"title": "New", "transition": "C", "another": "1"})
    assert answer["Location"] == f"{address}?after={step(board, 'New').pk}"


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ({"to": "up"}, ["Cut", "Fill", "Thread", "Plant"]),
        ({"to": "down"}, ["Cut", "Thread", "Plant", "Fill"]),
        ({"to": "top"}, ["Fill", "Cut", "Thread", "Plant"]),
        ({"to": "bottom"}, ["Cut", "Thread", "Plant", "Fill"]),
        ({"to": "2"}, ["Cut", "Fill", "Thread", "Plant"]),
        ({"to": "number", "number": "1"}, ["Fill", "Cut", "Thread", "Plant"]),
        ({"to": "number", "number": "400"}, ["Cut", "Thread", "Plant", "Fill"]),
    ],
)
def test_steps_move(page: Client, board: Project, to: dict[str, str], expected: list[str]) -> None:
    moved = step(board, "Fill")
    with heard(steps_reordered) as said:
        answer = page.post(reverse("step_move", args=[moved.pk]), to)
    assert titles(board) == expected
    assert len(said) == 1
    assert answer["Location"] == reverse("project_edit", args=[board.pk]) + f"#step-{moved.pk}"


def test_a_script_that_moves_a_step_is_told_the_order(page: Client, board: Project) -> None:
    first, second, third, fourth = board.ordered_steps()
    address, asks = reverse("step_move", args=[third.pk]), {"Accept": "application/json"}
    answer = page.post(address, {"to": "number", "number": "1"}, headers=asks)
    assert answer.json() == {"order": [third.pk, first.pk, second.pk, fourth.pk], "message": ""}
    answer = page.post(address, {"to": "number", "number": ""}, headers=asks)
    assert (answer.status_code, answer.json()["message"]) == (422, "Which number? Write one from 1.")


def test_the_ends_are_the_ends(page: Client, board: Project) -> None:
    page.post(reverse("step_move", args=[step(board, "Cut").pk]), {"to": "up"})
    page.post(reverse("step_move", args=[step(board, "Plant").pk]), {"to": "down"})
    assert titles(board) == ["Cut", "Thread", "Fill", "Plant"]


def test_a_copy_stands_behind_its_original_with_all_it_has(page: Client, board: Project) -> None:
    original = step(board, "Thread")
    original.prompts.create(style=Style.objects.get(slug="clear"), text="a thread")
    Step.objects.filter(pk=original.pk).update(dialogue="Ouch!", transition="H", duration=3)
    page.post(reverse("step_duplicate", args=[original.pk]))
    assert titles(board) == ["Cut", "Thread", "Thread", "Fill", "Plant"]
    copy = board.ordered_steps()[2]
    assert (copy.dialogue, copy.transition, str(copy.duration)) == ("Ouch!", "H", "3.00")
    assert list(copy.prompts.values_list("style__slug", "text")) == [("clear", "a thread")]


def test_a_deleted_step_leaves_no_gap_and_stays_in_the_trash(page: Client, board: Project) -> None:
    gone = step(board, "Thread")
    with heard(step_changed) as said:
        assert page.post(reverse("step_delete", args=[gone.pk])).status_code == 302
    assert titles(board) == ["Cut", "Fill", "Plant"]
    assert Step.objects.get(pk=gone.pk).deleted_at is not None
    assert [arguments["step"].pk for arguments in said] == [gone.pk]


def edit(page: Client, edited: Step, version: int, **fields: str) -> Any:
    data = {"title": edited.title, "transition": "C", "version": version, **fields}
    return page.post(reverse("step_edit", args=[edited.pk]), data)


def test_an_edit_changes_what_was_written_and_nothing_else(page: Client, board: Project) -> None:
    edited = step(board, "Thread")
    clear = Style.objects.get(slug="clear")
    assert edit(page, edited, 1, description="A rope", **{f"prompt_{clear.pk}": "a rope"}).status_code == 302
    edited.refresh_from_db()
    assert (edited.description, edited.version, edited.position) == ("A rope", 2, 2)
    assert edited.prompts.get().text == "a rope"
    assert edit(page, edited, 2).status_code == 302
    assert not edited.prompts.exists()


def test_a_prompt_may_be_the_whole_one_and_stays_it(page: Client, board: Project) -> None:
    edited, clear = step(board, "Thread"), Style.objects.get(slug="clear")
    edit(page, edited, 1, **{f"prompt_{clear.pk}": "a rope", f"whole_{clear.pk}": "on"})
    assert edited.prompts.get().whole
    assert f'id="id_whole_{clear.pk}" checked' in page.get(reverse("step_edit", args=[edited.pk])).content.decode()
    page.post(reverse("step_duplicate", args=[edited.pk]))
    assert board.ordered_steps()[2].prompts.get().whole
    edit(page, edited, 2, **{f"prompt_{clear.pk}": "a rope"})
    assert not edited.prompts.get().whole


def test_a_step_and_its_project_have_variables(page: Client, board: Project) -> None:
    edited = step(board, "Thread")
    edit(page, edited, 1, variables="hero = a rope")
    fields = {"title": "Bird house", "aspect_ratio": "4:3", "visibility": "private"}
    page.post(reverse("project_edit", args=[board.pk]), fields | {"variables": "[shot 1]\nhero = a girl"})
    edited.refresh_from_db()
    board.refresh_from_db()
    assert (edited.variables, board.variables.splitlines()) == ("hero = a rope", ["[shot 1]", "hero = a girl"])


def test_a_transition_has_a_name_of_its_own() -> None:
    assert [one.words for one in Transition] == ["", "match cut", "jump cut", "hard cut", "dissolve", "fade", "wipe"]


def test_every_transition_is_named_where_steps_are_listed(page: Client, make_board: Any) -> None:
    project = make_board(*Transition.values)
    for each in project.ordered_steps():
        Step.objects.filter(pk=each.pk).update(transition=each.title)
    text = page.get(reverse("project_edit", args=[project.pk])).content.decode()
    for words in ("match cut", "jump cut", "hard cut", "dissolve", "fade", "wipe"):
        assert text.count(f"<span>{words}</span>") == 1
    form = page.get(reverse("step_edit", args=[project.ordered_steps()[0].pk])).content.decode()
    assert "H, D, F and W break the chain" in form


def test_whoever_saves_a_step_in_the_list_is_led_to_its_pictures(page: Client, board: Project) -> None:
    one = board.ordered_steps()[0]
    address = reverse("step_edit", args=[one.pk])
    form = {"title": "Other", "transition": "C", "version": "1"}
    link = f'<a href="{board.get_absolute_url()}#row-{one.pk}">See its pictures</a>'
    assert f"Step 1 is saved. {link}" in page.post(address, form, follow=True).content.decode()
    there = f"{address}?next={board.get_absolute_url()}%23row-{one.pk}"
    assert page.post(there, form | {"version": "2"})["Location"].startswith(board.get_absolute_url())
    said = page.get(reverse("projects")).content.decode()
    assert "Step 1 is saved." in said
    assert "See its pictures" not in said


def test_two_edits_at_once_lose_nothing(page: Client, board: Project) -> None:
    edited = step(board, "Thread")
    edit(page, edited, 1, description="Theirs")
    answer = edit(page, edited, 1, description="Mine")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs" in text
    assert "Mine" in text
    edited.refresh_from_db()
    assert (edited.description, edited.version) == ("Theirs", 2)


def test_a_conflict_names_what_differs_alone(page: Client, board: Project) -> None:
    edited = step(board, "Thread")
    edit(page, edited, 1, title="Theirs", duration="3")
    answer = edit(page, edited, 1, title="Mine", duration="3.0")
    assert answer.context["conflict"] == [("Title", "Theirs", "Mine")]


def test_after_a_conflict_saving_again_is_meant(page: Client, board: Project) -> None:
    edited = step(board, "Thread")
    edit(page, edited, 1, description="Theirs")
    answer = edit(page, edited, 1, description="Mine")
    assert answer.context["form"]["version"].value() == "2"
    assert edit(page, edited, 2, description="Mine").status_code == 302
    edited.refresh_from_db()
    assert edited.description == "Mine"


def test_a_step_that_moved_while_it_was_edited_stays_where_it_is(page: Client, board: Project) -> None:
    edited = step(board, "Thread")
    page.post(reverse("step_move", args=[edited.pk]), {"to": "top"})
    edit(page, edited, 1, description="A rope")
    assert titles(board) == ["Thread", "Cut", "Fill", "Plant"]


def test_an_edit_brings_the_project_to_the_top_of_the_list(page: Client, board: Project, make_board: Any) -> None:
    make_board(title="Younger")
    edit(page, step(board, "Thread"), 1, description="A rope")
    assert Project.objects.first() == board


def test_the_list_of_steps_asks_as_often_for_thirty_as_for_one(page: Client, make_board: Any) -> None:
    few, many = make_board("One"), make_board(*map(str, range(30)))
    counts = [queries(page, reverse("project_edit", args=[project.pk])) for project in (few, many)]
    assert counts[0] == counts[1] <= 8
