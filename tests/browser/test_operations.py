"""Operations, engines, money and the emergency switch in a browser."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from generation import actions
from generation.models import Account, Budget, Call, Limit, Outcome, Price, StyleRun, Switch, Worker
from tests.browser.conftest import Opens
from tests.browser.test_access import RULES, settled
from tests.making import a_key, a_named_key, a_paid_engine, a_project, a_run, a_user, an_engine, make_all, newest_take

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def the_chief() -> None:
    a_user("chief", is_staff=True, is_superuser=True)


def a_paid_run() -> StyleRun:
    """Started, in a window in which one more call is allowed."""
    Price.objects.filter(provider="gemini").delete()
    Price.objects.create(provider="gemini", per_picture=Decimal("0.067"))
    a_key(amount=1)
    return a_run(a_project("Saw the boards", "Nail the walls"), engine=a_paid_engine())


def trouble() -> None:
    """Something in every part of the dashboard."""
    run = a_paid_run()
    a_run(a_project("Another"), engine=run.engine)
    StyleRun.objects.filter(pk=run.pk).update(hold="budget", hold_reason="The budget of $1 for everybody is used up.")
    account = Account.objects.get()
    Limit.objects.create(
        account=account, amount=250, seconds=86400, midnight="America/Los_Angeles", cooling_reason="quota exceeded",
        cooling_until=timezone.now() + timedelta(minutes=3),
    )  # fmt: skip
    a_named_key("spent", "gemini", account="Another account", enabled=False, disabled_reason="API key expired")
    Account.objects.filter(name="Another account").update(stopped_reason="no credit left")
    Budget.objects.create(period="day", amount=5)
    Worker.objects.create(name="host-17", threads=8, heartbeat_at=timezone.now() + timedelta(minutes=5), draining=True)
    a_call(account, error_code="refused", outcome=Outcome.REFUSED, cost=Decimal(0))
    a_call(account, cost=Decimal("0.07"))


def a_call(account: Account, **fields: object) -> None:
    made = {"outcome": Outcome.SUCCEEDED, "sent_at": timezone.now(), "finished_at": timezone.now()} | fields
    Call.objects.create(
        account=account, provider="gemini", project_title="Bird house", step_number=1, attempt=1, fence=1, **made
    )


def quiet_operations() -> str:
    return "/operations/"


def troubled_operations() -> str:
    trouble()
    return "/operations/"


def stopped_operations() -> str:
    trouble()
    actions.throw_switch("", user=None, reason="x" * 300)
    actions.throw_switch("openai", user=a_user("chief"))
    return "/operations/"


def engines() -> str:
    a_paid_engine(fallback=an_engine())
    an_engine("off", enabled=False)
    a_named_key("spent", "gemini", enabled=False, disabled_reason="y" * 200)
    return "/engines/"


def a_form_with_an_engine_that_lacks_a_key() -> str:
    a_paid_engine("Made of everything " * 5)
    return a_project("Saw the boards").get_absolute_url()


def a_paid_board() -> str:
    return a_paid_run().project.get_absolute_url()


def a_stopped_board() -> str:
    run = a_paid_run()
    actions.throw_switch("", user=a_user("chief"), reason="The bill looks wrong")
    return run.project.get_absolute_url()


def a_held_board() -> str:
    run = a_paid_run()
    StyleRun.objects.filter(pk=run.pk).update(hold="no_key", hold_reason="No key is accepted now.")
    return run.project.get_absolute_url()


def an_explanation() -> str:
    run = a_run(a_project("Saw the boards", "Nail the walls"))
    make_all()
    key = a_named_key("north")
    newest_take(run, 2).calls.update(key=key, account=key.account, remote_id="j" * 120, usage={"image_out": 1290})
    return f"/takes/{newest_take(run, 2).pk}/explain/"


def an_explained_failure() -> str:
    run = a_run(a_project("Saw the boards"), engine=an_engine(options={"refuse_words": ["Saw"]}))
    make_all()
    return f"/takes/{newest_take(run, 1).pk}/explain/"


def the_admin_while_calls_are_paused() -> str:
    actions.throw_switch("", user=None, reason="The bill looks wrong")
    return "/admin/"


PAGES = [
    quiet_operations, troubled_operations, stopped_operations, engines, a_form_with_an_engine_that_lacks_a_key,
    a_paid_board, a_stopped_board, a_held_board, an_explanation, an_explained_failure,
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page_of", PAGES)
def test_axe_finds_nothing(page_of: Callable[[], str], scheme: str, opens: Opens) -> None:
    the_chief()
    page = settled(opens(page_of(), user="chief", color_scheme=scheme, reduced_motion="reduce"))
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("page_of", [*PAGES, the_admin_while_calls_are_paused])
def test_nothing_scrolls_sideways(page_of: Callable[[], str], width: int, opens: Opens) -> None:
    the_chief()
    page = opens(page_of(), user="chief", width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_figures_renew_themselves_and_leave_what_somebody_writes_alone(opens: Opens) -> None:
    the_chief()
    page = opens("/operations/", user="chief")
    page.evaluate("window.same = true")
    page.get_by_label("Why").fill("half a rea")
    page.locator("h1").click()
    trouble()
    expect(page.locator("#accounts")).to_contain_text("cooling until", timeout=10_000)
    expect(page.locator("#accounts")).to_contain_text("min)")
    expect(page.locator("#held")).to_contain_text("is used up")
    expect(page.get_by_label("Why")).to_have_value("half a rea")
    assert page.evaluate("window.same") is True


def test_what_has_not_changed_is_not_replaced(opens: Opens) -> None:
    the_chief()
    page = opens("/operations/", user="chief")
    page.evaluate("document.getElementById('failing').kept = true")
    with page.expect_response("**/operations/", timeout=10_000):
        pass
    expect(page.locator("#as-of time")).to_be_visible()
    assert page.evaluate("document.getElementById('failing').kept") is True


def test_the_switch_works_without_javascript_and_everybody_reads_why(opens: Opens) -> None:
    the_chief()
    run = a_paid_run()
    page = opens("/operations/", user="chief", java_script_enabled=False)
    page.get_by_label("Why").fill("The bill looks wrong")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#messages")).to_contain_text("Paused.")
    ada = opens(run.project.get_absolute_url())
    expect(ada.locator(".stops")).to_contain_text("All paid calls are paused by chief since")
    expect(ada.locator(f"#run-{run.pk}")).to_contain_text("The bill looks wrong")
    expect(ada.get_by_role("button", name="Allow again")).to_have_count(0)
    page.goto("/queue/")
    page.get_by_role("button", name="Allow again").click()
    expect(page.locator("#messages")).to_contain_text("Allowed again.")
    assert page.url.endswith("/queue/")
    assert not Switch.objects.exists()


def test_an_open_board_hears_of_the_switch(opens: Opens) -> None:
    run = a_paid_run()
    page = opens(run.project.get_absolute_url())
    expect(page.locator("#chip")).to_have_text("Live")
    actions.throw_switch("gemini", user=a_user("chief"), reason="")
    expect(page.locator(f"#run-{run.pk}")).to_contain_text("Calls of gemini are paused by chief since")
    expect(page.locator(".frame .badge").first).to_have_text("On hold")
    actions.release_switch("gemini", user=a_user("chief"))
    expect(page.locator(f"#run-{run.pk}")).not_to_contain_text("paused")


def test_the_estimate_follows_what_is_ticked(opens: Opens) -> None:
    a_key()
    Price.objects.filter(provider="gemini").delete()
    Price.objects.create(provider="gemini", per_picture=Decimal("0.067"))
    paid = a_paid_engine()
    unready = a_paid_engine("gpt", provider="openai", model="gpt-image-2")
    page = opens(a_project("Saw the boards", "Nail the walls").get_absolute_url())
    estimate = page.locator("#generate output")
    expect(estimate).to_have_text("2 pictures, free, time not known yet")
    page.locator(f"input[name=engine][value='{paid.pk}']").check()
    expect(estimate).to_have_text("2 pictures, about $0.13, time not known yet")
    page.get_by_role("checkbox", name="Comic").check()
    expect(estimate).to_have_text("4 pictures, about $0.27, time not known yet")
    expect(page.locator(f"input[name=engine][value='{unready.pk}']")).to_be_disabled()
    page.get_by_text("that cannot be used yet").click()
    expect(page.get_by_text("No key for openai has been entered yet.").first).to_be_visible()


def test_the_prompt_is_copied(opens: Opens) -> None:
    page = opens(an_explanation(), permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "Nail the walls" in page.evaluate("navigator.clipboard.readText()")
