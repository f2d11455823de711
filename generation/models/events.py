"""A project's numbered history. `generation.events.publish` writes it."""

from django.db import models

from storyboards.models import Project


class EventStream(models.Model):
    """The last number given. A row of its own, because forms of people would write a column of Project back."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="event_stream")
    last_number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"events of {self.project}"


class Event(models.Model):
    """One change that people see, without gaps: 1, 2, 3 … in every project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    actor = models.CharField(max_length=150, blank=True, help_text="Who did it; empty where the machine did.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["project_id", "number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="event_numbers_have_no_doubles")]
        indexes = [models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"
