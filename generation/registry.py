"""Pictures by style and prompt, for programs: the registry of styles, and what makes one picture or a batch.

A style of the registry is an engine. What is asked for here goes the way of everything else: an unlisted project, a
run, takes, calls; it is in the ledger, counts for limits and budgets, and is not lost when whoever waits for it goes
away.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from generation import actions, exporting, following, readiness
from generation.errors import InvalidRequest, Refusal
from generation.exporting import Destination
from generation.models import Engine, EngineLora, Frame, Lora, LoraRole, Strategy, StyleRun
from generation.planning import Variation
from generation.providers import PROVIDERS, get_provider
from generation.results import Result, flux_options, request_id, result_of
from storyboards.editing import check_prompt, create_singles
from storyboards.models import Style
from storyboards.models.projects import AspectRatio

WIDTH, HEIGHT = 1360, 768
SIDE_STEP = 16
"""Pixels: other sizes come back smaller than asked for."""
DRAWN = -1
"""The seed that means: draw one."""
MOST_SEED = 2**31 - 1
MOST_WEIGHT = 2.0
LOOK = "as-written"
"""The style of these pictures: the prompt goes as it is written."""

CharacterLora = str | tuple[str, float]
"""A LoRA's title or file, and its weight where it is not the LoRA's own."""
Tell = Callable[[Result], None]


# --- the registry ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RegisteredStyle:
    """An engine with a number. What it does not have is None; so is the weight of characters where each LoRA has its
    own. Weights are as staff set them, before they are weighed against each other. `missing`: sentences on what must
    be set before it can make a picture."""

    number: int
    slug: str
    title: str
    provider: str
    model_file: str
    style_lora: str | None
    style_weight: float | None
    character_weight: float | None
    cinematic_lora: str | None
    cinematic_weight: float | None
    guidance: float | None
    sampler: str | None
    steps: int | None
    missing: list[str]


def styles() -> list[RegisteredStyle]:
    """In the order of their numbers."""
    listed = readiness.readiness_of_all(Engine.objects.exclude(number=None).order_by("number"))
    return [_registered(found.engine, found.missing) for found in listed]


def _registered(engine: Engine, missing: Sequence[str]) -> RegisteredStyle:
    assert engine.number is not None
    try:
        flux = flux_options(engine, engine.request_options())
    except InvalidRequest:
        flux = None  # `missing` says what is wrong
    style_lora, style_weight = _first_lora(engine, LoraRole.STYLE)
    cinematic_lora, cinematic_weight = _first_lora(engine, LoraRole.CINEMATIC)
    return RegisteredStyle(
        number=engine.number,
        slug=engine.slug,
        title=engine.title,
        provider=engine.provider,
        model_file=flux.model_file if flux else engine.model,
        style_lora=style_lora,
        style_weight=style_weight,
        character_weight=flux.character_weight if flux else None,
        cinematic_lora=cinematic_lora,
        cinematic_weight=cinematic_weight,
        guidance=flux.guidance if flux else None,
        sampler=flux.sampler if flux else None,
        steps=flux.steps if flux else None,
        missing=list(missing),
    )


def _first_lora(engine: Engine, role: str) -> tuple[str, float] | tuple[None, None]:
    """File and weight."""
    place = engine.stack.filter(lora__role=role).select_related("lora").first()
    return (place.lora.file, place.own_weight) if place else (None, None)


def _missing_settings(engine: Engine) -> list[str]:
    """Keys aside: for want of one a run waits."""
    return get_provider(engine.provider).missing(engine.model, engine.request_options())


def find_style(style: int | str) -> Engine:
    """By number, or by an engine's slug. Raises Refusal for one that there is not."""
    engines = Engine.objects.select_related("workflow")
    text = str(style).strip()
    by_number = engines.filter(number=int(text)) if text.isdecimal() and len(text) < 10 else engines.none()
    found = by_number.first() or engines.filter(slug=text).first()
    if found is None:
        numbered = engines.exclude(number=None).order_by("number")
        there = ", ".join(f"{engine.number} {engine.title}" for engine in numbered) or "none with a number yet"
        raise Refusal(f"There is no style “{text:.60}”. There are: {there}.")
    return found


