"""Who may ask a vendor, how often, and with which secret.

A vendor counts by *account* (a Google project, an OpenAI organisation), not by key: two keys of one account share its
limits. What is left of a limit is never stored; it is counted from the calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from generation import vault
from storyboards.models import Style

if TYPE_CHECKING:
    from datetime import datetime

DEFAULT_PER_MINUTE = 9
"""Requests a minute of an account that nobody said anything about."""


class Account(models.Model):
    """A vendor's account or project."""

    provider = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    max_parallel = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Calls in flight at once; empty: any."
    )
    stopped_reason = models.CharField(
        max_length=300, blank=True, help_text="Why nothing is asked of it until staff say so: no credit left."
    )
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["provider", "name"]
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="one_account_of_a_name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.provider})"


class Unit(models.TextChoices):
    REQUESTS = "requests", "requests"
    INPUT_IMAGES = "input_images", "pictures sent along"


MINUTE = 60
DAY = 24 * 60 * 60


def validate_zone(zone: str) -> None:
    """One that nobody knows would stop every claim that counts its limit."""
    if zone not in available_timezones():
        raise ValidationError("This is no time zone: America/Los_Angeles, Europe/Berlin, UTC.")


class Limit(models.Model):
    """What an account allows: so many units of a model in any `seconds`, or in a day of the vendor's.

    `amount` None is not counted: the row only remembers until when the vendor wants to be left alone. `amount` 0: the
    account may not use the model.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="limits")
    model = models.CharField(max_length=120, blank=True, help_text="The vendor's name; empty: all models together.")
    unit = models.CharField(max_length=12, choices=Unit, default=Unit.REQUESTS)
    amount = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: not known, not counted.")
    seconds = models.PositiveIntegerField(
        default=MINUTE, validators=[MinValueValidator(1)], help_text="60 for a minute, 86400 for a day."
    )
    midnight = models.CharField(
        max_length=40, blank=True, validators=[validate_zone],
        help_text="Time zone in which a day begins (America/Los_Angeles); empty: any stretch of that length counts.",
    )  # fmt: skip
    burst = models.PositiveIntegerField(
        default=0, help_text="Starts at once, spaced evenly beyond; 0: the whole amount. Learned from refusals."
    )
    learned_at = models.DateTimeField(null=True, blank=True)
    cooling_until = models.DateTimeField(null=True, blank=True)
    strikes = models.PositiveIntegerField(
        default=0, editable=False, help_text="Refusals in a row that did not say how long to wait."
    )
    cooling_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["account_id", "seconds", "model", "unit"]
        constraints = [
            models.UniqueConstraint(fields=["account", "model", "unit", "seconds"], name="one_limit_of_a_kind")
        ]

    def __str__(self) -> str:
        amount = "unknown" if self.amount is None else self.amount
        span = {MINUTE: "minute", DAY: "day"}.get(self.seconds, f"{self.seconds} s")
        return f"{amount} {self.get_unit_display()} a {span}{f' of {self.model}' if self.model else ''}"

    @property
    def counts_images(self) -> bool:
        return self.unit == Unit.INPUT_IMAGES

    def is_cooling(self, now: datetime) -> bool:
        return self.cooling_until is not None and self.cooling_until > now


class KeyPool(models.Model):
    """Keys that belong together: an engine, or a style on engines without a pool of their own, draws on one."""

    provider = models.CharField(max_length=40)
    title = models.CharField(max_length=80)
    styles = models.ManyToManyField(
        Style, blank=True, related_name="key_pools",
        help_text="Pictures in these styles are asked for with these keys, where their engine has no pool of its own.",
    )  # fmt: skip

    class Meta:
        ordering = ["provider", "title"]
        constraints = [models.UniqueConstraint(fields=["provider", "title"], name="one_pool_of_a_title")]

    def __str__(self) -> str:
        return f"{self.title} ({self.provider})"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> ApiKeyQuerySet:
        """Those that may be asked with: switched on, of an account that is not stopped, their secret at hand."""
        at_hand = ~Q(secret="") | Q(fingerprint__in=vault.environment_fingerprints())
        return self.filter(at_hand, enabled=True, account__stopped_reason="")


class ApiKey(models.Model):
    """A secret of an account. It is never shown again: people know it by alias, last four letters and fingerprint.

    A key from the environment has no `secret` here; each process reads its own environment by the fingerprint.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="keys")
    alias = models.CharField(max_length=80, help_text="What people call it; shown wherever it was used.")
    pools = models.ManyToManyField(KeyPool, blank=True, related_name="keys")
    secret = models.TextField(blank=True, editable=False)
    variable = models.CharField(max_length=80, blank=True, editable=False, help_text="Where in the environment it is.")
    last_four = models.CharField(max_length=4, editable=False)
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=300, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=300, blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["account__provider", "account__name", "alias"]
        verbose_name = "API key"
        constraints = [models.UniqueConstraint(fields=["account", "alias"], name="one_key_of_an_alias")]

    def __str__(self) -> str:
        return f"{self.alias} …{self.last_four}"

    @sensitive_variables()
    def put(self, secret: str) -> None:
        """Take a secret in, sealed. Raises `vault.NoVault` where nothing to seal with is set."""
        self.secret, self.variable = vault.seal(secret), ""
        self.last_four, self.fingerprint = vault.last_four(secret), vault.fingerprint(secret)

    def reveal(self) -> str:
        """The secret, for the one who is about to call. Raises `vault.Unreadable` where it cannot be opened here."""
        return vault.open_sealed(self.secret) if self.secret else vault.from_environment(self.fingerprint)
