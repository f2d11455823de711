"""How the simulated vendors count: they must be right, for limits of ours are measured by them."""

from tests.simulator.windows import Rule, Windows

ONE = {"requests": 1}


def admitted(windows: Windows, *times: float) -> list[bool]:
    return [windows.admit(time, ONE, "m") is None for time in times]


def test_a_sliding_window_lets_in_as_many_as_fit_in_any_stretch() -> None:
    windows = Windows([Rule("sliding", 2, 10)])
    assert admitted(windows, 0, 9, 9.9, 10, 10.1, 18.9, 19) == [True, True, False, True, False, False, True]


def test_a_sliding_window_says_when_it_will_let_in() -> None:
    windows = Windows([Rule("sliding", 2, 10)])
    assert admitted(windows, 0, 4) == [True, True]
    full = windows.admit(5, ONE, "m")
    assert full is not None
    assert full.wait == 5


def test_a_window_that_counts_the_refused_stays_shut_for_those_who_knock() -> None:
    windows = Windows([Rule("sliding_counting_refused", 1, 10)])
    assert admitted(windows, 0, 9, 18, 27) == [True, False, False, False]
    assert admitted(windows, 37.1) == [True]


def test_a_fixed_window_starts_anew_on_the_minute() -> None:
    windows = Windows([Rule("fixed", 2, 60)])
    assert admitted(windows, 58, 59, 59.9, 60, 61, 62) == [True, True, False, True, True, False]


def test_a_bucket_refuses_bursts_that_a_minute_would_allow() -> None:
    windows = Windows([Rule("bucket", 60, 60, capacity=2)])
    assert admitted(windows, 0, 0, 0, 0.9, 1.0, 1.5, 2.0) == [True, True, False, False, True, False, True]


def test_a_day_never_comes_back() -> None:
    windows = Windows([Rule("day", 1)])
    assert admitted(windows, 0, 100_000) == [True, False]


def test_units_are_counted_by_the_window_of_their_name() -> None:
    windows = Windows([Rule("sliding", 5, 10, "input_images")])
    assert windows.admit(0, {"requests": 1, "input_images": 3}, "m") is None
    full = windows.admit(1, {"requests": 1, "input_images": 3}, "m")
    assert full is not None
    assert (full.asked, full.wait) == (3, 9)
    assert windows.admit(2, {"requests": 1}, "m") is None


def test_a_request_that_one_window_refuses_counts_in_none() -> None:
    windows = Windows([Rule("sliding", 2, 100), Rule("sliding", 1, 10)])
    assert admitted(windows, 0, 1, 11, 22) == [True, False, True, False]


def test_a_window_of_one_model_leaves_others_alone() -> None:
    windows = Windows([Rule("sliding", 1, 10, model="m")])
    assert [windows.admit(0, ONE, model) is None for model in ("m", "m", "n", "n")] == [True, False, True, True]