# --- making ----------------------------------------------------------------------------------------------------------


def generate_image(
    prompt: str,
    style: int | str,
    width: int = WIDTH,
    height: int = HEIGHT,
    steps: int | None = None,
    seed: int = DRAWN,
    character_loras: Sequence[CharacterLora] = (),
    filename: str | None = None,
    *,
    user: User,
    output: str | Path | None = None,
    wait: float | None = None,
) -> Result:
    """Make one picture and wait for it: by a worker, or here where none lives.

    Sizes in pixels; `steps` None: the style's own; `seed` 0 … 2³¹−1, or −1 for a drawn one; `output`: the directory to
    save it in; `wait`: seconds at most. Raises Refusal, before anything is stored or sent, for what cannot be made.
    """
    to = exporting.destination(output, filename)
    order = _order([prompt], style, width, height, steps, seed, character_loras)
    return _make(order, user, to, wait, None)[0]


def generate_batch(
    prompts: Sequence[str],
    style: int | str,
    width: int = WIDTH,
    height: int = HEIGHT,
    steps: int | None = None,
    seed: int = DRAWN,
    character_loras: Sequence[CharacterLora] = (),
    *,
    user: User,
    output: str | Path | None = None,
    wait: float | None = None,
    tell: Tell | None = None,
) -> list[Result]:
    """One picture for each prompt, in their order; `tell` hears of each as it ends. Everything else as in
    `generate_image`; with the seed −1 each draws its own. One that fails does not keep the others from being made."""
    to = exporting.destination(output, None)
    order = _order(prompts, style, width, height, steps, seed, character_loras)
    return _make(order, user, to, wait, tell)


@dataclass(frozen=True)
class Order:
    """What is asked for, looked through."""

    engine: Engine
    prompts: Sequence[str]
    variation: Variation


def _order(
    prompts: Sequence[str],
    style: int | str,
    width: int,
    height: int,
    steps: int | None,
    seed: int,
    character_loras: Sequence[CharacterLora],
) -> Order:
    engine = find_style(style)
    _check_prompts(prompts)
    _check_size(width, height)
    if not _is_whole(seed) or not DRAWN <= seed <= MOST_SEED:
        raise Refusal(f"The seed {seed!s:.40} cannot be used: from 0 to {MOST_SEED}, or −1 to draw one.")
    overrides: dict[str, object] = {} if steps is None else {"steps": steps}
    if overrides and engine.workflow is not None and "steps" not in engine.workflow.places:
        raise Refusal(f"The workflow of “{engine}” has no place for steps.")
    if character_loras:
        overrides["loras"] = _with_characters(engine, character_loras)
    lacking = _missing_settings(engine) if engine.provider in PROVIDERS else []  # of the others planning speaks
    if lacking:
        raise Refusal(f"“{engine}” cannot make pictures yet. {' '.join(lacking)}")
    drawn = seed == DRAWN
    variation = Variation((width, height), overrides, None if drawn else seed, own_seeds=drawn and len(prompts) > 1)
    return Order(engine, prompts, variation)


def _check_prompts(prompts: Sequence[str]) -> None:
    if not prompts:
        raise Refusal("There is no prompt.")
    try:
        for number, prompt in enumerate(prompts, start=1):
            check_prompt(prompt, "The prompt" if len(prompts) == 1 else f"Prompt {number}")
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from error


