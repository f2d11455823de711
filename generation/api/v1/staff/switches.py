"""The emergency switches: thrown and released by the same verbs as everywhere else."""

from datetime import datetime
from typing import Annotated, Any

from django.contrib.admin.models import ADDITION, DELETION
from django.db import transaction
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Router, Schema, Status

from generation import commands
from generation.api.auth import ApiRequest
from generation.api.idempotency import once
from generation.api.paging import Whole
from generation.api.v1.staff.accounts import PRINTABLE
from generation.api.v1.staff.rights import Staff, note
from generation.api.v1.values import Body
from generation.models import Switch

router = Router()


class NewSwitch(Body):
    model_config = {"json_schema_extra": {"examples": [{"provider": "all", "reason": "The bill looks wrong."}]}}

    provider: str = Field(commands.ALL, max_length=40, description="One provider, or “all” that cost money.")
    reason: str = Field("", max_length=300, pattern=PRINTABLE, description="Everybody reads it while it lasts.")


class SwitchOut(Schema):
    """While it is there no call of its provider is started."""

    provider: str = Field(examples=["all"])
    reason: str
    thrown_by: str = Field(examples=["carla"])
    thrown_at: datetime


def switch_out(switch: Switch) -> dict[str, Any]:
    return {
        "provider": switch.provider or commands.ALL,
        "reason": switch.reason,
        "thrown_by": str(switch.thrown_by or ""),
        "thrown_at": switch.thrown_at,
    }


@router.get("/switches", response=Whole[SwitchOut], auth=Staff("view_switch"), summary="What is paused")
def list_switches(request: ApiRequest) -> Any:
    """What is paused now. There is at most one switch for each provider, and one for all that cost money."""
    return {"items": [switch_out(switch) for switch in Switch.objects.select_related("thrown_by")]}


@router.post("/switches", response={201: SwitchOut}, auth=Staff("add_switch"), summary="Pause a provider")
@once
def throw(request: ApiRequest, body: NewSwitch) -> Any:
    """Start no call of this provider any more. Calls in flight finish, and what they bring is kept."""
    with transaction.atomic():
        commands.throw_switch(request.auth.user, body.provider, body.reason)
        switch = Switch.objects.select_related("thrown_by").get(provider=commands.stored(body.provider))
        note(request, switch, ADDITION, "Thrown.")
    return Status(201, switch_out(switch))


@router.delete(
    "/switches/{provider}", response={204: None}, auth=Staff("delete_switch"), summary="Let a provider go on"
)
def release(
    request: ApiRequest, provider: Path[Annotated[str, Field(max_length=40, pattern=PRINTABLE, examples=["all"])]]
) -> Any:
    """Let calls start again. What waited goes on."""
    switch = get_object_or_404(Switch, provider=commands.stored(provider))
    with transaction.atomic():
        note(request, switch, DELETION, "Released.")
        commands.release_switch(request.auth.user, provider)
    return Status(204, None)
