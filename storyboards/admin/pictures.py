"""Stored pictures, and their files for the admin's own pages."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from storyboards.admin.parts import ReadOnlyAdmin, thumbnail
from storyboards.models import Picture
from storyboards.views.pictures import picture_response


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin[Picture]):
    list_display = ["shown", "__str__", "content_type", "pixels", "weight", "created_at"]
    list_display_links = ["__str__"]
    list_filter = ["content_type", "created_at"]
    search_fields = ["sha256"]
    date_hierarchy = "created_at"
    fieldsets = [
        (None, {"fields": ["shown_large", "whole"]}),
        ("File", {"fields": ["content_type", "width", "height", "size", "sha256", "file_name", "created_at"]}),
    ]
    readonly_fields = ["shown_large", "whole", "file_name"]

    @admin.display(description="picture")
    def shown(self, picture: Picture) -> str:
        return thumbnail(picture.pk)

    @admin.display(description="picture")
    def shown_large(self, picture: Picture) -> str:
        return thumbnail(picture.pk, large=True)

    @admin.display(description="as stored")
    def whole(self, picture: Picture) -> str:
        address = reverse("admin:storyboards_picture_file", args=[picture.pk, "whole"])
        return format_html('<a href="{}">{}×{}</a>', address, picture.width, picture.height)

    @admin.display(description="pixels", ordering="width")
    def pixels(self, picture: Picture) -> str:
        return f"{picture.width}×{picture.height}"

    @admin.display(description="size", ordering="size")
    def weight(self, picture: Picture) -> str:
        return filesizeformat(picture.size)

    @admin.display(description="file")
    def file_name(self, picture: Picture) -> str:
        """The name alone: storage hands nothing out by it."""
        return picture.file.name or ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file_view)
        return [path("<int:pk>/file/<slug:size>/", view, name="storyboards_picture_file"), *super().get_urls()]

    def file_view(self, request: HttpRequest, pk: int, size: str) -> HttpResponse:
        """Also of what is in the trash, for staff who may see pictures."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return picture_response(request, get_object_or_404(Picture, pk=pk), small=size == "small")
