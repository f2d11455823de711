"""The admin in a browser: its scripts work under the site's strict policy, which forbids inline script and style."""

import pytest
from playwright.sync_api import expect

from generation.models import RunStatus
from storyboards.models import Project, Style
from tests.browser.conftest import Opens
from tests.making import a_project, a_run, a_user, frame, make_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.fixture(autouse=True)
def root() -> None:
    a_user("root", is_staff=True, is_superuser=True)


def test_a_project_is_written_with_an_owner_found_by_name_and_steps_added_one_by_one(opens: Opens) -> None:
    a_user("grace")
    page = opens("/admin/storyboards/project/add/", user="root")
    page.fill("#id_title", "Kite")
    page.locator(".field-owner .select2-selection").click()
    page.locator(".select2-search__field").fill("grac")
    page.locator(".select2-results__option", has_text="grace").click()
    for number, title in enumerate(("Cut the sticks", "Tie the cross")):
        page.get_by_text("Add another Step").click()
        page.fill(f"#id_steps-{number}-title", title)
    page.locator("[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_contain_text("Kite")
    project = Project.objects.get(title="Kite")
    assert project.owner.get_username() == "grace"
    assert [step.title for step in project.ordered_steps()] == ["Cut the sticks", "Tie the cross"]


def test_thumbnails_are_shown(opens: Opens) -> None:
    a_run(a_project("Cut the sticks"))
    make_all()
    page = opens("/admin/storyboards/project/", user="root")
    picture = page.locator("#result_list img.thumb")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_all_rows_are_chosen_asked_about_and_cancelled(opens: Opens) -> None:
    runs = [a_run(a_project("Cut the sticks")), a_run(a_project("Tie the cross"))]
    page = opens("/admin/generation/stylerun/", user="root")
    page.check("#action-toggle")
    expect(page.locator(".action-counter")).to_have_text("2 of 2 selected")
    page.select_option("[name=action]", "cancel")
    page.click("button[name=index]")
    expect(page.locator("dl.facts")).to_contain_text("2 style runs")
    page.click("[name=confirmed]")
    expect(page.locator(".messagelist .success")).to_have_text("Cancel: done for 2 style runs.")
    for run in runs:
        run.refresh_from_db()
        assert run.status == RunStatus.CANCELLED


def test_a_button_on_a_frames_page_leads_back_to_it(opens: Opens) -> None:
    run = a_run(a_project("Cut the sticks"))
    make_all()
    page = opens(f"/admin/generation/frame/{frame(run, 1).pk}/change/", user="root")
    page.get_by_role("button", name="Regenerate this step").click()
    expect(page.locator("dl.facts")).to_contain_text("at most 1 picture")
    page.click("[name=confirmed]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert page.url.endswith(f"/admin/generation/frame/{frame(run, 1).pk}/change/")
    assert run.takes.count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_bursts_its_frame(scheme: str, opens: Opens) -> None:
    run = a_run(a_project("Cut the sticks", "Tie the cross"))
    make_all()
    style = Style.objects.get(slug="clear")
    page = opens("", user="root", color_scheme=scheme)
    for path in (
        "/admin/",
        f"/admin/storyboards/project/{run.project_id}/change/",
        f"/admin/storyboards/style/{style.pk}/change/",
        f"/admin/generation/stylerun/{run.pk}/change/",
        f"/admin/generation/frame/{frame(run, 1).pk}/change/",
        "/admin/generation/take/",
        "/admin/generation/call/",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path
