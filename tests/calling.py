"""Programs that call the API in tests: by a person's token, JSON in and out."""

import json
from collections.abc import Iterable
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from generation.models import ApiToken, Scope
from tests.making import a_user

ALL_BUT_ADMIN = (Scope.READ, Scope.WRITE, Scope.RUN)


def a_token(user: User | None = None, scopes: Iterable[str] = ALL_BUT_ADMIN) -> str:
    """The secret of a new one."""
    return ApiToken.objects.issue(user or a_user(), "a program", scopes)[1]


class Program:
    """Calls with a token of this person, or with none where `scopes` is None."""

    def __init__(self, user: User | None = None, scopes: Iterable[str] | None = ALL_BUT_ADMIN) -> None:
        self.client = Client()
        self.headers = {} if scopes is None else {"Authorization": f"Bearer {a_token(user, scopes)}"}

    def call(self, method: str, path: str, body: object = None, **headers: str) -> HttpResponse:
        """A body that is no bytes goes as JSON."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, path, data, content_type="application/json", headers=sent)  # type: ignore[return-value]

    def get(self, path: str, **headers: str) -> Any:
        """The answer's JSON; anything but a 200 fails the test."""
        answer = self.call("GET", path, **headers)
        assert answer.status_code == 200, (path, answer.status_code, answer.content[:500])
        return json.loads(answer.content)

    def post(self, path: str, body: object = None, *, expect: int = 200, **headers: str) -> Any:
        answer = self.call("POST", path, {} if body is None else body, **headers)
        assert answer.status_code == expect, (path, answer.status_code, answer.content[:500])
        return json.loads(answer.content)


def whole_body(answer: Any) -> bytes:
    """All that was answered, also where it comes piece by piece."""
    if not getattr(answer, "is_async", False):
        return bytes(answer.getvalue())

    async def read() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return async_to_sync(read)()
