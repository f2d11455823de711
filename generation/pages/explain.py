"""One take explained: what was sent, with what, what came of it, and what it cost."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from generation import attaching, planning
from generation.attaching import Attached, Place
from generation.errors import Charged
from generation.inputs import drafts_of, picture_of
from generation.models import Call, Engine, Frame, Outcome, Take, TakeKind
from generation.pages import cards, dollars, failures, wording
from generation.pages.along import Input, load_along
from generation.pages.cards import PictureView, picture_view
from generation.pages.facts import reasons_to_hand_on
from generation.pages.failures import Failure
from generation.pages.takes import Origin, origins
from generation.pages.wording import State
from generation.providers.redaction import redact
from storyboards.models import Project

SECRET = re.compile(r"key|secret|token|password|auth|credential", re.IGNORECASE)
"""Names of options whose value is nobody's business."""
TOKENS = {
    "text_in": "tokens of text sent",
    "image_in": "tokens of pictures sent",
    "text_out": "tokens of text answered",
    "image_out": "tokens of pictures answered",
}


@dataclass(frozen=True)
class Rights:
    """Who pays may see money and the vendor's ids; who looks after keys may see which one was used."""

    costs: bool
    keys: bool

    @classmethod
    def of(cls, user: User | AnonymousUser, project: Project) -> "Rights":
        costs = user.is_staff and user.has_perm("generation.view_call")
        keys = user.is_staff and user.has_perm("generation.view_apikey")
        return cls(costs or Project.objects.editable_by(user).filter(pk=project.pk).exists(), keys)


@dataclass(frozen=True)
class Attempt:
    """One call. What this person may not see is empty; `seconds`: until the vendor's answer."""

    call: Call
    number: int
    state: State
    seconds: float | None
    error: str
    said: str
    money: str
    usage: list[str]
    key: str
    account: str
    remote_id: str


@dataclass(frozen=True)
class Explanation:
    """`options`: name and value; `loras`: name, role and strength. Both are told to those who may see costs. `origin`:
    where its picture was before, where it existed already."""

    take: Take
    engine: Engine
    number: int
    state: State
    picture: PictureView | None
    failure: Failure | None
    stand_in: str
    model: str
    size: str
    sent: "Sent"
    attempts: list[Attempt]
    rights: Rights
    cost: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)
    loras: list[tuple[str, str, str]] = field(default_factory=list)
    origin: Origin | None = None

    @property
    def own(self) -> bool:
        """Somebody brought it: nothing was sent."""
        return self.take.kind == TakeKind.UPLOAD

    @property
    def waited(self) -> float | None:
        """Seconds from being ready to the last start."""
        if self.take.ready_at is None or self.take.started_at is None:
            return None
        return max(0.0, (self.take.started_at - self.take.ready_at).total_seconds())


def load_explanation(take: Take, user: User | AnonymousUser, shares: tuple[int, ...] = ()) -> Explanation:
    """`take` has its frame, run, project, engines and pictures at hand."""
    run = take.run
    engine = take.engine or run.engine
    rights = Rights.of(user, run.project)
    calls = list(take.calls.select_related("engine", "key", "account", "take").order_by("pk"))
    options = planning.options_of(run, engine) if rights.costs else {}
    width, height = planning.size_of(run, engine)
    return Explanation(
        take=take,
        engine=engine,
        number=take.frame.takes.filter(pk__lte=take.pk).count(),
        state=wording.take_state(take),
        picture=picture_view(take),
        failure=failures.failure_of(take, calls[-1] if calls else None),
        stand_in=cards.stand_in(run, take, reasons_to_hand_on(calls)),
        model=run.snapshot["model"] if take.engine is None else engine.model,
        size=f"{width}×{height}",
        sent=_sent(take, engine),
        attempts=[_attempt(call, number, rights) for number, call in enumerate(calls, start=1)],
        rights=rights,
        cost=dollars.cost_of_calls(calls) if rights.costs else "",
        options=list(_plain(options)),
        loras=list(_loras(options)),
        origin=origins([take], user, shares).get(take.pk),
    )


# --- what was sent ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """The text and the pictures. `kept`: as they were sent; else nothing came, and this is how they stand now."""

    prompt: str
    inputs: list[Input]
    kept: bool = True


