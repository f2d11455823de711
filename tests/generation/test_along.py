"""What goes along with a prompt: the picture before, sheets of characters, a draft, style and concept; and what of it
makes a picture stale."""

import hashlib
from dataclasses import fields
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from generation import actions, attaching, dispatch, inputs, jobs, planning, runner
from generation.attaching import Attached, Place
from generation.errors import Refusal
from generation.models import Frame, Strategy, StyleRun
from generation.planning import Variation
from generation.providers.base import Capabilities, ReferenceRole
from storyboards import pictures
from storyboards.models import Picture, Project, Style
from tests.making import a_paid_engine, a_project, a_run, a_style, an_engine, frame, make_all
from tests.storyboards.conftest import picture_bytes

pytestmark = pytest.mark.django_db(transaction=True)

OLD = {
    "templates": {"first": "$step\nStyle: $look.", "next": "Now:\n$step", "cumulative": "$steps"},
    "look": "thin line",
    "avoid": "text",
    "style": "clear",
    "width": 96,
    "height": 64,
    "model": "m",
    "options": {"quality": "low"},
    "overrides": {},
    "own_seeds": False,
    "style_reference": "a" * 64,
    "concept_picture": None,
    "project": {
        "title": "Planter",
        "description": "",
        "materials": ["rope"],
        "concept_prompt": "",
        "name_future_steps": False,
    },
}
"""A snapshot as runs had it before there were variables, characters, drafts and anchors."""


def a_picture(side: int) -> Picture:
    return pictures.store(pictures.check(picture_bytes(size=(side, side))))


def a_look(project: Project, style: Style) -> tuple[str, str]:
    """A reference picture for the style and a concept for the project; their hashes."""
    style.reference_picture, project.concept_picture = a_picture(41), a_picture(42)
    style.save()
    project.save()
    return style.reference_picture.sha256, project.concept_picture.sha256


def begun(project: Project, strategy: str = "chained", **fields: Any) -> StyleRun:
    return actions.start(
        project,
        user=project.owner,
        styles=[a_style()],
        strategy=strategy,
        engine=fields.pop("engine", None) or an_engine(),
        variation=Variation(**fields),
    )[0]


def roles(run: StyleRun, position: int) -> list[str]:
    """What would go with the picture of this step now."""
    run = StyleRun.objects.get(pk=run.pk)
    frames = planning.run_frames(run)
    given = planning.current_inputs(run, frames, planning.frame_texts(run, frames))
    return [str(sent.role) for sent in planning.references(run.engine, given[frame(run, position).pk])]


def stale(run: StyleRun) -> dict[int, str]:
    run = StyleRun.objects.get(pk=run.pk)
    numbers = dict(run.frames.values_list("pk", "position"))
    return {numbers[pk]: why for pk, why in planning.stale_frames(run).items()}


# --- digests ---------------------------------------------------------------------------------------------------------


def test_what_was_made_before_there_were_variables_has_the_digest_it_had() -> None:
    run = StyleRun(snapshot=OLD)
    assert inputs.digest(run, ["Saw $5 boards", "Nail"], "b" * 64) == (
        "af568474f72dfd2d2ed8789bc900723726f15c649cda694355bc69483fc7e551"
    )


def test_a_run_of_before_is_made_and_looked_at_as_ever() -> None:
    run = a_run(a_project("a table", "a cat"))
    run.snapshot = OLD | {"style_reference": None}
    run.save()
    make_all()
    first = frame(run, 1).chosen
    assert first is not None
    assert first.prompt == "a table\nStyle: thin line."
    assert first.digest == inputs.digest(run, ["a table"], "")
    assert stale(run) == {}


def test_new_parts_of_a_snapshot_are_in_no_digest_by_themselves() -> None:
    more = {"variables": "a = b", "characters": [], "reanchor": 3, "keep_composition": True}
    assert inputs.digest(StyleRun(snapshot=OLD | more), ["a"], "") == inputs.digest(StyleRun(snapshot=OLD), ["a"], "")


