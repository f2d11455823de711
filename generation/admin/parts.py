"""Cells, searches and filters that several pages of the machine's tables share."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse

from generation.models import Frame, StyleRun, Take
from generation.pages import failures, wording
from generation.providers import PROVIDERS
from storyboards.admin.parts import ReadOnlyAdmin, badge

# --- forms -----------------------------------------------------------------------------------------------------------


class PersonAdmin(admin.ModelAdmin[Any]):
    """Of rows that may be for one person. Who may see people searches among them; others choose from the names."""

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        found = super().get_autocomplete_fields(request)
        return [name for name in found if name != "user" or request.user.has_perm("auth.view_user")]


# --- cells -----------------------------------------------------------------------------------------------------------


def run_badge(run: StyleRun) -> str:
    state = wording.run_state(run)
    return badge(state.key, state.sentence())


def status_badge(row: Frame | Take) -> str:
    return badge(row.status, row.get_status_display())


def board_url(run: StyleRun) -> str | None:
    """The board with this run on it; what is in the trash has none."""
    if run.project.deleted_at is not None:
        return None
    return reverse("board", args=[run.project_id], query={"run": run.pk})


def newest_thumbnail(field: str) -> Subquery:
    """An annotation: the picture of the newest chosen take of the frames that point here by `field`."""
    frames = Frame.objects.filter(**{field: OuterRef("pk")}, chosen__thumbnail__isnull=False)
    return Subquery(frames.order_by(F("chosen").desc()).values("chosen__thumbnail")[:1])


# --- searching and filtering -----------------------------------------------------------------------------------------

REFERENCE = re.compile(r"^\s*(call|take|frame|run)-(\d{1,18})\s*$", re.IGNORECASE)


class MachineAdmin(ReadOnlyAdmin[Any]):
    """Rows that the machine writes, found by the reference that people are told: `call-123`."""

    kind: ClassVar[str] = ""
    references: ClassVar[Mapping[str, str]] = {}
    """Kind of reference → how to look here for it."""
    linked: ClassVar[frozenset[str]] = frozenset()
    """Lookups that links from other pages use, beside the filters."""

    @admin.display(description="reference", ordering="pk")
    def reference(self, row: Model) -> str:
        return f"{self.kind}-{row.pk}"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in self.linked or super().lookup_allowed(lookup, value, request)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        match = REFERENCE.match(search_term)
        lookup = self.references.get(match[1].lower()) if match else None
        if match is None or lookup is None:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(Q(**{lookup: int(match[2])})), False


class CodeFilter(admin.SimpleListFilter):
    """What went wrong. The list is the code's own: looking for all codes in a long table would read all of it."""

    title = "error"
    parameter_name = "error"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("any", "any error"), *((code, code.replace("_", " ")) for code in failures.FAILURES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if self.value() == "any":
            return queryset.exclude(error_code="")
        return queryset.filter(error_code=self.value())


class ProviderFilter(admin.SimpleListFilter):
    title = "provider"
    parameter_name = "made_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in PROVIDERS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(provider=self.value()) if self.value() else queryset
