"""Writing and arranging as people do it: text that saves itself, two tabs on one step, dragging, keys, and undo."""

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from storyboards import editing
from storyboards.models import Project, Step
from tests.browser.conftest import Opens
from tests.making import a_project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

SAVED = re.compile(r"Saved \d\d:\d\d")


def step_page(opens: Opens, step: Step, **options: Any) -> Page:
    return opens(reverse("step_edit", args=[step.pk]), **options)


def outline(opens: Opens, project: Project, **options: Any) -> Page:
    return opens(reverse("project_edit", args=[project.pk]), **options)


def titles(project: Project) -> list[str]:
    return [step.title for step in project.ordered_steps()]


def row(page: Page, number: int) -> Locator:
    return page.locator(".outline-row").nth(number - 1)


# --- text that saves itself ------------------------------------------------------------------------------------------


def test_text_saves_itself_after_a_pause_and_when_it_is_left(opens: Opens) -> None:
    step = a_project("Boil").ordered_steps()[0]
    page = step_page(opens, step)
    page.get_by_label("Description").press_sequentially("Water boils.")
    expect(page.get_by_text(SAVED)).to_be_visible()
    page.get_by_label("Title").fill("Boil it")
    page.get_by_label("Description").focus()
    expect(page.locator("[name=version]")).to_have_value("3")
    step.refresh_from_db()
    assert (step.title, step.description, step.version) == ("Boil it", "Water boils.", 3)
    page.reload()  # nobody asks whether to leave
    expect(page.get_by_label("Title")).to_have_value("Boil it")
    page.get_by_label("Title").press_sequentially("!")
    page.get_by_role("button", name="Save the step").click()
    expect(page.get_by_text("Step 1 is saved.")).to_be_visible()


def test_two_tabs_lose_nothing_and_the_person_chooses(opens: Opens) -> None:
    step = a_project("Boil").ordered_steps()[0]
    ours, theirs = step_page(opens, step), step_page(opens, step)
    theirs.get_by_label("Description").fill("Theirs")
    theirs.get_by_label("Dialogue").evaluate("field => { field.closest('details').open = true }")
    theirs.get_by_label("Dialogue").fill("Hello!")
    theirs.get_by_label("Title").focus()
    expect(theirs.get_by_text(SAVED)).to_be_visible()
    ours.get_by_label("Description").fill("Ours")
    notice = ours.get_by_role("alert").filter(has_text="Somebody else saved this step at")
    expect(notice).to_contain_text("Theirs")
    expect(notice).to_contain_text("Ours")
    expect(ours.get_by_label("Dialogue")).to_have_value("Hello!")  # nobody else has written there
    ours.get_by_role("button", name="Keep mine").click()
    expect(ours.get_by_text(SAVED)).to_be_visible()
    step.refresh_from_db()
    assert (step.description, step.dialogue) == ("Ours", "Hello!")
    theirs.get_by_label("Description").fill("Theirs again")
    theirs.get_by_role("button", name="Take theirs").click()
    expect(theirs.get_by_label("Description")).to_have_value("Ours")
    expect(theirs.get_by_text("Theirs is kept")).to_be_visible()
    step.refresh_from_db()
    assert step.description == "Ours"


def test_what_two_people_write_in_different_fields_is_both_kept(opens: Opens) -> None:
    step = a_project("Boil").ordered_steps()[0]
    page = step_page(opens, step)
    editing.change_step(step, 1, {"title": "Boil the water"}, {})
    page.get_by_label("Description").fill("Four minutes.")
    expect(page.get_by_text(SAVED)).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Boil the water")
    step.refresh_from_db()
    assert (step.title, step.description) == ("Boil the water", "Four minutes.")


def test_what_could_not_be_saved_is_offered_on_return(opens: Opens) -> None:
    step = a_project("Boil").ordered_steps()[0]
    page = step_page(opens, step)
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.set_offline(True)
    page.get_by_label("Description").press_sequentially("Typed in a tunnel.")
    expect(page.get_by_text("Could not be saved: the server cannot be reached (kept here)")).to_be_visible()
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.context.set_offline(False)
    expect(page.get_by_text("You have been logged out.")).to_be_visible()
    page.goto("/login/")
    page.context.add_cookies([cookie for cookie in cookies if cookie["name"] == "sessionid"])  # type: ignore[misc]
    assert not Step.objects.get(pk=step.pk).description
    page.goto(reverse("step_edit", args=[step.pk]))
    offer = page.get_by_role("status").filter(has_text="was not saved")
    expect(offer).to_contain_text("Typed in a tunnel.")
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text(SAVED)).to_be_visible()
    assert Step.objects.get(pk=step.pk).description == "Typed in a tunnel."
    page.reload()
    expect(page.get_by_text("was not saved")).to_be_hidden()


