"""The provider itself: chooses the server, checks, sends, waits, fetches."""

import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from generation.errors import InvalidRequest
from generation.providers import answers, graphs
from generation.providers.base import CallHandle, ImageRequest, ImageResult
from generation.providers.beforehand import check_wanted
from generation.providers.comfyui import words
from generation.providers.comfyui.listening import Listener
from generation.providers.comfyui.server import Server
from generation.providers.comfyui.watching import Watch
from generation.providers.graph_provider import CHECK_SECONDS, GraphProvider
from generation.providers.graphs import objects

OBJECTS_KEPT = 60.0
"""Seconds for which a server's list of nodes and files is believed."""
ASKING_SECONDS = 20.0
NO_HOSTS = "No ComfyUI server is allowed: COMFYUI_HOSTS must list at least one address."


class ComfyUIProvider(GraphProvider):
    """Makes pictures on ComfyUI servers of one's own, from a FLUX graph or a workflow of one's own.

    `hosts`: the addresses that may be asked, and no others: whoever edits engines must not reach into the network.
    Options: `server`, one of them (the first unless told), and those of `generation.providers.graphs`.

    Raises InvalidRequest before anything is sent where options, size or references make no sense or where the server
    lacks a node or a file; Unavailable where it cannot be reached; JobFailed where it broke off; NoPicture,
    BadPicture, OutcomeUnknown and Cancelled. A cancelled picture is taken off the server; nobody else's is touched.
    """

    needs_key = False
    own_options = ("server",)
    trust_env = False

    def __init__(self, hosts: Sequence[str] = ()) -> None:
        self._hosts = [host.rstrip("/") for host in hosts]
        self._objects: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._lock = threading.Lock()

    def check_options(self, options: Mapping[str, object]) -> None:
        """Raise InvalidRequest, in words for staff, where an engine's options make no sense."""
        super().check_options(options)
        if self._hosts:
            self._place(options)

    def check_key(self, secret: str, options: Mapping[str, object]) -> None:
        """There is no key; the server is asked whether it is there."""
        self._server(options).stats(time.monotonic() + CHECK_SECONDS)

    def generate(self, request: ImageRequest, secret: str, call: CallHandle) -> ImageResult:
        """Make one picture. `secret` is not needed."""
        deadline = time.monotonic() + request.timeout
        server = self._server(request.options)
        output = graphs.output_node(request.options)
        if call.resume:
            with closing(Listener(server.base, call.resume)) as listener:
                entry = Watch(server, call.resume, call, deadline, resumed=True).until_done(listener)
        else:
            entry = self._make(server, request, call, deadline)
        data = server.view(words.picture(entry, output), deadline)
        reason = answers.word(entry, "status", "status_str")
        return self._result(request, data, reason, words.milliseconds(entry), cost=0.0)

    def problems(self, graph: graphs.Graph, options: Mapping[str, object]) -> list[str]:
        """What keeps the server from running this graph, as sentences. It is asked now, and makes nothing.

        Raises a `generation.errors.ProviderError` where it cannot be asked.
        """
        return objects.problems(graph, self._ask_objects(self._server(options), time.monotonic() + ASKING_SECONDS))

    def _make(self, server: Server, request: ImageRequest, call: CallHandle, deadline: float) -> Mapping[str, Any]:
        self._check(server, graphs.build(request.options, graphs.wanted(request)), deadline)
        names = {n: server.upload(reference, deadline) for n, reference in enumerate(request.references)}
        graph = graphs.build(request.options, graphs.wanted(request, names))
        check_wanted(call)
        # our id alone may be taken on a server that others use, or that has outlived a database
        prompt_id = f"{call.id}-{secrets.token_hex(4)}"
        with closing(Listener(server.base, prompt_id)) as listener:
            accepted = server.start(graph, prompt_id, deadline)
            call.started(accepted)
            return Watch(server, accepted, call, deadline).until_done(listener)

    def _server(self, options: Mapping[str, object]) -> Server:
        return Server(self._client, self._place(options))

    def _place(self, options: Mapping[str, object]) -> str:
        if not self._hosts:
            raise InvalidRequest(NO_HOSTS)
        chosen = options.get("server") or self._hosts[0]
        if not isinstance(chosen, str) or chosen.rstrip("/") not in self._hosts:
            raise InvalidRequest("“server” must be one of the addresses in COMFYUI_HOSTS, written as there.")
        return chosen.rstrip("/")

    def _check(self, server: Server, graph: graphs.Graph, deadline: float) -> None:
        """What an old list lacks may be there by now: a problem is believed only when the list is fresh."""
        read_at, listed = self._objects.get(server.base, (0.0, {}))
        fresh = time.monotonic() < read_at + OBJECTS_KEPT
        if fresh and not objects.problems(graph, listed):
            return
        found = objects.problems(graph, self._ask_objects(server, deadline))
        if found:
            raise InvalidRequest(" ".join(found[:3]) + (f" And {len(found) - 3} more." if len(found) > 3 else ""))

    def _ask_objects(self, server: Server, deadline: float) -> Mapping[str, Any]:
        """One thread asks; those that waited meanwhile take what it was told."""
        wanted_at = time.monotonic()
        with self._lock:
            read_at, listed = self._objects.get(server.base, (0.0, {}))
            if read_at < wanted_at:
                listed = server.objects(deadline)
                self._objects[server.base] = (time.monotonic(), listed)
        return listed
