"""Many keys at once, as a person pastes them: one a line, `account=key`, `alias,key` or the bare key."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from generation import keys, vault
from generation.errors import Refusal
from generation.models import KeyPool

MOST_LINES = 200


@dataclass(frozen=True)
class Line:
    """What came of a line, without the key: its last four letters, its names, or what is wrong with it. A line that
    was not taken says no names, for the key may stand where a name belongs."""

    number: int
    last_four: str
    account: str = ""
    alias: str = ""
    problem: str = ""
    key_id: int | None = field(default=None, compare=False)


@sensitive_variables()
def paste(text: str, provider: str, pools: Sequence[KeyPool] = (), *, keep: bool = True) -> list[Line]:
    """Store every key that can be stored, and say line by line what came of it; with `keep` off nothing stays, so a
    preview cannot differ from what it promises. Raises Refusal for a text that is too long."""
    numbered = list(_lines(text))
    if len(numbered) > MOST_LINES:
        raise Refusal(f"That is too much at once: at most {MOST_LINES} keys.")
    with transaction.atomic():
        lines = [_put(number, line, provider, pools) for number, line in numbered]
        transaction.set_rollback(not keep)
    return lines


@sensitive_variables()
def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Without empty ones and remarks."""
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip(keys.BLANK)
        if bare and not bare.startswith("#"):
            yield number, bare


@sensitive_variables()
def _put(number: int, line: str, provider: str, pools: Sequence[KeyPool]) -> Line:
    account, alias, secret = split(line)
    last_four = vault.last_four(secret)
    try:
        for name in (account, alias):
            keys.check_name(name, secret)
        keys.accept(secret, provider)
        with transaction.atomic():
            named = keys.account_named(provider, account) if account else None
            key = keys.add(provider, secret, account=named, alias=alias, pools=pools)
    except Refusal as refusal:
        return Line(number, last_four, problem=str(refusal))
    return Line(number, key.last_four, key.account.name, key.alias, key_id=key.pk)


@sensitive_variables()
def split(line: str) -> tuple[str, str, str]:
    """Account, alias and key of a line; what it does not say is empty."""
    if keys.NAMED.match(line):
        return "", "", keys.NAMED.sub("", line).strip(keys.BLANK + keys.QUOTES)
    for separator, named_account in (("[,;\t]", False), ("=", True)):
        name, *rest = re.split(separator, line, maxsplit=1)
        if rest:
            name, secret = name.strip(keys.BLANK + keys.QUOTES), rest[0].strip(keys.BLANK + keys.QUOTES)
            return (name, "", secret) if named_account else ("", name, secret)
    return "", "", line
