"""What programs call a project: the name they gave it, which may hold anything that a path may."""

from django.contrib.auth.models import User

from storyboards.models import Project


def own_named(user: User, name: str) -> Project | None:
    """This person's project of that name."""
    if not name or "\0" in name:
        return None
    return Project.objects.owned_by(user).filter(external_id=name).first()


def named(user: User, name: str) -> Project | None:
    """The same, or the project of that number where this person may see it."""
    return own_named(user, name) or _numbered(user, name)


def _numbered(user: User, name: str) -> Project | None:
    if not (name.isascii() and name.isdigit() and len(name) < 19):
        return None
    return Project.objects.visible_to(user).filter(pk=int(name)).first()
