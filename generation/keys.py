"""Keys come in, from people and from the environment; they are tried, refused, replaced, switched off and on.

Nothing in here says a secret: no message, error, log line or representation holds more of one than its last four
letters. What is wrong with a key is a `Refusal` in words for the person who put it in.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.views.decorators.debug import sensitive_variables

from config.environment_keys import EnvironmentKey
from generation import vault
from generation.errors import ProviderError, Refusal
from generation.models import Account, ApiKey, Engine, KeyPool, Limit
from generation.models.clock import database_now
from generation.models.keys import DEFAULT_PER_MINUTE
from generation.providers import PROVIDERS, get_provider
from generation.providers.redaction import redact
from storyboards.models import Style

logger = logging.getLogger(__name__)

KEYLESS = frozenset({"sketch", "comfyui"})


def providers_with_keys() -> list[str]:
    return [name for name in PROVIDERS if name not in KEYLESS]


# --- what somebody pasted --------------------------------------------------------------------------------------------

SHORTEST, LONGEST = 8, 500
BLANK = " \t\r\n\f\v\u00a0\u200b\u2060\ufeff"
QUOTES = "\"'`‘’“”,;"
NAMED = re.compile(r"^(?:export\s+)?[A-Z0-9_]*(?:KEY|TOKEN|SECRET)[A-Z0-9_]*\s*[=:]\s*")
MASKED = re.compile(r"\*\*|\.\.\.|…|•|^<.*>$")
MARKS = {"sk-ant-": "Anthropic", "sk-": "OpenAI", "AIza": "Google", "rpa_": "RunPod"}
"""How keys of some vendors begin, the most precise first."""
VENDORS = {
    "gemini": ("Google", "generativelanguage.googleapis.com"),
    "openai": ("OpenAI", "api.openai.com"),
    "runpod": ("RunPod", "api.runpod.ai"),
}
"""Whose keys a provider takes, as long as it talks to the vendor itself: gateways have keys of their own."""
LOOKS_RANDOM = re.compile(r"(?=\w*\d)(?=\w*[A-Za-z])\w{28,}")


@sensitive_variables()
def accept(text: str, provider: str) -> str:
    """The bare secret in what somebody pasted: without blanks, quotes, “NAME_KEY=” or “Bearer” around it.

    Raises Refusal where it cannot be a key of this provider; only what is certain is refused.
    """
    bare = NAMED.sub("", text.strip(BLANK)).strip(BLANK + QUOTES).removeprefix("Bearer ").strip(BLANK)
    if problem := _problem(bare) or _wrong_vendor(bare, provider):
        raise Refusal(problem)
    return bare


@sensitive_variables()
def _problem(bare: str) -> str:
    problems = {
        "There is no key.": not bare,
        "This is a masked key, as vendors' pages show it: copy the whole one.": MASKED.search(bare) is not None,
        "A key has no blanks and no line ends in it.": any(letter.isspace() for letter in bare),
        f"This is too short for a key: {SHORTEST} letters at least.": len(bare) < SHORTEST,
        f"This is too long for a key: {LONGEST} letters at most.": len(bare) > LONGEST,
        "There are letters in it that no key has.": not (bare.isascii() and bare.isprintable()),
    }
    return next((words for words, wrong in problems.items() if wrong), "")


@sensitive_variables()
def _wrong_vendor(bare: str, provider: str) -> str:
    looks_like = next((vendor for mark, vendor in MARKS.items() if bare.startswith(mark)), "")
    vendor, host = VENDORS.get(provider, ("", ""))
    address = str(settings.PROVIDERS.get(provider, {}).get("base_url", ""))
    if not looks_like or looks_like == vendor or urlsplit(address).hostname != host:
        return ""
    return f"This is a key of {looks_like}, and {provider} asks {vendor}."


# --- in --------------------------------------------------------------------------------------------------------------


@sensitive_variables()
def add(
    provider: str, secret: str, *, account: Account | None = None, alias: str = "", pools: Iterable[KeyPool] = ()
) -> ApiKey:
    """Store a key, sealed. Without an account it gets one of its own, with the default limit.

    A key that is here already is refused with its alias; one that is here but cannot be read any more is taken in
    again. Raises Refusal.
    """
    bare = accept(secret, provider)
    for words in (alias, account.name if account else ""):
        check_name(words, bare)
    if (known := known_as(bare)) is not None:
        return _take_in_again(known, bare, provider)
    pools = list(pools)
    _check_vendors(provider, account, pools)
    try:
        return _store(provider, bare, account, alias, pools)
    except IntegrityError:
        raise Refusal("Somebody else has just put in the same key, or one of the same name.") from None


@sensitive_variables()
def check_name(words: str, secret: str = "") -> None:
    """Raises Refusal where a name that everybody sees holds a secret, or may well be one."""
    if _looks_like_a_key(words, secret):
        raise Refusal("This name looks like a key itself, and names are shown to everybody.")


@sensitive_variables()
def _looks_like_a_key(words: str, secret: str) -> bool:
    return "[key]" in redact(words, secret) or LOOKS_RANDOM.fullmatch(words) is not None


@sensitive_variables()
def known_as(secret: str) -> ApiKey | None:
    return ApiKey.objects.select_related("account").filter(fingerprint=vault.fingerprint(secret)).first()


def readable(key: ApiKey) -> bool:
    """Whether this process can read its secret."""
    try:
        return bool(key.reveal())
    except vault.Unreadable:
        return False


def here_already(known: ApiKey) -> Refusal:
    return Refusal(f"This key is here already: “{known.alias}” of {known.account}.")


@sensitive_variables()
def _take_in_again(known: ApiKey, bare: str, provider: str) -> ApiKey:
    if known.account.provider != provider or readable(known):
        raise here_already(known)
    _seal(known, bare)
    known.save(update_fields=["secret", "variable", "last_four", "fingerprint"])
    return known


@sensitive_variables()
def _seal(key: ApiKey, bare: str) -> None:
    try:
        key.put(bare)
    except vault.NoVault as error:
        raise Refusal(str(error)) from None


@sensitive_variables()
def _store(provider: str, bare: str, account: Account | None, alias: str, pools: list[KeyPool]) -> ApiKey:
    key = ApiKey()
    _seal(key, bare)
    with transaction.atomic():
        key.account = account or account_named(provider, _free_account(provider, alias, key))
        key.alias = _free_alias(key, alias)
        key.save()
        key.pools.set(pools)
    return key


def _check_vendors(provider: str, account: Account | None, pools: list[KeyPool]) -> None:
    things: list[Account | KeyPool] = [*pools, *([account] if account else [])]
    for thing in things:
        if thing.provider != provider:
            raise Refusal(f"{thing} is not of {provider}.")


def _free_account(provider: str, alias: str, key: ApiKey) -> str:
    name = alias or f"key …{key.last_four or key.fingerprint[:6]}"
    taken = Account.objects.filter(provider=provider, name=name).exists()
    return f"{name[:70]} {key.fingerprint[:6]}" if taken else name


def _free_alias(key: ApiKey, alias: str) -> str:
    """Raises Refusal where the one that was asked for is taken."""
    taken = set(key.account.keys.values_list("alias", flat=True))
    if alias and alias in taken:
        raise Refusal(f"{key.account} has a key called “{alias}” already.")
    name = alias or f"{key.account.provider} key"
    return f"{name} {key.fingerprint[:6]}" if name in taken else name


def account_named(provider: str, name: str) -> Account:
    """The account of this name; a new one may be asked `DEFAULT_PER_MINUTE` times a minute until staff know better."""
    with transaction.atomic():
        account, created = Account.objects.get_or_create(provider=provider, name=name[:80])
        if created:
            Limit.objects.create(account=account, amount=DEFAULT_PER_MINUTE)
    return account


# --- from the environment --------------------------------------------------------------------------------------------


def sync_environment() -> list[ApiKey]:
    """The rows of the environment's keys; those that are not known yet are made, without their secret.

    What staff made of a row stays. A key that has left the environment keeps its row, for the ledger, and is not used.
    Processes that start at once make each row once.
    """
    found = {vault.fingerprint(key.secret): key for key in settings.ENVIRONMENT_KEYS}
    known = ApiKey.objects.in_bulk(found, field_name="fingerprint")
    return [known.get(fingerprint) or _from_environment(fingerprint, key) for fingerprint, key in found.items()]


def _from_environment(fingerprint: str, key: EnvironmentKey) -> ApiKey:
    """Another process may make the same row, or take its alias, at this very moment."""
    account = account_named(key.provider, _account_name(fingerprint, key))
    row = _row(fingerprint, key, account, key.variable) or _row(
        fingerprint, key, account, f"{key.variable} {fingerprint[:6]}"
    )
    if row is None:
        raise ApiKey.DoesNotExist(f"no row could be made for {key.variable}")
    return row


def _account_name(fingerprint: str, key: EnvironmentKey) -> str:
    """Nobody said that keys of a list are of one account; the key of a variable of its own follows the one before. Who
    wrote `key=account` gets no account of the key's name: it would stand in logs and on pages."""
    if _looks_like_a_key(key.account, key.secret):
        logger.warning("The name of an account in %s looks like a key itself: write account=key", key.variable)
        return f"{key.variable} {fingerprint[:6]}"
    if key.account or key.variable.endswith("_API_KEY"):
        return key.account or key.variable
    return f"{key.variable} …{vault.last_four(key.secret) or fingerprint[:6]}"


