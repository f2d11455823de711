"""Pictures and run states on pages that show projects.

{% load generation %}
{{ moment|clock }}
{{ token|scopes }}
{{ description|prose }} {{ description|marked }}
{% project_covers projects as covers %}          five queries for a whole page of projects
{% for project in projects %}
  {% project_cover covers project %}             up to four pictures side by side, and how far the newest run is
{% endfor %}
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template

from generation.pages import reference, wording
from generation.pages.covers import Cover, load_covers
from generation.pages.tokens import scopes_in_words
from storyboards.models import Project

register = template.Library()
register.filter("clock", wording.clock)
register.filter("scopes", scopes_in_words)
register.filter("prose", reference.prose)
register.filter("marked", reference.marked)


@register.simple_tag
def project_covers(projects: Iterable[Project]) -> dict[int, Cover]:
    """By project id, for `project_cover`."""
    return load_covers(list(projects))


@register.inclusion_tag("generation/_cover.html")
def project_cover(covers: Mapping[int, Cover], project: Project) -> dict[str, Any]:
    return {"project": project, "cover": covers.get(project.pk)}
