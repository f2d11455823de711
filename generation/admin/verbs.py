"""Verbs as admin actions and buttons: asked for, rehearsed, confirmed, done row by row, and written into the trail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

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
from generation.pages import wording
from generation.pages.rehearsal import Rehearsal, money, rehearse
from generation.verbs import Verb

MOST_AT_ONCE = 500
"""Rows of one action: each is a transaction, and a page has to wait for all of them."""
TOLD = 10
"""Refusals that are told one by one."""

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
    """A verb somebody wants for some rows. `hidden` are further fields that a confirmation must bring back."""

    name: str
    label: str
    rows: Sequence[Any]
    act: Act
    confirm: str = ""
    hidden: Sequence[tuple[str, str]] = ()

    def rehearsals(self, user: User) -> list[Rehearsal]:
        return [rehearse(row, project_of(row), partial(self.act, row, user)) for row in self.rows]


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
        context = {
            **self.admin_site.each_context(request),
            "title": f"{asked.label}?",
            "opts": self.opts,
            "asked": asked,
            "checkbox": ACTION_CHECKBOX_NAME,
            "count": self._amount(len(going)),
            "going": going,
            "refused": [rehearsal for rehearsal in rehearsals if rehearsal.refusal],
            "pictures": sum(rehearsal.count for rehearsal in going),
            "money": money(going),
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
                self.log_change(request, row, f"{asked.label}.")
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
        return page.steer(request, Asked(name, verb.label, rows, verb.act, verb.confirm))

    return action


class VerbAdmin(SteeringAdmin, MachineAdmin):
    """Machine rows with verbs. Those that make sense for a row now are buttons on its page."""

    verbs: ClassVar[Mapping[str, Verb[Any]]] = {}
    change_form_template = "admin/generation/steered.html"

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if self.has_steer_permission(request):
            actions |= {name: (verb_action(name, verb), name, verb.label) for name, verb in self.verbs.items()}
        return actions

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        steers = row is not None and self.has_steer_permission(request)
        context["verbs"] = [(name, verb.label) for name, verb in self.verbs.items() if steers and verb.applies(row)]
        context["checkbox"] = ACTION_CHECKBOX_NAME
        return super().render_change_form(request, context, *args, **kwargs)
