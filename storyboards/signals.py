"""What happened to a project, told inside the transaction that did it; `generation` listens."""

from django.dispatch import Signal

step_changed = Signal()
"""A step was added, edited or deleted. Arguments: project, step."""

steps_reordered = Signal()
"""Steps have new numbers. Arguments: project."""

project_changed = Signal()
"""Title, texts, picture or visibility of a project were edited. Arguments: project."""

project_deleted = Signal()
"""A project went into the trash. Arguments: project."""
