"""What keeps an engine from making a picture, told before anything is sent; and the checks of `manage.py check`."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from generation import readiness
from generation.models import Account, ApiKey, Engine, KeyPool, Limit, Lora, Price
from generation.providers import get_provider
from tests.making import a_named_key, a_style, an_engine

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sketch_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(get_provider("sketch")), "needs_key", True)


def a_pool(*keys: ApiKey, title: str = "team") -> KeyPool:
    pool = KeyPool.objects.create(provider="sketch", title=title)
    pool.keys.set(keys)
    return pool


def nothing() -> None:
    """No key at all."""


def all_switched_off() -> None:
    a_named_key(alias="one", enabled=False, disabled_reason="API key expired.")
    a_named_key(alias="two", enabled=False, disabled_reason="API key expired.")


def account_stopped() -> None:
    a_named_key()
    Account.objects.update(stopped_reason="no credit left")


def model_not_allowed() -> None:
    Limit.objects.create(account=a_named_key().account, amount=0)


def sealed_with_another_key() -> None:
    a_named_key()
    ApiKey.objects.update(secret="gAAAAA-sealed-elsewhere")


def gone_from_the_environment() -> None:
    a_named_key()
    ApiKey.objects.update(secret="", variable="SKETCH_API_KEY")


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (nothing, "No key for sketch has been entered yet."),
        (all_switched_off, "No key for sketch can be used: switched off."),
        (account_stopped, "No key for sketch can be used: its account is stopped."),
        (model_not_allowed, "No key for sketch can be used: its account may not use this model."),
        (sealed_with_another_key, "No key for sketch can be used: This key was encrypted with"),
        (gone_from_the_environment, "No key for sketch can be used: This key is not in the environment"),
    ],
)
def test_it_says_why_no_key_can_be_used(happens: Callable[[], None], words: str) -> None:
    happens()
    told = readiness.missing(an_engine())
    assert len(told) == 1
    assert told[0].startswith(words)


def test_one_good_key_is_enough_and_its_name_is_never_told() -> None:
    all_switched_off()
    assert "one" not in " ".join(readiness.missing(an_engine())).replace("None", "").split()
    a_named_key(alias="three")
    assert readiness.missing(an_engine()) == []


def test_a_free_provider_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(get_provider("sketch")), "needs_key", False)
    assert readiness.missing(an_engine()) == []


def test_an_engine_with_a_pool_draws_on_nothing_else() -> None:
    good, bad = a_named_key(alias="good"), a_named_key(alias="bad", enabled=False, disabled_reason="leaked")
    pool = a_pool()
    engine = an_engine(key_pool=pool)
    assert readiness.missing(engine) == ["There is no key in its pool."]
    pool.keys.add(bad)
    assert readiness.missing(engine) == ["No key in its pool can be used: switched off."]
    pool.keys.add(good)
    assert readiness.missing(engine) == []


def test_a_style_with_a_pool_draws_on_it_where_the_engine_has_none() -> None:
    a_named_key(alias="good")
    a_pool(a_named_key(alias="bad", enabled=False)).styles.add(a_style("clear"))
    engine = an_engine()
    assert readiness.missing(engine, a_style("clear").pk) == ["No key in the style's pool can be used: switched off."]
    assert readiness.missing(engine, a_style("comic").pk) == []


def test_keys_of_a_styles_pool_are_for_no_other_style() -> None:
    a_pool(a_named_key()).styles.add(a_style("clear"))
    assert readiness.missing(an_engine(), a_style("clear").pk) == []
    assert readiness.missing(an_engine(), a_style("comic").pk) == ["There is no key for sketch that any style may use."]
    assert readiness.missing(an_engine()) == []


def test_it_warns_where_only_some_styles_have_a_key() -> None:
    pool = a_pool(a_named_key(alias="good"))
    pool.styles.add(a_style("clear"))
    an_engine("paid")
    none_for_any = (
        "Styles without a key pool of their own cannot use it. There is no key for sketch that any style may use."
    )
    assert of("paid").ready
    assert none_for_any in of("paid").warnings
    a_named_key(alias="for all")
    pool.keys.clear()
    assert none_for_any not in of("paid").warnings
    assert "Some styles with a key pool of their own cannot use it. There is no key in the style's pool." in (
        of("paid").warnings
    )


def test_without_encryption_keys_it_names_the_setting() -> None:
    key = a_named_key()
    with override_settings(ENCRYPTION_KEYS=[]):
        assert "ENCRYPTION_KEYS is not set" in readiness.missing(an_engine())[0]
        key.delete()
        assert readiness.missing(an_engine()) == ["No key for sketch has been entered yet.", readiness.NO_VAULT]


def test_options_a_missing_provider_and_the_switch_are_told_of() -> None:
    a_named_key()
    assert readiness.missing(an_engine(options={"speed": 3}))[0].startswith("Its options make no sense: Unknown option")
    assert readiness.missing(an_engine("none", provider="dream"))[0] == "Its provider “dream” is not installed."
    assert readiness.missing(an_engine("off", enabled=False)) == ["It is switched off."]


def test_what_the_provider_itself_misses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    a_named_key()
    monkeypatch.setattr(type(get_provider("sketch")), "missing", lambda *_: ["RUNPOD_SERVER_100_ID is not set."])
    assert readiness.missing(an_engine()) == ["RUNPOD_SERVER_100_ID is not set."]


def of(slug: str) -> readiness.Readiness:
    return next(found for found in readiness.readiness_of_all() if found.engine.slug == slug)


def test_an_engine_without_a_price_works_and_warns() -> None:
    a_named_key()
    an_engine()
    assert (of("quick").ready, of("quick").warnings) == (True, (readiness.NO_PRICE,))
    Price.objects.create(provider="sketch", per_picture="0.04")
    assert of("quick").warnings == ()


def test_a_fallback_that_cannot_stand_in_is_a_warning() -> None:
    a_named_key()
    Price.objects.create(provider="sketch", per_picture="0.04")
    an_engine(fallback=an_engine("spare", enabled=False))
    assert of("quick").ready
    assert of("quick").warnings == ("“spare” cannot stand in for it: It is switched off.",)


def engines_with_all_they_may_have(count: int) -> None:
    for _ in range(count):
        name = f"engine-{Engine.objects.count()}"
        pool = a_pool(a_named_key(alias=name), title=name)
        engine = an_engine(name, fallback=Engine.objects.first(), key_pool=pool)
        engine.stack.create(lora=Lora.objects.create(title=name, file=f"{name}.safetensors"))


def test_ten_engines_with_loras_pools_and_fallbacks_are_read_as_often_as_two() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            readiness.readiness_of_all()
        return len(captured)

    engines_with_all_they_may_have(2)
    few = queries()
    engines_with_all_they_may_have(8)
    assert queries() == few <= 9


# --- manage.py check -------------------------------------------------------------------------------------------------


def checked(capsys: pytest.CaptureFixture[str], **options: object) -> str:
    call_command("check", **options)
    return "".join(capsys.readouterr())


def test_check_names_engines_that_lack_something_when_asked_about_the_database(
    capsys: pytest.CaptureFixture[str],
) -> None:
    an_engine()
    said = checked(capsys, databases=["default"])
    assert "(generation.W001) The engine “quick” cannot make pictures: No key for sketch" in said
    assert "generation.W00" not in checked(capsys)
    a_named_key()
    said = checked(capsys, databases=["default"])
    assert "“quick” cannot" not in said
    assert f"(generation.W002) The engine “quick”: {readiness.NO_PRICE}" in said


def test_check_says_nothing_of_engines_that_are_switched_off(capsys: pytest.CaptureFixture[str]) -> None:
    an_engine(enabled=False)
    assert "“quick”" not in checked(capsys, databases=["default"])


@override_settings(ENCRYPTION_KEYS=["too-short-and-secret"])
def test_a_value_that_is_no_fernet_key_is_an_error_that_does_not_repeat_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exception, match=r"generation\.E001") as raised:
        checked(capsys)
    assert "too-short" not in str(raised.value)
