"""What the groups of staff may do, from the first migration on."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from generation.defaults import GROUPS, install_groups
from generation.models import Cap
from storyboards.models import Project
from tests.admin_rows import fill

pytestmark = pytest.mark.django_db
LISTS = ["storyboards_project", "storyboards_style", "generation_engine", "generation_take", "generation_call"]


def member(group: str) -> Client:
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("group", "seen"),
    [
        ("operator", LISTS),
        ("editor", ["storyboards_project", "storyboards_style", "generation_take"]),
        ("auditor", [*LISTS, "admin_logentry", "auth_user"]),
    ],
    ids=str,
)
def test_a_group_sees_its_lists_and_no_other(group: str, seen: list[str]) -> None:
    fill(1)
    client = member(group)
    for name in {*LISTS, "admin_logentry", "auth_user"}:
        expected = 200 if name in seen else 403
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == expected, name


def test_editors_write_operators_steer_auditors_look() -> None:
    fill(1)
    project = Project.objects.get()
    may = {group: User.objects.get(pk=member(group).session["_auth_user_id"]) for group in GROUPS}
    permissions = ["storyboards.change_project", "generation.change_stylerun", "generation.change_engine"]
    assert {name: [user.has_perm(each) for each in permissions] for name, user in may.items()} == {
        "operator": [False, True, False],
        "editor": [True, False, False],
        "finance": [False, False, False],
        "auditor": [False, False, False],
    }
    assert not Project.objects.editable_by(may["operator"]).filter(pk=project.pk).exists()


@pytest.mark.parametrize(("group", "model"), [("operator", "cap"), ("finance", "cap"), ("finance", "budget")])
def test_who_may_not_see_people_can_still_name_one_of_them(group: str, model: str) -> None:
    client = member(group)
    page = client.get(reverse(f"admin:generation_{model}_add")).content.decode()
    pk = User.objects.get(username=group).pk
    assert f'<option value="{pk}">{group}</option>' in page
    chief = User.objects.create_superuser("chief")
    client.force_login(chief)
    assert "admin-autocomplete" in client.get(reverse(f"admin:generation_{model}_add")).content.decode()


@pytest.mark.parametrize("group", ["operator", "finance"])
def test_a_cap_is_set_for_one_person(group: str) -> None:
    client = member(group)
    person = User.objects.create_user("ada")
    client.post(reverse("admin:generation_cap_add"), {"user": person.pk, "max_parallel": "2", "max_runs": ""})
    assert Cap.objects.get().user == person


def test_only_editors_write_characters() -> None:
    fill(1)
    address = reverse("admin:storyboards_project_change", args=[Project.objects.get().pk])
    pages = {group: member(group).get(address).content.decode() for group in GROUPS}
    writers = [group for group, page in pages.items() if 'name="characters-__prefix__-name"' in page]
    assert writers == ["editor"]


def test_what_staff_made_of_a_group_stays() -> None:
    group = Group.objects.get(name="operator")
    group.permissions.clear()
    install_groups()
    assert not group.permissions.exists()


def test_a_right_that_a_release_brings_reaches_the_groups_there_are_once() -> None:
    operators = Group.objects.get(name="operator").permissions
    operators.remove(Permission.objects.get(codename="add_switch"))
    Permission.objects.filter(codename="change_apitoken").delete()
    call_command("migrate", verbosity=0)
    brought = Permission.objects.get(codename="change_apitoken")
    assert operators.contains(brought)
    assert not operators.filter(codename="add_switch").exists(), "what staff took away stays away"
    operators.remove(brought)
    call_command("migrate", verbosity=0)
    assert not operators.contains(brought)
    assert not Group.objects.get(name="finance").permissions.contains(brought)
