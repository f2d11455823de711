"""Styles and engines as programs read them."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.models import Engine, Price, StyleEngine, Switch
from storyboards.models import Style
from tests.calling import Program
from tests.making import a_key, a_paid_engine, a_style, a_user, an_engine

pytestmark = pytest.mark.django_db
STYLES, ENGINES = "/api/v1/styles", "/api/v1/engines"


@pytest.fixture
def program() -> Program:
    return Program()


def asked(program: Program, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        program.get(path)
    return len(queries)


def test_styles_are_told_in_the_order_of_the_pages(program: Program) -> None:
    items = program.get(STYLES)["items"]
    assert [item["slug"] for item in items] == [style.slug for style in Style.objects.all()]
    assert program.get(f"{STYLES}/clear") == items[1]


def test_a_style_tells_its_look_its_templates_and_its_usual_engine(program: Program) -> None:
    StyleEngine.objects.create(style=a_style(), engine=an_engine())
    Style.objects.filter(slug="clear").update(first_template="$step!")
    told = program.get(f"{STYLES}/clear")
    assert (told["title"], told["engine"], told["has_reference"]) == (
        "Clear",
        "quick",
        a_style().reference_picture_id is not None,
    )
    assert told["templates"] == a_style().templates()
    assert told["templates"]["first"] == "$step!"
    assert told["look"].startswith("clear technical drawing")


def test_an_engine_tells_what_it_is(program: Program) -> None:
    StyleEngine.objects.create(style=a_style(), engine=an_engine())
    told = program.get(f"{ENGINES}/quick")
    assert (told["provider"], told["longest_side"], told["styles"]) == ("sketch", 96, ["clear"])
    assert (told["ready"], told["missing"], told["stopped"], Decimal(told["price"])) == (True, [], "", Decimal(0))
    able = Engine.objects.get(slug="quick").abilities
    names = ("max_references", "min_side", "max_side", "seeds", "edits", "masks", "max_prompt")
    assert {name: told[name] for name in names} == {name: getattr(able, name) for name in names}
    assert (told["sizes"], told["qualities"]) == ([], [])
    assert told in program.get(ENGINES)["items"]


def test_what_an_engine_lacks_is_told_to_staff_alone(program: Program) -> None:
    a_paid_engine()
    chief = Program(a_user("chief", is_staff=True))
    assert chief.get(f"{ENGINES}/paid")["missing"] == ["No key for gemini has been entered yet."]
    told = program.get(f"{ENGINES}/paid")
    assert (told["ready"], told["missing"]) == (False, ["Staff must still set it up."])


def test_a_paid_engine_tells_its_price_where_somebody_knows_it(program: Program) -> None:
    a_paid_engine()
    a_key()
    told = program.get(f"{ENGINES}/paid")
    assert told["ready"]
    assert Decimal(told["price"]) > 0
    Price.objects.all().delete()
    assert program.get(f"{ENGINES}/paid")["price"] is None


def test_a_thrown_switch_is_told_without_its_reason(program: Program) -> None:
    a_paid_engine()
    Switch.objects.create(provider="", thrown_by=a_user("chief"), reason="The bill")
    assert program.get(f"{ENGINES}/paid")["stopped"] == "All paid calls are paused."
    assert program.get(f"{ENGINES}/sketch")["stopped"] == ""


@pytest.mark.parametrize("path", [f"{STYLES}/noir", f"{ENGINES}/noir", f"{STYLES}/no.such", f"{ENGINES}/%00"])
def test_what_there_is_not_is_404(program: Program, path: str) -> None:
    assert program.call("GET", path).status_code == 404


@pytest.mark.parametrize("path", [STYLES, ENGINES, f"{STYLES}/clear", f"{ENGINES}/sketch"])
def test_nobody_reads_them_without_a_token(path: str) -> None:
    assert Program(scopes=None).call("GET", path).status_code == 401


def test_many_styles_and_engines_ask_the_database_as_often_as_few(program: Program) -> None:
    a_paid_engine()
    a_key()
    program.get(ENGINES)
    few = asked(program, STYLES), asked(program, ENGINES)
    for number in range(5):
        style = Style.objects.create(slug=f"style-{number}", title="S")
        StyleEngine.objects.create(style=style, engine=a_paid_engine(f"paid-{number}"))
        a_key(f"secret-of-nobody-1{number:03}")
    assert (asked(program, STYLES), asked(program, ENGINES)) == few
