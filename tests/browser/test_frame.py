"""The page of one picture in a browser: its keys, its takes, and what can be done with them."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from generation import actions, dispatch
from generation.models import Gate, StyleRun
from generation.planning import Variation
from tests.browser.conftest import Opens
from tests.browser.test_access import RULES
from tests.making import a_project, a_run, a_style, an_engine, frame, make_all
from tests.processes import wait_for
from tests.storyboards.conftest import picture_bytes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

A_PICTURE: FilePayload = {"name": "mine.png", "mimeType": "image/png", "buffer": picture_bytes()}


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
    expect(page.locator("[data-fullscreen]:fullscreen")).to_have_count(1)
    page.keyboard.press("f")
    expect(page.locator(":fullscreen")).to_have_count(0)


# --- takes -----------------------------------------------------------------------------------------------------------


def test_another_take_is_shown_by_its_number_and_the_first_one_again(opens: Opens) -> None:
    run = a_made_run()
    actions.regenerate(frame(run, 1), run.project.owner)
    make_all()
    page = page_of(opens, run, 1)
    expect(page.locator(".take-chosen")).to_contain_text("Take 2")
    page.keyboard.press("1")
    expect(page.locator(".take-chosen")).to_contain_text("Take 1")
    page.keyboard.press("2")
    expect(page.locator(".take-chosen")).to_contain_text("Take 2")
    assert frame(run, 1).takes.count() == 2


def test_a_take_is_put_away_and_brought_back_without_leaving_the_page(opens: Opens) -> None:
    run = a_made_run()
    actions.regenerate(frame(run, 1), run.project.owner)
    make_all()
    page = page_of(opens, run, 1)
    page.evaluate("window.same = true")
    page.get_by_role("button", name="Put away: take 1").click()
    page.get_by_text("Put away (1)").click()
    page.get_by_role("button", name="Bring back: take 1").click()
    expect(page.locator("#takes > .takes-strip > .take")).to_have_count(2)
    expect(page.get_by_text("Put away (1)")).to_have_count(0)
    assert page.evaluate("window.same") is True


def test_candidates_appear_by_themselves_and_one_is_chosen_to_go_on(opens: Opens, work: Callable[[], None]) -> None:
    project = a_project("Saw the boards", "Nail the walls")
    slow = an_engine("slow", side=512, options={"seconds": 0.3})
    variation = Variation(candidates=2, gate=Gate.FRAME)
    run = actions.start(
        project, user=project.owner, styles=[a_style()], strategy="chained", engine=slow, variation=variation
    )[0]
    page = page_of(opens, run, 1)
    expect(page.locator(".candidates .take")).to_have_count(2)
    page.evaluate("window.same = true; scrollTo(0, 300)")
    page.locator("#own-picture > summary").focus()
    scrolled = page.evaluate("scrollY")
    work()
    expect(page.locator(".candidates img[data-take]")).to_have_count(2)
    expect(page.locator("#polite")).to_have_text("A new picture is here.")
    expect(page.locator("main")).to_contain_text("Waiting for approval")
    assert page.evaluate("document.activeElement.matches('#own-picture > summary')") is True
    assert page.evaluate("[window.same, scrollY]") == [True, scrolled]
    page.get_by_role("button", name="Choose and go on: candidate 2").click()
    expect(page.locator("#frame-main")).to_contain_text("Approved")
    wait_for(lambda: frame(run, 2).chosen_id, "the second picture")
    assert frame(run, 1).chosen == frame(run, 1).takes.latest("pk")


def test_several_are_asked_for_without_a_question(opens: Opens) -> None:
    run = a_made_run()
    page = page_of(opens, run, 2)
    page.get_by_role("button", name="Make, to choose from").click()
    expect(page.locator(".candidates .take")).to_have_count(3)
    expect(page.locator("#verb-candidates")).to_have_count(0)


def test_what_somebody_fills_in_stays_while_the_page_changes(opens: Opens) -> None:
    run = a_made_run()
    page = page_of(opens, run, 2)
    page.get_by_label("How many to choose from").select_option("7")
    page.get_by_text("Use a picture of your own").click()
    page.get_by_label("Picture", exact=True).set_input_files(A_PICTURE)
    actions.regenerate(frame(run, 1), run.project.owner)
    make_all()
    expect(page.locator("#frame-main")).to_contain_text("Stale")
    assert page.get_by_label("How many to choose from").input_value() == "7"
    page.get_by_role("button", name="Show it here").click()
    expect(page.locator(".take-chosen")).to_contain_text("own picture")


# --- a picture of one's own ------------------------------------------------------------------------------------------


def test_an_own_picture_is_shown_and_a_bad_file_explained(opens: Opens) -> None:
    run = a_made_run()
    page = page_of(opens, run, 1)
    page.get_by_text("Use a picture of your own").click()
    page.get_by_label("Picture", exact=True).set_input_files({**A_PICTURE, "buffer": b"Saw the boards"})
    page.get_by_role("button", name="Show it here").click()
    expect(page.locator("#messages")).to_contain_text("not a PNG, JPEG or WebP")
    page.get_by_label("Picture", exact=True).set_input_files(A_PICTURE)
    page.get_by_role("button", name="Show it here").click()
    expect(page.locator(".take-chosen")).to_contain_text("own picture")
    assert frame(run, 1).takes.count() == 2


def test_letters_in_a_field_are_no_keys(opens: Opens) -> None:
    run = a_made_run()
    page = page_of(opens, run, 1)
    page.get_by_label("How many to choose from").focus()
    for key in ("j", "r", "?"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert page.url.endswith(frame(run, 1).get_absolute_url())
    expect(page.get_by_role("dialog")).to_have_count(0)


# --- compare ---------------------------------------------------------------------------------------------------------


def seen(page: Page) -> str:
    """How much of the upper picture is seen."""
    return str(page.locator(".compare-over").evaluate("picture => getComputedStyle(picture).opacity"))


def test_one_picture_over_the_other_is_compared_by_keyboard(opens: Opens) -> None:
    page = page_of(opens, a_made_run(), 2)
    page.get_by_label("The shown picture with").select_option("step")
    page.get_by_label("One over the other").check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**?with=step&how=onion#compare")
    page.keyboard.press("o")
    slider = page.get_by_label("How much of the shown picture is seen")
    expect(slider).to_be_focused()
    page.keyboard.press("Home")
    assert seen(page) == "0"
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert seen(page) == "0.25"
    expect(slider).to_have_attribute("aria-valuetext", "25 percent of the shown picture")


def test_pictures_flicker_on_demand_and_never_by_themselves_for_those_who_asked_for_calm(opens: Opens) -> None:
    run = a_made_run()
    address = f"{frame(run, 2).get_absolute_url()}?with=step&how=onion"
    page = opens(address)
    flicker = page.get_by_role("button", name="Flicker")
    flicker.click()
    expect(flicker).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".compare-over")).to_have_css("opacity", "1")
    expect(page.locator(".compare-over")).to_have_css("opacity", "0")
    flicker.click()
    expect(flicker).to_have_attribute("aria-pressed", "false")
    calm = opens(address, reduced_motion="reduce")
    calm.get_by_role("button", name="Flicker").click()
    before = seen(calm)
    calm.wait_for_timeout(1500)
    assert (before, seen(calm)) == ("0", "0")
    calm.get_by_role("button", name="Flicker").click()
    assert seen(calm) == "1"


def test_without_javascript_both_pictures_stand_side_by_side(opens: Opens) -> None:
    run = a_made_run()
    page = opens(f"{frame(run, 2).get_absolute_url()}?with=step&how=onion", java_script_enabled=False)
    one, other = (page.locator(name).bounding_box() for name in (".compare-under", ".compare-over"))
    assert one is not None
    assert other is not None
    assert one["x"] + one["width"] <= other["x"]
    expect(page.locator("#onion")).to_be_hidden()


def test_nothing_moves_when_pictures_that_are_compared_arrive(opens: Opens) -> None:
    run = a_made_run()
    page = opens("")
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.shift += entry.value))
          .observe({ type: "layout-shift", buffered: true })"""
    )
    page.goto(f"{frame(run, 2).get_absolute_url()}?with=step&how=onion#compare")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shift") < 0.1


