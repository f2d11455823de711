"""The forms of one step: all of it, a piece of it while somebody writes, its place, its parts."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from storyboards.editing import EMPTY_STEP, STEP_FIELDS, Conflict, OwnPrompt, own_prompts, split_field
from storyboards.forms import VARIABLES_WIDGET, CatchingForm, read_variables, write_either_way
from storyboards.models import Step, Style
from storyboards.strategies import TRANSITION_RULE
from storyboards.variables import validate_plain_variables

OVERTAKEN = (
    "Somebody else saved this step since you opened it: nothing is stored. Open it again to see what it says now."
)


class StepForm(CatchingForm, forms.ModelForm[Step]):
    """A step with its own prompt in each style; `version` is the one the person has been looking at."""

    version = forms.IntegerField(
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}),  # no browser fills in an older one
        required=False,
        min_value=1,
    )

    class Meta:
        model = Step
        fields = STEP_FIELDS
        help_texts = {
            "description": "What the picture must show, in plain words.",
            "shot": "Like 1, 2 …",
            "transition": TRANSITION_RULE,
        }
        widgets = {
            "script_phrase": forms.Textarea(attrs={"rows": 2}),
            "dialogue": forms.Textarea(attrs={"rows": 2}),
            "variables": VARIABLES_WIDGET,
        }

    def __init__(self, *args: Any, styles: QuerySet[Style], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.styles = {f"prompt_{style.pk}": style for style in styles}
        own = own_prompts(self.instance) if self.instance.pk else {}
        for name, style in self.styles.items():
            text, whole = own.get(style.pk, OwnPrompt(""))
            self.fields[name] = self._prompt_field(style, text)
            self.fields[_whole(name)] = forms.BooleanField(
                label=f"{style.title}: this is the whole prompt", initial=bool(whole), required=False
            )
        read_variables(self, validate_plain_variables)
        self.initial.setdefault("version", self.instance.version)
        if self.instance.duration is not None:
            self.initial["duration"] = f"{self.instance.duration.normalize():f}"  # 4, not 4.00
        write_either_way(self)

    @staticmethod
    def _prompt_field(style: Style, text: str) -> forms.CharField:
        return forms.CharField(
            label=f"Own prompt in {style.title}",
            initial=text,
            required=False,
            max_length=settings.MAX_STEP_CHARACTERS,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    def clean_duration(self) -> Decimal | None:
        duration: Decimal | None = self.cleaned_data["duration"]
        if duration is not None and duration < 0:
            raise ValidationError("A duration is not negative.")
        return duration

    def clean(self) -> dict[str, Any]:
        data = {name: _plain_ends(value) for name, value in (super().clean() or {}).items()}
        if not self.errors and self.is_empty(data):
            raise ValidationError(EMPTY_STEP)
        return data

    def is_empty(self, data: dict[str, Any]) -> bool:
        """Whether there are no words to make a picture of."""
        return not any(data[name] for name in ("title", "description", "script_phrase", *self.styles))

    def prompts(self) -> dict[int, OwnPrompt]:
        own = {style.pk: (name, _whole(name)) for name, style in self.styles.items()}
        return {pk: OwnPrompt(*map(self.cleaned_data.__getitem__, names)) for pk, names in own.items()}

    def main_fields(self) -> list[forms.BoundField]:
        return [self["title"], self["description"]]

    def film_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("shot", "beat", "transition", "duration", "script_phrase", "dialogue")]

    def prompt_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each with its box for a whole prompt."""
        return [(self[name], self[_whole(name)]) for name in self.styles]

    def has_film(self) -> bool:
        """Whether the film fields hold anything worth unfolding."""
        names = ("shot", "beat", "duration", "script_phrase", "dialogue")
        return any(self[name].value() or self[name].errors for name in names) or self["transition"].value() != "C"

    def has_prompts(self) -> bool:
        return any(field.value() or field.errors for field, _whole in self.prompt_fields())

    def has_variables(self) -> bool:
        return bool(self["variables"].value() or self["variables"].errors)

    def values(self) -> dict[str, dict[str, Any]]:
        """Label and value of every field as it is stored, for a page that saves piece by piece."""
        fields = [self[name] for name in self.fields if name != "version"]
        return {field.name: {"label": str(field.label), "value": field.value() or ""} for field in fields}

    def conflict(self, saved: Step) -> list[tuple[str, str, str]]:
        """Label, saved text and own text of every field that differs from what somebody else saved."""
        others = {name: getattr(saved, name) for name in STEP_FIELDS}
        for pk, (text, whole) in own_prompts(saved).items():
            others |= {f"prompt_{pk}": text, f"whole_{pk}": whole}
        pairs = [(self[name], self.cleaned_data[name]) for name in self.fields if name != "version"]
        return [
            (str(field.label), _shown(others.get(field.name)), _shown(own))
            for field, own in pairs
            if (others.get(field.name) or "") != (own or "")
        ]