def test_an_ordinary_run_says_nothing_beyond_its_texts() -> None:
    project = a_project("a table", "a cat")
    a_look(project, a_style())
    for strategy in Strategy.values:
        run = begun(project, strategy)
        frames = planning.run_frames(run)
        given = planning.current_inputs(run, frames, planning.frame_texts(run, frames))
        assert [made_from.beyond for made_from in given.values()] == [{}, {}]


# --- recipes ---------------------------------------------------------------------------------------------------------


def test_a_recipe_is_how_pictures_are_made_and_not_what_is_on_them() -> None:
    engine = an_engine()
    recipe = planning.recipe(OLD, engine)
    title = engine.title
    engine.title = "another name"
    assert planning.recipe(OLD | {"look": "red", "style": "comic"}, engine) == recipe
    engine.title = title
    for other in ({"width": 97}, {"height": 65}, {"model": "n"}, {"overrides": {"photographic": True}}):
        assert planning.recipe(OLD | other, engine) != recipe
    engine.options = {"photographic": True}
    assert planning.recipe(OLD, engine) != recipe


def test_overrides_and_options_of_equal_effect_are_one_recipe() -> None:
    plain, always = an_engine(), an_engine("always", options={"photographic": True})
    asked = planning.recipe(OLD | {"overrides": {"photographic": True}}, plain)
    assert asked == planning.recipe(OLD, always)


# --- what goes along -------------------------------------------------------------------------------------------------

LOOK = {"style_reference": "s", "concept_picture": "c"}
MIA = {"name": "Mia", "look": "red coat", "sheet": "m"}


@pytest.mark.parametrize(
    ("strategy", "place", "along"),
    [
        ("chained", Place(), "style concept character"),
        ("chained", Place("p"), "previous character"),
        ("chained", Place("p", number=2), "previous character"),
        ("chained", Place("p", number=3), "previous character style concept"),
        ("chained", Place("p", number=6), "previous character style concept"),
        ("chained", Place("p", "d", 1), "previous character draft"),
        ("chained", Place("p", "d", 3), "previous character draft style concept"),
        ("shots", Place(draft="d"), "draft style concept character"),
        ("independent", Place(), "style concept character"),
        ("cumulative", Place(), "character"),
        ("cumulative", Place(draft="d"), "draft character"),
    ],
)
def test_the_picture_before_comes_first_and_others_as_they_matter(strategy: str, place: Place, along: str) -> None:
    found = attaching.wanted({**LOOK, "reanchor": 3}, strategy, [MIA], place)
    assert " ".join(sent.role for sent in found) == along


def test_an_engine_gets_as_many_as_it_takes_and_paints_over_no_sheet() -> None:
    wanted = attaching.wanted(LOOK, "chained", [MIA], Place("p", "d"))
    assert [str(sent.role) for sent in attaching.taken(wanted, Capabilities(2))] == ["previous", "character"]
    painting = Capabilities(2, paints_over=True)
    assert [str(sent.role) for sent in attaching.taken(wanted, painting)] == ["previous", "draft"]
    assert attaching.taken(wanted, Capabilities(0)) == []


def test_each_role_says_what_its_picture_is_for_in_the_order_they_are_sent() -> None:
    sent = [Attached(role, "x", "Mia") for role in ReferenceRole]
    words = attaching.explain(sent)
    assert words.startswith("Image 1: the picture before: keep its composition, camera and light")
    assert "Image 2: take its style only" in words
    assert "what Mia looks like" in words
    assert words.count("Image ") == len(ReferenceRole)
    assert attaching.explain([Attached(ReferenceRole.PREVIOUS, "x")]) == attaching.explain([]) == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Mia opens the door", True),
        ("the door, for MIA's sake", True),
        ("Miami at night", False),
        ("Amia", False),
        ("nobody", False),
    ],
)
def test_a_character_is_named_by_whole_words(text: str, named: bool) -> None:
    assert bool(attaching.named_characters({"characters": [MIA]}, ["a house", text])) is named


