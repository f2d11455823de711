"""A project's pictures as archives: ask for one, see how far it is, fetch it."""

from contextlib import nullcontext
from typing import IO

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation import packing
from generation.errors import Refusal
from generation.models import Export
from generation.pages.exports import archive_answer, is_there, load_exports
from generation.views.verbs import answer
from generation.waiting import give_back_thread
from storyboards.access import PersonRequest, opened_shares, visible_projects
from storyboards.models import Project


@never_cache
@login_required
def exports(request: PersonRequest, pk: int) -> HttpResponse:
    """Of whoever may look at the project; posted to, one more is made."""
    project = get_object_or_404(visible_projects(request), pk=pk)
    if request.method == "POST":
        return _ask(request, project)
    mine = packing.visible_to(request.user, opened_shares(request.session))
    found = mine.filter(project=project).select_related("requested_by")
    context = {"project": project, "exports": load_exports(project, found), "hours": settings.EXPORTS_KEPT_HOURS}
    return render(request, "generation/exports.html", context)


def _ask(request: PersonRequest, project: Project) -> HttpResponse:
    try:
        packing.ask(project, request.user)
    except Refusal as refusal:
        return answer(request, request.path, str(refusal), wrong=True)
    return answer(request, request.path, "It is being packed. You may leave this page; the work goes on.")


@require_safe
async def export_file(request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
    export, file = await database_sync_to_async(_opened)(request, pk)
    give_back_thread()
    return archive_answer(export, file, nullcontext())


def _opened(request: HttpRequest, pk: int) -> tuple[Export, IO[bytes]]:
    user = request.user
    shares = opened_shares(request.session)
    found = packing.visible_to(user, shares) if user.is_authenticated else Export.objects.none()
    export = get_object_or_404(found.select_related("project"), pk=pk)
    if not is_there(export):
        raise Http404("The time of this archive is over.")
    try:
        return export, export.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("The file of this archive is lost.") from error
