"""What all admin pages are built from: links, thumbnails, badges, read-only rows, and deletion into the trash."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

M = TypeVar("M", bound=Model)
Parent = TypeVar("Parent", bound=Model)

EMPTY = "–"

# --- cells -----------------------------------------------------------------------------------------------------------


def link(row: Model | None, text: object = "") -> str:
    """To the admin page of this row."""
    if row is None:
        return EMPTY
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a href="{}" dir="auto">{}</a>', reverse(name, args=[row.pk]), text or row)


def list_link(model: type[Model], text: str, **filters: object) -> str:
    """To the list of these rows, filtered."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    query = {key: str(value) for key, value in filters.items()}
    return format_html('<a href="{}">{}</a>', reverse(name, query=query), text)


def thumbnail(picture_id: int | None, *, large: bool = False) -> str:
    """A small picture. Its address is checked like the page it stands on."""
    if picture_id is None:
        return EMPTY
    address = reverse("admin:storyboards_picture_file", args=[picture_id, "small"])
    side = 240 if large else 64
    return format_html(
        '<img class="thumb{}" src="{}" width="{}" height="{}" alt="" loading="lazy">',
        " thumb-large" if large else "", address, side, side,
    )  # fmt: skip


def badge(key: str, word: object) -> str:
    """A state: the word says it, the colour only helps."""
    return format_html('<span class="badge is-{}">{}</span>', key, word)


def excerpt(text: str, characters: int = 90) -> str:
    return format_html('<span dir="auto">{}</span>', Truncator(text).chars(characters)) if text else EMPTY


def long_text(text: str) -> str:
    """People's words as they wrote them, with their line ends."""
    return format_html('<div class="long-text" dir="auto">{}</div>', text) if text else EMPTY


def as_json(value: object) -> str:
    return format_html('<pre class="json">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False))


# --- numbers beside rows, without a query for each --------------------------------------------------------------------


def count_of(rows: QuerySet[Any], field: str) -> Coalesce:
    """An annotation: how many of `rows` point here by `field`."""
    counted = rows.order_by().filter(**{field: OuterRef("pk")}).values(field).annotate(counted=Count("pk"))
    return Coalesce(Subquery(counted.values("counted")), 0)


# --- rows that the machine writes ------------------------------------------------------------------------------------


class ReadOnly:
    """Nobody adds, changes or deletes these by hand: what they record has happened."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin[M]):
    """A table that may be long: it is never counted twice."""

    show_full_result_count = False
    list_per_page = 50
    related: Sequence[str] = ()
    """Foreign keys whose words a page shows, in the list and on a row's own page alike."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        return super().get_queryset(request).select_related(*self.related)


class ReadOnlyInline(ReadOnly, admin.TabularInline[M, Parent]):
    extra = 0
    can_delete = False
    classes = ["compact"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return flatten(self.fields or ())


# --- the trash -------------------------------------------------------------------------------------------------------


class TrashFilter(admin.SimpleListFilter):
    """What is in the trash is not shown unless somebody asks for it."""

    title = "trash"
    parameter_name = "trash"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("only", "In the trash"), ("all", "Both")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        shown = list(super().choices(changelist))
        shown[0]["display"] = "Not in the trash"
        return iter(shown)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() != "only")


class TrashingAdmin(admin.ModelAdmin[M]):
    """Deleting puts into the trash, with everything that must hear of it. What is in the trash cannot be edited."""

    delete_confirmation_template = "admin/storyboards/trash.html"
    delete_selected_confirmation_template = "admin/storyboards/trash_selected.html"

    def trash(self, row: M) -> None:
        raise NotImplementedError

    def bring_back(self, row: M) -> None:
        """Raises ValidationError where it cannot come back."""
        raise NotImplementedError

    @admin.action(description="Restore from the trash", permissions=["delete"])
    def restore(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        trashed = [row for row in queryset if in_trash(row)]
        for row in trashed:
            self._restore(request, row)
        if not trashed:
            self.message_user(request, "None of these is in the trash.", "WARNING")

    def _restore(self, request: HttpRequest, row: M) -> None:
        try:
            self.bring_back(row)
        except ValidationError as error:
            self.message_user(request, f"“{row}”: {' '.join(error.messages)}", "WARNING")
        else:
            self.log_change(request, row, "Restored from the trash.")
            self.message_user(request, f"“{row}” is back.", "SUCCESS")

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        self.trash(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        for row in queryset:
            if not in_trash(row):
                self.trash(row)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, Any], set[Any], list[Any]]:
        """Nothing else goes with it: no search for what a real deletion would take along."""
        rows = [str(row) for row in objs]
        return rows, {self.opts.verbose_name_plural: len(rows)}, set(), []

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return super().has_change_permission(request, obj) and not in_trash(obj)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not in_trash(obj)


def in_trash(row: Model | None) -> bool:
    return getattr(row, "deleted_at", None) is not None
