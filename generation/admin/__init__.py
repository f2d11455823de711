"""The admin of what the machine does: everything can be looked at, and every verb is an action."""

from django.contrib import admin

from generation.admin import calls, engines, events, frames, pictures, projects, runs, styles, takes, trail, workers

admin.site.site_header = admin.site.site_title = "Throughline"
admin.site.index_title = "Everything there is"

__all__ = [
    "calls",
    "engines",
    "events",
    "frames",
    "pictures",
    "projects",
    "runs",
    "styles",
    "takes",
    "trail",
    "workers",
]
