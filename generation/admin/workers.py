"""The processes that do the work: who lives, who drains, who makes what."""

from __future__ import annotations

from typing import Any, TypedDict

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.timesince import timesince
from django_stubs_ext import WithAnnotations

from generation.admin.parts import MachineAdmin, status_badge
from generation.models import Status, Take, Worker
from storyboards.admin.parts import ReadOnlyInline, badge, count_of, link, list_link


class Observed(TypedDict):
    living: bool
    running: int


class LifeFilter(admin.SimpleListFilter):
    title = "life"
    parameter_name = "life"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("alive", "alive"), ("lost", "no sign of life"), ("stopped", "stopped")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        choices: dict[str, dict[str, Any]] = {
            "alive": {"living": True},
            "lost": {"living": False, "stopped_at": None},
            "stopped": {"stopped_at__isnull": False},
        }
        return queryset.filter(**choices.get(self.value() or "", {}))


class RunningInline(ReadOnlyInline[Take, Worker]):
    """What it makes at this moment."""

    model = Take
    fields = ["of_take", "run", "position", "state", "started_at", "lease_until"]
    verbose_name_plural = "takes in flight"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Take]:
        running = super().get_queryset(request).filter(status=Status.GENERATING)
        return running.select_related("run__project", "run__style").defer("prompt")

    @admin.display(description="take")
    def of_take(self, take: Take) -> str:
        return link(take)

    @admin.display(description="status")
    def state(self, take: Take) -> str:
        return status_badge(take)


@admin.register(Worker)
class WorkerAdmin(MachineAdmin):
    list_display = ["name", "state", "threads", "in_flight", "last_sign", "started_at", "stopped_at"]
    list_filter = [LifeFilter, "draining", "started_at"]
    search_fields = ["name"]
    inlines = [RunningInline]
    readonly_fields = ["state", "in_flight", "last_sign"]
    fieldsets = [
        (None, {"fields": ["name", "state", "threads", "in_flight"]}),
        ("Record", {"fields": ["draining", "started_at", "heartbeat_at", "last_sign", "stopped_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Worker]:
        workers: QuerySet[Worker] = super().get_queryset(request)
        living = Exists(Worker.objects.alive().filter(pk=OuterRef("pk")))
        return workers.annotate(
            living=living, running=count_of(Take.objects.filter(status=Status.GENERATING), "worker")
        )

    @admin.display(description="state")
    def state(self, worker: WithAnnotations[Worker, Observed]) -> str:
        if worker.stopped_at is not None:
            return badge("cancelled", "stopped")
        if not worker.living:
            return badge("failed", "no sign of life")
        return badge("waiting", "draining") if worker.draining else badge("completed", "alive")

    @admin.display(description="in flight", ordering="running")
    def in_flight(self, worker: WithAnnotations[Worker, Observed]) -> str:
        return list_link(Take, str(worker.running), worker__id__exact=worker.pk, status__exact=Status.GENERATING)

    @admin.display(description="last sign of life", ordering="heartbeat_at")
    def last_sign(self, worker: Worker) -> str:
        return f"{timesince(worker.heartbeat_at)} ago"
