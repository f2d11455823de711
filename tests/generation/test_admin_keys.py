"""Keys in the admin: put in, looked at, replaced, never read out."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from generation import keys
from generation.models import Account, ApiKey, Call, KeyPool, Limit
from tests.admin_rows import a_key, fill

pytestmark = pytest.mark.django_db

SECRET = "AIzaSyTopSecret-0123456789abcdefghijklm"
OTHER = "AIzaSyTopSecret-abcdefghijklm0123456789"


def url(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:generation_{model}_{page}", args=args)


def client_of(*groups: str) -> Client:
    user = User.objects.create_user("-".join(groups) or "chief", is_staff=True, is_superuser=not groups)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def finance() -> Client:
    return client_of("finance")


def messages(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def act(client: Client, model: str, action: str, *rows: Any, **more: str) -> Any:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(url(model, "changelist"), chosen, follow=True)


def put_in(client: Client, **fields: Any) -> Any:
    given = {"provider": "gemini", "new_secret": SECRET, "alias": "night", **fields}
    return client.post(url("apikey", "add"), given, follow=True)


def errors(answer: Any) -> dict[str, list[str]]:
    form = answer.context.get("form") or answer.context["adminform"].form
    return dict(form.errors)


# --- put in ----------------------------------------------------------------------------------------------------------


def test_a_key_is_put_in_and_shown_by_its_last_letters_alone(finance: Client) -> None:
    pool = KeyPool.objects.create(provider="gemini", title="nightly")
    answer = put_in(finance, new_secret=f' GEMINI_API_KEY="{SECRET}" ', pools=[pool.pk])
    key = ApiKey.objects.get()
    assert (key.reveal(), key.alias, list(key.pools.all())) == (SECRET, "night", [pool])
    assert key.account.limits.get().amount == 9
    for page in (answer, finance.get(url("apikey", "change", key.pk)), finance.get(url("apikey", "changelist"))):
        text = page.content.decode()
        assert "…jklm" in text
        assert SECRET not in text
        assert key.secret not in text
    assert key.fingerprint[:12] in text
    assert key.fingerprint not in text


def test_a_key_without_a_name_gets_one(finance: Client) -> None:
    put_in(finance, alias="")
    assert str(ApiKey.objects.get()) == "gemini key …jklm"


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"new_secret": ""}, "new_secret", "required"),
        ({"new_secret": "short"}, "new_secret", "too short"),
        ({"new_secret": f"{SECRET} {OTHER}"}, "new_secret", "no blanks"),
        ({"new_secret": f"sk-{SECRET}"}, "new_secret", "a key of OpenAI, and gemini asks Google"),
        ({"provider": "nobody"}, "provider", "not one of the available choices"),
        ({"provider": "sketch"}, "provider", "not one of the available choices"),
        ({"alias": SECRET}, "alias", "looks like a key"),
        ({"alias": f"mine: {SECRET}", "new_secret": "short"}, "alias", "looks like a key"),
        ({"alias": f"{SECRET} and {OTHER} as well", "new_secret": ""}, "alias", "looks like a key"),
        ({"account": "99"}, "account", "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_and_the_key_is_not_shown_again(
    fields: dict[str, str], field: str, words: str, finance: Client
) -> None:
    answer = put_in(finance, **fields)
    assert words in str(errors(answer)[field])
    assert not ApiKey.objects.exists()
    text = answer.content.decode()
    assert SECRET not in text
    assert OTHER not in text
    assert "short" not in text.replace("too short", "")


def test_accounts_and_pools_of_another_vendor_are_refused(finance: Client) -> None:
    account = Account.objects.create(provider="openai", name="work")
    pool = KeyPool.objects.create(provider="runpod", title="nightly")
    said = errors(put_in(finance, account=account.pk, pools=[pool.pk]))
    assert said == {"account": ["This is an account of openai."], "pools": ["“nightly” is a pool of runpod."]}


def test_a_key_that_is_here_already_is_refused_with_its_alias(finance: Client) -> None:
    keys.add("gemini", SECRET, alias="night")
    answer = put_in(finance, alias="day")
    assert errors(answer) == {"new_secret": ["This key is here already: “night” of night (gemini)."]}
    assert SECRET not in answer.content.decode()


def test_without_encryption_keys_the_form_says_what_to_set(finance: Client, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = []
    answer = put_in(finance)
    assert "Set ENCRYPTION_KEYS" in str(errors(answer)["new_secret"])
    assert SECRET not in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_an_alias_of_the_account_that_is_taken_is_said(finance: Client) -> None:
    key = keys.add("gemini", OTHER, alias="night")
    answer = put_in(finance, account=key.account.pk)
    assert "The account has a key of this alias already: give this one another." in str(errors(answer))
    assert ApiKey.objects.count() == 1


# --- many at once ----------------------------------------------------------------------------------------------------


def paste(client: Client, text: str, **fields: Any) -> Any:
    return client.post(url("apikey", "paste"), {"provider": "gemini", "text": text, **fields})


def confirm(client: Client, preview: Any) -> Any:
    return client.post(url("apikey", "paste"), {"sealed": preview.context["sealed"]}, follow=True)


def test_many_keys_are_previewed_without_them_and_put_in_when_confirmed(finance: Client) -> None:
    pool = KeyPool.objects.create(provider="gemini", title="nightly")
    preview = paste(finance, f"work={SECRET}\nday,{OTHER}\nnothing much\n{SECRET}", pools=[pool.pk])
    text = preview.content.decode()
    assert not ApiKey.objects.exists()
    assert not Account.objects.exists()
    assert "Put in 2 keys" in text
    assert not any(hidden in text for hidden in (SECRET, OTHER, "nothing much"))
    for shown in ("…jklm", "…6789", "work", "day", "no blanks", "here already"):
        assert shown in text
    answer = confirm(finance, preview)
    assert {key.reveal(): key.account.name for key in ApiKey.objects.all()} == {SECRET: "work", OTHER: "day"}
    assert pool.keys.count() == 2
    assert messages(answer)[0] == "2 keys put in."
    assert [line.partition(":")[0] for line in messages(answer)[1:]] == ["Line 3", "Line 4 (…jklm)"]
    assert SECRET not in answer.content.decode()
    assert LogEntry.objects.filter(change_message__contains="with others").count() == 2


def test_a_text_without_keys_offers_nothing_to_confirm(finance: Client) -> None:
    preview = paste(finance, "# only a remark\n\n")
    assert "There is no key in it." in preview.content.decode()
    assert 'name="sealed"' not in preview.content.decode()


def test_a_form_that_is_wrong_does_not_show_the_text_again(finance: Client) -> None:
    pool = KeyPool.objects.create(provider="openai", title="nightly")
    for answer in (
        paste(finance, SECRET, provider="nobody"),
        paste(finance, SECRET, pools=[pool.pk]),
        paste(finance, f"{SECRET}\n" * 201),
    ):
        assert errors(answer)
        assert SECRET not in answer.content.decode()


def test_without_encryption_keys_nothing_can_be_pasted(finance: Client, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = []
    answer = paste(finance, SECRET)
    assert "Set ENCRYPTION_KEYS" in str(errors(answer))
    assert SECRET not in answer.content.decode()


def test_a_confirmation_is_good_for_its_author_for_a_quarter_of_an_hour(
    finance: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = paste(finance, SECRET)
    sealed = keys.add("gemini", OTHER).secret
    for client, text in [(client_of(), preview.context["sealed"]), (finance, "nonsense"), (finance, sealed)]:
        answer = client.post(url("apikey", "paste"), {"sealed": text}, follow=True)
        assert "paste the keys again" in messages(answer)[0]
    later = timezone.now() + timedelta(minutes=16)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert "paste the keys again" in messages(confirm(finance, preview))[0]
    assert ApiKey.objects.count() == 1


# --- looked at -------------------------------------------------------------------------------------------------------


def test_the_list_says_who_shares_limits_with_whom_and_how_busy_keys_are(finance: Client) -> None:
    fill(1)
    first, second = ApiKey.objects.order_by("pk")
    Call.objects.filter(key=first).update(sent_at=timezone.now() - timedelta(minutes=5))
    [row, _] = finance.get(url("apikey", "changelist"), {"o": "1"}).context["cl"].result_list
    assert (row.minute, row.hour) == (0, 1)
    for key, other in ((first, second), (second, first)):
        words = f"shares the limits of key 0 with {other}"
        assert words in finance.get(url("apikey", "change", key.pk)).content.decode()
        assert words in finance.get(url("apikey", "changelist")).content.decode()


def health_states(settings: Settings) -> Iterator[tuple[str, str]]:
    key = a_key(1)
    yield "completed", "ready"
    limit = key.account.limits.get()
    Limit.objects.filter(pk=limit.pk).update(cooling_until=timezone.now() + timedelta(minutes=2))
    yield "waiting", "rate limit until"
    known = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    yield "failed", "cannot be decrypted here: enter it again"
    settings.ENCRYPTION_KEYS = known
    ApiKey.objects.update(secret="", variable="GEMINI_API_KEY")
    yield "unknown", "not in this server’s environment"
    Account.objects.update(stopped_reason="no credit left")
    yield "failed", "account stopped: no credit left"
    ApiKey.objects.update(enabled=False, disabled_reason="leaked")
    yield "cancelled", "off: leaked"


def test_a_key_says_whether_it_can_be_used_and_if_not_why(finance: Client, settings: Settings) -> None:
    for state, words in health_states(settings):
        page = finance.get(url("apikey", "changelist")).content.decode()
        assert f'<span class="badge is-{state}">{words}' in page


def test_the_last_error_is_told_in_words(finance: Client) -> None:
    keys.refused(a_key(1), "API key expired", timezone.now() - timedelta(hours=2))
    assert "API key expired</span> (2 hours ago)" in finance.get(url("apikey", "changelist")).content.decode().replace(
        "\xa0", " "
    )


def test_a_key_is_found_by_its_names_but_not_by_its_text(finance: Client) -> None:
    key = a_key(1)
    for term, found in [("key 1", 1), (key.last_four, 1), (key.fingerprint[:12], 1), (key.reveal()[:12], 0)]:
        assert finance.get(url("apikey", "changelist"), {"q": term}).context["cl"].result_count == found


# --- changed ---------------------------------------------------------------------------------------------------------


def test_names_account_and_pools_are_changed_and_the_secret_is_not(finance: Client) -> None:
    key, account = a_key(1), keys.account_named("gemini", "work")
    pool = KeyPool.objects.create(provider="gemini", title="nightly")
    before = (key.secret, key.fingerprint)
    changed = {"alias": "day", "account": account.pk, "pools": [pool.pk], "new_secret": SECRET, "secret": SECRET}
    finance.post(url("apikey", "change", key.pk), changed)
    key.refresh_from_db()
    assert (key.alias, key.account, list(key.pools.all())) == ("day", account, [pool])
    assert (key.secret, key.fingerprint) == before


def test_an_alias_is_not_changed_to_the_key(finance: Client) -> None:
    key = keys.add("runpod", "plain-words-key")
    changed = {"alias": "my plain-words-key", "account": key.account.pk}
    answer = finance.post(url("apikey", "change", key.pk), changed)
    assert "looks like a key" in str(errors(answer)["alias"])
    assert "plain-words-key" not in answer.content.decode()


def test_accounts_of_other_vendors_are_no_choice(finance: Client) -> None:
    key, account = a_key(1), Account.objects.create(provider="openai", name="work")
    answer = finance.post(url("apikey", "change", key.pk), {"alias": "day", "account": account.pk})
    assert "account" in errors(answer)


def test_keys_are_switched_off_and_on_with_a_trail(finance: Client) -> None:
    key = a_key(1)
    assert "switched off." in messages(act(finance, "apikey", "disable", key))[0]
    key.refresh_from_db()
    assert not key.enabled
    assert key.disabled_reason.startswith("by finance on 20")
    answer = act(finance, "apikey", "enable", key, from_page="1")
    assert answer.redirect_chain[-1][0] == url("apikey", "change", key.pk)
    key.refresh_from_db()
    assert (key.enabled, key.disabled_reason) == (True, "")
    trail = LogEntry.objects.filter(object_id=str(key.pk)).order_by("pk")
    assert [entry.change_message for entry in trail] == ["Switched off.", "Switched on."]


def test_a_page_offers_what_makes_sense_now(finance: Client) -> None:
    key = a_key(1)
    shown = finance.get(url("apikey", "change", key.pk)).context["verbs"]
    assert [name for name, _ in shown] == ["test", "disable"]
    keys.disable(key, "")
    assert [name for name, _ in finance.get(url("apikey", "change", key.pk)).context["verbs"]] == ["test", "enable"]


def test_a_test_says_what_came_of_it_and_goes_into_the_trail(finance: Client) -> None:
    key = keys.add("sketch", "any-key-at-all")
    keys.disable(key, "holiday")
    answer = act(finance, "apikey", "test", key)
    assert messages(answer) == [f"{key}: The vendor accepts it. It is switched off all the same."]
    assert LogEntry.objects.get().change_message == "Tested: The vendor accepts it."


def test_a_key_is_replaced_on_a_page_of_its_own(finance: Client) -> None:
    old = keys.add("gemini", SECRET, alias="night")
    page = url("apikey", "rotate", old.pk)
    assert page in finance.get(url("apikey", "change", old.pk)).content.decode()
    assert "takes over the alias" in finance.get(page).content.decode()
    for wrong, words in [("short", "too short"), (SECRET, "it has already")]:
        answer = finance.post(page, {"new_secret": wrong})
        assert words in str(errors(answer)["new_secret"])
        assert SECRET not in answer.content.decode()
    answer = finance.post(page, {"new_secret": OTHER}, follow=True)
    new = ApiKey.objects.get(alias="night")
    assert (new.reveal(), ApiKey.objects.usable().get()) == (OTHER, new)
    assert answer.redirect_chain[-1][0] == url("apikey", "change", new.pk)
    assert LogEntry.objects.filter(change_message__contains="the place of …jklm").get().object_id == str(new.pk)
    assert LogEntry.objects.filter(change_message__contains="Replaced by …6789").get().object_id == str(old.pk)


def test_a_key_that_is_not_there_cannot_be_replaced(finance: Client) -> None:
    assert finance.get(url("apikey", "rotate", 99)).status_code == 302


# --- deleted ---------------------------------------------------------------------------------------------------------


def test_a_key_and_an_account_of_the_ledger_cannot_be_deleted_and_the_page_says_why(finance: Client) -> None:
    fill(1)
    call = Call.objects.exclude(key=None).get()
    assert call.key is not None
    assert call.account is not None
    for model, row, words in [("apikey", call.key, "1 call"), ("account", call.account, "2 keys, 1 call")]:
        page = url(model, "delete", row.pk)
        for answer in (finance.get(page), finance.post(page, {"post": "yes"})):
            text = answer.content.decode()
            assert f"{row}: {words}" in text
            assert "instead" in text
        many = act(finance, model, "delete_selected", row, post="yes")
        assert "none of your choice was" in many.content.decode()
        assert type(row)._default_manager.filter(pk=row.pk).exists()


def test_a_key_that_was_never_used_can_be_deleted(finance: Client) -> None:
    key = a_key(1)
    finance.post(url("apikey", "delete", key.pk), {"post": "yes"})
    assert not ApiKey.objects.exists()
    assert LogEntry.objects.get().object_repr == str(key)
