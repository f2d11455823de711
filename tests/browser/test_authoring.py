"""Authoring as people meet it: without JavaScript, on a phone, and after the log-in has run out."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from storyboards.editing import create_singles, delete_step, trash_project
from storyboards.models import Character, Project, Step
from storyboards.pictures import check, store
from storyboards.samples import SAMPLES, add_sample, find_sample
from tests.browser.conftest import Opens
from tests.browser.test_access import RULES
from tests.making import a_project, a_user
from tests.storyboards.conftest import picture_bytes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

RECIPE = "# Tea\n\n## Ingredients\n- water\n- tea\n\n## Method\n1. Boil the water.\n2. Wait four minutes.\n"


def test_a_recipe_becomes_a_board_without_javascript(opens: Opens, tmp_path: Path) -> None:
    file = tmp_path / "tea.md"
    file.write_text(RECIPE)
    page = opens("/import/", java_script_enabled=False)
    page.get_by_label("Or choose a file").set_input_files(file)
    page.get_by_role("button", name="Show what it makes").click()
    expect(page.get_by_role("heading", name="2 steps found")).to_be_visible()
    page.get_by_role("button", name="Import 2 steps").click()
    expect(page.get_by_role("heading", name="Tea", exact=True)).to_be_visible()
    assert Project.objects.get().material_list() == ["water", "tea"]


def test_a_broken_text_can_be_mended_in_place(opens: Opens) -> None:
    page = opens("/import/")
    page.get_by_label("Paste it here").fill("title,text\nBoil,water\nWait,four,minutes")
    page.get_by_role("button", name="Show what it makes").click()
    expect(page.get_by_role("alert").first).to_contain_text("Line 3: This row has 3 cells")
    page.get_by_label("Paste it here").fill('title,text\nBoil,water\nWait,"four,minutes"')
    page.get_by_role("button", name="Show what it makes").click()
    expect(page.get_by_role("heading", name="2 steps found")).to_be_visible()


def test_text_survives_a_log_in_that_has_run_out(opens: Opens) -> None:
    step = a_project("Boil").ordered_steps()[0]
    page = opens(reverse("step_edit", args=[step.pk]))
    cookies = page.context.cookies()
    page.get_by_label("Description").fill("Typed before lunch.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save the step").click()
    expect(page.get_by_text("You have been logged out")).to_be_visible()
    expect(page.locator("form[data-checking]")).to_have_count(0)  # saving by itself may have told it first
    page.context.add_cookies([cookie for cookie in cookies if cookie["name"] == "sessionid"])  # type: ignore[misc]
    page.get_by_role("button", name="Save the step").click()
    expect(page.get_by_text("Step 1 is saved.")).to_be_visible()
    assert Step.objects.get(pk=step.pk).description == "Typed before lunch."


def test_a_share_link_opens_the_board_for_a_stranger(opens: Opens) -> None:
    project = a_project("Boil", title="Tea")
    page = opens(reverse("share_links", args=[project.pk]))
    page.get_by_role("button", name="Make it unlisted and create a link").click()
    link = page.get_by_label("Link of").input_value()
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
    visitor = opens(link, user="")
    expect(visitor.get_by_role("heading", name="Tea", exact=True)).to_be_visible()


def a_full_list() -> str:
    for sample in SAMPLES:
        add_sample(a_user(), sample)
    return "/"


def single_pictures() -> str:
    create_singles(a_user(), ["a fox in the snow", "an owl"], "16:9")
    return reverse("singles")


def the_storyboard() -> Project:
    sample = find_sample("night-train")
    assert sample
    return add_sample(a_user(), sample)[0]


def a_character() -> Character:
    sheet = store(check(picture_bytes()))
    return Character.objects.create(project=a_project("Boil"), name="Mira", look="a girl of ten", sheet=sheet)


def a_full_trash() -> str:
    trash_project(a_project("Boil"))
    delete_step(a_project("Boil", "Wait").ordered_steps()[0])
    return reverse("trash")


PAGES: dict[str, Callable[[], str]] = {
    "an empty list": lambda: "/",
    "a full list": a_full_list,
    "single pictures": single_pictures,
    "a new project": lambda: reverse("project_new"),
    "an empty project": lambda: reverse("project_edit", args=[a_project().pk]),
    "thirty steps": lambda: reverse("project_edit", args=[the_storyboard().pk]),
    "a step": lambda: reverse("step_edit", args=[the_storyboard().ordered_steps()[0].pk]),
    "a split": lambda: reverse("step_split", args=[the_storyboard().ordered_steps()[0].pk]),
    "no characters": lambda: reverse("characters", args=[a_project("Boil").pk]),
    "a character": lambda: reverse("character_edit", args=[a_character().pk]),
    "a list of characters": lambda: reverse("characters", args=[a_character().project_id]),
    "an empty trash": lambda: reverse("trash"),
    "a full trash": a_full_trash,
    "import": lambda: reverse("import_new"),
    "sharing": lambda: reverse("share_links", args=[a_project("Boil").pk]),
    "a last question": lambda: reverse("project_delete", args=[a_project("Boil").pk]),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_and_nothing_is_too_wide(name: str, scheme: str, width: int, opens: Opens) -> None:
    page = opens(PAGES[name](), width=width, color_scheme=scheme, bypass_csp=True)
    look_over(page, width)


@pytest.mark.parametrize("text", [RECIPE, "title,text\nBoil,water,cup"])
def test_axe_finds_nothing_in_previews_and_errors(text: str, opens: Opens) -> None:
    page = opens("/import/", width=320, bypass_csp=True)
    page.get_by_label("Paste it here").fill(text)
    page.get_by_role("button", name="Show what it makes").click()
    page.locator(".outline, .problems").wait_for()
    look_over(page, 320)


def look_over(page: Page, width: int) -> None:
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
