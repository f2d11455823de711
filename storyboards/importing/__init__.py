"""Text in: what people paste or upload, as a project that is not stored yet.

Reading is pure: text and the styles' slugs in, an Outcome out. `storyboards.importing.storing` stores it.
"""

from dataclasses import replace

from storyboards.importing.limits import check_limits, check_lines
from storyboards.importing.markdown import read_markdown
from storyboards.importing.objects import looks_like_json, read_json, read_objects
from storyboards.importing.result import ImportedProject, ImportedStep, Outcome, Problem
from storyboards.importing.tables import looks_like_table, read_table

__all__ = ["FORMATS", "ImportedProject", "ImportedStep", "Outcome", "Problem", "read", "read_beats"]

LAST = 1_000_000_000
"""A problem of the whole text comes behind those of its lines."""

READERS = {"list": read_markdown, "table": read_table, "json": read_json}
FORMATS = (
    ("", "Recognise it by itself"),
    ("list", "Markdown or a plain list"),
    ("table", "Table: CSV or TSV"),
    ("json", "JSON"),
)


def read(text: str, styles: list[str], name: str = "", form: str = "") -> Outcome:
    """What this text would make. `name` is the file's, `form` one of FORMATS; both may be unknown."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    is_json = form == "json" or (not form and _is_json(text, name))
    if not is_json and (endless := tuple(check_lines(text))):
        return Outcome(ImportedProject(), endless)
    return _checked(READERS[form or _form(text, styles, name)](text, styles), name)


def read_beats(by_style: object, styles: list[str]) -> Outcome:
    """What a program has sent as `promptsByStyle`. There is no text, so its problems have no line."""
    return _checked(read_objects({"promptsByStyle": by_style}, styles), "")


def _checked(outcome: Outcome, name: str) -> Outcome:
    project = outcome.project if outcome.project.title else replace(outcome.project, title=_title_from(name))
    hopeless = bool(outcome.problems) and not project.steps
    problems = outcome.problems if hopeless else [*outcome.problems, *check_limits(project)]
    return Outcome(project, tuple(sorted(map(_printable, problems), key=lambda problem: problem.line or LAST)))


def _printable(problem: Problem) -> Problem:
    """A message may quote the half of a surrogate pair, which no page could be sent with."""
    return replace(problem, message=problem.message.encode("utf-8", "replace").decode())


def _ending(name: str) -> str:
    return name.lower().rpartition(".")[2]


def _is_json(text: str, name: str) -> bool:
    return _ending(name) == "json" or looks_like_json(text)


def _form(text: str, styles: list[str], name: str) -> str:
    if _is_json(text, name):
        return "json"
    ending = _ending(name)
    return "table" if ending in ("csv", "tsv") or looks_like_table(text, styles) else "list"


def _title_from(name: str) -> str:
    """“My bird house” from “My_bird house.csv”."""
    stem = name.rpartition("/")[2].rpartition("\\")[2].rpartition(".")[0]
    return " ".join(stem.replace("_", " ").split())[:200]
