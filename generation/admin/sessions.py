"""Sequences that programs have open: whose, how long, and where they grew. The id they are asked for by is a secret:
neither it nor its hash is shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django_stubs_ext import WithAnnotations

from generation import sequences
from generation.admin.parts import MachineAdmin, board_url
from generation.admin.verbs import may_steer
from generation.models import SequenceSession
from generation.sequences import Facts
from storyboards.admin.parts import badge, link, long_text


class OpenFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("open", "open"), ("over", "over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        return queryset.filter(is_open=self.value() == "open") if self.value() else None


@admin.register(SequenceSession)
class SequenceSessionAdmin(MachineAdmin):
    related = ["project__owner", "run__style", "run__project", "run__engine"]
    list_display = ["pk", "of_project", "owner", "state", "pictures", "of_run", "created_at", "expires_at"]
    list_filter = [OpenFilter, "created_at"]
    search_fields = ["project__title", "project__owner__username"]
    ordering = ["-pk"]
    actions = ["end_sessions"]
    readonly_fields = ["of_project", "owner", "state", "pictures", "of_run", "first_prompt"]
    fieldsets = [
        (None, {"fields": ["of_project", "owner", "of_run", "state", "pictures", "first_prompt"]}),
        ("Record", {"fields": ["created_at", "expires_at", "ended_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WithAnnotations[SequenceSession, Facts]]:
        sessions: QuerySet[SequenceSession] = super().get_queryset(request)
        return sequences.described(sessions)

    def view_on_site(self, session: SequenceSession) -> str | None:
        return board_url(session.run)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return may_steer(request)

    @admin.action(description="End the chosen sessions", permissions=["end"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[SequenceSession]) -> None:
        """Their programs are told that there is no such session. Projects and pictures stay."""
        ended = [session for session in queryset if session.ended_at is None]
        for session in ended:
            session.end()
            self.log_change(request, session, "Ended.")
        self.message_user(request, f"{len(ended)} ended; their projects stay.", messages.SUCCESS)

    @admin.display(description="project", ordering="project__title")
    def of_project(self, session: SequenceSession) -> str:
        return link(session.project)

    @admin.display(description="owner", ordering="project__owner__username")
    def owner(self, session: SequenceSession) -> str:
        return session.project.owner.get_username()

    @admin.display(description="run", ordering="run")
    def of_run(self, session: SequenceSession) -> str:
        return link(session.run, f"{session.run.style}, run {session.run_id}")

    @admin.display(description="state")
    def state(self, session: WithAnnotations[SequenceSession, Facts]) -> str:
        if session.is_open:
            return badge("generating", "open")
        return badge("completed", "ended" if session.ended_at else "expired")

    @admin.display(description="pictures", ordering="image_count")
    def pictures(self, session: WithAnnotations[SequenceSession, Facts]) -> int:
        return session.image_count

    @admin.display(description="began with")
    def first_prompt(self, session: WithAnnotations[SequenceSession, Facts]) -> str:
        return long_text(session.initial_prompt)
