"""Who did what in the admin: kept by Django, shown here, changed by nobody."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry

from generation.admin.parts import MachineAdmin
from storyboards.admin.parts import EMPTY, excerpt


@admin.register(LogEntry)
class LogEntryAdmin(MachineAdmin):
    related = ["user", "content_type"]
    list_display = ["action_time", "user", "content_type", "what", "object_repr", "words"]
    list_filter = ["action_flag", "content_type", "action_time"]
    search_fields = ["object_repr", "change_message", "user__username"]
    date_hierarchy = "action_time"
    ordering = ["-pk"]
    readonly_fields = ["what", "words"]
    fieldsets = [
        (None, {"fields": ["action_time", "user", "what", "content_type", "object_id", "object_repr", "words"]}),
        ("Record", {"fields": ["action_flag", "change_message"], "classes": ["collapse"]}),
    ]

    @admin.display(description="action", ordering="action_flag")
    def what(self, entry: LogEntry) -> str:
        return entry.get_action_flag_display()

    @admin.display(description="words")
    def words(self, entry: LogEntry) -> str:
        return excerpt(entry.get_change_message(), 120) or EMPTY
