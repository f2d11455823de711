"""What a fresh installation can make pictures with, put in after every migration; existing rows are left as staff
made them."""

from functools import reduce
from operator import or_
from typing import Any

from django.apps import AppConfig
from django.apps import apps as registry
from django.apps.registry import Apps
from django.db.models import Q, Value
from django.db.models.functions import Concat

ENGINES: list[dict[str, Any]] = [
    {
        "slug": "sketch",
        "title": "Sketch (offline, free)",
        "provider": "sketch",
        "position": 10,
    },
    {
        "slug": "rehearsal",
        "title": "Rehearsal (3 s a picture)",
        "provider": "sketch",
        "options": {"seconds": 3},
        "position": 20,
    },
]


GROUPS: dict[str, list[str]] = {
    "operator": [r"^(storyboards|generation)\.view_", r"^generation\.change_stylerun$"],
    "editor": [
        r"^storyboards\.(view|add|change|delete)_(project|step|stepprompt|style)$",
        r"^storyboards\.(view_picture|view_sharelink|change_sharelink)$",
        r"^generation\.view_(stylerun|frame|take)$",
    ],
    "auditor": [r"^(storyboards|generation|admin|auth)\.view_"],
}
"""What staff may do, as patterns of permissions. Whoever may change runs may use every verb on pictures."""


def install_engines(sender: AppConfig, **_kwargs: object) -> None:
    """Receiver of `post_migrate`."""
    engines = sender.get_model("Engine")._default_manager
    for engine in ENGINES:
        engines.get_or_create(slug=engine["slug"], defaults=engine)


def install_groups(apps: Apps = registry, **_kwargs: object) -> None:
    """Receiver of the last `post_migrate`: permissions are made app by app, and all must be there.

    After a flush the signal comes without `apps`.
    """
    for name, patterns in GROUPS.items():
        group, created = apps.get_model("auth", "Group")._default_manager.get_or_create(name=name)
        if created:
            group.permissions.set(_permissions(apps, patterns))


def _permissions(apps: Apps, patterns: list[str]) -> Any:
    permissions = apps.get_model("auth", "Permission")._default_manager.annotate(
        full=Concat("content_type__app_label", Value("."), "codename")
    )
    return permissions.filter(reduce(or_, (Q(full__regex=pattern) for pattern in patterns)))
