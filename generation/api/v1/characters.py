"""Characters: who, or what, must look the same in every picture of a project."""

from typing import Annotated, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Field, Router, Schema, Status
from pydantic import AfterValidator, ConfigDict

from generation.api.auth import ApiRequest, Bearer
from generation.api.idempotency import once
from generation.api.paging import Whole
from generation.api.problems import invalid
from generation.api.uploads import PICTURE_BODY, sent_picture
from generation.api.v1.projects import PICTURE_ANSWER, editable
from generation.api.v1.values import NOT_BLANK, Body, StepText, not_blank, partial, storable
from generation.models import Scope
from storyboards.editing import delete_character, save_character
from storyboards.models import Character, Project
from storyboards.pictures import store
from storyboards.views.pictures import picture_response

router = Router()

CharacterName = Annotated[
    str, Field(max_length=60, json_schema_extra=NOT_BLANK), AfterValidator(storable), AfterValidator(not_blank)
]
SHEET = "/characters/{int:character_id}/sheet"


class CharacterFields(Body):
    look: StepText = Field("", description="In words: age, hair, clothes, colours.")


class CharacterIn(CharacterFields):
    name: CharacterName = Field(description="As the texts call it.")
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Mira", "look": "a girl of ten, red coat, short black hair"}]}
    )


class CharacterPatch(CharacterFields):
    """Only what is sent is written."""

    name: CharacterName = ""
    model_config = ConfigDict(json_schema_extra=partial({"look": "a girl of ten, yellow coat"}))


class CharacterOut(Schema):
    id: int
    project: int = Field(alias="project_id")
    name: str
    look: str
    sheet_url: str | None = Field(None, description="Needs your token; null where there is none.")

    @staticmethod
    def resolve_sheet_url(character: Character) -> str | None:
        address = reverse("v1:character_sheet", args=[character.pk])
        return f"{settings.PUBLIC_URL}{address}" if character.sheet_id is not None else None


@router.get(
    "/projects/{int:project_id}/characters", response=Whole[CharacterOut], summary="The characters of a project"
)
def list_characters(request: ApiRequest, project_id: int) -> dict[str, Any]:
    """All of them, the oldest first. Steps whose text names one show it as it is told here."""
    project = get_object_or_404(Project.objects.visible_to(request.auth.user), pk=project_id)
    return {"items": project.characters.all()}


@router.post(
    "/projects/{int:project_id}/characters",
    response={201: CharacterOut},
    auth=Bearer(Scope.WRITE),
    summary="Add a character",
)
@once
def add_character(request: ApiRequest, project_id: int, body: CharacterIn) -> Status[Character]:
    """A new one; its name is the only one of its kind in the project."""
    character = Character(project=editable(request, project_id), name=body.name, look=body.look)
    _save(character)
    return Status(201, character)


@router.get("/characters/{int:character_id}", response=CharacterOut, summary="A character")
def get_character(request: ApiRequest, character_id: int) -> Character:
    """One of a project that you may see."""
    return get_object_or_404(_seen(request), pk=character_id)


@router.patch(
    "/characters/{int:character_id}", response=CharacterOut, auth=Bearer(Scope.WRITE), summary="Change a character"
)
def change(request: ApiRequest, character_id: int, body: CharacterPatch) -> Character:
    """Write what is sent and nothing else. Pictures that are there stay as they are."""
    character = _editable(request, character_id)
    for name in body.model_fields_set:
        setattr(character, name, getattr(body, name))
    _save(character)
    return character


@router.delete(
    "/characters/{int:character_id}", response={204: None}, auth=Bearer(Scope.WRITE), summary="Delete a character"
)
def delete(request: ApiRequest, character_id: int) -> Status[None]:
    """For good. Texts that name it stay as they are, and so do pictures."""
    delete_character(_editable(request, character_id))
    return Status(204, None)


@router.get(SHEET, url_name="character_sheet", openapi_extra=PICTURE_ANSWER, summary="The sheet of a character")
def get_sheet(request: ApiRequest, character_id: int) -> HttpResponse:
    """The picture of it, as bytes."""
    character = get_object_or_404(_seen(request), pk=character_id)
    if character.sheet is None:
        raise Http404("This character has no sheet.")
    return picture_response(request, character.sheet)


@router.put(
    SHEET,
    response=CharacterOut,
    auth=Bearer(Scope.WRITE),
    openapi_extra=PICTURE_BODY,
    summary="Set the sheet of a character",
)
def put_sheet(request: ApiRequest, character_id: int) -> Character:
    """A picture of it, from several sides if you have one: send the bytes of a PNG, JPEG or WebP as the body."""
    character = _editable(request, character_id)
    character.sheet = store(sent_picture(request))
    save_character(character)
    return character


@router.delete(SHEET, response={204: None}, auth=Bearer(Scope.WRITE), summary="Take the sheet of a character away")
def delete_sheet(request: ApiRequest, character_id: int) -> Status[None]:
    """Take it away. Pictures that were made with it stay."""
    character = _editable(request, character_id)
    if character.sheet is None:
        raise Http404("This character has no sheet.")
    character.sheet = None
    save_character(character)
    return Status(204, None)


def _save(character: Character) -> None:
    """Raises Problem that tells what is wrong with which field."""
    try:
        save_character(character)
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            raise
        wrong = error.message_dict.items()
        raise invalid((f"body.{name}", " ".join(messages)) for name, messages in wrong) from error


def _seen(request: ApiRequest) -> QuerySet[Character]:
    seen = Project.objects.visible_to(request.auth.user)
    return Character.objects.filter(project__in=seen).select_related("sheet")


def _editable(request: ApiRequest, character_id: int) -> Character:
    mine = Project.objects.editable_by(request.auth.user)
    characters = Character.objects.filter(project__in=mine).select_related("project", "sheet")
    return get_object_or_404(characters, pk=character_id)
