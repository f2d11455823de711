"""Who is looking: which share links a browser session or a socket has opened."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from storyboards.models import Character, Project, ShareLink, Step
from storyboards.models.projects import ProjectQuerySet

SESSION_KEY = "share_links"


def opened_shares(session: SessionBase | None) -> Sequence[int]:
    """Ids of the share links this session has opened; whether they still hold is asked with every query."""
    return session.get(SESSION_KEY, ()) if session is not None else ()


def remember_share(session: SessionBase, link: ShareLink) -> None:
    """Keep the newest fifty."""
    session[SESSION_KEY] = [*[pk for pk in opened_shares(session) if pk != link.pk][-49:], link.pk]


def visible_projects(request: HttpRequest) -> ProjectQuerySet:
    """The projects this request may see: the first line of every page that shows one."""
    return Project.objects.visible_to(request.user, opened_shares(request.session))


class PersonRequest(HttpRequest):
    """A request behind `login_required`: its user is a person."""

    user: User


def editable_project(request: HttpRequest, pk: int) -> Project:
    """One project this request may change, or 404: the first line of every page that changes one."""
    return get_object_or_404(Project.objects.editable_by(request.user), pk=pk)


def editable_step(request: HttpRequest, pk: int) -> Step:
    """One step, with its project, that this request may change, or 404."""
    steps = Step.objects.alive().filter(project__in=Project.objects.editable_by(request.user))
    return get_object_or_404(steps.select_related("project"), pk=pk)


def editable_character(request: HttpRequest, pk: int) -> Character:
    """One character, with its project, that this request may change, or 404."""
    characters = Character.objects.filter(project__in=Project.objects.editable_by(request.user))
    return get_object_or_404(characters.select_related("project", "sheet"), pk=pk)
