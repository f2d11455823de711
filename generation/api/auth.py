"""Who calls, and what they may: a person's token, or on a machine of one's own the user `local`."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.http import HttpRequest
from ninja.security import HttpBearer

from generation.api.problems import Problem
from generation.api.queries import check_query
from generation.api.throttles import calls, stays
from generation.models import ApiToken, Scope

LOCAL = "local"
LOCAL_SCOPES = frozenset({Scope.READ, Scope.WRITE, Scope.RUN})
PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
"""Headers of what a proxy passes on for somebody else."""


@dataclass(frozen=True)
class Caller:
    """`token` is None for the user `local`."""

    user: User
    token: ApiToken | None
    scopes: frozenset[str]

    @property
    def name(self) -> str:
        """What calls are counted by."""
        return f"token-{self.token.pk}" if self.token else f"user-{self.user.pk}"

    def need(self, scope: Scope) -> None:
        """Raises Problem where the token may not do this."""
        if scope not in self.scopes:
            raise Problem(403, f"This token lacks the scope “{scope.value}”.", "scope_missing")


class ApiRequest(HttpRequest):
    """A request that was let in."""

    auth: Caller


def caller_of(secret: str) -> Caller | None:
    """Whose token this is, or None where it opens nothing."""
    token = ApiToken.objects.from_secret(secret)
    if token is None:
        return None
    token.note_use()
    return Caller(token.user, token, frozenset(token.scopes))


def secret_in(header: str) -> str:
    """The token of an Authorization header, "" where it carries none."""
    scheme, _, secret = header.strip().partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


class Bearer(HttpBearer):
    """A token with this scope. Cookies let nobody in."""

    def __init__(self, scope: Scope = Scope.READ) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Caller | None:
        if isinstance(known := getattr(request, "auth", None), Caller):
            return known  # of this very request, asked before
        caller = self.find(request)
        return caller and self.check(request, caller)

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        return caller_of(token)

    def find(self, request: HttpRequest) -> Caller | None:
        secret = secret_in(request.headers.get("Authorization", ""))
        return self.authenticate(request, secret) if secret else None

    def check(self, request: HttpRequest, caller: Caller) -> Caller:
        """Raises Problem where the token may not do this, or not so often."""
        only_reads = self.scope == Scope.READ  # some of the earlier systems' programs look by POST, every two seconds
        calls.count(caller.name, "GET" if only_reads else request.method or "GET")
        self.allow(caller)
        check_query(request)
        return caller

    def allow(self, caller: Caller) -> None:
        """Raises Problem where the token is not for this."""
        caller.need(self.scope)


class LocalOrBearer(Bearer):
    """The same; without a token the user `local`, where only this machine can ask."""

    def find(self, request: HttpRequest) -> Caller | None:
        if "Authorization" in request.headers:
            return super().find(request)
        user = local_user() if may_be_local(request) else None
        return Caller(user, None, LOCAL_SCOPES) if user else None


def may_be_local(request: HttpRequest) -> bool:
    """Whether this comes from a program on this machine, as far as anybody can tell.

    A page of somebody else's in a browser here must not pass for its person: such pages can neither send JSON unasked,
    nor choose the Host, nor hide their Origin. Nor must what a proxy on this machine passes on for others.
    """
    return settings.LOCAL_USER and all(
        check(request) for check in (_asks_from_here, _asks_for_here, _is_no_page, _is_json)
    )


def _asks_from_here(request: HttpRequest) -> bool:
    return _is_loopback(request.META.get("REMOTE_ADDR", "")) and not any(name in request.headers for name in PASSED_ON)


def _asks_for_here(request: HttpRequest) -> bool:
    return _is_loopback(urlsplit(f"//{request.get_host()}").hostname or "")


def _is_no_page(request: HttpRequest) -> bool:
    """Or one that may call. “null” is a page without an origin: anybody's."""
    origin = request.headers.get("Origin")
    return origin is None or (
        origin != "null" and origin in {*settings.CORS_ALLOWED_ORIGINS, *settings.TRUSTED_ORIGINS}
    )


def _is_json(request: HttpRequest) -> bool:
    return request.method in ("GET", "HEAD") or request.content_type == "application/json"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def local_user() -> User | None:
    """Nobody can log in as it. None where staff have closed its account, and where the name is a person's: whoever can
    log in, or may more than others, is not lent to programs."""
    closed = make_password(None)
    user, _made = User.objects.get_or_create(username=LOCAL, defaults={"password": closed})
    a_person = user.has_usable_password() or user.is_staff or user.is_superuser
    return user if user.is_active and not a_person else None


class AsyncBearer(Bearer):
    """The same for operations that wait: asked in a thread that is given back at once."""

    def allow(self, caller: Caller) -> None:
        super().allow(caller)
        stays.check(caller.user.pk)

    async def __call__(self, request: HttpRequest) -> Caller | None:  # type: ignore[override]
        return await database_sync_to_async(super().__call__)(request)


class AsyncLocalOrBearer(AsyncBearer, LocalOrBearer):
    pass
