"""Who can make pictures: a name, and the module and class behind it, imported on first use (SDKs are heavy)."""

from functools import cache
from importlib import import_module
from typing import cast

from generation.providers.base import Provider

PROVIDERS = {
    "sketch": "generation.providers.sketch.SketchProvider",
}


@cache
def get_provider(name: str) -> Provider:
    """The one instance of this process. Raises KeyError for a name that is not in `PROVIDERS`."""
    module, _, attribute = PROVIDERS[name].rpartition(".")
    return cast(Provider, getattr(import_module(module), attribute)())
