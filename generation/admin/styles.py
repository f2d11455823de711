"""Styles once more, with the engine that makes them and a look at the prompts that their templates come to."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from generation.admin.assembling import assemble
from generation.models import StyleEngine
from storyboards.admin import styles as authoring
from storyboards.admin.parts import EMPTY, link
from storyboards.models import Project, Style


class DefaultEngineInline(admin.StackedInline[StyleEngine, Style]):
    model = StyleEngine
    verbose_name = verbose_name_plural = "default engine"
    autocomplete_fields = ["engine"]


class PreviewForm(forms.Form):
    preview_of = forms.IntegerField(
        label="Project", required=False, min_value=1, max_value=2**63 - 1,
        help_text="Its number, as in its address; empty: a sample of three steps.",
    )  # fmt: skip


admin.site.unregister(Style)


@admin.register(Style)
class StyleAdmin(authoring.StyleAdmin):
    change_form_template = "admin/generation/style.html"
    list_display = ["title", "shown", "slug", "look_words", "own_templates", "made_by", "position"]
    list_select_related = ["reference_picture", "default_engine__engine"]
    inlines = [DefaultEngineInline]

    # --- what the templates come to ----------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(self.preview)
        return [
            path("preview/", preview, name="generation_style_preview_new"),
            path("<int:pk>/preview/", preview, name="generation_style_preview"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def preview(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """The prompts as the values of the form would make them. Nothing of it is stored."""
        style = get_object_or_404(Style, pk=pk) if pk else None
        if not self._may_edit(request, style):
            raise PermissionDenied
        form, wish = authoring.StyleForm(request.POST, instance=style), PreviewForm(request.POST)
        project = self._project(request, wish)
        usable = form.is_valid() and wish.is_valid()
        context = {
            **self.admin_site.each_context(request),
            "title": f"What “{form.data.get('title') or 'the style'}” would send",
            "opts": self.opts,
            "form": form,
            "problems": [(form[name].label, errors) for name, errors in form.errors.items() if name in form.fields],
            "project": project,
            "missing": bool(request.POST.get("preview_of")) and project is None,
            "assembled": assemble(form.instance, project) if usable else [],
        }
        return TemplateResponse(request, "admin/generation/style_preview.html", context)

    def _project(self, request: HttpRequest, wish: PreviewForm) -> Project | None:
        """One that this person may see."""
        if not wish.is_valid():
            return None
        return Project.objects.visible_to(request.user).filter(pk=wish.cleaned_data["preview_of"] or 0).first()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = (extra_context or {}) | {"preview_form": PreviewForm()}
        return super().changeform_view(request, object_id, form_url, context)

    @admin.display(description="engine", ordering="default_engine__engine")
    def made_by(self, style: Style) -> str:
        default: StyleEngine | None = getattr(style, "default_engine", None)
        return link(default.engine) if default else EMPTY
