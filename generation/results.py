"""What came of pictures that a program asked for, in values that JSON knows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.urls import reverse

from generation import money, planning
from generation.errors import InvalidRequest
from generation.models import LOST, Call, Engine, Frame, Outcome, Status, Take
from generation.pages import failures
from generation.providers.graphs import flux
from generation.providers.graphs.flux import FluxOptions

FLUX_PROVIDERS = ("comfyui", "runpod")
SCATTER = 0x9E3779B1
"""Odd, so that multiplying by it gives every number below 2³² another one."""


@dataclass(frozen=True)
class Result:
    """One picture that was asked for.

    `status` is completed, failed, cancelled, or pending where it is still to be made; `error` says why there is no
    picture. `images`: the file it was saved as, else its address. `time`: seconds the provider worked; `cost`: US
    dollars of all calls made for it, None where nobody knows.
    """

    request_id: str
    status: str
    images: list[str]
    seed: int
    style_id: int | str
    style: str
    size: str
    steps: int | None
    time: float | None
    cost: str | None
    saved_path: str | None = None
    error: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def request_id(frame_id: int) -> str:
    """What programs call a picture: computed from its frame's number, so it needs no column and is the same for ever;
    scattered, so that the names of a batch do not look alike."""
    return f"img_{frame_id * SCATTER % 2**32:08x}"


def style_id(engine: Engine) -> int | str:
    """Its number, or the slug of an engine that has none."""
    return engine.slug if engine.number is None else engine.number


def flux_options(engine: Engine, options: Mapping[str, object]) -> FluxOptions | None:
    """None for engines that build no FLUX graph. Raises InvalidRequest for options that make no sense."""
    if engine.provider not in FLUX_PROVIDERS or "workflow" in options:
        return None
    return flux.parse(options)


def result_of(frame_id: int, why_not: str = "") -> Result:
    """As things stand. `why_not`: what keeps it from being made, where it is not made yet."""
    frames = Frame.objects.select_related("step", "run__engine", "run__project", "chosen__original", "chosen__engine")
    frame = frames.get(pk=frame_id)
    take = frame.chosen or frame.takes.latest("pk")
    call = Call.objects.filter(take=take).order_by("pk").last()
    engine = frame.run.engine
    options = planning.options_of(frame.run, engine)
    picture = take.original
    shape = (picture.width, picture.height) if picture else (frame.run.snapshot["width"], frame.run.snapshot["height"])
    return Result(
        request_id=request_id(frame.pk),
        status=Status.PENDING if frame.status == Status.GENERATING else frame.status,
        images=[_address(take)] if picture else [],
        seed=take.seed,
        style_id=style_id(engine),
        style=engine.title,
        size=f"{shape[0]}x{shape[1]}",
        steps=_steps(engine, options),
        time=_seconds(call),
        cost=_cost(frame),
        error="" if picture else _why_not(frame, take, call, why_not),
        metadata=_metadata(frame, take, call, options),
    )


def _cost(frame: Frame) -> str | None:
    """None where a call was charged and nobody knows how much."""
    calls = Call.objects.filter(take__frame=frame)
    if calls.filter(outcome=Outcome.SUCCEEDED, cost=None).exists():
        return None
    return f"{money.spent_on(calls):.6f}"


def _steps(engine: Engine, options: Mapping[str, object]) -> int | None:
    try:
        parsed = flux_options(engine, options)
    except InvalidRequest:
        return None
    steps = parsed.steps if parsed else options.get("steps")
    return steps if isinstance(steps, int) else None


def _seconds(call: Call | None) -> float | None:
    return round(call.provider_seconds, 3) if call and call.provider_seconds is not None else None


def _address(take: Take) -> str:
    return f"{settings.PUBLIC_URL}{reverse('picture', args=[take.pk, 'original'])}"


def _why_not(frame: Frame, take: Take, call: Call | None, why_not: str) -> str:
    if frame.status not in LOST:
        return why_not
    failure = failures.failure(take, call)
    return " ".join(filter(None, (failure.happened, failure.said, failure.money, f"Reference: {failure.reference}.")))


def _metadata(frame: Frame, take: Take, call: Call | None, options: Mapping[str, object]) -> dict[str, Any]:
    run, made_by = frame.run, take.engine or frame.run.engine
    return {
        "prompt": take.prompt or frame.step.text(),
        "engine": made_by.slug,
        "provider": made_by.provider,
        "model": call.model if call else made_by.model,
        "loras": _loras(options),
        "attempts": take.attempts,
        "finish_reason": call.finish_reason if call else "",
        "reference": call.public_id if call else f"take-{take.pk}",
        "project": run.project.public_url(),
        "requested_at": take.created_at.isoformat(),
        "finished_at": take.finished_at.isoformat() if take.finished_at else None,
    }


def _loras(options: Mapping[str, object]) -> list[dict[str, Any]]:
    strengths = flux.lora_strengths(options["loras"]) if "loras" in options else []
    return [{"file": file, "role": role, "strength": strength} for file, role, strength in strengths]
