"""Pages on which keys are replaced, and many are put in at once. Between a preview and its confirmation what was pasted
travels sealed: the browser never gets a key back."""

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from generation import dispatch, pasting, vault
from generation.admin.entering import PasteForm, RotateForm
from generation.admin.finance import page
from generation.errors import Refusal
from generation.models import ApiKey, KeyPool
from generation.pages import wording

CONFIRM_WITHIN = 15 * 60
"""Seconds."""
TOO_LATE = "Too much time has passed since the preview: paste the keys again."


def rotate_view(page_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """A new secret in the place of a key's."""
    key: ApiKey | None = page_admin.key_to_change(request, object_id)
    if key is None:
        return HttpResponseRedirect(page(page_admin.opts, "changelist"))
    form = RotateForm(request.POST or None, key=key)
    new = form.rotate() if form.is_valid() else None
    if new is None:
        return _show(page_admin, request, "rotate", {"title": f"Replace {key}", "form": form, "original": key})
    page_admin.log_addition(request, new, f"Put in the place of …{key.last_four}.")
    page_admin.log_change(request, key, f"Replaced by …{new.last_four}, and switched off.")
    page_admin.message_user(request, f"{new} is used from now on; {key} is switched off.", "SUCCESS")
    dispatch.ring_on_commit()
    return HttpResponseRedirect(page(page_admin.opts, "change", new.pk))


@sensitive_variables()
def paste_view(page_admin: Any, request: HttpRequest) -> HttpResponse:
    """Many keys: pasted, looked at without them, put in."""
    if not page_admin.has_add_permission(request):
        raise PermissionDenied
    if "sealed" in request.POST:
        return _store(page_admin, request, request.POST["sealed"])
    form = PasteForm(request.POST or None)
    if form.is_valid():
        try:
            return _preview(page_admin, request, form)
        except (Refusal, vault.NoVault) as problem:
            form.add_error("text", str(problem))
    return _show(page_admin, request, "paste", {"title": "Put in many keys", "form": form})


@sensitive_variables()
def _preview(page_admin: Any, request: HttpRequest, form: PasteForm) -> HttpResponse:
    text, provider, pools = form.cleaned_data["text"], form.cleaned_data["provider"], form.chosen_pools()
    sealed = vault.seal(
        json.dumps([request.user.pk, timezone.now().timestamp(), provider, [pool.pk for pool in pools], text])
    )
    lines = pasting.paste(text, provider, pools, keep=False)
    good = [line for line in lines if not line.problem]
    context = {"title": f"Put in {wording.amount(len(good), 'key')}?", "lines": lines, "good": len(good)}
    return _show(page_admin, request, "paste_preview", context | {"sealed": sealed, "provider": provider})


@sensitive_variables()
def _store(page_admin: Any, request: HttpRequest, sealed: str) -> HttpResponse:
    try:
        user, at, provider, pools, text = json.loads(vault.open_sealed(sealed))
    except (vault.Unreadable, ValueError, TypeError):
        user, at, provider, pools, text = None, 0.0, "", [], ""
    if user != request.user.pk or timezone.now().timestamp() - at > CONFIRM_WITHIN:
        page_admin.message_user(request, TOO_LATE, "ERROR")
        return HttpResponseRedirect(page(page_admin.opts, "paste"))
    lines = pasting.paste(text, provider, list(KeyPool.objects.filter(pk__in=pools)))
    _report(page_admin, request, lines)
    dispatch.ring_on_commit()
    return HttpResponseRedirect(page(page_admin.opts, "changelist"))


def _report(page_admin: Any, request: HttpRequest, lines: Sequence[pasting.Line]) -> None:
    made = ApiKey.objects.filter(pk__in=[line.key_id for line in lines if line.key_id is not None])
    for key in made:
        page_admin.log_addition(request, key, "Put in with others.")
    page_admin.message_user(request, f"{wording.amount(len(made), 'key')} put in.", "SUCCESS" if made else "WARNING")
    for line in lines:
        if line.problem:
            known_by = f" (…{line.last_four})" if line.last_four else ""
            page_admin.message_user(request, f"Line {line.number}{known_by}: {line.problem}", "WARNING")


def _show(page_admin: Any, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    shown = {**admin.site.each_context(request), "opts": page_admin.opts, **context}
    return TemplateResponse(request, f"admin/generation/{template}.html", shown)
