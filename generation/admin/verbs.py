"""Verbs as admin actions and buttons: asked for, rehearsed, confirmed, done row by row, and written into the trail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from generation.admin.parts import MachineAdmin
from generation.errors import Refusal
from generation.models import Frame, StyleRun, Take
from generation.pages import dollars, wording
from generation.pages.estimate import cost_of_all
from generation.pages.rehearsal import Rehearsal, rehearse
from generation.verbs import Verb

MOST_AT_ONCE = 500
"""Rows of one action: each is a transaction, and a page has to wait for all of them."""
TOLD = 10
"""Refusals that are told one by one."""
CHOSEN = "chosen"
"""The field that tells an answered form from a page just opened."""

Act = Callable[[Any, User | None], object]


def may_steer(request: HttpRequest) -> bool:
    """One rule for all verbs: whoever may change runs. Runs, frames and takes themselves nobody may edit."""
    return request.user.has_perm("generation.change_stylerun")


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def project_of(row: Model) -> int:
    if isinstance(row, StyleRun):
        return row.project_id
    if isinstance(row, Frame | Take):
        return row.run.project_id
    return int(row.pk)


@dataclass(frozen=True)
class Asked:
    """A verb somebody wants for some rows. `hidden` are further fields that a confirmation must bring back, `options`
    what people read of them."""

    name: str
    label: str
    rows: Sequence[Any]
    act: Act
    confirm: str = ""
    hidden: Sequence[tuple[str, str]] = ()
    options: Sequence[tuple[str, str]] = ()

    def words(self) -> str:
        """For the trail."""
        chosen = ", ".join(f"{label}: {value}" for label, value in self.options)
        return f"{self.label} ({chosen})." if chosen else f"{self.label}."

    def rehearsals(self, user: User) -> list[Rehearsal]:
        return [rehearse(row, project_of(row), partial(self.act, row, user)) for row in self.rows]


def sent_fields(form: forms.Form) -> list[tuple[str, str]]:
    """Of an answered form, as hidden fields of the next page."""
    return [(CHOSEN, "1"), *((name, value) for name in form.fields for value in _sent(form, name))]


def _sent(form: forms.Form, name: str) -> list[str]:
    getlist: Any = getattr(form.data, "getlist", None)
    return list(getlist(name)) if name in form.data else []


def chosen_options(form: forms.Form) -> list[tuple[str, str]]:
    """What was chosen, in words; what was left empty is not told."""
    told = [(str(form[name].label), value) for name, value in form.cleaned_data.items() if value not in ("", None)]
    return [(label, {True: "yes", False: "no"}.get(value, str(value))) for label, value in told]


class SteeringAdmin(admin.ModelAdmin[Any]):
    """With actions that a person confirms."""

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return may_steer(request)

    def take_rows(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """The chosen rows; none, with a word about it, where they are too many."""
        rows = list(queryset[: MOST_AT_ONCE + 1])
        if len(rows) <= MOST_AT_ONCE:
            return rows
        self.message_user(request, f"That is too much at once: choose at most {MOST_AT_ONCE}.", "ERROR")
        return []

    def ask(
        self, request: HttpRequest, name: str, label: str, rows: Sequence[Any], form: forms.Form, about: str
    ) -> HttpResponse:
        """The page on which a verb's options are chosen; what it would make and cost with them comes next."""
        context = {
            **self.admin_site.each_context(request),
            "title": label,
            "opts": self.opts,
            "form": form,
            "rows": rows,
            "about": about,
            "name": name,
            "checkbox": ACTION_CHECKBOX_NAME,
            "chosen": CHOSEN,
            "from_page": request.POST.get("from_page", ""),
        }
        return TemplateResponse(request, "admin/generation/ask.html", context)

    def steer(self, request: HttpRequest, asked: Asked) -> HttpResponse | None:
        """First the page that tells what would happen; then, confirmed, do it."""
        if not asked.rows:
            return None
        if "confirmed" not in request.POST:
            return self._confirmation(request, asked)
        self._do(request, asked)
        return self._back(request, asked.rows)

    def _confirmation(self, request: HttpRequest, asked: Asked) -> HttpResponse:
        rehearsals = asked.rehearsals(person(request))
        going = [rehearsal for rehearsal in rehearsals if not rehearsal.refusal]
        pictures = sum(rehearsal.count for rehearsal in going)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{asked.label}?",
            "opts": self.opts,
            "asked": asked,
            "checkbox": ACTION_CHECKBOX_NAME,
            "count": self._amount(len(going)),
            "going": going,
            "refused": [rehearsal for rehearsal in rehearsals if rehearsal.refusal],
            "pictures": pictures,
            "reused": sum(rehearsal.reused for rehearsal in going),
            "money": dollars.estimate(cost_of_all(going)) if pictures else "nothing",
            "from_page": request.POST.get("from_page", ""),
        }
        return TemplateResponse(request, "admin/generation/confirm.html", context)

    def _do(self, request: HttpRequest, asked: Asked) -> None:
        done, refusals = 0, []
        for row in asked.rows:
            try:
                asked.act(row, person(request))
            except Refusal as refusal:
                refusals.append(f"{row}: {refusal}")
            else:
                done += 1
                self.log_change(request, row, asked.words())
        self._report(request, asked, done, refusals)

    def _report(self, request: HttpRequest, asked: Asked, done: int, refusals: Sequence[str]) -> None:
        if done:
            self.message_user(request, f"{asked.label}: done for {self._amount(done)}.", "SUCCESS")
        for refusal in refusals[:TOLD]:
            self.message_user(request, refusal, "WARNING")
        if len(refusals) > TOLD:
            self.message_user(request, f"{len(refusals) - TOLD} more were refused.", "WARNING")

    def _amount(self, rows: int) -> str:
        return wording.amount(rows, str(self.opts.verbose_name))

    def _back(self, request: HttpRequest, rows: Sequence[Any]) -> HttpResponse | None:
        """To the row's own page where the button was there; None means the list."""
        if not request.POST.get("from_page"):
            return None
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=[rows[0].pk]))


def verb_action(name: str, verb: Verb[Any]) -> Any:
    def action(page: "VerbAdmin", request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        rows = page.take_rows(request, queryset)
        if verb.form is None or not verb.asks or not rows:
            return page.steer(request, Asked(name, verb.label, rows, verb.act, verb.confirm))
        form = verb.form(request.POST if CHOSEN in request.POST else None)
        if not form.is_valid():
            return page.ask(request, name, verb.label, rows, form, verb.confirm)
        act = partial(verb.act, **form.cleaned_data)
        hidden, options = sent_fields(form), chosen_options(form)
        return page.steer(request, Asked(name, verb.label, rows, act, verb.confirm, hidden, options))

    return action


class VerbAdmin(SteeringAdmin, MachineAdmin):
    """Machine rows with verbs. Those that make sense for a row now are buttons on its page."""

    verbs: ClassVar[Mapping[str, Verb[Any]]] = {}
    change_form_template = "admin/generation/steered.html"

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        known = self._verbs(request).items()
        return actions | {name: (verb_action(name, verb), name, verb.label) for name, verb in known}

    def _verbs(self, request: HttpRequest) -> dict[str, Verb[Any]]:
        """Those that this person may ask for."""
        if not self.has_steer_permission(request):
            return {}
        return {name: verb for name, verb in self.verbs.items() if verb.open_to(request.user)}

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        known = self._verbs(request).items() if row is not None else ()
        context["verbs"] = [(name, verb.label) for name, verb in known if verb.applies(row)]
        context["checkbox"] = ACTION_CHECKBOX_NAME
        return super().render_change_form(request, context, *args, **kwargs)
