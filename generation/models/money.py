"""What calls cost, and how much may be spent."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from generation.models.runs import StyleRun
from storyboards.models import Project


def _dollars(words: str) -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)], help_text=words
    )


class Price(models.Model):
    """What a vendor takes, in US dollars, as its price list says; an empty model, size or quality stands for all.

    Where a call tells its tokens they are counted; else the picture costs `per_picture`, and each one sent along
    `per_reference`; a vendor that sells time takes `per_second`.
    """

    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=120, blank=True)
    size = models.CharField(max_length=20, blank=True, help_text="As the vendor names it: 2K, 1024x1536.")
    quality = models.CharField(max_length=20, blank=True)
    per_picture = _dollars("One picture: what is reserved beforehand, and booked where a call tells nothing.")
    per_reference = _dollars("Each picture that is sent along.")
    per_second = _dollars("Each second that the vendor's machine works.")
    text_in = _dollars("A million tokens of text sent.")
    image_in = _dollars("A million tokens of pictures sent.")
    text_out = _dollars("A million tokens of text answered, thoughts included.")
    image_out = _dollars("A million tokens of pictures answered.")
    checked_on = models.DateField(null=True, blank=True, help_text="When somebody last read the vendor's list.")

    class Meta:
        ordering = ["provider", "model", "size", "quality"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "model", "size", "quality"], name="one_price_of_a_kind")
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.provider, self.model, self.size, self.quality)))


class Period(models.TextChoices):
    TOTAL = "total", "in all"
    DAY = "day", "a day"
    MONTH = "month", "a month"


class Budget(models.Model):
    """How much may be spent on a run, a project, a person's pictures, or (with none of them) altogether.

    A run that would go beyond it is held, and goes on when there is room again. Calls in flight count with what was
    reserved for them, so it is exceeded by nothing but a vendor that takes more than its price list says.
    """

    run = models.OneToOneField(StyleRun, on_delete=models.CASCADE, null=True, blank=True, related_name="budget")
    project = models.OneToOneField(Project, on_delete=models.CASCADE, null=True, blank=True, related_name="budget")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets",
        help_text="For everything this person asks for.",
    )  # fmt: skip
    period = models.CharField(max_length=8, choices=Period, default=Period.TOTAL)
    amount = models.DecimalField(
        max_digits=12, decimal_places=2, validators=[MinValueValidator(0)], help_text="US dollars."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(run=None, project=None) | Q(run=None, user=None) | Q(project=None, user=None),
                name="budget_for_one_thing",
            ),
            models.UniqueConstraint(
                fields=["user", "period"], condition=Q(user__isnull=False), name="one_budget_of_a_person_and_period"
            ),
            models.UniqueConstraint(
                fields=["period"],
                condition=Q(run=None, project=None, user=None),
                name="one_budget_of_all_and_period",
            ),
        ]

    def __str__(self) -> str:
        return f"${self.amount} {self.get_period_display()} for {self.run or self.project or self.user or 'everything'}"
