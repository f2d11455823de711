"""Every page of the admin: it is there, for those who may, with a constant number of queries."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection, models
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation.models import Call, Event, EventStream, Export, Frame, StyleRun, Take, Worker
from storyboards.models import Picture, Project, ShareLink, Step, Style
from tests.admin_rows import a_superuser, fill

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
MACHINE = [StyleRun, Frame, Take, Call, Event, EventStream, Export, Worker, Picture]
SHOWN_OTHERWISE = {"snapshot": "snapshot_shown", "usage": "usage_shown", "payload": "payload_shown"} | {
    "prompt": "prompt_shown",
    "file": "file_name",
}
OURS = [model for model in MODELS if model._meta.app_label in ("storyboards", "generation")]


def address(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def newest(model: type[models.Model]) -> models.Model:
    row = model._default_manager.order_by("pk").last()
    assert row is not None, model
    return row


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(a_superuser())
    return client


@pytest.fixture
def clerk() -> Client:
    """Staff without any permission."""
    client = Client()
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    return client


def label(model: type[models.Model]) -> str:
    return model._meta.label


def count_queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_there_is_a_page_for_everything() -> None:
    assert {Project, Step, Style, ShareLink, *MACHINE, User} <= set(MODELS)


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_a_list_takes_as_many_queries_for_thirty_rows_as_for_three(model: Any, root: Client) -> None:
    fill(3)
    count_queries(root, address(model, "changelist"))  # content types are remembered after the first time
    few = count_queries(root, address(model, "changelist"))
    fill(27, start=3)
    many = count_queries(root, address(model, "changelist"))
    assert many == few
    assert many < 15


def pages_of(model: Any) -> Iterator[str]:
    row = newest(model)
    yield address(model, "changelist")
    yield address(model, "change", row.pk)
    yield address(model, "history", row.pk)
    request = RequestFactory().get("/")
    request.user = a_superuser()
    if admin.site._registry[model].has_add_permission(request):
        yield address(model, "add")
    if admin.site._registry[model].has_delete_permission(request):
        yield address(model, "delete", row.pk)


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_every_page_answers_a_superuser(model: Any, root: Client) -> None:
    fill(2)
    for page in pages_of(model):
        answer = root.get(page)
        assert answer.status_code == 200, page
        assert " style=" not in answer.content.decode(), page


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_pages_are_closed_to_staff_without_permission_and_to_others(model: Any, clerk: Client) -> None:
    fill(1)
    person = Client()
    person.force_login(User.objects.create_user("person"))
    for page in pages_of(model):
        assert clerk.get(page).status_code == 403, page
        for outsider in (person, Client()):
            answer = outsider.get(page)
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("admin:login")), page


@pytest.mark.parametrize("model", OURS, ids=label)
def test_every_filter_and_the_search_answer(model: Any, root: Client) -> None:
    fill(2)
    page = address(model, "changelist")
    changelist = root.get(page).context["cl"]
    for spec in changelist.filter_specs:
        for choice in spec.choices(changelist):
            assert root.get(page + choice["query_string"]).status_code == 200, choice
    if changelist.search_fields:
        assert root.get(page, {"q": "bird"}).status_code == 200
        assert root.get(page, {"q": "call-1"}).status_code == 200


@pytest.mark.parametrize("model", MACHINE, ids=label)
def test_what_the_machine_wrote_nobody_edits_and_everybody_sees_whole(model: Any, root: Client) -> None:
    fill(1)
    row = newest(model)
    before = model._default_manager.filter(pk=row.pk).values().get()
    assert root.get(address(model, "add")).status_code == 403
    assert root.post(address(model, "change", row.pk), {"status": "cancelled"}).status_code == 403
    assert root.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).values().get() == before
    page = root.get(address(model, "change", row.pk)).context["adminform"]
    shown = {name for fieldset in page for line in fieldset for name in line.fields}
    for field in model._meta.concrete_fields:
        assert SHOWN_OTHERWISE.get(field.name, field.name) in {*shown, "id"}, field.name


def test_the_first_page_needs_a_login_of_staff(clerk: Client) -> None:
    assert Client().get(reverse("admin:index")).status_code == 302
    assert clerk.get(reverse("admin:index")).status_code == 200


def test_links_lead_from_each_kind_of_row_to_the_next(root: Client) -> None:
    fill(1)
    call = Call.objects.filter(outcome="succeeded").get()
    take = call.take
    assert take is not None
    chain = [(Call, call), (Take, take), (Frame, take.frame), (StyleRun, take.run), (Project, take.run.project)]
    for (model, row), (other, neighbour) in pairwise(chain):
        assert address(other, "change", neighbour.pk) in root.get(address(model, "change", row.pk)).content.decode()
        assert (
            address(model, "change", row.pk) in root.get(address(other, "change", neighbour.pk)).content.decode()
            or model is Take
        )
    assert address(Picture, "change", take.original_id) in root.get(address(Take, "change", take.pk)).content.decode()
    for model, row in chain[1:]:
        board = f"/projects/{take.run.project_id}/" if model in (StyleRun, Project) else f"/frames/{take.frame_id}/"
        assert board in root.get(address(model, "change", row.pk)).content.decode()


@pytest.mark.parametrize("term", ["call", "take"])
def test_a_reference_finds_what_it_names(term: str, root: Client) -> None:
    fill(3)
    call = Call.objects.filter(outcome="refused").order_by("pk")[1]
    assert call.take is not None
    reference = f"{term}-{call.pk if term == 'call' else call.take.pk}"
    found = {
        Call: [call],
        Take: [call.take],
        Frame: [call.take.frame],
        StyleRun: [call.take.run],
    }
    for model, rows in found.items():
        assert list(root.get(address(model, "changelist"), {"q": reference}).context["cl"].queryset) == rows


def test_links_to_filtered_lists_are_allowed(root: Client) -> None:
    fill(2)
    project = Project.objects.order_by("pk")[0]
    run = project.runs.get()
    lists = [
        (StyleRun, {"project__id__exact": project.pk}, 1),
        (Frame, {"run__project__id__exact": project.pk}, 3),
        (Take, {"run__project__id__exact": project.pk}, 3),
        (Take, {"run__id__exact": run.pk}, 3),
        (Call, {"project__id__exact": project.pk}, 3),
        (Call, {"take__run__id__exact": run.pk}, 3),
        (Event, {"project__id__exact": project.pk}, 1),
    ]
    for model, query, count in lists:
        assert root.get(address(model, "changelist"), query).context["cl"].result_count == count


def test_thumbnails_are_for_staff_who_may_see_pictures(root: Client, clerk: Client) -> None:
    fill(1)
    picture = newest(Picture)
    small = reverse("admin:storyboards_picture_file", args=[picture.pk, "small"])
    whole = reverse("admin:storyboards_picture_file", args=[picture.pk, "whole"])
    assert root.get(small)["Content-Type"] != "image/png"
    assert root.get(whole)["Content-Type"] == "image/png"
    assert clerk.get(small).status_code == 403
    assert Client().get(small).status_code == 302
    assert small in root.get(address(Picture, "changelist")).content.decode()


def test_workers_say_whether_they_live(root: Client) -> None:
    fill(4)
    names = ["worker-1", "worker-2", "worker-3"]
    Worker.objects.filter(name=names[0]).update(draining=True)
    Worker.objects.filter(name=names[1]).update(heartbeat_at="2020-01-01T00:00Z")
    Worker.objects.filter(name=names[2]).update(stopped_at="2020-01-01T00:00Z")
    page = root.get(address(Worker, "changelist")).content.decode()
    for word in ("alive", "draining", "no sign of life", "stopped"):
        assert f">{word}</span>" in page
    lost = root.get(address(Worker, "changelist"), {"life": "lost"}).context["cl"].queryset
    assert [worker.name for worker in lost] == ["worker-2"]
