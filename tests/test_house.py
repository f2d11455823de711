"""The house rules that a program can check: style, types, import directions, the tree, secrets in the repository."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from config.processes import BASE_DIR

CODE = ("config", "storyboards", "generation", "tests", "benchmarks", "docs")


def run_tool(*command: str) -> None:
    """One of the installed tools; what it has to say is the test's message."""
    found = Path(sys.executable).parent / command[0]
    result = subprocess.run([found, *command[1:]], cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_code_is_in_style() -> None:
    run_tool("ruff", "check", ".")
    run_tool("ruff", "format", "--check", ".")


def test_types_hold() -> None:
    run_tool("mypy", *CODE)


def test_imports_run_one_way() -> None:
    run_tool("lint-imports")


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_of_storyboards_depend_on_nothing_of_generation() -> None:
    for migration in (BASE_DIR / "storyboards" / "migrations").glob("0*.py"):
        assert "generation" not in migration.read_text(), migration


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=BASE_DIR, capture_output=True, text=True, check=False).stdout
    files = [BASE_DIR / name for name in listed.splitlines()] or list(BASE_DIR.rglob("*.py"))
    return [file for file in files if file.is_file()]


INLINE = re.compile(r"""<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son\w+=["']""", re.IGNORECASE)


def test_no_template_holds_script_or_style_of_its_own() -> None:
    for file in tracked():
        if file.suffix == ".html":
            assert not INLINE.search(file.read_text()), file


def test_no_file_marks_text_as_safe() -> None:
    for file in tracked():
        if file.suffix == ".py" and "tests" not in file.parts:
            assert "mark_safe" not in file.read_text(), file
