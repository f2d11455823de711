"""`manage.py styles`: what can be asked for by number."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generation.errors import Refusal
from generation.management.commands._asking import check_database
from generation.registry import RegisteredStyle, styles


class Command(BaseCommand):
    help = "List the styles of the registry, and what must still be set before they can be used. Nothing is sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer with one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_database()
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        known = styles()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(style) for style in known], ensure_ascii=False, indent=2))
            return
        for style in known:
            self._show(style)
        if not known:
            self.stdout.write("There are none yet: give an engine a number in the admin.")

    def _show(self, style: RegisteredStyle) -> None:
        facts = {
            "made by": " ".join(filter(None, (style.provider, style.model_file))),
            "style LoRA": _weighted(style.style_lora, style.style_weight),
            "characters": "" if style.character_weight is None else f"× {style.character_weight:g}",
            "cinematic": _weighted(style.cinematic_lora, style.cinematic_weight),
            "guidance": style.guidance,
            "sampler": style.sampler,
            "steps": style.steps,
            "missing": " ".join(style.missing),
        }
        self.stdout.write(f"{style.number:>4}  {style.title} ({style.slug})")
        for name, value in facts.items():
            if value not in (None, ""):
                self.stdout.write(f"      {name:<11} {value}")


def _weighted(file: str | None, weight: float | None) -> str:
    return f"{file} × {weight:g}" if file else ""
