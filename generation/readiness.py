"""What keeps an engine from making a picture, known before anything is sent.

Read in a constant number of queries however many engines and keys there are. No sentence names a key, so that everybody
may read them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from django.conf import settings

from generation.errors import InvalidRequest
from generation.models import Account, ApiKey, Engine, KeyPool, Price
from generation.providers import PROVIDERS, get_provider
from generation.vault import Unreadable

if TYPE_CHECKING:
    from generation.models.engines import EngineQuerySet
    from generation.providers.base import Provider

NO_VAULT = "ENCRYPTION_KEYS is not set: keys can be neither stored nor opened."
NO_STYLE = 0
"""The id of a style that has no key pool."""
NO_PRICE = "No price of it is known, so budgets cannot count what it spends."


@dataclass(frozen=True)
class Readiness:
    """`missing`: sentences, each of which keeps it from making a picture. `warnings`: it works all the same."""

    engine: Engine
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        return not self.missing


def missing(engine: Engine, style_id: int | None = None) -> list[str]:
    """In words, all that keeps this engine from making a picture (in this style); empty: it can make one."""
    return _missing(engine, Keys.of([engine]), style_id)


def readiness_of_all(engines: EngineQuerySet | None = None) -> list[Readiness]:
    """Of these engines, else of all, in their order."""
    listed = list(_with_parts(Engine.objects.all() if engines is None else engines))
    fallbacks = _with_parts(Engine.objects.all()).in_bulk({engine.fallback_id for engine in listed} - {None})
    keys = Keys.of([*listed, *fallbacks.values()])
    priced = set(Price.objects.values_list("provider", "model"))
    return [
        Readiness(
            engine,
            tuple(_missing(engine, keys)),
            tuple(_warnings(engine, fallbacks.get(engine.fallback_id or 0), keys, priced)),
        )
        for engine in listed
    ]


def _with_parts(engines: EngineQuerySet) -> EngineQuerySet:
    return engines.select_related("workflow", "fallback").prefetch_related("stack")


# --- one engine ------------------------------------------------------------------------------------------------------


def _missing(engine: Engine, keys: Keys, style_id: int | None = None) -> list[str]:
    switched_off = [] if engine.enabled else ["It is switched off."]
    if engine.provider not in PROVIDERS:
        return [*switched_off, f"Its provider “{engine.provider}” is not installed."]
    provider = get_provider(engine.provider)
    without_key = keys.missing(engine, style_id) if provider.needs_key else []
    return [*switched_off, *without_key, *_wrong_settings(engine, provider)]


def _wrong_settings(engine: Engine, provider: Provider) -> list[str]:
    options = engine.request_options()
    try:
        provider.check_options(options)
    except InvalidRequest as error:
        return [f"Its options make no sense: {error}"]
    return provider.missing(engine.model, options)


def _warnings(
    engine: Engine, fallback: Engine | None, keys: Keys, priced: Collection[tuple[str, str]]
) -> Iterator[str]:
    if engine.needs_key and (engine.provider, engine.model) not in priced and (engine.provider, "") not in priced:
        yield NO_PRICE
    if engine.needs_key and not keys.missing(engine, None):
        yield from keys.missing_to_some(engine)
    lacking = _missing(fallback, keys) if fallback is not None else []
    if lacking:
        yield f"“{fallback}” cannot stand in for it: {' '.join(lacking)}"


# --- keys ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Keys:
    """The keys of some providers: all of them, and by pool; a style's pool by provider and style."""

    of_provider: Mapping[str, Sequence[ApiKey]]
    of_pool: Mapping[int, Sequence[ApiKey]]
    pool_of_style: Mapping[tuple[str, int], int]

    @classmethod
    def of(cls, engines: Iterable[Engine]) -> Keys:
        """Four queries."""
        names = {engine.provider for engine in engines}
        of_provider: dict[str, list[ApiKey]] = defaultdict(list)
        of_pool: dict[int, list[ApiKey]] = defaultdict(list)
        found = ApiKey.objects.filter(account__provider__in=names).select_related("account")
        for key in found.prefetch_related("pools", "account__limits"):
            of_provider[key.account.provider].append(key)
            for pool in key.pools.all():
                of_pool[pool.pk].append(key)
        pools = KeyPool.objects.filter(provider__in=names, styles__isnull=False).order_by("-provider", "-title")
        pool_of_style = {(name, style): pool for name, style, pool in pools.values_list("provider", "styles", "pk")}
        return cls(of_provider, of_pool, pool_of_style)

    def missing(self, engine: Engine, style_id: int | None) -> list[str]:
        """Why none of the keys that the engine draws on can be used."""
        if not self.of_provider.get(engine.provider):
            none = f"No key for {engine.provider} has been entered yet."
            return [none] if settings.ENCRYPTION_KEYS else [none, NO_VAULT]
        where, keys = self._drawn_on(engine, style_id)
        if not keys:
            return [f"There is no key {where}."]
        troubles = [_trouble(key, engine.model) for key in keys]
        return [] if "" in troubles else [f"No key {where} can be used: {'; '.join(dict.fromkeys(troubles))}."]

    def missing_to_some(self, engine: Engine) -> Iterator[str]:
        """Which styles it cannot be used for, although it can for others."""
        for words in self.missing(engine, NO_STYLE):
            yield f"Styles without a key pool of their own cannot use it. {words}"
        styles = [style for provider, style in self.pool_of_style if provider == engine.provider]
        for words in dict.fromkeys(chain.from_iterable(self.missing(engine, style) for style in styles)):
            yield f"Some styles with a key pool of their own cannot use it. {words}"

    def accounts(self, engine: Engine, style_id: int) -> list[Account]:
        """Those that pictures of this style may be asked of."""
        _where, keys = self._drawn_on(engine, style_id)
        return list({key.account_id: key.account for key in keys if not _trouble(key, engine.model)}.values())

    def _drawn_on(self, engine: Engine, style_id: int | None) -> tuple[str, Sequence[ApiKey]]:
        """The engine's own pool, else the style's, else what belongs to no style; any where no style is asked for."""
        if engine.key_pool_id is not None:
            return "in its pool", self.of_pool.get(engine.key_pool_id, [])
        whole = self.of_provider.get(engine.provider, [])
        if style_id is None:
            return f"for {engine.provider}", whole
        own = self.pool_of_style.get((engine.provider, style_id))
        if own is not None:
            return "in the style's pool", self.of_pool.get(own, [])
        taken = {key.pk for pool in self.pool_of_style.values() for key in self.of_pool.get(pool, [])}
        return f"for {engine.provider} that any style may use", [key for key in whole if key.pk not in taken]


def _trouble(key: ApiKey, model: str) -> str:
    """Why it cannot be used, or nothing. The vendor's and the staff's own words are for those who may see the key."""
    if not key.enabled:
        return "switched off"
    if key.account.stopped_reason:
        return "its account is stopped"
    if any(limit.amount == 0 and limit.model in ("", model) for limit in key.account.limits.all()):
        return "its account may not use this model"
    if key.secret and not settings.ENCRYPTION_KEYS:
        return NO_VAULT.rstrip(".")
    try:
        key.reveal()
    except Unreadable as error:
        return str(error).rstrip(".")
    return ""
