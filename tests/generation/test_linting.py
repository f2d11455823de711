"""Warnings before anything is spent: each where it is due, and none on the boards that come along."""

import time
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from generation import linting
from generation.linting import Advice, Series, Told, lint, scenes
from generation.models import Strategy
from storyboards.models import Style, Transition
from storyboards.samples import SAMPLES, add_sample
from tests.making import a_project, a_style, a_user, an_engine


def series(*texts: str, cuts: str = "", strategy: str = "chained", **fields: Any) -> Series:
    """Steps 1, 2, 3 … with these texts; `cuts`: their transitions, C where it is left out."""
    transitions = cuts.ljust(len(texts), "C")
    steps, chain = [], 0
    for number, (text, transition) in enumerate(zip(texts, transitions, strict=True), start=1):
        breaks = Transition(transition).breaks
        chain = number if number == 1 or (breaks and strategy == Strategy.SHOTS) else chain
        steps.append(Told(number, str(number), text, text, text, "", chain, transition, breaks))
    usual: dict[str, Any] = {"max_prompt": 1000, "engine": "Quick"}
    return Series(steps, strategy, **(usual | fields))


def kinds(found: list[Advice]) -> list[tuple[str, tuple[int, ...]]]:
    return [(advice.kind, advice.steps) for advice in found]


# --- later steps -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        (("Saw a box for the lamp", "Sand it all around", "A red lamp hangs from the box"), "“lamp” (step 3)"),
        (("Drill where the rope goes", "A thick rope hangs from the bottle"), "“rope” (step 2)"),
        (("A bottle with soil; basil will grow in it", "Plant basil"), "“basil” (step 2)"),
        (("Cut the bottle, room for basil", "Add basil"), "“basil” (step 2)"),
        (("A knight before the dragon", "A green dragon lands"), "“dragon” (step 2)"),
        (("A knight and then the dragon lands on the roof", "The dragon lands on the roof"), "“The dragon lands on"),
    ],
)
def test_later_steps_words_are_named_where_they_come_too_early(texts: tuple[str, ...], named: str) -> None:
    (advice,) = [advice for advice in lint(series(*texts)) if advice.kind == "later_words"]
    assert advice.steps == (1,)
    assert named in advice.words


@pytest.mark.parametrize(
    "texts",
    [
        ("A girl at a table", "The girl takes an apple", "The apple lies on the table"),
        ("A cat under the sun", "A sun like a coin"),
        ("A lamp burns", "A lamp and a cat"),
        ("The old man sits", "An old dog sits"),
        ("Later, a dragon comes", "The dragon lands"),
    ],
)
def test_what_is_there_already_may_be_named_again(texts: tuple[str, ...]) -> None:
    assert "later_words" not in [advice.kind for advice in lint(series(*texts))]


def test_behind_a_hard_cut_another_world_begins() -> None:
    texts = ("Saw a box for the lamp", "A red lamp hangs in the box")
    assert lint(series(*texts, cuts="CH")) == []


def test_a_project_that_names_later_steps_is_told_once() -> None:
    found = lint(series("a table", "a cat", "a lamp", strategy="cumulative", names_later=True))
    assert kinds(found) == [("later_words", (1, 2))]


# --- camera, light, place --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("Wide shot of a farm", "Close-up of a hen", "camera"),
        ("A medium shot of a man", "Extreme close up of a man", "camera"),
        ("A table from above", "A plate at eye level", "camera"),
        ("Low angle, a dog", "Bird's-eye view, a dog", "camera"),
        ("A house from the front", "A house from behind", "camera"),
        ("A street at night", "The street in bright sunlight", "light"),
        ("A ship at sunset", "The ship in daylight", "light"),
    ],
)
def test_camera_and_light_words_must_agree_within_a_chain(first: str, second: str, kind: str) -> None:
    found = lint(series(first, "a table", second))
    assert kinds(found) == [(kind, (1, 3))]
    assert "“shots”" in found[0].words


@pytest.mark.parametrize(
    ("cuts", "strategy", "expected"),
    [
        ("CC", "chained", ["camera", "light"]),
        ("CH", "chained", ["camera", "light"]),
        ("CC", "shots", ["camera", "light"]),
        ("CJ", "shots", ["camera"]),
        ("CM", "shots", ["camera"]),
        ("CH", "shots", []),
        ("CF", "shots", []),
        ("CC", "cumulative", []),
        ("CC", "independent", []),
    ],
)
def test_they_may_differ_where_another_picture_world_begins(cuts: str, strategy: str, expected: list[str]) -> None:
    found = lint(series("Wide shot, a farm at night", "Close-up, a hen in daylight", cuts=cuts, strategy=strategy))
    assert [advice.kind for advice in found] == expected


@pytest.mark.parametrize("text", ["Wide shot, then a close-up", "a closed door", "a knight", "Sunday", "from abroad"])
def test_words_that_only_look_like_it_say_nothing(text: str) -> None:
    assert lint(series("Wide shot of a farm at night", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Meanwhile, a cat waits",
        "The next morning a cat waits",
        "Three years later a cat waits",
        "Back at the farm a cat waits",
        "At the station a train waits",
        "A cat. In the garden a dog waits",
        "EXT. GARDEN - DAY. A dog waits",
        "The garden: a dog waits",
    ],
)
def test_a_change_of_place_or_time_wants_a_transition(text: str) -> None:
    for cuts, expected in (("CC", ["transition"]), ("CH", []), ("CJ", []), ("CM", [])):
        found = lint(series("INT. KITCHEN. A woman cooks", text, cuts=cuts, strategy="shots"))
        assert [advice.kind for advice in found] == expected, cuts
    assert lint(series("INT. KITCHEN. A woman cooks", text, strategy="independent")) == []


