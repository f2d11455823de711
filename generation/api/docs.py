"""The API's documentation for people, from its own description."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from generation.api.description import BODY_PROBLEMS, PROBLEMS
from generation.api.v1 import api
from generation.models import Scope
from generation.pages.reference import load_reference, problem_example


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every call, with an example of what to send and what comes back."""
    schema = api.get_openapi_schema()
    context = {
        "sections": load_reference(schema, settings.PUBLIC_URL),
        "about": schema["info"]["description"],
        "problem": problem_example(schema),
        "problems": sorted((PROBLEMS | BODY_PROBLEMS).items()),
        "scopes": [label.partition(": ") for label in Scope.labels],
    }
    return render(request, "generation/api_docs.html", context)
