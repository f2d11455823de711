"""What happened to a project, told inside the transaction that did it; `generation` listens."""

from django.core.exceptions import ValidationError
from django.dispatch import Signal

step_changed = Signal()
"""A step was added, edited, deleted or brought back; the numbers behind it followed. Arguments: project, step."""

steps_reordered = Signal()
"""Steps have new numbers, or many came or went at once (an import). Arguments: project."""

project_changed = Signal()
"""Title, texts, picture, characters or visibility of a project were edited, or it came back from the trash. Arguments:
project."""

project_deleted = Signal()
"""A project went into the trash. Arguments: project."""

start_requested = Signal()
"""Somebody wants pictures as soon as the steps exist. Arguments: project, user, strategy (str), styles (list of slugs),
engine (slug; "": each style as usual), choices (how they are made, by name; none: as usual).

A receiver that refuses raises StartRefused: nothing is stored then, and the form shows its message.
"""


class StartRefused(ValidationError):
    """No pictures can be made of it now; the message says why, in words for people."""