# --- in a run --------------------------------------------------------------------------------------------------------


def with_sheets() -> Project:
    project = a_project("Mia at a table", "a cat", "Mia and Tom")
    project.characters.create(name="Mia", look="A red coat.", sheet=a_picture(43))
    project.characters.create(name="Tom", look="A green hat.")
    return project


def test_sheets_go_along_where_their_characters_are_named() -> None:
    run = begun(with_sheets())
    make_all()
    assert [roles(run, position) for position in (1, 2, 3)] == [["character"], ["previous"], ["previous", "character"]]
    assert stale(run) == {}
    calls = run.takes.order_by("position").values_list("calls__input_images", flat=True)
    assert list(calls) == [1, 1, 2]


def test_in_a_cumulative_run_whoever_was_named_before_goes_along() -> None:
    run = begun(with_sheets(), "cumulative")
    assert [roles(run, position) for position in (1, 2, 3)] == [["character"]] * 3
    make_all()
    assert stale(run) == {}
    assert set(run.takes.values_list("calls__input_images", flat=True)) == {1}


def test_characters_stay_as_they_were_when_the_run_began() -> None:
    project = with_sheets()
    run = begun(project)
    make_all()
    project.characters.update(look="A blue coat.", sheet=None)
    assert stale(run) == {}
    assert {who["look"] for who in StyleRun.objects.get(pk=run.pk).snapshot["characters"]} == {
        "A red coat.",
        "A green hat.",
    }


def test_every_nth_picture_of_a_chain_is_shown_the_style_again_wherever_it_stands_in_the_list() -> None:
    project = a_project(*"abcdefg", cuts=[3])
    a_look(project, a_style())
    run = begun(project, "shots", reanchor=2)
    anchored = [position for position in range(1, 8) if "style" in roles_with_sources(run, position)]
    assert anchored == [1, 3, 5, 7]
    make_all()
    assert roles(run, 4) == ["previous"]
    assert roles(run, 5) == ["previous", "style", "concept"]
    assert stale(run) == {}


def roles_with_sources(run: StyleRun, position: int) -> list[str]:
    frames = planning.run_frames(run)
    texts = planning.frame_texts(run, frames)
    planned = planning.current_inputs(run, frames, texts, find=lambda frame, by_id: by_id.get(frame.source_id or 0))
    return [str(sent.role) for sent in planned[frames[position - 1].pk].wanted]


def test_a_draft_is_kept_in_composition_and_a_new_one_makes_what_was_made_of_it_stale() -> None:
    project = a_project("a table", "a cat")
    draft = begun(project)
    make_all()
    final = begun(project, engine=an_engine("final"), draft=draft, keep_composition=True)
    StyleRun.objects.filter(pk=final.pk).update(draft=draft)
    make_all()
    assert [roles(final, position) for position in (1, 2)] == [["draft"], ["previous", "draft"]]
    assert stale(final) == {}
    actions.regenerate(frame(draft, 2), None)
    make_all()
    assert stale(final) == {2: "the text or a picture that goes along with it changed since"}


def test_a_draft_whose_composition_is_not_kept_goes_nowhere() -> None:
    project = a_project("a table")
    draft = begun(project)
    make_all()
    final = begun(project, engine=an_engine("final"), draft=draft)
    StyleRun.objects.filter(pk=final.pk).update(draft=draft)
    assert roles(final, 1) == []


def test_the_prompt_says_which_picture_is_which() -> None:
    run = begun(with_sheets())
    make_all()
    third = frame(run, 3).chosen
    assert third is not None
    assert "Image 1: the picture before" in third.prompt
    assert "Image 2: what Mia looks like" in third.prompt
    second = frame(run, 2).chosen
    assert second is not None
    assert "Image 1" not in second.prompt


