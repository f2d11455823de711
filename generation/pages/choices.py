"""What people may choose of a run beside its styles, its strategy and its engine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings

from generation import planning
from generation.frames import usual_parallel
from generation.models import Engine, Gate, StyleRun
from generation.planning import LEAST_SIDE, MOST_AT_ONCE, MOST_CANDIDATES, MOST_SIDE, Variation
from generation.readiness import readiness_of_all
from storyboards.models import Project

SIDES = (512, 768, 1024, 1536, 2048, 3072, 4096)
"""Pixels of a longest side that a page offers."""
OWN_SIZE = ("", "The engine’s own")


def _number(words: str, least: int, most: int, **options: Any) -> forms.IntegerField:
    """`words` are said of whatever is not such a number."""
    messages = dict.fromkeys(("invalid", "min_value", "max_value", "required"), words)
    return forms.IntegerField(min_value=least, max_value=most, error_messages=messages, **{"required": False} | options)


class ChoicesForm(forms.Form):
    """Sent without `candidates` it leaves everything as it is: so an earlier page does, and an import."""

    quality = forms.CharField(required=False, max_length=40, help_text="As the engine names it; empty: its own.")
    size = _number(
        f"A size is {LEAST_SIDE} to {MOST_SIDE} pixels; empty, it is the engine’s own.",
        LEAST_SIDE, MOST_SIDE,
        widget=forms.Select(choices=[OWN_SIZE, *((side, f"{side} px") for side in SIDES)]),
        help_text="The longest side of each picture.",
    )  # fmt: skip
    candidates = _number(
        f"Of each step 1 to {MOST_CANDIDATES} pictures can be made, to choose from.",
        1, MOST_CANDIDATES,
        label="Pictures of each step", initial=1,
        help_text="To choose from. Each is paid for.",
    )  # fmt: skip
    gate = forms.ChoiceField(
        label="Wait for approval", choices=Gate.choices, required=False,
        error_messages={"invalid_choice": "A run cannot wait for approval like that: choose one of the list."},
        help_text="What you have not let it make costs nothing.",
    )  # fmt: skip
    gate_after = _number(
        f"Say after how many pictures it shall wait: 1 to {settings.MAX_STEPS}.",
        1, settings.MAX_STEPS,
        label="How many first pictures", initial=1, help_text="Where it waits once, after the first pictures.",
    )  # fmt: skip
    reuse = forms.BooleanField(
        label="Take equal pictures that exist already", required=False, initial=True,
        help_text="Free: the same text, references, engine and settings made them, in any of your projects.",
    )  # fmt: skip
    reanchor = _number(
        f"Say after how many pictures the style is shown again: 1 to {settings.MAX_STEPS}, or leave it empty.",
        1, settings.MAX_STEPS,
        label="Show the style again every … pictures",
        help_text="Style and concept go along again, so that a long chain does not drift. Empty: at its start only.",
    )  # fmt: skip
    max_parallel = _number(
        f"Say how many pictures may be made at once: 1 to {MOST_AT_ONCE}, or leave it empty.",
        1, MOST_AT_ONCE,
        label="At most … at once", help_text="Empty: as many as the engine allows.",
    )  # fmt: skip

    def variation(self, strategy: str) -> Variation:
        """What was chosen, once it is valid; `size` aside."""
        if "candidates" not in self.data:
            return planning.AS_USUAL
        chosen = self.cleaned_data
        return Variation(
            overrides={"quality": chosen["quality"]} if chosen["quality"] else {},
            candidates=chosen["candidates"] or 1,
            gate=chosen["gate"],
            gate_after=chosen["gate_after"] or 1,
            reuse=chosen["reuse"],
            reanchor=chosen["reanchor"] or 0 if strategy in planning.CHAINS else 0,
            max_parallel=chosen["max_parallel"],
        )


def pixels(project: Project, longest_side: int | None) -> tuple[int, int] | None:
    return Engine(longest_side=longest_side).size(project.aspect_ratio) if longest_side else None


def of_run(run: StyleRun, project: Project) -> dict[str, Any]:
    """The choices of a run that is gone on with, as the form shows them. It has its engine at hand."""
    as_usual = run.max_parallel == usual_parallel(run.strategy)
    return {
        "quality": run.snapshot.get("overrides", {}).get("quality", ""),
        "size": _own_size(run, project),
        "candidates": run.candidates,
        "gate": run.gate,
        "gate_after": run.gate_after,
        "reuse": run.reuse,
        "reanchor": run.snapshot.get("reanchor") or None,
        "max_parallel": None if as_usual else run.max_parallel,
    }


def _own_size(run: StyleRun, project: Project) -> int | None:
    """Pixels of the longest side, where it is not its engine's. A project that has another shape now has no such
    size."""
    size = (run.snapshot["width"], run.snapshot["height"])
    longest = max(size)
    is_own = size != run.engine.size(project.aspect_ratio) and size == pixels(project, longest)
    return longest if is_own else None


# --- quality, which every engine names as it likes -------------------------------------------------------------------


@dataclass(frozen=True)
class Qualities:
    """What one engine offers, cheapest first; `chosen` is one of them or empty."""

    engine: Engine
    names: tuple[str, ...]
    chosen: str


def qualities_of(engines: Iterable[Engine], chosen_engine: str, chosen: str) -> list[Qualities]:
    """Of those that have a choice. A quality that several know is chosen once: with the chosen engine, else the
    first."""
    offered = [(engine, engine.abilities.qualities) for engine in engines]
    graded = [(engine, names) for engine, names in offered if names]
    with_it = [str(engine.pk) for engine, names in graded if chosen in names]
    place = chosen_engine if chosen_engine in with_it else next(iter(with_it), "")
    return [Qualities(engine, names, chosen if str(engine.pk) == place else "") for engine, names in graded]


def offer_sizes(form: forms.Form, engines: Sequence[Engine]) -> None:
    """No larger ones than any of the engines makes; and what is chosen, whatever it is."""
    most = max((engine.abilities.max_side for engine in engines), default=MOST_SIDE)
    chosen = str(form["size"].value() or "")
    other = [int(chosen)] if chosen.isascii() and chosen.isdigit() and len(chosen) < 6 else []
    sides = sorted({side for side in SIDES if side <= most}.union(other))
    widget: Any = form.fields["size"].widget
    widget.choices = [OWN_SIZE, *((side, f"{side} px") for side in sides)]


# --- what approved drafts are made by finally ------------------------------------------------------------------------


def offer_finals(form: forms.Form, draft: StyleRun) -> None:
    """Engines that could begin now, the draft's own last, with the qualities they have and sizes that one of them
    makes."""
    found = readiness_of_all(Engine.objects.filter(enabled=True))
    ready = sorted((each.engine for each in found if each.ready), key=lambda engine: engine == draft.engine)
    fields: dict[str, Any] = form.fields
    fields["engine"].initial = ready[0].slug if ready else None
    fields["engine"].widget.choices = [(engine.slug, str(engine)) for engine in ready]
    grades = [(str(one.engine), [(name, name) for name in one.names]) for one in qualities_of(ready, "", "")]
    fields["quality"].widget = forms.Select(choices=[("", "The engine’s own"), *grades])
    fields["quality"].help_text = ""
    if not grades:
        del fields["quality"]
    most = max((engine.abilities.max_side for engine in ready), default=MOST_SIDE)
    fields["longest_side"].widget = forms.Select(choices=[OWN_SIZE, *((s, f"{s} px") for s in SIDES if s <= most)])
    fields["longest_side"].help_text = ""
