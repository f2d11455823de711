"""The board in a browser: pictures arrive, nothing moves, and nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from generation import actions
from generation.models import StyleRun, Take
from storyboards.models import Project, Step
from tests.browser.conftest import Opens
from tests.making import a_project, a_run, a_style, a_user, an_engine, frame, make_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

LONGEST = "x" * 300
TEXTS = ("Saw the boards", "Nail the walls", "Add a floor", "Put on the roof", "Hang it up", "A bird moves in")


def a_slow_run(texts: tuple[str, ...] = TEXTS, seconds: float = 0.3, **engine: Any) -> StyleRun:
    """Started, and nothing of it made yet."""
    slow = an_engine("slow", side=512, options={"seconds": seconds, **engine}, max_attempts=1)
    return a_run(a_project(*texts), engine=slow)


def board_of(run: StyleRun) -> str:
    return run.project.get_absolute_url()


def pictures(page: Page) -> Any:
    return page.locator("img[data-take]")


def test_pictures_arrive_without_a_reload_and_without_moving_anything(opens: Opens, work: Callable[[], None]) -> None:
    run = a_slow_run()
    page = opens(board_of(run))
    expect(page.locator("#chip")).to_have_text("Live")
    page.evaluate(
        """() => { window.same = true; window.shift = 0; scrollTo(0, 250);
        new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.shift += entry.value))
          .observe({ type: "layout-shift" }) }"""
    )
    page.locator(f"#frame-{frame(run, 3).pk}-open").evaluate("link => link.focus({ preventScroll: true })")
    work()
    expect(pictures(page)).to_have_count(6, timeout=30_000)
    expect(page.locator(f"#run-{run.pk}")).to_contain_text("6 of 6 done")
    assert page.evaluate("window.same") is True
    assert page.evaluate("scrollY") == 250
    assert page.evaluate("document.activeElement.id") == f"frame-{frame(run, 3).pk}-open"
    assert page.evaluate("window.shift") < 0.1
    assert page.title() == "Bird house · Throughline"


def test_generate_answers_at_once_and_a_second_click_does_nothing(opens: Opens) -> None:
    project = a_project(*TEXTS[:2])
    page = opens(project.get_absolute_url())
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/start/", hold)
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".frame .badge")).to_have_text(["Queued", "Queued"], timeout=100)
    page.get_by_role("button", name="Generate").click(force=True)
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(".run")).to_contain_text("Generating images: 0/2 (0%)")
    assert Take.objects.count() == 2


def test_without_javascript_everything_is_readable_and_the_forms_work(opens: Opens) -> None:
    run = a_slow_run(TEXTS[:3], seconds=0, refuse_words=["Nail"])
    make_all()
    page = opens(board_of(run), java_script_enabled=False)
    expect(pictures(page)).to_have_count(2)
    for words in (*TEXTS[:3], "2 of 3 done, 1 failed", "Ready", "Failed", "It cost nothing."):
        expect(page.locator("main")).to_contain_text(words)
    page.get_by_role("button", name="Retry 1 failed").click()
    expect(page.locator("#messages")).to_contain_text("Queued again.")
    expect(page.locator("main")).to_contain_text("Queued")


def test_two_tabs_show_the_same_and_others_have_names(opens: Opens, work: Callable[[], None]) -> None:
    run = a_slow_run(TEXTS[:3])
    a_user("root", is_superuser=True, is_staff=True)
    one, two = opens(board_of(run)), opens(board_of(run), user="root")
    expect(two.locator("#chip")).to_have_text("Live")
    one.get_by_role("button", name="Pause").click()
    expect(two.locator(".toast")).to_have_text("ada paused a run.")
    expect(two.locator(f"#run-{run.pk}")).to_contain_text("Paused")
    two.get_by_role("button", name="Resume").click()
    work()
    for page in (one, two):
        expect(page.locator(".frame .status, .frame .badge")).to_have_text(["Ready"] * 3, timeout=20_000)


def test_a_dropped_socket_comes_back_and_nothing_is_missed(opens: Opens) -> None:
    run = a_slow_run(TEXTS[:3], seconds=0)
    page = opens("")
    open_sockets: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        open_sockets.append(socket)

    page.route_web_socket("**/ws/**", through)
    page.goto(board_of(run))
    expect(page.locator("#chip")).to_have_text("Live")
    open_sockets[0].close(code=1011)
    make_all()
    expect(pictures(page)).to_have_count(3)
    expect(page.locator("#chip")).to_have_text("Live")
    assert len(open_sockets) == 2


def test_without_a_socket_the_page_looks_every_few_seconds(opens: Opens) -> None:
    run = a_slow_run(TEXTS[:3], seconds=0)
    page = opens("")
    page.route_web_socket("**/ws/**", lambda socket: socket.close(code=1011))
    page.goto(board_of(run))
    expect(page.locator("#chip")).to_have_text("Polling")
    make_all()
    expect(pictures(page)).to_have_count(3)


def test_a_board_that_is_taken_away_says_so_and_asks_no_more(opens: Opens) -> None:
    run = a_slow_run(TEXTS[:1])
    page = opens(board_of(run))
    expect(page.locator("#chip")).to_have_text("Live")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    Project.objects.filter(pk=run.project_id).update(owner=a_user("ben"))
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#chip")).to_have_text("Not available any more")
    before = len(asked)
    page.wait_for_timeout(4_000)
    assert len(asked) == before


def test_what_happened_is_told_to_those_who_listen(opens: Opens, work: Callable[[], None]) -> None:
    run = a_slow_run(TEXTS[:3], seconds=0.1, refuse_words=["Nail"])
    page = opens(board_of(run))
    expect(page.locator("#chip")).to_have_text("Live")
    work()
    expect(page.locator("#assertive")).to_have_text("Step 2 failed")
    expect(page.locator("#polite")).to_have_text("Steps 1 and 3 are ready. The run has ended.")


def test_a_failed_step_is_tried_again_without_leaving_the_page(opens: Opens, work: Callable[[], None]) -> None:
    run = a_slow_run(TEXTS[:3], seconds=0, fail_first=1)
    make_all()
    page = opens(board_of(run))
    page.evaluate("window.same = true")
    run.engine.options = {}
    run.engine.save()
    page.get_by_role("button", name="Retry step 2").click()
    expect(page.locator(f"#frame-{frame(run, 2).pk}")).to_contain_text("Queued")
    work()
    expect(pictures(page)).to_have_count(1)
    assert page.evaluate("window.same") is True


def test_a_refused_verb_is_explained_where_the_person_is(opens: Opens) -> None:
    run = a_slow_run(TEXTS[:1])
    page = opens(board_of(run))
    page.route("**/changes/**", lambda route: route.abort())
    actions.pause(run, run.project.owner)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#messages")).to_contain_text("Only a run that is being made can be paused.")


def test_another_take_is_chosen_and_its_followers_become_stale(opens: Opens) -> None:
    run = a_slow_run(TEXTS[:2], seconds=0)
    make_all()
    Step.objects.filter(position=1).update(title="A lamp on a table")
    actions.regenerate(frame(run, 1), run.project.owner)
    make_all()
    page = opens(frame(run, 1).get_absolute_url())
    board = opens(board_of(run))
    expect(board.locator(f"#frame-{frame(run, 2).pk}")).to_contain_text("Stale")
    page.get_by_role("button", name="Show this take").click()
    expect(page.locator(".take-chosen")).to_contain_text("Take 1")
    expect(board.locator(f"#frame-{frame(run, 2).pk}")).not_to_contain_text("Stale")


def test_three_styles_stand_side_by_side_and_the_view_is_in_the_address(opens: Opens) -> None:
    project = a_project(*TEXTS[:2])
    for style in ("illustration", "clear", "consistent"):
        a_run(project, style=style, engine=an_engine(side=128))
    make_all()
    page = opens(project.get_absolute_url())
    tops = (
        page.locator(".row").first.locator(".frame").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    )
    assert len(tops) == 3
    assert len(set(tops)) == 1
    page.get_by_role("link", name="Player").click()
    page.get_by_role("link", name="Next").click()
    assert page.url.endswith("?view=player&step=2")
    expect(page.locator(".row")).to_have_count(1)
    page.reload()
    expect(page.locator("main")).to_contain_text(TEXTS[1])


def test_starting_over_shows_the_new_series(opens: Opens) -> None:
    run = a_slow_run(TEXTS[:2], seconds=0)
    make_all()
    page = opens(board_of(run))
    page.get_by_text("Generate more").click()
    page.get_by_label("Start over").check()
    page.get_by_role("radio", name="slow").check()
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".run")).to_contain_text("Generating images: 0/2 (0%)")
    expect(page.get_by_text("Other runs (1)")).to_be_visible()
    assert a_style() == run.style


def test_the_player_turns_to_the_newest_picture_where_that_is_wanted(opens: Opens, work: Callable[[], None]) -> None:
    run = a_slow_run(TEXTS[:3])
    page = opens(f"{board_of(run)}?view=player")
    expect(page.locator("#chip")).to_have_text("Live")
    page.get_by_label("Show newest").check()
    work()
    expect(page.locator(".row")).to_contain_text(TEXTS[2], timeout=20_000)
    assert page.url.endswith("?view=player&step=3")


def test_any_script_and_any_length_is_readable(opens: Opens) -> None:
    project = a_project("סוף הסיפור 🎬", "終わり。" * 50, LONGEST)
    Step.objects.update(description="word " * 3000)
    page = opens(project.get_absolute_url(), width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator("h3").first.evaluate("title => getComputedStyle(title).direction") == "rtl"
