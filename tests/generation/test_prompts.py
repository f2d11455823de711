"""Prompts: what a model is told, and what it must not be told."""

from typing import Any

import pytest

from generation.prompts import TRANSITIONS, Beside, StepText, chain_prompt, cumulative_prompt, fill, looks
from storyboards.defaults import STYLES
from storyboards.models import Style, Transition
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


# --- what stands beside the step -------------------------------------------------------------------------------------

ALONG = Beside("Image 1: take its style only.", "Mia: a red coat")


@pytest.mark.parametrize("slug", ["clear", "comic"])
@pytest.mark.parametrize("continues", [True, False])
def test_the_houses_templates_say_once_which_picture_is_which_and_how_people_look(slug: str, continues: bool) -> None:
    style = Style(**next(style for style in STYLES if style["slug"] == slug))
    of_style = snapshot() | {"templates": style.templates()}
    prompt = chain_prompt(of_style, STEPS[1], 3, continues=continues, beside=ALONG)
    assert prompt.startswith("Image 1: take its style only.")
    assert prompt.count("Image 1") == 1
    assert prompt.count("Mia: a red coat.") == 1
    assert "$" not in prompt
    told = cumulative_prompt(of_style, STEPS, 2, ALONG)
    assert (told.count("Image 1"), told.count("Mia: a red coat")) == (1, 1)


def test_nothing_is_said_of_pictures_and_people_that_are_not_there() -> None:
    for continues in (True, False):
        prompt = chain_prompt(snapshot(), STEPS[1], 3, continues=continues)
        assert "Image" not in prompt
        assert "Whom" not in prompt


def test_a_template_that_does_not_ask_is_told_before_everything_which_picture_is_which() -> None:
    as_written = snapshot() | {"templates": {"first": "$step"}}
    prompt = chain_prompt(as_written, STEPS[0], 3, continues=False, beside=ALONG)
    assert prompt == "Image 1: take its style only.\nCut the bottle in half."
    elsewhere = snapshot() | {"templates": {"first": "$step\n$references"}}
    prompt = chain_prompt(elsewhere, STEPS[0], 3, continues=False, beside=ALONG)
    assert prompt == "Cut the bottle in half.\nImage 1: take its style only."


@pytest.mark.parametrize("transition", Transition.values)
def test_match_and_jump_cuts_say_what_stays_and_what_changes(transition: str) -> None:
    step = StepText(2, "", "A cat", transition=transition)
    words = TRANSITIONS.get(transition, "")
    assert bool(words) is (transition in "MJ")
    prompt = chain_prompt(snapshot(), step, 3, continues=True)
    assert words in prompt
    assert ("cut" in prompt) is bool(words)
    assert "cut" not in chain_prompt(snapshot(), step, 3, continues=False)


def test_a_whole_prompt_is_sent_as_it_is() -> None:
    step = StepText(1, "", " Just this.\n$look stays ", whole=True)
    assert chain_prompt(snapshot(), step, 3, continues=True, beside=ALONG) == "Just this.\n$look stays"
    assert cumulative_prompt(snapshot(), [STEPS[0], step], 2, ALONG) == "Just this.\n$look stays"


def test_templates_name_variables_but_not_in_place_of_what_the_house_fills() -> None:
    step = StepText(1, "", "A cat", variables={"light": "dusk", "look": "blue"})
    of_style = snapshot() | {"templates": {"first": "$step\nLight: $light.\n$look\n$other"}}
    assert chain_prompt(of_style, step, 3, continues=False) == "A cat\nLight: dusk.\nthin line"


def test_looks_are_told_with_names_and_empty_ones_are_not() -> None:
    people = [{"name": "Mia", "look": "red\ncoat."}, {"name": "Tom", "look": " "}, {"name": "Cat", "look": "white"}]
    assert looks(people) == "Mia: red coat; Cat: white"
