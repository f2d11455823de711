"""The API's documentation in a browser: for everybody, in a narrow window, in the dark and without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opens
from tests.browser.test_access import RULES, settled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
DOCS = "/api/v1/docs"


def unfolded(page: Page) -> Page:
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, opens: Opens) -> None:
    page = settled(unfolded(opens(DOCS, color_scheme=scheme, reduced_motion="reduce")))
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_nothing_scrolls_sideways(width: int, opens: Opens) -> None:
    page = unfolded(opens(DOCS, width=width))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_controls_can_be_hit_with_a_finger(opens: Opens) -> None:
    page = unfolded(opens(DOCS, width=375, has_touch=True, is_mobile=True))
    controls = page.locator("button, summary, .reference-nav a").locator("visible=true")
    small = controls.evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.textContent.trim())"
    )
    assert small == []


def test_it_is_read_by_anybody_without_javascript_and_by_keyboard(opens: Opens) -> None:
    page = opens(DOCS, user="", java_script_enabled=False, reduced_motion="reduce")  # where it scrolls at once
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    call = page.locator("#projects_create_project")
    expect(call.locator("pre").first).to_contain_text("Bird house")
    link = page.get_by_role("link", name="POST Make a project")
    link.focus()
    page.keyboard.press("Enter")
    expect(call).to_be_in_viewport()
    answer = call.get_by_text("Answer 201")
    answer.focus()
    page.keyboard.press("Enter")
    expect(call.get_by_text("created_at")).to_be_visible()


def test_an_example_is_copied(opens: Opens) -> None:
    page = opens(DOCS, permissions=["clipboard-read", "clipboard-write"])
    page.locator("#projects_list_projects").get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith('curl -H "Authorization: Bearer $TOKEN" ')
    assert copied.endswith("/api/v1/projects")
