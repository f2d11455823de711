"""Who can make pictures: a name, and the module and class behind it, imported on first use (SDKs are heavy)."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, cast

from generation.providers.base import Provider

PROVIDERS = {
    "sketch": "generation.providers.sketch.SketchProvider",
    "gemini": "generation.providers.gemini.GeminiProvider",
    "openai": "generation.providers.openai.OpenAIProvider",
    "runpod": "generation.providers.runpod.RunPodProvider",
    "comfyui": "generation.providers.comfyui.ComfyUIProvider",
}
_settings: dict[str, Mapping[str, Any]] = {}


def configure(settings: Mapping[str, Mapping[str, Any]]) -> None:
    """Say what each provider is built with: by name, the keyword arguments of its class. Instances made before are
    forgotten."""
    _settings.clear()
    _settings.update(settings)
    get_provider.cache_clear()


@cache
def get_provider(name: str) -> Provider:
    """The one instance of this process. Raises KeyError for a name that is not in `PROVIDERS`."""
    module, _, attribute = PROVIDERS[name].rpartition(".")
    return cast(Provider, getattr(import_module(module), attribute)(**_settings.get(name, {})))
