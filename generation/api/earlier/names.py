"""What programs call a project: the name they gave it, which may hold anything that a path may."""

from django.contrib.auth.models import User

from storyboards.editing import is_text
from storyboards.models import Project


def own_named(user: User, name: str) -> Project | None:
    """This person's project of that name."""
    return _longest(user, {name})


def own_at(user: User, address: str) -> Project | None:
    """This person's project of that name, as the end of an address: many programs put a slash behind it."""
    return _longest(user, {address, address.removesuffix("/")})


def found_at(user: User, address: str) -> Project | None:
    """The same, or the project of that number where this person may see it."""
    return own_at(user, address) or _numbered(user, address.removesuffix("/"))


def _longest(user: User, names: set[str]) -> Project | None:
    stored = [name for name in names if name and is_text(name)]
    found = Project.objects.owned_by(user).filter(external_id__in=stored)
    return max(found, key=lambda project: len(project.external_id), default=None)


def _numbered(user: User, name: str) -> Project | None:
    if not (name.isascii() and name.isdigit() and len(name) < 19):
        return None
    return Project.objects.visible_to(user).filter(pk=int(name)).first()
