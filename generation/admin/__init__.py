"""The admin of what the machine does: everything can be looked at, and every verb is an action."""

from django.contrib import admin

from generation.admin import (
    accounts,
    calls,
    caps,
    engines,
    events,
    frames,
    keys,
    loras,
    money,
    pictures,
    projects,
    runs,
    sessions,
    styles,
    switch,
    takes,
    tokens,
    trail,
    workers,
    workflows,
)

admin.site.site_header = admin.site.site_title = "Throughline"
admin.site.index_title = "Everything there is"

__all__ = [
    "accounts",
    "calls",
    "caps",
    "engines",
    "events",
    "frames",
    "keys",
    "loras",
    "money",
    "pictures",
    "projects",
    "runs",
    "sessions",
    "styles",
    "switch",
    "takes",
    "tokens",
    "trail",
    "workers",
    "workflows",
]
