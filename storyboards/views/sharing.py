"""Who else may see a project: its visibility, and links that open it without an account."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from storyboards.access import PersonRequest, editable_project, remember_share, visible_projects
from storyboards.editing import make_share_link, revoke_share_link, set_visibility
from storyboards.forms import ShareForm, VisibilityForm, form_status
from storyboards.models import ShareLink, Visibility


@login_required
def share_links(request: PersonRequest, pk: int) -> HttpResponse:
    project = editable_project(request, pk)
    form = ShareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        was_private = project.visibility == Visibility.PRIVATE
        make_share_link(project, form.expires_at())
        messages.success(request, "The link is made. Whoever has it can look, and change nothing.")
        if was_private:
            messages.info(request, "The project is unlisted now: a link opens nothing that is private.")
        return redirect("share_links", pk)
    context = {
        "form": form,
        "project": project,
        "links": project.share_links.order_by("-pk")[:100],
        "valid": set(ShareLink.objects.valid().filter(project=project).values_list("pk", flat=True)),
        "visibility": VisibilityForm(instance=project),
        "base": settings.PUBLIC_URL,
    }
    return render(request, "storyboards/share_links.html", context, status=form_status(form))


@login_required
@require_POST
def share_visibility(request: PersonRequest, pk: int) -> HttpResponse:
    project = editable_project(request, pk)
    form = VisibilityForm(request.POST, instance=project)
    if form.is_valid():
        set_visibility(project, form.cleaned_data["visibility"])
        messages.success(request, f"{project.get_visibility_display()}.")
    else:
        messages.error(request, "Choose who may see it.")
    return redirect("share_links", pk)


@login_required
@require_POST
def share_revoke(request: PersonRequest, pk: int, link_pk: int) -> HttpResponse:
    project = editable_project(request, pk)
    revoke_share_link(get_object_or_404(project.share_links, pk=link_pk))
    messages.success(request, "The link opens nothing any more.")
    return redirect("share_links", pk)


@never_cache
@require_GET
def share_open(request: HttpRequest, token: str) -> HttpResponse:
    """Let this browser session in. Unknown, revoked, expired and closed links are all the same 404."""
    link = ShareLink.objects.from_token(token)
    if link is None:
        raise Http404
    remember_share(request.session, link)
    return redirect(get_object_or_404(visible_projects(request), pk=link.project_id))
