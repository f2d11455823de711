"""The price rows and engines that a fresh installation begins with."""

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps

from generation import actions, dispatch, holds, money, settle
from generation.defaults import ENGINES, install_engines, install_prices
from generation.errors import OutcomeUnknown
from generation.models import Budget, Call, Engine, Hold, Lora, Price, StyleRun
from generation.pages.confirm import cost_of
from generation.pages.estimate import Estimate, estimate
from generation.pages.spending import load_money
from generation.planning import Variation
from generation.pricelists import GEMINI_SIZES, gpt_image_tokens
from generation.verbs import FRAME_VERBS
from storyboards.models import Project
from tests.making import a_key, a_project, a_style, frame

pytestmark = pytest.mark.django_db
APP = apps.get_app_config("generation")


def price(model: str, size: str = "", quality: str = "") -> Price:
    return Price.objects.get(model=model, size=size, quality=quality)


# --- prices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "size", "dollars"),
    [
        ("gemini-2.5-flash-image", "", "0.039"),
        ("gemini-3.1-flash-lite-image", "", "0.0336"),
        ("gemini-3.1-flash-image", "512", "0.045"),
        ("gemini-3.1-flash-image", "1K", "0.067"),
        ("gemini-3.1-flash-image", "2K", "0.101"),
        ("gemini-3.1-flash-image", "4K", "0.151"),
        ("gemini-3-pro-image", "1K", "0.134"),
        ("gemini-3-pro-image", "4K", "0.24"),
    ],
)
def test_a_gemini_picture_costs_what_the_list_says(model: str, size: str, dollars: str) -> None:
    assert price(model, size).per_picture == Decimal(dollars)


@pytest.mark.parametrize(
    ("model", "size", "tokens"),
    [
        ("gemini-2.5-flash-image", "", 1290),
        ("gemini-3.1-flash-lite-image", "", 1120),
        ("gemini-3.1-flash-image", "512", 747),
        ("gemini-3.1-flash-image", "1K", 1120),
        ("gemini-3.1-flash-image", "2K", 1680),
        ("gemini-3.1-flash-image", "4K", 2520),
        ("gemini-3-pro-image", "1K", 1120),
        ("gemini-3-pro-image", "4K", 2000),
        ("gemini-nano-banana-2.1", "", 1120),
    ],
)
def test_tokens_and_pictures_of_gemini_tell_the_same_price(model: str, size: str, tokens: int) -> None:
    by_tokens, by_picture = price(model).image_out, price(model, size).per_picture
    assert by_tokens is not None
    assert by_picture is not None
    assert float(tokens * by_tokens / 1_000_000) == pytest.approx(float(by_picture), rel=0.01)


@pytest.mark.parametrize(
    ("model", "tokens"),
    [("gemini-3.1-flash-image", 1120), ("gemini-3-pro-image", 560), ("gemini-2.5-flash-image", 258)],
)
def test_a_picture_sent_along_costs_its_tokens(model: str, tokens: int) -> None:
    row = price(model)
    assert row.image_in is not None
    assert row.per_reference is not None
    assert float(tokens * row.image_in / 1_000_000) == pytest.approx(float(row.per_reference), rel=0.02)


def test_every_size_that_gemini_sells_has_a_price() -> None:
    for model, sizes in GEMINI_SIZES.items():
        assert set(Price.objects.filter(model=model).values_list("size", flat=True)) == {"", *sizes}


@pytest.mark.parametrize(
    ("quality", "tokens", "dollars"), [("low", 196, 0.006), ("medium", 1756, 0.053), ("high", 7024, 0.211)]
)
def test_a_gpt_picture_costs_its_tokens(quality: str, tokens: int, dollars: float) -> None:
    assert gpt_image_tokens(quality, 1024, 1024) == tokens
    assert float(price("gpt-image-2", "1024x1024", quality).per_picture or 0) == pytest.approx(dollars, abs=0.0005)


def test_a_gpt_picture_costs_the_same_on_its_side() -> None:
    upright, across = (price("gpt-image-2", size, "medium").per_picture for size in ("1024x1536", "1536x1024"))
    assert upright == across
    assert upright is not None
    assert 0.03 < upright < 0.053


def test_a_gpt_picture_of_unknown_quality_reserves_as_the_dearest() -> None:
    dearest = max(row.per_picture or 0 for row in Price.objects.filter(provider="openai"))
    for model in ("gpt-image-2", "gpt-image-2.5-sunburst", "gpt-image-2.5-flare"):
        row = price(model)
        assert (row.per_picture, row.text_in, row.image_in, row.image_out) == (dearest, 5, 8, 30)


