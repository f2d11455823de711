"""Prices as the vendors' lists say, and what may be spent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Case, Model, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django_stubs_ext import WithAnnotations

from generation import dispatch, money
from generation.admin.finance import ProviderAdmin
from generation.admin.parts import PersonAdmin, ProviderFilter
from generation.models import Budget, Call, Period, Price
from generation.providers import PROVIDERS
from storyboards.admin.parts import badge

# --- prices ----------------------------------------------------------------------------------------------------------


@admin.register(Price)
class PriceAdmin(ProviderAdmin[Price]):
    list_display = [
        "provider", "of_model", "size", "quality", "per_picture", "per_reference", "per_second", "checked_on",
    ]  # fmt: skip
    list_display_links = ["of_model"]
    list_editable = ["per_picture", "per_reference", "per_second", "checked_on"]
    list_filter = [ProviderFilter, "quality", "checked_on"]
    list_per_page = 60
    search_fields = ["provider", "model", "size", "quality"]
    actions = ["checked_today"]
    fieldsets = [
        (None, {
            "fields": ["provider", "model", "size", "quality", "checked_on"],
            "description": "US dollars. The row that names a picture most precisely tells each of its prices; what it "
            "leaves empty, a less precise one tells.",
        }),
        ("The picture", {"fields": ["per_picture", "per_reference", "per_second"]}),
        ("A million tokens", {"fields": ["text_in", "image_in", "text_out", "image_out"]}),
    ]  # fmt: skip

    def provider_names(self) -> Iterable[str]:
        return PROVIDERS

    @admin.display(description="model", ordering="model")
    def of_model(self, price: Price) -> str:
        return price.model or "all models"

    @admin.action(description="The vendor’s list was read today, and says the same", permissions=["change"])
    def checked_today(self, request: HttpRequest, queryset: QuerySet[Price]) -> None:
        rows = list(queryset)
        queryset.update(checked_on=timezone.localdate())
        for row in rows:
            self.log_change(request, row, "Checked against the vendor’s list.")
        self.message_user(request, f"Checked today: {len(rows)}.", "SUCCESS")


# --- budgets ---------------------------------------------------------------------------------------------------------


SCOPES = {"run": "take__run", "project": "project", "user": "user"}
"""What a budget may be for, and how a call tells it."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
NEARLY = 80
"""Percent of a budget from which it is pointed out."""


class Spending(TypedDict):
    spent: Decimal


if TYPE_CHECKING:
    SpentBudget = WithAnnotations[Budget, Spending]


def with_spending(budgets: QuerySet[Budget], now: datetime) -> QuerySet[Budget]:
    """Each with what `money.spent` says of it, in one query for all."""
    begins = {period: money.period_begins(period, now) or BEGINNING for period in Period.values}
    since = Case(*[When(period=period, then=Value(at)) for period, at in begins.items()])
    calls = Call.objects.order_by().filter(sent_at__gte=OuterRef("since"))
    for_one = [
        When(**{f"{scope}__isnull": False, "then": _sum(calls.filter(**{field: OuterRef(f"{scope}_id")}))})
        for scope, field in SCOPES.items()
    ]
    return budgets.annotate(since=since).annotate(spent=Case(*for_one, default=_sum(calls)))


def _sum(calls: QuerySet[Call]) -> Coalesce:
    together = calls.annotate(together=Value(1)).values("together")
    total = together.annotate(total=Sum(Coalesce("cost", "reserved_cost"))).values("total")
    return Coalesce(Subquery(total), money.NOTHING, output_field=money.MONEY)


class BudgetForm(forms.ModelForm[Budget]):
    class Meta:
        model = Budget
        fields = ["run", "project", "user", "period", "amount"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = {scope: cleaned[scope] for scope in SCOPES if cleaned.get(scope)}
        if len(chosen) > 1:
            raise ValidationError("Choose one: a run, a project or a person; or none of them, for everything.")
        period = {} if {"run", "project"} & chosen.keys() else {"period": cleaned.get("period")}
        same = Budget.objects.filter(**{scope: chosen.get(scope) for scope in SCOPES}, **period)
        if "period" in cleaned and same.exclude(pk=self.instance.pk).exists():
            raise ValidationError("There is a budget for that already: change its amount.")
        return cleaned


@admin.register(Budget)
class BudgetAdmin(PersonAdmin):
    form = BudgetForm
    list_display = ["what_for", "period", "amount", "spent", "left", "state"]
    list_filter = ["period"]
    list_select_related = ["run__project", "run__style", "project", "user"]
    search_fields = ["run__project__title", "project__title", "user__username"]
    autocomplete_fields = [*SCOPES]
    readonly_fields = ["spent", "left", "state"]
    fieldsets = [
        ("What it is for", {
            "fields": list(SCOPES),
            "description": "One of these; with none of them it is for everything that costs money.",
        }),
        ("How much", {"fields": ["amount", "period"]}),
        ("Now", {"fields": ["spent", "left", "state"]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Budget]:
        return with_spending(super().get_queryset(request), timezone.now())

    def get_fieldsets(self, request: HttpRequest, obj: Budget | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[:-1]

    def save_model(self, request: HttpRequest, obj: Budget, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        dispatch.ring_on_commit()

    @admin.display(description="for")
    def what_for(self, budget: Budget) -> str:
        row: Model | None = budget.run or budget.project or budget.user
        return str(row) if row else "everything"

    @admin.display(description="spent", ordering="spent")
    def spent(self, budget: SpentBudget) -> str:
        return f"${budget.spent:.2f}"

    @admin.display(description="left")
    def left(self, budget: SpentBudget) -> str:
        return f"${max(budget.amount - budget.spent, Decimal()):.2f}"

    @admin.display(description="state")
    def state(self, budget: SpentBudget) -> str:
        if budget.spent >= budget.amount:
            return badge("failed", "used up: runs are held")
        share = round(100 * budget.spent / budget.amount)
        return badge("waiting" if share >= NEARLY else "completed", f"{share} % used")
