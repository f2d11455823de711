"""What is made from what, and what has become stale."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from generation import actions, planning
from generation.errors import Refusal
from generation.models import Strategy, StyleRun
from storyboards.models import Project, Step
from tests.making import a_project, a_run, a_style, an_engine, frame, make_all

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = ("a table", "an apple", "a cat", "a lamp")


@pytest.mark.parametrize(
    ("strategy", "sources"),
    [
        (Strategy.CHAINED, [None, 1, 2, 3]),
        (Strategy.SHOTS, [None, 1, None, 3]),
        (Strategy.CUMULATIVE, [None] * 4),
        (Strategy.INDEPENDENT, [None] * 4),
    ],
)
def test_strategies_differ_in_what_a_picture_continues_from(strategy: str, sources: list[int | None]) -> None:
    steps = a_project(*TEXTS, cuts=[3]).ordered_steps()
    number = {step.pk: step.position for step in steps}
    planned = planning.plan(steps, strategy)
    assert [number.get(place.source_step_id or 0) for place in planned] == sources


@pytest.mark.parametrize(
    ("texts", "engine", "words"),
    [
        ((), {}, "There are no steps yet"),
        (("a table", "", "a cat"), {}, "Nothing is written in step 2"),
        (("a table",), {"enabled": False}, "is switched off"),
        (("a table",), {"side": 4096}, "cannot make 4096×4096"),
    ],
)
def test_what_would_fail_anyway_is_refused_before_it_starts(
    texts: tuple[str, ...], engine: dict[str, Any], words: str
) -> None:
    project = a_project(*texts)
    with pytest.raises(Refusal, match=words):
        a_run(project, engine=an_engine(**engine))
    assert not project.runs.exists()


def test_five_hundred_steps_are_planned_and_one_more_is_refused() -> None:
    project = a_project("first")
    Step.objects.bulk_create([Step(project=project, position=n, title=f"bird {n}") for n in range(2, 501)])
    run = a_run(project)
    assert run.frames.count() == run.takes.count() == 500
    assert run.takes.filter(ready_at=None).count() == 499
    Step.objects.create(project=project, position=501, title="one more")
    with pytest.raises(Refusal, match="501 steps are too many"):
        a_run(project, strategy="independent")


def made(*texts: str, strategy: str = "chained") -> tuple[Project, StyleRun]:
    project = a_project(*texts)
    run = a_run(project, strategy)
    make_all()
    run.refresh_from_db()
    return project, run


def stale_positions(run: StyleRun) -> dict[int, str]:
    reasons = planning.stale_frames(run)
    return {frame.position: reasons[frame.pk] for frame in run.frames.all() if frame.pk in reasons}


def test_nothing_is_stale_when_everything_was_just_made() -> None:
    for strategy in Strategy.values:
        _project, run = made(*TEXTS, strategy=strategy)
        assert stale_positions(run) == {}


def test_an_edited_step_makes_its_own_picture_stale_and_no_other() -> None:
    project, run = made(*TEXTS)
    project.steps.filter(position=2).update(title="a pear")
    assert stale_positions(run) == {2: "the text changed since"}


def test_in_a_cumulative_run_an_edit_makes_all_later_pictures_stale() -> None:
    project, run = made(*TEXTS, strategy="cumulative")
    project.steps.filter(position=2).update(title="a pear")
    assert list(stale_positions(run)) == [2, 3, 4]


def test_a_new_take_makes_what_was_built_on_the_old_one_stale_until_it_is_chosen_again() -> None:
    _project, run = made(*TEXTS)
    second = frame(run, 2)
    before = second.chosen
    assert before is not None
    actions.regenerate(second, None)
    make_all()
    assert stale_positions(run) == {3: "made from an older picture than step 2 shows now"}
    actions.choose(before, None)
    assert stale_positions(run) == {}


def test_numbers_are_not_part_of_what_a_picture_is_made_from() -> None:
    project, run = made(*TEXTS, strategy="independent")
    steps = list(project.steps.alive().values_list("pk", flat=True))
    project.steps.arrange(list(reversed(steps)))
    assert stale_positions(run) == {}


def test_staleness_is_found_with_the_same_queries_for_two_and_for_forty_frames(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for count in (2, 40):
        project = a_project(*[f"bird {n}" for n in range(count)])
        run = a_run(project, "independent")
        with django_assert_num_queries(2):
            planning.stale_frames(run)


def test_the_snapshot_stands_when_the_style_is_edited_later() -> None:
    _project, run = made(*TEXTS)
    style = a_style()
    style.look = "watercolour"
    style.save()
    assert stale_positions(run) == {}
    run.refresh_from_db()
    assert "watercolour" not in run.snapshot["look"]


def a_variation(project: Project, **fields: Any) -> StyleRun:
    return actions.start(
        project,
        user=project.owner,
        styles=[a_style()],
        strategy=Strategy.INDEPENDENT,
        engine=an_engine(),
        variation=planning.Variation(**fields),
    )[0]


def test_a_run_may_have_a_size_options_and_a_seed_of_its_own() -> None:
    run = a_variation(a_project("a table"), size=(128, 64), overrides={"photographic": True}, seed=7)
    assert (run.snapshot["width"], run.snapshot["height"], run.seed) == (128, 64, 7)
    assert run.snapshot["overrides"] == {"photographic": True}
    make_all()
    take = frame(run, 1).chosen
    assert take is not None
    assert take.original is not None
    assert (take.original.width, take.original.height, take.seed) == (128, 64, 7)


def test_pictures_of_a_run_share_a_seed_unless_each_is_to_have_its_own() -> None:
    shared = a_variation(a_project(*TEXTS))
    assert set(shared.takes.values_list("seed", flat=True)) == {shared.seed}
    own = a_variation(a_project(*TEXTS), own_seeds=True)
    assert len(set(own.takes.values_list("seed", flat=True))) == len(TEXTS)


@pytest.mark.parametrize(
    ("fields", "words"), [({"size": (4096, 64)}, "cannot make 4096×64"), ({"overrides": {"brush": 1}}, "“brush”")]
)
def test_a_variation_that_the_engine_cannot_make_is_refused(fields: dict[str, Any], words: str) -> None:
    project = a_project("a table")
    with pytest.raises(Refusal, match=words):
        a_variation(project, **fields)
    assert not project.runs.exists()


def test_how_a_picture_is_made_does_not_make_it_stale() -> None:
    run = a_variation(a_project("a table"), overrides={"photographic": True}, own_seeds=True)
    make_all()
    run.snapshot |= {"overrides": {}, "own_seeds": False, "width": 64}
    assert planning.stale_frames(run) == {}
