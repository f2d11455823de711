"""What the commands that make pictures share: their options, whose the pictures are, and how they answer."""

import json
import logging
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.urls import reverse

from generation import dispatch
from generation.errors import Refusal
from generation.models import Engine, Status
from generation.registry import DRAWN, HEIGHT, WIDTH, CharacterLora
from generation.results import Result

INTERRUPTED = 130
"""What a shell says of a program that Ctrl-C ended."""
NO_DATABASE = (
    "There is no database here yet. Where “manage.py up” runs with --data, set THROUGHLINE_DATA to the same directory; "
    "where it never ran, run it, or “manage.py migrate”."
)


def check_database() -> None:
    """Raises Refusal where nobody has set it up: in another directory than the one meant, as a rule."""
    if Engine._meta.db_table not in connection.introspection.table_names():
        raise Refusal(NO_DATABASE)


class AskingCommand(BaseCommand):
    """With `--json` exactly one document goes to standard output, whatever happens; everything else goes to the
    other."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--style", required=True, help="number or slug, as `manage.py styles` lists them")
        parser.add_argument("--width", type=int, default=WIDTH, help=f"pixels, a multiple of 16 ({WIDTH})")
        parser.add_argument("--height", type=int, default=HEIGHT, help=f"pixels, a multiple of 16 ({HEIGHT})")
        parser.add_argument("--steps", type=int, help="sampling steps; the style's own where left out")
        parser.add_argument("--seed", type=int, default=DRAWN, help="0 to 2147483647; -1 draws one (the default)")
        parser.add_argument(
            "--lora", action="append", default=[], type=character_lora, metavar="NAME[:WEIGHT]", dest="loras",
            help="a character LoRA by title or file, with a weight from 0.0 to 2.0; may be given several times",
        )  # fmt: skip
        parser.add_argument("--output", type=Path, metavar="DIR", help="save below this directory")
        parser.add_argument("--user", metavar="NAME", help="whose pictures they are; needed where there are several")
        parser.add_argument("--wait", type=float, metavar="SECONDS", help="wait no longer; what is wanted stays wanted")
        parser.add_argument("--json", action="store_true", help="answer with one JSON document")

    def wanted(self, options: dict[str, Any]) -> dict[str, Any]:
        """The arguments that one picture and a batch have in common."""
        names = ("style", "width", "height", "steps", "seed", "output", "wait")
        return {name: options[name] for name in names} | {
            "character_loras": options["loras"],
            "user": person(options["user"]),
        }

    def ask(self, make: Callable[[], Any], *, as_json: bool) -> Any:
        """What `make` returns; where it is refused or broken off, the reason as this command's error."""
        try:
            with _quiet_about_the_broker():
                check_database()
                return make()
        except Refusal as refusal:
            raise self._error("refused", str(refusal), 1, as_json=as_json) from refusal
        except KeyboardInterrupt as stop:
            words = f"Stopped waiting. Nothing is lost: see {settings.PUBLIC_URL}{reverse('singles')}."
            raise self._error("interrupted", words, INTERRUPTED, as_json=as_json) from stop

    def _error(self, status: str, words: str, code: int, *, as_json: bool) -> CommandError:
        if as_json:
            self.answer({"status": status, "error": words})
        return CommandError(words, returncode=code)

    def answer(self, document: object) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))


@contextmanager
def _quiet_about_the_broker() -> Iterator[None]:
    """Pictures are made here where there is none; nobody has to be told."""
    log = logging.getLogger(dispatch.__name__)
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def described(result: Result) -> str:
    """One line."""
    if result.status != Status.COMPLETED:
        return f"{result.request_id}  {result.status}  {result.error}"
    seconds = "" if result.time is None else f"  {result.time:.1f} s"
    note = f"  {result.error}" if result.error else ""
    cost = "cost not known" if result.cost is None else f"${float(result.cost):.4f}"
    return f"{result.request_id}  {result.images[0]}  {result.size}  seed {result.seed}{seconds}  {cost}{note}"


def character_lora(text: str) -> CharacterLora:
    """`Ada` or `Ada:0.8`"""
    name, colon, weight = text.rpartition(":")
    try:
        return (name, float(weight)) if colon and name else text
    except ValueError:
        return text


def person(name: str | None) -> User:
    """Without a name the only one there is. Raises Refusal where that is nobody."""
    if name is not None:
        found = User.objects.filter(username=name, is_active=True).first()
        if found is None:
            raise Refusal(f"There is no user {name}.")
        return found
    people = list(User.objects.filter(is_active=True)[:2])
    if len(people) != 1:
        raise Refusal("Say whose picture it is: --user NAME." if people else "There is no user yet.")
    return people[0]
