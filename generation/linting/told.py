"""What the linter reads, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from generation.planning import CHAINS


@dataclass(frozen=True)
class Told:
    """What the linter reads of a step: its words as they will be sent and as they were written, and its prompt.

    `chain` is the same for pictures that go on from each other; `breaks`: its transition leads to another place.
    """

    id: int
    label: str
    text: str
    written: str
    prompt: str
    title: str = ""
    chain: int = 0
    transition: str = "C"
    breaks: bool = False
    values: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Series:
    """All of a run that is looked at together. `max_prompt`: characters that `engine` reads. `about`: what the project
    says of itself in every prompt; `names_later`: it names later steps as what must not be seen."""

    steps: Sequence[Told]
    strategy: str
    max_prompt: int
    engine: str = ""
    characters: Sequence[Mapping[str, Any]] = ()
    about: str = ""
    names_later: bool = False

    @property
    def chained(self) -> bool:
        return self.strategy in CHAINS

    def scenes(self) -> Iterator[Sequence[Told]]:
        """Steps between transitions that lead to another place."""
        begins = [0, *(at for at, step in enumerate(self.steps) if step.breaks and at), len(self.steps)]
        return (self.steps[begin:end] for begin, end in pairwise(begins))

    def chains(self) -> Iterator[list[Told]]:
        """Steps whose pictures are made from each other."""
        if self.chained:
            for _chain, steps in groupby(self.steps, key=lambda step: step.chain):
                yield list(steps)


@dataclass(frozen=True)
class Advice:
    """A warning: which steps it is about (their ids, in order), of what kind, and what one can do."""

    kind: str
    steps: tuple[int, ...]
    words: str
