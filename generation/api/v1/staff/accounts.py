"""Vendors' accounts, and what each of them allows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from generation import dispatch, limits
from generation.api.auth import ApiRequest
from generation.api.idempotency import once
from generation.api.paging import Page, Paging, paged
from generation.api.v1.staff.rights import Staff, note
from generation.api.v1.values import Body
from generation.errors import Refusal
from generation.models import Account, Call, Limit, Outcome, Unit
from generation.models.clock import database_now
from generation.models.keys import MINUTE
from generation.windows import LimitState

router = Router()

MOST = 2_147_483_647
"""What a column of whole numbers holds."""
PRINTABLE = r"^[^\x00-\x1f]*$"
"""One line of text."""

# --- shapes ----------------------------------------------------------------------------------------------------------

LIMIT_EXAMPLE: dict[str, Any] = {
    "model": "",
    "unit": "requests",
    "amount": 9,
    "seconds": 60,
    "midnight": "",
    "burst": 0,
}


class LimitChange(Body):
    """What is left out stays as it is."""

    model_config = {"json_schema_extra": {"examples": [{"amount": 15}]}}

    model: str = Field(default_factory=str, max_length=120, pattern=PRINTABLE, description="Empty: all together.")
    unit: Unit = Field(default_factory=lambda: Unit.REQUESTS)
    amount: Annotated[int, Field(ge=0, le=MOST)] | None = Field(
        default_factory=lambda: None, description="0: the model may not be used; null: not known, and not counted."
    )
    seconds: int = Field(default_factory=lambda: MINUTE, ge=1, le=MOST, description="60 for a minute, 86400 for a day.")
    midnight: str = Field(
        default_factory=str,
        max_length=40,
        pattern=PRINTABLE,
        description="Time zone in which a day begins; empty: any stretch of that length counts.",
    )
    burst: int = Field(
        default_factory=int, ge=0, le=MOST, description="Starts at once, spaced evenly beyond; 0: the whole amount."
    )


class NewLimit(LimitChange):
    """Of all models, requests and a minute, unless it says otherwise."""

    model_config = {"json_schema_extra": {"examples": [LIMIT_EXAMPLE]}}

    amount: Annotated[int, Field(ge=0, le=MOST)] | None = Field(
        description="0: the model may not be used; null: not known, and not counted."
    )


class LimitOut(Schema):
    """How a limit stands now."""

    id: int = Field(examples=[4])
    account: int
    model: str
    unit: Unit
    amount: int | None
    seconds: int
    midnight: str
    burst: int
    used: int | None = Field(description="Units of the window that are taken; null where nothing is counted.")
    room: int | None = Field(description="Units that may start now; null where nothing is counted.")
    free_at: datetime | None = Field(None, description="When the next unit may start, where none may now.")
    cooling_until: datetime | None = Field(None, description="Until when the vendor wants to be left alone.")
    cooling_reason: str
    learned_at: datetime | None = Field(None, description="When a refusal taught us the amount or the burst.")


class AccountOut(Schema):
    """A vendor's account or project. All its keys share its limits."""

    id: int = Field(examples=[2])
    provider: str = Field(examples=["gemini"])
    name: str = Field(examples=["studio"])
    note: str
    max_parallel: int | None = Field(description="Calls in flight at once; null: any number.")
    in_flight: int
    stopped_reason: str = Field(description="Why nothing is asked of it until staff say so; empty: it is asked.")
    limits: list[LimitOut]


def limit_out(state: LimitState, now: datetime) -> dict[str, Any]:
    limit, counted, cooling = state.limit, state.limit.amount is not None, state.limit.is_cooling(now)
    fields = {name: getattr(limit, name) for name in (*LIMIT_EXAMPLE, "learned_at")}
    return fields | {
        "id": limit.pk,
        "account": limit.account_id,
        "used": state.used if counted else None,
        "room": state.room if counted else None,
        "free_at": state.free_at,
        "cooling_until": limit.cooling_until if cooling else None,
        "cooling_reason": limit.cooling_reason if cooling else "",
    }