# --- for everybody ---------------------------------------------------------------------------------------------------


def a_page_of_twelve_takes() -> str:
    run = a_made_run()
    place, user = frame(run, 2), run.project.owner
    for count in (4, 5):
        actions.candidates(place, user, count=count)
        make_all()
    actions.put_away(place.takes.latest("pk"), user)
    actions.candidates(place, user, count=2)
    dispatch.claim()
    return f"{place.get_absolute_url()}?with=step&how=onion"


def a_locked_page() -> str:
    run = a_made_run()
    actions.lock(frame(run, 2), run.project.owner)
    actions.approve_frame(frame(run, 2), run.project.owner)
    return f"{frame(run, 2).get_absolute_url()}?with=step"


def unfold(page: Page) -> None:
    page.locator("details").evaluate_all("all => all.forEach(details => details.open = true)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page_of_it", [a_page_of_twelve_takes, a_locked_page])
def test_axe_finds_nothing(page_of_it: Callable[[], str], scheme: str, opens: Opens) -> None:
    page = opens(page_of_it(), color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_load_state("networkidle")
    unfold(page)
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    page.get_by_role("button", name="Keys", exact=True).click()
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_scrolls_sideways(width: int, opens: Opens) -> None:
    page = opens(a_page_of_twelve_takes(), width=width)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_controls_can_be_hit_with_a_finger(opens: Opens) -> None:
    page = opens(a_page_of_twelve_takes(), width=375, has_touch=True, is_mobile=True)
    controls = page.locator("main button, main a.button, main select, main input").locator("visible=true")
    small = controls.evaluate_all(
        "all => all.filter(e => !['radio', 'checkbox'].includes(e.type) && e.getBoundingClientRect().height < 43.5)"
        ".map(e => e.id)"
    )
    assert small == []