def _row(fingerprint: str, key: EnvironmentKey, account: Account, alias: str) -> ApiKey | None:
    """None where another key of the account has this alias."""
    fields = {
        "account": account,
        "alias": alias,
        "variable": key.variable,
        "last_four": vault.last_four(key.secret),
    }
    try:
        with transaction.atomic():
            row, created = ApiKey.objects.get_or_create(fingerprint=fingerprint, defaults=fields)
            if created and key.style:
                row.pools.add(_pool_for(key))
    except IntegrityError:
        return None
    if created:
        logger.info("A key from the environment: %s of %s", row, account)
    return row


def _pool_for(key: EnvironmentKey) -> KeyPool:
    """The provider's pool of this style. One of a style that does not exist waits, under its name, for staff."""
    style = Style.objects.filter(slug=key.style).first()
    if style is None:
        logger.warning("%s is for a style “%s” that does not exist", key.variable, key.style)
        return KeyPool.objects.get_or_create(provider=key.provider, title=key.style)[0]
    pool = KeyPool.objects.filter(provider=key.provider, styles=style).first()
    if pool is None:
        pool = KeyPool.objects.get_or_create(provider=key.provider, title=style.title)[0]
        pool.styles.add(style)
    return pool


# --- replaced, refused, off and on ------------------------------------------------------------------------------------


