"""JSON: shots and beats per style, our own simple form, or a bare list of steps.

    {"promptsByStyle": {"clear": [{"shot_number": 1, "beat_number": "1.1", "transition_type": "H", "ai_prompt": "…"}]}}
    {"title": "…", "description": "…", "materials": ["…"], "concept": "…", "variables": {"hero": "…"},
     "steps": ["…", {"title": "…", "prompts": {"clear": "…", "comic": {"text": "…", "whole": true}}}]}
    ["First …", "Then …"]

Both objects may carry the other's extras: a beat may have a title, promptsByStyle a project title beside it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field
from typing import Any, NoReturn

from django.conf import settings

from storyboards.importing.limits import FAR_TOO_MANY
from storyboards.importing.result import ImportedProject, ImportedStep, Outcome, Problem
from storyboards.importing.words import field_of, read_duration, read_transition, unknown_style

BY_STYLE = ("promptsByStyle", "prompts_by_style")
Scalar = str | int | float


class _Stop(Exception):
    """Nothing more can be read."""


@dataclass
class Reading:
    """One reading of one text: what is known, and what went wrong so far."""

    text: str
    styles: list[str]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def complain(self, message: str, line: int = 0) -> None:
        self.problems.append(Problem(line, message))

    def line_of(self, name: str) -> int:
        """The line where an object's member of this name begins, 0 where it cannot be told."""
        member = re.search(re.escape(json.dumps(name, ensure_ascii=False)) + r"\s*:", self.text)
        return self.text.count("\n", 0, member.start()) + 1 if member else 0


def looks_like_json(text: str) -> bool:
    """A list in Markdown may begin with a bracket, too: `[ ] buy milk`."""
    return bool(re.match(r'\s*(\{|\[\s*(["{\[\]]|$))', text))


def read_json(text: str, styles: list[str]) -> Outcome:
    return _read(Reading(text, styles), _parse)


def read_objects(data: object, styles: list[str]) -> Outcome:
    """The same of JSON that was parsed already."""
    return _read(Reading("", styles), lambda _reading: data)


def _read(reading: Reading, parse: Callable[[Reading], Any]) -> Outcome:
    try:
        project = _project(parse(reading), reading)
    except _Stop:
        project = ImportedProject()
    return Outcome(project, tuple(reading.problems))


