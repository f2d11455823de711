"""A run of a project in one style: its frames, and the takes that people wanted of each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from generation.models.engines import Engine
from storyboards.models import Picture, Project, Step, Style

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class Strategy(models.TextChoices):
    """What a picture is made from. Only planning tells them apart."""

    CHAINED = "chained", "Chained: each from the picture before"
    SHOTS = "shots", "Shots: a chain per shot, a hard cut starts anew"
    CUMULATIVE = "cumulative", "Cumulative: each from the text of all steps so far"
    INDEPENDENT = "independent", "Independent: each from its own text"


class RunStatus(models.TextChoices):
    NOT_STARTED = "not_started", "not started"
    GENERATING = "generating", "generating"
    PAUSED = "paused", "paused"
    COMPLETED = "completed", "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors", "completed with errors"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


ACTIVE = (RunStatus.NOT_STARTED, RunStatus.GENERATING, RunStatus.PAUSED)


class Hold(models.TextChoices):
    """Why nothing of a run starts."""

    NONE = "", "nothing holds it"
    PERSON = "person", "somebody paused it"
    BUDGET = "budget", "its budget is used up"
    APPROVAL = "approval", "it waits for approval"
    NO_KEY = "no_key", "its engine cannot be used now"
    EMERGENCY = "emergency", "all paid calls are paused"


class Gate(models.TextChoices):
    """When a run stops and waits until somebody has approved what there is."""

    NONE = "", "Never"
    FRAME = "frame", "After every picture"
    SHOT = "shot", "After every shot"
    FIRST = "first", "Once, after the first pictures"


class Status(models.TextChoices):
    """Of a frame and of a take."""

    PENDING = "pending", "pending"
    GENERATING = "generating", "generating"
    COMPLETED = "completed", "completed"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


OPEN = (Status.PENDING, Status.GENERATING)
LOST = (Status.FAILED, Status.CANCELLED)
"""Ended without a picture."""


class TakeKind(models.TextChoices):
    FIRST = "first", "first make"
    RETRY = "retry", "retry after a failure"
    REGENERATE = "regenerate", "made again"
    CANDIDATE = "candidate", "one of several to choose from"
    UPLOAD = "upload", "somebody's own picture"
    REUSE = "reuse", "existed already: nothing was made or paid"
    LATE = "late", "a late answer, kept because it was made"


class StyleRunQuerySet(models.QuerySet["StyleRun"]):
    def visible_to(self, user: User | AnonymousUser, shares: tuple[int, ...] = ()) -> StyleRunQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user, shares))

    def editable_by(self, user: User | AnonymousUser) -> StyleRunQuerySet:
        return self.filter(project__in=Project.objects.editable_by(user))

    def active(self) -> StyleRunQuerySet:
        return self.filter(status__in=ACTIVE)


class StyleRun(models.Model):
    """A project in one style, by one engine, with one strategy.

    `snapshot` holds what the prompts are made of besides the steps' own texts, as it stood when the run began, so
    that a series stays of one piece: templates, look, words to avoid, the project's texts, references, size, seed.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    style = models.ForeignKey(Style, on_delete=models.PROTECT, related_name="runs")
    engine = models.ForeignKey(Engine, on_delete=models.PROTECT, related_name="runs")
    strategy = models.CharField(max_length=12, choices=Strategy)
    status = models.CharField(max_length=24, choices=RunStatus, default=RunStatus.NOT_STARTED)
    hold = models.CharField(max_length=12, choices=Hold, blank=True, default=Hold.NONE)
    hold_reason = models.CharField(max_length=300, blank=True)
    max_parallel = models.PositiveIntegerField(null=True, blank=True, help_text="Calls in flight of this run alone.")
    priority = models.IntegerField(default=0, help_text="Higher goes first, before everybody's: given by staff.")
    turn = models.PositiveIntegerField(default=0, help_text="Higher goes first among the runs of its owner.")
    served_at = models.DateTimeField(null=True, blank=True, help_text="When a picture of it was begun last.")
    candidates = models.PositiveSmallIntegerField(default=1, help_text="Pictures made of each step, to choose from.")
    reuse = models.BooleanField(default=False, help_text="Equal pictures that exist already are taken, free.")
    recipe = models.CharField(max_length=64, blank=True, db_index=True, help_text="Hash of how its pictures are made.")
    gate = models.CharField(max_length=8, choices=Gate, blank=True, default=Gate.NONE)
    gate_after = models.PositiveIntegerField(default=1, help_text="How many pictures the gate “first” lets through.")
    open_upto = models.PositiveIntegerField(
        null=True, blank=True, help_text="The last position that may be made before somebody approves; empty: all."
    )
    draft = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="finals",
        help_text="The run whose approved pictures this one makes finally.",
    )  # fmt: skip
    branch_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="branches",
        help_text="The run whose first pictures it shares.",
    )  # fmt: skip
    branch = models.PositiveIntegerField(default=0, help_text="0, or which branch of its combination it is.")
    seed = models.PositiveIntegerField()
    snapshot = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = StyleRunQuerySet.as_manager()

    class Meta:
        ordering = ["style__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "style", "engine", "strategy", "branch"],
                condition=Q(status__in=ACTIVE),
                name="one_active_run_per_combination",
            )
        ]
        indexes = [models.Index(fields=["status", "hold"])]

    def __str__(self) -> str:
        return f"{self.project} · {self.style} · {self.get_strategy_display().split(':')[0].lower()}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE


