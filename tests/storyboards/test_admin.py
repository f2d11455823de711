"""Authoring in the admin: steps in order, deletion as trash, pictures checked, and everybody told."""

import io
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from storyboards import signals
from storyboards.models import Project, ShareLink, Step, StepPrompt, Style
from tests.admin_rows import a_picture, a_project, a_style, a_superuser, picture_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(a_superuser())
    return client


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """Names of the signals that were sent."""
    names = ["step_changed", "steps_reordered", "project_changed", "project_deleted"]
    heard: list[str] = []
    receivers = {name: partial(hear, heard, name) for name in names}
    for name, receiver in receivers.items():
        getattr(signals, name).connect(receiver, weak=False)
    yield heard
    for name, receiver in receivers.items():
        getattr(signals, name).disconnect(receiver)


def hear(heard: list[str], name: str, **_arguments: object) -> None:
    heard.append(name)


def page_of(row: Any, page: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def project_fields(project: Project | None = None, steps: list[dict[str, Any]] | None = None, **changes: Any) -> Any:
    """What the form sends that shows this project; `steps` are the rows of its list."""
    if steps is None and project is not None:
        steps = [step_fields(step) for step in project.ordered_steps()]
    steps = steps or []
    fields: dict[str, Any] = {
        "title": "Bird house", "owner": a_superuser().pk, "description": "", "materials": "", "aspect_ratio": "1:1",
        "concept_prompt": "", "visibility": "private", "external_id": "",
        "steps-TOTAL_FORMS": len(steps), "steps-INITIAL_FORMS": sum("id" in step for step in steps),
        "runs-TOTAL_FORMS": 0, "runs-INITIAL_FORMS": 0,
        "characters-TOTAL_FORMS": 0, "characters-INITIAL_FORMS": 0,
    }  # fmt: skip
    for number, step in enumerate(steps):
        fields |= {f"steps-{number}-{name}": value for name, value in step.items()}
    return fields | changes


def step_fields(step: Step | None = None, **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"title": "", "description": "", "shot": "", "beat": "", "transition": "C", "seen": ""}
    if step is not None:
        fields |= {name: getattr(step, name) for name in ("title", "description", "shot", "beat", "transition")}
        fields |= {"id": step.pk, "project": step.project_id, "seen": step.version}
    return fields | changes


def titles(project: Project) -> list[tuple[int, str]]:
    return [(step.position, step.title) for step in project.ordered_steps()]


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- projects with their steps ---------------------------------------------------------------------------------------


def test_a_new_project_gets_its_steps_in_the_order_they_were_written(root: Client) -> None:
    steps = [step_fields(title=title) for title in ("cut", "nail", "paint")]
    answer = root.post(reverse("admin:storyboards_project_add"), project_fields(steps=steps))
    assert answer.status_code == 302
    assert titles(Project.objects.get()) == [(1, "cut"), (2, "nail"), (3, "paint")]


def test_a_new_step_goes_to_the_end_and_a_deleted_one_into_the_trash(root: Client, heard: list[str]) -> None:
    project = a_project()
    first, second, third = project.ordered_steps()
    rows = [step_fields(first, DELETE="on"), step_fields(second), step_fields(third), step_fields(title="Paint it")]
    assert root.post(page_of(project), project_fields(project, rows, title=project.title)).status_code == 302
    assert titles(project) == [(1, "Board 2"), (2, "Board 3"), (3, "Paint it")]
    first.refresh_from_db()
    assert first.deleted_at is not None
    assert heard.count("steps_reordered") == 1


def test_an_edited_step_counts_its_versions_and_only_it_is_told_of(root: Client, heard: list[str]) -> None:
    project = a_project()
    first, *others = project.ordered_steps()
    fields = project_fields(project, [step_fields(first, title="Saw"), *map(step_fields, others)])
    unchanged = {"title": project.title, "description": project.description, "owner": project.owner_id}
    assert root.post(page_of(project), fields | unchanged).status_code == 302
    first.refresh_from_db()
    assert (first.title, first.version, first.position) == ("Saw", 2, 1)
    assert {step.version for step in project.ordered_steps()[1:]} == {1}
    assert heard == ["step_changed"]


def test_a_page_left_open_does_not_undo_what_another_wrote(root: Client) -> None:
    project = a_project()
    fields = project_fields(project)
    Step.objects.filter(project=project, position=1).update(title="Written meanwhile", version=2)
    page = root.post(page_of(project), fields)
    assert page.status_code == 200
    assert "edited this step meanwhile" in page.content.decode()
    assert titles(project)[0] == (1, "Written meanwhile")


def test_a_project_has_at_most_so_many_steps(root: Client, settings: Any) -> None:
    rows = [step_fields(title=str(number)) for number in range(settings.MAX_STEPS + 1)]
    page = root.post(reverse("admin:storyboards_project_add"), project_fields(steps=rows))
    assert page.status_code == 200
    assert not Project.objects.exists()


def test_the_whole_list_of_five_hundred_steps_can_be_saved(root: Client, settings: Any) -> None:
    project = a_project(steps=0)
    Step.objects.bulk_create(Step(project=project, position=number) for number in range(1, settings.MAX_STEPS + 1))
    first, *others = project.ordered_steps()
    rows = [step_fields(first, title="Saw"), *(step_fields(step, DELETE="") for step in others)]
    assert root.post(page_of(project), project_fields(project, rows)).status_code == 302
    assert titles(project)[0] == (1, "Saw")


def test_an_untouched_project_sends_nothing(root: Client, heard: list[str]) -> None:
    project = a_project()
    unchanged = {"title": project.title, "description": project.description, "owner": project.owner_id}
    assert root.post(page_of(project), project_fields(project) | unchanged).status_code == 302
    assert heard == []


def test_what_another_wrote_into_other_columns_stays(root: Client, heard: list[str]) -> None:
    project = a_project()
    root.post(page_of(project), project_fields(project, title="Renamed"))
    project.refresh_from_db()
    assert (project.title, project.owner.username) == ("Renamed", "root")
    assert heard == ["project_changed"]


@pytest.mark.parametrize("way", ["one", "many"])
def test_deleting_a_project_puts_it_into_the_trash(way: str, root: Client, heard: list[str]) -> None:
    project = a_project()
    if way == "one":
        asked = root.get(page_of(project, "delete"))
        root.post(page_of(project, "delete"), {"post": "yes"})
    else:
        address = reverse("admin:storyboards_project_changelist")
        chosen = {"action": "delete_selected", "_selected_action": [project.pk]}
        asked = root.post(address, chosen)
        root.post(address, chosen | {"post": "yes"})
    assert "trash" in asked.content.decode()
    project.refresh_from_db()
    assert project.deleted_at is not None
    assert project.steps.count() == 3
    assert heard == ["project_deleted"]


def test_the_trash_is_shown_when_asked_for_and_cannot_be_edited(root: Client) -> None:
    project, kept = a_project(1), a_project(2)
    project.deleted_at = timezone.now()
    project.save()
    address = reverse("admin:storyboards_project_changelist")
    assert list(root.get(address).context["cl"].queryset) == [kept]
    assert list(root.get(address, {"trash": "only"}).context["cl"].queryset) == [project]
    assert root.get(address, {"trash": "all"}).context["cl"].result_count == 2
    assert root.post(page_of(project), project_fields(project)).status_code == 403
    assert root.post(page_of(project, "delete"), {"post": "yes"}).status_code == 403
    assert 'value="restore"' in root.get(page_of(project)).content.decode()


def test_a_project_comes_back_from_the_trash(root: Client, heard: list[str]) -> None:
    project = a_project()
    project.deleted_at = timezone.now()
    project.save()
    address = reverse("admin:storyboards_project_changelist") + "?trash=only"
    answer = root.post(address, {"action": "restore", "_selected_action": [project.pk]})
    project.refresh_from_db()
    assert project.deleted_at is None
    assert told(answer) == ["“Bird house 0” is back."]
    assert LogEntry.objects.get().get_change_message() == "Restored from the trash."
    assert heard == ["project_changed"]


def test_a_name_that_was_given_anew_keeps_a_project_in_the_trash(root: Client) -> None:
    project = a_project()
    Project.objects.filter(pk=project.pk).update(external_id="x-1", deleted_at=timezone.now())
    Project.objects.create(owner=project.owner, title="Another", external_id="x-1")
    address = reverse("admin:storyboards_project_changelist") + "?trash=only"
    answer = root.post(address, {"action": "restore", "_selected_action": [project.pk]})
    project.refresh_from_db()
    assert project.deleted_at is not None
    assert "“Bird house 0”" in told(answer)[0]


@pytest.mark.parametrize("words", ["house 1", "spruce 1", "Saw 1", "person-1"])
def test_projects_are_found_by_their_words_and_those_of_their_steps(words: str, root: Client) -> None:
    for number in (1, 2):
        project = a_project(number)
        project.steps.filter(position__lt=3).update(title=f"Saw {number}", description=f"spruce {number}")
    found = root.get(reverse("admin:storyboards_project_changelist"), {"q": words}).context["cl"]
    assert [project.title for project in found.queryset] == ["Bird house 1"]


# --- steps -----------------------------------------------------------------------------------------------------------


def prompt_fields(*rows: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "prompts-TOTAL_FORMS": len(rows),
        "prompts-INITIAL_FORMS": sum(bool(row.get("id")) for row in rows),
    }
    for number, row in enumerate(rows):
        fields |= {f"prompts-{number}-{name}": value for name, value in row.items()}
    return fields


def test_a_step_is_written_with_its_prompts(root: Client, heard: list[str]) -> None:
    project, style = a_project(), a_style()
    step = project.ordered_steps()[1]
    fields = step_fields(step, title="Saw", script_phrase="", dialogue="", duration="2.5")
    assert root.post(page_of(step), fields | prompt_fields({"style": style.pk, "text": "sawing"})).status_code == 302
    step.refresh_from_db()
    assert (step.title, step.position, step.version, str(step.duration)) == ("Saw", 2, 2, "2.50")
    assert StepPrompt.objects.get().text == "sawing"
    assert heard == ["step_changed"]


def test_a_step_added_on_its_own_page_goes_to_the_end(root: Client) -> None:
    project = a_project()
    fields = step_fields(title="Paint", script_phrase="", dialogue="", duration="", project=project.pk)
    assert root.post(reverse("admin:storyboards_step_add"), fields | prompt_fields()).status_code == 302
    assert titles(project)[-1] == (4, "Paint")


def test_deleting_a_step_closes_the_gap(root: Client, heard: list[str]) -> None:
    project = a_project()
    root.post(page_of(project.ordered_steps()[0], "delete"), {"post": "yes"})
    assert titles(project) == [(1, "Board 2"), (2, "Board 3")]
    assert project.steps.count() == 3
    assert heard == ["step_changed"]


# --- styles, pictures, share links -----------------------------------------------------------------------------------


def style_form(**changes: Any) -> dict[str, Any]:
    fields = {"slug": "ink", "title": "Ink", "position": 5, "look": "", "avoid": ""}
    fields |= dict.fromkeys(("first_template", "next_template", "cumulative_template"), "")
    return fields | {"default_engine-TOTAL_FORMS": 0, "default_engine-INITIAL_FORMS": 0} | changes


def upload(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("look.png", data, "image/png")


def test_a_style_gets_and_loses_its_reference_picture(root: Client) -> None:
    root.post(reverse("admin:storyboards_style_add"), style_form(reference_upload=upload(picture_bytes())))
    style = Style.objects.get(slug="ink")
    assert style.reference_picture is not None
    assert style.reference_picture.content_type == "image/webp"
    root.post(page_of(style), style_form())
    style.refresh_from_db()
    assert style.reference_picture is not None
    root.post(page_of(style), style_form(reference_remove="on"))
    style.refresh_from_db()
    assert style.reference_picture is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no picture", "not a PNG, JPEG or WebP"),
        (picture_bytes()[:80], "damaged"),
        (picture_bytes(kind="GIF"), "not a PNG"),
    ],
    ids=["text", "cut off", "gif"],
)
def test_what_is_no_picture_is_an_error_at_the_field(data: bytes, words: str, root: Client) -> None:
    page = root.post(reverse("admin:storyboards_style_add"), style_form(reference_upload=upload(data)))
    assert words in str(page.context["adminform"].form.errors["reference_upload"])
    assert not Style.objects.filter(slug="ink").exists()


