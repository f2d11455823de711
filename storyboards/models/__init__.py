"""Everything people author: projects with ordered steps, styles, and the pictures they bring along."""

from storyboards.models.pictures import Picture
from storyboards.models.projects import (
    AspectRatio,
    Character,
    Project,
    ShareLink,
    Step,
    StepPrompt,
    Transition,
    Visibility,
)
from storyboards.models.styles import Style

__all__ = [
    "AspectRatio",
    "Character",
    "Picture",
    "Project",
    "ShareLink",
    "Step",
    "StepPrompt",
    "Style",
    "Transition",
    "Visibility",
]
