"""The sockets of a project: what happens, as it happens, and commands, which are answered in their order."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth.models import User
from django.db import Error

from generation import live, protocol
from generation.api.auth import Caller, caller_of, secret_in
from generation.api.problems import Problem
from generation.api.throttles import calls, stays
from generation.models import Scope

logger = logging.getLogger(__name__)

SUBPROTOCOL = "throughline.v1"
BEARER = "bearer."
"""Of a subprotocol that is a token: pages of other origins can send no header of their own choice."""


class ProjectConsumer(AsyncWebsocketConsumer):
    """`…?since=<number>`. Events are numbered without gaps; a gap means a message was lost: come again."""

    channel_layer_alias = ""
    """None: hints come through the feed, and a channel of its own would let no socket in without a broker."""
    viewer: live.Viewer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked: deque[str] = deque()
        self._refused = 0
        self._closing = False

    async def __call__(self, *args: Any) -> None:
        try:
            await super().__call__(*args)
        finally:  # however it ends: not every end is told as a disconnect
            for task in self._tasks:
                task.cancel()

    async def connect(self) -> None:
        """Let in first, then closed with a code where one may not stay: browsers tell pages nothing of a refusal."""
        self.project_id: int = self.scope["url_route"]["kwargs"]["pk"]
        await self.accept(SUBPROTOCOL if SUBPROTOCOL in self.scope["subprotocols"] else None)
        try:
            self.viewer = await live.asked(self._let_in)
        except live.Closed as closed:
            await self._close(closed.code)
        except Error as error:
            logger.warning("Nobody can be let in to project %s: %r", self.project_id, error)
            await self._close(live.COME_AGAIN)
        else:
            self._start(self._tell())

    def _let_in(self) -> live.Viewer:
        """All that is asked of the database in one go: thousands may come at once."""
        viewer = self.admit()
        live.look(viewer, self.project_id)
        return viewer

    def admit(self) -> live.Viewer:
        """Who looks. In a thread; raises Closed."""
        raise NotImplementedError

    def caller(self) -> Caller:
        """Who commands, as things are now. In a thread; raises Closed or Problem."""
        raise NotImplementedError

    # --- what it is told -------------------------------------------------------------------------------------------

    async def _tell(self) -> None:
        since = live.as_number(parse_qs(self.scope["query_string"].decode("latin-1")).get("since", [""])[0])
        async with aclosing(live.messages(self.viewer, self.project_id, since)) as messages:
            async for message in messages:
                await self.send(text_data=message.text)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A socket that hears nothing any more, or whose commands nobody takes, must not stay open."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, live.Closed):
            self._start(self._close(error.code))
        elif error is not None:
            logger.warning("A socket of project %s is closed: %r", self.project_id, error)
            self._start(self._close(live.COME_AGAIN))

    async def _close(self, code: int) -> None:
        """Once, whatever else goes wrong."""
        if not self._closing:
            self._closing = True
            await self.close(code)

    # --- what it asks for ------------------------------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Put it into the line; what has no room there is refused at once."""
        if self._closing:
            return
        text = (text_data or "")[: protocol.LONGEST_MESSAGE + 1]
        if len(self._asked) >= protocol.LONGEST_LINE:
            await self._refuse(text)
            return
        self._asked.append(text)
        if len(self._asked) == 1:
            self._start(self._work_off())

    async def _refuse(self, text: str) -> None:
        self._refused += 1
        if self._refused > protocol.MOST_REFUSED:
            await self._close(live.THROTTLED)
        else:
            await self.send(text_data=protocol.too_many(text))

    async def _work_off(self) -> None:
        """One after another; each stays in the line until it is answered."""
        while self._asked:
            answer = await live.asked(protocol.answer, self.caller, self.project_id, self._asked[0])
            await self.send(text_data=answer)
            self._asked.popleft()
        self._refused = 0


class PageConsumer(ProjectConsumer):
    """`/ws/projects/<id>/`, for our own pages: by their cookie."""

    def admit(self) -> live.Viewer:
        return live.PageViewer(self.scope["session"].session_key)

    def caller(self) -> Caller:
        assert isinstance(self.viewer, live.PageViewer)
        user = self.viewer.user()
        if not isinstance(user, User):
            raise Problem(401, "Log in to do that.")
        return Caller(user, None, frozenset(Scope.values))


class ProgramConsumer(ProjectConsumer):
    """`/api/v1/projects/<id>/socket`, for programs: by a token, wherever they come from. Cookies are not looked at."""

    def admit(self) -> live.Viewer:
        caller = caller_of(self._secret())
        if caller is None or caller.token is None:
            raise live.Closed(live.UNAUTHENTICATED)
        try:
            calls.count(caller.name, "GET")
            stays.check(caller.user.pk)
        except Problem:
            raise live.Closed(live.THROTTLED) from None
        self._person = caller.user.pk
        return live.TokenViewer(caller.token.pk)

    async def _tell(self) -> None:
        with stays.counted(self._person):
            await super()._tell()

    def _secret(self) -> str:
        for name, value in self.scope["headers"]:
            if name == b"authorization":
                return secret_in(value.decode("latin-1"))
        given = (name for name in self.scope["subprotocols"] if name.startswith(BEARER))
        return next(given, "").removeprefix(BEARER)

    def caller(self) -> Caller:
        assert isinstance(self.viewer, live.TokenViewer)
        token = self.viewer.token()
        return Caller(token.user, token, frozenset(token.scopes))
