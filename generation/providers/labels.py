"""What to say of the pictures that go with a prompt, for models that only see them in a row."""

from collections.abc import Sequence

from generation.providers.base import Reference, ReferenceRole

MEANINGS = {
    ReferenceRole.PREVIOUS: "the state to continue from",
    ReferenceRole.STYLE: "take its style only, not what it shows",
    ReferenceRole.CONCEPT: "the finished thing, for its look",
    ReferenceRole.MASK: "transparent where the picture before it may change",
}


def labels(references: Sequence[Reference]) -> list[str]:
    """A line for each picture, in order. Nothing for the picture before where it comes alone: prompts speak of it."""
    if [reference.role for reference in references] == [ReferenceRole.PREVIOUS]:
        return [""]
    return [f"Image {number}: {MEANINGS[reference.role]}." for number, reference in enumerate(references, 1)]
