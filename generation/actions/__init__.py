"""The verbs that people have. Page, admin and API call these functions and nothing else.

Each is one transaction. A verb that makes no sense now raises `Refusal` with words for the person and changes nothing.
"""

from generation.actions.common import is_wanted, locked_run
from generation.actions.of_frames import (
    approve_frame,
    cancel_frame,
    candidates,
    lock,
    regenerate,
    regenerate_following,
    retry,
    unapprove_frame,
    unlock,
    upload,
)
from generation.actions.of_runs import (
    approve,
    cancel,
    cancel_all,
    go_on,
    pause,
    remake_stale,
    resume,
    retry_failed,
    ungate,
    update,
    without_picture,
)
from generation.actions.of_takes import approve_take, bring_back, choose, put_away
from generation.actions.starting import branch, finalize, start, usual_engine
from generation.actions.switches import release_switch, throw_switch
from generation.actions.turns import prefer, to_front, usual_turn

__all__ = [
    "approve",
    "approve_frame",
    "approve_take",
    "branch",
    "bring_back",
    "cancel",
    "cancel_all",
    "cancel_frame",
    "candidates",
    "choose",
    "finalize",
    "go_on",
    "is_wanted",
    "lock",
    "locked_run",
    "pause",
    "prefer",
    "put_away",
    "regenerate",
    "regenerate_following",
    "release_switch",
    "remake_stale",
    "resume",
    "retry",
    "retry_failed",
    "start",
    "throw_switch",
    "to_front",
    "unapprove_frame",
    "ungate",
    "unlock",
    "update",
    "upload",
    "usual_engine",
    "usual_turn",
    "without_picture",
]
