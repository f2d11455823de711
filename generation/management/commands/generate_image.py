"""`manage.py generate_image "a fox in the snow" --style 1`: make one picture and wait for it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from generation.management.commands._asking import AskingCommand, described
from generation.models import Status
from generation.registry import generate_image
from generation.results import Result


class Command(AskingCommand):
    help = "Make one picture in a style of the registry, by a worker or, where none runs, here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prompt", help="what the picture shows")
        parser.add_argument("--filename", help="call the file so")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        result: Result = self.ask(
            lambda: generate_image(options["prompt"], filename=options["filename"], **self.wanted(options)),
            as_json=options["json"],
        )
        if options["json"]:
            self.answer(result.as_dict())
        elif result.status == Status.COMPLETED and not result.error:
            self.stdout.write(described(result))
        if result.status != Status.COMPLETED or result.error:  # it may be made and not saved
            raise CommandError(result.error or f"The picture is {result.status}.")
