"""How programs come in: tokens of people, and the answers to requests that may be sent twice."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import timezone

PREFIX = "tl_"
"""What a token begins with, so that people and secret scanners know one when they see it."""
SECRET_BYTES = 24
USED_EVERY = timedelta(minutes=1)
"""How exact `last_used_at` is: more would be a write for every read."""


class Scope(models.TextChoices):
    """What a token may be used for. It never allows more than its person may do."""

    READ = "read", "read: projects, pictures, events"
    WRITE = "write", "write: projects, steps, imports"
    RUN = "run", "run: have pictures made, which may cost money; steer runs"
    ADMIN = "admin", "admin: accounts, limits and keys, for staff"


def digest_of(secret: str) -> str:
    """Of 192 random bits, so that a plain hash is enough: nobody can try them out."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self) -> ApiTokenQuerySet:
        """Not revoked, not past its day, and its person may still log in."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, revoked_at=None, user__is_active=True)

    def from_secret(self, secret: str) -> ApiToken | None:
        return self.usable().select_related("user").filter(digest=digest_of(secret)).first()

    def issue(
        self, user: User, name: str, scopes: Iterable[str], expires_at: datetime | None = None
    ) -> tuple[ApiToken, str]:
        """A new token and its secret, which nobody can be shown again."""
        secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        ordered = [scope for scope in Scope.values if scope in set(scopes)]
        token = self.create(
            user=user,
            name=name,
            digest=digest_of(secret),
            last_four=secret[-4:],
            scopes=ordered,
            expires_at=expires_at,
        )
        return token, secret


class ApiToken(models.Model):
    """A way in for programs of one person. The table holds a hash of the secret only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="What it is for, like “laptop” or “build server”.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(max_length=4, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} (…{self.last_four})"

    def revoke(self) -> None:
        """From now on it opens nothing, nor do picture links that were signed with it. Twice keeps the first day."""
        ApiToken.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now())

    def note_use(self) -> None:
        now = timezone.now()
        if self.last_used_at is None or now - self.last_used_at >= USED_EVERY:
            ApiToken.objects.filter(pk=self.pk).update(last_used_at=now)


class IdempotencyKey(models.Model):
    """A request that somebody may send again, and its answer once there is one.

    The row is committed before the work begins, so a second request at the same time sees it; the answer is written in
    the transaction of the work, so there is never the one without the other.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64, help_text="Hash of method, address and body.")
    started_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, help_text="Of the answer; empty while it is worked on.")
    body = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_request_per_idempotency_key")]
        indexes = [models.Index(fields=["started_at"])]

    def __str__(self) -> str:
        return self.key
