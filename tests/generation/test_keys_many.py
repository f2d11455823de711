"""Many keys at once: pasted by people, and read from the environment."""

import subprocess
import sys
from collections.abc import Mapping

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from config.processes import BASE_DIR
from generation import keys, pasting, vault
from generation.errors import Refusal
from generation.models import Account, ApiKey, KeyPool, Limit
from generation.pasting import split
from tests.generation.test_keys import GOOGLE, OPENAI, environment, google, limits
from tests.making import a_style

pytestmark = pytest.mark.django_db


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
