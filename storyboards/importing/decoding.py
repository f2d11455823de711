"""Bytes of an uploaded file as text."""

import codecs

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class NotText(ValueError):
    """These bytes are no text; the message says so in words for people."""


def decode(data: bytes) -> tuple[str, list[str]]:
    """The text, and what the reader should know about how it was read. Raises NotText."""
    try:
        text, warnings = _decode(data)
    except UnicodeDecodeError as error:
        raise NotText("The file is damaged: its text cannot be read to the end.") from error
    if "\0" in text:
        raise NotText("This is no text file. Import takes Markdown, plain text, CSV, TSV and JSON.")
    return text, warnings


def _decode(data: bytes) -> tuple[str, list[str]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding), []
    if unmarked := _unmarked_utf16(data):
        return data.decode(unmarked), []
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        return data.decode("latin-1"), [
            "The file is not UTF-8, so it was read as Latin-1. Look whether letters like ä, é and ñ came out right."
        ]


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without its mark gives itself away: in most scripts' line ends every other byte is zero."""
    if b"\n\0" in data[:4000] and data[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if b"\0\n" in data[:4000] and data[:1] == b"\0" else None
