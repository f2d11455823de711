"""Who is looking: which share links a browser session or a socket has opened."""

from collections.abc import Sequence

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from storyboards.models import Project, ShareLink
from storyboards.models.projects import ProjectQuerySet

SESSION_KEY = "share_links"


def opened_shares(session: SessionBase | None) -> Sequence[int]:
    """Ids of the share links this session has opened; whether they still hold is asked with every query."""
    return session.get(SESSION_KEY, ()) if session is not None else ()


def remember_share(session: SessionBase, link: ShareLink) -> None:
    """Keep the newest fifty."""
    session[SESSION_KEY] = [pk for pk in opened_shares(session) if pk != link.pk][-49:] + [link.pk]


def visible_projects(request: HttpRequest) -> ProjectQuerySet:
    """The projects this request may see: the first line of every page that shows one."""
    return Project.objects.visible_to(request.user, opened_shares(request.session))