def test_a_template_with_an_unknown_placeholder_is_an_error_at_the_field(root: Client) -> None:
    page = root.post(reverse("admin:storyboards_style_add"), style_form(next_template="$step and $nonsense"))
    assert "$nonsense" in str(page.context["adminform"].form.errors["next_template"])


def test_a_template_may_name_the_variables_of_its_style(root: Client) -> None:
    fields = style_form(variables="light = at dusk", next_template="$step, $light")
    assert root.post(reverse("admin:storyboards_style_add"), fields).status_code == 302
    fields = style_form(slug="wash", variables="step = at dusk")
    page = root.post(reverse("admin:storyboards_style_add"), fields)
    assert "has a meaning already" in str(page.context["adminform"].form.errors["variables"])


def test_placeholders_and_the_houses_templates_are_explained(root: Client) -> None:
    page = root.get(reverse("admin:storyboards_style_add")).content.decode()
    assert "<code>$materials</code>" in page
    assert "The attached picture before this one is the state so far." in page


def test_a_projects_characters_are_written_beside_it(root: Client, heard: list[str]) -> None:
    project = a_project()
    rows = {"characters-TOTAL_FORMS": 1, "characters-0-name": "Mira", "characters-0-look": "a girl"}
    fields = project_fields(project, variables="hero = Mira") | rows | {"characters-0-project": project.pk}
    assert root.post(page_of(project), fields).status_code == 302
    assert project.characters.get().look == "a girl"
    project.refresh_from_db()
    assert project.variables == "hero = Mira"
    assert "project_changed" in heard


