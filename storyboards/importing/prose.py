"""From the words of one list item to the fields of one step."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from storyboards.importing.result import ImportedStep, Problem
from storyboards.importing.words import field_of, plain_word, read_duration, read_transition, unknown_style

LONGEST_TITLE = 120
SHORTEST_WRAP = 40
_HANGING = re.compile(r"(,|\b(and|or|the|a|an|with|of|to|in|into|for|und|oder|mit|der|die|das|in))$", re.IGNORECASE)
_BOLD_HEAD = re.compile(r"(\*\*|__)(?P<title>.+?)\1\s*[:.—–-]*\s*(?P<rest>.*)", re.DOTALL)
_DASH_HEAD = re.compile(r"(?P<title>.{2,80}?)\s+(?:—|–|--?)\s+(?P<rest>\S.*)", re.DOTALL)
_COLON_HEAD = re.compile(r"(?P<title>[^.!?:]{2,60}):\s+(?P<rest>\S.*)", re.DOTALL)
_LABEL = re.compile(r"(?:\*\*|__)?(?P<label>[\w][\w .()/-]{1,30}?)(?:\*\*|__)?\s*[:：](?:\*\*|__)?\s*(?P<value>.*)")
_PROMPT = re.compile(r"prompt\s*[ (]\s*(?P<style>[\w-]+)\)?", re.IGNORECASE)
_LABELLED = ("shot", "beat", "transition", "script_phrase", "dialogue", "duration")


@dataclass(frozen=True)
class Line:
    """A line of the text. `kind`: blank, heading, number, bullet, text; with `level` or `indent`."""

    number: int
    kind: str
    text: str
    level: int = 0
    indent: int = 0


@dataclass
class Item:
    """What will be a step: the words at its mark, and the lines beneath. A heading ends where its line does."""

    head: str
    body: list[Line]
    line: int
    heading: bool = False


def read_item(item: Item, styles: Sequence[str], problems: list[Problem]) -> ImportedStep:
    """Lines like “Dialogue: …” or “Prompt clear: …” are fields; everything else is title and description."""
    fields: dict[str, Any] = {}
    prompts: dict[str, str] = {}
    rest = [line for line in item.body if not _take_label(line, fields, prompts, styles, problems)]
    head, rest = (item.head, rest) if item.heading else _unwrap(item.head, rest)
    title, description = split_head(head, rest)
    return ImportedStep(title=title, description=description, prompts=prompts, line=item.line, **fields)


def _take_label(
    line: Line, fields: dict[str, Any], prompts: dict[str, str], styles: Sequence[str], problems: list[Problem]
) -> bool:
    label = _LABEL.fullmatch(line.text.strip())
    if line.kind == "blank" or not label:
        return False
    if prompt := _PROMPT.fullmatch(label["label"]):
        slug = prompt["style"].lower()
        prompts[slug] = strip_marks(label["value"])
        if slug not in styles:
            problems.append(Problem(line.number, unknown_style(slug, list(styles))))
        return True
    name = field_of(label["label"])
    if name not in _LABELLED or plain_word(label["label"]) in ("time", "length", "says", "cut"):
        return False
    fields[name] = _labelled(name, strip_marks(label["value"]), line.number, problems)
    return True


def _labelled(name: str, text: str, line: int, problems: list[Problem]) -> Any:
    try:
        if name == "transition":
            return read_transition(text)
        return read_duration(text) if name == "duration" else text
    except ValueError as error:
        problems.append(Problem(line, str(error)))
        return "C" if name == "transition" else None


def split_head(head: str, body: Sequence[Line]) -> tuple[str, str]:
    """Title and description: a bold or dashed head, a short line, or else the first sentence is the title."""
    below = join_lines(body)
    title, rest = _split(head)
    if len(title) > LONGEST_TITLE:
        title, rest = "", head
    return strip_marks(title).rstrip(":").removesuffix("."), "\n\n".join(
        part for part in (strip_marks(rest), below) if part
    )


def _unwrap(head: str, body: list[Line]) -> tuple[str, list[Line]]:
    """Put a head together again that was wrapped in the middle of its sentence."""
    while body and body[0].kind == "text" and _goes_on(head, body[0].text):
        head, body = f"{head} {body[0].text.strip()}", body[1:]
    return head, body


def _goes_on(head: str, text: str) -> bool:
    """A short head is a title, and what stands below its description; a long one, or one that hangs, was wrapped."""
    wrapped = len(head) >= SHORTEST_WRAP or bool(_HANGING.search(head))
    return wrapped and not head.endswith((".", "!", "?", ":", ";", "**")) and text.strip()[:1].islower()


def _split(head: str) -> tuple[str, str]:
    for pattern in (_BOLD_HEAD, _DASH_HEAD, _COLON_HEAD):
        if found := pattern.fullmatch(head):
            return found["title"], found["rest"]
    sentence = _first_sentence(head)
    return (sentence, head[len(sentence) :].strip()) if sentence else (head, "")


def _first_sentence(text: str) -> str:
    """Up to the first stop that a new sentence follows: not “approx. 5 cm”, not “e.g. oil”."""
    for stop in re.finditer(r"[.!?]\s+|[。！？]", text):
        after = text[stop.end() : stop.end() + 1]
        if after.isupper() or (after and stop[0] in "。！？"):
            return text[: stop.end()].strip()
    return ""


def join_lines(lines: Iterable[Line]) -> str:
    """Paragraphs put together again from their lines, lists kept line by line."""
    return "\n".join(_joined(lines)).strip()


def _joined(lines: Iterable[Line]) -> Iterator[str]:
    paragraph: list[str] = []
    for line in lines:
        if line.kind == "text":
            paragraph.append(strip_marks(line.text))
            continue
        if paragraph:
            yield " ".join(paragraph)
            paragraph = []
        yield {"bullet": "- ", "number": "- "}.get(line.kind, "") + strip_marks(line.text)
    if paragraph:
        yield " ".join(paragraph)


_MARKS = (
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=\S)([^_]+?)(?<=\S)_(?!\w)"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"<br\s*/?>"), "\n"),
)


def strip_marks(text: str) -> str:
    """The words without Markdown's inline marks."""
    for pattern, by in _MARKS:
        text = pattern.sub(by, text)
    return text.strip()
