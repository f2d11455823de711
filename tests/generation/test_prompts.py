"""Prompts: what a model is told, and what it must not be told."""

from typing import Any

import pytest

from generation.prompts import StepText, chain_prompt, cumulative_prompt, fill
from storyboards.defaults import STYLES
from storyboards.models import Style
from storyboards.models.styles import CUMULATIVE_TEMPLATE, FIRST_TEMPLATE, NEXT_TEMPLATE

STEPS = [
    StepText(1, "Cut the bottle", "Cut the bottle in half."),
    StepText(2, "Thread the rope", "Thread the rope through the cap"),
    StepText(3, "Plant basil", "Plant basil"),
]


def snapshot(**project: Any) -> dict[str, Any]:
    return {
        "templates": {"first": FIRST_TEMPLATE, "next": NEXT_TEMPLATE, "cumulative": CUMULATIVE_TEMPLATE},
        "look": "thin line",
        "avoid": "text",
        "project": {
            "title": "Planter",
            "description": "A planter from a bottle.",
            "materials": ["bottle", "rope", "soil", "basil", "knife", "sixth thing"],
            "concept_prompt": "",
            "name_future_steps": False,
            **project,
        },
    }


def test_the_first_picture_is_made_from_text_and_later_ones_from_the_state_shown() -> None:
    first = chain_prompt(snapshot(), STEPS[0], 3, continues=False)
    later = chain_prompt(snapshot(), STEPS[1], 3, continues=True)
    assert "Cut the bottle in half" in first
    assert "attached picture" not in first
    for kept in (
        "Start from exactly what it shows",
        "camera angle and distance",
        "light, shadows and colour temperature",
    ):
        assert kept in later


def test_a_comic_goes_on_with_its_characters_and_not_from_the_same_place() -> None:
    comic = Style(**next(style for style in STYLES if style["slug"] == "comic"))
    comic.full_clean(validate_unique=False)
    prompt = chain_prompt(snapshot() | {"templates": comic.templates()}, STEPS[1], 3, continues=True)
    for kept in ("The attached picture", "art style", "palette", "characters", "clothes", "now:\nThread the rope"):
        assert kept in prompt
    assert "camera may change" in prompt
    assert "one thing only" not in prompt


def test_a_cumulative_prompt_tells_the_steps_so_far_and_says_it_is_unfinished() -> None:
    prompt = cumulative_prompt(snapshot(), STEPS, 2)
    assert "Step 2 of 3" in prompt
    assert "unfinished on purpose" in prompt
    assert "1. Cut the bottle in half." in prompt
    assert "2. Thread the rope" in prompt
    assert "45 degrees" in prompt


def test_later_steps_are_not_named_unless_the_project_asks_for_it() -> None:
    assert "basil" not in cumulative_prompt(snapshot(materials=[]), STEPS, 2)
    named = cumulative_prompt(snapshot(materials=[], name_future_steps=True), STEPS, 2)
    assert "not to be seen: Plant basil." in named


def test_only_the_first_five_materials_are_told() -> None:
    prompt = cumulative_prompt(snapshot(), STEPS, 1)
    assert "knife" in prompt
    assert "sixth thing" not in prompt


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("A $look.\nConcept: $concept.", {"look": "line", "concept": ""}, "A line."),
        ("Concept: $concept.", {"concept": "A red house."}, "Concept: A red house."),
        ("Costs $$5", {}, "Costs $5"),
        ("$look and $avoid", {"look": "", "avoid": "text"}, "and text"),
        ("$step", {"step": "Pay $look now"}, "Pay $look now"),
    ],
    ids=["empty lines go", "no doubled stop", "a dollar stays", "half-empty lines stay", "people's dollars are theirs"],
)
def test_templates_are_filled(template: str, values: dict[str, str], text: str) -> None:
    assert fill(template, values) == text
