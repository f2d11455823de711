"""Vendors' keys from the environment. Read by the settings, so nothing here may import Django's models or settings."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

PREFIXES = {"GEMINI": "gemini", "OPENAI": "openai", "RUNPOD": "runpod"}
VARIABLE = re.compile(rf"^({'|'.join(PREFIXES)})_API_KEY(?:S(?:_([A-Z0-9_]+))?)?$")


@dataclass(frozen=True)
class EnvironmentKey:
    """One key. `account` is the vendor's account it belongs to, "" where nobody said; `style` the slug of the style
    that it is for, "" for all."""

    provider: str
    variable: str
    account: str
    style: str
    secret: str = field(repr=False)


def read_keys(environment: Mapping[str, str]) -> list[EnvironmentKey]:
    """`GEMINI_API_KEY` is one key; `GEMINI_API_KEYS` a list, `account=key, account=key` or bare keys;
    `GEMINI_API_KEYS_CLEAR` the same for the style “clear”. A secret that is named twice counts once, where it is
    named most precisely."""
    names = sorted(environment, key=lambda name: (-len(name), name))
    found: dict[tuple[str, str], EnvironmentKey] = {}
    for name in names:
        match = VARIABLE.match(name)
        if match is not None:
            for account, secret in _entries(environment[name]):
                style = (match[2] or "").lower().replace("_", "-")
                key = EnvironmentKey(PREFIXES[match[1]], name, account, style, secret)
                found.setdefault((key.provider, secret), key)
    return list(found.values())


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for entry in re.split(r"[,\s]+", text):
        account, separator, secret = entry.rpartition("=")
        if secret:
            yield (account if separator else ""), secret


def is_fernet_key(text: str) -> bool:
    """Whether secrets can be sealed with it."""
    try:
        return len(base64.urlsafe_b64decode(text)) == 32
    except (binascii.Error, ValueError):
        return False