def test_a_gpt_picture_of_an_unlisted_size_reserves_by_its_quality() -> None:
    engine = Engine.objects.get(slug="gpt-image-2")
    for width, height in ((1024, 768), (1360, 768), (1024, 1024)):
        reserved = money.price_of_picture(engine, width, height)
        assert reserved is not None
        assert float(reserved) == pytest.approx(0.053, abs=0.0005)
    engine.options = {"quality": "auto"}
    assert float(money.price_of_picture(engine, 1024, 768) or 0) == pytest.approx(0.211, abs=0.0005)


@pytest.mark.parametrize(("side", "dollars"), [(512, "0.045"), (1024, "0.067"), (2048, "0.101"), (4096, "0.151")])
def test_a_gemini_picture_reserves_by_its_size_and_by_what_is_sent_along(side: int, dollars: str) -> None:
    engine = Engine.objects.get(slug="gemini-3-1-flash-image")
    assert money.price_of_picture(engine, side, side) == Decimal(dollars)
    assert money.price_of_picture(engine, side, side, references=2) == Decimal(dollars) + 2 * Decimal("0.00056")


def test_what_a_call_counted_is_booked_by_its_tokens() -> None:
    call = Call(provider="gemini", model="gemini-3.1-flash-image", size="1K", input_images=1)
    usage = {"text_in": 200, "image_in": 1120, "text_out": 300, "image_out": 1120}
    assert money.cost_of(call, usage) == Decimal("0.06876")
    assert money.cost_of(call, {}) == Decimal("0.067") + Decimal("0.00056")


def test_rented_machines_have_no_price_until_staff_know_it() -> None:
    assert not Price.objects.filter(provider__in=("runpod", "comfyui", "sketch")).exists()


def test_prices_say_when_the_list_was_read_and_what_staff_wrote_stays() -> None:
    assert set(Price.objects.values_list("checked_on", flat=True)) == {date(2026, 11, 1)}
    Price.objects.filter(model="gpt-image-2", size="").update(per_picture=Decimal("9.5"))
    count = Price.objects.count()
    install_prices(APP)
    assert Price.objects.count() == count
    assert price("gpt-image-2").per_picture == Decimal("9.5")


# --- a run's own quality and size ------------------------------------------------------------------------------------

VARIED = [
    ("gpt-image-2", "1:1", {"quality": "low"}, None, "0.00588"),
    ("gpt-image-2", "1:1", {}, None, "0.05268"),
    ("gpt-image-2", "1:1", {"quality": "high"}, None, "0.21072"),
    ("gpt-image-2", "3:2", {"quality": "low"}, (1536, 1024), "0.00474"),
    ("gpt-image-2", "3:2", {"quality": "high"}, (1536, 1024), "0.16464"),
    ("gemini-3-1-flash-image", "1:1", {}, (512, 512), "0.045"),
    ("gemini-3-1-flash-image", "1:1", {}, None, "0.067"),
    ("gemini-3-1-flash-image", "1:1", {}, (2048, 2048), "0.101"),
    ("gemini-3-1-flash-image", "1:1", {}, (4096, 4096), "0.151"),
]


def start(project: Project, slug: str, overrides: dict[str, object], size: tuple[int, int] | None) -> StyleRun:
    return actions.start(
        project,
        user=project.owner,
        styles=[a_style()],
        strategy="independent",
        engine=Engine.objects.get(slug=slug),
        variation=Variation(overrides=overrides, size=size),
    )[0]


def a_varied_run(slug: str, shape: str, overrides: dict[str, object], size: tuple[int, int] | None) -> StyleRun:
    a_key(provider=Engine.objects.get(slug=slug).provider, amount=1000)
    return start(a_project("bird", "cat", aspect_ratio=shape), slug, overrides, size)


@pytest.mark.parametrize(("slug", "shape", "overrides", "size", "dollars"), VARIED)
def test_a_run_reserves_what_its_own_quality_and_size_cost(
    slug: str, shape: str, overrides: dict[str, object], size: tuple[int, int] | None, dollars: str
) -> None:
    run = a_varied_run(slug, shape, overrides, size)
    claim = dispatch.claim()
    assert claim is not None
    call = Call.objects.get()
    assert call.reserved_cost == Decimal(dollars)
    assert call.quality == overrides.get("quality", "medium" if slug == "gpt-image-2" else "")
    settle.failed(claim, OutcomeUnknown())
    assert load_money(run.project, [run]).by_run[run.pk].dollars == Decimal(dollars)


