"""States, failures and estimates in words for people. Pure: rows in, words out, no query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from generation.models import Cap, Engine, Frame, Hold, RunStatus, Status, StyleRun, Take, TakeKind
from generation.pages.stops import Stop

ENOUGH_OBSERVATIONS = 3
"""Calls an estimate is based on at least; under it we say that we do not know."""


def clock(moment: datetime) -> str:
    """The time alone where it is today's, else with its day."""
    local = timezone.localtime(moment)
    return f"{local:%H:%M:%S}" if local.date() == timezone.localdate() else f"{local:%-d %b, %H:%M}"


@dataclass(frozen=True)
class State:
    """How things stand: `key` names icon and colour, `word` says it, `detail` says why, `more` goes on after the time;
    times are the reader's own."""

    key: str
    word: str
    detail: str = ""
    until: datetime | None = None
    since: datetime | None = None
    more: str = ""

    def sentence(self) -> str:
        return f"{self.word}: {self.detail}" if self.detail else self.word

    def whole(self) -> str:
        """With its time: "Waiting: rate limit until 12:03:20"."""
        until = clock(self.until) if self.until else ""
        because = " ".join(filter(None, (self.detail, until)))
        return ": ".join(filter(None, (self.word, because, self.more)))


@dataclass(frozen=True)
class Circumstances:
    """What a frame's state depends on besides itself.

    `engine` is what makes it. `place`: its place among all that wait for the engine, from 1. `source`: the step it is
    made from ("step 3", "beat 1.2"). `gate`: what has to be approved before its turn comes, for those behind the gate;
    `judged`: its run waits until somebody has approved this very picture. `limit`: until when the engine waits for a
    rate limit; `stop`: what keeps it from being asked. `cap`: how many pictures the owner may have made at once, where
    so many are.
    """

    run: StyleRun
    engine: Engine
    now: datetime
    workers: bool = True
    place: int | None = None
    source: str = ""
    gate: str = ""
    judged: bool = False
    limit: datetime | None = None
    stop: Stop | None = None
    cap: int | None = None


def frame_state(frame: Frame, take: Take | None, around: Circumstances) -> State:
    """`take` is the frame's open one, else its latest."""
    if take is not None and take.status == Status.GENERATING:
        return State("generating", "Being made", since=take.started_at)
    if take is not None and take.status == Status.PENDING:
        return _pending(take, around)
    if around.judged:
        return State("approval", "Waiting for approval")
    return _settled(frame)


def _settled(frame: Frame) -> State:
    if frame.chosen is not None:
        return _READY.get(frame.chosen.kind, State("completed", "Ready"))
    if frame.status == Status.FAILED:
        return State("failed", "Failed")
    if frame.status == Status.CANCELLED:
        return State("cancelled", "Cancelled")
    return State("none", "Not made yet")


_READY: dict[str, State] = {
    TakeKind.REUSE: State("reused", "Ready", "existed already, free"),
    TakeKind.UPLOAD: State("own", "Ready", "own picture"),
}


def _pending(take: Take, around: Circumstances) -> State:
    """The first reason that holds, the farthest-reaching first."""
    held = hold_state(around.run, around.stop)
    if held is not None and held.key != "approval":
        return held
    if take.ready_at is None:
        before = f"approval of {around.gate}" if around.gate else around.source or "the picture before"
        return State("waiting", "Waiting", f"for {before}")
    if around.limit is not None:
        return State("waiting", "Waiting", "rate limit until", until=around.limit)
    if take.not_before is not None and take.not_before > around.now:
        why = "rate limit until" if take.error_code == "rate_limited" else f"{_short(take.error_code)}; next try at"
        return State("waiting", "Waiting", why, until=take.not_before)
    return _in_queue(around)


def _in_queue(around: Circumstances) -> State:
    """It could begin at once, but for others."""
    if not around.workers:
        return State("queued", "Queued", "no worker is running")
    if around.cap is not None:
        return capped(around.cap)
    return State("queued", "Queued", f"position {around.place}" if around.place else "")


def capped(most: int) -> State:
    """Of what waits because its owner has as many pictures being made as he may."""
    return State("waiting", "Waiting", f"your limit of {amount(most)} at once")


def allowed(cap: Cap) -> str:
    """What a person may have going at once, as a sentence; empty: any."""
    pictures = [f"{amount(cap.max_parallel)} made"] if cap.max_parallel else []
    runs = [f"{amount(cap.max_runs, 'run')} going"] if cap.max_runs else []
    words = listing([*pictures, *runs])
    return f"You may have {words} at once." if words else ""