def _sent(take: Take, engine: Engine) -> Sent:
    if take.kind == TakeKind.UPLOAD:
        return Sent("", [])
    if take.original_id is None:
        return _as_things_stand(take, engine)
    source = take.source_take.frame if take.source_take else None
    if source is not None:
        source.chosen = take.source_take
    along = load_along(take.run, [take.frame])
    return Sent(take.prompt, [along.show(picture, take.frame, source) for picture in _went_along(take, engine, source)])


def _went_along(take: Take, engine: Engine, source: Frame | None) -> list[Attached]:
    """Those that the prompt speaks of, which is kept; one that speaks of none had the usual ones."""
    run = take.run
    characters = attaching.named_characters(run.snapshot, [take.prompt])
    draft = drafts_of(run, [take.frame]).get(take.frame.step_id, "") if attaching.asks_for_more(run.snapshot) else ""
    place = Place(picture_of(source), draft, number=run.snapshot.get("reanchor") or 0)
    possible = attaching.wanted(run.snapshot, run.strategy, characters, place)
    told = [picture for picture in possible if picture.meaning in take.prompt]
    return told or attaching.taken(
        attaching.wanted(run.snapshot, run.strategy, characters, replace(place, number=0)), engine.abilities
    )


def _as_things_stand(take: Take, engine: Engine) -> Sent:
    """What is sent is kept with the picture that came of it: here there is none (yet)."""
    run = take.run
    frames = planning.run_frames(run)
    frame = next((frame for frame in frames if frame.pk == take.frame_id), None)
    if frame is None:  # its step has left the list
        return Sent("", [], kept=False)
    texts = planning.frame_texts(run, frames)
    inputs = planning.current_inputs(run, frames, texts)[frame.pk]
    attached = planning.references(engine, inputs)
    prompt = planning.build_prompt(run, frame, texts, inputs, attached, len(frames))
    along = load_along(run, [frame])
    return Sent(prompt, [along.show(picture, frame, inputs.source) for picture in attached], kept=False)


# --- calls -----------------------------------------------------------------------------------------------------------


def _attempt(call: Call, number: int, rights: Rights) -> Attempt:
    return Attempt(
        call=call,
        number=number,
        state=_outcome(call),
        seconds=call.provider_seconds,
        error=failures.happened(call.error_code) if call.error_code else "",
        said=call.error_message,
        money=_money(call) if rights.costs else "",
        usage=_usage(call.usage) if rights.costs else [],
        key=str(call.key) if rights.keys and call.key else "",
        account=str(call.account) if rights.keys and call.account else "",
        remote_id=call.remote_id if rights.costs else "",
    )


def _outcome(call: Call) -> State:
    keys = {Outcome.SUCCEEDED: "completed", Outcome.SENT: "generating"}
    since = call.sent_at if call.outcome == Outcome.SENT else None
    return State(keys.get(Outcome(call.outcome), "failed"), call.get_outcome_display().capitalize(), since=since)


def _money(call: Call) -> str:
    cost = dollars.cost_of_calls([call])
    return {Charged.NO: "not charged", Charged.MAYBE: f"maybe charged: {cost}"}.get(
        Charged(call.charged or "yes"), cost
    )


def _usage(usage: Mapping[str, Any]) -> list[str]:
    return [
        f"{count / 1000:.1f} s of the vendor's machine"
        if name == "milliseconds"
        else f"{count} {TOKENS.get(name, name.replace('_', ' '))}"
        for name, count in usage.items()
    ]


# --- options ---------------------------------------------------------------------------------------------------------


def _plain(options: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Without secrets and addresses; a workflow's graph is staff's to read in the admin."""
    for name, value in options.items():
        if name not in ("loras", "workflow"):
            yield (
                name,
                "(hidden)" if SECRET.search(name) else redact(json.dumps(value, ensure_ascii=False, default=str)),
            )


def _loras(options: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    stack = options.get("loras")
    for place in stack if isinstance(stack, Sequence) else ():
        if isinstance(place, Mapping):
            yield str(place.get("file", "")), str(place.get("role", "")), f"{place.get('weight', 1)}"
