"""The verbs of authoring. Each is one transaction with its signal inside, and leaves the steps numbered 1 … n."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import Truncator

from storyboards.models import Character, Picture, Project, ShareLink, Step, StepPrompt, Visibility
from storyboards.signals import project_changed, project_deleted, step_changed, steps_reordered

PROJECT_FIELDS = (
    "title",
    "description",
    "materials",
    "concept_prompt",
    "aspect_ratio",
    "name_future_steps",
    "variables",
    "visibility",
)
STEP_FIELDS = (
    "title",
    "description",
    "shot",
    "beat",
    "transition",
    "script_phrase",
    "dialogue",
    "duration",
    "variables",
)
"""What people write; everything else in a row is the program's."""

MOST_CHARACTERS = 50
TITLE_CHARACTERS = 80
"""Of a text that stands for a title."""

NOTHING_TO_SPLIT = "Nothing is split: write at least two texts, each with some words."
EMPTY_STEP = "An empty step makes no picture: give it a title, a description or a prompt."


class OwnPrompt(NamedTuple):
    """A step's own prompt in one style; an empty text means none. `whole`: sent as it is, without the style's template
    (None: as it was)."""

    text: str
    whole: bool | None = None


Prompts = Mapping[int, str | OwnPrompt]
"""A step's own prompts by the primary key of their style; a text alone leaves open whether it is the whole prompt."""


class Conflict(Exception):
    """Somebody else saved this step since it was opened; nothing was stored."""


@contextmanager
def editing(project: Project) -> Iterator[None]:
    """One transaction on a project's texts.

    It begins by writing the project's row: that locks it, so two people cannot number steps at once, and keeps the list
    of projects sorted by the latest edit.
    """
    with transaction.atomic():
        Project.objects.filter(pk=project.pk).update(updated_at=timezone.now())
        yield


def check_prompt(prompt: str, called: str = "The prompt") -> str:
    """What a picture shall show, without the blanks around it.

    Raises ValidationError, in which it is `called` so, where it is empty, too long or no text.
    """
    if not prompt.strip():
        raise ValidationError(f"{called} is empty.")
    if not is_text(prompt) or len(prompt) > settings.MAX_STEP_CHARACTERS:
        raise ValidationError(f"{called} must be text of at most {settings.MAX_STEP_CHARACTERS} characters.")
    return prompt.strip()


def is_text(given: str) -> bool:
    """JSON can spell NUL and halves of characters, which no database takes."""
    return "\0" not in given and not any("\ud800" <= character <= "\udfff" for character in given)


def title_of(text: str) -> str:
    """Its beginning, where nobody gave a title."""
    return Truncator(" ".join(text.split())).chars(TITLE_CHARACTERS)


def create_project(project: Project, concept_picture: Picture | None) -> Project:
    project.concept_picture = concept_picture
    project.save()
    return project


def create_singles(owner: User, texts: Sequence[str], aspect_ratio: str) -> Project:
    """One picture for each text, kept out of the list of projects. It is called what the first one says.

    Raises ValidationError where there are too many.
    """
    check_room(len(texts))
    with transaction.atomic():
        project = Project.objects.create(owner=owner, title=title_of(texts[0]), aspect_ratio=aspect_ratio, listed=False)
        Step.objects.bulk_create(
            Step(project=project, position=position, description=text) for position, text in enumerate(texts, start=1)
        )
    return project


def save_project(project: Project, concept_picture: Picture | None) -> None:
    """Write all that people edit on its page."""
    written = {name: getattr(project, name) for name in PROJECT_FIELDS}
    change_project(project, written | {"concept_picture": concept_picture})


def set_visibility(project: Project, visibility: str) -> None:
    change_project(project, {"visibility": visibility})


def change_project(project: Project, fields: Mapping[str, Any]) -> None:
    """Write these fields and nothing else: other columns may have changed since the row was read."""
    with editing(project):
        for name, value in fields.items():
            setattr(project, name, value)
        project.save(update_fields=[*fields])
        project_changed.send(Project, project=project)


