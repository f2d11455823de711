"""The switch: thrown and released by the same verbs as everywhere else, never edited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from generation import actions
from generation.admin.verbs import person
from generation.errors import Refusal
from generation.models import Switch
from generation.providers import PROVIDERS


class SwitchForm(forms.ModelForm[Switch]):
    provider = forms.ChoiceField(
        required=False,
        label="What",
        choices=lambda: [("", "Everything that costs money"), *((name, f"Calls of {name}") for name in PROVIDERS)],
    )

    class Meta:
        model = Switch
        fields = ["provider", "reason"]
        help_texts = {"reason": "Everybody reads it while it lasts."}

    def clean_provider(self) -> str:
        provider: str = self.cleaned_data["provider"]
        if Switch.objects.filter(provider=provider).exists():
            raise forms.ValidationError("It is paused already.")
        return provider


@admin.register(Switch)
class SwitchAdmin(admin.ModelAdmin[Switch]):
    form = SwitchForm
    list_display = ["__str__", "reason", "thrown_by", "thrown_at"]
    list_select_related = ["thrown_by"]
    search_fields = ["provider", "reason"]
    actions = ["release"]
    fields = ["provider", "reason"]

    def get_fields(self, request: HttpRequest, obj: Switch | None = None) -> Any:
        return ["provider", "reason", "thrown_by", "thrown_at"] if obj else ["provider", "reason"]

    def get_actions(self, request: HttpRequest) -> Any:
        """Deleting one row is releasing; for many there is the action."""
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def has_change_permission(self, request: HttpRequest, obj: Switch | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Switch, form: Any, change: bool) -> None:
        actions.throw_switch(obj.provider, user=person(request), reason=obj.reason)
        obj.pk = Switch.objects.get(provider=obj.provider).pk

    def delete_model(self, request: HttpRequest, obj: Switch) -> None:
        actions.release_switch(obj.provider, user=person(request))

    @admin.action(description="Release: calls may start again", permissions=["delete"])
    def release(self, request: HttpRequest, queryset: QuerySet[Switch]) -> None:
        for switch in list(queryset):
            try:
                with transaction.atomic():
                    self.log_deletions(request, Switch.objects.filter(pk=switch.pk))
                    actions.release_switch(switch.provider, user=person(request))
            except Refusal as refusal:
                self.message_user(request, f"{switch}: {refusal}", "WARNING")
            else:
                self.message_user(request, f"No longer: {switch}.", "SUCCESS")
