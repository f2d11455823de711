"""Keys: written in, never read out. Programs know one by its alias, its last four letters and its fingerprint."""

from datetime import datetime
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status
from pydantic import SecretStr

from generation import dispatch, keys
from generation.api.auth import ApiRequest
from generation.api.idempotency import once
from generation.api.paging import Page, Paging, paged
from generation.api.problems import invalid
from generation.api.v1.staff.accounts import PRINTABLE
from generation.api.v1.staff.rights import Staff, note
from generation.models import ApiKey
from generation.pages.health import FINGERPRINT_SHOWN, health

router = Router()

LONGEST = 2000
"""Letters of what somebody pastes for a key."""
WRITTEN = "Stored encrypted, and never told again."

# --- shapes ----------------------------------------------------------------------------------------------------------

# Unlike other bodies they pass over what they do not know: it might be a secret in a wrong place, and is not repeated.


class NewKey(Schema):
    """`account`: whose limits it counts on, by name; one that there is not is made, with the usual limit. Without one
    the key gets an account of its own."""

    model_config = {
        "json_schema_extra": {
            "examples": [{"provider": "gemini", "account": "studio", "alias": "night", "secret": "AIzaSy…"}]
        }
    }

    provider: str = Field(max_length=40)
    account: str = Field("", max_length=80, pattern=PRINTABLE)
    alias: str = Field("", max_length=80, pattern=PRINTABLE, description="What people call it.")
    secret: SecretStr = Field(max_length=LONGEST, description=WRITTEN)


class NewSecret(Schema):
    model_config = {"json_schema_extra": {"examples": [{"secret": "AIzaSy…"}]}}

    secret: SecretStr = Field(max_length=LONGEST, description=WRITTEN)


class KeyOut(Schema):
    """A key, without its secret."""

    id: int = Field(examples=[3])
    provider: str = Field(examples=["gemini"])
    account: int
    account_name: str = Field(examples=["studio"])
    alias: str = Field(examples=["night"])
    last_four: str = Field(examples=["x7Qd"], description="Empty of a very short key.")
    fingerprint: str = Field(examples=["9f2c41aa07de"], description="The same secret always has the same.")
    enabled: bool
    state: str = Field(examples=["ready"], description="Whether it may be asked with, and if not, why.")
    last_used_at: datetime | None = None
    last_error: str
    last_error_at: datetime | None = None
    created_at: datetime


def key_out(key: ApiKey) -> dict[str, Any]:
    told = ("alias", "last_four", "enabled", "last_used_at", "last_error", "last_error_at", "created_at")
    return {name: getattr(key, name) for name in told} | {
        "id": key.pk,
        "provider": key.account.provider,
        "account": key.account_id,
        "account_name": key.account.name,
        "fingerprint": key.fingerprint[:FINGERPRINT_SHOWN],
        "state": health(key)[1],
    }


def rows() -> QuerySet[ApiKey]:
    return ApiKey.objects.select_related("account").prefetch_related("account__limits")


# --- looking ---------------------------------------------------------------------------------------------------------


@router.get("/keys", response=Page[KeyOut], auth=Staff("view_apikey"), summary="All keys")
def list_keys(request: ApiRequest, paging: Query[Paging]) -> Any:
    """All keys, without their secrets, and how each is doing."""
    page = paged(rows(), paging, by="pk")
    return page | {"items": [key_out(key) for key in page["items"]]}


@router.get("/keys/{int:key_id}", response=KeyOut, auth=Staff("view_apikey"), summary="A key")
def get_key(request: ApiRequest, key_id: int) -> Any:
    """One key, without its secret."""
    return key_out(get_object_or_404(rows(), pk=key_id))


# --- in, off and on --------------------------------------------------------------------------------------------------


@router.post("/keys", response={201: KeyOut}, auth=Staff("add_apikey"), summary="Put a key in")
@once
def add_key(request: ApiRequest, body: NewKey) -> Any:
    """Put a key in. One that is here already is refused with its alias, and not put in twice."""
    if body.provider not in keys.providers_with_keys():
        there = ", ".join(keys.providers_with_keys())
        raise invalid([("body.provider", f"No such provider takes keys. There are: {there}.")])
    with transaction.atomic():
        key = put_in(body)
        note(request, key, ADDITION, "Put in.")
        dispatch.ring_on_commit()
    return Status(201, key_out(rows().get(pk=key.pk)))


def put_in(body: NewKey) -> ApiKey:
    """Raises Refusal; the transaction must then be rolled back, for the account may be new and called like the key."""
    account = keys.account_named(body.provider, body.account) if body.account else None
    return keys.add(body.provider, body.secret.get_secret_value(), account=account, alias=body.alias)


@router.post("/keys/{int:key_id}/replace", response={201: KeyOut}, auth=Staff("change_apikey"), summary="Replace a key")
@once
def replace_key(request: ApiRequest, key_id: int, body: NewSecret) -> Any:
    """A new secret in the place of a key's. The answer is a new key of the same alias, account and pools; the old one
    stays for the ledger, switched off."""
    key = get_object_or_404(rows(), pk=key_id)
    with transaction.atomic():
        new = keys.rotate(key, body.secret.get_secret_value())
        note(request, new, ADDITION, f"Put in the place of …{key.last_four}.")
        note(request, key, CHANGE, f"Replaced by …{new.last_four}, and switched off.")
        dispatch.ring_on_commit()
    return Status(201, key_out(rows().get(pk=new.pk)))


@router.post("/keys/{int:key_id}/enable", response=KeyOut, auth=Staff("change_apikey"), summary="Switch a key on")
def enable_key(request: ApiRequest, key_id: int) -> Any:
    """Ask with it again. On a key that is on it changes nothing."""
    key = get_object_or_404(rows(), pk=key_id)
    with transaction.atomic():
        if keys.enable(key):
            note(request, key, CHANGE, "Switched on.")
            dispatch.ring_on_commit()
    return key_out(rows().get(pk=key_id))


@router.post("/keys/{int:key_id}/disable", response=KeyOut, auth=Staff("change_apikey"), summary="Switch a key off")
def disable_key(request: ApiRequest, key_id: int) -> Any:
    """Ask nothing more with it. Calls in flight end as they would have."""
    key = get_object_or_404(rows(), pk=key_id)
    with transaction.atomic():
        if keys.disable(key, f"by {request.auth.user} on {timezone.localtime():%Y-%m-%d}"):
            note(request, key, CHANGE, "Switched off.")
            dispatch.ring_on_commit()
    return key_out(rows().get(pk=key_id))
