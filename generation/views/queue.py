"""What is being made now."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.models import StyleRun
from generation.pages.queue import load_queue


@never_cache
@require_safe
@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """Own runs in progress; all for staff."""
    runs = StyleRun.objects.editable_by(request.user).active()
    return render(request, "generation/queue.html", {"queue": load_queue(runs, request.user)})
