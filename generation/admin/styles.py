"""Styles once more, with the engine that makes them."""

from django.contrib import admin

from generation.models import StyleEngine
from storyboards.admin import styles as authoring
from storyboards.admin.parts import EMPTY, link
from storyboards.models import Style


class DefaultEngineInline(admin.StackedInline[StyleEngine, Style]):
    model = StyleEngine
    verbose_name = verbose_name_plural = "default engine"
    autocomplete_fields = ["engine"]


admin.site.unregister(Style)


@admin.register(Style)
class StyleAdmin(authoring.StyleAdmin):
    list_display = ["title", "shown", "slug", "look_words", "own_templates", "made_by", "position"]
    list_select_related = ["reference_picture", "default_engine__engine"]
    inlines = [DefaultEngineInline]

    @admin.display(description="engine", ordering="default_engine__engine")
    def made_by(self, style: Style) -> str:
        default: StyleEngine | None = getattr(style, "default_engine", None)
        return link(default.engine) if default else EMPTY
