"""CSV and TSV: columns by any common name, and errors that name line and column."""

from decimal import Decimal

import pytest

from storyboards.importing import Outcome, read
from storyboards.importing.words import read_transition

STYLES = ["illustration", "clear", "consistent"]


def read_table(text: str) -> Outcome:
    return read(text, STYLES, form="table")


@pytest.mark.parametrize(
    "text",
    [
        "title,description\nCut,six pieces\nGlue,all sides\n",
        "title;description\nCut;six pieces\nGlue;all sides\n",
        "title\tdescription\nCut\tsix pieces\nGlue\tall sides\n",
        "Title|Text\nCut|six pieces\nGlue|all sides\n",
        "No.,Step,Instructions\n1,Cut,six pieces\n2,Glue,all sides\n",
        "step,title,text\n1,Cut,six pieces\n2,Glue,all sides\n",
        '"title","description"\r\n"Cut","six pieces"\r\n\r\n"Glue","all sides"\r\n',
    ],
)
def test_separators_and_names_of_columns_are_found_out(text: str) -> None:
    outcome = read(text, STYLES)
    assert not outcome.problems
    assert [(step.title, step.description) for step in outcome.project.steps] == [
        ("Cut", "six pieces"),
        ("Glue", "all sides"),
    ]


def test_a_film_has_more_columns() -> None:
    text = (
        "Shot;Beat;Transition;Voice-over;Dialogue;Seconds;prompt_clear;Illustration\n2;2.1;hard cut;Rain.;Run!;2,5;a;b"
    )
    step = read_table(text).project.steps[0]
    assert (step.shot, step.beat, step.transition, step.script_phrase, step.dialogue) == (
        "2",
        "2.1",
        "H",
        "Rain.",
        "Run!",
    )
    assert step.duration == Decimal("2.50")
    assert step.prompts == {"clear": "a", "illustration": "b"}


def test_quoted_cells_may_hold_line_breaks_and_separators() -> None:
    steps = read_table('title,text\nCut,"six pieces,\nall ""square"""\nGlue,x').project.steps
    assert steps[0].description == 'six pieces,\nall "square"'
    assert steps[1].line == 4


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('title,text\nCut,"six pieces\nGlue,x', 2, "never closed"),
        ('title,text\nCut,"six" pieces', 2, "After a closing quotation mark"),
        ("title,text\nCut,six,pieces", 2, "3 cells, the header has 2"),
        ("first,second\nCut,six", 1, "must name the columns"),
        ("title,name\nCut,six", 1, "Two columns mean “title”"),
        ("title,prompt noir\nCut,dark", 1, "Column 2: There is no style “noir”. There is: illustration, clear"),
        (
            "title,transition\nCut,morph",
            2,
            "Column “transition”: “morph” is no transition. There is: C continues, M match",
        ),
        ("title,seconds\nA,1\nB,NaN", 3, "Column “seconds”: “NaN” is no duration"),
        ("title,seconds\nA,-1", 2, "no duration"),
        ("title,seconds\nA,1e9", 2, "no duration"),
        ("title,seconds\nA,99999999", 2, "no duration"),
        ("title,text\n" + "x" * 301 + ",a", 2, "its title has 301 characters; 300 are the most"),
        ("title,text\nA," + "x" * 140_000, 2, "cannot be read from here"),
        ("title,text\n", 0, "No steps were found"),
    ],
)
def test_a_broken_table_says_where(text: str, line: int, words: str) -> None:
    problem = read_table(text).problems[0]
    assert problem.line == line
    assert words in problem.message


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", None), ("3", "3.00"), ("3,5 s", "3.50"), ("4 sec.", "4.00"), ("1:20", "80.00"), ("0:00:02.5", "2.50")],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: str | None) -> None:
    step = read_table(f"title;duration\nCut;{text}").project.steps[0]
    assert step.duration == (Decimal(seconds) if seconds else None)


def test_unknown_columns_are_left_out_aloud() -> None:
    assert "“Weather”" in read_table("title,text,Weather\nCut,six,rain").project.warnings[0]


@pytest.mark.parametrize(
    ("written", "sign"),
    [
        ("", "C"), ("C", "C"), ("continues", "C"), ("Match cut", "M"), ("m", "M"), ("Jump Cut", "J"), ("CUT TO:", "H"),
        ("hard cut", "H"), ("dissolve", "D"), ("cross-dissolve", "D"), ("Fade to black.", "F"), ("wipe", "W"),
    ],
)  # fmt: skip
def test_transitions_are_read_as_people_write_them(written: str, sign: str) -> None:
    assert read_transition(written) == sign
