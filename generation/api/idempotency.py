"""The same request sent twice, as programs do whose connection broke: done once, answered twice.

@router.post("/projects", response={201: ProjectOut})
@once
def create(request, body): …
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from generation.api.auth import Caller
from generation.api.problems import Problem, answer, problem_of
from generation.models import IdempotencyKey
from generation.models.clock import database_now

GIVEN_UP = timedelta(seconds=60)
"""After this a request without an answer counts as dead: its work was rolled back with it."""
KEPT = timedelta(hours=24)
LONGEST = 200
PATTERN = f"^[!-~]{{1,{LONGEST}}}$"
HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": PATTERN},
    "description": "Your own name for this request. Sent again with the same body within a day it is not done again, "
    "and you get the same answer; with another body 422, while the first one still runs 409.",
}
Operated = TypeVar("Operated", bound=Callable[..., Any])
Run = Callable[..., HttpResponse]


def once(operation: Operated) -> Operated:
    """For operations that make or spend something. Not for those that wait: the answer belongs to one transaction."""
    contribute_operation_callback(operation, _contribute)
    return operation


def _contribute(operation: Operation) -> None:
    operation.run = _guarded(operation.run)  # type: ignore[method-assign, arg-type]
    extra = operation.openapi_extra or {}
    operation.openapi_extra = extra | {"parameters": [*extra.get("parameters", []), HEADER]}
    # Operations are cloned when their router is mounted, and `run` with them.
    operation._run_decorators = [*getattr(operation, "_run_decorators", []), _guarded]  # type: ignore[attr-defined]


def _guarded(run: Run) -> Run:
    operation: Operation = run.__self__  # type: ignore[attr-defined]  # a bound method

    @wraps(run)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return run(request, **kwargs)
        turned_away = operation._run_checks(request)
        if turned_away is not None:
            return turned_away
        caller: Caller = request.auth  # type: ignore[attr-defined]
        try:
            return _once(request, caller.user, _checked(key), partial(run, request, **kwargs))
        except (Problem, RequestDataTooBig) as error:
            return answer(request, problem_of(error))

    return guarded


def _checked(key: str) -> str:
    if not re.fullmatch(PATTERN, key):
        words = f"An Idempotency-Key has 1 to {LONGEST} plain characters and no spaces."
        raise Problem(422, words, "invalid_idempotency_key")
    return key


def _once(request: HttpRequest, user: User, key: str, run: Callable[[], HttpResponse]) -> HttpResponse:
    fingerprint = _fingerprint(request)
    row, mine = _claim(user, key, fingerprint)
    if not mine:
        return _again(row, fingerprint)
    kept = False
    try:
        with transaction.atomic():
            response = run()
            if response.status_code < 400:
                _keep(row, response)
            else:
                transaction.set_rollback(True)
        kept = response.status_code < 400
    finally:
        if not kept:  # the next try may fare better
            _drop(row)
    return response


def _fingerprint(request: HttpRequest) -> str:
    parts = (request.method or "", request.get_full_path(), request.content_type or "")
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + request.body).hexdigest()


def _claim(user: User, key: str, fingerprint: str) -> tuple[IdempotencyKey, bool]:
    """The row of this key, and whether the work is ours to do. Looked for before anything is written: where there is
    one writer at a time, it may be the first request."""
    now = database_now()
    row = IdempotencyKey.objects.filter(user=user, key=key, started_at__gte=now - KEPT).first()
    if row is None:
        return _begin(user, key, fingerprint, now)
    dead = IdempotencyKey.objects.filter(pk=row.pk, status=None, started_at=row.started_at)
    if row.started_at < now - GIVEN_UP and dead.update(started_at=now, fingerprint=fingerprint):
        row.started_at, row.fingerprint = now, fingerprint
        return row, True
    return row, False


def _begin(user: User, key: str, fingerprint: str, now: datetime) -> tuple[IdempotencyKey, bool]:
    """A new row, unless another request was faster."""
    IdempotencyKey.objects.filter(started_at__lt=now - KEPT).delete()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(user=user, key=key, fingerprint=fingerprint, started_at=now), True
    except IntegrityError:
        return _claim(user, key, fingerprint)


def _again(row: IdempotencyKey, fingerprint: str) -> HttpResponse:
    if row.fingerprint != fingerprint:
        raise Problem(422, "This Idempotency-Key was used for another request.", "idempotency_key_reused")
    if row.status is None:
        raise Problem(409, "This very request is being worked on. Ask again in a moment.", "in_progress",
                      headers={"Retry-After": "1"})  # fmt: skip
    headers = {"Idempotency-Replayed": "true"}
    return HttpResponse(row.body, status=row.status, content_type="application/json", headers=headers)


def _keep(row: IdempotencyKey, response: HttpResponse) -> None:
    """In the transaction of the work. Where somebody took it for dead and did it, ours is rolled back."""
    mine = IdempotencyKey.objects.filter(pk=row.pk, status=None, started_at=row.started_at)
    if not mine.update(status=response.status_code, body=response.content.decode(settings.DEFAULT_CHARSET)):
        raise Problem(409, "This request took too long, and was done by another one meanwhile.", "in_progress")


def _drop(row: IdempotencyKey) -> None:
    IdempotencyKey.objects.filter(pk=row.pk, status=None, started_at=row.started_at).delete()
