"""Every request to a vendor: ledger, history, and what limits and budgets are counted from."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from generation.errors import Charged
from generation.models.engines import Engine
from generation.models.keys import Account, ApiKey
from generation.models.runs import Take
from storyboards.models import Project


class Outcome(models.TextChoices):
    SENT = "sent", "sent, no answer yet"
    SUCCEEDED = "succeeded", "succeeded"
    REFUSED = "refused", "refused by policy"
    FAILED = "failed", "failed"
    UNKNOWN = "unknown", "unknown: sent, and no answer came"


CHARGED = [(Charged.NO.value, "not charged"), (Charged.MAYBE.value, "maybe charged"), (Charged.YES.value, "charged")]


class Call(models.Model):
    """One request, written down before it is sent. It outlives what it was made for."""

    take = models.ForeignKey(Take, on_delete=models.SET_NULL, null=True, related_name="calls")
    project = models.ForeignKey(Project, on_delete=models.SET_NULL, null=True, related_name="calls")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    engine = models.ForeignKey(Engine, on_delete=models.SET_NULL, null=True, related_name="calls")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="calls")
    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, blank=True, related_name="calls")
    project_title = models.CharField(max_length=200)
    step_number = models.PositiveIntegerField()
    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=120, blank=True)
    size = models.CharField(max_length=20, blank=True, help_text="As its price goes by.")
    quality = models.CharField(max_length=20, blank=True)
    input_images = models.PositiveIntegerField("pictures sent along", default=0)
    attempt = models.PositiveIntegerField()
    fence = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.SENT)
    charged = models.CharField(max_length=6, choices=CHARGED, blank=True)
    remote_id = models.CharField(max_length=200, blank=True)
    finish_reason = models.CharField(max_length=200, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    reserved_cost = models.DecimalField("reserved", max_digits=12, decimal_places=6, default=0, help_text="US dollars")
    cost = models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True,
        help_text="US dollars; empty where nobody knows: then what was reserved counts.",
    )  # fmt: skip
    usage = models.JSONField(default=dict, blank=True)
    sent_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    provider_seconds = models.FloatField(null=True, blank=True, help_text="Seconds until the vendor's answer.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["take"], condition=Q(outcome=Outcome.SENT), name="one_call_in_flight_per_take"
            )
        ]
        indexes = [
            models.Index(fields=["engine", "-sent_at"]),
            models.Index(fields=["account", "sent_at"]),
            models.Index(fields=["sent_at"]),
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"

    @property
    def public_id(self) -> str:
        """What vendors and people see of it."""
        return f"call-{self.pk}"
