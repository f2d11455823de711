"""The admin of what people author. `Project` is registered by whoever makes the pictures."""

from storyboards.admin import pictures, projects, sharing, steps, styles

__all__ = ["pictures", "projects", "sharing", "steps", "styles"]