def make_share_link(project: Project, expires_at: datetime | None) -> ShareLink:
    """A new link. A private project becomes unlisted with it, for a link opens nothing that is private."""
    with transaction.atomic():
        link = project.share_links.create(expires_at=expires_at)
        if project.visibility == Visibility.PRIVATE:
            set_visibility(project, Visibility.UNLISTED)
    return link


def revoke_share_link(link: ShareLink) -> None:
    """From now on it opens nothing, also for those who have opened it before. Twice keeps the first day."""
    with editing(link.project):
        ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())
        project_changed.send(Project, project=link.project)


def save_character(character: Character) -> None:
    """A new one, or one that was edited. Raises ValidationError where another of its project has that name."""
    with editing(character.project):
        others = character.project.characters.exclude(pk=character.pk)
        if others.filter(name__iexact=character.name).exists():
            raise ValidationError({"name": f"This project has a character “{character.name}” already."})
        if others.count() >= MOST_CHARACTERS:
            raise ValidationError(f"A project has at most {MOST_CHARACTERS} characters.")
        character.save()
        project_changed.send(Project, project=character.project)


def delete_character(character: Character) -> None:
    """For good: texts that name it stay as they are, and so do pictures made with it."""
    with editing(character.project):
        character.delete()
        project_changed.send(Project, project=character.project)


def trash_project(project: Project) -> None:
    with editing(project):
        project.deleted_at = timezone.now()
        project.save(update_fields=["deleted_at"])
        project_deleted.send(Project, project=project)


def check_room(count: int) -> None:
    """Raise ValidationError where a project would have this many steps and may not."""
    if count > settings.MAX_STEPS:
        raise ValidationError(f"A project has at most {settings.MAX_STEPS} steps; this would make {count}.")


def add_step(step: Step, prompts: Prompts, after: Step | None = None) -> Step:
    """Store a new step behind another, or at the end."""
    with editing(step.project):
        ids = _ids(step.project)
        check_room(len(ids) + 1)
        step.position = len(ids) + 1
        step.save()
        write_prompts(step, prompts)
        if after is not None and after.pk in ids[:-1]:
            ids.insert(ids.index(after.pk) + 1, step.pk)
            Step.objects.arrange(ids)
            step.position = ids.index(step.pk) + 1
        step_changed.send(Step, project=step.project, step=step)
    return step


def edit_step(step: Step, version: int, prompts: Prompts) -> None:
    """Store an edit that was begun at this version. Raises Conflict where the step has moved on since."""
    with editing(step.project):
        if not step.project.steps.alive().filter(pk=step.pk, version=version).update(version=F("version") + 1):
            raise Conflict
        step.version = version + 1
        step.save(update_fields=[*STEP_FIELDS, "updated_at"])
        write_prompts(step, prompts)
        step_changed.send(Step, project=step.project, step=step)


def change_step(step: Step, version: int, fields: Mapping[str, Any], prompts: Prompts) -> Step:
    """Write these fields and prompts and leave the others as they are; otherwise as `edit_step`. Returns it as stored.

    Raises ValidationError where nothing would be left of it.
    """
    with editing(step.project):
        now = step.project.steps.alive().filter(pk=step.pk, version=version).first()
        if now is None:
            raise Conflict
        for name, value in fields.items():
            setattr(now, name, value)
        own = own_prompts(now) | {style: _own(prompt) for style, prompt in prompts.items()}
        if not any((now.title, now.description, now.script_phrase, *(prompt.text for prompt in own.values()))):
            raise ValidationError(EMPTY_STEP)
        edit_step(now, version, own)
    return now


def own_prompts(step: Step) -> dict[int, OwnPrompt]:
    """As they are stored."""
    return {style: OwnPrompt(text, whole) for style, text, whole in step.prompts.values_list("style", "text", "whole")}


def write_prompts(step: Step, prompts: Prompts) -> None:
    """These and no others."""
    before = own_prompts(step)
    own = {style: prompt for style, given in prompts.items() if (prompt := _own(given)).text}
    step.prompts.exclude(style__in=own).delete()
    StepPrompt.objects.bulk_create(
        [
            StepPrompt(step=step, style_id=style, text=text, whole=_whole(whole, before.get(style)))
            for style, (text, whole) in own.items()
        ],
        update_conflicts=True,
        unique_fields=["step", "style"],
        update_fields=["text", "whole"],
    )


