"""What makes pictures."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from generation.errors import InvalidRequest
from generation.providers import PROVIDERS, get_provider
from storyboards.models import Style


def provider_choices() -> list[tuple[str, str]]:
    return [(name, name) for name in PROVIDERS]


class EngineQuerySet(models.QuerySet["Engine"]):
    def for_style(self, style: Style) -> Engine | None:
        """The style's default engine, else the first enabled one."""
        chosen = self.filter(enabled=True, styles__style=style).first()
        return chosen or self.filter(enabled=True).first()


class Engine(models.Model):
    """A provider with a model and options of its own: what a run is made by."""

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    provider = models.CharField(max_length=40, choices=provider_choices)
    model = models.CharField(max_length=120, blank=True, help_text="The vendor's name of the model.")
    options = models.JSONField(default=dict, blank=True, help_text="The provider's own options, as JSON.")
    longest_side = models.PositiveIntegerField(
        default=1024, validators=[MinValueValidator(64), MaxValueValidator(4096)],
        help_text="Pixels; the other side follows from the project's aspect ratio.",
    )  # fmt: skip
    timeout = models.PositiveIntegerField(
        default=120, validators=[MinValueValidator(1), MaxValueValidator(3600)], help_text="Seconds one call may take."
    )
    max_parallel = models.PositiveIntegerField(
        default=8, validators=[MinValueValidator(1)], help_text="Calls in flight at once."
    )
    max_attempts = models.PositiveIntegerField(
        default=3, validators=[MinValueValidator(1)], help_text="How often one picture is asked for before it fails."
    )
    enabled = models.BooleanField(default=True)
    cooling_until = models.DateTimeField(null=True, blank=True, help_text="Nothing starts before: a rate limit.")
    cooling_reason = models.CharField(max_length=300, blank=True)
    position = models.PositiveIntegerField(default=100, help_text="Order in lists.")

    objects = EngineQuerySet.as_manager()

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.provider not in PROVIDERS:
            return  # the field's own error says so
        if not isinstance(self.options, dict):
            raise ValidationError({"options": "Options are a JSON object: {…}."})
        try:
            get_provider(self.provider).check_options(self.options)
        except InvalidRequest as error:
            raise ValidationError({"options": str(error)}) from error

    def size(self, aspect_ratio: str) -> tuple[int, int]:
        """Width and height in pixels, in multiples of 16, for "4:3" and the like."""
        across, down = (int(part) for part in aspect_ratio.split(":"))
        scale = self.longest_side / max(across, down)
        return max(16, round(across * scale / 16) * 16), max(16, round(down * scale / 16) * 16)


class StyleEngine(models.Model):
    """The engine a style is made by unless somebody chooses another."""

    style = models.OneToOneField(Style, on_delete=models.CASCADE, related_name="default_engine")
    engine = models.ForeignKey(Engine, on_delete=models.CASCADE, related_name="styles")

    def __str__(self) -> str:
        return f"{self.style} by {self.engine}"
