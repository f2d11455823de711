"""Staying with a run until it ends, for programs that want to have its pictures at once."""

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack

from django.db import connection

from generation import holds, jobs
from generation.models import Frame, Status, StyleRun, Switch, Worker
from generation.pages import wording
from generation.worker import lent_hand
from storyboards.models import Project

POLL_SECONDS = 0.5
"""Between two looks at the run."""


def follow(run: StyleRun, seconds: float, ended: Callable[[int], None]) -> str:
    """Wait until all pictures of the run have ended, well or not; `ended` hears of each, by its frame.

    Where no worker lives they are made here, one after another. Returns why it is no use to wait longer, in words, and
    nothing where all have ended. Whatever is not made then stays wanted.
    """
    deadline = time.monotonic() + seconds
    waiting = set(run.frames.current().values_list("pk", flat=True))
    here = False
    with ExitStack() as hand:
        while True:
            if not here and not somebody_works():
                hand.enter_context(lent_hand())
                here = True
            made = here and jobs.make_next_of(run)
            for frame in _ended(waiting):
                waiting.discard(frame)
                ended(frame)
            if not waiting:
                return ""
            if why := _no_use(run, deadline - time.monotonic(), seconds):
                return why
            if not made:
                connection.close()
                time.sleep(POLL_SECONDS)


def somebody_works() -> bool:
    return Worker.objects.alive().filter(threads__gt=0, draining=False).exists()


def _ended(frames: Iterable[int]) -> list[int]:
    """Those of which nothing is wanted any more, in order."""
    settled = Frame.objects.filter(pk__in=list(frames)).without_open_take().order_by("position")
    return list(settled.values_list("pk", flat=True))


def _no_use(run: StyleRun, left: float, seconds: float) -> str:
    return stopped(run) or (f"Not made within {seconds:.0f} s" if left <= 0 else "")


def stopped(run: StyleRun) -> str:
    """Why nothing of it is made, if only a person can change that; "" as long as a picture is under way."""
    run.refresh_from_db()
    return "" if run.takes.filter(status=Status.GENERATING).exists() else held(run, holds.stopped_providers())


def held(run: StyleRun, switches: dict[str, Switch]) -> str:
    """Why nothing of it starts; "" where nothing holds it. Its engine should be at hand."""
    if state := wording.hold_state(run):
        return state.sentence()
    switch = holds.stops(run.engine, switches)
    return f"On hold: {switch}" if switch else ""


def made_later(project: Project) -> str:
    """What somebody is told who goes without the picture."""
    return f"Nothing is lost: it is made as soon as it can be, and then lies at {project.public_url()}."
