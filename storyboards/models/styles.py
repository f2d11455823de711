"""How pictures look."""

from collections.abc import Collection
from string import Template

from django.core.exceptions import ValidationError
from django.db import models

from storyboards.models.pictures import Picture
from storyboards.variables import PLACEHOLDERS, parse

FIRST_TEMPLATE = """\
$references
$step
Whom it shows: $characters.
Style: $look.
It belongs to a series: $title.
The finished thing, for its look only: $concept.
Materials at hand: $materials.
One picture, no frame, no lettering.
Leave out: $avoid."""

NEXT_TEMPLATE = """\
$references
The attached picture before this one is the state so far. Start from exactly what it shows and change one thing only:
$step
Everything else stays as it is: the same camera angle and distance, the same light, shadows and colour temperature, \
the same things in the same places with the same proportions.
$transition
Whom it shows, unchanged: $characters.
Style, unchanged: $look.
No frame, no lettering.
Leave out: $avoid."""

CUMULATIVE_TEMPLATE = """\
$references
Step $number of $total of "$title", unfinished on purpose. Show the work after these steps and nothing beyond them:
$steps
Whom it shows: $characters.
About: $description
The finished thing, for its look only: $concept.
Materials: $materials.
Not done yet, so not to be seen: $future.
Isometric view from 45 degrees, soft even light, plain white or light grey ground.
Style: $look.
No frame, no lettering.
Leave out: $avoid."""


def validate_template(text: str) -> None:
    """Raise ValidationError where a $ names nothing. Which names there are, the style knows: see `Style.clean`."""
    if not Template(text).is_valid():
        raise ValidationError("A $ must be followed by a placeholder's name; write $$ for the sign itself.")


class Style(models.Model):
    """A look that a whole series shares: words, prompt templates, an optional reference picture.

    A template left empty is the house's own. A line whose only placeholders are empty is left out of the prompt.
    """

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    look = models.TextField(blank=True, help_text="In words for the model: medium, line, palette, light, mood.")
    avoid = models.CharField(max_length=500, blank=True, help_text="What must not be in the picture, comma-separated.")
    reference_picture = models.ForeignKey(
        Picture, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="A picture in this look; the first of every chain is made after it.",
    )  # fmt: skip
    first_template = models.TextField(blank=True, validators=[validate_template])
    next_template = models.TextField(blank=True, validators=[validate_template])
    cumulative_template = models.TextField(blank=True, validators=[validate_template])
    variables = models.TextField(
        blank=True, help_text="Words that its templates and the steps' texts name as $light: one “light = …” a line."
    )
    position = models.PositiveIntegerField(default=100, help_text="Order in lists.")

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title

    def templates(self) -> dict[str, str]:
        """The three templates in force, by kind."""
        return {
            "first": self.first_template or FIRST_TEMPLATE,
            "next": self.next_template or NEXT_TEMPLATE,
            "cumulative": self.cumulative_template or CUMULATIVE_TEMPLATE,
        }

    def clean(self) -> None:
        """Raises ValidationError where its variables cannot be read, or a template names what nothing fills."""
        try:
            own = parse(self.variables, shots=False)
        except ValidationError as error:
            raise ValidationError({"variables": error.messages}) from error
        known = (*PLACEHOLDERS, *own.names())
        wrong = {f"{kind}_template": _unknown_names(text, known) for kind, text in self._own_templates().items()}
        if complaints := {name: words for name, words in wrong.items() if words}:
            raise ValidationError(complaints)

    def _own_templates(self) -> dict[str, str]:
        return {"first": self.first_template, "next": self.next_template, "cumulative": self.cumulative_template}


def _unknown_names(text: str, known: Collection[str]) -> str:
    """Names them, and those that there are; "" where a template names nothing else."""
    unknown = sorted(set(Template(text).get_identifiers()) - set(known)) if Template(text).is_valid() else []
    return f"Unknown: ${', $'.join(unknown)}. There is: ${', $'.join(known)}." if unknown else ""
