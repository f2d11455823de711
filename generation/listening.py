"""What authoring tells us, inside its own transaction."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.dispatch import receiver

from generation import actions, commands, events
from generation.errors import Refusal
from generation.models import Frame
from storyboards import signals
from storyboards.models import Project, Step


@receiver(signals.step_changed)
def show_step(project: Project, step: Step, **_kwargs: Any) -> None:
    frames = Frame.objects.filter(step=step).values_list("pk", flat=True)
    events.publish(project.pk, "steps.changed", frames=frames)


@receiver(signals.steps_reordered)
def show_order(project: Project, **_kwargs: Any) -> None:
    events.publish(project.pk, "steps.changed")


@receiver(signals.project_changed)
def show_project(project: Project, **_kwargs: Any) -> None:
    events.publish(project.pk, "project.changed")


@receiver(signals.project_deleted)
def end_runs(project: Project, **_kwargs: Any) -> None:
    """A call in flight settles into the ledger; nothing more is started."""
    actions.cancel_all(project)
    events.publish(project.pk, "project.deleted")


@receiver(signals.start_requested)
def start_runs(
    project: Project,
    user: User,
    strategy: str,
    styles: list[str],
    engine: str = "",
    choices: Mapping[str, Any] | None = None,
    **_kwargs: Any,
) -> None:
    """Raises StartRefused, so that the import it belongs to is rolled back with it."""
    try:
        commands.begin(user, project, commands.Wish(styles, strategy, engine, choices=choices or {}))
    except Refusal as refusal:
        raise signals.StartRefused(str(refusal)) from refusal
