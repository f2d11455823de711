"""The table of the contract suite: a row for each provider, with all that sets it apart.

What a provider cannot have is a row's `cannot`, by the suite's own word for it and with the reason; the suite leaves
those cases out. All else must hold for every row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from generation.errors import (
    EmptyAnswer,
    MalformedAnswer,
    NoPicture,
    NotAllowed,
    OutcomeUnknown,
    PromptBlocked,
    ProviderError,
    RateLimited,
    Refused,
    Unavailable,
)
from generation.providers.base import Provider
from generation.providers.comfyui import ComfyUIProvider
from generation.providers.gemini import GeminiProvider
from generation.providers.openai import OpenAIProvider
from generation.providers.runpod import RunPodProvider
from generation.providers.sketch import SketchProvider
from tests.simulator.client import Simulator

Options = Mapping[str, object]
SECRET = "sk-proj-contract-4f9a77d1c0ffee"
"""Looks like a key, so that redaction by pattern is tried as well."""
STRANGER = "AIzaSyNobodysKeyNobodysKeyNobodysKey123"

TROUBLES: Mapping[str, type[ProviderError]] = {
    "refusal": Refused,
    "blocked": PromptBlocked,
    "no_image": NoPicture,
    "text_only": NoPicture,
    "empty": EmptyAnswer,
    "garbage": MalformedAnswer,
    "rate_minute": RateLimited,
    "rate_day": RateLimited,
    "quota_zero": NotAllowed,
    "server_error": Unavailable,
    "overloaded": Unavailable,
    "hang": OutcomeUnknown,
    "drip": OutcomeUnknown,
    "reset": OutcomeUnknown,
    "cut": OutcomeUnknown,
}
"""What can go wrong, in the simulator's words, and the error it must come to."""


@dataclass(frozen=True)
class Vendor:
    """`paid` is a part of the path of the requests that cost money. `expects` differs from `TROUBLES` where the
    vendor itself does not tell two troubles apart."""

    name: str
    build: Callable[[Simulator], Provider]
    model: str = ""
    options: Options = field(default_factory=dict)
    paid: str = ""
    expects: Mapping[str, type[ProviderError]] = field(default_factory=dict)
    cannot: Mapping[str, str] = field(default_factory=dict)
    waits: bool = False
    """Whether a call is one request that stays open until the picture is there."""
    rehearsed: Mapping[str, Options] = field(default_factory=dict)
    """For a provider that is no server: by trouble, the options that bring it about."""

    def trouble(self, simulator: Simulator, kind: str) -> Options:
        """Have the next picture meet with it; the options to ask with."""
        if kind in self.rehearsed:
            return self.rehearsed[kind]
        simulator.fault(kind, self.name, path=self.paid, seconds=30)
        return self.options


def runpod(simulator: Simulator) -> RunPodProvider:
    return RunPodProvider(
        base_url=simulator.url("runpod"),
        endpoints={"main": "flux-main", "alternative": "flux-alternative", "fast": "flux-fast"},
        polling_interval=0.05,
        max_polling_attempts=10_000,
        fetch_hosts=(urlsplit(simulator.address).netloc,),
    )


NO_SERVER = "draws on this machine"
NO_POLICY = "knows no policy"
ONE_SPEED = "has no quotas by model or day"
VENDORS = (
    Vendor(
        "gemini",
        lambda simulator: GeminiProvider(base_url=simulator.url("gemini")),
        model="gemini-3.1-flash-image",
        paid=":generateContent",
        waits=True,
    ),
    Vendor(
        "openai",
        lambda simulator: OpenAIProvider(base_url=simulator.url("openai")),
        model="gpt-image-2",
        paid="/images/",
        expects={"blocked": Refused},
        waits=True,
    ),
    Vendor(
        "runpod",
        runpod,
        options={"from_picture": "kontext"},
        paid="/run",
        cannot={
            "model": "the model's file has a default",
            **dict.fromkeys(("refusal", "blocked"), NO_POLICY),
            **dict.fromkeys(("rate_day", "quota_zero"), ONE_SPEED),
        },
    ),
    Vendor(
        "comfyui",
        lambda simulator: ComfyUIProvider(hosts=(simulator.url("comfyui"),)),
        options={"from_picture": "kontext"},
        paid="/prompt",
        cannot={
            "key": "needs none",
            "model": "the model's file has a default",
            "at once": "makes one picture after the other",
            **dict.fromkeys(("refusal", "blocked"), NO_POLICY),
            **dict.fromkeys(("rate_day", "quota_zero"), ONE_SPEED),
            **dict.fromkeys(("text_only", "empty"), "its history tells of files or of errors"),
        },
    ),
    Vendor(
        "sketch",
        lambda simulator: SketchProvider(),
        rehearsed={
            "refusal": {"refuse_words": ["lantern"]},
            "text_only": {"no_picture_words": ["lantern"]},
            "rate_minute": {"rate_limit": {"calls": 1, "window": 60}},
            "server_error": {"fail_words": ["lantern"]},
            "hang": {"timeout_words": ["lantern"]},
        },
        cannot={
            "request": NO_SERVER,
            "key": "needs none",
            "broken picture": NO_SERVER,
            **dict.fromkeys(TROUBLES.keys() - {"refusal", "text_only", "server_error", "hang"}, NO_SERVER),
        },
    ),
)


def able(*needs: str) -> list[Vendor]:
    """The rows that can have all of these."""
    return [vendor for vendor in VENDORS if not set(needs) & vendor.cannot.keys()]


def troubled() -> list[tuple[Vendor, str]]:
    return [(vendor, kind) for vendor in VENDORS for kind in TROUBLES if kind not in vendor.cannot]
