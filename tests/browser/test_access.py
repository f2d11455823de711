"""Pages for everybody: narrow windows, keyboards, screen readers, calm ones."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from generation import dispatch
from generation.models import StyleRun
from tests.browser.conftest import Opens
from tests.making import a_project, a_run, an_engine, frame, make_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen"


def an_empty_board() -> str:
    return a_project().get_absolute_url()


def an_unstarted_board() -> str:
    return a_project("Saw the boards", LONG, materials="Boards\nNails", description=LONG * 3).get_absolute_url()


def a_running_board() -> str:
    run = a_run(a_project("Saw the boards", LONG, "Add the roof"), engine=an_engine(side=256))
    dispatch.claim()
    return run.project.get_absolute_url()


def a_failed_run() -> StyleRun:
    refusing = an_engine("refusing", side=256, options={"refuse_words": ["Nail"]})
    run = a_run(a_project("Saw the boards", "Nail the walls", LONG, title=LONG), engine=refusing)
    make_all()
    return run


def a_failed_board() -> str:
    return a_failed_run().project.get_absolute_url()


def a_board_of_three_styles() -> str:
    project = a_project("Saw the boards", "Nail the walls", cuts=[1])
    for style in ("illustration", "clear", "consistent"):
        a_run(project, style=style, engine=an_engine(side=128))
    make_all()
    return project.get_absolute_url()


def a_long_board() -> str:
    texts = [f"Step {number}" for number in range(1, 41)]
    return a_run(a_project(*texts), engine=an_engine(side=64)).project.get_absolute_url()


def a_frame() -> str:
    return frame(a_failed_run(), 1).get_absolute_url()


def a_failed_frame() -> str:
    return frame(a_failed_run(), 2).get_absolute_url()


def a_question() -> str:
    return reverse("frame_verb", args=[frame(a_failed_run(), 1).pk, "regenerate_following"])


def a_queue() -> str:
    a_running_board()
    return reverse("queue")


def a_form() -> str:
    return reverse("password_change")


def a_page_that_is_not_there() -> str:
    return "/projects/999999/"


BOARDS = [an_empty_board, an_unstarted_board, a_running_board, a_failed_board, a_board_of_three_styles, a_long_board]
PAGES = [*BOARDS, a_frame, a_failed_frame, a_question, a_queue, a_form, a_page_that_is_not_there]


def settled(page: Page) -> Page:
    page.wait_for_load_state("networkidle")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page_of", PAGES)
def test_axe_finds_nothing(page_of: object, scheme: str, opens: Opens) -> None:
    assert callable(page_of)
    page = settled(opens(page_of(), color_scheme=scheme, reduced_motion="reduce"))
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("page_of", PAGES)
def test_nothing_scrolls_sideways(page_of: object, width: int, opens: Opens) -> None:
    assert callable(page_of)
    page = opens(page_of(), width=width)
    for view in views(page):
        page.goto(view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def views(page: Page) -> Iterator[str]:
    """The page, and its other views where it has some."""
    here = page.url
    yield here
    yield from page.locator(".views a").evaluate_all("links => links.map(link => link.href)")


@pytest.mark.parametrize("page_of", [a_failed_board, a_frame, a_queue])
def test_controls_can_be_hit_with_a_finger(page_of: object, opens: Opens) -> None:
    assert callable(page_of)
    page = opens(page_of(), width=375, has_touch=True, is_mobile=True)
    controls = page.locator("button, a.button, .site a, .steps a, .views a").locator("visible=true")
    small = controls.evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.textContent.trim())"
    )
    assert small == []


def test_a_board_is_worked_by_keyboard_alone(opens: Opens) -> None:
    page = opens(a_project("Saw the boards").get_absolute_url())
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.name"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", reached[-1]
        if reached[-1] == "Generate":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".run")).to_contain_text("Generating images: 0/1 (0%)")


def test_what_is_focused_is_not_hidden_by_the_bar_of_steps(opens: Opens) -> None:
    run = a_run(a_project(*(f"Step {number}" for number in range(1, 25))), engine=an_engine(side=64))
    page = opens(run.project.get_absolute_url(), reduced_motion="reduce")  # where it scrolls at once
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
    hidden = page.evaluate(
        """() => { const at = document.activeElement.getBoundingClientRect();
        const bar = document.querySelector(".board-bar").getBoundingClientRect();
        return bar.top === 0 && at.bottom <= bar.bottom && !document.activeElement.closest(".board-bar") }"""
    )
    assert hidden is False


def test_nothing_moves_for_those_who_asked_for_calm(opens: Opens) -> None:
    page = settled(opens(a_running_board(), reduced_motion="reduce"))
    assert page.evaluate("document.getAnimations().length") == 0
    page = settled(opens(a_running_board()))
    assert page.evaluate("document.getAnimations().length") > 0


def test_every_picture_has_its_step_for_a_text_and_a_box_from_the_start(opens: Opens) -> None:
    page = opens(a_failed_board())
    for image in page.locator("img[data-take]").all():
        assert image.get_attribute("alt").startswith("Step ")  # type: ignore[union-attr]
        assert image.get_attribute("width")
        assert image.get_attribute("height")
