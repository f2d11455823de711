"""Kinds of values that bodies hold: texts that a database can store, names, numbers of rows."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from ninja import Field, Schema
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    StrictBool,
    StrictInt,
    ValidationError,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from storyboards.variables import validate_plain_variables, validate_variables


def storable(text: str) -> str:
    """What the forms of the pages refuse, too: PostgreSQL cannot hold it."""
    if "\0" in text:
        raise PydanticCustomError("null_character", "Null characters are not allowed.")
    return text


def not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "This field cannot be blank.")
    return text.strip()


def whole(value: object) -> object:
    """JSON knows one kind of number: 4.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _readable(validate: Callable[[str], None]) -> AfterValidator:
    """Variables that cannot be read are told with their lines, as the pages do."""

    def read(text: str) -> str:
        try:
            validate(text)
        except DjangoValidationError as error:
            raise PydanticCustomError("variables", "{why}", {"why": " ".join(error.messages)}) from None
        return text

    return AfterValidator(read)


def _as_prompt(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


def _place(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except ValidationError:
        raise PydanticCustomError("place", "Choose a place: up, down, top, bottom or a number from 1.") from None


NO_NULL = {"pattern": r"^[^\u0000]*$"}
NOT_BLANK = {"pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$"}

ShortText = Annotated[str, Field(max_length=20, json_schema_extra=NO_NULL), AfterValidator(storable)]
Name = Annotated[str, Field(max_length=200, json_schema_extra=NO_NULL), AfterValidator(storable)]
StepTitle = Annotated[str, Field(max_length=300, json_schema_extra=NO_NULL), AfterValidator(storable)]
LongText = Annotated[str, Field(max_length=20_000, json_schema_extra=NO_NULL), AfterValidator(storable)]
StepText = Annotated[
    str, Field(max_length=settings.MAX_STEP_CHARACTERS, json_schema_extra=NO_NULL), AfterValidator(storable)
]
Source = Annotated[
    str, Field(max_length=settings.UPLOAD_MAX_BYTES, json_schema_extra=NO_NULL), AfterValidator(storable)
]
Title = Annotated[
    str, Field(max_length=200, json_schema_extra=NOT_BLANK), AfterValidator(storable), AfterValidator(not_blank)
]
Quality = Annotated[str, Field(max_length=40, json_schema_extra=NO_NULL), AfterValidator(storable)]
Slug = Annotated[str, Field(max_length=60, pattern=r"^[-a-zA-Z0-9_]+$")]
Seconds = Annotated[float, Field(strict=True, ge=0, le=99_999, allow_inf_nan=False)]
RowId = Annotated[StrictInt, Field(ge=1, le=2**63 - 1), BeforeValidator(whole)]
StepNumber = Annotated[StrictInt, Field(ge=1, le=999_999), BeforeValidator(whole)]
Place = Annotated[Literal["up", "down", "top", "bottom"] | StepNumber, WrapValidator(_place)]
ProjectVariables = Annotated[LongText, _readable(validate_variables)]
StepVariables = Annotated[StepText, _readable(validate_plain_variables)]


class Body(Schema):
    """A misspelt field is told, not left aside."""

    model_config = ConfigDict(extra="forbid")


class OwnPromptIn(Body):
    text: StepText
    whole: StrictBool | None = None


PROMPT_SHAPES = [
    {"type": "string", "maxLength": settings.MAX_STEP_CHARACTERS} | NO_NULL,
    OwnPromptIn.model_json_schema(),
]
Prompt = Annotated[OwnPromptIn, BeforeValidator(_as_prompt), WithJsonSchema({"anyOf": PROMPT_SHAPES})]
"""A text, or an object that says beside it whether it is the whole prompt."""
Prompts = Annotated[dict[Slug, Prompt], Field(max_length=100, json_schema_extra={"additionalProperties": False})]


def partial(example: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """For `json_schema_extra` of a change: what is left out stays as it is, and has no default."""

    def describe(schema: dict[str, Any]) -> None:
        for field in schema["properties"].values():
            field.pop("default", None)
        schema["examples"] = [example]

    return describe