class FrameQuerySet(models.QuerySet["Frame"]):
    def visible_to(self, user: User | AnonymousUser, shares: tuple[int, ...] = ()) -> FrameQuerySet:
        return self.filter(run__project__in=Project.objects.visible_to(user, shares))

    def editable_by(self, user: User | AnonymousUser) -> FrameQuerySet:
        return self.filter(run__project__in=Project.objects.editable_by(user))

    def current(self) -> FrameQuerySet:
        """Those whose step is still in the list, in order."""
        return self.filter(removed=False).order_by("position")

    def without_open_take(self) -> FrameQuerySet:
        return self.filter(~Exists(Take.objects.filter(frame=OuterRef("pk"), status__in=OPEN)))


class Frame(models.Model):
    """The place of one picture: one step in one run."""

    run = models.ForeignKey(StyleRun, on_delete=models.CASCADE, related_name="frames")
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="frames")
    position = models.PositiveIntegerField()
    source = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="successors",
        help_text="The frame whose picture this one continues from; fixed by planning.",
    )  # fmt: skip
    chosen = models.ForeignKey("Take", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    removed = models.BooleanField(default=False, help_text="Its step has left the list.")
    locked = models.BooleanField(default=False, help_text="Its picture stays: nothing makes or shows another.")
    approved = models.BooleanField(default=False, help_text="Somebody has approved the picture that it shows.")

    objects = FrameQuerySet.as_manager()

    class Meta:
        ordering = ["run_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "step"], name="one_frame_per_step"),
            models.CheckConstraint(
                condition=~Q(status=Status.COMPLETED) | Q(chosen__isnull=False), name="completed_has_a_picture"
            ),
        ]
        indexes = [models.Index(fields=["run", "position"])]

    def __str__(self) -> str:
        return f"frame {self.position} of run {self.run_id}"

    def get_absolute_url(self) -> str:
        return reverse("frame", args=[self.pk])


class TakeQuerySet(models.QuerySet["Take"]):
    def visible_to(self, user: User | AnonymousUser, shares: tuple[int, ...] = ()) -> TakeQuerySet:
        return self.filter(run__project__in=Project.objects.visible_to(user, shares))

    def editable_by(self, user: User | AnonymousUser) -> TakeQuerySet:
        return self.filter(run__project__in=Project.objects.editable_by(user))

    def made_by(self, engine: Engine) -> TakeQuerySet:
        """By the run's own engine, or by this one in its place."""
        return self.filter(Q(engine=engine) | Q(engine=None, run__engine=engine))

    def in_flight(self) -> TakeQuerySet:
        """Those that are being made. All of them are leased: said so, they are found by the index of leases."""
        return self.filter(status=Status.GENERATING, lease_until__isnull=False).order_by()

    def ready(self, now: datetime) -> TakeQuerySet:
        """Pending ones that nothing but the order and the limits keep waiting."""
        return self.filter(Q(not_before=None) | Q(not_before__lte=now), status=Status.PENDING, ready_at__isnull=False)


class Take(models.Model):
    """One wanted picture of a frame.

    `ready_at` is set when what it is made from is there; `not_before` when it must wait before it is tried again. While
    `generating` it is leased: `lease_until` says how long nobody else may have it, `fence` which claim it is.
    """

    frame = models.ForeignKey(Frame, on_delete=models.CASCADE, related_name="takes")
    run = models.ForeignKey(StyleRun, on_delete=models.CASCADE, related_name="takes")
    position = models.PositiveIntegerField(help_text="Its frame's place, copied for choosing quickly.")
    kind = models.CharField(max_length=12, choices=TakeKind, default=TakeKind.FIRST)
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    candidate = models.PositiveSmallIntegerField(default=0, help_text="Which of several that are wanted at once.")
    seed = models.PositiveIntegerField()
    ready_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0, help_text="Calls made for it.")
    failures = models.PositiveIntegerField(default=0, help_text="Those that count: waiting for a limit does not.")
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    deadline = models.DateTimeField(null=True, blank=True, help_text="After this its lease is not renewed.")
    engine = models.ForeignKey(
        Engine, on_delete=models.PROTECT, null=True, blank=True, related_name="takes",
        help_text="What makes it instead of its run's engine: that one's fallback.",
    )  # fmt: skip
    worker = models.ForeignKey("Worker", on_delete=models.SET_NULL, null=True, blank=True, related_name="takes")
    source_take = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reused_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="reuses")
    digest = models.CharField(max_length=64, blank=True, db_index=True, help_text="Hash of what it was made from.")
    prompt = models.TextField(blank=True)
    original = models.ForeignKey(Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    display = models.ForeignKey(Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    thumbnail = models.ForeignKey(Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    put_away_at = models.DateTimeField(null=True, blank=True, help_text="Out of the strip; it can be brought back.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TakeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["frame", "candidate"], condition=Q(status__in=OPEN), name="one_open_take_per_candidate"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.COMPLETED) | Q(original__isnull=False), name="completed_take_has_a_picture"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.GENERATING) | Q(ready_at__isnull=False, lease_until__isnull=False),
                name="generating_only_when_ready_and_leased",
            ),
        ]
        indexes = [
            models.Index(
                fields=["run", "engine", "position"],
                condition=Q(status=Status.PENDING, ready_at__isnull=False),
                name="take_ready",
            ),
            models.Index(fields=["lease_until"], condition=Q(status=Status.GENERATING), name="take_leased"),
            models.Index(
                fields=["finished_at"], condition=Q(status=Status.COMPLETED, display=None), name="take_without_files"
            ),
        ]

    def __str__(self) -> str:
        return f"take {self.pk}"
