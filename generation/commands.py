"""What programs ask for by name, over REST and sockets alike: the verbs of `actions`, with the rights of who asks.

Raises Http404 for what there is not or is somebody else's, Refusal for what makes no sense now.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import Http404

from generation import actions
from generation.errors import Refusal
from generation.models import Engine, Frame, StyleRun, Take
from generation.planning import AS_USUAL, Variation
from generation.verbs import VERBS, Verb
from storyboards.models import Project, Style

TARGETS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "run": (StyleRun.objects, ("project", "style", "engine")),
    "frame": (Frame.objects, ("run__project", "run__style", "run__engine")),
    "take": (Take.objects, ("frame__run__project", "frame__run__style", "frame__run__engine")),
}
"""By kind: the rows, and what a verb needs at hand."""
ALL = "all"
"""What programs call all providers that cost money."""


@dataclass(frozen=True)
class Wish:
    """What a start is asked for: styles and engine by slug; without an engine each style is made as before.

    `left_out`: by a style's id, the steps that no picture is wanted of. `choices`: fields of `planning.Variation` that
    somebody has chosen, beside them `size` (pixels of the longest side) and `quality` (as the engine names it); where
    there are none, a run that is gone on with keeps its own.
    """

    styles: Sequence[str]
    strategy: str
    engine: str | None = None
    fresh: bool = False
    left_out: Mapping[int, Collection[int]] | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)

    def variation(self) -> Variation:
        if not self.choices:
            return AS_USUAL
        quality = self.choices.get("quality")
        others = {name: value for name, value in self.choices.items() if name not in ("size", "quality")}
        return Variation(overrides={"quality": quality} if quality else {}, **others)


def perform(
    user: User, kind: str, pk: int, verb: str, project_id: int | None = None, options: Mapping[str, Any] | None = None
) -> StyleRun | None:
    """One verb of `verbs.VERBS` on one row that this person may change; of this project alone where one is named.

    `options` are what the verb's form asks for. Returns the run that it began, where it began one. Raises
    ValidationError, by field, where the options make no sense.
    """
    known = VERBS.get(kind, {}).get(verb)
    if known is None or not known.open_to(user):
        raise Http404(f"There is no verb {verb} of a {kind}.")
    rows, at_hand = TARGETS[kind]
    mine = rows.editable_by(user).select_related(*at_hand)
    target = (mine if project_id is None else mine.filter(**{at_hand[0]: project_id})).filter(pk=pk).first()
    if target is None:
        raise Http404(f"There is no {kind} {pk}.")
    begun = known.act(target, user, **read_options(known, options or {}))
    return begun if isinstance(begun, StyleRun) else None


def read_options(verb: Verb[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments of the verb. What nobody gave is as its form proposes; what it does not ask for is refused."""
    asked = verb.form.base_fields if verb.form else {}
    unknown = sorted(given.keys() - asked.keys())
    if unknown:
        raise ValidationError(dict.fromkeys(unknown, "This verb does not ask for it."))
    if verb.form is None:
        return {}
    proposed = {name: field.initial for name, field in asked.items() if field.initial is not None}
    form = verb.form(proposed | dict(given))
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    return form.cleaned_data


def start(user: User, project_id: int, wish: Wish) -> list[StyleRun]:
    """`actions.start` on a project that this person may change."""
    project = Project.objects.editable_by(user).filter(pk=project_id).first()
    if project is None:
        raise Http404(f"There is no project {project_id}.")
    return begin(user, project, wish)


def begin(user: User, project: Project, wish: Wish) -> list[StyleRun]:
    """The same on a project at hand."""
    return actions.start(
        project,
        user=user,
        styles=styles_of(wish.styles),
        strategy=wish.strategy,
        engine=engine_of(wish.engine) if wish.engine else None,
        fresh=wish.fresh,
        variation=wish.variation(),
        longest_side=wish.choices.get("size"),
        left_out=wish.left_out,
    )


def styles_of(slugs: Sequence[str]) -> list[Style]:
    """In the order asked for, each once."""
    found = {style.slug: style for style in Style.objects.filter(slug__in=slugs)}
    for slug in slugs:
        if slug not in found:
            there = ", ".join(Style.objects.values_list("slug", flat=True))
            raise Refusal(f"There is no style “{slug:.60}”. There are: {there}.")
    return [found[slug] for slug in dict.fromkeys(slugs)]


def engine_of(slug: str) -> Engine:
    engine = Engine.objects.filter(slug=slug, enabled=True).first()
    if engine is None:
        there = ", ".join(Engine.objects.filter(enabled=True).values_list("slug", flat=True))
        raise Refusal(f"There is no engine “{slug:.60}” that is switched on. There are: {there or 'none'}.")
    return engine


def throw_switch(user: User, provider: str, reason: str = "") -> None:
    """Of one provider, or of `ALL`."""
    _check_chief(user, "add_switch")
    actions.throw_switch(stored(provider), user=user, reason=reason)


def release_switch(user: User, provider: str) -> None:
    _check_chief(user, "delete_switch")
    actions.release_switch(stored(provider), user=user)


def stored(provider: str) -> str:
    """As the switch's row has it."""
    return "" if provider == ALL else provider


def _check_chief(user: User, right: str) -> None:
    if not (user.is_staff and user.has_perm(f"generation.{right}")):
        raise Http404("This is for staff.")
