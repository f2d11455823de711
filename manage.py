#!/usr/bin/env python
"""Throughline's command line: `manage.py up` starts the whole product."""

import argparse
import os
import sys

from django.core.management import execute_from_command_line


def apply_data_option(words: list[str]) -> None:
    """`up --data DIR` decides what the settings read when they are imported, before any command sees its options."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data", nargs="?")
    directory = parser.parse_known_args(words)[0].data
    if directory and "up" in words:
        os.environ["THROUGHLINE_DATA"] = directory


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    apply_data_option(sys.argv[1:])
    execute_from_command_line(sys.argv)
