"""People's tokens, looked at and revoked, and what was made for download. A token's hash is not shown either."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html

from generation.admin.finance import ButtonAdmin
from generation.admin.parts import MachineAdmin
from generation.models import ApiToken, Export, ExportStatus, Scope
from generation.pages.tokens import scopes_in_words
from storyboards.admin.parts import EMPTY, badge, link

# --- tokens ----------------------------------------------------------------------------------------------------------


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("usable", "Works"), ("ended", "Opens nothing")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
        if not self.value():
            return queryset
        usable = ApiToken.objects.usable().values("pk")
        return queryset.filter(pk__in=usable) if self.value() == "usable" else queryset.exclude(pk__in=usable)


class ScopeFilter(admin.SimpleListFilter):
    title = "what it may do"
    parameter_name = "scope"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(scope.value, scope.value) for scope in Scope]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
        """In the text of the list: not every database can look into one."""
        return queryset.filter(scopes__icontains=f'"{self.value()}"') if self.value() in Scope.values else queryset


@admin.register(ApiToken)
class ApiTokenAdmin(ButtonAdmin[ApiToken], MachineAdmin):
    related = ["user"]
    list_display = ["name", "masked", "user", "may", "state", "last_used_at", "expires_at", "created_at"]
    list_filter = [StateFilter, ScopeFilter, "created_at"]
    search_fields = ["name", "last_four", "user__username"]
    search_help_text = "name, last four letters, person; never the token itself"
    actions = ["revoke"]
    readonly_fields = ["masked", "may", "state"]
    fieldsets = [
        (None, {"fields": ["name", "masked", "user", "may"]}),
        ("Now", {"fields": ["state", "last_used_at", "expires_at", "revoked_at"]}),
        ("Record", {"fields": ["created_at"]}),
    ]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Nobody edits a token; who has the right to change one may end it."""
        return request.user.has_perm("generation.change_apitoken")

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """A person can be deleted only by who may delete their tokens."""
        return request.user.has_perm("generation.delete_apitoken")

    def buttons(self, row: ApiToken) -> Sequence[str]:
        return [] if row.revoked_at else ["revoke"]

    @admin.action(description="Revoke: they open nothing any more", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        self.write(request, queryset.filter(revoked_at=None), "Revoked.", revoked_at=timezone.now())

    @admin.display(description="token", ordering="last_four")
    def masked(self, token: ApiToken) -> str:
        return format_html("<code>…{}</code>", token.last_four)

    @admin.display(description="may")
    def may(self, token: ApiToken) -> str:
        return scopes_in_words(token)

    @admin.display(description="state")
    def state(self, token: ApiToken) -> str:
        ends = {
            "revoked": token.revoked_at is not None,
            "expired": token.expires_at is not None and token.expires_at <= timezone.now(),
            "its person’s account is closed": not token.user.is_active,
        }
        ended = next((words for words, holds in ends.items() if holds), "")
        return badge("cancelled", ended) if ended else badge("completed", "works")


# --- exports ---------------------------------------------------------------------------------------------------------

COLOURS = {ExportStatus.READY: "completed", ExportStatus.MAKING: "generating", ExportStatus.PENDING: "waiting"}


@admin.register(Export)
class ExportAdmin(MachineAdmin):
    related = ["project", "requested_by"]
    list_display = ["pk", "of_project", "requested_by", "state", "pictures", "bytes", "created_at", "expires_at"]
    list_filter = ["status", "created_at"]
    search_fields = ["project__title", "requested_by__username", "error"]
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    readonly_fields = ["file_name"]
    fieldsets = [
        (None, {"fields": ["project", "requested_by", "status", "error"]}),
        ("Made", {"fields": ["done", "total", "file_name", "size"]}),
        ("When", {"fields": ["created_at", "started_at", "finished_at", "expires_at"]}),
    ]

    @admin.display(description="project", ordering="project__title")
    def of_project(self, export: Export) -> str:
        return link(export.project)

    @admin.display(description="status", ordering="status")
    def state(self, export: Export) -> str:
        return badge(COLOURS.get(ExportStatus(export.status), "failed"), export.get_status_display())

    @admin.display(description="pictures")
    def pictures(self, export: Export) -> str:
        return f"{export.done} of {export.total}"

    @admin.display(description="size", ordering="size")
    def bytes(self, export: Export) -> str:
        return filesizeformat(export.size) if export.size else EMPTY

    @admin.display(description="file")
    def file_name(self, export: Export) -> str:
        """Where it is kept. It is fetched from its project's page, by who may see that."""
        return export.file.name or EMPTY
