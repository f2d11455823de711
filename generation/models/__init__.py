"""Everything the machine does: engines, keys and money, runs of frames and takes, calls to vendors, events, workers."""

from generation.models.access import ApiToken, IdempotencyKey, Scope
from generation.models.calls import Call, Outcome
from generation.models.caps import Cap
from generation.models.engines import Engine, EngineLora, Lora, LoraRole, StyleEngine, Workflow
from generation.models.events import Event, EventStream
from generation.models.keys import Account, ApiKey, KeyPool, Limit, Unit
from generation.models.money import Budget, Period, Price
from generation.models.ops import Export, ExportStatus, Switch, Worker
from generation.models.runs import (
    ACTIVE,
    LOST,
    OPEN,
    Frame,
    Gate,
    Hold,
    RunStatus,
    Status,
    Strategy,
    StyleRun,
    Take,
    TakeKind,
)
from generation.models.sessions import SequenceSession

__all__ = [
    "ACTIVE",
    "LOST",
    "OPEN",
    "Account",
    "ApiKey",
    "ApiToken",
    "Budget",
    "Call",
    "Cap",
    "Engine",
    "EngineLora",
    "Event",
    "EventStream",
    "Export",
    "ExportStatus",
    "Frame",
    "Gate",
    "Hold",
    "IdempotencyKey",
    "KeyPool",
    "Limit",
    "Lora",
    "LoraRole",
    "Outcome",
    "Period",
    "Price",
    "RunStatus",
    "Scope",
    "SequenceSession",
    "Status",
    "Strategy",
    "StyleEngine",
    "StyleRun",
    "Switch",
    "Take",
    "TakeKind",
    "Unit",
    "Worker",
    "Workflow",
]