@sensitive_variables()
def rotate(key: ApiKey, secret: str) -> ApiKey:
    """Put a new secret in the place of this key's: a new row of the same alias, account and pools.

    The ledger must go on telling which secret a call was made with, so the old row stays, renamed and switched off.
    It keeps its secret: jobs that are at the vendor now are fetched with it, and until the vendor has revoked it,
    switching it on again is the way back. Raises Refusal.
    """
    provider, alias, pools = key.account.provider, key.alias, list(key.pools.all())
    bare = accept(secret, provider)
    if bare_known := known_as(bare):
        raise Refusal("That is the secret it has already.") if bare_known == key else here_already(bare_known)
    with transaction.atomic():
        ApiKey.objects.filter(pk=key.pk).update(
            alias=_former(key, database_now()), enabled=False, disabled_reason=f"Replaced by …{vault.last_four(bare)}."
        )
        new = add(provider, bare, account=key.account, alias=alias, pools=pools)
    key.refresh_from_db()
    return new


def _former(key: ApiKey, now: datetime) -> str:
    return f"{key.alias[:55]} until {now:%Y-%m-%d} {key.fingerprint[:6]}"


def note_error(key: ApiKey, words: str, now: datetime) -> None:
    """What went wrong when it was last asked with."""
    ApiKey.objects.filter(pk=key.pk).update(last_error=_without_secret(words, key), last_error_at=now)


def refused(key: ApiKey, reason: str, now: datetime) -> bool:
    """The vendor does not accept it: switched off, with the vendor's words. Return whether it was on."""
    note_error(key, reason, now)
    return disable(key, reason)


def disable(key: ApiKey, reason: str) -> bool:
    """Return whether it was on. Calls in flight end as they would have."""
    rows = ApiKey.objects.filter(pk=key.pk, enabled=True)
    return bool(rows.update(enabled=False, disabled_reason=_without_secret(reason, key)))


def enable(key: ApiKey) -> bool:
    """Return whether it was off."""
    return bool(ApiKey.objects.filter(pk=key.pk, enabled=False).update(enabled=True, disabled_reason=""))


@sensitive_variables()
def _without_secret(words: str, key: ApiKey) -> str:
    try:
        return redact(words, key.reveal())[:300]
    except vault.Unreadable:
        return redact(words)[:300]


# --- tried -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tried:
    """What came of asking the vendor, in words."""

    accepted: bool
    words: str


@sensitive_variables()
def check(key: ApiKey) -> Tried:
    """Ask the vendor whether it accepts the key, as cheaply as it can be asked. A key it refuses is switched off.

    No transaction is open and no connection is held meanwhile.
    """
    provider, options = get_provider(key.account.provider), _engine_options(key.account.provider)
    try:
        secret = key.reveal()
        if not connection.in_atomic_block:
            connection.close()
        provider.check_key(secret, options)
    except vault.Unreadable as error:
        return Tried(False, str(error))
    except ProviderError as error:
        return _failed(key, error)
    ApiKey.objects.filter(pk=key.pk).update(last_error="", last_error_at=None)
    return Tried(True, "The vendor accepts it.")


def _failed(key: ApiKey, error: ProviderError) -> Tried:
    words, now = _without_secret(str(error), key), database_now()
    if error.blames_key:
        refused(key, words, now)
        return Tried(False, f"The vendor refuses it, so it is switched off: {words}")
    ApiKey.objects.filter(pk=key.pk).update(last_error=words, last_error_at=now)
    return Tried(False, words)


def _engine_options(provider: str) -> Mapping[str, object]:
    """Of the first engine that would use it: some vendors are asked under an address that stands there."""
    engine = Engine.objects.filter(provider=provider).order_by("-enabled", "position").first()
    return engine.request_options() if engine else {}