def test_a_budget_lets_as_many_pictures_through_as_their_own_quality_allows() -> None:
    run = a_varied_run("gpt-image-2", "1:1", {"quality": "low"}, None)
    budget = Budget.objects.create(run=run, amount=Decimal("0.01"))
    assert dispatch.claim() is not None
    assert dispatch.claim() is None
    assert StyleRun.objects.get().hold == Hold.BUDGET
    assert holds.release() == 0
    budget.amount = Decimal("0.02")
    budget.save()
    assert holds.release() == 1, "one more at $0.006 is affordable, where one at $0.053 were not"
    assert dispatch.claim() is not None


def test_a_budget_holds_a_run_whose_own_quality_is_dearer_than_its_engines() -> None:
    run = a_varied_run("gpt-image-2", "1:1", {"quality": "high"}, None)
    Budget.objects.create(run=run, amount=Decimal("0.20"))
    assert dispatch.claim() is None
    assert StyleRun.objects.get().hold == Hold.BUDGET
    assert holds.release() == 0, "at the engine's own quality it would be let go, and held again at once"


def test_pages_foresee_what_a_runs_own_quality_costs() -> None:
    run = a_varied_run("gpt-image-2", "1:1", {"quality": "low"}, None)
    assert load_money(run.project, [run]).words(run, 2) == "about $0.01 in all"
    actions.cancel(run, None)
    told = cost_of("retry", FRAME_VERBS["retry"], frame(run, 1), run.project.owner, {})
    assert told is not None
    assert told.money == "under $0.01"


@pytest.mark.parametrize(("slug", "shape", "overrides", "size", "dollars"), VARIED)
def test_an_estimate_goes_by_the_quality_and_size_that_are_asked_for(
    slug: str, shape: str, overrides: dict[str, object], size: tuple[int, int] | None, dollars: str
) -> None:
    Price.objects.update(per_reference=None)
    a_key(provider=Engine.objects.get(slug=slug).provider)
    project = a_project("bird", "cat", aspect_ratio=shape)
    found: Estimate = estimate(project, lambda: start(project, slug, overrides, size), ["clear"])
    assert (found.pictures, found.cost, found.costs) == (2, 2 * Decimal(dollars), {"clear": 2 * Decimal(dollars)})


# --- engines ---------------------------------------------------------------------------------------------------------


def test_every_vendor_has_an_engine_and_sketch_comes_first() -> None:
    assert {engine["provider"] for engine in ENGINES} == {"sketch", "gemini", "openai", "runpod", "comfyui"}
    assert Engine.objects.filter(slug__in=[engine["slug"] for engine in ENGINES], enabled=True).count() == len(ENGINES)
    first = Engine.objects.for_style(a_style())
    assert first is not None
    assert first.slug == "sketch"


def test_what_an_engine_asks_for_has_a_price() -> None:
    for engine in Engine.objects.filter(provider__in=("gemini", "openai")):
        assert Price.objects.filter(provider=engine.provider, model=engine.model, per_picture__gt=0).exists(), engine


def test_two_engines_are_styles_of_the_registry_with_their_loras() -> None:
    numbered = {engine.number: engine for engine in Engine.objects.exclude(number=None)}
    assert {number: engine.title.rpartition(": ")[2] for number, engine in numbered.items()} == {
        1: "Ink Intensity",
        16: "Dynamic Simplicity",
    }
    for engine in numbered.values():
        roles = [(place.lora.role, place.as_option()["weight"]) for place in engine.stack.all()]
        assert roles == [("style", 1.0), ("cinematic", 1.0)]
        assert engine.size("16:9") == (1360, 768)


def test_installing_again_changes_nothing_and_a_taken_number_is_left_alone() -> None:
    Engine.objects.filter(slug="gpt-image-2").update(title="Ours")
    Engine.objects.get(number=16).delete()
    own = Engine.objects.create(slug="own", title="Own", provider="runpod", number=16)
    install_engines(APP)
    assert Engine.objects.get(slug="gpt-image-2").title == "Ours"
    assert Engine.objects.get(number=16) == own
    assert Lora.objects.count() == 3
