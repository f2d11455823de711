"""Takes: every picture that somebody wanted, and what became of it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join

from generation.admin.parts import CodeFilter, status_badge
from generation.admin.verbs import VerbAdmin
from generation.models import Call, Take
from generation.verbs import TAKE_VERBS
from storyboards.admin.parts import EMPTY, ReadOnlyInline, badge, excerpt, link, long_text, thumbnail


class CallInline(ReadOnlyInline[Call, Take]):
    model = Call
    fields = ["of_call", "attempt", "provider", "result", "charged", "cost", "provider_seconds", "sent_at"]

    @admin.display(description="call")
    def of_call(self, call: Call) -> str:
        return link(call, call.public_id)

    @admin.display(description="outcome")
    def result(self, call: Call) -> str:
        return badge(call.outcome, call.get_outcome_display())


@admin.register(Take)
class TakeAdmin(VerbAdmin):
    verbs = TAKE_VERBS
    linked = frozenset({"run__project__id__exact", "frame__run__id__exact"})
    kind = "take"
    references = {"take": "pk", "call": "calls", "frame": "frame", "run": "run"}
    related = [
        "run__project",
        "run__style",
        "run__engine",
        "engine",
        "frame__step",
        "requested_by",
        "worker",
        "source_take",
        "reused_from",
    ]
    list_display = [
        "reference",
        "shown",
        "of_project",
        "of_frame",
        "kind",
        "state",
        "made_by",
        "error",
        "attempts",
        "created_at",
    ]
    list_filter = [
        "status",
        "kind",
        ("put_away_at", admin.EmptyFieldListFilter),
        CodeFilter,
        "run__style",
        "run__engine",
        "created_at",
    ]
    search_fields = ["prompt", "run__project__title", "requested_by__username", "frame__step__title", "error_message"]
    search_help_text = "prompt, project, person, step, error; or take-12, call-123"
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    inlines = [CallInline]
    readonly_fields = ["shown_large", "of_project", "of_frame", "state", "prompt_shown", "used_by"]
    fieldsets = [
        (None, {"fields": ["shown_large", "of_project", "of_frame", "state", "error_code", "error_message"]}),
        ("Made from", {"fields": [
            "prompt_shown", "source_take", "reused_from", "engine", "seed", "digest", "used_by",
        ]}),
        ("Pictures", {"fields": ["original", "display", "thumbnail"]}),
        ("Course", {"fields": [
            "kind", "candidate", "status", "ready_at", "not_before", "attempts", "failures", "started_at",
            "finished_at", "put_away_at",
        ]}),
        ("Lease", {"fields": ["worker", "fence", "lease_until", "deadline"], "classes": ["collapse"]}),
        ("Record", {"fields": ["frame", "run", "position", "requested_by", "created_at"], "classes": ["collapse"]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Take]:
        takes: QuerySet[Take] = super().get_queryset(request)
        return takes.select_related(*self.related, "original", "display", "thumbnail")

    def view_on_site(self, take: Take) -> str | None:
        return take.frame.get_absolute_url() if take.run.project.deleted_at is None else None

    @admin.display(description="picture")
    def shown(self, take: Take) -> str:
        return thumbnail(take.thumbnail_id)

    @admin.display(description="picture")
    def shown_large(self, take: Take) -> str:
        return thumbnail(take.thumbnail_id, large=True)

    @admin.display(description="project", ordering="run__project__title")
    def of_project(self, take: Take) -> str:
        return link(take.run.project)

    @admin.display(description="frame", ordering="frame")
    def of_frame(self, take: Take) -> str:
        return link(take.frame, f"{take.position}. {take.frame.step.title or 'step'}")

    @admin.display(description="status", ordering="status")
    def state(self, take: Take) -> str:
        return status_badge(take)

    @admin.display(description="style, engine")
    def made_by(self, take: Take) -> str:
        return f"{take.run.style}, {take.engine or take.run.engine}"

    @admin.display(description="error", ordering="error_code")
    def error(self, take: Take) -> str:
        return excerpt(take.error_message or take.error_code, 60)

    @admin.display(description="prompt")
    def prompt_shown(self, take: Take) -> str:
        return long_text(take.prompt)

    @admin.display(description="continued by")
    def used_by(self, take: Take) -> str:
        """Takes that were made from this one's picture."""
        return (
            format_html_join(", ", "{}", [(link(other),) for other in Take.objects.filter(source_take=take)]) or EMPTY
        )
