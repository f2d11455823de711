"""One take explained: what was sent, with what, what came of it, and what it cost."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from generation import planning, runner
from generation.errors import Charged
from generation.models import Call, Engine, Frame, Outcome, Take
from generation.pages import cards, dollars, wording
from generation.pages.cards import PictureView, picture_view
from generation.pages.facts import reasons_to_hand_on
from generation.pages.wording import Failure, State
from generation.providers.base import ReferenceRole
from generation.providers.redaction import redact
from storyboards.models import Picture, Project

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
class Input:
    """A picture that went with the prompt. `address` is empty where that very picture is no longer to be had."""

    words: str
    address: str = ""
    page: str = ""


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
    """`options`: name and value; `loras`: name, role and strength. Both are told to those who may see costs."""

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

    @property
    def waited(self) -> float | None:
        """Seconds from being ready to the last start."""
        if self.take.ready_at is None or self.take.started_at is None:
            return None
        return max(0.0, (self.take.started_at - self.take.ready_at).total_seconds())


def load_explanation(take: Take, user: User | AnonymousUser) -> Explanation:
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
        failure=wording.failure_of(take, calls[-1] if calls else None),
        stand_in=cards.stand_in(run, take, reasons_to_hand_on(calls)),
        model=run.snapshot["model"] if take.engine is None else engine.model,
        size=f"{width}×{height}",
        sent=_sent(take, engine),
        attempts=[_attempt(call, number, rights) for number, call in enumerate(calls, start=1)],
        rights=rights,
        cost=dollars.cost_of_calls(calls) if rights.costs else "",
        options=list(_plain(options)),
        loras=list(_loras(options)),
    )


# --- what was sent ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """The text and the pictures. `kept`: as they were sent; else nothing came, and this is how they stand now."""

    prompt: str
    inputs: list[Input]
    kept: bool = True


def _sent(take: Take, engine: Engine) -> Sent:
    if take.original_id is None:
        return _as_things_stand(take, engine)
    if take.source_take is None:
        return Sent(take.prompt, _references(take, engine))
    before = take.source_take
    return Sent(take.prompt, [_picture_before(before.frame, before.pk)])


def _as_things_stand(take: Take, engine: Engine) -> Sent:
    """What is sent is kept with the picture that came of it: here there is none (yet)."""
    run = take.run
    frames = planning.run_frames(run)
    frame = next((frame for frame in frames if frame.pk == take.frame_id), None)
    if frame is None:  # its step has left the list
        return Sent("", [], kept=False)
    texts = planning.frame_texts(run, frames)
    inputs = planning.current_inputs(run, frames, texts)[frame.pk]
    prompt = runner.build_prompt(run, frame, texts, inputs)
    if inputs.source is None or inputs.source.chosen_id is None:
        return Sent(prompt, _references(take, engine), kept=False)
    return Sent(prompt, [_picture_before(inputs.source, inputs.source.chosen_id)], kept=False)


def _picture_before(frame: Frame, take_id: int) -> Input:
    words = f"The picture before: step {cards.label(frame.step, frame.position)}"
    return Input(words, reverse("picture", args=[take_id, "thumbnail"]), frame.get_absolute_url())


def _references(take: Take, engine: Engine) -> list[Input]:
    """What a chain's first picture goes by."""
    return [_reference(take, role, sha256) for role, sha256 in planning.references(take.run, engine, None)]


def _reference(take: Take, role: ReferenceRole, sha256: str) -> Input:
    style, project = take.run.style, take.run.project
    known: Mapping[ReferenceRole, tuple[str, Picture | None, str]] = {
        ReferenceRole.STYLE: (
            f"The reference picture of “{style}”",
            style.reference_picture,
            reverse("style_reference", args=[style.slug]),
        ),
        ReferenceRole.CONCEPT: (
            "The concept: the finished thing",
            project.concept_picture,
            reverse("concept_thumbnail", args=[project.pk]),
        ),
    }
    words, picture, address = known[role]
    if picture is None or picture.sha256 != sha256:
        return Input(f"{words}, as it was then")
    return Input(words, address)


# --- calls -----------------------------------------------------------------------------------------------------------


def _attempt(call: Call, number: int, rights: Rights) -> Attempt:
    return Attempt(
        call=call,
        number=number,
        state=_outcome(call),
        seconds=call.provider_seconds,
        error=wording.happened(call.error_code) if call.error_code else "",
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
