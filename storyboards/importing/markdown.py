"""Markdown and plain lists, as somebody would write down a recipe, a build guide or a comic.

The text is cut into sections at its headings; a line that says just “Ingredients:” is one, too. Steps are then, in this
order: headings that number them (“## Step 2: …”), a numbered list, a list of bullets, the remaining headings, or each
paragraph. What belongs nowhere is left out and named.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from storyboards.importing.prose import Item, Line, join_lines, read_item, strip_marks
from storyboards.importing.result import ImportedProject, Outcome, Problem
from storyboards.importing.words import plain_word, shorten

SECTION_WORDS = {
    "materials": "materials, material, ingredients, ingredient list, zutaten, supplies, parts, parts list, tools, "
    "tools and materials, materials and tools, you need, you will need, what you need, werkzeug, material und werkzeug",
    "concept": "concept, look, the finished thing, finished, result, konzept, ergebnis",
    "description": "description, about, summary, introduction, intro, beschreibung",
    "steps": "steps, instructions, method, preparation, directions, procedure, how to, how to make it, zubereitung, "
    "anleitung, schritte, storyboard, panels, scenes, shots, beats, script",
}
_SECTION_OF = {word: kind for kind, words in SECTION_WORDS.items() for word in words.split(", ")}

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*")
_NUMBER = re.compile(r"(\s*)(?:\*\*)?\(?\d{1,4}[.)](?:\*\*)?(?:(?:\s+|(?=[^\W\d_]))(.*)|)")
_STEP = re.compile(
    r"(\s*)(?:\*\*)?(?:step|schritt|panel|scene|beat|part|shot)\s+\d{1,4}(?:\.\d+)?(?:\*\*)?\s*(?:[:.)—–-]+(?:\*\*)?\s*(.*))?",
    re.I,
)
_BULLET = re.compile(r"(\s*)[-*+•]\s+(?:\[[ xX]\]\s+)?(.*)")
_RULE = re.compile(r"\s*([-*_=])(?:\s*\1){2,}\s*")
_INLINE = re.compile(r"(?:\*\*)?([^:*]{3,40}):(?:\*\*)?\s+(\S.*)")


@dataclass
class Section:
    """A heading and what is under it. `kind`: a key of SECTION_WORDS, or start, step or other."""

    kind: str
    heading: Line | None = None
    lines: list[Line] = field(default_factory=list)

    def has(self, *kinds: str) -> bool:
        return any(line.kind in kinds for line in self.lines)

    @property
    def level(self) -> int:
        return self.heading.level if self.heading else 0


@dataclass
class Document:
    """The text in sections, and what is taken out of them."""

    sections: list[Section]
    title: str = ""
    warnings: list[str] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Section]:
        return [section for section in self.sections if section.kind in kinds]


def read_markdown(text: str, styles: list[str]) -> Outcome:
    document = Document(list(_sections(_lines(text))))
    _take_title(document)
    _part_materials(document)
    items = list(_items(document))
    problems: list[Problem] = []
    project = ImportedProject(
        title=document.title,
        description=_prose(document, "start", "description"),
        materials="\n".join(_materials(document)),
        concept_prompt=_prose(document, "concept"),
        steps=tuple(read_item(item, styles, problems) for item in items),
        warnings=tuple(document.warnings),
    )
    return Outcome(project, tuple(problems))


# --- lines and sections ----------------------------------------------------------------------------------------------


def _lines(text: str) -> Iterator[Line]:
    raw = text.expandtabs(4).split("\n")
    for number, content in enumerate(raw, start=1):
        below = raw[number] if number < len(raw) else ""
        if _RULE.fullmatch(content):
            yield Line(number, "blank", "")
        elif content.strip() and re.fullmatch(r"={3,}\s*|-{3,}\s*", below) and _line(number, content).kind == "text":
            yield Line(number, "heading", content.strip(), level=1 if below.startswith("=") else 2)
        else:
            yield _line(number, content)


def _line(number: int, content: str) -> Line:
    if not content.strip():
        return Line(number, "blank", "")
    if found := _HEADING.fullmatch(content):
        return Line(number, "heading", found[2], level=len(found[1]))
    for kind, pattern in (("number", _NUMBER), ("number", _STEP), ("bullet", _BULLET)):
        if found := pattern.fullmatch(content):
            return Line(number, kind, (found[2] or "").strip(), indent=len(found[1]))
    return Line(number, "text", content.strip(), indent=len(content) - len(content.lstrip()))


def _sections(lines: Iterator[Line]) -> Iterator[Section]:
    section = Section("start")
    for line in lines:
        kind, heading = _opens(line, section)
        if kind:
            yield section
            section = Section(kind, heading)
            section.lines += _inline_content(line)
        else:
            section.lines.append(line)
    yield section


def _opens(line: Line, section: Section) -> tuple[str, Line]:
    """The kind of section that this line begins, or "" where it begins none."""
    known = _SECTION_OF.get(plain_word(line.text), "")
    if line.kind == "heading":
        inside = section.kind in ("materials", "concept") and line.level > section.level
        numbered = _line(0, line.text).kind == "number"
        return known or ("step" if numbered else section.kind if inside else "other"), line
    if line.kind == "text" and line.indent < 2:
        return known or _inline_kind(line, section), Line(line.number, "heading", line.text, level=6)
    return "", line


def _inline_kind(line: Line, section: Section) -> str:
    """“Ingredients: flour, eggs” before the steps."""
    found = _INLINE.fullmatch(line.text)
    kind = _SECTION_OF.get(plain_word(found[1]), "") if found and not section.has("number") else ""
    return kind if kind in ("materials", "concept") else ""


def _inline_content(line: Line) -> list[Line]:
    found = _INLINE.fullmatch(line.text) if line.kind == "text" else None
    if not found:
        return []
    parts = found[2].split(",") if _SECTION_OF.get(plain_word(found[1])) == "materials" else [found[2]]
    return [Line(line.number, "text", part.strip()) for part in parts]


# --- title and materials ---------------------------------------------------------------------------------------------


def _take_title(document: Document) -> None:
    """The first heading, where it stands above the others; else a short first line that the list follows."""
    others = document.of("other")
    if others and _is_title(others[0], document):
        document.title = strip_marks(others[0].heading.text) if others[0].heading else ""
        others[0].kind = "start"
    elif line := _first_line(document):
        document.title = strip_marks(line.text)
        document.sections[0].lines.remove(line)


def _is_title(section: Section, document: Document) -> bool:
    if any(
        line.kind != "blank"
        for before in document.sections[: document.sections.index(section)]
        for line in before.lines
    ):
        return False
    levels = [other.level for other in document.of("other", "step") if other is not section]
    return section.level < min(levels, default=7) and (
        section.level == 1 or bool(levels) or section.has("number", "bullet")
    )


def _first_line(document: Document) -> Line | None:
    lines = list(document.sections[0].lines)
    while lines and lines[0].kind == "blank":
        lines.pop(0)
    if (
        not lines
        or lines[0].kind != "text"
        or len(lines[0].text) > 100
        or lines[0].text.endswith((".", "!", "?", ",", ";"))
    ):
        return None
    alone = len(lines) == 1 or lines[1].kind in ("blank", "number", "bullet")
    structured = len(document.sections) > 1 or document.sections[0].has("number", "bullet")
    return lines[0] if alone and structured else None


def _part_materials(document: Document) -> None:
    """A numbered list right behind the materials' bullets begins the steps, where no heading does."""
    if document.of("steps", "step"):
        return
    for section in document.of("materials"):
        first = next((index for index, line in enumerate(section.lines) if line.kind == "number"), None)
        if first is not None:
            steps = Section("steps", None, section.lines[first:])
            del section.lines[first:]
            document.sections.insert(document.sections.index(section) + 1, steps)


