"""Pictures and states in a list of projects."""

import pytest
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext

from generation import actions
from generation.pages.covers import load_covers
from storyboards.models import Project
from tests.making import a_project, a_run, a_style, an_engine, make_all

TEMPLATE = Template(
    "{% load generation %}{% project_covers projects as covers %}"
    "{% for project in projects %}{% project_cover covers project %}{% endfor %}"
)


def render(*projects: Project) -> str:
    return TEMPLATE.render(Context({"projects": projects}))


@pytest.mark.django_db(transaction=True)
def test_a_project_shows_its_first_pictures_and_how_far_it_is() -> None:
    project = a_project("One", "Two", "Three", "Four", "Five")
    a_run(project)
    make_all()
    assert render(project).count("<img") == 4
    assert "5/5" in render(project)
    assert "Complete" in render(project)


@pytest.mark.django_db(transaction=True)
def test_while_a_new_series_has_no_picture_the_one_before_is_shown() -> None:
    project = a_project("One")
    a_run(project)
    make_all()
    actions.start(project, user=None, styles=[a_style()], strategy="chained", engine=an_engine(), fresh=True)
    cover = load_covers([project])[project.pk]
    assert (cover.done, cover.total, len(cover.pictures)) == (0, 1, 1)


@pytest.mark.django_db
def test_a_project_without_a_run_has_an_empty_cover() -> None:
    assert "cover-0" in render(a_project("One"))


@pytest.mark.django_db
def test_thirty_projects_read_as_often_as_three() -> None:
    projects = [a_project("One", "Two") for _ in range(30)]
    for project in projects:
        a_run(project)
    counts = []
    for some in (projects[:3], projects):
        with CaptureQueriesContext(connection) as captured:
            load_covers(some)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 5
