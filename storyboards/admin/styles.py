"""Styles: how pictures look, and the words prompts are made of."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from storyboards import pictures
from storyboards.admin.parts import excerpt, thumbnail
from storyboards.forms import PictureField
from storyboards.models import Picture, Style
from storyboards.models.styles import CUMULATIVE_TEMPLATE, FIRST_TEMPLATE, NEXT_TEMPLATE
from storyboards.variables import PLACEHOLDERS

HOUSE_TEMPLATES = {
    "first_template": ("For the first picture of a chain, and for independent ones.", FIRST_TEMPLATE),
    "next_template": ("For a picture that continues from the one before.", NEXT_TEMPLATE),
    "cumulative_template": ("For a picture made from the text of all steps so far.", CUMULATIVE_TEMPLATE),
}


def explain_placeholders() -> str:
    rows = format_html_join("", "<dt><code>${}</code></dt><dd>{}</dd>", PLACEHOLDERS.items())
    about = (
        "A line whose only placeholders are empty is left out of the prompt. $$ is the sign itself. "
        "Beside these there are the style’s own variables."
    )
    return format_html('<p>{}</p><dl class="placeholders">{}</dl>', about, rows)


def explain_template(purpose: str, house: str) -> str:
    return format_html(
        '{} Empty means the house’s own.<details class="house"><summary>Show it</summary><pre>{}</pre></details>',
        purpose, house,
    )  # fmt: skip


class StyleForm(forms.ModelForm[Style]):
    reference_upload = PictureField(
        label="New reference picture",
        required=False,
        help_text="PNG, JPEG or WebP. It is checked and encoded anew.",
    )
    reference_remove = forms.BooleanField(label="Remove the reference picture", required=False)

    class Meta:
        model = Style
        fields = ["slug", "title", "look", "avoid", "variables", *HOUSE_TEMPLATES, "position"]
        help_texts = {name: explain_template(*words) for name, words in HOUSE_TEMPLATES.items()}
        widgets = {
            name: forms.Textarea(attrs={"rows": 12, "cols": 100, "class": "template"}) for name in HOUSE_TEMPLATES
        } | {"variables": forms.Textarea(attrs={"rows": 4, "cols": 100, "dir": "auto"})}

    def reference_picture(self) -> Picture | None:
        if self.cleaned_data.get("reference_upload") is not None:
            return pictures.store(self.cleaned_data["reference_upload"])
        return None if self.cleaned_data.get("reference_remove") else self.instance.reference_picture


@admin.register(Style)
class StyleAdmin(admin.ModelAdmin[Style]):
    form = StyleForm
    list_display = ["title", "shown", "slug", "look_words", "own_templates", "position"]
    list_select_related = ["reference_picture"]
    search_fields = ["title", "slug", "look", "avoid"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["shown_large"]

    def get_fieldsets(self, request: HttpRequest, obj: Style | None = None) -> Any:
        uploads = ["reference_upload", "reference_remove"] if self._may_edit(request, obj) else []
        return [
            (None, {"fields": ["title", "slug", "position"]}),
            ("Look", {"fields": ["look", "avoid", "shown_large", *uploads]}),
            ("Variables", {"fields": ["variables"]}),
            ("Prompt templates", {"fields": list(HOUSE_TEMPLATES), "description": explain_placeholders()}),
        ]

    def _may_edit(self, request: HttpRequest, obj: Style | None) -> bool:
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Style | None = None) -> Any:
        return {} if obj else self.prepopulated_fields  # a slug that is in use does not follow a new title

    def save_model(self, request: HttpRequest, obj: Style, form: Any, change: bool) -> None:
        obj.reference_picture = form.reference_picture()
        super().save_model(request, obj, form, change)

    @admin.display(description="reference")
    def shown(self, style: Style) -> str:
        return thumbnail(style.reference_picture_id)

    @admin.display(description="reference picture")
    def shown_large(self, style: Style) -> str:
        return thumbnail(style.reference_picture_id, large=True)

    @admin.display(description="look", ordering="look")
    def look_words(self, style: Style) -> str:
        return excerpt(style.look)

    @admin.display(description="templates")
    def own_templates(self, style: Style) -> str:
        own = [name.removesuffix("_template") for name in HOUSE_TEMPLATES if getattr(style, name)]
        return f"own: {', '.join(own)}" if own else "the house’s"
