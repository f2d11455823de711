"""Variables: what a text gives values to, which of them hold for a step, and what filling leaves alone."""

import pytest
from django.core.exceptions import ValidationError

from storyboards.models import Style
from storyboards.variables import fill, named, of_step, parse, unknown, validate_plain_variables

PROJECT = """
hero = a girl in a red coat
$place = a harbour = the old one

[shot 2]
hero = a girl in a yellow coat
[ Shot  3a ]
hero =
"""


def test_a_project_gives_values_everywhere_and_in_one_shot() -> None:
    found = parse(PROJECT)
    assert found.everywhere == {"hero": "a girl in a red coat", "place": "a harbour = the old one"}
    assert found.in_shot("2") == {"hero": "a girl in a yellow coat", "place": "a harbour = the old one"}
    assert found.in_shot(" 3A ")["hero"] == ""
    assert found.in_shot("") == found.in_shot("9") == found.everywhere
    assert found.names() == {"hero", "place"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hero a girl", "Line 1: there is no “=” in “hero a girl”."),
        ("hero = a girl\n\n1st = b", "Line 3: “1st” is no name."),
        ("größe = 3", "Line 1: “größe” is no name."),
        ("= a girl", "Line 1: “” is no name."),
        ("hero = a\n$hero = b", "Line 2: “hero” is given twice."),
        ("[shot 1]\nhero = a\n[shot 2]\nhero = a\n[shot 1]\nhero = b", "Line 6: “hero” is given twice."),
        ("step = a", "Line 1: $step has a meaning already: the step's own text"),
        ("characters = a", "Line 1: $characters has a meaning already"),
        ("[shot ]\nhero = a", "Line 1: which shot? Write it like [shot 2]."),
        ("[scene 2]", "Line 1: there is no “=”"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse(text)
    assert [message for message in refused.value.messages if message.startswith(words)]


def test_all_that_is_wrong_is_told_at_once_up_to_ten_lines() -> None:
    with pytest.raises(ValidationError) as refused:
        parse("\n".join(["nothing"] * 30))
    assert len(refused.value.messages) == 10


def test_a_line_of_blanks_is_read_at_once() -> None:
    """It took minutes, and all of a process with them."""
    with pytest.raises(ValidationError, match="there is no “=”"):
        parse(f"[shot{' ' * 20_000}x")


def test_a_step_and_a_style_have_no_shots() -> None:
    with pytest.raises(ValidationError, match="only in the project"):
        validate_plain_variables("hero = a\n[shot 2]\nhero = b")


def test_the_nearest_value_holds() -> None:
    style, project, step = "a = style\nb = style\nc = style\nd = style", PROJECT + "b = lost", "d = step"
    values = of_step(style, "b = project\nc = project\nd = project\n[shot 2]\nc = shot\nd = shot", "2", step)
    assert values == {"a": "style", "b": "project", "c": "shot", "d": "step"}
    assert of_step(style, project, "3a", "")["b"] == "lost"
    assert of_step(style, project, "1", "")["b"] == "style"


def test_a_line_that_cannot_be_read_gives_no_value_and_stops_no_picture() -> None:
    assert of_step("", "hero\nplace = a harbour\n[shot ]\nlost = x", "", "[shot 2]\nlost = y") == {"place": "a harbour"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$hero opens the door.", "a girl opens the door."),
        ("${hero}s", "a girls"),
        ("$hero's coat, $hero_coat", "a girl's coat, $hero_coat"),
        ("$5 for $nobody, US$ 3, $", "$5 for $nobody, US$ 3, $"),
        ("$$hero, $$nobody, $$", "$hero, $nobody, $$"),
        ("$Hero ${hero", "$Hero ${hero"),
        ("$hero开门", "a girl开门"),
        ("$other", "$hero"),
    ],
)
def test_known_names_are_filled_and_nothing_else(text: str, filled: str) -> None:
    assert fill(text, {"hero": "a girl", "other": "$hero"}) == filled


def test_names_are_found_once_and_in_their_order() -> None:
    text = "$hero sees $friend and ${hero}; $$hero costs $5 and $nobody knows $Hero."
    assert named(text, {"friend", "hero", "unused"}) == ["hero", "friend"]
    assert unknown(text, {"friend": "", "hero": ""}) == ["nobody", "Hero"]


# --- styles ----------------------------------------------------------------------------------------------------------


def test_a_styles_templates_may_name_its_own_variables() -> None:
    style = Style(slug="ink", title="Ink", variables="light = at dusk", next_template="$step, $light, $dusk")
    with pytest.raises(ValidationError) as refused:
        style.clean()
    assert refused.value.message_dict["next_template"][0].startswith("Unknown: $dusk. There is: $step,")
    style.next_template = "$step, $light"
    style.clean()


def test_a_styles_variables_are_read_before_its_templates() -> None:
    style = Style(slug="ink", title="Ink", variables="look = at dusk", next_template="$step and $nonsense")
    with pytest.raises(ValidationError) as refused:
        style.clean()
    assert list(refused.value.message_dict) == ["variables"]
