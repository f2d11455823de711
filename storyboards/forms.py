"""What people fill in. Every text field finds its own direction, for Hebrew and Arabic beside English."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from storyboards.editing import PROJECT_FIELDS
from storyboards.importing import ImportedStep, read
from storyboards.models import Character, Picture, Project, Style
from storyboards.pictures import EXTENSIONS, Checked, NotAPicture, check, display, store
from storyboards.variables import validate_variables


def write_either_way(form: forms.BaseForm) -> None:
    """People's texts run from the side their language begins at."""
    for field in form.fields.values():
        if isinstance(field.widget, forms.TextInput | forms.Textarea):
            field.widget.attrs.setdefault("dir", "auto")


def read_variables(form: forms.BaseForm, validate: Callable[[str], None]) -> None:
    """Have what is sent read at once. A page of the admin that only shows them has no such field."""
    if "variables" in form.fields:
        form.fields["variables"].validators.append(validate)


def form_status(*shown: forms.BaseForm) -> int:
    """The HTTP status of a page with these forms: 422 where one was sent and has errors."""
    return 422 if any(form.is_bound and form.errors for form in shown) else 200


class CatchingForm(forms.BaseForm):
    """A form that shows what a verb refuses as its own error."""

    @contextmanager
    def catching(self) -> Iterator[None]:
        try:
            yield
        except ValidationError as error:
            self.add_error(None, error)


class UploadField(forms.FileField):
    """A file no larger than we take."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        size = (file.size or 0) if isinstance(file, UploadedFile) else 0
        if size > settings.UPLOAD_MAX_BYTES:
            most = filesizeformat(settings.UPLOAD_MAX_BYTES)
            raise ValidationError(f"The file has {filesizeformat(size)}; {most} are the most.")
        return file


class PictureField(UploadField):
    """An upload that decodes. It is encoded anew: what a camera or an attacker hid in the file is gone."""

    widget = forms.FileInput(attrs={"accept": ",".join(EXTENSIONS)})

    def clean(self, data: Any, initial: Any = None) -> Checked | None:
        file = super().clean(data, initial)
        if not isinstance(file, UploadedFile):
            return None
        try:
            return display(check(file.read()))
        except NotAPicture as error:
            raise ValidationError(str(error)) from error


VARIABLES_WIDGET = forms.Textarea(
    attrs={"rows": 3, "spellcheck": "false", "placeholder": "hero = a girl in a red coat"}
)


class ProjectForm(forms.ModelForm[Project]):
    """All that belongs to a project besides its steps."""

    concept_upload = PictureField(
        label="Concept picture",
        required=False,
        help_text="The finished thing: PNG, JPEG or WebP. Every picture follows its look.",
    )
    concept_remove = forms.BooleanField(label="Remove the concept picture", required=False)

    class Meta:
        model = Project
        fields = PROJECT_FIELDS
        labels = {
            "concept_prompt": "Concept",
            "aspect_ratio": "Shape of the pictures",
            "name_future_steps": "Name later steps as what must not be seen",
            "visibility": "Who may see it",
        }
        help_texts = {
            "description": "What it is and for whom, in a sentence or two.",
            "name_future_steps": "Cumulative pictures only. Models tend to draw what is named, so it is off at first.",
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "materials": forms.Textarea(attrs={"rows": 5}),
            "concept_prompt": forms.Textarea(attrs={"rows": 3}),
            "variables": VARIABLES_WIDGET,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        read_variables(self, validate_variables)
        write_either_way(self)

    def has_variables(self) -> bool:
        return bool(self["variables"].value() or self["variables"].errors)

    def has_concept(self) -> bool:
        """Whether there is a concept to unfold."""
        names = ("concept_prompt", "concept_upload", "name_future_steps")
        return bool(self.instance.concept_picture_id) or any(self[name].value() or self[name].errors for name in names)

    def concept_picture(self) -> Picture | None:
        """A new upload, stored, else the one that is there unless it shall go."""
        if self.cleaned_data["concept_upload"] is not None:
            return store(self.cleaned_data["concept_upload"])
        return None if self.cleaned_data["concept_remove"] else self.instance.concept_picture


class NewProjectForm(CatchingForm, ProjectForm):
    """A project with its steps, where somebody has them at hand."""

    steps = forms.CharField(
        required=False,
        strip=False,
        help_text="A line each, or a list: 1. First … 2. Then … You can also add them one by one afterwards.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def clean_steps(self) -> tuple[ImportedStep, ...]:
        text: str = self.cleaned_data["steps"]
        if not text.strip():
            return ()
        outcome = read(text, list(Style.objects.values_list("slug", flat=True)), form="list")
        if outcome.problems:
            raise ValidationError([str(problem) for problem in outcome.problems[:10]])
        return outcome.project.steps


class CharacterForm(CatchingForm, forms.ModelForm[Character]):
    """Who must look the same in every picture."""

    sheet_upload = PictureField(
        label="Sheet",
        required=False,
        help_text="A picture of it, from several sides if you have one: PNG, JPEG or WebP.",
    )
    sheet_remove = forms.BooleanField(label="Remove this sheet", required=False)

    class Meta:
        model = Character
        fields = ("name", "look")
        widgets = {"look": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        write_either_way(self)

    def sheet(self) -> Picture | None:
        """A new upload, stored, else the one that is there unless it shall go."""
        if self.cleaned_data["sheet_upload"] is not None:
            return store(self.cleaned_data["sheet_upload"])
        return None if self.cleaned_data["sheet_remove"] else self.instance.sheet


class ShareForm(forms.Form):
    """How long a share link holds."""

    DAYS = (("", "until it is revoked"), ("1", "for a day"), ("7", "for a week"), ("30", "for thirty days"))

    days = forms.ChoiceField(label="The link works", choices=DAYS, required=False)

    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class VisibilityForm(forms.ModelForm[Project]):
    class Meta:
        model = Project
        fields = ("visibility",)
        labels = {"visibility": "Who may see it"}
        widgets = {"visibility": forms.RadioSelect}
