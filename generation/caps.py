"""How much one person may have going at once: what is beyond it waits its turn, or is refused in words."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db.models import F, Q

from generation.errors import Refusal
from generation.models import Cap, StyleRun, Take


def cap_of(owner_id: int, *, locked: bool = False) -> Cap | None:
    """The person's own, else that of everybody. `locked` until the transaction ends: after the budgets, before any
    run."""
    caps = Cap.objects.filter(Q(user=owner_id) | Q(user=None)).order_by(F("user").asc(nulls_last=True))
    return (caps.select_for_update(of=("self",), no_key=True) if locked else caps).first()


# --- pictures at once ------------------------------------------------------------------------------------------------


def most_at_once(owner_ids: Collection[int]) -> dict[int, int]:
    """By owner, how many pictures may be made at once; whoever may have any number is not named. At most one query."""
    if not owner_ids:
        return {}
    caps = Cap.objects.filter(Q(user__in=owner_ids) | Q(user=None))
    most: dict[int | None, int | None] = dict(caps.values_list("user", "max_parallel"))
    found = {owner: most.get(owner if owner in most else None) for owner in owner_ids}
    return {owner: amount for owner, amount in found.items() if amount is not None}


def rooms(owner_ids: Collection[int], flying: Mapping[int, int]) -> dict[int, int]:
    """By owner, how many more may begin. `flying`: what each has in flight."""
    return {owner: max(0, most - flying.get(owner, 0)) for owner, most in most_at_once(owner_ids).items()}


def crowded(flying: Mapping[int, int]) -> set[int]:
    """Owners who have as many in flight as they may."""
    return {owner for owner, room in rooms(flying.keys(), flying).items() if not room}


def room(owner_id: int) -> int | None:
    """How many more may begin; None: any number. Asked by claims under the cap's own lock, so that two workers on two
    engines never see the same last place."""
    cap = cap_of(owner_id, locked=True)
    if cap is None or cap.max_parallel is None:
        return None
    runs = list(Take.objects.in_flight().values_list("run", flat=True))
    own = set(StyleRun.objects.filter(pk__in=runs, project__owner=owner_id).values_list("pk", flat=True))
    return cap.max_parallel - sum(run in own for run in runs)


# --- runs at once ----------------------------------------------------------------------------------------------------


@contextmanager
def minding_runs(owner: User) -> Iterator[None]:
    """Around what may begin runs of his or bring ended ones to life, before any run is locked. Raises Refusal where he
    has more going then than he may, and the caller's transaction takes all of it back.

    Paused ones count: they go on at a word.
    """
    cap = cap_of(owner.pk, locked=True)
    if cap is None or cap.max_runs is None:
        yield
        return
    active = StyleRun.objects.active().filter(project__owner=owner, project__deleted_at=None)
    before = active.count()
    yield
    now = active.count()
    if now > max(before, cap.max_runs):
        going = f"You have {before} of at most {cap.max_runs} {'run' if cap.max_runs == 1 else 'runs'} going"
        raise Refusal(f"{going}, and this would make {now}. Wait until one ends, or cancel one; staff can allow more.")
