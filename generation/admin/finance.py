"""What the pages of keys, accounts and money share: actions that are buttons too, rows that the ledger keeps, and the
choice of a provider."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from generation import dispatch
from generation.pages import wording

M = TypeVar("M", bound=Model)


class ButtonAdmin(admin.ModelAdmin[M]):
    """Actions of the list, offered on a row's own page where they make sense."""

    change_form_template = "admin/generation/steered.html"

    def buttons(self, row: M) -> Sequence[str]:
        """Names of actions."""
        raise NotImplementedError

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        labels = {name: action[2] for name, action in self.get_actions(request).items() if action is not None}
        names = self.buttons(row) if row is not None else ()
        context["verbs"] = [(name, labels[name]) for name in names if name in labels]
        context["checkbox"] = ACTION_CHECKBOX_NAME
        return super().render_change_form(request, context, *args, **kwargs)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        answer = super().response_action(request, queryset, *args)
        chosen = request.POST.get(ACTION_CHECKBOX_NAME)
        if chosen and request.POST.get("from_page") and isinstance(answer, HttpResponseRedirect):
            return HttpResponseRedirect(page(self.opts, "change", chosen))
        return answer

    def write(self, request: HttpRequest, rows: QuerySet[Any], words: str, **values: object) -> None:
        """The same values into all of them, in the trail and in words; what waits for them is looked at again."""
        with transaction.atomic():
            changed = list(rows)
            self.model._default_manager.filter(pk__in=[row.pk for row in changed]).update(**values)
            for row in changed:
                self.log_change(request, row, words)
            dispatch.ring_on_commit()
        self.message_user(request, f"{', '.join(map(str, changed)) or 'Nothing to do'}: {words[0].lower()}{words[1:]}")


def page(opts: Any, name: str, *args: object) -> str:
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=args)


class KeptAdmin(admin.ModelAdmin[M]):
    """Rows that cannot be deleted once something speaks of them; the page says what, and what to do instead."""

    delete_confirmation_template = "admin/generation/kept.html"
    delete_selected_confirmation_template = "admin/generation/kept_selected.html"
    references: ClassVar[Mapping[str, str]] = {}
    """What speaks of a row: the field that leads there, and the word for one."""
    instead: ClassVar[str] = ""

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, Any], set[Any], list[Any]]:
        """Of what speaks of a row only the number is told: a ledger may have thousands of lines of it."""
        kept = [f"{row}: {', '.join(uses)}" for row in objs if (uses := list(self._uses(row)))]
        return ([], {}, set(), kept) if kept else super().get_deleted_objects(objs, request)

    def _uses(self, row: M) -> Iterable[str]:
        for field, word in self.references.items():
            if count := getattr(row, field).count():
                yield wording.amount(count, word)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return super().delete_view(request, object_id, {**(extra_context or {}), "instead": self.instead})


class ProviderAdmin(admin.ModelAdmin[M]):
    """The provider is chosen once, from those there are."""

    def provider_names(self) -> Iterable[str]:
        raise NotImplementedError

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "provider":
            return forms.ChoiceField(choices=[(name, name) for name in self.provider_names()])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj)]
        return [*fields, "provider"] if obj else fields