def hold_state(run: StyleRun, stop: Stop | None = None) -> State | None:
    """Why nothing of this run starts, or None where nothing holds it. `stop`: the switch that is thrown for it."""
    if run.status == RunStatus.PAUSED or run.hold == Hold.PERSON:
        return State("paused", "Paused", run.hold_reason)
    if run.hold == Hold.APPROVAL:
        return State("approval", "Waiting for approval", run.hold_reason)
    if run.hold:
        return State("held", "On hold", run.hold_reason or run.get_hold_display())
    if stop is not None:
        return State("held", "On hold", stop.who, until=stop.at, more=stop.reason)
    return None


# --- runs ------------------------------------------------------------------------------------------------------------


def run_state(run: StyleRun, stop: Stop | None = None) -> State:
    """By its status alone; `moving_state` knows more of one that is being made."""
    held = hold_state(run, stop) if run.is_active else None
    if held is not None:
        return held
    return {
        RunStatus.NOT_STARTED: State("not_started", "Not started"),
        RunStatus.GENERATING: State("generating", "Being made"),
        RunStatus.COMPLETED: State("completed", "Complete"),
        RunStatus.COMPLETED_WITH_ERRORS: State("completed_with_errors", "Complete with gaps"),
        RunStatus.FAILED: State("failed", "Failed"),
        RunStatus.CANCELLED: State("cancelled", "Cancelled"),
    }[RunStatus(run.status)]


def moving_state(
    run: StyleRun,
    *,
    running: int,
    done: int,
    workers: bool = True,
    limit: datetime | None = None,
    next_try: datetime | None = None,
    stop: Stop | None = None,
) -> State:
    """Of a run whose pictures in flight are counted. Before its first picture it waits; between two it is made."""
    state = run_state(run, stop)
    if state.key != "generating" or running:
        return state
    if limit is not None:
        return State("waiting", "Waiting", "rate limit until", until=limit)
    if not workers:
        return State("queued", "Queued", "no worker is running")
    if next_try is not None:
        return State("waiting", "Waiting", "next try at", until=next_try)
    return state if done else State("queued", "Queued")


def progress_line(done: int, total: int) -> str:
    return f"Generating images: {done}/{total} ({percent(done, total)}%)"


def percent(done: int, total: int) -> int:
    """Rounded down: 100 means all of them."""
    return 100 * done // total if total else 0


def summary(done: int, failed: int, running: int, total: int) -> str:
    """One line that tells how far it is; partial success is normal and reads so."""
    parts = [f"{done} of {total} done"]
    if failed:
        parts.append(f"{failed} failed")
    if running:
        parts.append(f"{running} being made")
    return ", ".join(parts)


SLOW = "longer than usual"
"""In the place of an estimate that has proved wrong."""


def time_left(seconds: float | None, observations: int) -> str:
    """`seconds` None: nothing is left to wait for, or nobody can say."""
    if observations < ENOUGH_OBSERVATIONS or seconds is None:
        return "estimating the time left"
    return f"{duration(seconds)} left (based on the last {observations} images)"


def duration(seconds: float) -> str:
    """Rough on purpose: "under 5 s", "about 40 s", "about 3 min", "about 2 h"."""
    if seconds < 5:
        return "under 5 s"
    if seconds < 90:
        return f"about {round(seconds / 5) * 5} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    return f"about {round(seconds / 3600)} h"


def listing(words: Sequence[str]) -> str:
    """ "2", "2 and 3", "2, 3 and 4"."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def amount(count: int, noun: str = "picture") -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def take_state(take: Take) -> State:
    """Of one take by itself, without what it waits for."""
    words = {"pending": "Waiting", "generating": "Being made", "completed": "Ready", "failed": "Failed"}
    key = "waiting" if take.status == Status.PENDING else take.status
    since = take.started_at if take.status == Status.GENERATING else None
    return State(key, words.get(take.status, "Cancelled"), since=since)


def _short(code: str) -> str:
    return {
        "no_picture": "no picture came",
        "empty_answer": "the answer was empty",
        "malformed_answer": "the answer made no sense",
        "key_refused": "the key was refused",
        "no_money": "the account has no credit left",
        "not_allowed": "the account may not use the model",
        "job_failed": "the provider's machine broke off",
        "unavailable": "the provider was not reached",
        "outcome_unknown": "no answer came",
        "bad_picture": "the picture was damaged",
    }.get(code, "the last try failed")
