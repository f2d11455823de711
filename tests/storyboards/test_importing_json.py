"""JSON: shots and beats per style, our own form, and lists."""

import json
from typing import Any

import pytest

from storyboards.importing import Outcome, read

STYLES = ["illustration", "clear", "consistent"]


def beat(**changes: Any) -> dict[str, Any]:
    whole = {
        "shot_number": 1,
        "beat_number": "1.1",
        "transition_type": "H",
        "script_phrase": "Rain.",
        "ai_prompt": "a dog",
    }
    return {key: value for key, value in (whole | changes).items() if value is not None}


def read_json(data: Any) -> Outcome:
    return read(data if isinstance(data, str) else json.dumps(data, indent=1), STYLES, form="json")


BY_STYLE = {
    "clear": [beat(), beat(beat_number="1.2", transition_type="C", ai_prompt="a cat")],
    "illustration": [
        beat(ai_prompt="a drawn dog"),
        beat(beat_number="1.2", transition_type="C", ai_prompt="a drawn cat"),
    ],
}


@pytest.mark.parametrize("data", [{"promptsByStyle": BY_STYLE}, BY_STYLE])
def test_beats_of_all_styles_become_the_same_steps(data: dict[str, Any]) -> None:
    outcome = read(json.dumps(data), STYLES)
    assert not outcome.problems
    assert [(step.shot, step.beat, step.transition, step.prompts) for step in outcome.project.steps] == [
        ("1", "1.1", "H", {"clear": "a dog", "illustration": "a drawn dog"}),
        ("1", "1.2", "C", {"clear": "a cat", "illustration": "a drawn cat"}),
    ]


def test_the_project_and_the_beats_may_say_more() -> None:
    more = beat(title="Rain", dialogue="Run!", duration=2.5, beat_number=1.1, script_phrase=None)
    project = read_json({"title": "Train", "materials": ["a lamp"], "promptsByStyle": {"clear": [more]}}).project
    step = project.steps[0]
    assert (project.title, project.materials) == ("Train", "a lamp")
    assert (step.title, step.beat, step.dialogue, str(step.duration)) == ("Rain", "1.1", "Run!", "2.50")


def test_our_own_form_holds_everything() -> None:
    project = read_json(
        {
            "title": "Box",
            "description": "A box.",
            "materials": "wood\nglue",
            "concept": "a red box",
            "steps": ["Cut", {"title": "Glue", "text": "all sides", "transition": "H", "prompts": {"clear": "a box"}}],
        }
    ).project
    assert (project.title, project.description, project.concept_prompt) == ("Box", "A box.", "a red box")
    assert project.materials == "wood\nglue"
    assert [step.title for step in project.steps] == ["Cut", "Glue"]
    assert (project.steps[1].description, project.steps[1].prompts) == ("all sides", {"clear": "a box"})


def test_variables_and_whole_prompts_come_along() -> None:
    prompts = {"clear": {"text": "a box", "whole": True}, "illustration": {"text": "a crate"}}
    steps = [{"title": "Glue", "variables": {"hero": "a\n girl", "age": 7}, "prompts": prompts}]
    project = read_json({"variables": ["hero = a box", "[shot 2]", "hero = a crate"], "steps": steps}).project
    assert project.variables == "hero = a box\n[shot 2]\nhero = a crate"
    assert project.steps[0].variables == "hero = a girl\nage = 7"
    assert project.steps[0].prompts == {"clear": "a box", "illustration": "a crate"}
    assert project.steps[0].whole == {"clear"}


def test_a_list_of_texts_is_enough() -> None:
    steps = read('["Cut", "Glue"]', STYLES).project.steps
    assert [step.title for step in steps] == ["Cut", "Glue"]


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        ('{"steps": [\n"Cut",\n]}', 3, "not valid JSON"),
        ("[" * 100_000, 0, "nested far too deep"),
        ('{"steps": [NaN]}', 0, "NaN is not a number"),
        ('[{"title": ' + "9" * 5000 + "}]", 0, "cannot be read"),
        ("3", 0, "must be an object"),
        ({"steps": 3}, 2, "“steps” must be a list"),
        ({"steps": [["Cut"]]}, 0, "Step 1 must be text or an object"),
        ({"steps": [{"title": {"a": 1}}]}, 4, "“title” must be text"),
        ({"steps": [{"title": "Cut", "prompts": "a"}]}, 0, "“prompts” must be an object"),
        (
            {"steps": [{"title": "Cut", "prompts": {"noir": "a"}}]},
            6,
            "Step 1: There is no style “noir”. There is: illu",
        ),
        ({"steps": [{"title": "Cut", "duration": "long"}]}, 0, "Step 1: “long” is no duration"),
        ({"steps": []}, 0, "No steps were found"),
        ({"steps": [{"shot": 1}]}, 0, "Step 1 is empty"),
        ({"steps": [{"title": "\ud800"}]}, 0, "signs that are no text"),
        ({"steps": [{"title": "a\0b"}]}, 0, "signs that are no text"),
        (
            {"promptsByStyle": {"noir": [beat()]}},
            3,
            "There is no style “noir”. There is: illustration, clear, consistent.",
        ),
        ({"promptsByStyle": {"\ud800": [beat()]}}, 0, "There is no style “?”"),
        ({"promptsByStyle": {"clear": "no"}}, 0, "Each style must hold a list"),
        ({"promptsByStyle": []}, 0, "Each style must hold a list"),
        ({"promptsByStyle": {"clear": ["no"]}}, 0, "clear, entry 1 must be an object"),
        ({"promptsByStyle": {"clear": [beat(transition_type="X")]}}, 0, "clear, entry 1: “X” is no transition"),
        ({"promptsByStyle": {"clear": [beat(ai_prompt=None)]}}, 0, "clear, entry 1: ai_prompt is missing"),
        ({"promptsByStyle": {"clear": [beat(shot_number=True)]}}, 5, "“shot_number” must be text"),
        ({"promptsByStyle": {"clear": [beat(), beat()]}}, 0, "beat 1.1 of shot 1 is there twice"),
    ],
)
def test_broken_json_says_what_and_where(data: Any, line: int, words: str) -> None:
    problem = read_json(data).problems[0]
    assert words in problem.message
    assert problem.line == line


def test_styles_that_disagree_are_named() -> None:
    other = beat(transition_type="C", ai_prompt="b")
    outcome = read_json({"promptsByStyle": {"clear": [beat()], "illustration": [other]}})
    assert "illustration, entry 1" in outcome.project.warnings[0]
    assert outcome.project.steps[0].transition == "H"
