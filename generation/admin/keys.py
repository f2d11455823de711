"""Keys: written in, never read out. People know one by its alias, its last four letters and its fingerprint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.views.decorators.debug import sensitive_post_parameters
from django_stubs_ext import WithAnnotations

from generation import dispatch, keys
from generation.admin.entering import KeyForm, NewKeyForm
from generation.admin.entering_pages import paste_view, rotate_view
from generation.admin.finance import ButtonAdmin, KeptAdmin, page
from generation.errors import Refusal
from generation.models import ApiKey, Call, KeyPool
from generation.models.keys import MINUTE
from generation.pages.health import FINGERPRINT_SHOWN, health
from storyboards.admin.parts import EMPTY, badge, count_of, excerpt, link

HOUR = 60 * MINUTE
MOST_TRIED = 10
"""Keys of one action: each is a request to a vendor, and a page has to wait for all of them."""
SHORT = 42
"""Letters of a state in a list, where it stands in one line."""


class Used(TypedDict):
    minute: int
    hour: int


if TYPE_CHECKING:
    UsedKey = WithAnnotations[ApiKey, Used]


def shares(key: ApiKey) -> str:
    """With which keys it shares what the vendor allows."""
    others = [str(other) for other in key.account.keys.all() if other.pk != key.pk]
    return f"shares the limits of {key.account.name} with {', '.join(others)}" if others else "alone in its account"


class ProviderOfAccount(admin.SimpleListFilter):
    title = "provider"
    parameter_name = "made_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in keys.providers_with_keys()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(account__provider=self.value()) if self.value() else queryset


@admin.register(ApiKey)
class ApiKeyAdmin(ButtonAdmin[ApiKey], KeptAdmin[ApiKey]):
    change_form_template = "admin/generation/key.html"
    change_list_template = "admin/generation/keys.html"
    references = {"calls": "call"}
    instead = "Switch it off instead: nothing is asked with it then, and the ledger stays whole."
    list_display = [
        "alias", "masked", "provider", "of_account", "in_pools", "state", "minute", "hour", "last_used_at", "trouble",
    ]  # fmt: skip
    list_filter = ["enabled", ProviderOfAccount, "pools"]
    search_fields = ["alias", "account__name", "last_four", "fingerprint", "variable"]
    search_help_text = "alias, account, last four letters, fingerprint; never the key itself"
    actions = ["enable", "disable", "test"]
    readonly_fields = [
        "masked", "provider", "sharing", "state_in_full", "minute", "hour", "last_used_at", "trouble", "variable",
        "created_at",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        now, calls = timezone.now(), Call.objects.all()
        return (
            super()
            .get_queryset(request)
            .select_related("account")
            .prefetch_related("pools", "account__keys", "account__limits")
            .annotate(
                minute=count_of(calls.filter(sent_at__gt=now - timedelta(seconds=MINUTE)), "key"),
                hour=count_of(calls.filter(sent_at__gt=now - timedelta(seconds=HOUR)), "key"),
            )
        )

    # --- pages -------------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=KeyForm if obj else NewKeyForm, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["provider", "new_secret", "account", "alias", "pools"]})]
        return [
            (None, {"fields": ["alias", "masked", "provider", "account", "sharing", "pools"]}),
            ("Now", {"fields": ["state_in_full", "minute", "hour", "last_used_at", "trouble"]}),
            ("Record", {"fields": ["variable", "created_at"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self.readonly_fields if obj else []

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @method_decorator(sensitive_post_parameters())
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """What the form could not foresee: the same key put in twice at the same time."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as refusal:
            self.message_user(request, str(refusal), "ERROR")
            return HttpResponseRedirect(page(self.opts, "changelist"))

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Only what was edited: a worker may have written `last_used_at` since the row was read."""
        if change:
            obj.save(update_fields=["alias", "account"])
        else:
            obj.pk = form.add().pk
            obj.refresh_from_db()
        dispatch.ring_on_commit()

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        own = [
            path("paste/", guarded(self.paste), name="generation_apikey_paste"),
            path("<path:object_id>/rotate/", guarded(self.rotate), name="generation_apikey_rotate"),
        ]
        return [*own, *super().get_urls()]

    @method_decorator(sensitive_post_parameters())
    def paste(self, request: HttpRequest) -> HttpResponse:
        return paste_view(self, request)

    @method_decorator(sensitive_post_parameters())
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return rotate_view(self, request, object_id)

    def key_to_change(self, request: HttpRequest, object_id: str) -> ApiKey | None:
        key = self.get_object(request, object_id)
        if not self.has_change_permission(request, key):
            raise PermissionDenied
        return key

    # --- actions -----------------------------------------------------------------------------------------------------

    def buttons(self, row: ApiKey) -> Sequence[str]:
        return ["test", "disable" if row.enabled else "enable"]

    @admin.action(description="Switch on", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        self.write(request, queryset.filter(enabled=False), "Switched on.", enabled=True, disabled_reason="")

    @admin.action(description="Switch off", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        reason = f"by {request.user} on {timezone.localtime():%Y-%m-%d}"
        self.write(request, queryset.filter(enabled=True), "Switched off.", enabled=False, disabled_reason=reason)

    @admin.action(description="Test: ask the vendor whether it accepts it", permissions=["change"])
    def test(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        for key in queryset[:MOST_TRIED]:
            tried = keys.check(key)
            self.log_change(request, key, f"Tested: {tried.words}")
            off = " It is switched off all the same." if tried.accepted and not key.enabled else ""
            self.message_user(request, f"{key}: {tried.words}{off}", "SUCCESS" if tried.accepted else "ERROR")
        if queryset.count() > MOST_TRIED:
            self.message_user(request, f"Only the first {MOST_TRIED} were tested.", "WARNING")
        return None

    # --- cells -------------------------------------------------------------------------------------------------------

    @admin.display(description="key", ordering="last_four")
    def masked(self, key: ApiKey) -> str:
        return format_html("<code>…{} · {}</code>", key.last_four, key.fingerprint[:FINGERPRINT_SHOWN])

    @admin.display(description="provider", ordering="account__provider")
    def provider(self, key: ApiKey) -> str:
        return key.account.provider

    @admin.display(description="account", ordering="account__name")
    def of_account(self, key: ApiKey) -> str:
        others = len(key.account.keys.all()) - 1
        words = format_html('<br><span title="{}">{}</span>', shares(key), f"shared with {others}") if others else ""
        return format_html("{}{}", link(key.account, key.account.name), words)

    @admin.display(description="limits")
    def sharing(self, key: ApiKey) -> str:
        return shares(key)

    @admin.display(description="pools")
    def in_pools(self, key: ApiKey) -> str:
        pools: list[KeyPool] = list(key.pools.all())
        return ", ".join(pool.title for pool in pools) or EMPTY

    @admin.display(description="state")
    def state(self, key: ApiKey) -> str:
        state, words = health(key)
        return badge(state, Truncator(words).chars(SHORT))

    @admin.display(description="state")
    def state_in_full(self, key: ApiKey) -> str:
        return badge(*health(key))

    @admin.display(description="last minute", ordering="minute")
    def minute(self, key: UsedKey) -> int:
        return key.minute

    @admin.display(description="last hour", ordering="hour")
    def hour(self, key: UsedKey) -> int:
        return key.hour

    @admin.display(description="last error", ordering="last_error_at")
    def trouble(self, key: ApiKey) -> str:
        if key.last_error_at is None:
            return EMPTY
        return format_html("{} ({} ago)", excerpt(key.last_error, 120), timesince(key.last_error_at))
