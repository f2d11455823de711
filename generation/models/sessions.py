"""Sequences that programs have open."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from generation.models.access import SECRET_BYTES, digest_of
from generation.models.runs import StyleRun
from storyboards.models import Project


class SequenceSessionQuerySet(models.QuerySet["SequenceSession"]):
    def open(self) -> SequenceSessionQuerySet:
        """Not ended, not expired, its project not in the trash."""
        return self.filter(ended_at=None, expires_at__gt=timezone.now(), project__deleted_at=None)

    def find(self, user: User, secret: str) -> SequenceSession | None:
        """This person's open session of that id."""
        mine = self.open().filter(project__owner=user, digest=digest_of(secret))
        return mine.select_related("project__owner", "run__engine", "run__style").first()

    def begin(self, run: StyleRun) -> tuple[SequenceSession, str]:
        """A session on a run, and the id that only whoever asked for it is told."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        session = self.create(project=run.project, run=run, digest=digest_of(secret), expires_at=_end())
        return session, secret


def _end() -> datetime:
    return timezone.now() + timedelta(hours=settings.SESSION_HOURS)


class SequenceSession(models.Model):
    """A program asks for one picture after the other, each made from the one before: a project that grows.

    Its id is a secret of 192 bits; the table holds a hash. When it ends or expires the project stays.
    """

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="sequence_session")
    run = models.ForeignKey(StyleRun, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SequenceSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"session on {self.project}"

    def prolong(self) -> None:
        """Somebody uses it: its time begins anew."""
        SequenceSession.objects.filter(pk=self.pk).update(expires_at=_end())

    def end(self) -> None:
        SequenceSession.objects.filter(pk=self.pk, ended_at=None).update(ended_at=timezone.now())
