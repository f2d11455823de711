"""Pictures for an <img> of a page on another origin: by the signed key of their address, or by a token."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from generation.api.auth import Bearer, Caller
from generation.api.links import visible_by, visible_take
from generation.api.problems import Problem, answer
from generation.models import Take
from generation.pages.pictures import picture_answer


@require_safe
def image(request: HttpRequest, pk: int) -> HttpResponse:
    """`/images/{image_id}?key=…`: as WebP, and the original until that is made."""
    try:
        take = visible_by(request.GET.get("key", ""), pk) or _visible_to_caller(request, pk)
    except Problem as problem:
        return answer(request, problem)
    if take is None:
        raise Http404(f"There is no picture {pk}.")
    response = picture_answer(request, take, "display")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # for pages that demand it of all they embed
    return response


def _visible_to_caller(request: HttpRequest, pk: int) -> Take | None:
    caller = Bearer()(request)
    return visible_take(caller.user, pk) if isinstance(caller, Caller) else None
