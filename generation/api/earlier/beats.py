"""What a style run is begun with: a storyboard brought up to what a program has sent, and its pictures wanted, in one
transaction."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from generation import commands
from generation.api.earlier.names import own_named
from generation.api.problems import Problem
from generation.errors import AllMade, Refusal
from generation.models import Frame, Strategy, StyleRun
from storyboards.importing import ImportedStep, read_beats
from storyboards.importing.storing import bringing_up
from storyboards.models import AspectRatio, Project, StepPrompt, Style

MOST_PROBLEMS = 10
"""That one answer names."""
SAID_OF_TITLES = 200
READ_OF_BEATS = ("shot_number", "beat_number", "script_phrase", "transition_type", "ai_prompt")
"""What else programs keep in a beat is theirs alone, whatever it is called."""


@dataclass(frozen=True)
class Wanted:
    """`by_style`: beats with their prompts as they were sent, or None for those that are there."""

    name: str
    by_style: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Begun:
    """The runs that were started or joined, and the frames that had their picture before; or why nothing was begun."""

    project_id: int = 0
    runs: tuple[int, ...] = ()
    had: frozenset[int] = frozenset()
    refusal: str = ""


def begin(user: User, wanted: Wanted) -> Begun:
    """Raises Problem where what was sent cannot be used; nothing is stored then, nor where the start is refused."""
    beats, styles = _read(wanted.by_style) if wanted.by_style is not None else ((), [])
    try:
        with transaction.atomic():
            project = _project(user, wanted)
            with bringing_up(project, beats):
                runs = _start(user, project, styles or _styles_of(project))
            had = Frame.objects.current().filter(run__in=runs, chosen__isnull=False)
            return Begun(project.pk, tuple(run.pk for run in runs), frozenset(had.values_list("pk", flat=True)))
    except Refusal as refusal:
        return Begun(refusal=str(refusal))


def _read(by_style: object) -> tuple[tuple[ImportedStep, ...], list[str]]:
    """The beats, and the styles that have any."""
    if isinstance(by_style, dict) and all(beats == [] for beats in by_style.values()):
        raise Problem(422, "promptsByStyle holds no beats: there is nothing to make.")
    known = list(Style.objects.values_list("slug", flat=True))
    outcome = read_beats(_read_alone(by_style), known)
    if outcome.problems:
        words = [problem.message for problem in outcome.problems[:MOST_PROBLEMS]]
        raise Problem(422, " ".join(["promptsByStyle cannot be used.", *words]))
    named = {slug for beat in outcome.project.steps for slug in beat.prompts}
    return outcome.project.steps, [slug for slug in known if slug in named]


def _read_alone(by_style: object) -> object:
    """Beats without what nobody reads; all else as it is."""
    if not isinstance(by_style, dict):
        return by_style
    return {
        style: [_read_of(beat) for beat in beats] if isinstance(beats, list) else beats
        for style, beats in by_style.items()
    }


def _read_of(beat: object) -> object:
    return {name: beat[name] for name in READ_OF_BEATS if name in beat} if isinstance(beat, dict) else beat


def _project(user: User, wanted: Wanted) -> Project:
    """Made where it is unknown and there is something to put into it."""
    if wanted.by_style is None:
        found = own_named(user, wanted.name)
        if found is None:
            raise Problem(404, f"There is no project “{wanted.name}” yet: send promptsByStyle.")
        return found
    fields = {"title": _title(wanted.name), "aspect_ratio": AspectRatio.WIDE}
    return Project.objects.alive().get_or_create(owner=user, external_id=wanted.name, defaults=fields)[0]


def _title(name: str) -> str:
    """“Bird house” from “boards/2026/Bird house”."""
    parts = [" ".join(part.split()) for part in name.replace("\\", "/").split("/")]
    return next((part for part in reversed(parts) if part), name)[:SAID_OF_TITLES]


def _styles_of(project: Project) -> list[str]:
    """Those that the project has prompts for, else those it was made in."""
    prompted = Style.objects.filter(step_prompts__step__in=project.steps.alive())
    made = Style.objects.filter(runs__project=project)
    styles = list(prompted.distinct().values_list("slug", flat=True))
    styles = styles or list(made.distinct().values_list("slug", flat=True))
    if not styles:
        raise Problem(422, "This project has no prompts in any style yet: send promptsByStyle.")
    return styles


def _start(user: User, project: Project, styles: list[str]) -> list[StyleRun]:
    try:
        return commands.start(user, project.pk, commands.Wish(styles, Strategy.SHOTS, left_out=_left_out(project)))
    except AllMade:
        runs = project.runs.filter(style__slug__in=styles, strategy=Strategy.SHOTS, draft=None).order_by("pk")
        return list({run.style_id: run for run in runs}.values())


def _left_out(project: Project) -> dict[int, set[int]]:
    """By style, the beats that have their prompts in others alone: nobody has asked for a picture. What is in its run
    already stays."""
    there: dict[int, set[int]] = defaultdict(set)
    prompted = StepPrompt.objects.filter(step__in=project.steps.alive()).values_list("style", "step")
    for style, step in prompted:
        there[style].add(step)
    beats = set().union(*there.values())
    styles = list(there)
    shots = Frame.objects.current().filter(run__project=project, run__strategy=Strategy.SHOTS, run__style__in=styles)
    for style, step in shots.values_list("run__style", "step"):
        there[style].add(step)
    return {style: beats - steps for style, steps in there.items()}
