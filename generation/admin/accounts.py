"""Accounts, what their vendors allow them, and pools of keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import Truncator
from django_stubs_ext import WithAnnotations

from generation import dispatch, keys, limits
from generation.admin.finance import ButtonAdmin, KeptAdmin, ProviderAdmin
from generation.admin.keys import SHORT
from generation.admin.parts import ProviderFilter
from generation.models import Account, ApiKey, Call, KeyPool, Limit, Outcome
from generation.models.keys import DEFAULT_PER_MINUTE
from generation.pages.health import health
from generation.windows import LimitState
from storyboards.admin.parts import EMPTY, ReadOnlyInline, badge, count_of, excerpt, link, list_link


class LimitForm(forms.ModelForm[Limit]):
    class Meta:
        model = Limit
        fields = ["account", "model", "unit", "amount", "seconds", "midnight", "burst"]


def cooling(limit: Limit) -> str:
    if not limit.is_cooling(timezone.now()):
        return EMPTY
    assert limit.cooling_until is not None
    until = f"until {timezone.localtime(limit.cooling_until):%Y-%m-%d %H:%M:%S}"
    return badge("waiting", f"{until}: {limit.cooling_reason}" if limit.cooling_reason else until)


# --- accounts --------------------------------------------------------------------------------------------------------


class LimitInline(admin.TabularInline[Limit, Account]):
    model = Limit
    form = LimitForm
    extra = 0
    readonly_fields = ["waits"]
    classes = ["compact"]

    @admin.display(description="waits")
    def waits(self, limit: Limit) -> str:
        return cooling(limit)


class KeyInline(ReadOnlyInline[ApiKey, Account]):
    model = ApiKey
    fields = ["of_key", "state", "variable", "last_used_at", "last_error"]
    verbose_name_plural = "keys that share these limits"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return super().get_queryset(request).select_related("account").prefetch_related("account__limits")

    @admin.display(description="key")
    def of_key(self, key: ApiKey) -> str:
        return link(key)

    @admin.display(description="state")
    def state(self, key: ApiKey) -> str:
        return badge(*health(key))


class Counted(TypedDict):
    key_count: int
    in_flight: int


@admin.register(Account)
class AccountAdmin(ButtonAdmin[Account], KeptAdmin[Account], ProviderAdmin[Account]):
    references = {"keys": "key", "calls": "call"}
    instead = "Stop it instead: nothing is asked of it then, and the ledger stays whole."
    list_display = ["name", "provider", "state", "allowed", "key_count", "in_flight", "max_parallel", "note"]
    list_filter = [ProviderFilter]
    search_fields = ["name", "note", "stopped_reason"]
    inlines = [LimitInline, KeyInline]
    actions = ["stop", "resume"]
    readonly_fields = ["state", "in_flight"]
    fieldsets = [
        (None, {"fields": ["provider", "name", "note"]}),
        ("Now", {"fields": ["state", "in_flight", "stopped_reason"]}),
        ("Limits", {"fields": ["max_parallel"]}),
    ]

    def provider_names(self) -> Iterable[str]:
        return keys.providers_with_keys()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        flying = Call.objects.filter(outcome=Outcome.SENT)
        accounts = super().get_queryset(request).prefetch_related("limits")
        return accounts.annotate(
            key_count=count_of(ApiKey.objects.all(), "account"), in_flight=count_of(flying, "account")
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """An account without a limit would be asked as fast as workers can."""
        super().save_related(request, form, formsets, change)
        account: Account = form.instance
        if not change and not account.limits.exists():
            account.limits.create(amount=DEFAULT_PER_MINUTE)
            words = f"Nothing was said about its limits, so it is asked {DEFAULT_PER_MINUTE} times a minute at most."
            self.message_user(request, words, "WARNING")
        dispatch.ring_on_commit()

    def buttons(self, row: Account) -> Sequence[str]:
        return ["resume" if row.stopped_reason else "stop"]

    @admin.action(description="Stop: nothing more is asked of it", permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        reason = f"stopped by {request.user} on {timezone.localtime():%Y-%m-%d}"
        self.write(request, queryset.filter(stopped_reason=""), "Stopped.", stopped_reason=reason)

    @admin.action(description="Go on asking it", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        self.write(request, queryset.exclude(stopped_reason=""), "It is asked again.", stopped_reason="")

    @admin.display(description="state")
    def state(self, account: Account) -> str:
        if account.stopped_reason:
            return badge("failed", Truncator(f"stopped: {account.stopped_reason}").chars(SHORT))
        waiting = [limit.cooling_until for limit in account.limits.all() if limit.is_cooling(timezone.now())]
        if waiting:
            return badge("waiting", f"rate limit until {timezone.localtime(max(filter(None, waiting))):%H:%M:%S}")
        return badge("completed", "in use")

    @admin.display(description="allowed")
    def allowed(self, account: Account) -> str:
        return excerpt("; ".join(map(str, account.limits.all())), 120)

    @admin.display(description="keys", ordering="key_count")
    def key_count(self, account: WithAnnotations[Account, Counted]) -> int:
        return account.key_count

    @admin.display(description="in flight", ordering="in_flight")
    def in_flight(self, account: WithAnnotations[Account, Counted]) -> str:
        return list_link(Call, str(account.in_flight), account__id__exact=account.pk, outcome__exact=Outcome.SENT)


# --- limits ----------------------------------------------------------------------------------------------------------


class StandingList(ChangeList):
    """With what is used of each limit on the page now."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Limit] = list(self.result_list)
        self.result_list = rows
        standing = limits.load({limit.account_id: limit.account for limit in rows}.values(), timezone.now())
        states = {state.limit.pk: state for of_account in standing.values() for state in of_account}
        for limit in rows:
            limit.standing = states.get(limit.pk)  # type: ignore[attr-defined]


