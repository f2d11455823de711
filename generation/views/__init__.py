"""The board, its frames and the queue. Each view's first line fetches what this person may see."""

from generation.views.board import board, board_changes
from generation.views.explain import explain
from generation.views.exports import export_file, exports
from generation.views.frames import frame, frame_upload
from generation.views.operations import engines, operations, switch_release, switch_throw
from generation.views.pictures import picture
from generation.views.prompts import prompts
from generation.views.queue import queue
from generation.views.repair import run_repair
from generation.views.starting import run_start
from generation.views.tokens import token_revoke, tokens
from generation.views.verbs import frame_verb, run_verb, take_verb

__all__ = [
    "board",
    "board_changes",
    "engines",
    "explain",
    "export_file",
    "exports",
    "frame",
    "frame_upload",
    "frame_verb",
    "operations",
    "picture",
    "prompts",
    "queue",
    "run_repair",
    "run_start",
    "run_verb",
    "switch_release",
    "switch_throw",
    "take_verb",
    "token_revoke",
    "tokens",
]
