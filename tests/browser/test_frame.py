"""The page of one picture in a browser: its keys, its takes, and what can be done with them."""

import pytest
from playwright.sync_api import Page, expect

from generation.models import StyleRun
from tests.browser.conftest import Opens
from tests.making import a_project, a_run, an_engine, frame, make_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def a_made_run(*texts: str) -> StyleRun:
    run = a_run(a_project(*(texts or ("Saw the boards", "Nail the walls", "Put on the roof"))), engine=an_engine())
    make_all()
    return run


def page_of(opens: Opens, run: StyleRun, position: int, **options: object) -> Page:
    page = opens(frame(run, position).get_absolute_url(), **options)
    expect(page.get_by_role("button", name="Keys", exact=True)).to_be_visible()  # the script is there
    return page


# --- keys ------------------------------------------------------------------------------------------------------------


def test_keys_go_from_step_to_step_and_ask_before_they_make_anything(opens: Opens) -> None:
    run = a_made_run()
    page = page_of(opens, run, 1)
    page.keyboard.press("j")
    page.wait_for_url(f"**{frame(run, 2).get_absolute_url()}")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**{frame(run, 3).get_absolute_url()}")
    page.keyboard.press("k")
    page.wait_for_url(f"**{frame(run, 2).get_absolute_url()}")
    page.keyboard.press("r")
    page.wait_for_url("**/regenerate/")
    assert run.takes.count() == 3


@pytest.mark.parametrize("pressed", ["Control+j", "Alt+j", "Meta+j", "Shift+J"])
def test_a_key_with_another_one_held_is_the_browsers(pressed: str, opens: Opens) -> None:
    run = a_made_run()
    page = page_of(opens, run, 1)
    page.keyboard.press(pressed)
    page.wait_for_timeout(300)
    assert page.url.endswith(frame(run, 1).get_absolute_url())


def test_the_list_of_keys_is_made_from_what_is_on_the_page(opens: Opens) -> None:
    page = page_of(opens, a_made_run(), 1)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys of this page")
    for words in ("Next step", "Regenerate this step", "Picture over the whole screen", "This list"):
        expect(dialog).to_contain_text(words)
    expect(dialog).not_to_contain_text("The step before")  # the first step has none
    page.keyboard.press("j")  # inside the list it is no key
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert page.url.endswith("/")


def test_keys_are_switched_off_and_on_again(opens: Opens) -> None:
    run = a_made_run()
    page = page_of(opens, run, 1)
    page.keyboard.press("?")
    page.get_by_label("Keys work on this site").uncheck()
    expect(page.get_by_role("status").filter(has_text="Keys are off.")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    page.reload()
    expect(page.get_by_role("button", name="Keys", exact=True)).to_be_visible()
    for key in ("?", "j", "r"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url.endswith(frame(run, 1).get_absolute_url())
    page.get_by_role("button", name="Keys", exact=True).click()
    page.get_by_label("Keys work on this site").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    page.wait_for_url(f"**{frame(run, 2).get_absolute_url()}")


def test_f_shows_the_picture_over_the_whole_screen(opens: Opens) -> None:
    page = page_of(opens, a_made_run(), 1)
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement?.matches('[data-fullscreen]')")
    page.keyboard.press("f")
    page.wait_for_function("!document.fullscreenElement")
