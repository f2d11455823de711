"""What an import would make, and what is wrong with its text. Plain data: nothing here knows the database."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Problem:
    """What keeps a text from being imported, in words for the person who wrote it. Line 0: the text as a whole."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}" if self.line else self.message


@dataclass(frozen=True)
class ImportedStep:
    """`prompts` by the style's slug, `whole` those of them that are sent as they are; `duration` in seconds; `line` is
    where it begins in the text, or 0."""

    title: str = ""
    description: str = ""
    shot: str = ""
    beat: str = ""
    transition: str = "C"
    script_phrase: str = ""
    dialogue: str = ""
    duration: Decimal | None = None
    variables: str = ""
    prompts: dict[str, str] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    line: int = 0


@dataclass(frozen=True)
class ImportedProject:
    title: str = ""
    description: str = ""
    materials: str = ""
    concept_prompt: str = ""
    variables: str = ""
    steps: tuple[ImportedStep, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """`project` is worth a preview also where there are problems; it may be stored only where there are none."""

    project: ImportedProject
    problems: tuple[Problem, ...] = ()
