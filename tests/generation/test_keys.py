"""Keys come in, are found wrong in words, replaced, refused, tried, switched off and on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from config.environment_keys import read_keys
from generation import keys
from generation.errors import Refusal
from generation.models import Account, ApiKey, Engine, KeyPool
from generation.providers import configure
from tests.simulator.client import Simulator

pytestmark = pytest.mark.django_db

GOOGLE = "AIzaSyD-0123456789abcdefghijklmnopqrstu"
OPENAI = "sk-proj-0123456789abcdefghijklmnopqrstuv"
RUNPOD = "rpa_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def google(number: int) -> str:
    return f"AIzaSyD-{number:031d}"


def environment(settings: Settings, **variables: str) -> list[ApiKey]:
    settings.ENVIRONMENT_KEYS = read_keys(variables)
    return keys.sync_environment()


def limits(account: Account) -> list[tuple[str, int | None, int]]:
    return list(account.limits.values_list("unit", "amount", "seconds"))


# --- put in by hand --------------------------------------------------------------------------------------------------


def test_a_key_entered_alone_gets_an_account_of_its_own_with_nine_requests_a_minute() -> None:
    key = keys.add("gemini", GOOGLE)
    assert (key.account.provider, limits(key.account)) == ("gemini", [("requests", 9, 60)])
    assert (key.last_four, key.enabled, key.variable) == ("rstu", True, "")
    assert key.reveal() == GOOGLE
    assert GOOGLE not in key.secret
    assert list(ApiKey.objects.usable()) == [key]


def test_two_keys_entered_alone_share_nothing() -> None:
    first, second = keys.add("gemini", google(1)), keys.add("gemini", google(10001))
    assert first.account != second.account


def test_a_key_may_join_an_account_and_pools() -> None:
    account = keys.account_named("gemini", "work")
    pool = KeyPool.objects.create(provider="gemini", title="nightly")
    key = keys.add("gemini", GOOGLE, account=account, alias="night", pools=[pool])
    assert (key.account, key.alias, list(key.pools.all())) == (account, "night", [pool])
    second = keys.add("gemini", google(2), account=account)
    third = keys.add("gemini", google(3), account=account)
    assert len({key.alias, second.alias, third.alias}) == 3
    assert limits(account) == [("requests", 9, 60)]


@pytest.mark.parametrize(
    "dressed",
    [
        "  {} \n",
        '"{}"',
        "'{}',",
        "GEMINI_API_KEY={}",
        'export GEMINI_API_KEY="{}"',
        "API_KEY: {}",
        "Bearer {}",
        "\ufeff{}\u200b",
        "“{}”",
    ],
)
def test_what_is_around_a_pasted_key_is_taken_off(dressed: str) -> None:
    assert keys.add("gemini", dressed.format(GOOGLE)).reveal() == GOOGLE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no key"),
        ("   ", "no key"),
        ("GEMINI_API_KEY=", "no key"),
        ("abc", "too short"),
        ("A" * 501, "too long"),
        ("AIza first second", "no blanks"),
        (f"{GOOGLE}\n{GOOGLE}", "no blanks"),
        ("AIzaSyÄÖÜ-0123456789", "letters in it that no key has"),
        ("sk-****************abcd", "masked"),
        ("AIza...wxyz", "masked"),
        ("AIza…wxyz", "masked"),
        ("<your key here>", "masked"),
        (OPENAI, "a key of OpenAI, and gemini asks Google"),
        (RUNPOD, "a key of RunPod, and gemini asks Google"),
        ("sk-ant-0123456789abcdef", "a key of Anthropic, and gemini asks Google"),
    ],
)
def test_what_cannot_be_a_key_is_refused_in_words_without_it(text: str, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refusal:
        keys.add("gemini", text)
    assert not text.strip() or text.strip() not in str(refusal.value)
    assert refusal.value.__context__ is None
    assert not ApiKey.objects.exists()
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("provider", "text"), [("openai", GOOGLE), ("runpod", OPENAI), ("openai", "sk-ant-0123456789")]
)
def test_every_vendor_knows_the_keys_of_the_others(provider: str, text: str) -> None:
    with pytest.raises(Refusal, match="This is a key of"):
        keys.add(provider, text)


@pytest.mark.parametrize(
    ("provider", "text"), [("gemini", "AQ.Ab8RN6-new-kind"), ("openai", "0123456789"), ("runpod", "ABCDEF012345")]
)
def test_a_kind_of_key_that_nobody_has_seen_yet_is_taken(provider: str, text: str) -> None:
    assert keys.add(provider, text).reveal() == text


def test_behind_a_gateway_any_key_is_taken(settings: Settings) -> None:
    settings.PROVIDERS = {"gemini": {"base_url": "https://gateway.example.org/gemini"}}
    assert keys.add("gemini", OPENAI).reveal() == OPENAI


def test_a_key_that_is_here_already_is_refused_with_its_alias() -> None:
    keys.add("gemini", GOOGLE, alias="night")
    with pytest.raises(Refusal, match="here already: “night” of night") as refusal:
        keys.add("gemini", f" {GOOGLE} ", alias="day")
    assert GOOGLE not in str(refusal.value)
    assert ApiKey.objects.count() == 1


def test_an_alias_that_is_taken_is_refused() -> None:
    account = keys.add("gemini", google(1), alias="night").account
    with pytest.raises(Refusal, match="has a key called “night” already"):
        keys.add("gemini", google(2), account=account, alias="night")
    assert keys.add("gemini", google(2), alias="night").account != account


@pytest.mark.parametrize(
    "alias",
    [
        GOOGLE,
        f"my {GOOGLE}",
        "AQ.Ab8RN6-0123456789abc_0123456789",
        "sk-proj-0123456789",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ],
)
def test_a_name_that_holds_a_key_is_refused(alias: str) -> None:
    with pytest.raises(Refusal, match="looks like a key") as refusal:
        keys.add("gemini", GOOGLE, alias=alias)
    assert alias not in str(refusal.value)


def test_a_name_that_holds_a_key_of_any_shape_is_refused() -> None:
    with pytest.raises(Refusal, match="looks like a key"):
        keys.add("runpod", "plain-words-key", alias="it is plain-words-key")


def test_an_account_or_a_pool_of_another_vendor_is_refused() -> None:
    account, pool = keys.account_named("openai", "work"), KeyPool.objects.create(provider="runpod", title="night")
    with pytest.raises(Refusal, match=r"work \(openai\) is not of gemini"):
        keys.add("gemini", GOOGLE, account=account)
    with pytest.raises(Refusal, match=r"night \(runpod\) is not of gemini"):
        keys.add("gemini", GOOGLE, pools=[pool])
    assert not ApiKey.objects.exists()


def test_without_encryption_keys_nothing_is_stored_and_the_words_say_what_to_set(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(Refusal, match="Set ENCRYPTION_KEYS"):
        keys.add("gemini", GOOGLE)
    assert not ApiKey.objects.exists()
    assert not Account.objects.exists()
    assert environment(settings, GEMINI_API_KEY=GOOGLE)[0].reveal() == GOOGLE


def test_a_key_whose_encryption_key_is_lost_can_be_put_in_again(settings: Settings) -> None:
    key = keys.add("gemini", GOOGLE, alias="night")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert not keys.readable(key)
    again = keys.add("gemini", GOOGLE)
    assert (again.pk, again.alias, ApiKey.objects.get().reveal()) == (key.pk, "night", GOOGLE)


# --- replaced --------------------------------------------------------------------------------------------------------


def test_a_rotated_key_is_a_new_row_in_the_place_of_the_old_one() -> None:
    pool = KeyPool.objects.create(provider="gemini", title="nightly")
    old = keys.add("gemini", google(1), alias="night", pools=[pool])
    new = keys.rotate(old, f"GEMINI_API_KEY={google(20002)}")
    assert (new.pk != old.pk, new.alias, new.account, list(new.pools.all())) == (True, "night", old.account, [pool])
    assert (old.enabled, old.disabled_reason) == (False, "Replaced by …0002.")
    assert old.alias.startswith("night until 20")
    assert list(ApiKey.objects.usable()) == [new]
    assert (old.reveal(), new.reveal()) == (google(1), google(20002))  # jobs at the vendor are fetched with the old one


def test_a_key_can_be_rotated_every_day_and_back() -> None:
    key = keys.add("gemini", google(0), alias="n" * 80)
    for number in range(1, 5):
        key = keys.rotate(key, google(number))
        assert key.alias == "n" * 80
    old = ApiKey.objects.get(last_four="0002")
    assert keys.enable(old)
    assert ApiKey.objects.usable().count() == 2


def test_a_key_is_not_rotated_to_itself_or_to_another_that_is_here() -> None:
    key, other = keys.add("gemini", google(1), alias="night"), keys.add("gemini", google(2), alias="day")
    for secret, words in [(google(1), "the secret it has already"), (google(2), "“day”"), (OPENAI, "a key of OpenAI")]:
        with pytest.raises(Refusal, match=words):
            keys.rotate(key, secret)
    key.refresh_from_db()
    assert (key.alias, key.enabled, other.enabled, ApiKey.objects.count()) == ("night", True, True, 2)


def test_rotating_without_encryption_keys_leaves_the_old_one_on(settings: Settings) -> None:
    key = keys.add("gemini", google(1), alias="night")
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(Refusal, match="Set ENCRYPTION_KEYS"):
        keys.rotate(key, google(2))
    key.refresh_from_db()
    assert (key.alias, key.enabled) == ("night", True)


# --- refused, off and on, tried --------------------------------------------------------------------------------------


def test_a_key_that_the_vendor_refuses_is_switched_off_with_the_vendors_words_but_not_the_key() -> None:
    key, now = keys.add("runpod", "plain-words-key"), timezone.now()
    assert keys.refused(key, f"Key plain-words-key was leaked, see {GOOGLE} and /v1?key=abcdef", now)
    key.refresh_from_db()
    words = "Key [key] was leaked, see [key] and /v1?key=[key]"
    assert (key.enabled, key.disabled_reason, key.last_error, key.last_error_at) == (False, words, words, now)
    assert not ApiKey.objects.usable().exists()


def test_what_is_refused_twice_is_switched_off_once() -> None:
    key = keys.add("gemini", GOOGLE)
    assert keys.refused(key, "first", timezone.now())
    assert not keys.refused(key, "second", timezone.now())
    key.refresh_from_db()
    assert (key.disabled_reason, key.last_error) == ("first", "second")


def test_a_key_is_switched_off_with_a_reason_and_on_without() -> None:
    key = keys.add("gemini", GOOGLE)
    assert (keys.disable(key, "holiday"), keys.disable(key, "again")) == (True, False)
    key.refresh_from_db()
    assert (key.enabled, key.disabled_reason) == (False, "holiday")
    assert (keys.enable(key), keys.enable(key)) == (True, False)
    key.refresh_from_db()
    assert (key.enabled, key.disabled_reason) == (True, "")


def test_a_long_reason_is_cut() -> None:
    key = keys.add("gemini", GOOGLE)
    keys.refused(key, "no good " * 200, timezone.now())
    key.refresh_from_db()
    assert 290 <= len(key.last_error) <= 300


VENDORS = {"gemini": GOOGLE, "openai": OPENAI, "runpod": RUNPOD}


@pytest.fixture
def vendors(simulator: Simulator, settings: Settings) -> Iterator[Simulator]:
    """The providers of this process ask them."""
    with asking(settings, simulator.address):
        yield simulator


@pytest.fixture
def nobody(settings: Settings) -> Iterator[None]:
    """The providers of this process ask where nobody listens."""
    with asking(settings, "http://127.0.0.1:9"):
        yield


@contextmanager
def asking(settings: Settings, address: str) -> Iterator[None]:
    addresses = {name: {**settings.PROVIDERS[name], "base_url": f"{address}/{name}"} for name in VENDORS}
    addresses["runpod"]["endpoints"] = {"main": "flux-main", "fast": "flux-fast"}
    configure({**settings.PROVIDERS, **addresses})
    yield
    configure(settings.PROVIDERS)


@pytest.mark.parametrize("provider", VENDORS)
def test_a_vendor_says_whether_it_accepts_a_key(provider: str, vendors: Simulator) -> None:
    key = keys.add(provider, VENDORS[provider])
    vendors.account(provider, "main", {"first": VENDORS[provider]})
    assert keys.check(key) == keys.Tried(True, "The vendor accepts it.")
    assert len(vendors.log(provider)) == 1


@pytest.mark.parametrize("provider", VENDORS)
def test_a_key_that_the_vendor_refuses_when_asked_is_switched_off(provider: str, vendors: Simulator) -> None:
    key = keys.add(provider, VENDORS[provider])
    tried = keys.check(key)
    key.refresh_from_db()
    assert not tried.accepted
    assert tried.words.startswith("The vendor refuses it, so it is switched off: ")
    assert (key.enabled, key.disabled_reason) == (False, key.last_error)
    assert key.last_error
    assert VENDORS[provider] not in f"{tried} {key.last_error}"


@pytest.mark.parametrize("provider", VENDORS)
def test_a_vendor_that_cannot_be_reached_says_nothing_about_a_key(provider: str, nobody: None) -> None:
    key = keys.add(provider, VENDORS[provider])
    tried = keys.check(key)
    key.refresh_from_db()
    assert (tried.accepted, key.enabled, key.last_error) == (False, True, tried.words)


def test_a_key_that_cannot_be_tried_says_what_is_missing() -> None:
    Engine.objects.filter(provider="runpod").update(options={"endpoint": "fast"})
    key = keys.add("runpod", RUNPOD)
    assert keys.check(key) == keys.Tried(
        False, "RUNPOD_SERVER_SCHNELL_ID is not set: RunPod's endpoint “fast” has no id."
    )


def test_a_key_that_is_accepted_has_no_last_error_any_more() -> None:
    key = keys.add("sketch", "any-key-at-all")
    ApiKey.objects.update(last_error="it was away", last_error_at=timezone.now())
    assert keys.check(key) == keys.Tried(True, "The vendor accepts it.")
    key.refresh_from_db()
    assert (key.last_error, key.last_error_at) == ("", None)


def test_a_key_that_cannot_be_read_here_is_not_sent_anywhere(settings: Settings) -> None:
    key = keys.add("sketch", "any-key-at-all")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert keys.check(key) == keys.Tried(
        False, "This key was encrypted with an ENCRYPTION_KEYS value that is not set here."
    )


def test_what_is_stored_holds_no_secret() -> None:
    keys.add("gemini", GOOGLE, alias="night")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM generation_apikey")
        assert GOOGLE not in repr(cursor.fetchall())


def test_a_key_in_the_environment_that_stands_where_its_account_belongs_is_told_to_nobody(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    environment(settings, GEMINI_API_KEYS=f"{GOOGLE}=my-account")
    key = ApiKey.objects.get()
    assert GOOGLE not in f"{key} {key.account} {caplog.text}"
    assert "write account=key" in caplog.text
