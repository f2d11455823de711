"""The provider itself: what its models can do, and what brings wishes, wire and answers together."""

from collections.abc import Mapping

from generation.providers.base import Capabilities, Tariff
from generation.providers.openai import models, reading, wishes
from generation.providers.sdk_provider import SDKProvider


class OpenAIProvider(SDKProvider[wishes.Wish]):
    """Asks OpenAI for one PNG by one request: from text alone, or as an edit of the pictures that go with it.

    The picture has the size the model makes that comes nearest to the one asked for. There are no seeds. A picture
    of role MASK says where the first of the others may change.
    """

    def __init__(self, base_url: str = "https://api.openai.com/v1") -> None:
        super().__init__(
            "generation.providers.openai.wire",
            base_url,
            wish=wishes.wish,
            result=reading.result,
            check_options=wishes.check_options,
            example="gpt-image-2",
        )

    def capabilities(self, model: str, options: Mapping[str, object]) -> Capabilities:
        row = models.find(model)
        return Capabilities(
            max_references=models.REFERENCES,
            max_side=row.longest_side,
            seeds=False,
            sizes=tuple(f"{width}x{height}" for width, height in row.sizes),
            masks=True,
            qualities=row.qualities,
            max_prompt=models.MOST_CHARACTERS,
        )

    def tariff(self, model: str, width: int, height: int, options: Mapping[str, object]) -> Tariff:
        """By size ("1024x1536") and quality."""
        return Tariff(wishes.size(models.find(model), width, height), wishes.quality(options))