class StepPieceForm(StepForm):
    """Some fields of a step, saved while somebody writes: those that were sent and no others."""

    def __init__(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["version"].required = True
        for name in set(self.fields) - {*data, "version"}:
            del self.fields[name]

    def is_empty(self, data: dict[str, Any]) -> bool:
        """What is left of the whole step, `editing.change_step` knows."""
        return False

    def written(self) -> dict[str, Any]:
        """By the step's own columns."""
        return {name: value for name, value in self.cleaned_data.items() if name in STEP_FIELDS}

    def prompts(self) -> dict[int, OwnPrompt]:
        """Those of which the text or the box beside it was sent."""
        data, stored = self.cleaned_data, own_prompts(self.instance)
        return {
            style.pk: OwnPrompt(data.get(name, stored.get(style.pk, OwnPrompt("")).text), data.get(_whole(name)))
            for name, style in self.styles.items()
            if name in data or _whole(name) in data
        }


def _plain_ends(value: Any) -> Any:
    """Forms send other line ends than scripts do: to a text they are the same."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _whole(name: str) -> str:
    """The field beside a prompt's that says whether it is the whole one."""
    return name.replace("prompt_", "whole_")


def _shown(value: object) -> str:
    """As people write it: 3, not the database's 3.00."""
    if value is True:
        return "yes"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value or "")


class MoveForm(forms.Form):
    """Where a step shall go: a direction, or `number` with the number beside it."""

    to = forms.RegexField(r"^(up|down|top|bottom|number|[0-9]{1,6})$", error_messages={"invalid": "Choose a place."})
    number = forms.IntegerField(min_value=1, max_value=999_999, required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("to") == "number" and not data.get("number"):
            raise ValidationError("Which number? Write one from 1.")
        return data

    def place(self) -> str:
        to: str = self.cleaned_data["to"]
        return str(self.cleaned_data["number"]) if to == "number" else to


class SplitForm(CatchingForm, forms.Form):
    """A step's text with a line of --- wherever a new step begins. Becomes the parts."""

    text = forms.CharField(
        label="Its text",
        max_length=settings.MAX_STEP_CHARACTERS,
        help_text="Put a line of --- where a new step begins. There may be several.",
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput(attrs={"autocomplete": "off"}), min_value=1)

    @staticmethod
    def suggestion(step: Step) -> str:
        """Parted between its paragraphs, where it has several."""
        return re.sub(r"\s*\n\s*\n\s*", "\n\n---\n\n", str(getattr(step, split_field(step))).strip())

    def clean_text(self) -> list[str]:
        return re.split(r"^[ \t]*-{3,}[ \t]*$", _plain_ends(self.cleaned_data["text"]), flags=re.MULTILINE)

    @contextmanager
    def catching(self) -> Iterator[None]:
        """The text stays here, also where somebody else has edited the step meanwhile."""
        with super().catching():
            try:
                yield
            except Conflict as error:
                raise ValidationError(OVERTAKEN) from error