@pytest.mark.parametrize(
    "text", ["In the kitchen a cat waits", "On the table a cat waits", "INT. KITCHEN. A cat", "A cat"]
)
def test_who_stays_where_he_is_needs_none(text: str) -> None:
    assert lint(series("INT. KITCHEN. A woman cooks", text, strategy="shots")) == []
    assert lint(series("A woman in a kitchen", text, strategy="shots")) == []


# --- words -----------------------------------------------------------------------------------------------------------


def test_long_texts_without_a_stop_are_read_while_somebody_waits() -> None:
    """They took ten seconds each."""
    texts = [
        " ".join(f"{'abcdefghij'[at % 10] * 3}{'klmnop'[number % 6]}" for at in range(3000)) for number in range(12)
    ]
    began = time.monotonic()
    lint(series(*texts))
    assert time.monotonic() < began + 20


def test_a_text_of_empty_lines_is_read_at_once() -> None:
    """It took a minute for each such step."""
    empty = "a" + "\n" * 20_000 + "b"
    assert scenes.place_of(empty) == ""
    assert scenes.places_in(empty) == set()


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("It", True),
        ("Then she puts it there.", True),
        ("He opens it and closes it again", True),
        ("Put it there.", True),
        ("They walk slowly", True),
        ("She puts the cup there", False),
        ("It rains on the roof", False),
        ("Smooth it. Light a candle", False),
        ("A cat", False),
        ("Collage", False),
        ("собака", False),
    ],
)
def test_pronouns_alone_show_nobody_anything(text: str, flagged: bool) -> None:
    assert kinds(lint(series("a table", text))) == ([("pronouns", (2,))] if flagged else [])


def test_in_a_cumulative_prompt_it_is_clear_after_the_first_step() -> None:
    assert kinds(lint(series("Put it there", "Put it there", strategy="cumulative"))) == [("pronouns", (1,))]


def test_a_prompt_that_is_too_long_is_told_with_the_engine_and_numbers() -> None:
    found = lint(series("a cat", "a dog " * 300, "a cow " * 400))
    assert kinds(found) == [("length", (2, 3))]
    assert "“Quick” reads 1,000 characters, and the prompt of step 3 has 2,400" in found[0].words


def test_names_without_a_value_are_told_once_with_all_their_steps() -> None:
    found = lint(series("$hero sits", "a cat for $5", "${hero} stands, $$other too"))
    assert kinds(found) == [("unknown_name", (1, 3))]
    assert "$hero has no value in steps 1, 3" in found[0].words


MIA = {"name": "Nora", "look": "a red coat", "sheet": None}


@pytest.mark.parametrize(
    ("character", "text", "words"),
    [
        ({"look": ""}, "Nora sits", "neither a look nor a sheet"),
        ({}, "Norah sits", "names “Norah”, and there is a character “Nora”"),
        ({}, "Nohra sits", "“Nohra”"),
        ({}, "Nora sits", ""),
        ({}, "Noras coat", ""),
        ({}, "the norm", ""),
        ({"look": "", "sheet": "x"}, "Nora sits", ""),
        ({"look": ""}, "a cat sits", ""),
        ({"name": "the girl"}, "The gir sits", ""),
    ],
)
def test_characters_want_one_spelling_and_a_look(character: dict[str, Any], text: str, words: str) -> None:
    found = list(lint(series("a table", text, characters=[MIA | character])))
    assert [advice.kind for advice in found] == (["character"] if words else [])
    assert words in " ".join(advice.words for advice in found)


# --- of projects -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_boards_that_come_along_have_nothing_to_warn_of(sample: Any) -> None:
    project, _made = add_sample(a_user(), sample)
    cuts = project.steps.filter(transition=Transition.HARD_CUT).exists()
    strategy = Strategy.SHOTS if cuts else Strategy.CHAINED
    for style in Style.objects.all():
        for made in (strategy, Strategy.CUMULATIVE, Strategy.INDEPENDENT):
            assert linting.warnings_for(project, style, made, an_engine(side=512)) == []


@pytest.mark.django_db
def test_a_project_is_read_as_it_would_be_sent(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    project = a_project("$hero sits", "Close-up", variables="[shot 2]\nhero = Nora")
    step = project.ordered_steps()[0]
    step.prompts.create(style=a_style("comic"), text="Wide shot, $hero sits")
    project.characters.create(name="Nora")
    engine = an_engine()
    style = a_style("comic")
    with django_assert_num_queries(3):
        found = linting.warnings_for(project, style, Strategy.CHAINED, engine)
    assert [advice.kind for advice in found] == ["unknown_name", "camera"]
    step.shot = "2"
    step.save()
    found = linting.warnings_for(project, style, Strategy.CHAINED, engine)
    assert [advice.kind for advice in found] == ["camera", "character"]
    assert not project.runs.exists()
