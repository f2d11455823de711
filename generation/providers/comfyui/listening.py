"""The server's own words while it works: a websocket that may be lost at any moment without harm."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from generation.providers import answers

OPEN_SECONDS = 5.0
LARGEST_MESSAGE = 32 * 1024 * 1024
"""Bytes: previews come as binary frames, which we ask for no more than others do."""


@dataclass(frozen=True)
class Told:
    """One event about our prompt."""

    kind: str
    data: Mapping[str, Any]


class Listener:
    """Hears what the server tells this client of one prompt. `lost` once the connection is gone."""

    def __init__(self, base: str, prompt_id: str) -> None:
        self.lost = False
        self._prompt_id = prompt_id
        self._connection: ClientConnection | None = None
        with suppress(OSError, WebSocketException):
            self._connection = connect(
                f"ws{base.removeprefix('http')}/ws?clientId={quote(prompt_id, safe='')}",
                open_timeout=OPEN_SECONDS,
                close_timeout=1,
                max_size=LARGEST_MESSAGE,
                compression=None,
                proxy=None,
            )
        self.lost = self._connection is None

    def next(self, seconds: float) -> Told | None:
        """What is told within so many seconds; None for nothing of interest."""
        if self._connection is None or self.lost:
            return None
        try:
            message = self._connection.recv(timeout=seconds)
        except TimeoutError:
            return None
        except (OSError, WebSocketException):
            self.lost = True
            return None
        return self._read(message) if isinstance(message, str) else None

    def close(self) -> None:
        if self._connection is not None:
            with suppress(OSError, WebSocketException):
                self._connection.close()

    def _read(self, message: str) -> Told | None:
        event = answers.parse_or_none(message)
        data = answers.mapping(event, "data")
        return Told(answers.text(event, "type"), data) if data.get("prompt_id") == self._prompt_id else None
