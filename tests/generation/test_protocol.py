"""The protocol is written down: whatever is said over a socket stands in `docs/protocol.md`."""

import ast
import re
from collections.abc import Iterator

import pytest
from django.conf import settings

from config.processes import BASE_DIR
from generation import feed, live, protocol
from generation.api.v1.events import Wanted
from generation.consumers import SUBPROTOCOL
from generation.models import Strategy
from tests.generation.test_socket_commands import RUBBISH

DOCUMENT = (BASE_DIR / "docs" / "protocol.md").read_text()
NAMED = set(re.findall(r"`([^`\n]+)`", DOCUMENT))
KIND = re.compile(r"[a-z]+\.[a-z_]+")
PUBLISHES = re.compile(r"publish|_tell_runs")


def published() -> Iterator[str]:
    """Every kind that the code publishes, wherever it does."""
    for app in ("generation", "storyboards"):
        for file in (BASE_DIR / app).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                told = [text for argument in said_in(node) for text in texts(argument)]
                yield from (text for text in told if KIND.fullmatch(text))


def said_in(node: ast.AST) -> list[ast.expr]:
    """What a call publishes, or a table of what one does."""
    if isinstance(node, ast.Call) and PUBLISHES.fullmatch(name_of(node)):
        return node.args
    is_table = isinstance(node, ast.Assign) and any(getattr(name, "id", "") == "KINDS" for name in node.targets)
    return [node.value] if is_table and isinstance(node, ast.Assign) else []


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def texts(argument: ast.expr) -> Iterator[str]:
    for node in ast.walk(argument):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_kind_of_event_is_written_down() -> None:
    kinds = set(published())
    assert len(kinds) > 15
    assert kinds <= NAMED


def test_every_command_is_written_down_with_all_it_takes() -> None:
    lines = [row for row in DOCUMENT.splitlines() if row.startswith("| `")]
    rows = {name: row for row in lines for name in row.split("|")[1].split("`")[1::2]}
    for name, command in protocol.COMMANDS.items():
        for taken in set(command.takes.model_fields) - {"id", "command"}:
            assert f"`{taken}`" in rows[name], (name, taken)


CLOSE_CODES = {value for value in vars(live).values() if isinstance(value, int) and value > 4000}


@pytest.mark.parametrize("code", sorted(CLOSE_CODES))
def test_every_close_code_is_written_down(code: int) -> None:
    assert f"| `{code}` |" in DOCUMENT


@pytest.mark.parametrize("code", sorted({code for code, _sent in RUBBISH} | {"too_many", "throttled", "internal"}))
def test_every_code_of_a_refusal_is_written_down(code: str) -> None:
    assert f"| `{code}` |" in DOCUMENT


def test_nothing_is_written_down_that_is_not_there() -> None:
    dotted = {name for name in NAMED if KIND.fullmatch(name)}
    assert dotted <= set(published()) | set(protocol.COMMANDS)


@pytest.mark.parametrize(
    "number",
    [
        f"{protocol.LONGEST_MESSAGE} characters",
        f"{protocol.LONGEST_LINE} commands of this socket",
        f"refused so {protocol.MOST_REFUSED} times",
        f"more than {feed.CATCH_UP} events",
        f"1 to {feed.CATCH_UP}, {Wanted.model_fields['limit'].default} without",
        f"kept for\n{settings.EVENTS_KEPT_DAYS} days",
        f"{settings.API_READS_A_MINUTE} a minute",
        f"{settings.API_WRITES_A_MINUTE} a minute",
        f"{settings.API_OPEN_AT_ONCE} of one person's programs",
        f"after {live.ALIVE_EVERY:.0f} s of silence",
    ],
)
def test_its_numbers_are_those_of_the_code(number: str) -> None:
    assert number in DOCUMENT


def test_its_other_words_are_those_of_the_code() -> None:
    assert f'"{SUBPROTOCOL}"' in DOCUMENT
    assert {f"{strategy}" for strategy in Strategy.values} <= NAMED
