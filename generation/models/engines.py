"""What makes pictures."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models

from generation.errors import InvalidRequest
from generation.models.keys import KeyPool
from generation.providers import PROVIDERS, get_provider
from generation.providers.base import Capabilities
from storyboards.models import Style


def provider_choices() -> list[tuple[str, str]]:
    return [(name, name) for name in PROVIDERS]


class Workflow(models.Model):
    """A ComfyUI graph in API format, and where in it a request's values go."""

    title = models.CharField(max_length=120, unique=True)
    graph = models.JSONField(help_text="As ComfyUI's “Export (API)” writes it.")
    places = models.JSONField(
        default=dict, help_text='Where values go: {"prompt": ["6", "text"], "seed": ["25", "noise_seed"]}.'
    )
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class LoraRole(models.TextChoices):
    STYLE = "style", "style"
    CHARACTER = "character", "character"
    CINEMATIC = "cinematic", "cinematic"


WEIGHT = [MinValueValidator(0), MaxValueValidator(2)]


class Lora(models.Model):
    """Fine-tuned weights that are laid over a model."""

    title = models.CharField(max_length=120, unique=True)
    file = models.CharField(max_length=200, help_text="As the server names it, with folder: ink/strong.safetensors.")
    url = models.URLField(
        max_length=500, blank=True, validators=[URLValidator(schemes=["https"])],
        help_text="Where a server that fetches LoRAs finds it.",
    )  # fmt: skip
    role = models.CharField(max_length=12, choices=LoraRole, default=LoraRole.STYLE)
    weight = models.FloatField(default=1.0, validators=WEIGHT, help_text="0.0 to 2.0")

    class Meta:
        ordering = ["role", "title"]
        verbose_name = "LoRA"

    def __str__(self) -> str:
        return self.title


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
    number = models.PositiveIntegerField(
        null=True, blank=True, unique=True, help_text="Its number in the registry of styles that programs ask for."
    )
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, null=True, blank=True, related_name="engines")
    loras = models.ManyToManyField(Lora, through="EngineLora", related_name="engines")
    key_pool = models.ForeignKey(
        KeyPool, on_delete=models.SET_NULL, null=True, blank=True, related_name="engines",
        help_text="Empty: the style's pool, else every key of the provider.",
    )  # fmt: skip
    fallback = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="Makes a picture that this one refuses, or cannot make because the vendor is out of order.",
    )  # fmt: skip
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
        """Its LoRAs aside: they are rows of their own, looked at by whoever saves them and before every start."""
        if self.provider not in PROVIDERS:
            return  # the field's own error says so
        if not isinstance(self.options, dict):
            raise ValidationError({"options": "Options are a JSON object: {…}."})
        if self.fallback_id is not None and self.fallback_id == self.pk:
            raise ValidationError({"fallback": "An engine cannot stand in for itself."})
        try:
            get_provider(self.provider).check_options(self.request_options(stack=()))
        except InvalidRequest as error:
            raise ValidationError({"options": str(error)}) from error

    @property
    def needs_key(self) -> bool:
        """Whether its calls cost money. A provider that is not installed here might."""
        return self.provider not in PROVIDERS or get_provider(self.provider).needs_key

    @property
    def abilities(self) -> Capabilities:
        """What its model can do; nothing where its provider is not installed here."""
        if self.provider not in PROVIDERS:
            return Capabilities(max_references=0)
        return get_provider(self.provider).capabilities(self.model, self._own_options())

    def request_options(self, stack: Iterable[EngineLora] | None = None) -> dict[str, object]:
        """Its options with its workflow and its LoRAs (`stack`: these instead), as the providers read them."""
        options = self._own_options()
        loras = [place.as_option() for place in (self.stack.all() if stack is None else stack)]
        return options | {"loras": loras} if loras else options

    def _own_options(self) -> dict[str, object]:
        """Without LoRAs, which change how a picture looks and not what can be asked for."""
        if self.workflow is None:
            return dict(self.options)
        return dict(self.options) | {"workflow": {"graph": self.workflow.graph, "places": self.workflow.places}}

    def size(self, aspect_ratio: str, longest_side: int | None = None) -> tuple[int, int]:
        """Width and height in pixels, in multiples of 16, for "4:3" and the like; `longest_side`: not its own."""
        across, down = (int(part) for part in aspect_ratio.split(":"))
        scale = (longest_side or self.longest_side) / max(across, down)
        return max(16, round(across * scale / 16) * 16), max(16, round(down * scale / 16) * 16)


class EngineLoraManager(models.Manager["EngineLora"]):
    """Brings the LoRA along, also where the stacks of many engines are read ahead."""

    def get_queryset(self) -> models.QuerySet[EngineLora]:
        return super().get_queryset().select_related("lora")


class EngineLora(models.Model):
    """A LoRA in an engine's stack."""

    engine = models.ForeignKey(Engine, on_delete=models.CASCADE, related_name="stack")
    lora = models.ForeignKey(Lora, on_delete=models.PROTECT, related_name="places")
    weight = models.FloatField(null=True, blank=True, validators=WEIGHT, help_text="Empty: the LoRA's own.")
    position = models.PositiveIntegerField(default=1)

    objects = EngineLoraManager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["engine", "lora"], name="one_place_of_a_lora")]

    def __str__(self) -> str:
        return f"{self.lora} in {self.engine}"

    @property
    def own_weight(self) -> float:
        return self.lora.weight if self.weight is None else self.weight

    def as_option(self) -> dict[str, object]:
        return {"file": self.lora.file, "url": self.lora.url, "role": self.lora.role, "weight": self.own_weight}


class StyleEngine(models.Model):
    """The engine a style is made by unless somebody chooses another."""

    style = models.OneToOneField(Style, on_delete=models.CASCADE, related_name="default_engine")
    engine = models.ForeignKey(Engine, on_delete=models.CASCADE, related_name="styles")

    def __str__(self) -> str:
        return f"{self.style} by {self.engine}"
