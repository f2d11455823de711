"""What an exported project consists of: the tree of its pictures, and files that tell of them.

generated_images/{style}/Shot_{n}/Beat_{b}.png
image_progress_{style}.json    {completedBeats, lastUpdated}
project.json                   the texts, and what each picture was made with
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.utils import timezone

from generation.exporting import safe
from generation.models import Call, Frame, Outcome, StyleRun, Take
from generation.models.runs import FrameQuerySet
from storyboards import pictures
from storyboards.models import Picture, Project, Step, StepPrompt


@dataclass(frozen=True)
class Place:
    """A picture, and where it lies. `beat` is what people call its step."""

    path: str
    beat: str
    step: Step
    take: Take

    @property
    def picture(self) -> Picture:
        assert self.take.original is not None, "a chosen take has a picture"
        return self.take.original


@dataclass(frozen=True)
class Series:
    """The pictures of one run. `name` is its folder."""

    name: str
    run: StyleRun
    places: list[Place]


def count_pictures(project: Project) -> int:
    return _with_pictures(project).count()


def load_series(project: Project) -> list[Series]:
    """All runs with pictures, the newest first. One query, however many there are."""
    by_run: dict[StyleRun, list[Frame]] = defaultdict(list)
    related = ("run__style", "run__engine", "step", "chosen__original", "chosen__engine")
    for frame in _with_pictures(project).select_related(*related).order_by("-run_id", "position"):
        by_run[frame.run].append(frame)
    names = _folder_names(by_run)
    return [Series(names[run.pk], run, list(_places(names[run.pk], frames))) for run, frames in by_run.items()]


def _with_pictures(project: Project) -> FrameQuerySet:
    return Frame.objects.current().filter(run__project=project, chosen__original__isnull=False)


def _folder_names(runs: Collection[StyleRun]) -> dict[int, str]:
    """The style's own name for its newest run; `clear-2`, `clear-3` … for those before it."""
    newest: dict[int, StyleRun] = {}
    for run in runs:
        newest.setdefault(run.style_id, run)
    first = list(newest.values())
    taken: set[str] = set()
    ordered = [*first, *(run for run in runs if run not in first)]
    return {run.pk: _take_name(safe(run.style.slug), "-", "", taken) for run in ordered}


def _places(folder: str, frames: Iterable[Frame]) -> Iterator[Place]:
    taken: set[str] = set()
    for frame in frames:
        step, take = frame.step, frame.chosen
        assert take is not None
        beat = step.known_as(frame.position)
        stem = f"generated_images/{folder}/{_part('Shot', step.shot or '1')}/{_part('Beat', beat)}"
        yield Place(_take_name(stem, "_", ".png", taken), beat, step, take)


def _part(kind: str, name: str) -> str:
    """A step may be called anything, `../..` too."""
    return safe(f"{kind}_{name.replace('..', '_')}")


def _take_name(stem: str, dash: str, ending: str, taken: set[str]) -> str:
    """The first that nobody has; it is taken from now on. To some file systems capitals make no difference."""
    numbered = (f"{stem}{ending}" if number == 1 else f"{stem}{dash}{number}{ending}" for number in count(1))
    name = next(name for name in numbered if name.casefold() not in taken)
    taken.add(name.casefold())
    return name


def png_of(picture: Picture) -> bytes:
    """The original, as PNG. Raises FileNotFoundError where it is lost, ValueError where it cannot be read."""
    data = picture.read()
    return data if picture.content_type == "image/png" else pictures.as_png(pictures.check(data)).data


# --- what tells of them ----------------------------------------------------------------------------------------------


def texts(project: Project, series: Sequence[Series], lost: Collection[str]) -> Iterator[tuple[str, str]]:
    """The names and contents of the JSON files. `lost`: paths of pictures that could not be put in."""
    for one in series:
        yield f"image_progress_{one.name}.json", _json(_progress(one, lost))
    yield "project.json", _json(_project(project, series, lost))


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n"


def _progress(series: Series, lost: Collection[str]) -> dict[str, Any]:
    there = [place for place in series.places if place.path not in lost]
    times = [place.take.finished_at for place in there if place.take.finished_at is not None]
    return {
        "completedBeats": [place.beat for place in there],
        "lastUpdated": max(times).isoformat() if times else None,
    }


def _project(project: Project, series: Sequence[Series], lost: Collection[str]) -> dict[str, Any]:
    models = _models(project)
    return {
        "title": project.title,
        "description": project.description,
        "materials": project.material_list(),
        "concept": project.concept_prompt,
        "aspect_ratio": project.aspect_ratio,
        "exported_at": timezone.now().isoformat(),
        "steps": list(_steps(project)),
        "series": [_series(one, models, lost) for one in series],
    }


def _steps(project: Project) -> Iterator[dict[str, Any]]:
    prompts: dict[int, dict[str, str]] = defaultdict(dict)
    own = StepPrompt.objects.filter(step__project=project).values_list("step", "style__slug", "text")
    for step_id, style, text in own:
        prompts[step_id][style] = text
    for step in project.ordered_steps():
        yield {
            "number": step.position,
            "title": step.title,
            "description": step.description,
            "shot": step.shot,
            "beat": step.beat,
            "transition": step.transition,
            "script_phrase": step.script_phrase,
            "dialogue": step.dialogue,
            "duration": step.duration,
            "prompts": prompts[step.pk],
        }


def _models(project: Project) -> dict[int, str]:
    """By take, the model that made it: its engine may have another one by now."""
    shown = Frame.objects.filter(run__project=project).values("chosen")
    calls = Call.objects.filter(take__in=shown, outcome=Outcome.SUCCEEDED).order_by("pk")
    return {take: model for take, model in calls.values_list("take", "model") if take is not None}


def _series(series: Series, models: Mapping[int, str], lost: Collection[str]) -> dict[str, Any]:
    run = series.run
    return {
        "folder": f"generated_images/{series.name}",
        "style": run.style.slug,
        "strategy": run.strategy,
        "run": run.pk,
        "pictures": [_picture(run, place, models, lost) for place in series.places],
    }


def _picture(run: StyleRun, place: Place, models: Mapping[int, str], lost: Collection[str]) -> dict[str, Any]:
    take, engine = place.take, place.take.engine or run.engine
    return {
        "file": None if place.path in lost else place.path,
        "step": place.step.position if place.step.deleted_at is None else None,
        "beat": place.beat,
        "take": take.pk,
        "engine": engine.slug,
        "model": models.get(take.pk, engine.model),
        "seed": take.seed,
        "prompt": take.prompt,
        "width": place.picture.width,
        "height": place.picture.height,
        "made_at": take.finished_at.isoformat() if take.finished_at else None,
    }
