"""What providers have in common that have ComfyUI graphs run, wherever that is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property

import httpx2

from generation.errors import InvalidRequest
from generation.providers import graphs
from generation.providers.answers import content_type_of
from generation.providers.base import Capabilities, ImageRequest, ImageResult, Tariff
from generation.providers.connections import open_client

CHECK_SECONDS = 10.0


class GraphProvider(ABC):
    """What a model can do depends on the graph, and nothing is paid by the picture."""

    own_options: tuple[str, ...]
    """Options beside those of `generation.providers.graphs`."""
    trust_env = True
    """Whether the environment's proxy is used."""

    @cached_property
    def _client(self) -> httpx2.Client:
        """Kept for all calls. Made by the first one: web processes only plan."""
        return open_client(trust_env=self.trust_env)

    @abstractmethod
    def _place(self, options: Mapping[str, object]) -> str:
        """Where graphs are run. Raises InvalidRequest where it is not set."""

    def capabilities(self, model: str, options: Mapping[str, object]) -> Capabilities:
        return graphs.abilities(options)

    def tariff(self, model: str, width: int, height: int, options: Mapping[str, object]) -> Tariff:
        """The machine's time is what costs, whatever is made in it."""
        return Tariff()

    def check_options(self, options: Mapping[str, object]) -> None:
        """Raise InvalidRequest, in words for staff, where an engine's options make no sense."""
        graphs.check_options(options, self.own_options)

    def missing(self, model: str, options: Mapping[str, object]) -> list[str]:
        try:
            self._place(options)
        except InvalidRequest as error:
            return [str(error)]
        return []

    def warm_up(self) -> None:
        """Have the connections' TLS ready."""
        _ = self._client

    def _result(
        self, request: ImageRequest, data: bytes, reason: str, usage: Mapping[str, int], cost: float | None = None
    ) -> ImageResult:
        return ImageResult(
            data,
            content_type_of(data),
            finish_reason=reason,
            model=request.model,
            seed=request.seed if graphs.abilities(request.options).seeds else None,
            cost=cost,
            usage=usage,
        )
