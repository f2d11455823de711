"""All takes of one frame as its page shows them: the strip, and the candidates that stand side by side."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, OuterRef, Subquery
from django.urls import reverse

from generation.models import OPEN, Call, Frame, Hold, Status, Take, TakeKind
from generation.pages import cards, dollars, failures, wording
from generation.pages.cards import PictureView, picture_view
from generation.pages.facts import reasons_to_hand_on
from generation.pages.failures import Failure
from generation.pages.wording import State

KEYS = 9
"""Takes that a key of the keyboard stands for: 1 to 9."""
KINDS = {
    TakeKind.FIRST: "first make",
    TakeKind.RETRY: "retry",
    TakeKind.REGENERATE: "made again",
    TakeKind.CANDIDATE: "one of several",
    TakeKind.UPLOAD: "own picture",
    TakeKind.REUSE: "existed already",
    TakeKind.LATE: "late answer",
}


@dataclass(frozen=True)
class Origin:
    """The take whose picture was taken over."""

    words: str
    address: str


@dataclass(frozen=True)
class TakeView:
    """One take. `kind` and `cost` in words, the cost once it is known; `source`: the number of the step that it was
    made from; `stand_in`: why another engine made it; `origin`: where its picture was before, for those who may see
    that. `verbs`: what one may do with it, by name; `key`: the key that shows it.
    """

    take: Take
    number: int
    kind: str
    state: State
    picture: PictureView | None
    cost: str
    chosen: bool
    failure: Failure | None
    source: str
    stand_in: str
    origin: Origin | None
    verbs: Mapping[str, str]
    key: str = ""

    @property
    def engine(self) -> str:
        """What made it; empty where nothing was made."""
        return "" if self.take.kind in UNMADE else str(self.take.engine or self.take.run.engine)


UNMADE = (TakeKind.UPLOAD, TakeKind.REUSE)
"""Pictures that were there already."""


@dataclass(frozen=True)
class Takes:
    """`strip`: newest first, without those that are put away. `candidates`: the last ones, where several were asked
    for at once, in order. `chosen`: the one that is shown."""

    strip: list[TakeView]
    put_away: list[TakeView]
    candidates: list[TakeView]
    chosen: TakeView | None

    @property
    def pictures(self) -> list[TakeView]:
        """Those that one may look at, newest first."""
        return [view for view in self.strip if view.picture is not None]


def load_takes(frame: Frame, user: User | AnonymousUser, shares: tuple[int, ...] = ()) -> Takes:
    """Two queries, and one more where a picture was taken over. `frame` has its run with project and engine at hand."""
    related = ("original", "thumbnail", "display", "requested_by", "engine", "source_take__frame__step")
    takes = list(frame.takes.select_related(*related).order_by("pk"))
    calls: dict[int, list[Call]] = defaultdict(list)
    for call in Call.objects.filter(take__in=takes).select_related("take").order_by("pk"):
        calls[call.take_id or 0].append(call)
    existed = origins(takes, user, shares)
    places = _places(takes)
    compared = _compared(takes)
    views = [
        _take_view(frame, take, number, calls[take.pk], existed.get(take.pk), places[take.pk], compared)
        for number, take in enumerate(takes, start=1)
    ]
    shown = [view for view in views if view.take.put_away_at is None]
    return Takes(
        strip=shown[::-1],
        put_away=[view for view in views if view.take.put_away_at is not None][::-1],
        candidates=[view for view in shown if view.take.pk in compared],
        chosen=next((view for view in views if view.chosen), None),
    )


# --- several that were asked for at once -----------------------------------------------------------------------------


def _places(takes: Sequence[Take]) -> dict[int, tuple[int, int]]:
    """By take: which of how many that were asked for at once it is, from 1."""
    return {take.pk: (number, len(batch)) for batch in _batches(takes) for number, take in enumerate(batch, start=1)}


def _batches(takes: Sequence[Take]) -> list[list[Take]]:
    """`takes` in order; those asked for at once are numbered from 0."""
    batches: list[list[Take]] = []
    for take in takes:
        if batches and take.candidate and take.candidate == batches[-1][-1].candidate + 1:
            batches[-1].append(take)
        else:
            batches.append([take])
    return batches


def _compared(takes: Sequence[Take]) -> set[int]:
    """Those of the last batch, where it is one of several."""
    asked = [take for take in takes if take.kind != TakeKind.UPLOAD]
    last = _batches(asked)[-1] if asked else []
    return {take.pk for take in last} if len(last) > 1 else set()


# --- one of them -----------------------------------------------------------------------------------------------------


def _take_view(
    frame: Frame,
    take: Take,
    number: int,
    calls: Sequence[Call],
    origin: Origin | None,
    place: tuple[int, int],
    compared: Collection[int],
) -> TakeView:
    take.run = frame.run
    verbs = _verbs(frame, take, compared)
    key = place[0] if compared else number
    has_key = "choose" in verbs and key <= KEYS and (not compared or take.pk in compared)
    return TakeView(
        take=take,
        number=number,
        kind=_kind(take, place),
        state=wording.take_state(take),
        picture=picture_view(take),
        cost=_cost(take, calls),
        chosen=frame.chosen_id == take.pk,
        failure=failures.failure_of(take, calls[-1] if calls else None),
        source=take.source_take.frame.step.known_as(take.source_take.position) if take.source_take else "",
        stand_in=cards.stand_in(frame.run, take, reasons_to_hand_on(calls)),
        origin=origin,
        verbs=verbs,
        key=str(key) if has_key else "",
    )


def _kind(take: Take, place: tuple[int, int]) -> str:
    number, several = place
    if several > 1 and take.kind in (TakeKind.FIRST, TakeKind.RETRY, TakeKind.CANDIDATE):
        return f"candidate {number} of {several}"
    return KINDS[TakeKind(take.kind)]


def _cost(take: Take, calls: Sequence[Call]) -> str:
    if take.status in OPEN or take.kind == TakeKind.UPLOAD:
        return ""
    return "free" if take.kind == TakeKind.REUSE else dollars.cost_of_calls(calls)


def _verbs(frame: Frame, take: Take, compared: Collection[int]) -> dict[str, str]:
    """By name, what the button says."""
    chosen, made = frame.chosen_id == take.pk, take.status == Status.COMPLETED
    waits = frame.run.hold == Hold.APPROVAL
    verbs = {}
    if made and not chosen and not frame.locked:
        verbs["choose"] = "Show this take"
    if made and (waits or take.pk in compared) and not (chosen and frame.approved) and (chosen or not frame.locked):
        verbs["approve"] = f"{'Approve' if chosen else 'Choose'}{' and go on' if waits else APPROVE[chosen]}"
    if take.put_away_at is not None:
        verbs["bring_back"] = "Bring back"
    elif not chosen and take.status not in OPEN:
        verbs["put_away"] = "Put away"
    return verbs


APPROVE = {True: "", False: " and approve"}
"""What the button says more, by whether the take is shown already."""


def origins(takes: Sequence[Take], user: User | AnonymousUser, shares: tuple[int, ...]) -> dict[int, Origin]:
    """By take whose picture existed already: where, as far as this person may see that."""
    wanted = {take.reused_from_id: take.pk for take in takes if take.reused_from_id is not None}
    if not wanted:
        return {}
    seen = Take.objects.visible_to(user, shares).filter(pk__in=wanted).select_related("run__project", "frame__step")
    by_origin = {take.pk: _origin(take) for take in seen.annotate(number=_number())}
    return {take.pk: by_origin[take.reused_from_id] for take in takes if take.reused_from_id in by_origin}


def _number() -> Subquery:
    """Which take of its frame a take is."""
    so_far = Take.objects.filter(frame=OuterRef("frame"), pk__lte=OuterRef("pk")).order_by().values("frame")
    return Subquery(so_far.annotate(number=Count("pk")).values("number"))


def _origin(take: Take) -> Origin:
    number = getattr(take, "number")  # noqa: B009  annotated above
    words = f"take {number} of step {take.frame.step.known_as(take.position)} in “{take.run.project}”"
    return Origin(words, reverse("explain", args=[take.pk]))