def test_a_step_comes_back_from_the_trash(root: Client, heard: list[str]) -> None:
    project = a_project()
    step = project.ordered_steps()[0]
    root.post(page_of(step, "delete"), {"post": "yes"})
    address = f"{reverse('admin:storyboards_step_changelist')}?trash=only"
    root.post(address, {"action": "restore", "_selected_action": [step.pk]})
    assert titles(project) == [(1, "Board 1"), (2, "Board 2"), (3, "Board 3")]
    assert heard == ["step_changed", "step_changed"]


def test_a_share_links_secret_is_shown_to_nobody_and_it_can_be_revoked(root: Client) -> None:
    share = ShareLink.objects.create(project=a_project())
    address = reverse("admin:storyboards_sharelink_changelist")
    for page in (address, page_of(share)):
        shown = root.get(page).content.decode()
        assert share.nonce not in shown
        assert share.token() not in shown
    root.post(address, {"action": "revoke", "_selected_action": [share.pk]})
    share.refresh_from_db()
    assert share.revoked_at is not None


def test_thumbnails_of_the_trash_are_still_shown_to_staff(root: Client) -> None:
    picture = a_picture()
    Project.objects.create(
        owner=a_superuser(), title="Gone", concept_picture=picture, deleted_at=timezone.now()
    )  # fmt: skip
    small = root.get(reverse("admin:storyboards_picture_file", args=[picture.pk, "small"]))
    assert small.status_code == 200
    assert Image.open(io.BytesIO(small.content)).size == (64, 48)
