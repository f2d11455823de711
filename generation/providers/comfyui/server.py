"""One ComfyUI server: its requests, and what its refusals mean."""

import hashlib
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx2

from generation.errors import (
    BadPicture,
    Charged,
    InvalidRequest,
    MalformedAnswer,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Unavailable,
)
from generation.providers import answers
from generation.providers.base import Reference
from generation.providers.comfyui import words
from generation.providers.connections import FAILURES, ask, failure, starting_nothing
from generation.providers.graphs import file_name
from generation.providers.graphs.values import Graph

NAME = "The ComfyUI server"
VIEW_AGAIN_AFTER = 0.5
LAST_SECONDS = 2.0
FOLDER = "throughline"
"""Below the server's folder for uploads, so that people can tell what is ours and clear it away."""


@dataclass(frozen=True)
class Server:
    """`base` is the address without a slash at its end."""

    client: httpx2.Client
    base: str

    def objects(self, deadline: float) -> Mapping[str, Any]:
        """What the server's nodes are like."""
        with starting_nothing(NAME):
            found = _good(self._ask("GET", "/object_info", deadline))
        if not isinstance(found, dict):
            raise MalformedAnswer("The server's list of nodes cannot be read.")
        return found

    def stats(self, deadline: float) -> None:
        """Nothing, where the server is there and is a ComfyUI."""
        with starting_nothing(NAME):
            _good(self._ask("GET", "/system_stats", deadline))

    def upload(self, reference: Reference, deadline: float) -> str:
        """Send a picture along and return the name that LoadImage knows it by: the server renames as it likes.

        It is named after its content: the same picture again is the same file there.
        """
        name = file_name(hashlib.sha256(reference.data).hexdigest()[:24], 0, reference.content_type)
        files = {"image": (name, reference.data, reference.content_type)}
        fields = {"type": "input", "subfolder": FOLDER}
        with starting_nothing(NAME):
            said = _good(self._ask("POST", "/upload/image", deadline, files=files, data=fields))
        if not answers.text(said, "name"):
            raise MalformedAnswer("The server did not say what it calls the uploaded picture.")
        return "/".join(filter(None, (answers.text(said, "subfolder"), answers.text(said, "name"))))

    def start(self, graph: Graph, prompt_id: str, deadline: float) -> str:
        """Put the graph into the queue and return the id the server accepted it under."""
        body = {"prompt": graph, "client_id": prompt_id, "prompt_id": prompt_id}
        try:
            answer = self._ask("POST", "/prompt", deadline, json=body)
        except FAILURES as error:
            failed = failure(error, NAME)
            if failed.charged is not Charged.NO:
                self.withdraw(prompt_id)
            raise failed from None
        said = answers.parse_or_none(answer.content)
        if answer.status_code == httpx2.codes.BAD_REQUEST and isinstance(said, dict):
            raise InvalidRequest(words.refusal(said))
        _check(answer)
        return self._accepted(said, prompt_id)

    def _accepted(self, said: object, prompt_id: str) -> str:
        accepted = answers.text(said, "prompt_id")
        if not accepted:
            self.withdraw(prompt_id)
            raise MalformedAnswer("The ComfyUI server's answer cannot be read.")
        if answers.dig(said, "node_errors"):
            # it runs the branches that are right and leaves the others out: not what was asked for
            self.withdraw(accepted)
            raise InvalidRequest(words.refusal(answers.mapping(said)))
        return accepted

    def queue(self, deadline: float) -> tuple[set[str], set[str]]:
        """Ids of what runs and of what waits."""
        said = _good(self._ask("GET", "/queue", deadline))
        if not isinstance(said, dict):
            raise MalformedAnswer("The ComfyUI server's queue cannot be read.")
        return _ids(said, "queue_running"), _ids(said, "queue_pending")

    def history(self, prompt_id: str, deadline: float) -> Mapping[str, Any] | None:
        """What became of it; None while it waits or runs, and for what the server does not know."""
        said = _good(self._ask("GET", f"/history/{quote(prompt_id, safe='')}", deadline))
        entry = answers.dig(said, prompt_id)
        return entry if isinstance(entry, Mapping) else None

    def view(self, image: Mapping[str, Any], deadline: float) -> bytes:
        """A picture's file. Asked again while the server does not answer: the work is done. One that was finished
        right at the deadline still gets `LAST_SECONDS`."""
        deadline = max(deadline, time.monotonic() + LAST_SECONDS)
        named = {name: str(image.get(name) or "") for name in ("filename", "subfolder", "type")}
        while True:
            answer = self._view(named, deadline)
            if answer is not None and answer.status_code < httpx2.codes.INTERNAL_SERVER_ERROR:
                break
            if time.monotonic() + VIEW_AGAIN_AFTER > deadline:
                raise OutcomeUnknown("The picture was made, but the server did not hand it over.")
            time.sleep(VIEW_AGAIN_AFTER)
        if not answer.is_success:
            raise BadPicture(f"The picture was made, but its file cannot be had ({answer.status_code}).")
        return answer.content

    def _view(self, named: Mapping[str, str], deadline: float) -> httpx2.Response | None:
        try:
            return self._ask("GET", "/view", deadline, params=named)
        except FAILURES:
            return None

    def withdraw(self, prompt_id: str) -> None:
        """Take it out of the queue, or interrupt it: it alone. Best effort.

        Older servers interrupt whatever runs, whichever id they are given: so they are asked first.
        """
        deadline = time.monotonic() + 5
        with suppress(*FAILURES, ProviderError):
            self._ask("POST", "/queue", deadline, json={"delete": [prompt_id]})
            running, _ = self.queue(deadline)
            if prompt_id in running:
                self._ask("POST", "/interrupt", deadline, json={"prompt_id": prompt_id})

    def _ask(self, method: str, path: str, deadline: float, **more: Any) -> httpx2.Response:
        return ask(self.client, method, self.base + path, deadline, **more)


def _good(answer: httpx2.Response) -> object:
    """What is said. Raises a ProviderError for a status that is no success, and for what is no JSON."""
    _check(answer)
    return answers.parse(answer.content)


def _check(answer: httpx2.Response) -> None:
    status, again = answer.status_code, answers.retry_after(answer.headers)
    if answer.is_success:
        return
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        raise RateLimited("The ComfyUI server asks for fewer requests.", retry_after=again)
    if status >= httpx2.codes.INTERNAL_SERVER_ERROR:
        raise Unavailable(f"The ComfyUI server is in trouble ({status}).", retry_after=again)
    raise InvalidRequest(f"The ComfyUI server, or what stands before it, refuses our requests ({status}).")


def _ids(said: object, queue: str) -> set[str]:
    return {str(row[1]) for row in answers.items(said, queue) if isinstance(row, list) and len(row) > 1}
