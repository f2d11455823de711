"""Tokens in a browser: made, copied, reloaded, revoked; for everybody, in a narrow window and in the dark."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Error, Page, expect

from generation.models import ApiToken, Scope
from tests.browser.conftest import Opens
from tests.browser.test_access import LONG, RULES, settled
from tests.making import a_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def empty(opens: Opens, **options: object) -> Page:
    return opens("/tokens/", **options)


def with_tokens(opens: Opens, **options: object) -> Page:
    ada = a_user("ada", is_staff=True)
    ApiToken.objects.issue(ada, LONG + LONG[:20], list(Scope))
    used, _ = ApiToken.objects.issue(ada, "build server", [Scope.READ], timezone.now() + timedelta(days=30))
    used.note_use()
    ApiToken.objects.issue(ada, "laptop", [Scope.RUN])[0].revoke()
    ApiToken.objects.issue(ada, "last year’s", [Scope.RUN], timezone.now() - timedelta(days=30))
    page = opens("/tokens/", **options)
    page.locator("details summary").click()
    return page


def with_a_fresh_secret(opens: Opens, **options: object) -> Page:
    return made(opens("/tokens/", **options))


def with_errors(opens: Opens, **options: object) -> Page:
    page = opens("/tokens/", **options)
    page.get_by_label("Name").fill(" ")
    page.get_by_role("checkbox", name="Read").uncheck()
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    return page


def asking(opens: Opens, **options: object) -> Page:
    token, _ = ApiToken.objects.issue(a_user("ada"), LONG, [Scope.READ])
    return opens(f"/tokens/{token.pk}/revoke/", **options)


def made(page: Page, name: str = "laptop") -> Page:
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("heading", name=f"“{name}” is made")).to_be_visible()
    return page


STATES: list[Callable[..., Page]] = [empty, with_tokens, with_a_fresh_secret, with_errors, asking]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(state: Callable[..., Page], scheme: str, opens: Opens) -> None:
    page = settled(state(opens, color_scheme=scheme, reduced_motion="reduce"))
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize("state", STATES)
def test_nothing_scrolls_sideways(state: Callable[..., Page], width: int, opens: Opens) -> None:
    page = state(opens, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_controls_can_be_hit_with_a_finger(opens: Opens) -> None:
    page = with_a_fresh_secret(opens, width=375, has_touch=True, is_mobile=True)
    controls = page.locator("button, a.button, .site a, .choice").locator("visible=true")
    small = controls.evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.textContent.trim())"
    )
    assert small == []


def test_the_secret_and_the_line_are_copied(opens: Opens) -> None:
    page = with_a_fresh_secret(opens, permissions=["clipboard-read", "clipboard-write"])
    secret = page.get_by_label("The token", exact=True).input_value()
    page.get_by_role("button", name="Copy the token").click()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_role("button", name="Copy the line").click()
    line = page.evaluate("navigator.clipboard.readText()")
    assert line.startswith(f'curl -H "Authorization: Bearer {secret}" http')
    assert ApiToken.objects.from_secret(secret) is not None


def test_a_reload_makes_no_second_one_and_the_page_goes_on_working(opens: Opens) -> None:
    page = with_a_fresh_secret(opens)
    page.reload()
    expect(page.locator("#new .errorlist")).to_contain_text("This form was sent before")
    expect(page.locator("#issued")).to_have_count(0)
    assert ApiToken.objects.count() == 1
    made(page, "another")
    assert ApiToken.objects.count() == 2
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/**")


def test_going_back_does_not_show_the_secret_again(opens: Opens) -> None:
    page = with_a_fresh_secret(opens)
    page.get_by_role("link", name="Queue").click()
    page.wait_for_url("**/queue/")
    with pytest.raises(Error, match="ERR_CACHE_MISS"):  # people are asked whether to send the form again
        page.go_back()
    assert page.locator("#secret").count() == 0
    assert ApiToken.objects.count() == 1


def test_it_works_without_javascript_and_by_keyboard_is_revoked(opens: Opens) -> None:
    page = with_a_fresh_secret(opens, java_script_enabled=False)
    expect(page.get_by_label("The token", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_role("link", name="Revoke laptop").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Revoke it").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("“laptop” opens nothing any more.")
    assert ApiToken.objects.get().revoked_at is not None


def test_the_way_there_is_beside_the_name(opens: Opens) -> None:
    page = opens("/", width=375)
    page.get_by_role("link", name="Tokens").click()
    page.wait_for_url("**/tokens/")
    expect(page.get_by_role("link", name="Tokens")).to_have_attribute("aria-current", "page")
