"""Keys come in from people and from the environment, are found wrong in words, replaced, refused, off and on."""

import subprocess
import sys
from collections.abc import Mapping

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from config.environment_keys import read_keys
from config.processes import BASE_DIR
from generation import keys, pasting, vault
from generation.errors import Refusal
from generation.models import Account, ApiKey, KeyPool, Limit
from generation.pasting import split
from tests.making import a_style

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
    "alias", [GOOGLE, f"my {GOOGLE}", "sk-proj-0123456789", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
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


# --- many at once ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (GOOGLE, ("", "", GOOGLE)),
        (f"work={GOOGLE}", ("work", "", GOOGLE)),
        (f"night, {GOOGLE}", ("", "night", GOOGLE)),
        (f"night\t{GOOGLE}", ("", "night", GOOGLE)),
        (f"night;'{GOOGLE}'", ("", "night", GOOGLE)),
        (f"GEMINI_API_KEY={GOOGLE}", ("", "", GOOGLE)),
        (f"our own project = {GOOGLE}", ("our own project", "", GOOGLE)),
    ],
)
def test_a_line_tells_account_alias_and_key(line: str, parts: tuple[str, str, str]) -> None:
    assert split(line) == parts


def test_lines_become_keys_and_what_is_wrong_is_said_line_by_line() -> None:
    keys.add("gemini", google(7), alias="old")
    text = f"""# keys of the studio
work={google(1)}
work={google(2)}

night,{google(3)}
{google(4)}
{google(4)}
{google(7)}
{OPENAI}
{google(5)},swapped
short,abc"""
    lines = pasting.paste(text, "gemini")
    assert [(line.number, line.account, line.problem.partition(":")[0]) for line in lines] == [
        (2, "work", ""),
        (3, "work", ""),
        (5, "night", ""),
        (6, "key …0004", ""),
        (7, "", "This key is here already"),
        (8, "", "This key is here already"),
        (9, "", "This is a key of OpenAI, and gemini asks Google."),
        (10, "", "This name looks like a key itself, and names are shown to everybody."),
        (11, "", "This is too short for a key"),
    ]
    assert sorted(key.reveal() for key in ApiKey.objects.all()) == [google(n) for n in (1, 2, 3, 4, 7)]
    assert Account.objects.get(name="work").keys.count() == 2
    assert not any(secret in repr(lines) for secret in (*map(google, range(8)), OPENAI))


def test_a_preview_says_the_same_and_leaves_nothing() -> None:
    text = f"work={google(1)}\nnight,{google(2)}\n{google(2)}\nno sense"
    promised = pasting.paste(text, "gemini", keep=False)
    assert not ApiKey.objects.exists()
    assert not Account.objects.exists()
    assert pasting.paste(text, "gemini") == promised
    assert ApiKey.objects.count() == 2


def test_a_wrong_line_leaves_no_account_behind() -> None:
    lines = pasting.paste("work=short\nwork2=sk-ant-0123456789abcdef", "gemini")
    assert all(line.problem for line in lines)
    assert not Account.objects.exists()


def test_pasted_keys_join_the_pools_that_were_chosen() -> None:
    pool = KeyPool.objects.create(provider="gemini", title="nightly")
    pasting.paste(f"{google(1)}\n{google(2)}", "gemini", [pool])
    assert pool.keys.count() == 2


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(Refusal, match="at most 200"):
        pasting.paste("\n".join(map(google, range(201))), "gemini")


# --- from the environment --------------------------------------------------------------------------------------------


def test_a_key_of_the_environment_gets_a_row_without_its_secret(settings: Settings) -> None:
    [key] = environment(settings, GEMINI_API_KEY=GOOGLE)
    assert (key.secret, key.variable, key.last_four) == ("", "GEMINI_API_KEY", "rstu")
    assert (key.fingerprint, key.reveal()) == (vault.fingerprint(GOOGLE), GOOGLE)
    assert (key.account.name, limits(key.account)) == ("GEMINI_API_KEY", [("requests", 9, 60)])
    assert list(ApiKey.objects.usable()) == [key]


def test_keys_of_a_list_have_accounts_of_their_own_unless_it_says_whose_they_are(settings: Settings) -> None:
    rows = environment(settings, GEMINI_API_KEYS=f"{google(1)},work={google(2)},{google(3)},work={google(4)}")
    accounts = {row.reveal(): row.account.name for row in rows}
    assert accounts == {
        google(1): "GEMINI_API_KEYS …0001",
        google(2): "work",
        google(3): "GEMINI_API_KEYS …0003",
        google(4): "work",
    }
    assert Limit.objects.count() == 3
    assert len({(row.account_id, row.alias) for row in rows}) == 4


