"""Stored pictures once more, with the takes that show them."""

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html_join

from generation.models import Take
from storyboards.admin import pictures as authoring
from storyboards.admin.parts import EMPTY, link
from storyboards.models import Picture

SHOWN_USES = 50

admin.site.unregister(Picture)


@admin.register(Picture)
class PictureAdmin(authoring.PictureAdmin):
    readonly_fields = [*authoring.PictureAdmin.readonly_fields, "takes"]
    fieldsets = [*authoring.PictureAdmin.fieldsets, ("Shown by", {"fields": ["takes"]})]

    @admin.display(description="takes")
    def takes(self, picture: Picture) -> str:
        uses = Take.objects.filter(Q(original=picture) | Q(display=picture) | Q(thumbnail=picture))
        return format_html_join(", ", "{}", [(link(take),) for take in uses[:SHOWN_USES]]) or EMPTY