def _parse(reading: Reading) -> Any:
    try:
        return json.loads(reading.text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        reading.complain(f"Column {error.colno}: this is not valid JSON: {error.msg}.", error.lineno)
    except RecursionError:
        reading.complain("This JSON is nested far too deep.")
    except ValueError as error:
        reading.complain(f"This JSON cannot be read: {error}.")
    raise _Stop


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that can be used")


def _project(data: Any, reading: Reading) -> ImportedProject:
    if isinstance(data, list):
        return ImportedProject(steps=_plain_steps(data, reading))
    if not isinstance(data, dict):
        reading.complain("There must be an object {…} or a list […] of steps.")
        raise _Stop
    by_style = next((data[name] for name in BY_STYLE if name in data), None)
    if by_style is None and "steps" not in data:
        by_style, data = data, {}
    steps = _plain_steps(data.get("steps"), reading) if by_style is None else _beats(by_style, reading)
    return ImportedProject(
        title=_text(data, ("title", "projectPath"), reading),
        description=_text(data, ("description",), reading),
        materials="\n".join(_lines(data, "materials", reading)),
        concept_prompt=_text(data, ("concept", "concept_prompt"), reading),
        variables=_variables(data, "variables", reading),
        steps=steps,
        warnings=tuple(reading.warnings),
    )


def _text(data: Mapping[str, Any], names: tuple[str, ...], reading: Reading) -> str:
    """The first of these members, which must be text or a number where it is there."""
    name = next((name for name in names if data.get(name) is not None), names[0])
    value = data.get(name, "")
    if value is None or _is_scalar(value):
        return "" if value is None else str(value).strip()
    reading.complain(f"“{name}” must be text.", reading.line_of(name))
    return ""


def _is_scalar(value: object) -> bool:
    return isinstance(value, Scalar) and not isinstance(value, bool)


def _lines(data: Mapping[str, Any], name: str, reading: Reading) -> list[str]:
    value = data.get(name) or []
    if isinstance(value, list) and all(map(_is_scalar, value)):
        return [str(item).strip() for item in value]
    return [_text(data, (name,), reading)]


def _refuse_endless(entries: Sized, what: str, reading: Reading) -> None:
    """So many that to say of each what is wrong would take minutes."""
    if len(entries) > FAR_TOO_MANY:
        reading.complain(f"{len(entries)} {what} are too many: {settings.MAX_STEPS} steps are the most.")
        raise _Stop


def _plain_steps(data: Any, reading: Reading) -> tuple[ImportedStep, ...]:
    if not isinstance(data, list):
        reading.complain("“steps” must be a list.", reading.line_of("steps"))
        raise _Stop
    _refuse_endless(data, "steps", reading)
    return tuple(_plain_step(f"Step {number}", item, reading) for number, item in enumerate(data, start=1))


def _plain_step(place: str, item: Any, reading: Reading) -> ImportedStep:
    if isinstance(item, str):
        return ImportedStep(title=item.strip()) if len(item.strip()) <= 120 else ImportedStep(description=item.strip())
    if not isinstance(item, dict):
        reading.complain(f"{place} must be text or an object.")
        return ImportedStep(title="?")
    prompts, whole = _prompts(place, item.get("prompts"), reading)
    return ImportedStep(**_fields(place, item, reading), prompts=prompts, whole=whole)


def _fields(place: str, item: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """Our fields by any common name of theirs."""
    fields: dict[str, Any] = {}
    for key in item:
        name = field_of(key)
        if name and name not in fields and key not in ("prompts", "ai_prompt", "prompt"):
            text = _variables(item, key, reading) if name == "variables" else _text(item, (key,), reading)
            fields[name] = _field(place, name, text, reading)
    return fields


def _variables(data: Mapping[str, Any], name: str, reading: Reading) -> str:
    """As people write them, a line each; JSON may as well hold a list of lines, or an object."""
    value = data.get(name)
    if isinstance(value, dict) and all(map(_is_scalar, value.values())):
        return "\n".join(f"{key} = {' '.join(str(text).split())}" for key, text in value.items())
    return "\n".join(_lines(data, name, reading)) if isinstance(value, list) else _text(data, (name,), reading)


def _field(place: str, name: str, text: str, reading: Reading) -> Any:
    readers = {"transition": read_transition, "duration": read_duration}
    if name not in readers:
        return text
    try:
        return readers[name](text)
    except ValueError as error:
        reading.complain(f"{place}: {error}")
        return readers[name]("")


def _prompts(place: str, data: Any, reading: Reading) -> tuple[dict[str, str], frozenset[str]]:
    """Texts by slug, and the slugs of those that are the whole prompt."""
    if data is None:
        return {}, frozenset()
    if not isinstance(data, dict):
        reading.complain(f"{place}: “prompts” must be an object with a text for each style.")
        return {}, frozenset()
    for slug in data:
        if slug not in reading.styles:
            reading.complain(f"{place}: {unknown_style(slug, reading.styles)}", reading.line_of(slug))
    texts = {slug: own.get("text") if isinstance(own, dict) else own for slug, own in data.items()}
    whole = frozenset(slug for slug, own in data.items() if isinstance(own, dict) and own.get("whole") is True)
    return {slug: text for slug in data if (text := _text(texts, (slug,), reading))}, whole


def _beats(by_style: Any, reading: Reading) -> tuple[ImportedStep, ...]:
    """Beats in the order of the first style; others add their prompts, and beats of their own at the end."""
    if not isinstance(by_style, dict) or not all(isinstance(beats, list) for beats in by_style.values()):
        reading.complain("Each style must hold a list of beats: {style: [{shot_number, beat_number, …}]}.")
        raise _Stop
    _refuse_endless(by_style, "styles", reading)
    for beats in by_style.values():
        _refuse_endless(beats, "beats", reading)
    steps: dict[tuple[str, str], ImportedStep] = {}
    for slug, beats in by_style.items():
        if slug not in reading.styles:
            reading.complain(unknown_style(slug, reading.styles), reading.line_of(slug))
        for number, beat in enumerate(beats, start=1):
            _merge(steps, slug, f"{slug}, entry {number}", beat, reading)
    return tuple(steps.values())


def _merge(
    steps: dict[tuple[str, str], ImportedStep], slug: str, place: str, beat: Any, reading: Reading
) -> None:  # fmt: skip
    step, prompt = _beat(place, beat, reading)
    if step is None:
        return
    known = steps.setdefault((step.shot, step.beat), step)
    if slug in known.prompts:
        reading.complain(f"{place}: beat {step.beat} of shot {step.shot} is there twice in this style.")
    if known.transition != step.transition or (step.script_phrase or known.script_phrase) != known.script_phrase:
        reading.warnings.append(f"{place}: transition or phrase differ from the first style's, which hold.")
    known.prompts[slug] = prompt


def _beat(place: str, beat: Any, reading: Reading) -> tuple[ImportedStep | None, str]:
    """The beat and its prompt; None where it has no number to be known by."""
    if not isinstance(beat, dict):
        reading.complain(f"{place} must be an object.")
        return None, ""
    fields = _fields(place, beat, reading)
    prompt = _text(beat, ("ai_prompt", "prompt"), reading)
    missing = [key for key in ("shot_number", "beat_number") if not fields.get(key.removesuffix("_number"))]
    if not prompt:
        missing.append("ai_prompt")
    if missing:
        reading.complain(f"{place}: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.")
    return (ImportedStep(**fields) if fields.get("beat") else None), prompt
