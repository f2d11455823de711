"""LoRAs: what may be laid over a model, and which engines do."""

from __future__ import annotations

from typing import Any, TypedDict

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django_stubs_ext import WithAnnotations

from generation.models import Engine, EngineLora, Lora
from storyboards.admin.parts import ReadOnlyInline, count_of, link, list_link


class Used(TypedDict):
    engine_count: int


class UseInline(ReadOnlyInline[EngineLora, Lora]):
    model = EngineLora
    fields = ["of_engine", "position", "weight"]
    verbose_name_plural = "engines whose pictures it shapes"

    def get_queryset(self, request: HttpRequest) -> QuerySet[EngineLora]:
        return super().get_queryset(request).select_related("engine")

    @admin.display(description="engine")
    def of_engine(self, place: EngineLora) -> str:
        return link(place.engine)


@admin.register(Lora)
class LoraAdmin(admin.ModelAdmin[Lora]):
    list_display = ["title", "role", "file", "weight", "engine_count"]
    list_filter = ["role"]
    search_fields = ["title", "file"]
    inlines = [UseInline]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fieldsets = [
        (None, {"fields": ["title", "role", "weight"]}),
        ("Where it is", {"fields": ["file", "url"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lora]:
        return super().get_queryset(request).annotate(engine_count=count_of(EngineLora.objects.all(), "lora"))

    def get_inlines(self, request: HttpRequest, obj: Lora | None) -> Any:
        return self.inlines if obj else []

    @admin.display(description="engines", ordering="engine_count")
    def engine_count(self, lora: WithAnnotations[Lora, Used]) -> str:
        return list_link(Engine, str(lora.engine_count), loras__id__exact=lora.pk)
