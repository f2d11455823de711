"""`manage.py samples --owner ada`: add the sample boards to somebody's projects."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from storyboards.samples import SAMPLES, add_sample


class Command(BaseCommand):
    help = "Adds the sample boards to somebody's projects. Those that are there already stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--owner", required=True, help="user name of the person who gets them")
        parser.add_argument("--begin", action="store_true", help="begin to make the pictures of some")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(username=options["owner"]).first()
        if owner is None:
            raise CommandError(f"There is no user {options['owner']}.")
        for sample in SAMPLES:
            project, created = add_sample(owner, sample, options["begin"])
            self.stdout.write(f"{'added' if created else 'known'}: {project}")