def _check_size(width: int, height: int) -> None:
    for side in (width, height):
        if not _is_whole(side) or side < SIDE_STEP or side % SIDE_STEP:
            raise Refusal(f"{width!s:.20}×{height!s:.20} cannot be made: each side must be a multiple of {SIDE_STEP}.")


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _with_characters(engine: Engine, wanted: Sequence[CharacterLora]) -> list[dict[str, object]]:
    """The engine's own stack and these; the graph puts them in order. How many there may be, the provider knows."""
    stack = [place.as_option() for place in engine.stack.select_related("lora")]
    usual = _usual_weight(engine)
    for each in wanted:
        name, weight = (each, None) if isinstance(each, str) else each
        lora = _character(name)
        if any(entry["file"] == lora.file for entry in stack):
            raise Refusal(f"The LoRA “{lora}” would be in the stack twice.")
        place = EngineLora(lora=lora, weight=usual if weight is None else _checked(lora, weight))
        stack.append(place.as_option())
    return stack


def _usual_weight(engine: Engine) -> float | None:
    """Of characters in this style; None: each LoRA's own. Of options that make no sense planning speaks."""
    try:
        flux = flux_options(engine, engine.options)
    except InvalidRequest:
        return None
    return flux.character_weight if flux else None


def _character(name: str) -> Lora:
    found = Lora.objects.filter(Q(title__iexact=name) | Q(file=name)).order_by("pk").first()
    if found is None:
        there = ", ".join(Lora.objects.filter(role=LoraRole.CHARACTER).values_list("title", flat=True)[:20])
        raise Refusal(f"There is no LoRA “{name:.80}”. Characters are: {there or 'none yet'}.")
    if found.role != LoraRole.CHARACTER:
        raise Refusal(f"“{found}” is a {found.role} LoRA: only characters can be added to a style.")
    return found


def _checked(lora: Lora, weight: float) -> float:
    if not (math.isfinite(weight) and 0 <= weight <= MOST_WEIGHT):
        raise Refusal(f"The weight {weight} of “{lora}” is out of range: 0.0 to 2.0.")
    return weight


def _make(order: Order, user: User, to: Destination | None, wait: float | None, tell: Tell | None) -> list[Result]:
    run = _start(order, user)
    results: dict[int, Result] = {}

    def ended(frame_id: int) -> None:
        results[frame_id] = _saved(result_of(frame_id), frame_id, to)
        if tell is not None:
            tell(results[frame_id])

    why = following.follow(run, _patience(order) if wait is None else wait, ended)
    if why:
        why = f"{why.rstrip('.')}. {following.made_later(run.project)}"
    frames = run.frames.current().values_list("pk", flat=True)
    return [results.get(frame_id) or result_of(frame_id, why) for frame_id in frames]


def _start(order: Order, user: User) -> StyleRun:
    """All of it or nothing."""
    assert order.variation.size is not None
    with transaction.atomic():
        try:
            project = create_singles(user, order.prompts, AspectRatio.nearest(*order.variation.size))
        except ValidationError as error:
            raise Refusal(" ".join(error.messages)) from error
        return actions.start(
            project,
            user=user,
            styles=[_look()],
            strategy=Strategy.INDEPENDENT,
            engine=order.engine,
            variation=order.variation,
        )[0]


def _look() -> Style:
    look = Style.objects.filter(slug=LOOK).first()
    if look is None:
        raise Refusal(f"The style “{LOOK}” is gone: `manage.py migrate` puts it back.")
    return look


def _patience(order: Order) -> float:
    """Seconds in which even slow pictures that are asked for again and again have ended."""
    engine = order.engine
    rounds = math.ceil(len(order.prompts) / engine.max_parallel)
    return float(engine.timeout * engine.max_attempts * rounds)


def _saved(result: Result, frame_id: int, to: Destination | None) -> Result:
    """The picture is in the program's storage already: a directory that cannot be written loses nothing."""
    if to is None or not result.images:
        return result
    take = Frame.objects.select_related("chosen__original").get(pk=frame_id).chosen
    assert take is not None
    assert take.original is not None
    assert take.finished_at is not None
    name = exporting.file_name(take.finished_at, request_id(frame_id).removeprefix("img_"))
    try:
        path = to.save(take.original, exporting.folder_name(result.style_id, result.style), name)
    except OSError as error:
        return replace(result, error=f"It could not be saved: {error.strerror or error}. It is at {result.images[0]}.")
    return replace(result, images=[str(path)], saved_path=str(path))
