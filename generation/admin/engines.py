"""Engines: what pictures are made by, and what keeps them from it now."""

from __future__ import annotations

from typing import Any, TypedDict

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django_stubs_ext import WithAnnotations

from generation import dispatch
from generation.admin import optionhelp, previews
from generation.admin.parts import ProviderFilter
from generation.errors import InvalidRequest
from generation.models import Engine, EngineLora, Status, StyleEngine, StyleRun, Take
from generation.providers import PROVIDERS, get_provider
from storyboards.admin.parts import EMPTY, as_json, badge, count_of, link, list_link
from storyboards.models.projects import AspectRatio

ASKABLE = "comfyui"
"""The provider whose server tells what it can run."""


class Busy(TypedDict):
    running: int
    run_count: int
    lora_count: int


class StackFormSet(forms.BaseInlineFormSet[EngineLora, Engine, forms.ModelForm[EngineLora]]):
    """The stack as it would be saved must fit the engine as it would be saved."""

    def clean(self) -> None:
        super().clean()
        engine = self.instance
        if any(self.errors) or engine.provider not in PROVIDERS or not isinstance(engine.options, dict):
            return
        provider = get_provider(engine.provider)
        try:
            provider.check_options(engine.request_options(stack=()))
        except InvalidRequest:
            return  # the engine's own form says so
        try:
            provider.check_options(engine.request_options(stack=self._stack()))
        except InvalidRequest as error:
            raise ValidationError(str(error)) from error

    def _stack(self) -> list[EngineLora]:
        kept = [form for form in self.forms if form.cleaned_data.get("lora") and not form.cleaned_data.get("DELETE")]
        return [form.instance for form in kept]


class StackInline(admin.TabularInline[EngineLora, Engine]):
    model = EngineLora
    formset = StackFormSet
    extra = 0
    fields = ["position", "lora", "weight"]
    autocomplete_fields = ["lora"]
    verbose_name = "LoRA"
    verbose_name_plural = "LoRAs (style first, then characters, then cinematic; at most 10)"


class StyleInline(admin.TabularInline[StyleEngine, Engine]):
    model = StyleEngine
    extra = 0
    autocomplete_fields = ["style"]
    verbose_name = "style"
    verbose_name_plural = "styles it makes unless somebody chooses another engine"


@admin.register(Engine)
class EngineAdmin(admin.ModelAdmin[Engine]):
    list_display = [
        "title",
        "number",
        "slug",
        "provider",
        "model",
        "made_with",
        "state",
        "running_now",
        "max_parallel",
        "run_count",
        "position",
    ]
    list_filter = ["enabled", ProviderFilter]
    list_select_related = ["workflow"]
    search_fields = ["title", "slug", "model", "loras__title", "loras__file"]
    autocomplete_fields = ["fallback", "workflow"]
    change_form_template = "admin/generation/engine.html"
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["state", "cooling_until", "cooling_reason", "running_now", "run_count"]
    actions = ["enable", "disable", "end_cooling"]
    inlines = [StackInline, StyleInline]
    fieldsets = [
        (None, {"fields": ["title", "slug", "number", "enabled", "position"]}),
        (
            "Made by",
            {
                "fields": ["provider", "model", "options", "workflow", "longest_side"],
                "description": optionhelp.explained(),
            },
        ),
        ("Keys and stand-in", {"fields": ["key_pool", "fallback"]}),
        ("Limits", {"fields": ["timeout", "max_parallel", "max_attempts"]}),
        ("Now", {"fields": ["state", "cooling_until", "cooling_reason", "running_now", "run_count"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Engine]:
        running = count_of(Take.objects.filter(status=Status.GENERATING), "run__engine")
        runs = count_of(StyleRun.objects.all(), "engine")
        loras = count_of(EngineLora.objects.all(), "engine")
        return super().get_queryset(request).annotate(running=running, run_count=runs, lora_count=loras)

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

    # --- preview -----------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(self.preview)
        return [path("<int:pk>/preview/", preview, name="generation_engine_preview"), *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What it would send. By POST its server is asked whether it could run that."""
        engine = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, engine):
            raise PermissionDenied
        sent = request.POST or request.GET or None
        form = previews.ShapeForm(sent if sent and "shape" in sent else None)
        shape = form.cleaned_data["shape"] if form.is_valid() else AspectRatio.WIDE
        shown = previews.preview(engine, shape)
        context = {
            **self.admin_site.each_context(request),
            "title": f"What “{engine}” would send",
            "opts": self.opts,
            "original": engine,
            "form": form,
            "preview": shown,
            "graph_shown": as_json(shown.graph),
            "shape": shape,
            "askable": engine.provider == ASKABLE and shown.graph is not None and engine.enabled,
            "asked": request.method == "POST",
        }
        if request.method == "POST" and context["askable"] and shown.graph is not None:
            context["problems"] = previews.ask_server(engine, shown.graph)
        return TemplateResponse(request, "admin/generation/preview.html", context)

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

    @admin.display(description="made with")
    def made_with(self, engine: WithAnnotations[Engine, Busy]) -> str:
        loras = f"{engine.lora_count} LoRA{'' if engine.lora_count == 1 else 's'}" if engine.lora_count else ""
        workflow = link(engine.workflow) if engine.workflow else ""
        return loras or workflow or EMPTY

    @admin.display(description="in flight", ordering="running")
    def running_now(self, engine: WithAnnotations[Engine, Busy]) -> int:
        return engine.running

    @admin.display(description="runs", ordering="run_count")
    def run_count(self, engine: WithAnnotations[Engine, Busy]) -> str:
        return list_link(StyleRun, str(engine.run_count), engine__id__exact=engine.pk)