def test_the_very_pictures_are_sent() -> None:
    project = with_sheets()
    run = begun(project)
    for _ in range(2):
        jobs.make_next()
    claim = dispatch.claim()
    assert claim is not None
    request = runner.prepare(claim).request
    before = frame(run, 2).chosen
    assert before is not None
    assert before.original is not None
    sheet = project.characters.get(name="Mia").sheet
    assert sheet is not None
    assert [hashlib.sha256(sent.data).hexdigest() for sent in request.references] == [
        before.original.sha256, sheet.sha256,
    ]  # fmt: skip


# --- variables, whole prompts, transitions ---------------------------------------------------------------------------


def test_a_variable_is_filled_in_and_makes_those_stale_that_name_it() -> None:
    project = a_project("$hero opens the door", "a cat for $5", "${hero}", variables="hero = Mia")
    run = begun(project)
    make_all()
    first = frame(run, 1).chosen
    assert first is not None
    assert "Mia opens the door" in first.prompt
    second = frame(run, 2).chosen
    assert second is not None
    assert "a cat for $5" in second.prompt
    project.variables = "hero = Tom"
    project.save()
    assert stale(run) == {1: "the text changed since", 3: "the text changed since"}


def test_the_nearest_value_holds() -> None:
    project = a_project("$who", "$who", "$who", variables="who = project\n[shot 2]\nwho = shot")
    project.steps.filter(position__gte=2).update(shot="2")
    project.steps.filter(position=3).update(variables="who = step")
    run = begun(project)
    frames = planning.run_frames(run)
    texts = planning.frame_texts(StyleRun.objects.get(pk=run.pk), frames)
    assert [text.text for text in texts.values()] == ["project", "shot", "step"]


def test_a_variable_that_the_template_names_is_of_every_picture_and_one_of_the_style_stays() -> None:
    style = a_style()
    style.first_template, style.variables = "$step by $light", "light = noon"
    style.save()
    project = a_project("a table", "a cat")
    run = begun(project, "independent")
    make_all()
    Style.objects.filter(pk=style.pk).update(variables="light = dusk")
    assert stale(run) == {}
    project.variables = "light = candles"
    project.save()
    assert list(stale(run)) == [1, 2]


def test_a_whole_prompt_is_sent_alone_and_is_another_than_the_same_text_in_a_template() -> None:
    project = a_project("a table", variables="hero = Mia")
    own = project.ordered_steps()[0].prompts.create(style=a_style(), text="Only $hero", whole=True)
    run = begun(project)
    make_all()
    take = frame(run, 1).chosen
    assert take is not None
    assert take.prompt == "Only Mia"
    own.whole = False
    own.save()
    assert stale(run) == {1: "the text changed since"}


def test_another_transition_within_a_chain_makes_its_picture_stale_where_the_template_says_it() -> None:
    project = a_project("a table", "a cat")
    run = begun(project)
    make_all()
    project.steps.filter(position=2).update(transition="J")
    assert list(stale(run)) == [2]
    project.steps.filter(position=2).update(transition="C")
    project.steps.filter(position=1).update(transition="M")
    assert stale(run) == {}


def test_a_new_look_of_a_character_is_of_its_pictures_alone() -> None:
    digests = []
    for look in ("A red coat.", "A blue coat."):
        project = a_project("Mia", "a cat")
        project.characters.create(name="Mia", look=look)
        run = begun(project, "independent")
        make_all()
        digests.append(list(run.takes.order_by("position").values_list("digest", flat=True)))
    assert digests[0][0] != digests[1][0]
    assert digests[0][1] == digests[1][1]


# --- queries ---------------------------------------------------------------------------------------------------------


def a_long_one(count: int, **fields: Any) -> StyleRun:
    project = a_project(*[f"Mia and bird {n}" for n in range(count)], variables="hero = a girl")
    project.characters.create(name="Mia", look="red", sheet=a_picture(43))
    draft = begun(project, "independent")
    run = begun(project, "independent", engine=an_engine("final"), draft=draft, keep_composition=True, reanchor=2)
    StyleRun.objects.filter(pk=run.pk).update(draft=draft)
    return StyleRun.objects.select_related("project", "engine").get(pk=run.pk)