@admin.register(Limit)
class LimitAdmin(ButtonAdmin[Limit]):
    form = LimitForm
    list_display = ["what", "account", "used", "amount", "free", "waits", "burst", "learned_at"]
    list_display_links = ["what"]
    list_filter = ["account__provider", "unit", "seconds"]
    list_select_related = ["account"]
    list_per_page = 50
    search_fields = ["account__name", "model"]
    actions = ["end_cooling"]
    readonly_fields = ["used", "free", "waits", "learned_at"]
    fieldsets = [
        (None, {"fields": ["account", "model", "unit", "amount", "seconds", "midnight", "burst"]}),
        ("Now", {"fields": ["used", "free", "waits", "learned_at"]}),
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StandingList

    def get_readonly_fields(self, request: HttpRequest, obj: Limit | None = None) -> Any:
        return [*self.readonly_fields, "account"] if obj else self.readonly_fields

    def get_fieldsets(self, request: HttpRequest, obj: Limit | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[:1]

    def save_model(self, request: HttpRequest, obj: Limit, form: Any, change: bool) -> None:
        """Only what was edited: a claim may have learned of a refusal since the row was read."""
        obj.save(update_fields=form.changed_data if change else None)
        dispatch.ring_on_commit()

    def buttons(self, row: Limit) -> Sequence[str]:
        return ["end_cooling"] if row.is_cooling(timezone.now()) else []

    @admin.action(description="Do not wait any longer", permissions=["change"])
    def end_cooling(self, request: HttpRequest, queryset: QuerySet[Limit]) -> None:
        waiting = queryset.filter(cooling_until__gt=timezone.now())
        self.write(request, waiting, "No longer waited for.", cooling_until=None, cooling_reason="", strikes=0)

    @admin.display(description="limit")
    def what(self, limit: Limit) -> str:
        return str(limit)

    @admin.display(description="used now")
    def used(self, limit: Limit) -> str:
        return EMPTY if limit.amount is None else str(self._standing(limit).used)

    @admin.display(description="free now")
    def free(self, limit: Limit) -> str:
        return EMPTY if limit.amount is None else str(self._standing(limit).room)

    @admin.display(description="waits", ordering="cooling_until")
    def waits(self, limit: Limit) -> str:
        return cooling(limit)

    def _standing(self, limit: Limit) -> LimitState:
        """As the list knows it; on a limit's own page it is counted for itself."""
        known: LimitState | None = getattr(limit, "standing", None)
        if known is not None:
            return known
        states = limits.load([limit.account], timezone.now())[limit.account_id]
        return next(state for state in states if state.limit.pk == limit.pk)


# --- pools -----------------------------------------------------------------------------------------------------------


class MemberInline(admin.TabularInline[Any, KeyPool]):
    model = ApiKey.pools.through
    extra = 0
    verbose_name = "key"
    verbose_name_plural = "keys"
    classes = ["compact"]
    pool: KeyPool | None = None

    def get_formset(self, request: HttpRequest, obj: KeyPool | None = None, **kwargs: Any) -> Any:
        self.pool = obj
        return super().get_formset(request, obj, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("apikey")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "apikey":
            kwargs["queryset"] = ApiKey.objects.filter(account__provider=self.pool.provider if self.pool else "")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class Members(TypedDict):
    members: int
    ready: int


@admin.register(KeyPool)
class KeyPoolAdmin(ProviderAdmin[KeyPool]):
    list_display = ["title", "provider", "for_styles", "key_count", "for_engines"]
    list_filter = [ProviderFilter]
    search_fields = ["title", "styles__title"]
    fields = ["provider", "title", "styles"]
    filter_horizontal = ["styles"]

    def provider_names(self) -> Iterable[str]:
        return keys.providers_with_keys()

    def get_inlines(self, request: HttpRequest, obj: KeyPool | None) -> Any:
        """Keys are chosen once the provider is known."""
        return [MemberInline] if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[KeyPool]:
        pools = super().get_queryset(request).prefetch_related("styles", "engines")
        return pools.annotate(
            members=count_of(ApiKey.objects.all(), "pools"), ready=count_of(ApiKey.objects.usable(), "pools")
        )

    @admin.display(description="styles")
    def for_styles(self, pool: KeyPool) -> str:
        return ", ".join(map(str, pool.styles.all())) or EMPTY

    @admin.display(description="engines")
    def for_engines(self, pool: KeyPool) -> str:
        return ", ".join(map(str, pool.engines.all())) or EMPTY

    @admin.display(description="keys ready", ordering="ready")
    def key_count(self, pool: WithAnnotations[KeyPool, Members]) -> str:
        words = f"{pool.ready} of {pool.members}"
        return badge("completed" if pool.ready else "failed", words)
