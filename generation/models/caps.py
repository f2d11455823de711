"""How much one person may have going at once."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q, Value


class Cap(models.Model):
    """For one person, or (without one) for everybody who has none of his own. Empty amounts allow any.

    What is beyond it waits its turn or is refused; nothing fails for it.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="cap",
        help_text="Empty: everybody who has none of his own.",
    )  # fmt: skip
    max_parallel = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Pictures being made at once."
    )
    max_runs = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Runs going at once."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(Value(1), condition=Q(user=None), name="one_cap_of_everybody")]

    def __str__(self) -> str:
        return f"cap of {self.user or 'everybody else'}"
