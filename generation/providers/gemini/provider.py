"""The provider itself: what its models can do, and what brings wishes, wire and answers together."""

from collections.abc import Mapping

from generation.providers.base import Capabilities, Tariff
from generation.providers.gemini import models, reading, wishes
from generation.providers.sdk_provider import SDKProvider


class GeminiProvider(SDKProvider[wishes.Wish]):
    """Asks Gemini for one picture by one request.

    The picture has the aspect ratio and size the model knows that come nearest to those asked for. References go
    before the text, in order, each with a line saying what it is for where prompts do not. Masks are not taken.
    `api_version` is "v1beta" because "v1" was late to know `imageConfig`.
    """

    def __init__(
        self, base_url: str = "https://generativelanguage.googleapis.com", api_version: str = "v1beta"
    ) -> None:
        super().__init__(
            "generation.providers.gemini.wire",
            base_url,
            api_version,
            wish=wishes.wish,
            result=reading.result,
            check_options=wishes.check_options,
            example="gemini-3.1-flash-image",
        )

    def capabilities(self, model: str, options: Mapping[str, object]) -> Capabilities:
        row = models.find(model)
        return Capabilities(
            max_references=row.references,
            max_side=row.longest_side,
            sizes=wishes.sizes(row, options),
            max_prompt=models.MOST_CHARACTERS,
        )

    def tariff(self, model: str, width: int, height: int, options: Mapping[str, object]) -> Tariff:
        """By size: "512", "1K", "2K" or "4K"; models that know one size only make 1K."""
        return Tariff(size=wishes.size(models.find(model), width, height, options) or "1K")
