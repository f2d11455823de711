"""OpenAI's image models."""

from generation.providers.openai.provider import OpenAIProvider

__all__ = ["OpenAIProvider"]
