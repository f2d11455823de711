"""A project's numbered history, and the counters it is numbered by."""

from __future__ import annotations

from typing import TypedDict

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django_stubs_ext import WithAnnotations

from generation.admin.parts import MachineAdmin
from generation.models import Event, EventStream
from storyboards.admin.parts import as_json, count_of, link, list_link


@admin.register(Event)
class EventAdmin(MachineAdmin):
    related = ["project"]
    list_display = ["pk", "of_project", "number", "kind", "frame_count", "actor", "at"]
    list_filter = ["kind", "at"]
    search_fields = ["project__title", "kind", "actor"]
    date_hierarchy = "at"
    ordering = ["-pk"]
    readonly_fields = ["payload_shown"]
    fieldsets = [(None, {"fields": ["project", "number", "kind", "actor", "at", "payload_shown"]})]

    @admin.display(description="project", ordering="project__title")
    def of_project(self, event: Event) -> str:
        return link(event.project)

    @admin.display(description="frames")
    def frame_count(self, event: Event) -> int:
        return len(event.payload.get("frames", ()))

    @admin.display(description="payload")
    def payload_shown(self, event: Event) -> str:
        return as_json(event.payload)


class Kept(TypedDict):
    kept_count: int


@admin.register(EventStream)
class EventStreamAdmin(MachineAdmin):
    related = ["project"]
    list_display = ["__str__", "last_number", "kept"]
    search_fields = ["project__title", "project__owner__username"]
    ordering = ["-project"]
    readonly_fields = ["kept"]
    fieldsets = [(None, {"fields": ["project", "last_number", "kept"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventStream]:
        streams: QuerySet[EventStream] = super().get_queryset(request)
        return streams.annotate(kept_count=count_of(Event.objects.all(), "project"))

    @admin.display(description="events kept")
    def kept(self, stream: WithAnnotations[EventStream, Kept]) -> str:
        return list_link(Event, str(stream.kept_count), project__id__exact=stream.pk)