def _materials(document: Document) -> Iterator[str]:
    for section in document.of("materials"):
        yield from (strip_marks(line.text) for line in section.lines if line.kind != "blank")


def _prose(document: Document, *kinds: str) -> str:
    return "\n\n".join(text for section in document.of(*kinds) if (text := join_lines(section.lines)))


# --- steps -----------------------------------------------------------------------------------------------------------


def _items(document: Document) -> Iterator[Item]:
    """The steps by the first reading that finds any. What a reading uses it takes out of the sections."""
    if document.of("step"):
        return _heading_steps(document, "step")
    for kind in ("number", "bullet"):
        if listed := _list_sections(document, kind):
            return _listed_steps(document, listed, kind)
    if len(document.of("other")) > 1 and not document.of("steps"):
        return _heading_steps(document, "other")
    return _paragraph_steps(document)


def _heading_steps(document: Document, kind: str) -> Iterator[Item]:
    """Each heading of this kind is a step; deeper ones belong to it."""
    item: Item | None = None
    level = 0
    for section in document.sections:
        if section.kind == kind and section.heading and (item is None or section.level <= level or kind == "step"):
            if item and (item.head or any(line.kind != "blank" for line in item.body)):
                yield item
            inner = _line(0, section.heading.text)
            text = inner.text if inner.kind == "number" else section.heading.text
            item, level = Item(text, section.lines, section.heading.number, heading=True), section.level
        elif section.kind in ("other", "step") and section.heading and section.level > level and item:
            item.body += [Line(section.heading.number, "text", section.heading.text), *section.lines]
        elif section.kind == "other":
            _leave_out(document, section)
    if item:
        yield item


