"""What `manage.py check` says: of settings always, of engines and keys with `--database default`."""

from collections.abc import Iterator, Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags
from django.db import DatabaseError

from generation import readiness
from generation.models import Engine


@checks.register(Tags.security)
def check_encryption_keys(**_kwargs: Any) -> list[CheckMessage]:
    """Nobody should learn of a mistyped one by the first key that cannot be stored."""
    wrong = [number for number, key in enumerate(settings.ENCRYPTION_KEYS, start=1) if not _is_fernet_key(key)]
    words = "ENCRYPTION_KEYS: value {} is no Fernet key (32 random bytes in URL-safe base64)."
    hint = "Make one: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
    return [checks.Error(words.format(number), hint=hint, id="generation.E001") for number in wrong]


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


@checks.register(Tags.database)
def check_engines(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Every engine that is switched on: what it lacks, and what is not quite right."""
    if "default" not in (databases or ()):
        return []
    try:
        enabled = readiness.readiness_of_all(Engine.objects.filter(enabled=True))
    except DatabaseError:
        return []  # its tables are not there yet, or not all their columns: `migrate` asks before it does its work
    return [message for found in enabled for message in _messages(found)]


def _messages(found: readiness.Readiness) -> Iterator[CheckMessage]:
    if not found.ready:
        words = f"The engine “{found.engine}” cannot make pictures: {' '.join(found.missing)}"
        yield checks.Warning(words, hint="Enter what is missing, or switch the engine off.", id="generation.W001")
    for warning in found.warnings:
        yield checks.Warning(f"The engine “{found.engine}”: {warning}", id="generation.W002")
