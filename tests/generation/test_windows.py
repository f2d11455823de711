"""How much of a limit is left: pure counting, held against windows as vendors keep them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.models import Limit
from generation.models.keys import DAY
from generation.windows import GUARD, counted, day_of, next_midnight, span_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def limit(amount: int, seconds: int = 60, burst: int = 0) -> Limit:
    return Limit(amount=amount, seconds=seconds, burst=burst)


def at(*seconds: float) -> list[tuple[datetime, int]]:
    """Starts so many seconds before noon, oldest first."""
    return [(NOON - timedelta(seconds=ago), 1) for ago in sorted(seconds, reverse=True)]


def test_a_fresh_limit_has_all_its_room() -> None:
    state = counted(limit(9), [], 1, NOON)
    assert (state.used, state.room, state.free_at) == (0, 9, None)


def test_a_full_window_is_free_again_when_its_oldest_call_has_left_it() -> None:
    state = counted(limit(3), at(50, 20, 10), 1, NOON)
    assert (state.used, state.room) == (3, 0)
    assert state.free_at == NOON + timedelta(seconds=10.5), "half a second later than the vendor needs"


def test_calls_that_have_left_the_window_do_not_count() -> None:
    state = counted(limit(3), at(61, 60.4, 10), 1, NOON)
    assert (state.used, state.room) == (2, 1), "the guard still holds the one 60.4 s ago"


def test_a_call_of_many_pictures_waits_until_so_many_have_left() -> None:
    starts = [(NOON - timedelta(seconds=ago), pictures) for ago, pictures in ((40, 2), (30, 2), (5, 1))]
    state = counted(limit(5), starts, 3, NOON)
    assert state.free_at == NOON - timedelta(seconds=30) + span_of(60)


def test_a_call_larger_than_the_whole_limit_goes_alone() -> None:
    assert counted(limit(5), [], 8, NOON).free_at is None
    assert counted(limit(5), at(10), 8, NOON).free_at == NOON - timedelta(seconds=10) + span_of(60)


def test_a_learned_burst_spaces_what_comes_after_it() -> None:
    state = counted(limit(60, burst=10), at(*[0.1] * 10), 1, NOON)
    assert state.room == 0
    assert state.free_at is not None
    assert 0.8 < (state.free_at - NOON).total_seconds() < 1.01
    rested = counted(limit(60, burst=10), at(*[5.2] * 10), 1, NOON)
    assert (rested.room, rested.free_at) == (5, None)


def test_an_amount_of_nothing_has_no_room_and_no_time_at_which_it_comes() -> None:
    state = counted(limit(0), [], 1, NOON)
    assert (state.room, state.free_at) == (0, None)


@settings(max_examples=60, deadline=None)
@given(
    amount=st.integers(1, 12),
    seconds=st.integers(2, 60),
    burst=st.integers(0, 8),
    pauses=st.lists(st.floats(0, 5), max_size=40),
    delays=st.lists(st.floats(0, 1), min_size=60, max_size=60),
)
def test_whoever_starts_when_told_never_meets_a_full_window(
    amount: int, seconds: int, burst: int, pauses: list[float], delays: list[float]
) -> None:
    """Arrivals lie up to the guard later than starts, as calls do on their way; both kinds of window hold."""
    ours, arrivals, now = limit(amount, seconds, burst), [], NOON
    starts: list[tuple[datetime, int]] = []
    for number, pause in enumerate([0.0] * amount + pauses):
        now += timedelta(seconds=pause)
        now = max(now, counted(ours, starts, 1, now).free_at or now)
        assert counted(ours, starts, 1, now).free_at is None, "free when it said so"
        starts.append((now, 1))
        arrivals.append(now + timedelta(seconds=delays[number % 60] * seconds * GUARD))
    arrivals.sort()
    window = timedelta(seconds=seconds)
    for first in arrivals:
        assert sum(first <= other < first + window for other in arrivals) <= amount


@settings(max_examples=60, deadline=None)
@given(amount=st.integers(4, 60), burst=st.integers(1, 3), pauses=st.lists(st.floats(0, 3), max_size=60))
def test_a_learned_burst_never_overdraws_a_bucket_that_is_one_larger(
    amount: int, burst: int, pauses: list[float]
) -> None:
    ours, now = limit(amount, 60, burst), NOON
    starts: list[tuple[datetime, int]] = []
    tokens, filled_at = float(burst + 1), NOON
    for pause in [0.0] * 10 + pauses:
        now += timedelta(seconds=pause)
        now = max(now, counted(ours, starts, 1, now).free_at or now)
        tokens = min(burst + 1, tokens + (now - filled_at).total_seconds() * amount / 60)
        filled_at = now
        assert tokens >= 1
        tokens -= 1
        starts.append((now, 1))


# --- days ------------------------------------------------------------------------------------------------------------

PACIFIC = "America/Los_Angeles"


def test_a_vendors_day_begins_at_its_midnight() -> None:
    day = Limit(amount=100, seconds=DAY, midnight=PACIFIC)
    begins, ends = day_of(day, NOON)
    assert begins == datetime(2026, 11, 20, 8, tzinfo=UTC) - timedelta(seconds=0.5)
    assert ends == datetime(2026, 11, 21, 8, tzinfo=UTC) + timedelta(seconds=0.5)


def test_what_is_sent_at_the_stroke_of_midnight_counts_for_the_day_that_ends() -> None:
    day = Limit(amount=100, seconds=DAY, midnight=PACIFIC)
    begins, ends = day_of(day, datetime(2026, 11, 20, 8, 0, 0, 100_000, tzinfo=UTC))
    assert begins < datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert ends == datetime(2026, 11, 20, 8, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        (datetime(2026, 3, 8, 9, tzinfo=UTC), datetime(2026, 3, 9, 7, 0, 1, tzinfo=UTC)),  # clocks go forward
        (datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 2, 8, 0, 1, tzinfo=UTC)),  # and back
    ],
    ids=["23 hours", "25 hours"],
)
def test_the_next_midnight_is_right_on_days_when_clocks_change(now: datetime, midnight: datetime) -> None:
    assert next_midnight(PACIFIC, now) == midnight
    _begins, ends = day_of(Limit(amount=1, seconds=DAY, midnight=PACIFIC), now)
    assert abs((ends - midnight).total_seconds()) < 1
