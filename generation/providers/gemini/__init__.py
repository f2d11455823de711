"""Google's Gemini models, by the Developer API."""

from generation.providers.gemini.provider import GeminiProvider

__all__ = ["GeminiProvider"]