def test_a_list_for_a_style_fills_the_pool_of_that_style(settings: Settings) -> None:
    rows = environment(settings, GEMINI_API_KEYS_CLEAR=f"{google(1)},{google(2)}", GEMINI_API_KEY=google(3))
    pool = KeyPool.objects.get()
    assert (pool.title, pool.provider, [style.slug for style in pool.styles.all()]) == ("Clear", "gemini", ["clear"])
    assert {key.reveal() for key in pool.keys.all()} == {google(1), google(2)}
    assert len(rows) == 3


def test_a_list_for_a_style_uses_the_pool_that_the_style_has(settings: Settings) -> None:
    pool = KeyPool.objects.create(provider="gemini", title="ours")
    pool.styles.add(a_style())
    environment(settings, GEMINI_API_KEYS_CLEAR=google(1))
    assert [key.reveal() for key in pool.keys.all()] == [google(1)]
    assert KeyPool.objects.count() == 1


def test_a_list_for_a_style_that_is_not_there_waits_in_a_pool_of_that_name(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    environment(settings, GEMINI_API_KEYS_OIL_PAINT=google(1))
    pool = KeyPool.objects.get()
    assert (pool.title, pool.styles.count(), pool.keys.count()) == ("oil-paint", 0, 1)
    assert "a style “oil-paint” that does not exist" in caplog.text


def test_starting_again_changes_nothing_that_staff_made(settings: Settings) -> None:
    [key] = environment(settings, GEMINI_API_KEYS_CLEAR=google(1))
    ApiKey.objects.update(alias="ours", enabled=False, disabled_reason="holiday")
    key.pools.clear()
    key.account.limits.update(amount=60)
    Account.objects.update(name="studio")
    [again] = environment(settings, GEMINI_API_KEYS_CLEAR=google(1))
    assert (again.pk, again.alias, again.enabled, again.disabled_reason) == (key.pk, "ours", False, "holiday")
    assert (again.pools.count(), again.account.name, limits(again.account)) == (0, "studio", [("requests", 60, 60)])
    assert (ApiKey.objects.count(), Account.objects.count(), Limit.objects.count()) == (1, 1, 1)


def test_a_new_key_in_the_same_variable_follows_in_its_account(settings: Settings) -> None:
    [old] = environment(settings, GEMINI_API_KEY=google(1))
    [new] = environment(settings, GEMINI_API_KEY=google(2))
    assert (new.pk != old.pk, new.account == old.account, new.alias != old.alias) == (True, True, True)
    assert list(ApiKey.objects.usable()) == [new]
    with pytest.raises(vault.Unreadable, match="not in the environment of this process any more"):
        old.reveal()


def test_a_key_that_people_entered_already_keeps_its_row(settings: Settings) -> None:
    key = keys.add("gemini", GOOGLE, alias="night")
    assert environment(settings, GEMINI_API_KEY=GOOGLE) == [key]
    key.refresh_from_db()
    assert (key.alias, key.variable, Account.objects.count()) == ("night", "", 1)


def test_a_known_account_is_joined_and_its_limits_stay(settings: Settings) -> None:
    account = Account.objects.create(provider="openai", name="work")
    [key] = environment(settings, OPENAI_API_KEYS=f"work={OPENAI}")
    assert (key.account, limits(account)) == (account, [])


@pytest.mark.django_db(transaction=True)
def test_processes_that_start_at_once_make_each_row_once(process_environment: Mapping[str, str]) -> None:
    variables = {
        "GEMINI_API_KEYS": ",".join([*(f"work={google(n)}" for n in range(6)), *map(google, range(10, 14))]),
        "GEMINI_API_KEYS_CLEAR": f"{google(20)},{google(21)}",
        "OPENAI_API_KEY": OPENAI,
    }
    told = "import sys, django; django.setup(); from generation import keys; sys.stdin.read(); keys.sync_environment()"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", told], cwd=BASE_DIR, env={**process_environment, **variables},
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
    for process in started:
        said = process.stderr.read() if process.stderr else ""
        assert process.wait() == 0, said
    assert ApiKey.objects.count() == 13
    assert Account.objects.count() == 1 + 4 + 2 + 1 == Limit.objects.count()
    assert (KeyPool.objects.count(), KeyPool.objects.get().keys.count()) == (1, 2)


def test_reading_the_environment_again_takes_one_query(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    environment(settings, GEMINI_API_KEYS=",".join(map(google, range(5))))
    with django_assert_num_queries(1):
        keys.sync_environment()


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
    keys.refused(key, "x" * 2000, timezone.now())
    key.refresh_from_db()
    assert len(key.last_error) == 300


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
