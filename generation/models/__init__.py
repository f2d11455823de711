"""Everything the machine does: engines, runs of frames and takes, calls to vendors, events, workers."""

from generation.models.calls import Call, Outcome
from generation.models.engines import Engine, StyleEngine
from generation.models.events import Event, EventStream
from generation.models.ops import Worker
from generation.models.runs import (
    ACTIVE,
    OPEN,
    Frame,
    Hold,
    RunStatus,
    Status,
    Strategy,
    StyleRun,
    Take,
    TakeKind,
)

__all__ = [
    "ACTIVE",
    "OPEN",
    "Call",
    "Engine",
    "Event",
    "EventStream",
    "Frame",
    "Hold",
    "Outcome",
    "RunStatus",
    "Status",
    "Strategy",
    "StyleEngine",
    "StyleRun",
    "Take",
    "TakeKind",
    "Worker",
]