def test_a_text_that_cannot_be_stored_says_why_and_stays(opens: Opens) -> None:
    step = a_project("Boil").ordered_steps()[0]
    page = step_page(opens, step)
    page.get_by_label("Title").fill("")
    expect(page.get_by_text("Could not be saved: An empty step makes no picture")).to_be_visible()
    assert Step.objects.get(pk=step.pk).title == "Boil"


def test_a_step_is_edited_where_it_is_listed(opens: Opens) -> None:
    project = a_project("Boil", "Wait")
    page = outline(opens, project)
    page.get_by_label("Edit step 2 here").click()
    page.get_by_label("Title").nth(1).fill("Wait long")
    page.get_by_label("Description").nth(1).fill("Four minutes.")
    expect(row(page, 2).get_by_text(SAVED)).to_be_visible()
    expect(row(page, 2).get_by_role("link", name="Wait long")).to_be_visible()
    assert titles(project) == ["Boil", "Wait long"]


# --- arranged --------------------------------------------------------------------------------------------------------


def drag(page: Page, number: int, to: int) -> None:
    box, target = row(page, number).locator(".drag").bounding_box(), row(page, to).bounding_box()
    assert box
    assert target
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 5, target["y"] + target["height"] / 2, steps=5)
    page.mouse.move(box["x"] + 5, target["y"] + (5 if to < number else target["height"] - 5), steps=5)
    page.mouse.up()


def test_steps_are_dragged_to_their_place(opens: Opens) -> None:
    project = a_project("One", "Two", "Three", "Four")
    page = outline(opens, project)
    drag(page, 3, 1)
    expect(page.locator("#polite")).to_have_text("Step 3 moved to place 1.")
    expect(row(page, 1)).to_contain_text("Three")
    assert titles(project) == ["Three", "One", "Two", "Four"]
    drag(page, 1, 4)
    expect(page.locator("#polite")).to_have_text("Step 1 moved to place 4.")
    assert titles(project) == ["One", "Two", "Four", "Three"]
    expect(row(page, 4).get_by_label("Move step 4 down")).to_be_disabled()
    expect(row(page, 4).locator(".outline-number")).to_have_text("4")


def test_a_finger_drags_as_well(opens: Opens) -> None:
    project = a_project("One", "Two", "Three")
    page = outline(opens, project, width=375, has_touch=True)
    finger = page.context.new_cdp_session(page)
    page.locator("#steps").evaluate("section => section.scrollIntoView({ behavior: 'instant' })")
    box, target = row(page, 3).locator(".drag").bounding_box(), row(page, 1).bounding_box()
    assert box
    assert target
    x, start = box["x"] + 5, box["y"] + 5
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": start}]})
    for y in (start - 20, (start + target["y"]) / 2, target["y"] + 5):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("#polite")).to_have_text("Step 3 moved to place 1.")
    assert titles(project) == ["Three", "One", "Two"]


def test_steps_are_moved_by_keys_and_the_focus_stays(opens: Opens) -> None:
    project = a_project("One", "Two", "Three")
    page = outline(opens, project)
    page.get_by_label("Move step 3 up").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#polite")).to_have_text("Step 3 moved to place 2.")
    expect(page.get_by_label("Move step 2 up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#polite")).to_have_text("Step 2 moved to place 1.")
    expect(page.get_by_label("Move step 1 down")).to_be_focused()
    assert titles(project) == ["Three", "One", "Two"]


def test_a_move_that_does_not_reach_the_server_says_so(opens: Opens) -> None:
    project = a_project("One", "Two")
    page = outline(opens, project)
    page.context.set_offline(True)
    page.get_by_label("Move step 2 up").click()
    expect(page.get_by_text("The server cannot be reached: nothing was moved.").first).to_be_visible()
    expect(row(page, 1)).to_contain_text("One")


@pytest.mark.parametrize("script", [True, False])
def test_a_deleted_step_comes_back_by_undo(script: bool, opens: Opens) -> None:
    project = a_project("One", "Two", "Three")
    page = outline(opens, project, java_script_enabled=script, width=375)
    page.get_by_label("More for step 2").click()
    row(page, 2).get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete the step").click()
    assert titles(project) == ["One", "Three"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Step 2 is back in its place.")).to_be_visible()
    assert titles(project) == ["One", "Two", "Three"]


def test_a_step_is_split_at_the_cursor(opens: Opens) -> None:
    step = a_project("Boil").ordered_steps()[0]
    Step.objects.filter(pk=step.pk).update(description="Boil it. Pour it.")
    page = opens(reverse("step_split", args=[step.pk]))
    page.get_by_label("Its text").evaluate("field => field.setSelectionRange(8, 8)")
    page.get_by_role("button", name="Split at the cursor").click()
    page.get_by_role("button", name="Split the step").click()
    expect(page.get_by_text("Step 1 is split into 2 steps.")).to_be_visible()
    assert [part.description for part in step.project.ordered_steps()] == ["Boil it.", "Pour it."]
