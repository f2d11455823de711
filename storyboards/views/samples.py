"""Samples in one click."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from storyboards.access import PersonRequest
from storyboards.samples import add_sample, find_sample


@login_required
@require_POST
def sample_add(request: PersonRequest, name: str) -> HttpResponse:
    """One of one's own; a second click leads to it."""
    sample = find_sample(name)
    if sample is None:
        raise Http404
    project, created = add_sample(request.user, sample)
    messages.success(
        request, "The sample is yours: change it as you like." if created else "You have this sample already."
    )
    return redirect(project)
