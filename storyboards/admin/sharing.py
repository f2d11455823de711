"""Share links. Their secret is shown nowhere here: it belongs to the project's owner."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from storyboards import editing
from storyboards.admin.parts import badge, link
from storyboards.models import ShareLink
from storyboards.models.projects import ShareLinkQuerySet


@admin.register(ShareLink)
class ShareLinkAdmin(admin.ModelAdmin[ShareLink]):
    list_display = ["__str__", "of_project", "state", "created_at", "expires_at", "revoked_at"]
    list_select_related = ["project"]
    list_filter = ["created_at", "expires_at", ("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ["project__title", "project__owner__username"]
    date_hierarchy = "created_at"
    fields = ["project", "state", "created_at", "expires_at", "revoked_at"]
    readonly_fields = ["project", "state", "created_at", "revoked_at"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # owners make them on the project's page, and get to see them there

    @admin.display(description="project", ordering="project__title")
    def of_project(self, share: ShareLink) -> str:
        return link(share.project)

    @admin.display(description="state")
    def state(self, share: ShareLink) -> str:
        if share.revoked_at is not None:
            return badge("cancelled", "revoked")
        over = share.expires_at is not None and share.expires_at <= timezone.now()
        return badge("cancelled", "expired") if over else badge("completed", "open")

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: ShareLinkQuerySet) -> None:
        links = list(queryset.filter(revoked_at=None).select_related("project"))
        for share in links:
            editing.revoke_share_link(share)
            self.log_change(request, share, "Revoked.")
        self.message_user(request, f"{len(links)} revoked: they open nothing any more.")