def _own(prompt: str | OwnPrompt) -> OwnPrompt:
    return OwnPrompt(prompt) if isinstance(prompt, str) else prompt


def _whole(wanted: bool | None, before: OwnPrompt | None) -> bool:
    return bool(wanted if wanted is not None else before and before.whole)


def move_step(step: Step, to: str) -> None:
    """`to` is up, down, top, bottom or a number; beyond the ends is the end."""
    with editing(step.project):
        ids = _ids(step.project)
        if step.pk not in ids:
            return  # deleted a moment ago
        here = ids.index(step.pk)
        places = {"up": here - 1, "down": here + 1, "top": 0, "bottom": len(ids)}
        place = places[to] if to in places else int(to) - 1
        ids.remove(step.pk)
        ids.insert(max(0, place), step.pk)
        Step.objects.arrange(ids)
        steps_reordered.send(Project, project=step.project)


def duplicate_step(step: Step) -> Step:
    """A copy with its prompts, right behind it."""
    copy = Step(project=step.project, **{name: getattr(step, name) for name in STEP_FIELDS})
    return add_step(copy, own_prompts(step), after=step)


def split_step(step: Step, version: int, texts: Sequence[str]) -> list[Step]:
    """Share its text out: the first part stays with it, each other becomes a step behind the one before.

    They keep its shot and its variables and continue from the picture before. Title, beat, speech, duration and own
    prompts stay with the first. Raises ValidationError where there is nothing to share out or no room, Conflict as
    `edit_step` does.
    """
    first, *others = (text.strip() for text in texts) if texts else [""]
    if not others or not all((first, *others)):
        raise ValidationError(NOTHING_TO_SPLIT)
    with editing(step.project):
        check_room(step.project.steps.alive().count() + len(others))
        change_step(step, version, {split_field(step): first}, {})
        parts = [step]
        for text in others:
            part = Step(project=step.project, shot=step.shot, variables=step.variables, **{split_field(step): text})
            parts.append(add_step(part, {}, after=parts[-1]))
    return parts


def split_field(step: Step) -> str:
    """Which of its texts is shared out: the one that its picture shows."""
    return "script_phrase" if step.script_phrase and not step.description else "description"


def delete_step(step: Step) -> None:
    with editing(step.project):
        step.remove()
        step_changed.send(Step, project=step.project, step=step)


# --- out of the trash again ------------------------------------------------------------------------------------------


def restore_project(project: Project) -> None:
    """With all it had; what was being made of it stays cancelled.

    One that is back already stays as it is. Raises ValidationError where another project has its external id by now.
    """
    with editing(project):
        if project.deleted_at is None:
            return
        same = Project.objects.alive().filter(owner=project.owner_id, external_id=project.external_id)
        if project.external_id and same.exists():
            raise ValidationError(f"Another project has its external id “{project.external_id}” by now.")
        project.deleted_at = None
        project.save(update_fields=["deleted_at"])
        project_changed.send(Project, project=project)


def restore_step(step: Step) -> None:
    """To the number it had, or the end where the list is shorter now. One that is back already stays where it is.

    Raises ValidationError where there is no room, or its project is in the trash itself.
    """
    with editing(step.project):
        if step.project.deleted_at is not None:
            raise ValidationError("Its project is in the trash: bring that back first.")
        ids = _ids(step.project)
        if step.pk not in ids:
            check_room(len(ids) + 1)
            _put_back(step, ids)
            step_changed.send(Step, project=step.project, step=step)


def _put_back(step: Step, ids: list[int]) -> None:
    step.refresh_from_db()
    end = len(ids) + 1
    ids.insert((step.deleted_from or end) - 1, step.pk)
    step.deleted_at, step.deleted_from, step.position = None, None, end
    step.save(update_fields=["deleted_at", "deleted_from", "position"])
    Step.objects.arrange(ids)
    step.position = ids.index(step.pk) + 1


def _ids(project: Project) -> list[int]:
    return list(project.steps.alive().values_list("pk", flat=True))
