"""An import that has no problems, into the database, in one transaction."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from storyboards.editing import STEP_FIELDS, check_room, editing
from storyboards.importing.limits import PROJECT_FIELDS
from storyboards.importing.result import ImportedProject, ImportedStep
from storyboards.models import Project, Step, StepPrompt, Style
from storyboards.signals import start_requested, steps_reordered


@dataclass(frozen=True)
class StartWish:
    """Pictures are wanted as soon as the steps exist: by whom, with which strategy, in which styles (slugs), by which
    engine (slug; "": each style as usual), and how else, by name (none: as usual)."""

    user: User
    strategy: str
    styles: list[str]
    engine: str = ""
    choices: Mapping[str, object] = field(default_factory=dict)


def make_project(
    owner: User, imported: ImportedProject, fields: Mapping[str, object], start: StartWish | None = None
) -> Project:
    """A new project of this owner. `fields` are the project's own, and go before what was imported."""
    texts = {name: getattr(imported, name) for name in PROJECT_FIELDS}
    with transaction.atomic():
        project = Project.objects.create(owner=owner, **texts | dict(fields))
        if imported.steps:
            put_steps(project, imported.steps, start=start)
    return project


def put_steps(
    project: Project,
    steps: Iterable[ImportedStep],
    replace: bool = False,
    start: StartWish | None = None,
    after: int | None = None,
) -> list[int]:
    """Behind the steps that are there (`after`: behind this one), or in their place: those go into the trash.

    Returns the new ones' ids, in order. Raises ValidationError where there is no room, `after` has left the list, or
    the start is refused; nothing is stored then.
    """
    with editing(project):
        if replace:
            project.steps.alive().order_by().update(deleted_at=Now(), deleted_from=F("position"), position=-F("pk"))
        there = list(project.steps.alive().values_list("pk", flat=True))
        new = _insert(project, list(steps), len(there))
        if after is not None:
            _arrange(there, new, after)
        if start is not None:
            start_requested.send(
                Project,
                project=project,
                user=start.user,
                strategy=start.strategy,
                styles=start.styles,
                engine=start.engine,
                choices=start.choices,
            )
        steps_reordered.send(Project, project=project)
    return new


def _arrange(there: Sequence[int], new: Sequence[int], after: int) -> None:
    if after not in there:
        raise ValidationError(f"Step {after} is not in this project's list: nothing can be put behind it.")
    place = there.index(after) + 1
    Step.objects.arrange([*there[:place], *new, *there[place:]])


@contextmanager
def bringing_up(project: Project, beats: Sequence[ImportedStep]) -> Iterator[None]:
    """Beats that are there, known by shot and beat, say what was written now; others come behind them; nothing is
    deleted. What is done inside the block belongs to the same transaction, and goes before its event.

    An empty text changes nothing. Raises ValidationError where there is no room.
    """
    with editing(project):
        there = {(step.shot, step.beat): step for step in reversed(project.ordered_steps()) if step.beat}
        known = [(step, beat) for beat in beats if (step := there.get((beat.shot, beat.beat)))]
        new = [beat for beat in beats if (beat.shot, beat.beat) not in there]
        changed = _rewrite(project, known)
        _insert(project, new, project.steps.alive().count())
        yield
        if changed or new:
            steps_reordered.send(Project, project=project)


def _rewrite(project: Project, known: Iterable[tuple[Step, ImportedStep]]) -> bool:
    """Whether anything was to be written."""
    written = project.steps.alive().order_by().values_list("pk", "prompts__style__slug", "prompts__text")
    prompts = {(step, slug): text for step, slug, text in written}
    changed, texts, now = [], [], timezone.now()
    for step, beat in known:
        news = {name: value for name in STEP_FIELDS if (value := getattr(beat, name)) and value != getattr(step, name)}
        own = {slug: text for slug, text in beat.prompts.items() if text != prompts.get((step.pk, slug))}
        if news or own:
            vars(step).update(news, version=step.version + 1, updated_at=now)
            changed.append(step)
            texts.append((step, own, beat.whole))
    Step.objects.bulk_update(changed, [*STEP_FIELDS, "version", "updated_at"], batch_size=100)
    _put_prompts(texts)
    return bool(changed)


def _insert(project: Project, steps: list[ImportedStep], there: int) -> list[int]:
    check_room(there + len(steps))
    rows = Step.objects.bulk_create(
        Step(project=project, position=there + number, **{name: getattr(step, name) for name in STEP_FIELDS})
        for number, step in enumerate(steps, start=1)
    )
    _put_prompts((row, step.prompts, step.whole) for row, step in zip(rows, steps, strict=True))
    return [row.pk for row in rows]


def _put_prompts(texts: Iterable[tuple[Step, Mapping[str, str], Collection[str]]]) -> None:
    """By the style's slug; in the place of what was written there before, which stays a whole prompt if it was one.
    The slugs behind them are those of whole prompts."""
    styles = dict(Style.objects.values_list("slug", "pk"))
    StepPrompt.objects.bulk_create(
        [
            StepPrompt(step=row, style_id=styles[slug], text=text, whole=slug in whole)
            for row, own, whole in texts
            for slug, text in own.items()
        ],
        update_conflicts=True,
        unique_fields=["step", "style"],
        update_fields=["text"],
    )