def _list_sections(document: Document, kind: str) -> list[Section]:
    """Those whose list is steps: under a heading for steps and deeper ones, else wherever there is such a list."""
    level = min((section.level for section in document.of("steps")), default=0)
    inside = [section for section in document.of("steps", "other") if section.kind == "steps" or section.level > level]
    sections = inside if level else document.of("start", "steps", "other")
    return [section for section in sections if section.has(kind)]


def _listed_steps(document: Document, sections: Sequence[Section], kind: str) -> Iterator[Item]:
    for section in document.of("start", "steps", "other"):
        if section in sections:
            before, items = _split_list(section.lines, kind)
            section.lines = before
            if section.kind == "start":
                _take_early_bullets(document, section)
            yield from items
        elif section.kind == "other":
            _leave_out(document, section)


def _split_list(lines: Sequence[Line], kind: str) -> tuple[list[Line], list[Item]]:
    """The lines before the list, and its items with what follows each."""
    first = next(index for index, line in enumerate(lines) if line.kind == kind)
    outer = lines[first].indent
    items: list[Item] = []
    for line in lines[first:]:
        if line.kind == kind and line.indent <= outer + 1:
            items.append(Item(line.text, [], line.number))
        else:
            items[-1].body.append(line)
    return list(lines[:first]), items


def _take_early_bullets(document: Document, section: Section) -> None:
    """Bullets above a numbered list are what one needs for it."""
    bullets = [line for line in section.lines if line.kind == "bullet"]
    if bullets:
        section.lines = [line for line in section.lines if line.kind != "bullet"]
        document.sections.append(Section("materials", None, bullets))
        document.warnings.append("The bullets above the first step were read as materials.")


def _paragraph_steps(document: Document) -> Iterator[Item]:
    """Nothing marks the steps: paragraphs under a heading for them, else paragraphs, else lines."""
    sections = document.of("steps") or document.of("start", "other")
    lines = [line for section in sections for line in section.lines]
    for section in sections:
        section.lines = []
    paragraphs = list(_paragraphs(lines))
    if len(paragraphs) == 1:
        paragraphs = [[line] for line in paragraphs[0]]
    if paragraphs:
        document.warnings.append("No numbers or bullets mark the steps, so each paragraph or line became one.")
    for paragraph in paragraphs:
        text = " ".join(line.text for line in paragraph)
        yield Item(text, [], paragraph[0].number)


def _paragraphs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    paragraph: list[Line] = []
    for line in [*lines, Line(0, "blank", "")]:
        if line.kind != "blank":
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []


def _leave_out(document: Document, section: Section) -> None:
    if section.heading and any(line.kind != "blank" for line in section.lines):
        document.warnings.append(
            f"Line {section.heading.number}: the section “{shorten(section.heading.text)}” is no step and is left out."
        )
