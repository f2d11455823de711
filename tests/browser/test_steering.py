"""A run is steered from its board: stopped, approved, repaired, written on, and taken back."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from generation import actions, frames, gates
from generation.models import Gate, StyleRun
from storyboards.models import Step, StepPrompt
from tests.browser.conftest import Opens
from tests.browser.test_access import RULES, settled
from tests.making import a_project, a_run, a_user, an_engine, frame, make_all
from tests.processes import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

TEXTS = ("Saw the boards", "Nail the walls", "Put on the roof")


def a_made_run(*texts: str) -> StyleRun:
    run = a_run(a_project(*(texts or TEXTS)), engine=an_engine(side=128))
    make_all()
    return run


def a_waiting_run() -> StyleRun:
    """It stops after every picture, and the first is made."""
    run = a_run(a_project(*TEXTS), engine=an_engine(side=128))
    StyleRun.objects.filter(pk=run.pk).update(gate=Gate.FRAME)
    run.refresh_from_db()
    gates.shut(run)
    frames.follow_frames(run)
    make_all()
    return run


def a_stale_run() -> StyleRun:
    run = a_made_run()
    Step.objects.filter(position=2).update(title="Nail the walls, twice")
    return run


def board_of(run: StyleRun) -> str:
    return run.project.get_absolute_url()


def live(page: Page) -> Page:
    expect(page.locator("#chip")).to_have_text("Live")
    return page


# --- approval --------------------------------------------------------------------------------------------------------


def test_a_run_that_waits_is_approved_and_everybody_sees_who_did_it(opens: Opens, work: Callable[[], None]) -> None:
    run = a_waiting_run()
    a_user("root", is_superuser=True, is_staff=True)
    one, two = live(opens(board_of(run))), live(opens(board_of(run), user="root"))
    assert one.title() == "(1/3, approve) Bird house · Throughline"
    expect(one.locator(f"#run-{run.pk}")).to_contain_text("approve step 1 to go on")
    expect(one.locator(f"#frame-{frame(run, 2).pk}")).to_contain_text("for approval of step 1")
    one.get_by_role("button", name="Approve step 1").click()
    expect(two.locator(".toast")).to_have_text("ada approved step 1, and the run goes on.")
    expect(one.locator(f"#frame-{frame(run, 1).pk}")).to_contain_text("Approved")
    work()
    expect(one.locator(f"#frame-{frame(run, 2).pk}")).to_contain_text("Waiting for approval", timeout=20_000)
    expect(two.locator(f"#run-{run.pk}")).to_contain_text("approve step 2 to go on")


def test_keys_move_open_approve_and_ask(opens: Opens) -> None:
    run = a_waiting_run()
    page = live(opens(board_of(run)))
    page.keyboard.press("j")
    expect(page.locator(f"#frame-{frame(run, 1).pk}-open")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(f"#frame-{frame(run, 2).pk}-open")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(page.locator(f"#frame-{frame(run, 1).pk}")).to_contain_text("Approved")
    page.keyboard.press("r")
    page.wait_for_url("**/regenerate/")
    assert frame(run, 1).takes.count() == 1  # it asks first


def test_what_people_seldom_do_with_a_run_stands_behind_more_and_stays_open(
    opens: Opens, work: Callable[[], None]
) -> None:
    run = a_waiting_run()
    page = live(opens(board_of(run)))
    heading = page.locator(f"#run-{run.pk}")
    expect(heading.locator(".button, button").filter(visible=True)).to_have_text(
        ["Pause", "Approve and go on", "Cancel…"]
    )
    heading.get_by_text("More").click()
    work()
    actions.approve(run, None)
    expect(heading).to_contain_text("approve step 2 to go on")
    expect(heading.get_by_role("button", name="To the front of my queue")).to_be_visible()
    expect(heading.get_by_role("link", name="Make all the rest")).to_be_visible()


def test_approving_by_mistake_is_undone(opens: Opens) -> None:
    run = a_waiting_run()
    page = live(opens(board_of(run)))
    page.get_by_role("button", name="Approve step 1").click()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_have_text("Undone.")
    assert not frame(run, 1).approved


def test_without_javascript_a_run_is_approved_and_that_is_undone(opens: Opens) -> None:
    run = a_waiting_run()
    page = opens(board_of(run), java_script_enabled=False)
    page.get_by_role("button", name="Approve step 1").click()
    page.locator("#messages").get_by_role("button", name="Undo").click()
    assert page.url.endswith(board_of(run))
    assert not frame(run, 1).approved


# --- repairs ---------------------------------------------------------------------------------------------------------


def test_a_changed_text_leads_to_the_plan_and_all_is_made_again(opens: Opens) -> None:
    run = a_stale_run()
    page = live(opens(board_of(run)))
    expect(page.locator(f"#run-{run.pk}")).to_contain_text("1 picture is stale.")
    page.get_by_role("link", name="Repair…").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text("from step 2, which is made anew")
    page.get_by_role("button", name="Make stale pictures again").click()
    expect(page.locator("#messages")).to_contain_text("Queued.")
    assert run.takes.count() == 5


def test_a_plan_on_a_telephone_has_its_buttons_in_sight(opens: Opens) -> None:
    page = opens(a_plan(), width=375)
    for button in page.locator("table .button").all():
        box = button.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 375
    region = page.get_by_role("region", name="Step by step")
    assert region.evaluate("region => region.scrollWidth <= region.clientWidth")


# --- writing on the board --------------------------------------------------------------------------------------------


def test_a_text_is_written_on_the_board_and_its_picture_becomes_stale(opens: Opens) -> None:
    run = a_made_run()
    page = live(opens(board_of(run)))
    page.locator(f"#edit-{frame(run, 2).step_id} summary").click()
    title = page.get_by_role("textbox", name="Title")
    expect(title).to_be_focused()
    title.press("End")
    title.press_sequentially(", twice")
    expect(page.locator(f"#frame-{frame(run, 2).pk}")).to_contain_text("Stale")
    expect(page.locator(f"#run-{run.pk}")).to_contain_text("Repair…")
    expect(title).to_be_focused()
    title.press_sequentially(" over")
    wait_for(lambda: Step.objects.filter(title="Nail the walls, twice over").exists() or None, "the text in its place")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    page.locator("h1").click()
    expect(page.locator(f"#frame-{frame(run, 2).pk}-name")).to_have_text("Nail the walls, twice over")
    expect(page.locator(f"#edit-{frame(run, 2).step_id}")).to_have_attribute("open", "")


def test_a_prompt_of_its_own_is_written_on_the_board_and_called_so(opens: Opens) -> None:
    run = a_made_run()
    page = live(opens(board_of(run)))
    page.locator(f"#edit-{frame(run, 2).step_id} summary").click()
    prompt = page.get_by_role("textbox", name=f"Own prompt in {run.style.title}")
    prompt.fill("Nails of brass,\nin two rows")
    prompt.blur()
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert [own.text for own in StepPrompt.objects.all()] == ["Nails of brass,\nin two rows"]


def test_pictures_to_choose_from_are_one_step_away(opens: Opens) -> None:
    run = a_made_run()
    actions.candidates(frame(run, 1), run.project.owner, count=2)
    make_all()
    page = opens(board_of(run))
    page.get_by_role("link", name="3 to choose from").click()
    expect(page).to_have_url(re.compile("#candidates$"))
    expect(page.locator("#candidates-name")).to_be_in_viewport()


def test_tools_of_a_picture_show_themselves_to_mouse_keyboard_and_finger(opens: Opens) -> None:
    run = a_made_run()
    page = opens(board_of(run), reduced_motion="reduce")
    tools = page.locator(f"#frame-{frame(run, 2).pk} .quiet")
    expect(tools).to_have_css("opacity", "0")
    page.locator(f"#frame-{frame(run, 2).pk}").hover()
    expect(tools).to_have_css("opacity", "1")
    page.mouse.move(0, 0)
    expect(tools).to_have_css("opacity", "0")
    page.locator(f"#frame-{frame(run, 2).pk}-open").focus()
    expect(tools).to_have_css("opacity", "1")
    page.keyboard.press("a")
    expect(page.locator(f"#frame-{frame(run, 2).pk}")).to_contain_text("Approved")
    telephone = opens(board_of(run), width=375, has_touch=True, is_mobile=True)
    expect(telephone.locator(f"#frame-{frame(run, 1).pk} .quiet")).to_have_css("opacity", "1")


def test_others_changes_arrive_without_taking_what_is_being_typed(opens: Opens) -> None:
    run = a_made_run()
    page = live(opens(board_of(run)))
    page.locator(f"#edit-{frame(run, 2).step_id} summary").click()
    text = page.get_by_role("textbox", name="Description")
    text.focus()
    page.route("**/save/", lambda route: route.abort())
    text.press_sequentially("With nails of brass")
    actions.lock(frame(run, 1), run.project.owner)
    expect(page.locator(f"#frame-{frame(run, 1).pk}")).to_contain_text("Locked")
    expect(text).to_have_value("With nails of brass")
    expect(text).to_be_focused()


def test_steps_are_moved_in_the_list(opens: Opens) -> None:
    run = a_made_run()
    page = live(opens(f"{board_of(run)}?view=list"))
    page.get_by_role("button", name="Move step 3 up").click()
    expect(page.locator(".row h3")).to_have_text([TEXTS[0], TEXTS[2], TEXTS[1]])
    expect(page.locator(".toast")).to_have_text("Moved up.")
    expect(page.locator(f"#run-{run.pk}")).to_contain_text("The order is another one")


def test_steps_are_dragged_in_the_list(opens: Opens) -> None:
    run = a_made_run()
    page = live(opens(f"{board_of(run)}?view=list"))
    page.set_viewport_size({"width": 1280, "height": 2400})
    handle = page.locator("[data-drag]").nth(2)
    handle.hover()
    page.mouse.down()
    first = page.locator(".row").first.bounding_box()
    assert first is not None
    page.mouse.move(first["x"] + 40, first["y"] + 5, steps=5)
    page.mouse.up()
    expect(page.locator(".row h3")).to_have_text([TEXTS[2], TEXTS[0], TEXTS[1]])
    expect(page.locator(".toast")).to_have_text("Moved to place 1.")
    expect(page.locator("[data-drag]").first).to_be_visible()
    assert list(run.project.steps.values_list("title", flat=True)) == [TEXTS[2], TEXTS[0], TEXTS[1]]


# --- the end ---------------------------------------------------------------------------------------------------------


def test_the_tab_tells_that_a_run_has_ended_until_somebody_looks(opens: Opens) -> None:
    run = a_run(a_project(*TEXTS[:1]), engine=an_engine(side=128))
    page = live(opens(board_of(run)))
    assert page.title().startswith("(0/1)")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => window.away, configurable: true }); window.away = true"
    )
    make_all()
    expect(page).to_have_title("(ended) Bird house · Throughline")
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    assert page.title() == "Bird house · Throughline"


# --- for everybody ---------------------------------------------------------------------------------------------------


def a_waiting_board() -> str:
    return board_of(a_waiting_run())


def a_list_with_an_open_text() -> str:
    return f"{board_of(a_stale_run())}?view=list"


def a_plan() -> str:
    return reverse("run_repair", args=[a_stale_run().pk])


def a_question_with_a_form() -> str:
    return reverse("frame_verb", args=[frame(a_made_run(), 1).pk, "candidates"])


def a_page_of_exports() -> str:
    return reverse("exports", args=[a_made_run().project_id])


PAGES = [a_waiting_board, a_list_with_an_open_text, a_plan, a_question_with_a_form, a_page_of_exports]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page_of", PAGES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(page_of: Callable[[], str], scheme: str, opens: Opens) -> None:
    page = settled(opens(page_of(), color_scheme=scheme, reduced_motion="reduce", width=320))
    for summary in page.locator("details[data-edit] summary").all()[:1]:
        summary.click()
        expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
