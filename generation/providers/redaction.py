"""Vendors' words made fit to show: they quote keys, addresses and whole pictures."""

import re

LONGEST = 400
"""Characters of a vendor's message that are kept."""
LONGEST_READ = 10_000
"""Characters that are looked at: a whole picture would keep the patterns busy for minutes."""
_FILE = r"(?![\w./\\-]*\.(?:safetensors|sft|gguf|ckpt|pth?)\b)"
"""Not what names a model's file: people must read which one is missing."""
_SECRETS = re.compile(
    rf"AIza[\w-]{{10,}}|\bAQ\.[\w-]{{20,}}|\b(?:sk|rpa|r8|hf)[-_][\w*-]{{6,}}+{_FILE}"
    r"|\S{0,100}\*{3,}\S*|(?<=api_key:)[^\s'\"]+|(?i:(?<=bearer )\S{6,})"
    r"|(?i:(?<=[?&]key=)[^\s&'\"]+)"
)
_ADDRESSES = re.compile(r"\b(?:https?|wss?)://\S+", re.IGNORECASE)
_BLOBS = re.compile(rf"(?<![\w+/=-])[\w+/=-]{{80,}}+{_FILE}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\s]+")


def redact(text: str, secret: str = "") -> str:
    """One line of at most `LONGEST` characters without keys (`secret` or anything that looks like one), addresses,
    pictures and letters that no database takes."""
    if secret:
        text = text.replace(secret, "[key]")
    text = text[:LONGEST_READ]
    for pattern, shown in ((_ADDRESSES, "[address]"), (_SECRETS, "[key]"), (_BLOBS, "[data]"), (_UNPRINTABLE, " ")):
        text = pattern.sub(shown, text)
    text = text.strip()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
