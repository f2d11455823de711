"""How much one person may have going at once."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from generation import dispatch
from generation.admin.parts import PersonAdmin
from generation.models import Cap


class CapForm(forms.ModelForm[Cap]):
    class Meta:
        model = Cap
        fields = ["user", "max_parallel", "max_runs"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        of_everybody = Cap.objects.filter(user=None).exclude(pk=self.instance.pk)
        if "user" in cleaned and cleaned["user"] is None and of_everybody.exists():
            raise ValidationError("There is a cap of everybody already: change its numbers.")
        return cleaned


@admin.register(Cap)
class CapAdmin(PersonAdmin):
    form = CapForm
    list_display = ["whose", "max_parallel", "max_runs"]
    list_display_links = ["whose"]
    list_editable = ["max_parallel", "max_runs"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    autocomplete_fields = ["user"]
    fieldsets = [
        ("Whose", {
            "fields": ["user"],
            "description": "A person’s own cap stands instead of everybody’s, also where it leaves a number empty.",
        }),
        ("At once", {
            "fields": ["max_parallel", "max_runs"],
            "description": "Pictures beyond it wait their turn. A run beyond it is refused; those that go, go on.",
        }),
    ]  # fmt: skip

    @admin.display(description="whose", ordering="user__username")
    def whose(self, cap: Cap) -> str:
        return str(cap.user or "everybody who has none of his own")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cap]:
        return super().get_queryset(request).order_by("user__username", "pk")

    def save_model(self, request: HttpRequest, obj: Cap, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        dispatch.ring_on_commit()

    def delete_model(self, request: HttpRequest, obj: Cap) -> None:
        super().delete_model(request, obj)
        dispatch.ring_on_commit()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Cap]) -> None:
        super().delete_queryset(request, queryset)
        dispatch.ring_on_commit()
