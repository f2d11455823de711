"""The board, its frames and the queue. Each view's first line fetches what this person may see."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """What is being made now: own runs, all for staff."""
    return render(request, "generation/queue.html")
