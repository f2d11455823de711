"""The tokens of whoever is logged in. Nobody sees another person's here, whatever their rights."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from generation.errors import Refusal
from generation.models import ApiToken
from generation.pages.tokens import Issued, TokenForm, load_tokens
from storyboards.forms import form_status


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """The answer to the form is the one page that ever shows the secret, and no cache keeps it. Its address holds
    nothing secret; a referrer policy stricter than everywhere else would make its forms fail."""
    user = cast(User, request.user)
    form, issued = TokenForm(user, request.POST or None), None
    if form.is_valid():
        issued = _issue(form)
    if issued:
        form = TokenForm(user)
    context = {"form": form, "issued": issued, "tokens": load_tokens(user)}
    return render(request, "generation/tokens.html", context, status=form_status(form))


def _issue(form: TokenForm) -> Issued | None:
    try:
        return form.issue()
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask on GET, do it on POST."""
    token = get_object_or_404(ApiToken, pk=pk, user=cast(User, request.user))
    if request.method != "POST":
        return render(request, "generation/token_revoke.html", {"token": token})
    token.revoke()
    messages.success(request, f"“{token.name}” opens nothing any more.")
    return redirect("tokens")
