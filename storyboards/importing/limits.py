"""What a whole import must keep to, whatever it was written in."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.exceptions import ValidationError

from storyboards.editing import is_text
from storyboards.importing.result import ImportedProject, ImportedStep, Problem
from storyboards.variables import validate_plain_variables, validate_variables

FAR_TOO_MANY = 4 * settings.MAX_STEPS
"""Steps: nobody has written so many by mistake, and each would be read before the last is refused."""
MOST_LINES = 100 * settings.MAX_STEPS
LONGEST_LINE = 1_000_000
"""Characters."""
SHORT_FIELDS = {"title": 300, "shot": 20, "beat": 20}
LONG_FIELDS = ("description", "script_phrase", "dialogue", "variables")
PROJECT_FIELDS = {
    "title": 200, "description": 20_000, "materials": 20_000, "concept_prompt": 20_000, "variables": 20_000,
}  # fmt: skip


def check_lines(text: str) -> Iterator[Problem]:
    """Asked before a list or a table is read: of millions of lines or cells that would take minutes."""
    lines = text.count("\n") + 1
    if lines > MOST_LINES:
        yield Problem(0, f"{lines:,} lines are too many: {settings.MAX_STEPS} steps are the most.")
    elif (longest := max(map(len, text.split("\n")))) > LONGEST_LINE:
        yield Problem(0, f"A line has {longest:,} characters; {LONGEST_LINE:,} are the most.")


def check_limits(project: ImportedProject) -> Iterator[Problem]:
    if not project.steps:
        yield Problem(0, "No steps were found. Number them (1. 2. 3.), or write each on a line of its own.")
    if len(project.steps) > settings.MAX_STEPS:
        first = project.steps[settings.MAX_STEPS]
        yield Problem(first.line, f"{len(project.steps)} steps are too many: {settings.MAX_STEPS} are the most.")
    for name, most in PROJECT_FIELDS.items():
        yield from _check_text(0, f"The project's {_words(name)}", getattr(project, name), most)
    yield from _check_variables(0, "The project's", project.variables, validate_variables)
    for number, step in enumerate(project.steps[: settings.MAX_STEPS], start=1):
        yield from _check_step(number, step)


def _check_step(number: int, step: ImportedStep) -> Iterator[Problem]:
    for name in LONG_FIELDS:
        yield from _check_text(step.line, f"Step {number}: its {_words(name)}", getattr(step, name))
    for name, most in SHORT_FIELDS.items():
        yield from _check_text(step.line, f"Step {number}: its {_words(name)}", getattr(step, name), most)
    yield from _check_variables(step.line, f"Step {number}: its", step.variables, validate_plain_variables)
    for slug, text in step.prompts.items():
        yield from _check_text(step.line, f"Step {number}: its prompt for {slug}", text)
    if not any((step.title, step.description, step.script_phrase, *step.prompts.values())):
        yield Problem(step.line, f"Step {number} is empty: it has no title, no description and no prompt.")


def _check_text(line: int, what: str, text: str, most: int = settings.MAX_STEP_CHARACTERS) -> Iterator[Problem]:
    if len(text) > most:
        yield Problem(line, f"{what} has {len(text):,} characters; {most:,} are the most.")
    if not is_text(text):
        yield Problem(line, f"{what} holds signs that are no text.")


def _check_variables(line: int, whose: str, text: str, validate: Callable[[str], None]) -> Iterator[Problem]:
    try:
        validate(text)
    except ValidationError as error:
        for message in error.messages:
            yield Problem(line, f"{whose} variables: {message}")


def _words(name: str) -> str:
    return name.replace("_", " ")
