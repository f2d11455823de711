"""The processes that do the work, what they pack, and the switch that stops what costs money."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from storyboards.models import Project

HEARTBEAT_SECONDS = 5
"""Between two signs of life; three missed ones count as dead."""
KEPT_DAYS = 7
"""How long the rows of processes that ended are kept."""


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self) -> WorkerQuerySet:
        return self.filter(stopped_at=None, heartbeat_at__gt=Now() - timedelta(seconds=3 * HEARTBEAT_SECONDS))

    def long_gone(self) -> WorkerQuerySet:
        """Those nobody will ask about any more."""
        return self.filter(heartbeat_at__lt=Now() - timedelta(days=KEPT_DAYS))


class Worker(models.Model):
    """One worker process and how many pictures it makes at once."""

    name = models.CharField(max_length=120)
    threads = models.PositiveIntegerField()
    draining = models.BooleanField(default=False)
    started_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class Switch(models.Model):
    """While such a row exists nothing is asked of its provider; one with an empty provider stops all paid calls.

    Calls in flight finish, and what they bring is kept.
    """

    provider = models.CharField(max_length=40, unique=True, blank=True)
    thrown_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    thrown_at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["provider"]
        verbose_name_plural = "switches"

    def __str__(self) -> str:
        return f"calls of {self.provider} are paused" if self.provider else "all paid calls are paused"


class ExportStatus(models.TextChoices):
    PENDING = "pending", "waiting"
    MAKING = "making", "being made"
    READY = "ready", "ready"
    FAILED = "failed", "failed"


class Export(models.Model):
    """A project's pictures as one archive. Made by a job of the `files` queue, and gone when its time is over."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="exports")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=8, choices=ExportStatus, default=ExportStatus.PENDING)
    done = models.PositiveIntegerField(default=0, help_text="Pictures that are in it so far.")
    total = models.PositiveIntegerField(default=0)
    file = models.FileField(max_length=200, blank=True, editable=False)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes")
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"export {self.pk} of {self.project}"
