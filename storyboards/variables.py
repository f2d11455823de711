"""Words that are written once and named in many texts: `hero = a girl in a red coat`, then “$hero opens the door”.

Texts in, plain data out: nothing here knows the database. A value is put in as it is written; a name inside it is not
filled once more.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

PLACEHOLDERS = {
    "step": "the step's own text (its prompt in this style where it has one)",
    "number": "the step's number",
    "total": "how many steps there are",
    "steps": "all steps up to this one, a line each (cumulative only)",
    "future": "titles of later steps (cumulative, only where the project excludes them by name)",
    "title": "the project's title",
    "description": "the project's description",
    "materials": "the first five materials",
    "concept": "the project's concept prompt",
    "characters": "the looks of the characters that the step's text names",
    "references": "which of the pictures that go along is which; left out, it is told before everything else",
    "transition": "what stays and what changes in a match or jump cut (next only)",
    "look": "the style's look",
    "avoid": "the style's words to avoid",
}
"""What templates name without anybody giving it a value. A variable has another name."""

MOST_COMPLAINTS = 10

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHOT = re.compile(r"\[\s*shot\s([^\]]*)\]", re.IGNORECASE)
_NAMED = re.compile(r"\$(?P<sign>\$)?(?:\{(?P<braced>[A-Za-z_]\w*)\}|(?P<plain>[A-Za-z_]\w*))", re.ASCII)
"""`$hero` or `${hero}`. Behind a second `$` it is no variable but the word itself: `$$hero`."""


@dataclass(frozen=True)
class Variables:
    """What a text gives values to: everywhere, and in one shot alone (by the shot as steps write it)."""

    everywhere: dict[str, str] = field(default_factory=dict)
    by_shot: dict[str, dict[str, str]] = field(default_factory=dict)

    def in_shot(self, shot: str) -> dict[str, str]:
        """Those that hold for a step of this shot: the shot's own stand before the others."""
        return self.everywhere | self.by_shot.get(_shot_key(shot), {})

    def names(self) -> set[str]:
        return set(self.everywhere).union(*self.by_shot.values())


def _shot_key(shot: str) -> str:
    return shot.strip().casefold()


# --- reading ---------------------------------------------------------------------------------------------------------


def parse(text: str, *, shots: bool = True) -> Variables:
    """The values that a text gives, one `name = value` a line; a line `[shot 2]` begins those of that shot alone.

    Raises ValidationError that names each line which cannot be read. Without `shots` such a line is one of them: only a
    project has shots.
    """
    variables, complaints = _read(text, shots)
    if complaints:
        raise ValidationError(complaints[:MOST_COMPLAINTS])
    return variables


def validate_variables(text: str) -> None:
    """Of a project's field: raises as `parse` does."""
    parse(text)


def validate_plain_variables(text: str) -> None:
    """Of a step's or a style's field: raises as `parse` does; a shot cannot be named there."""
    parse(text, shots=False)


def _read(text: str, shots: bool = True) -> tuple[Variables, list[str]]:
    """What can be read of it, and what is wrong with the rest."""
    found = Variables()
    complaints: list[str] = []
    values = found.everywhere
    for number, line in enumerate(text.splitlines(), start=1):
        shot = _SHOT.fullmatch(line.strip())
        if shot:
            values = found.by_shot.setdefault(_shot_key(shot[1]), {}) if shot[1].strip() else {}
        if wrong := _wrong_shot(shot, shots) if shot else _wrong_value(line, values):
            complaints.append(f"Line {number}: {wrong}")
        elif line.strip() and not shot:
            name, _, value = line.partition("=")
            values[_plain(name)] = value.strip()
    return found, complaints


def _wrong_shot(shot: re.Match[str], allowed: bool) -> str:
    if not allowed:
        return "shots have variables of their own only in the project."
    return "" if shot[1].strip() else "which shot? Write it like [shot 2]."


def _wrong_value(line: str, values: Mapping[str, str]) -> str:
    """What is wrong with a line that should give a value; "" where nothing is."""
    name, equals, _ = line.partition("=")
    if not line.strip():
        return ""
    if not equals:
        return f"there is no “=” in “{_short(line)}”. Write name, “=” and what it stands for: hero = a girl in red"
    return _wrong_name(_plain(name), values)


def _wrong_name(name: str, values: Mapping[str, str]) -> str:
    if not _NAME.fullmatch(name):
        return f"“{_short(name)}” is no name. Use letters a–z, digits and _, beginning with a letter."
    if name in PLACEHOLDERS:
        return f"${name} has a meaning already: {PLACEHOLDERS[name]}. Choose another name."
    return f"“{name}” is given twice." if name in values else ""


def _plain(name: str) -> str:
    """Some write the name as they will use it: `$hero = …`."""
    return name.strip().removeprefix("$")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 40 else f"{flat[:39]}…"


# --- filling ---------------------------------------------------------------------------------------------------------


def of_step(style_text: str, project_text: str, shot: str, step_text: str) -> dict[str, str]:
    """The values that hold for one step in one style: its own stand before its shot's, its project's, its style's.

    A line that cannot be read gives no value: it is told where it is written, not where a picture is made.
    """
    style, project, step = _read(style_text)[0], _read(project_text)[0], _read(step_text)[0]
    return style.everywhere | project.in_shot(shot) | step.everywhere


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with values in the place of `$name` and `${name}`; what has no value, “$5” too, stays as it is. `$$name`
    says “$name”, whether that has one or not."""
    return _NAMED.sub(lambda found: _filled(found, values), text)


def _filled(found: re.Match[str], values: Mapping[str, str]) -> str:
    return found[0][1:] if found["sign"] else values.get(_name(found), found[0])


def named(text: str, names: Collection[str]) -> list[str]:
    """Those of these names that the text names, in its order."""
    return [name for name in dict.fromkeys(_names(text)) if name in names]


def unknown(text: str, values: Collection[str]) -> list[str]:
    """What the text names like a variable and nobody gives a value, in its order. “$5” is none."""
    return [name for name in dict.fromkeys(_names(text)) if name not in values]


def _names(text: str) -> Iterator[str]:
    return (_name(found) for found in _NAMED.finditer(text) if not found["sign"])


def _name(found: re.Match[str]) -> str:
    return found["braced"] or found["plain"]
