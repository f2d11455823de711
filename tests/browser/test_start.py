"""The form that has pictures made, in a browser: it offers what fits, and says what it costs before it is sent."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from generation.models import Engine, Price, StyleRun
from tests.browser.conftest import Opens
from tests.making import a_key, a_paid_engine, a_project, a_style

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

TEXTS = ("Saw the boards", "Nail the walls")


@pytest.fixture
def openai(transactional_db: None) -> int:
    """The id of the one engine with qualities, each at its price."""
    Engine.objects.filter(provider="openai").update(enabled=False)
    a_key(provider="openai", amount=1000)
    Price.objects.filter(provider="openai").delete()
    for quality, dollars in (("low", "0.01"), ("medium", "0.05"), ("high", "0.20")):
        Price.objects.create(provider="openai", quality=quality, per_picture=Decimal(dollars))
    return a_paid_engine("gpt", provider="openai", model="gpt-image-2").pk


def test_the_cost_follows_every_choice_and_nothing_is_started_by_looking(opens: Opens, openai: int) -> None:
    page = opens(a_project(*TEXTS).get_absolute_url())
    estimate = page.locator("#generate output")
    expect(estimate).to_have_text("2 pictures, free, time not known yet")
    page.get_by_text("More choices").click()
    expect(page.get_by_label("Quality")).to_be_hidden()  # sketch has none
    page.locator(f"input[name=engine][value='{openai}']").check()
    expect(estimate).to_have_text("2 pictures, about $0.10, time not known yet")
    page.get_by_label("Quality").select_option("high")
    expect(estimate).to_have_text("2 pictures, about $0.40, time not known yet")
    page.get_by_label("Pictures of each step").fill("3")
    expect(estimate).to_have_text("6 pictures, about $1.20, time not known yet")
    page.get_by_label("Wait for approval").select_option("frame")
    expect(page.locator("#forecast")).to_contain_text("After every picture it stops, and then it waits")
    page.get_by_label("Pictures of each step").fill("99")
    expect(page.locator("#forecast")).to_contain_text("1 to 8 pictures can be made")
    page.get_by_role("button", name="What would it cost?").click()
    expect(estimate).to_have_text("Nothing would start")
    assert not StyleRun.objects.exists()


def test_what_another_engine_does_not_know_is_neither_offered_nor_sent(opens: Opens, openai: int) -> None:
    page = opens(a_project(*TEXTS).get_absolute_url())
    page.get_by_text("More choices").click()
    page.locator(f"input[name=engine][value='{openai}']").check()
    page.get_by_label("Quality").select_option("low")
    page.get_by_label("Size").select_option("3072")
    page.get_by_role("radio", name="Rehearsal").check()
    expect(page.get_by_label("Quality")).to_be_hidden()
    expect(page.get_by_label("Size")).to_have_value("")
    expect(page.locator("#generate output")).to_have_text("2 pictures, free, time not known yet")
    expect(page.get_by_label("How many first pictures")).to_be_hidden()
    page.get_by_label("Wait for approval").select_option("first")
    expect(page.get_by_label("How many first pictures")).to_be_visible()
    page.get_by_role("radio", name="Cumulative").check()
    expect(page.get_by_label("Show the style again")).to_be_hidden()


def test_what_is_refused_is_said_and_what_was_chosen_stays(opens: Opens) -> None:
    page = opens(a_project(*TEXTS).get_absolute_url())
    page.get_by_text("More choices").click()
    page.get_by_label("At most … at once").fill("2")
    page.get_by_label("Pictures of each step").fill("9")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("#messages")).to_contain_text("1 to 8 pictures can be made")
    expect(page.get_by_label("At most … at once")).to_have_value("2")
    assert not StyleRun.objects.exists()
    page.get_by_label("Pictures of each step").fill("2")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".run")).to_contain_text("Generating images: 0/2 (0%)")
    run = StyleRun.objects.get()
    assert (run.candidates, run.max_parallel, run.style) == (2, 2, a_style("illustration"))


def test_without_a_script_the_page_says_it_too(opens: Opens, openai: int) -> None:
    project = a_project(*TEXTS)
    page = opens(project.get_absolute_url(), java_script_enabled=False, width=375)
    page.get_by_text("More choices").click()
    page.locator(f"input[name=engine][value='{openai}']").check()
    page.get_by_label("Quality").select_option("low")
    page.get_by_label("Pictures of each step").fill("4")
    page.get_by_role("button", name="What would it cost?").click()
    expect(page.locator("#generate output")).to_have_text("8 pictures, about $0.08, time not known yet")
    expect(page.get_by_label("Quality")).to_have_value("low")
    page.get_by_label("Pictures of each step").fill("0")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".field-wrong")).to_contain_text("1 to 8 pictures can be made")
    assert not StyleRun.objects.exists()
    page.get_by_label("Pictures of each step").fill("1")
    page.get_by_role("button", name="Generate").click()
    expect(page).to_have_url(f"{page.url.split('/projects')[0]}{project.get_absolute_url()}")
    assert StyleRun.objects.get().snapshot["overrides"] == {"quality": "low"}
