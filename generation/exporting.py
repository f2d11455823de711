"""Pictures as files of their own, outside the program's storage: where they lie and what they are called."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from generation.errors import Refusal
from storyboards.models import Picture
from storyboards.pictures import EXTENSIONS

LONGEST_NAME = 120
"""Characters of one part of a path; file systems end at 255 bytes."""
NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
"""What some file system refuses."""


@dataclass(frozen=True)
class Destination:
    """A directory, made when the first picture is saved, and the name for the file where somebody chose one."""

    directory: Path
    filename: str = ""

    def save(self, picture: Picture, folder: str, name: str) -> Path:
        """Write the picture as it came to `folder`/`name`, with the ending of what it is. A file that is there stays:
        the new one gets a number. Raises OSError where it cannot be written."""
        directory = self.directory / folder
        directory.mkdir(parents=True, exist_ok=True)
        path = _free(directory, self.filename or name, EXTENSIONS[picture.content_type], picture.read())
        return path.resolve()


def destination(output: str | Path | None, filename: str | None) -> Destination | None:
    """Raises Refusal where nothing could be saved so, before anything is made."""
    if output is None:
        if filename:
            raise Refusal("A file name needs a directory: say where the picture is to be saved.")
        return None
    directory = Path(output).expanduser()
    nearest = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise Refusal(f"“{nearest}” is a file and not a directory.")
    return Destination(directory, _stem(filename) if filename else "")


def folder_name(style_id: int | str, title: str) -> str:
    """`1_Ink Intensity`"""
    return safe(f"{style_id}_{title}")


def file_name(made_at: datetime, identity: str) -> str:
    """`generated_20261120_091500_1a2b3c4d`, by the clock of Greenwich; the ending follows from the picture."""
    return f"generated_{made_at.astimezone(UTC):%Y%m%d_%H%M%S}_{identity[:8]}"


def _stem(filename: str) -> str:
    """A plain name, without an ending that says what kind of picture it is: the picture itself decides that."""
    if filename in (".", "..") or NOT_IN_NAMES.search(filename) or filename != safe(filename):
        raise Refusal(f"“{filename}” cannot be the name of a file: write a plain name without folders.")
    stem, dot, ending = filename.rpartition(".")
    return stem if dot and ending.lower() in (*EXTENSIONS.values(), "jpeg") else filename


def safe(name: str) -> str:
    """One part of a path, on any file system."""
    plain = NOT_IN_NAMES.sub("_", unicodedata.normalize("NFC", name))
    return plain.strip(" .")[:LONGEST_NAME].rstrip(" .") or "_"


def _free(directory: Path, stem: str, ending: str, data: bytes) -> Path:
    """Written to the first name that nobody has, also where another process looks for one at this moment."""
    for number in count(1):
        path = directory / (f"{stem}.{ending}" if number == 1 else f"{stem}_{number}.{ending}")
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            continue
        return path
    raise AssertionError("names never end")
