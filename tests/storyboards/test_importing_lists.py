"""Lists as people write them: what becomes of them."""

from textwrap import dedent

import pytest

from storyboards.importing import Outcome, read

STYLES = ["illustration", "clear", "consistent"]


def read_list(text: str) -> Outcome:
    return read(dedent(text).strip("\n"), STYLES, form="list")


def steps(text: str) -> list[tuple[str, str]]:
    outcome = read_list(text)
    assert not outcome.problems
    return [(step.title, step.description) for step in outcome.project.steps]


RECIPE = """
    # Potato soup

    A soup for four, in half an hour.
    It keeps for two days.

    ## Ingredients

    - 6 potatoes
    - 1 litre of **vegetable** stock
    * a spoon of butter

    ## Method

    1. Peel the potatoes. Cut them into small cubes.
    2. Melt the butter in a large pot,
       then add the potatoes and stir.
    3. Pour in the stock and simmer.

       Taste it now and then.
    4. Serve
       - with bread
       - with chives

    ## Notes

    Grandmother used cream.
"""


def test_a_recipe_imports_as_it_was_meant() -> None:
    project = read_list(RECIPE).project
    assert project.title == "Potato soup"
    assert project.description == "A soup for four, in half an hour. It keeps for two days."
    assert project.materials.splitlines() == ["6 potatoes", "1 litre of vegetable stock", "a spoon of butter"]
    assert [(step.title, step.description) for step in project.steps] == [
        ("Peel the potatoes", "Cut them into small cubes."),
        ("Melt the butter in a large pot, then add the potatoes and stir", ""),
        ("Pour in the stock and simmer", "Taste it now and then."),
        ("Serve", "- with bread\n- with chives"),
    ]
    assert [step.line for step in project.steps] == [14, 15, 17, 20]


def test_what_is_no_step_is_left_out_aloud() -> None:
    assert read_list(RECIPE).project.warnings == ("Line 24: the section “Notes” is no step and is left out.",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. Cut\n2. Glue", [("Cut", ""), ("Glue", "")]),
        ("1) Cut\n2) Glue", [("Cut", ""), ("Glue", "")]),
        ("- Cut\n- Glue", [("Cut", ""), ("Glue", "")]),
        ("* [ ] Cut\n* [x] Glue", [("Cut", ""), ("Glue", "")]),
        ("Step 1: Cut\nStep 2: Glue", [("Cut", ""), ("Glue", "")]),
        ("## Step 1: Cut\nthe board\n## Step 2: Glue\n", [("Cut", "the board"), ("Glue", "")]),
        ("# Box\n## Cut\nthe board\n## Glue\nthe sides", [("Cut", "the board"), ("Glue", "the sides")]),
        ("## 1. Cut\n- six pieces\n## 2. Glue\n", [("Cut", "- six pieces"), ("Glue", "")]),
        ("1. **Cut** the board\n2. **Glue:** the sides", [("Cut", "the board"), ("Glue", "the sides")]),
        ("1. Cut — six pieces\n2. Glue - all sides", [("Cut", "six pieces"), ("Glue", "all sides")]),
        ("1. Cut: six pieces\n2. Glue", [("Cut", "six pieces"), ("Glue", "")]),
        ("1. Cut\n   six pieces\n2. Glue the\nsides", [("Cut", "six pieces"), ("Glue the sides", "")]),
        ("1. Cut\n   Six pieces.\n2. Glue\n\n   All sides.", [("Cut", "Six pieces."), ("Glue", "All sides.")]),
        ("1. Bake for approx. 5 minutes. Then cool.", [("Bake for approx. 5 minutes", "Then cool.")]),
        ("1. Cut\n   1. one side\n   2. the other\n2. Glue", [("Cut", "- one side\n- the other"), ("Glue", "")]),
        ("1. See [the plan](https://example.org) and `saw`", [("See the plan and saw", "")]),
        ("1. 第一步。把瓶子切开。\n2. חותכים את הבקבוק", [("第一步。", "把瓶子切开。"), ("חותכים את הבקבוק", "")]),
        ("1.Cut\n2)Glue\n3.5 cm stay", [("Cut", ""), ("Glue", "3.5 cm stay")]),
        ("1. 🪚 Saw 👩🏽‍🌾", [("🪚 Saw 👩🏽‍🌾", "")]),
        ("Cut the board\nGlue the sides", [("Cut the board", ""), ("Glue the sides", "")]),
        ("Cut the board.\nMind the saw.\n\nGlue it.", [("Cut the board", "Mind the saw."), ("Glue it", "")]),
    ],
)  # fmt: skip
def test_ways_to_write_a_list(text: str, expected: list[tuple[str, str]]) -> None:
    assert steps(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "# Tea\n## Zutaten\n- Wasser\n- Tee\n## Zubereitung\n1. Kochen\n2. Warten",
        "Tea\n\nZutaten:\n- Wasser\n- Tee\n\n1. Kochen\n2. Warten",
        "# Tea\n**Ingredients**\n- Wasser\n- Tee\n**Method**\n- Kochen\n- Warten",
        "Tea\n===\n\nMaterials\n---------\n- Wasser\n- Tee\n\nSteps\n-----\n1. Kochen\n1. Warten",
        "# Tea\nIngredients: Wasser, Tee\n\n1. Kochen\n2. Warten",
        "# Tea\n- Wasser\n- Tee\n\n1. Kochen\n2. Warten",
        "# Tea\n\n## You will need\n### In the kitchen\n- Wasser\n- Tee\n\n## How to make it\nKochen\n\nWarten",
    ],
)
def test_title_and_materials_are_found_however_they_are_marked(text: str) -> None:
    project = read_list(text).project
    assert (project.title, project.materials) == ("Tea", "Wasser\nTee")
    assert [step.title for step in project.steps] == ["Kochen", "Warten"]


def test_a_concept_has_its_own_heading() -> None:
    project = read_list("# Box\n\n## Concept\nA red box\nwith a lid.\n\n## Steps\n1. Cut").project
    assert project.concept_prompt == "A red box with a lid."


def test_film_fields_are_lines_with_a_label() -> None:
    step = read_list(
        """
        ## Panel 1
        A dog under an umbrella.
        Shot: 2
        Beat: 2.1
        Transition: hard cut
        Dialogue: Dog: Let it come.
        Duration: 2,5 s
        Prompt clear: A dog, an umbrella, nothing else
        """
    ).project.steps[0]
    assert (step.description, step.shot, step.beat, step.transition) == ("A dog under an umbrella.", "2", "2.1", "H")
    assert (step.dialogue, str(step.duration)) == ("Dog: Let it come.", "2.50")
    assert step.prompts == {"clear": "A dog, an umbrella, nothing else"}


def test_a_wrong_label_names_its_line() -> None:
    problems = read_list("1. Cut\n   Transition: morph\n   Prompt noir: dark\n   Duration: soon").problems
    assert [problem.line for problem in problems] == [2, 3, 4]
    assert "no transition" in problems[0].message
    assert "illustration, clear, consistent" in problems[1].message
    assert "no duration" in problems[2].message


def test_windows_line_ends_and_byte_order_marks_change_nothing() -> None:
    assert read("\ufeff1. Cut\r\n2. Glue\r\n", STYLES) == read("1. Cut\n2. Glue\n", STYLES)
