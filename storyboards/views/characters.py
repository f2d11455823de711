"""Who, or what, must look the same in every picture of a project."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from storyboards.access import PersonRequest, editable_character, editable_project, visible_projects
from storyboards.editing import delete_character, save_character
from storyboards.forms import CharacterForm, form_status
from storyboards.models import Character, Picture
from storyboards.views.pictures import picture_response


@login_required
def characters(request: PersonRequest, pk: int) -> HttpResponse:
    """All of a project's, and a form for one more."""
    project = editable_project(request, pk)
    form = CharacterForm(request.POST or None, request.FILES or None, instance=Character(project=project))
    if request.method == "POST" and _stored(form):
        messages.success(request, f"“{form.instance.name}” is there. Steps that name it show it so.")
        return redirect("characters", project.pk)
    context = {"form": form, "project": project, "characters": project.characters.select_related("sheet")}
    return render(request, "storyboards/characters.html", context, status=form_status(form))


def _stored(form: CharacterForm) -> bool:
    """The form says why, where it was not."""
    if form.is_valid():
        with form.catching():
            form.instance.sheet = form.sheet()
            save_character(form.instance)
    return form.is_valid()


@login_required
def character_edit(request: PersonRequest, pk: int) -> HttpResponse:
    character = editable_character(request, pk)
    form = CharacterForm(request.POST or None, request.FILES or None, instance=character)
    if request.method == "POST" and _stored(form):
        messages.success(request, f"“{character.name}” is saved.")
        return redirect("characters", character.project_id)
    context = {"form": form, "project": character.project, "character": editable_character(request, pk)}
    return render(request, "storyboards/character_edit.html", context, status=form_status(form))


@login_required
@require_POST
def character_delete(request: PersonRequest, pk: int) -> HttpResponse:
    character = editable_character(request, pk)
    delete_character(character)
    messages.success(request, f"“{character.name}” is deleted.")
    return redirect("characters", character.project_id)


@require_safe
def character_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    return picture_response(request, _sheet(request, pk))


@require_safe
def character_thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    return picture_response(request, _sheet(request, pk), small=True)


def _sheet(request: HttpRequest, pk: int) -> Picture:
    seen = Character.objects.filter(project__in=visible_projects(request))
    character: Character = get_object_or_404(seen.select_related("sheet"), pk=pk)
    if character.sheet is None:
        raise Http404
    return character.sheet
