"""Engines: what pictures are made by, and what keeps them from it now."""

from __future__ import annotations

from typing import Any, TypedDict

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django_stubs_ext import WithAnnotations

from generation import dispatch
from generation.admin.parts import ProviderFilter
from generation.models import Engine, Status, StyleEngine, StyleRun, Take
from generation.providers.sketch.options import NAMES as SKETCH_OPTIONS
from storyboards.admin.parts import badge, count_of, list_link


class Busy(TypedDict):
    running: int
    run_count: int


class StyleInline(admin.TabularInline[StyleEngine, Engine]):
    model = StyleEngine
    extra = 0
    autocomplete_fields = ["style"]
    verbose_name_plural = "styles it makes unless somebody chooses another engine"


@admin.register(Engine)
class EngineAdmin(admin.ModelAdmin[Engine]):
    list_display = [
        "title",
        "slug",
        "provider",
        "model",
        "state",
        "running_now",
        "max_parallel",
        "run_count",
        "position",
    ]
    list_filter = ["enabled", ProviderFilter]
    search_fields = ["title", "slug", "model"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["state", "cooling_until", "cooling_reason", "running_now", "run_count"]
    actions = ["enable", "disable", "end_cooling"]
    inlines = [StyleInline]
    fieldsets = [
        (None, {"fields": ["title", "slug", "enabled", "position"]}),
        (
            "Made by",
            {
                "fields": ["provider", "model", "options", "longest_side"],
                "description": f"Options of sketch, to rehearse with: {', '.join(SKETCH_OPTIONS)}. For example "
                '{"seconds": 3, "fail_words": ["screw"], "rate_limit": {"calls": 3, "window": 20}}.',
            },
        ),
        ("Limits", {"fields": ["timeout", "max_parallel", "max_attempts"]}),
        ("Now", {"fields": ["state", "cooling_until", "cooling_reason", "running_now", "run_count"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Engine]:
        running = count_of(Take.objects.filter(status=Status.GENERATING), "run__engine")
        runs = count_of(StyleRun.objects.all(), "engine")
        return super().get_queryset(request).annotate(running=running, run_count=runs)

    def get_fieldsets(self, request: HttpRequest, obj: Engine | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[:-1]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Engine | None = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def save_model(self, request: HttpRequest, obj: Engine, form: Any, change: bool) -> None:
        """Only what was edited: a worker may have written `cooling_until` since the row was read."""
        if not change:
            obj.save()
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)
            dispatch.ring_on_commit()

    # --- actions -----------------------------------------------------------------------------------------------------

    @admin.action(description="Switch on", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Engine]) -> None:
        self._write(request, queryset.filter(enabled=False), "Switched on.", enabled=True)

    @admin.action(description="Switch off: nothing more is started on it", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Engine]) -> None:
        self._write(request, queryset.filter(enabled=True), "Switched off.", enabled=False)

    @admin.action(description="Do not wait for its rate limit any longer", permissions=["change"])
    def end_cooling(self, request: HttpRequest, queryset: QuerySet[Engine]) -> None:
        waiting = queryset.filter(cooling_until__gt=timezone.now())
        self._write(request, waiting, "Rate limit set aside.", cooling_until=None, cooling_reason="")

    def _write(self, request: HttpRequest, queryset: QuerySet[Engine], words: str, **values: object) -> None:
        with transaction.atomic():
            engines = list(queryset)
            Engine.objects.filter(pk__in=[engine.pk for engine in engines]).update(**values)
            for engine in engines:
                self.log_change(request, engine, words)
            dispatch.ring_on_commit()
        self.message_user(request, f"{', '.join(map(str, engines)) or 'Nothing to do'}: {words.lower()}")

    # --- cells -------------------------------------------------------------------------------------------------------

    @admin.display(description="state")
    def state(self, engine: Engine) -> str:
        if not engine.enabled:
            return badge("cancelled", "off")
        if engine.cooling_until is not None and engine.cooling_until > timezone.now():
            until = date_format(timezone.localtime(engine.cooling_until), "H:i:s")
            return badge("waiting", f"rate limit until {until}")
        return badge("completed", "on")

    @admin.display(description="in flight", ordering="running")
    def running_now(self, engine: WithAnnotations[Engine, Busy]) -> int:
        return engine.running

    @admin.display(description="runs", ordering="run_count")
    def run_count(self, engine: WithAnnotations[Engine, Busy]) -> str:
        return list_link(StyleRun, str(engine.run_count), engine__id__exact=engine.pk)