def test_staleness_takes_one_query_more_where_there_is_a_draft(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for count in (2, 40):
        run = a_long_one(count)
        with django_assert_num_queries(3):
            planning.stale_frames(run)


def queries_to_prepare() -> int:
    claim = dispatch.claim()
    assert claim is not None
    with CaptureQueriesContext(connection) as captured:
        runner.prepare(claim)
    return len(captured)


def test_a_take_of_a_run_that_uses_none_of_it_is_prepared_with_as_few_queries_as_ever() -> None:
    a_run(a_project("a table", "a cat"))
    assert queries_to_prepare() == 3


def test_the_nth_picture_of_a_chain_is_prepared_with_as_many_queries_as_the_second() -> None:
    project = a_project(*"abcdefgh")
    a_look(project, a_style())
    begun(project, reanchor=7)
    counts = []
    for _ in range(8):
        claim = dispatch.claim()
        assert claim is not None
        with CaptureQueriesContext(connection) as captured:
            runner.prepare(claim)
        counts.append(len(captured))
        runner.make(claim)
    assert len(set(counts[1:])) == 1


OPENAI = {"provider": "openai", "model": "gpt-image-2", "side": 1024}


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "variation", "words"),
    [
        ({}, {"candidates": 0}, "0 pictures of each step are not possible: 1 to 8 are"),
        ({}, {"candidates": 9}, "9 pictures of each step"),
        ({}, {"gate": "always"}, "approval “always”"),
        ({}, {"gate_after": 0}, "one picture at least"),
        ({}, {"reanchor": -1}, "or never: 0"),
        ({}, {"max_parallel": 0}, "one picture at a time"),
        ({}, {"keep_composition": True}, "There is no draft"),
        ({}, {"overrides": {"quality": "high"}}, "has no choice of quality"),
        (OPENAI, {"overrides": {"quality": "ultra"}}, "low, medium, high"),
        ({"provider": "comfyui", "side": 512}, {"reanchor": 2}, "cannot be shown again"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_any_money(
    engine: dict[str, Any], variation: dict[str, Any], words: str
) -> None:
    project = a_project("a table")
    with pytest.raises(Refusal, match=words):
        planning.check(
            project.ordered_steps(), {}, an_engine(**engine), Strategy.CHAINED, "1:1", Variation(**variation)
        )


def test_a_draft_is_refused_where_the_engine_has_no_room_for_it() -> None:
    project = a_project("a table")
    draft = begun(project)
    wanted = Variation(draft=draft, keep_composition=True)
    engine = a_paid_engine("flux", provider="comfyui", model="", longest_side=512)
    with pytest.raises(Refusal, match="beside the picture before"):
        planning.check(project.ordered_steps(), {}, engine, Strategy.CHAINED, "1:1", wanted)
    planning.check(project.ordered_steps(), {}, engine, Strategy.INDEPENDENT, "1:1", wanted)


def test_what_is_not_asked_for_is_as_usual() -> None:
    usual = {field.name: getattr(planning.AS_USUAL, field.name) for field in fields(Variation)}
    assert usual == {
        "size": None, "overrides": {}, "seed": None, "own_seeds": False, "candidates": 1, "gate": "", "gate_after": 1,
        "reuse": False, "reanchor": 0, "max_parallel": None, "draft": None, "keep_composition": False,
    }  # fmt: skip


def test_frames_of_no_run_with_sheets_ask_for_no_texts_when_claimed(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    run = a_run(a_project("a table", "a cat"))
    first = Frame.objects.select_related("source__chosen__original").get(run=run, position=1)
    with django_assert_num_queries(0):
        assert planning.input_images(run, run.engine, first) == 0
