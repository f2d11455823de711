"""`manage.py generate_batch prompts.txt --style 16`: one picture for each line of a file."""

import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from generation.errors import Refusal
from generation.management.commands._asking import AskingCommand, described
from generation.models import Status
from generation.registry import generate_batch
from generation.results import Result


class Command(AskingCommand):
    help = "Make a picture for each line of a file. One that fails does not stop the others; then this ends with 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="one prompt a line, in UTF-8; - reads standard input")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        prompts: list[str] = self.ask(lambda: read_prompts(options["file"]), as_json=options["json"])
        ended: list[Result] = []

        def tell(result: Result) -> None:
            ended.append(result)
            progress = self.stderr if options["json"] else self.stdout
            progress.write(f"{len(ended)}/{len(prompts)}  {described(result)}", self.style.NOTICE)

        results: list[Result] = self.ask(
            lambda: generate_batch(prompts, tell=tell, **self.wanted(options)), as_json=options["json"]
        )
        if options["json"]:
            self.answer([result.as_dict() for result in results])
        self._sum_up(results, as_json=options["json"])

    def _sum_up(self, results: list[Result], *, as_json: bool) -> None:
        counted = Counter(result.status for result in results)
        words = ", ".join(f"{count} {status}" for status, count in counted.items())
        lines = [f"{len(results)} pictures: {words}."]
        lines += sorted({result.error for result in results if result.status == Status.PENDING})
        lines += sorted({result.error for result in results if result.status == Status.COMPLETED and result.error})
        if set(counted) != {Status.COMPLETED} or len(lines) > 1:  # some may be made and not saved
            raise CommandError("\n".join(lines))
        if not as_json:
            self.stdout.write(lines[0])


def read_prompts(name: str) -> list[str]:
    """Empty lines are none. Raises Refusal where there is nothing to read."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8-sig")
    except OSError as error:
        raise Refusal(f"{name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Refusal(f"{name} is not text in UTF-8.") from error
    prompts = [line.strip() for line in text.splitlines() if line.strip()]
    if not prompts:
        raise Refusal(f"There is no prompt in {name}.")
    return prompts
