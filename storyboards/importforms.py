"""The forms of an import: its text, what it shall become, and whether pictures are made at once."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundWidget

from storyboards.forms import CatchingForm, UploadField, write_either_way
from storyboards.importing import FORMATS, ImportedProject
from storyboards.importing.decoding import NotText, decode
from storyboards.importing.storing import StartWish
from storyboards.models import AspectRatio, Style, Transition
from storyboards.strategies import STRATEGIES


class ImportForm(forms.Form):
    """Text by paste or upload. Sent back to itself it carries the text along, so nothing is kept between two pages."""

    text = forms.CharField(
        label="Paste it here",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "dir": "auto", "spellcheck": "false"}),
    )
    file = UploadField(
        label="Or choose a file",
        required=False,
        help_text="Markdown, plain text, CSV, TSV or JSON.",
        widget=forms.FileInput(attrs={"accept": ".md,.markdown,.txt,.csv,.tsv,.json,text/*,application/json"}),
    )
    form = forms.ChoiceField(label="What kind of text", choices=FORMATS, required=False)
    file_name = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.warnings: list[str] = []

    def clean_file(self) -> str | None:
        """The text of the file."""
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return None
        try:
            text, self.warnings = decode(file.read())
        except NotText as error:
            raise ValidationError(str(error)) from error
        return text

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        pasted, uploaded = data.get("text", "").strip(), data.get("file")
        if pasted and uploaded:
            raise ValidationError(
                "There is a text and a file. Empty one of them, so that it is clear which one you mean."
            )
        if not self.errors and not pasted and not (uploaded or "").strip():
            raise ValidationError("There is nothing to import yet. Paste a text or choose a file.")
        return data

    def content(self) -> str:
        data = self.cleaned_data
        text: str = data["file"] if data.get("file") is not None else data.get("text", "")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def name(self) -> str:
        """The file's name, also where the text came along from the page before."""
        file = self.files.get("file")
        return (file.name or "") if file else str(self.cleaned_data.get("file_name", ""))

    def line(self, number: int) -> str:
        """A line of the text, to show what a problem is about."""
        lines = self.content().split("\n")
        return lines[number - 1][:120] if 0 < number <= len(lines) else ""

    def carried(self) -> dict[str, str]:
        return {"text": self.content(), "form": self.cleaned_data["form"], "file_name": self.name()}

    def refilled(self) -> "ImportForm":
        """This form with an upload's text to be mended in place; itself where there is no text to show."""
        if not self.is_bound or not self.is_valid():
            return self
        return ImportForm(initial=self.carried())


class ShapeForm(forms.Form):
    """Title and shape of the project that an import makes."""

    title = forms.CharField(max_length=200)
    aspect_ratio = forms.ChoiceField(label="Shape of the pictures", choices=AspectRatio.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        write_either_way(self)

    @staticmethod
    def suggestion(imported: ImportedProject) -> dict[str, str]:
        film = any(step.transition != Transition.CONTINUES or step.beat for step in imported.steps)
        return {"title": imported.title, "aspect_ratio": AspectRatio.WIDE if film else AspectRatio.LANDSCAPE}


class AppendForm(forms.Form):
    """What becomes of the steps that are there."""

    steps = forms.ChoiceField(
        label="The steps that are there",
        choices=(("append", "stay; these go behind them"), ("replace", "go into the trash; these take their place")),
        initial="append",
        widget=forms.RadioSelect,
    )


class StartForm(CatchingForm, forms.Form):
    """Whether pictures shall be made at once, how and in which styles."""

    start = forms.BooleanField(label="Generate at once", required=False)
    strategy = forms.ChoiceField(
        label="What each picture is made from",
        choices=[(name, title) for name, title, _why in STRATEGIES],
        required=False,
        widget=forms.RadioSelect,
    )
    styles = forms.ModelMultipleChoiceField(
        Style.objects.all(), to_field_name="slug", required=False, widget=forms.CheckboxSelectMultiple
    )

    @staticmethod
    def suggestion(imported: ImportedProject) -> dict[str, Any]:
        """Shots where there are cuts that begin anew; the styles that the text has prompts for, else the first one."""
        own = sorted({slug for step in imported.steps for slug in step.prompts})
        first = Style.objects.values_list("slug", flat=True)[:1]
        cuts = any(Transition(step.transition).breaks for step in imported.steps)
        return {"strategy": "shots" if cuts else "chained", "styles": own or list(first)}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("start") and not self.errors:
            if not data["styles"]:
                self.add_error("styles", "Choose at least one style to generate at once.")
            if not data["strategy"]:
                self.add_error("strategy", "Choose what each picture is made from.")
        return data

    def wish(self, user: User) -> StartWish | None:
        data = self.cleaned_data
        return StartWish(user, data["strategy"], [style.slug for style in data["styles"]]) if data["start"] else None

    def strategies(self) -> list[tuple[BoundWidget, str]]:
        """Each radio button with its explanation."""
        why = {name: text for name, _title, text in STRATEGIES}
        return [(widget, why[str(widget.data["value"])]) for widget in self["strategy"]]
