"""Staff look at what a style's templates come to before they save them."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from storyboards.models import Style
from tests.admin_rows import a_superuser
from tests.making import a_project, a_style, a_user

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def values(**fields: Any) -> dict[str, Any]:
    usual = {"title": "Ink", "slug": "ink", "look": "black ink", "avoid": "colour", "variables": "", "position": 5}
    return usual | {f"{kind}_template": "" for kind in ("first", "next", "cumulative")} | fields


def preview(client: Client, style: Style | None = None, **fields: Any) -> Any:
    name = "admin:generation_style_preview" if style else "admin:generation_style_preview_new"
    return client.post(reverse(name, args=[style.pk] if style else []), values(**fields))


def test_the_values_in_the_form_become_prompts_and_are_not_stored() -> None:
    style = a_style()
    before = Style.objects.filter(pk=style.pk).values().get()
    shown = preview(client_of(a_superuser()), style, look="black ink", first_template="Draw $step in $look")
    page = shown.content.decode()
    assert [one.kind for one in shown.context["assembled"]] == ["First", "Next", "Cumulative"]
    assert "Draw Mia saws two wooden boards on a workbench. in black ink" in page
    assert "Start from exactly what it shows" in page
    assert "Not done yet, so not to be seen: Paint it." in page
    assert "a girl of ten in a blue apron" in page
    assert Style.objects.filter(pk=style.pk).values().get() == before


def test_a_new_style_is_previewed_before_it_exists_with_variables_of_its_own() -> None:
    fields: dict[str, Any] = {"variables": "light = <dusk>", "next_template": "$step by $light"}
    page = preview(client_of(a_superuser()), **fields).content.decode()
    assert "by &lt;dusk&gt;" in page
    assert not Style.objects.filter(slug="ink").exists()


def test_unknown_placeholders_are_named_and_nothing_is_assembled() -> None:
    shown = preview(client_of(a_superuser()), next_template="$step and $nonsense")
    assert "$nonsense" in shown.content.decode()
    assert shown.context["assembled"] == []


def test_a_project_may_stand_in_for_the_sample() -> None:
    project = a_project("a table", "a $hero", variables="hero = cat")
    page = preview(client_of(a_superuser()), a_style(), preview_of=project.pk).content.decode()
    assert f"first steps of “{project}”" in page
    assert "a cat" in page
    assert "Mia" not in page
    empty = a_project(title="Empty")
    assert "has no steps yet" in preview(client_of(a_superuser()), preview_of=empty.pk).content.decode()
    missing = preview(client_of(a_superuser()), preview_of=999).content.decode()
    assert "There is no such project" in missing


def test_a_project_that_one_may_not_see_is_not_shown() -> None:
    clerk = a_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["change_style", "view_style"]))
    secret = a_project("a secret table", owner=a_user("ben"))
    page = preview(client_of(User.objects.get(pk=clerk.pk)), a_style(), preview_of=secret.pk).content.decode()
    assert "a secret table" not in page
    assert "There is no such project" in page


def test_those_who_may_not_edit_styles_have_no_preview() -> None:
    clerk = a_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_style"))
    client = client_of(User.objects.get(pk=clerk.pk))
    assert preview(client, a_style()).status_code == 403
    assert preview(client).status_code == 403
    page = client.get(reverse("admin:storyboards_style_change", args=[a_style().pk])).content.decode()
    assert "Preview" not in page


def test_the_form_offers_it_and_looking_by_address_alone_does_nothing() -> None:
    client = client_of(a_superuser())
    address = reverse("admin:generation_style_preview", args=[a_style().pk])
    page = client.get(reverse("admin:storyboards_style_change", args=[a_style().pk])).content.decode()
    assert f'formaction="{address}"' in page
    assert client.get(address).status_code == 405
    assert (
        reverse("admin:generation_style_preview_new")
        in client.get(reverse("admin:storyboards_style_add")).content.decode()
    )
