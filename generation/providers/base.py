"""The contract between the machine and those who make pictures. No Django in here, and none in any provider.

A provider is one module with one class. It makes one request for one picture: no retries, no loop but polling, no
waiting for limits. Everything it needs comes in `ImageRequest`; everything it knows goes out in `ImageResult` or in
one of `generation.errors`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class ReferenceRole(StrEnum):
    """What a picture that goes with the prompt is for."""

    PREVIOUS = "previous"  # the state to continue from: keep composition, camera and light
    STYLE = "style"  # take the look only
    CONCEPT = "concept"  # the finished thing
    CHARACTER = "character"  # how somebody looks
    DRAFT = "draft"  # the same picture, made quickly: keep its composition
    MASK = "mask"  # transparent where the picture before may change


@dataclass(frozen=True)
class Reference:
    """A picture sent along with the prompt, byte for byte as it was stored."""

    data: bytes
    content_type: str
    role: ReferenceRole


@dataclass(frozen=True)
class ImageRequest:
    """One wanted picture.

    `prompt` is the whole text for the model. `scene` holds the people's own words, without instructions, for
    providers that draw literally: oldest first, the last one is what is new in this picture. `look` names the style
    (its slug). `width` and `height` are pixels; `seed` is 0 … 2³¹−1; `timeout` is seconds for the whole call.
    `options` are the engine's own.
    """

    prompt: str
    scene: tuple[str, ...]
    look: str
    width: int
    height: int
    seed: int
    model: str
    timeout: float
    references: tuple[Reference, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    attempt: int = 1
    """How often this picture has been asked for, from 1: rehearsals fail by it."""


@dataclass(frozen=True)
class ImageResult:
    """The vendor's picture, unchanged, and what it said of it.

    `cost` is in US dollars, None where the answer does not tell: then `usage` and the price rows do. `usage` counts
    tokens as `text_in`, `image_in`, `text_out`, `image_out`, and the vendor's own working time as `milliseconds`.
    """

    data: bytes
    content_type: str
    finish_reason: str = ""
    model: str = ""
    seed: int | None = None
    cost: float | None = None
    usage: Mapping[str, int] = field(default_factory=dict)


class CallHandle(Protocol):
    """What a provider may tell of, and ask about, the call it is making."""

    @property
    def id(self) -> str:
        """Our id of this call, unique for ever: safe to use as the vendor's idempotency key or prompt id."""

    @property
    def resume(self) -> str | None:
        """The vendor's id of a job that an earlier worker started: poll it instead of paying again."""

    def started(self, remote_id: str) -> None:
        """Store the vendor's id at once, before the first poll."""

    def progress(self, done: int, total: int) -> None:
        """Say how far the picture is, for people who watch; may be called as often as one likes."""

    def cancelled(self) -> bool:
        """Whether a person wants this call to end. Cheap; look at it between polls."""


@dataclass(frozen=True)
class Capabilities:
    """What a model can do, looked at by planning before any money is spent. Sizes in pixels."""

    max_references: int
    min_side: int = 64
    max_side: int = 2048
    seeds: bool = True
    sizes: tuple[str, ...] = ()
    """As the vendor names those it makes, smallest first; what is asked for is made in the nearest. Empty: any within
    the bounds."""
    masks: bool = False
    """Whether a mask may say which part of the picture before is painted anew."""
    qualities: tuple[str, ...] = ()
    """What the option `quality` may be, cheapest first; empty where there is no choice."""
    max_prompt: int = 10_000
    """Characters of a prompt: what is longer is refused, or not read to its end."""
    paints_over: bool = False
    """A picture that goes along is what the new one is painted over: it cannot merely be looked at."""

    @property
    def edits(self) -> bool:
        """Whether it can go on from a picture."""
        return self.max_references > 0


@dataclass(frozen=True)
class Tariff:
    """What a picture's price goes by, in the vendor's own words: "2K" or "1024x1536", "low" … "high". Empty where
    the price does not depend on it."""

    size: str = ""
    quality: str = ""


class Provider(Protocol):
    """Makes pictures. One instance serves all threads of a process.

    Built by `get_provider` with the keyword arguments that `PROVIDERS` of the settings has for it (addresses,
    deadlines): no provider reads the environment itself.
    """

    needs_key: bool
    """Whether calls need a secret, and cost money."""

    def capabilities(self, model: str, options: Mapping[str, object]) -> Capabilities:
        """What this model can do. An unknown model gets what the newest ones of the vendor can."""

    def tariff(self, model: str, width: int, height: int, options: Mapping[str, object]) -> Tariff:
        """What the price of such a picture goes by."""

    def warm_up(self) -> None:
        """Load what the first call would have to load: limits are counted from when a call leaves. Cheap afterwards."""

    def generate(self, request: ImageRequest, secret: str, call: CallHandle) -> ImageResult:
        """Make one picture, within `request.timeout` seconds.

        Raises a `generation.errors.ProviderError`; anything else that escapes is a bug of the provider.
        """

    def check_options(self, options: Mapping[str, object]) -> None:
        """Raise `InvalidRequest`, in words for staff, where an engine's options make no sense."""

    def missing(self, model: str, options: Mapping[str, object]) -> list[str]:
        """What must still be set before a call can be made, keys aside: sentences for staff. Nothing is sent."""

    def check_key(self, secret: str, options: Mapping[str, object]) -> None:
        """Ask the vendor whether it accepts the key, as cheaply as it can be asked.

        Raises a `generation.errors.ProviderError` as `generate` does.
        """
