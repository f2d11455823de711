"""What a program of a style run is told, look by look."""

from generation.api.earlier.telling import Beat, Look, Teller

PENDING, GENERATING, COMPLETE, ERROR = "pending", "generating", "complete", "error"


def a_look(*statuses: str, whole: bool = True, held: dict[str, str] | None = None, style: str = "clear") -> Look:
    """Frames 1, 2, 3 … are beats 1.1, 1.2, 1.3 …"""
    beats = {pk: Beat(style, f"1.{pk}", status) for pk, status in enumerate(statuses, start=1) if status}
    return Look(whole, True, beats, held or {})


def said(teller: Teller, look: Look) -> list[tuple[str, str, int, int]]:
    told = list(teller.tell(look))
    assert all(message["type"] == "progress" for message in told)
    return [(message["beat_number"], message["status"], message["completed"], message["total"]) for message in told]


def test_first_everything_is_told_and_what_was_there_is_skipped() -> None:
    teller = Teller(frozenset({1}))
    assert said(teller, a_look(COMPLETE, COMPLETE, GENERATING, PENDING)) == [
        ("1.1", "skipped", 1, 4),
        ("1.2", "complete", 2, 4),
        ("1.3", "generating", 2, 4),
        ("1.4", "pending", 2, 4),
    ]


def test_then_only_what_has_changed_is_told_and_only_once() -> None:
    teller = Teller(frozenset({1}))
    said(teller, a_look(COMPLETE, PENDING, PENDING))
    assert said(teller, a_look(COMPLETE, GENERATING, PENDING)) == [("1.2", "generating", 1, 3)]
    assert said(teller, a_look("", COMPLETE, whole=False)) == [("1.2", "complete", 2, 3)]
    assert said(teller, a_look(COMPLETE, COMPLETE, PENDING)) == []


def test_a_picture_that_was_made_before_anybody_looked_was_begun_all_the_same() -> None:
    teller = Teller(frozenset())
    said(teller, a_look(PENDING, PENDING))
    assert said(teller, a_look(COMPLETE, PENDING)) == [("1.1", "generating", 0, 2), ("1.1", "complete", 1, 2)]


def test_what_goes_wrong_is_told_with_its_reason_and_may_come_right() -> None:
    teller = Teller(frozenset())
    said(teller, a_look(PENDING))
    lost = Look(True, True, {1: Beat("clear", "1.1", ERROR, "The vendor refused it.")}, {})
    assert [message["error"] for message in teller.tell(lost)] == ["The vendor refused it."]
    assert said(teller, a_look(COMPLETE)) == [("1.1", "complete", 1, 1)]


def test_styles_are_counted_each_for_itself() -> None:
    teller = Teller(frozenset())
    beats = {1: Beat("clear", "1.1", COMPLETE), 2: Beat("comic", "1.1", COMPLETE), 3: Beat("comic", "1.2", PENDING)}
    told = list(teller.tell(Look(True, True, beats, {})))
    assert [(message["style"], message["completed"], message["total"]) for message in told] == [
        ("clear", 1, 1),
        ("comic", 1, 2),
        ("comic", 1, 2),
    ]


def test_steps_come_and_go() -> None:
    teller = Teller(frozenset())
    said(teller, a_look(COMPLETE, PENDING))
    assert said(teller, a_look(COMPLETE, "", PENDING)) == [("1.3", "pending", 1, 2)]


def test_a_run_that_is_held_says_why_on_its_next_beat_once() -> None:
    teller = Teller(frozenset())
    said(teller, a_look(COMPLETE, PENDING, PENDING))
    held = a_look(whole=False, held={"clear": "On hold: no key"})
    assert [(told["beat_number"], told["status"], told["error"]) for told in teller.tell(held)] == [
        ("1.2", "pending", "On hold: no key")
    ]
    assert list(teller.tell(held)) == []
    released = list(teller.tell(a_look(whole=False)))
    assert [(told["beat_number"], told["status"], told.get("error")) for told in released] == [("1.2", "pending", None)]
