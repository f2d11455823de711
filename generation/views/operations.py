"""How the machine is doing, what can make pictures, and the emergency switch."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from generation import actions
from generation.errors import Refusal
from generation.pages.engines import load_engines
from generation.pages.operations import load_operations
from generation.pages.stops import load_stops
from generation.providers import PROVIDERS
from generation.views.verbs import answer, return_to

PAUSED = "Paused. Calls in flight finish, and their pictures are kept."
ALLOWED = "Allowed again. What waited goes on."


@never_cache
@require_safe
@login_required
def operations(request: HttpRequest) -> HttpResponse:
    user = _staff(request, "generation.view_call")
    stopped = load_stops()
    context = {
        "operations": load_operations(user),
        "stopped": stopped,
        "stoppable": [name for name in PROVIDERS if name not in {stop.provider for stop in stopped}],
        "everything_stopped": any(not stop.provider for stop in stopped),
    }
    return render(request, "generation/operations.html", context)


@never_cache
@require_safe
@login_required
def engines(request: HttpRequest) -> HttpResponse:
    return render(request, "generation/engines.html", {"engines": load_engines()})


@require_POST
@login_required
def switch_throw(request: HttpRequest) -> HttpResponse:
    """Ask nothing more of a provider, or (with an empty one) of all that cost money."""
    user = _staff(request, "generation.add_switch")
    to = return_to(request, reverse("operations"))
    try:
        actions.throw_switch(_provider(request), user=user, reason=request.POST.get("reason", "").strip()[:300])
    except Refusal as refusal:
        return answer(request, to, str(refusal), wrong=True)
    return answer(request, to, PAUSED)


@require_POST
@login_required
def switch_release(request: HttpRequest) -> HttpResponse:
    user = _staff(request, "generation.delete_switch")
    to = return_to(request, reverse("operations"))
    try:
        actions.release_switch(_provider(request), user=user)
    except Refusal as refusal:
        return answer(request, to, str(refusal), wrong=True)
    return answer(request, to, ALLOWED)


def _staff(request: HttpRequest, permission: str) -> User:
    """Staff with this right; for everybody else the page does not exist."""
    user = cast(User, request.user)
    if not (user.is_staff and user.has_perm(permission)):
        raise Http404("This page is for staff.")
    return user


def _provider(request: HttpRequest) -> str:
    provider = request.POST.get("provider", "")
    if provider and provider not in PROVIDERS:
        raise Http404(f"There is no provider {provider}.")
    return provider
