"""CSV and TSV: a header row that names our fields in any common word, and a row per step."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from storyboards.importing.result import ImportedProject, ImportedStep, Outcome, Problem
from storyboards.importing.words import (
    NUMBER_WORDS,
    STEP_WORDS,
    field_of,
    plain_word,
    read_duration,
    read_transition,
    shorten,
    unknown_style,
)

DELIMITERS = ",;\t|"
_PROMPT_COLUMN = re.compile(r"(?:ai[ _])?prompt[ _:(-]+([\w-][\w -]*)\)?|([\w-][\w -]*?)[ _:-]+prompt")
_NAMES = (
    "title, description, shot, beat, transition, script phrase, dialogue, duration, variables, number, prompt <style>"
)


@dataclass(frozen=True)
class Row:
    """`line` is where it begins: a quoted cell may run over several."""

    line: int
    cells: list[str]


@dataclass
class Columns:
    """What the header says: `fields` by column index, `prompts` the style's slug by column index."""

    header: list[str]
    fields: dict[int, str] = field(default_factory=dict)
    prompts: dict[int, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def looks_like_table(text: str, styles: list[str]) -> bool:
    """Whether the first line names at least two columns of ours."""
    header = _first_row(text)
    return bool(header) and sum(map(_is_known, header, [styles] * len(header))) >= 2


def read_table(text: str, styles: list[str]) -> Outcome:
    try:
        rows = list(_rows(text))
    except _Broken as error:
        return Outcome(ImportedProject(), (error.problem,))
    if not rows:
        return Outcome(ImportedProject())
    columns = _read_header(rows[0], rows[1:], styles)
    if not (columns.fields or columns.prompts):
        return Outcome(ImportedProject(), (_no_header(rows[0]),))
    problems = list(columns.problems)
    steps = tuple(_step(row, columns, problems) for row in rows[1:])
    return Outcome(ImportedProject(steps=steps, warnings=tuple(columns.warnings)), tuple(problems))


class _Broken(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _rows(text: str) -> Iterator[Row]:
    """All rows that hold something."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(line, [cell.strip() for cell in cells])
            line = reader.line_num + 1
    except csv.Error as error:
        raise _Broken(Problem(line, _why(str(error)))) from error


def _why(error: str) -> str:
    if "unexpected end" in error:
        return "A quotation mark is opened in this row and never closed."
    if "expected after" in error:
        return "After a closing quotation mark the next column must begin. Quotation marks inside a cell are doubled."
    return f"The table cannot be read from here: {error}."


def _delimiter(text: str) -> str:
    """The one that finds the most known names in the header; a comma where none does better."""
    return max(DELIMITERS, key=lambda sign: sum(_is_known(cell, []) for cell in _split(text, sign)))


def _first_row(text: str) -> list[str]:
    return _split(text, _delimiter(text))


def _split(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text.lstrip("\n"), newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


def _is_known(cell: str, styles: list[str]) -> bool:
    word = plain_word(cell)
    return bool(field_of(word)) or word in NUMBER_WORDS | STEP_WORDS or _prompt_style(cell, styles) is not None


def _prompt_style(cell: str, styles: list[str]) -> str | None:
    """The style whose prompts a column holds: `prompt_clear`, `Clear prompt`, or just `clear`."""
    word = cell.strip().lower()
    if word in styles:
        return word
    named = _PROMPT_COLUMN.fullmatch(word)
    return "-".join((named[1] or named[2]).split()) if named else None


def _read_header(header: Row, rows: list[Row], styles: list[str]) -> Columns:
    columns = Columns(header.cells)
    for index, cell in enumerate(header.cells):
        _read_column(columns, header.line, index, styles)
        if plain_word(cell) in STEP_WORDS and not _all_numbers(rows, index):
            columns.fields[index] = "title"
    taken = list(columns.fields.values())
    for name in sorted({name for name in taken if taken.count(name) > 1}):
        columns.problems.append(Problem(header.line, f"Two columns mean “{name.replace('_', ' ')}”: keep one."))
    return columns


def _read_column(columns: Columns, line: int, index: int, styles: list[str]) -> None:
    cell = columns.header[index]
    if name := field_of(cell):
        columns.fields[index] = name
    elif style := _prompt_style(cell, styles):
        columns.prompts[index] = style
        if style not in styles:
            columns.problems.append(Problem(line, f"Column {index + 1}: {unknown_style(style, styles)}"))
    elif cell and plain_word(cell) not in NUMBER_WORDS | STEP_WORDS:
        columns.warnings.append(f"The column “{shorten(cell)}” is left out: no field has this name.")


def _all_numbers(rows: list[Row], index: int) -> bool:
    return all(row.cells[index].strip(". ").isdecimal() for row in rows if index < len(row.cells) and row.cells[index])


def _no_header(header: Row) -> Problem:
    found = ", ".join(f"“{shorten(cell, 20)}”" for cell in header.cells[:6])
    return Problem(header.line, f"The first row must name the columns ({_NAMES}). It has {found}.")


def _step(row: Row, columns: Columns, problems: list[Problem]) -> ImportedStep:
    if len(row.cells) > len(columns.header):
        problems.append(Problem(row.line, _too_many(row, columns)))
    values: dict[str, Any] = {}
    for index, name in columns.fields.items():
        if index < len(row.cells):
            values[name] = _value(row, index, name, columns, problems)
    prompts = {style: row.cells[index] for index, style in columns.prompts.items() if index < len(row.cells)}
    return ImportedStep(**values, prompts={style: text for style, text in prompts.items() if text}, line=row.line)


def _too_many(row: Row, columns: Columns) -> str:
    return (
        f"This row has {len(row.cells)} cells, the header has {len(columns.header)}. "
        "Put a text that holds the separator into quotation marks."
    )


def _value(row: Row, index: int, name: str, columns: Columns, problems: list[Problem]) -> Any:
    """The cell as its field's type; where it cannot be, a problem that names line and column, and nothing."""
    text = row.cells[index]
    readers = {"transition": read_transition, "duration": read_duration}
    if name not in readers:
        return text
    try:
        return readers[name](text)
    except ValueError as error:
        problems.append(Problem(row.line, f"Column “{shorten(columns.header[index])}”: {error}"))
        return readers[name]("")
