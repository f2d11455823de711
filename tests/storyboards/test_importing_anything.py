"""Whatever the text: reading ends with an outcome that can be shown, and what has no problems can be stored."""

import json
import time

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storyboards.importing import read
from storyboards.importing.decoding import NotText, decode
from storyboards.importing.storing import make_project
from tests.storyboards.conftest import titles

STYLES = ["clear", "comic"]
WORDS = st.sampled_from(
    [
        "# ",
        "## Step 1: ",
        "1. ",
        "- ",
        "Materials:",
        "**Bold**",
        ",",
        ";",
        '"',
        "\n",
        "\n\n",
        "  ",
        "\t",
        "---",
        "title",
        "prompt noir",
        "Dialogue: ",
        "Duration: ",
        "transition",
        "\r\n",
        "\ufeff",
        "\x00",
        "שלום",
        "🪴",
        "a",
        "{",
        "[",
        "}",
        "]",
    ]
)
LIKELY = st.lists(WORDS, max_size=40).map("".join)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["clear", "1.1", "H"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["steps", "title", "promptsByStyle", "clear", "noir", "prompts", "shot_number", "beat_number"]
            )
            | st.sampled_from(["transition_type", "ai_prompt", "materials", "duration"])
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def showable(text: str, form: str) -> None:
    for problem in read(text, STYLES, form=form).problems:
        str(problem).encode()


@pytest.mark.parametrize("form", ["", "list", "table", "json"])
@FEW
@given(text=st.text() | LIKELY)
def test_any_text_has_an_outcome(form: str, text: str) -> None:
    showable(text, form)


@FEW
@given(data=JSON)
def test_any_json_has_an_outcome(data: object) -> None:
    showable(json.dumps(data), "json")


@FEW
@given(data=st.binary() | st.text().map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text, _warnings = decode(data)
    except NotText as error:
        str(error).encode()
    else:
        showable(text, "")


@FEW
@given(text=LIKELY)
def test_what_has_no_problems_can_be_stored(owner: User, text: str) -> None:
    outcome = read(text, STYLES)
    if not outcome.problems:
        project = make_project(owner, outcome.project, {"title": "Anything"})
        assert len(titles(project)) == len(outcome.project.steps)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1. a\n" * 1_800_000, "1,800,001 lines are too many"),
        ("|a|b|\n|-|-|\n" + "|x|y|\n" * 1_000_000, "1,000,003 lines are too many"),
        ("title," + "a," * 4_000_000, "A line has 8,000,006 characters"),
        ("|" * 9_000_000, "A line has 9,000,000 characters"),
        ('{"steps": [' + "{}," * 2_000_000 + "{}]}", "2000001 steps are too many"),
        (json.dumps({"clear": [{}] * 2_000_000}), "2000000 beats are too many"),
        (json.dumps({f"style{number}": [] for number in range(400_000)}), "400000 styles are too many"),
    ],
    ids=range(7),
)
def test_what_is_endless_is_refused_before_it_is_read(text: str, words: str) -> None:
    began = time.process_time()
    (problem,) = read(text, STYLES).problems
    assert problem.message.startswith(words)
    assert time.process_time() - began < 10, "seconds; reading all of it takes minutes"
