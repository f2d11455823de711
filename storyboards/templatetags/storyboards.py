"""Words of a storyboard in templates."""

from django import template

from storyboards.models import Transition

register = template.Library()


@register.filter
def transition(letter: str) -> str:
    """Its name, like “match cut”; empty where the picture just goes on."""
    return Transition(letter).words