# --- accounts --------------------------------------------------------------------------------------------------------


def accounts_out(accounts: Iterable[Account]) -> list[dict[str, Any]]:
    """A constant number of queries for any number of them."""
    accounts, now = list(accounts), database_now()
    flying = Counter(Call.objects.filter(account__in=accounts, outcome=Outcome.SENT).values_list("account", flat=True))
    states: Mapping[int, list[LimitState]] = limits.load(accounts, now)
    return [
        {
            **{name: getattr(account, name) for name in ("provider", "name", "note", "max_parallel", "stopped_reason")},
            "id": account.pk,
            "in_flight": flying[account.pk],
            "limits": [limit_out(state, now) for state in states[account.pk]],
        }
        for account in accounts
    ]


SEES = Staff("view_account", "view_limit")


@router.get("/accounts", response=Page[AccountOut], auth=SEES, summary="All accounts")
def list_accounts(request: ApiRequest, paging: Query[Paging]) -> Any:
    """All accounts, with how much of their limits is used now and what they wait for."""
    page = paged(Account.objects.all(), paging, by="pk")
    return page | {"items": accounts_out(page["items"])}


@router.get("/accounts/{int:account_id}", response=AccountOut, auth=SEES, summary="An account")
def get_account(request: ApiRequest, account_id: int) -> Any:
    """One account."""
    return accounts_out([get_object_or_404(Account, pk=account_id)])[0]


# --- limits ----------------------------------------------------------------------------------------------------------


@router.post(
    "/accounts/{int:account_id}/limits", response={201: LimitOut}, auth=Staff("add_limit"), summary="Set a limit"
)
@once
def add_limit(request: ApiRequest, account_id: int, body: NewLimit) -> Any:
    """Set a limit. It counts from the next call on, with what was sent in its window before."""
    limit = Limit(account=get_object_or_404(Account, pk=account_id))
    with transaction.atomic():
        save(limit, body.dict())
        note(request, limit, ADDITION, "Set.")
    return Status(201, standing(limit))


@router.patch("/limits/{int:limit_id}", response=LimitOut, auth=Staff("change_limit"), summary="Change a limit")
def change_limit(request: ApiRequest, limit_id: int, body: LimitChange) -> Any:
    """Change what is named and nothing else."""
    limit = get_object_or_404(Limit, pk=limit_id)
    changes = body.dict(exclude_unset=True)
    if changes:
        with transaction.atomic():
            save(limit, changes, list(changes))
            note(request, limit, CHANGE, f"Changed: {', '.join(changes)}.")
    return standing(limit)


@router.delete("/limits/{int:limit_id}", response={204: None}, auth=Staff("delete_limit"), summary="Take a limit away")
def delete_limit(request: ApiRequest, limit_id: int) -> Any:
    """Take a limit away: nothing is counted by it any more."""
    limit = get_object_or_404(Limit, pk=limit_id)
    with transaction.atomic():
        note(request, limit, DELETION, "Taken away.")
        limit.delete()
        dispatch.ring_on_commit()
    return Status(204, None)


def save(limit: Limit, changes: Mapping[str, Any], only: list[str] | None = None) -> None:
    """Only what was named, for a claim may have learned of a refusal since the row was read.

    Raises ValidationError for a time zone that there is not, Refusal where the account has such a limit already.
    """
    for name, value in changes.items():
        setattr(limit, name, value)
    limit.clean_fields()
    try:
        with transaction.atomic():
            limit.save(update_fields=only)
            dispatch.ring_on_commit()
    except IntegrityError:
        raise Refusal("The account has a limit of this model, unit and length already: change that one.") from None


def standing(limit: Limit) -> dict[str, Any]:
    now = database_now()
    states = limits.load([limit.account], now)[limit.account_id]
    return next(limit_out(state, now) for state in states if state.limit.pk == limit.pk)
