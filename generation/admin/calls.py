"""The ledger: every request to a vendor."""

from django.contrib import admin

from generation.admin.parts import CodeFilter, MachineAdmin, ProviderFilter
from generation.models import Call
from storyboards.admin.parts import EMPTY, as_json, badge, excerpt, link


@admin.register(Call)
class CallAdmin(MachineAdmin):
    linked = frozenset({"take__run__id__exact"})
    kind = "call"
    references = {"call": "pk", "take": "take", "frame": "take__frame", "run": "take__run"}
    related = ["project", "user", "engine", "take", "account", "key"]
    list_display = [
        "reference", "of_project", "step_number", "made_by", "result", "money", "error", "seconds", "user",
        "sent_at",
    ]  # fmt: skip
    list_filter = ["outcome", "charged", CodeFilter, ProviderFilter, "engine", "sent_at"]
    search_fields = ["project_title", "user__username", "take__prompt", "remote_id", "error_message", "finish_reason"]
    search_help_text = "project, person, prompt, the vendor’s id, error; or call-123, take-12"
    date_hierarchy = "sent_at"
    ordering = ["-pk"]
    readonly_fields = ["reference", "result", "usage_shown"]
    fieldsets = [
        (None, {"fields": ["reference", "result", "project", "project_title", "step_number", "take", "user"]}),
        ("Vendor", {"fields": [
            "provider", "engine", "model", "account", "key", "remote_id", "finish_reason", "usage_shown",
        ]}),
        ("Money", {"fields": ["charged", "reserved_cost", "cost", "size", "quality", "input_images"]}),
        ("Error", {"fields": ["error_code", "error_message"]}),
        ("Course", {"fields": ["outcome", "attempt", "fence", "sent_at", "finished_at", "provider_seconds"]}),
    ]  # fmt: skip

    @admin.display(description="project", ordering="project_title")
    def of_project(self, call: Call) -> str:
        return link(call.project, call.project_title) if call.project else excerpt(call.project_title)

    @admin.display(description="made by", ordering="provider")
    def made_by(self, call: Call) -> str:
        return " ".join(filter(None, (call.provider, call.model)))

    @admin.display(description="outcome", ordering="outcome")
    def result(self, call: Call) -> str:
        return badge(call.outcome, call.get_outcome_display())

    @admin.display(description="money", ordering="cost")
    def money(self, call: Call) -> str:
        cost = f"${call.cost.normalize():f}" if call.cost else ""
        return cost or call.get_charged_display() or EMPTY

    @admin.display(description="error", ordering="error_code")
    def error(self, call: Call) -> str:
        return excerpt(call.error_message or call.error_code, 60)

    @admin.display(description="seconds", ordering="provider_seconds")
    def seconds(self, call: Call) -> str:
        return EMPTY if call.provider_seconds is None else f"{call.provider_seconds:.1f}"

    @admin.display(description="usage")
    def usage_shown(self, call: Call) -> str:
        return as_json(call.usage) if call.usage else EMPTY
